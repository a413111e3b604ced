//! The charts of a report, each in both formats, with the words around them.

use ledger::state::Lane;
use ledger::time::{Interval, Millis};

use super::Report;
use crate::chart::downtime::{self, Bar};
use crate::chart::frame::Caption;
use crate::chart::{Drawing, Format, gantt, latency, percentiles};
use crate::words;

/// The same chart for wide and for narrow pages.
pub type Picture = [Drawing; 2];

/// Downtime per day.
pub fn downtime(report: &Report) -> Picture {
    let bars: Vec<Bar> = report
        .found
        .days
        .iter()
        .filter(|day| !day.interval.is_empty())
        .map(|day| Bar {
            date: report.zone.date(day.interval.start),
            interval: day.interval,
            down: day.tally.counted,
            unknown: day.tally.unknown,
        })
        .collect();
    let worst = bars.iter().max_by_key(|bar| bar.down.estimate);
    let desc = match worst.filter(|bar| bar.down.estimate > Millis::ZERO) {
        None => "No day had any downtime.".into(),
        Some(worst) => format!(
            "{} of downtime on {}; the worst was {} with {}.",
            words::rounded(report.found.total.counted.estimate),
            words::count(
                bars.iter()
                    .filter(|bar| bar.down.estimate > Millis::ZERO)
                    .count(),
                "day"
            ),
            report.zone.long_date(worst.interval.start),
            words::rounded(worst.down.estimate),
        ),
    };
    let caption = caption(
        report,
        "downtime",
        format!("Downtime per day, {}", report.span),
        desc,
    );
    Format::ALL.map(|format| downtime::draw(&bars, &report.zone, caption.clone(), format))
}

/// Outages by persona and region: the whole period, then the days around outages, at most six stretches of them.
pub fn outages(report: &Report) -> Vec<Picture> {
    let found = &report.found;
    let mut pictures = vec![gantt(report, "outages", found.period, &report.span)];
    let windows = gantt::windows(&found.outages, found.period, &report.zone);
    for (index, window) in windows.iter().take(6).enumerate() {
        if *window != found.period {
            let days = super::span_of(&report.zone, *window);
            pictures.push(gantt(
                report,
                &format!("outages-{}", index + 1),
                *window,
                &days,
            ));
        }
    }
    pictures
}

fn gantt(report: &Report, id: &str, window: Interval, days: &str) -> Picture {
    let found = &report.found;
    let lanes: Vec<(String, &Lane)> = found
        .regions
        .iter()
        .flat_map(|(persona, lanes)| {
            lanes
                .iter()
                .map(move |(region, lane)| (format!("{persona} · {region}"), lane))
        })
        .collect();
    let inside = |interval: &Interval| interval.intersect(window).is_some();
    let outages = found
        .outages
        .iter()
        .filter(|outage| inside(&Interval::new(outage.start.estimate, outage.end.estimate)));
    let warnings: Vec<Interval> = found
        .early_warnings
        .iter()
        .map(|w| w.interval)
        .filter(inside)
        .collect();
    let desc = format!(
        "{} of the service, {} from the platform.",
        words::count(outages.count(), "outage"),
        words::count(warnings.len(), "early warning"),
    );
    let story = gantt::Story {
        window,
        service: &found.service,
        outages: &found.outages,
        lanes,
        warnings,
    };
    let caption = caption(
        report,
        id,
        format!("Outages by persona and region, {days}"),
        desc,
    );
    Format::ALL.map(|format| gantt::draw(&story, &report.zone, caption.clone(), format))
}

/// Login time over time, one picture per persona with logins.
pub fn latencies(report: &Report) -> Vec<Picture> {
    let found = &report.found;
    let outages: Vec<Interval> = found
        .outages
        .iter()
        .map(|outage| Interval::new(outage.start.estimate, outage.end.estimate))
        .collect();
    let personas = report
        .latency
        .0
        .iter()
        .filter(|(_, login)| !login.success.is_empty());
    personas
        .map(|(persona, login)| {
            let bins = login.bins(found.period);
            let title = format!("Time to sign in, {persona}, {}", report.span);
            let figures = super::latency::Figures::of(&login.success);
            let desc = format!(
                "Half of all successful sign-ins took at most {}, 95 of 100 at most {}; outages are shaded.",
                figures.p50_us.map_or_else(|| "an unknown time".into(), words::latency_axis),
                figures.p95_us.map_or_else(|| "an unknown time".into(), words::latency_axis),
            );
            let caption = caption(report, &format!("latency-{persona}"), title, desc);
            Format::ALL.map(|format| {
                latency::draw(&bins, &outages, (&report.zone, found.period), caption.clone(), format)
            })
        })
        .collect()
}

/// The distribution of login time, if there were logins.
pub fn distribution(report: &Report) -> Option<Picture> {
    let personas = report
        .latency
        .0
        .iter()
        .filter(|(_, login)| !login.success.is_empty());
    let curves: Vec<_> = personas
        .map(|(persona, login)| login.curve(persona))
        .collect();
    if curves.is_empty() {
        return None;
    }
    let title = format!("Time to sign in by percentile, {}", report.span);
    let desc = "Each curve ends at the largest percentile that its number of sign-ins supports; the dot is the longest.";
    let caption = caption(report, "distribution", title, desc.into());
    Some(Format::ALL.map(|format| percentiles::draw(&curves, caption.clone(), format)))
}

fn caption(report: &Report, id: &str, title: String, desc: String) -> Caption {
    let zone = report.zone.name();
    Caption {
        id: id.into(),
        title,
        desc,
        source: format!(
            "Times in {zone}. Contract {}, figures {}.",
            report.contract.id,
            report.short_hash()
        ),
    }
}
