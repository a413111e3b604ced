//! Pictures of login times, one per persona with sign-ins.

use ledger::histogram::Quantile;
use ledger::name::Name;
use ledger::phases::Micros;

use super::{Picture, caption, days, scene, spans};
use crate::chart::data::Data;
use crate::chart::{heat, latency, percentiles};
use crate::report::Report;
use crate::report::latency::{Figures, OfPersona};
use crate::words;

/// Personas of whom at least one sign-in succeeded.
fn personas(report: &Report) -> impl Iterator<Item = (&Name, &OfPersona)> {
    let all = report.latency.0.iter();
    all.filter(|(_, login)| !login.success.is_empty())
}

/// Percentiles over time.
pub(super) fn latencies(report: &Report) -> Vec<Picture> {
    let outages = spans(report);
    personas(report)
        .map(|(persona, login)| {
            let bins = login.bins(report.found.period);
            let title = format!("Time to sign in, {persona}, {}", report.span);
            let figures = Figures::of(&login.success);
            let desc = format!(
                "Half of all successful sign-ins took at most {}, 95 of 100 at most {}; outages are shaded.",
                told(figures.p50_us, "an unknown time"),
                told(figures.p95_us, "an unknown time"),
            );
            let mut data = Data::new(format!("{title}, by day"), ["Day", "Sign-ins", "p50", "p95", "p99", "Longest"]);
            for (_, day) in days::days(report) {
                let of_day = login.within(day.interval);
                data.push([
                    day.date.clone().into(),
                    of_day.n.to_string().into(),
                    told(of_day.p50_us, "–").into(),
                    told(of_day.p95_us, "–").into(),
                    told(of_day.p99_us, "–").into(),
                    told(of_day.max_us, "–").into(),
                ]);
            }
            let scene = scene(report, &format!("latency-{persona}"), title, desc);
            Picture::new(data, |format| latency::draw(&bins, &outages, &scene, format))
        })
        .collect()
}

/// How many took how long, over time.
pub(super) fn heats(report: &Report) -> Vec<Picture> {
    personas(report)
        .map(|(persona, login)| {
            let period = report.found.period;
            let columns = login.columns(period);
            let whole = login.column(period);
            let title = format!("Sign-ins by time and duration, {persona}, {}", report.span);
            let desc = format!(
                "{} sign-ins worked and took {} to {}; {} failed.",
                login.success.count(),
                told(login.success.min().map(Micros::get), "–"),
                told(login.success.max().map(Micros::get), "–"),
                whole.failed,
            );
            let mut data = Data::new(
                format!("{title}, by day"),
                ["Day", "Worked", "Failed", "Shortest", "Longest"],
            );
            for (_, day) in days::days(report) {
                let of_day = login.column(day.interval);
                let count: u64 = of_day.counts.iter().map(|(_, count)| count).sum();
                let ends = [of_day.counts.first(), of_day.counts.last()];
                let [shortest, longest] = ends.map(|end| told(end.map(|(at, _)| *at), "–").into());
                data.push([
                    day.date.clone().into(),
                    count.to_string().into(),
                    of_day.failed.to_string().into(),
                    shortest,
                    longest,
                ]);
            }
            let scene = scene(report, &format!("heat-{persona}"), title, desc);
            Picture::new(data, |format| heat::draw(&columns, &scene, format))
        })
        .collect()
}

/// The distribution of login time, if there were logins.
pub(super) fn distribution(report: &Report) -> Option<Picture> {
    let curves: Vec<_> = personas(report)
        .map(|(persona, login)| login.curve(persona))
        .collect();
    if curves.is_empty() {
        return None;
    }
    let title = format!("Time to sign in by percentile, {}", report.span);
    let longest = personas(report).max_by_key(|(_, login)| login.success.max());
    let desc = longest.map_or_else(String::new, |(persona, login)| {
        format!(
            "The longest sign-in, of {persona}, took {}; curves end at the largest percentile that their number of sign-ins supports.",
            told(login.success.max().map(Micros::get), "–")
        )
    });
    let heads = [
        "Persona", "Sign-ins", "p50", "p90", "p95", "p99", "p99.9", "Longest",
    ];
    let mut data = Data::new(title.clone(), heads);
    for (persona, login) in personas(report) {
        let quantile = |q| told(login.success.quantile(q).map(Micros::get), "–").into();
        data.push([
            persona.to_string().into(),
            login.success.count().to_string().into(),
            quantile(Quantile::MEDIAN),
            quantile(Quantile::P90),
            quantile(Quantile::P95),
            quantile(Quantile::P99),
            quantile(Quantile::P999),
            told(login.success.max().map(Micros::get), "–").into(),
        ]);
    }
    let caption = caption(report, "distribution", title, desc);
    Some(Picture::new(data, |format| {
        percentiles::draw(&curves, caption.clone(), format)
    }))
}

fn told(micros: Option<u32>, otherwise: &str) -> String {
    micros.map_or_else(|| otherwise.into(), words::latency_axis)
}
