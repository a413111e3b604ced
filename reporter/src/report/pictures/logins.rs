//! Pictures of login times, one per persona with sign-ins.

use ledger::histogram::Quantile;
use ledger::name::Name;
use ledger::phases::Micros;

use super::{Picture, caption, days, scene, spans};
use crate::chart::data::{Data, Datum};
use crate::chart::{heat, latency, percentiles};
use crate::report::Report;
use crate::report::figures::number;
use crate::report::latency::{Figures, OfPersona};
use crate::text::{Text, say};
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
            let at = |part: &str| format!("/latency/{persona}/success/{part}");
            let desc = say![
                "Half of all successful sign-ins took at most ",
                told(figures.p50_us, "an unknown time", at("p50_us")),
                ", 95 of 100 at most ",
                told(figures.p95_us, "an unknown time", at("p95_us")),
                "; outages are shaded.",
            ];
            let mut data = Data::new(
                format!("{title}, by day"),
                ["Day", "Sign-ins", "p50", "p95", "p99", "Longest"],
            );
            for (index, day) in days::days(report) {
                let of_day = login.within(day.interval);
                let at = |part: &str| format!("/latency/{persona}/days/{index}/{part}");
                let figure = |micros, part: &str| told(micros, "–", at(part)).into();
                data.push([
                    Datum::at(&*day.date, at("date")),
                    Datum::at(of_day.n.to_string(), at("figures/n")),
                    figure(of_day.p50_us, "figures/p50_us"),
                    figure(of_day.p95_us, "figures/p95_us"),
                    figure(of_day.p99_us, "figures/p99_us"),
                    figure(of_day.max_us, "figures/max_us"),
                ]);
            }
            let scene = scene(report, &format!("latency-{persona}"), title, desc);
            Picture::new(data, |format| {
                latency::draw(&bins, &outages, &scene, format)
            })
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
            let at = |part: &str| format!("/latency/{persona}/{part}");
            let micros =
                |micros: Option<Micros>, part| told(micros.map(Micros::get), "–", at(part));
            let desc = say![
                number(login.success.count(), &at("success/n")),
                " sign-ins worked and took ",
                micros(login.success.min(), "min_us"),
                " to ",
                micros(login.success.max(), "success/max_us"),
                "; ",
                number(whole.failed, &at("failed")),
                " failed.",
            ];
            let mut data = Data::new(
                format!("{title}, by day"),
                ["Day", "Worked", "Failed", "Shortest", "Longest"],
            );
            for (index, day) in days::days(report) {
                let of_day = login.column(day.interval);
                let figures = login.within(day.interval);
                let shortest = of_day.counts.first().map(|(at, _)| *at);
                let at = |part: &str| format!("/latency/{persona}/days/{index}/{part}");
                data.push([
                    Datum::at(&*day.date, at("date")),
                    Datum::at(figures.n.to_string(), at("figures/n")),
                    Datum::at(of_day.failed.to_string(), at("failed")),
                    told(shortest, "–", at("min_us")).into(),
                    told(figures.max_us, "–", at("figures/max_us")).into(),
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
    let longest = longest.map(|(persona, login)| {
        let at = format!("/latency/{persona}/success/max_us");
        let max = told(login.success.max().map(Micros::get), "–", at);
        say![format!("The longest sign-in, of {persona}, took "), max]
    });
    let end = "; curves end at the largest percentile that their number of sign-ins supports.";
    let desc = say![longest, end];
    let heads = [
        "Persona", "Sign-ins", "p50", "p90", "p95", "p99", "p99.9", "Longest",
    ];
    let mut data = Data::new(title.clone(), heads);
    for (persona, login) in personas(report) {
        let at = |part: &str| format!("/latency/{persona}/{part}");
        let quantile = |q, part: &str| {
            let micros = login.success.quantile(q).map(Micros::get);
            told(micros, "–", at(part)).into()
        };
        data.push([
            persona.to_string().into(),
            Datum::at(login.success.count().to_string(), at("success/n")),
            quantile(Quantile::MEDIAN, "success/p50_us"),
            quantile(Quantile::P90, "p90_us"),
            quantile(Quantile::P95, "success/p95_us"),
            quantile(Quantile::P99, "success/p99_us"),
            quantile(Quantile::P999, "p999_us"),
            told(
                login.success.max().map(Micros::get),
                "–",
                at("success/max_us"),
            )
            .into(),
        ]);
    }
    let caption = caption(report, "distribution", title, desc);
    Some(Picture::new(data, |format| {
        percentiles::draw(&curves, caption.clone(), format)
    }))
}

fn told(micros: Option<u32>, otherwise: &str, at: String) -> Text {
    match micros {
        Some(micros) => Text::figure(words::latency_axis(micros), at),
        None => otherwise.into(),
    }
}
