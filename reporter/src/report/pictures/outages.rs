//! Pictures of outages: who was down where and when, and how exact one of them is known.

use ledger::outage::{Edge, Outage};
use ledger::state::Lane;
use ledger::time::Interval;

use super::{Picture, scene};
use crate::chart::Format;
use crate::chart::data::{Data, Datum};
use crate::chart::gantt;
use crate::chart::incident::{self, Look, Looks};
use crate::report::{Report, span_of};
use crate::words;

/// Outages by persona and region: the whole period, then the days around outages, at most six stretches of them.
pub(super) fn gantts(report: &Report) -> Vec<Picture> {
    let found = &report.found;
    let mut pictures = vec![gantt(report, "outages", found.period, &report.span)];
    let windows = gantt::windows(&found.outages, found.period, &report.zone);
    for (index, window) in windows.iter().take(6).enumerate() {
        if *window != found.period {
            let days = span_of(&report.zone, *window);
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
    let outages: Vec<&Outage> = found
        .outages
        .iter()
        .filter(|outage| inside(&Interval::new(outage.start.estimate, outage.end.estimate)))
        .collect();
    let warnings: Vec<Interval> = found
        .early_warnings
        .iter()
        .map(|w| w.interval)
        .filter(inside)
        .collect();
    let desc = format!(
        "{} of the service, {} from the platform.",
        words::count(outages.len(), "outage"),
        words::count(warnings.len(), "early warning"),
    );
    let title = format!("Outages by persona and region, {days}");
    let data = list(report, &title, &outages);
    let mut scene = scene(report, id, title, desc);
    scene.window = window;
    let story = gantt::Story {
        service: &found.service,
        outages: &found.outages,
        lanes,
        warnings,
    };
    let draw = |format| gantt::draw(&story, &scene, format);
    let crowded = gantt::is_crowded(&story, window);
    Picture {
        broad: crowded.then(|| draw(Format::Broad)),
        ..Picture::new(data, draw)
    }
}

fn list(report: &Report, title: &str, outages: &[&Outage]) -> Data {
    let heads = ["Outage", "Start", "End", "Length", "At least", "At most"];
    let mut data = Data::new(title, heads);
    for outage in outages {
        let zone = &report.zone;
        let end = match outage.open {
            true => "not over".into(),
            false => zone.table(outage.end.estimate),
        };
        data.push([
            outage.number.to_string().into(),
            zone.table(outage.start.estimate).into(),
            end.into(),
            words::duration(outage.length.estimate).into(),
            words::duration(outage.length.lower).into(),
            words::duration(outage.length.upper).into(),
        ]);
    }
    data
}

/// A strip for each outage of the period.
pub(super) fn strips(report: &Report, looks: &Looks) -> Vec<Picture> {
    let outages = report.found.outages.iter();
    outages
        .map(|outage| {
            let own = looks.get(&outage.number);
            strip(report, outage, own.map_or(&[], Vec::as_slice))
        })
        .collect()
}

fn strip(report: &Report, outage: &Outage, looks: &[Look]) -> Picture {
    let number = outage.number;
    let zone = &report.zone;
    let title = format!(
        "How long outage {number} of {} was, and how exactly its edges are known",
        report.span
    );
    let length = &outage.length;
    let desc = if outage.open {
        format!(
            "It began on {} and was not over at the last evidence; it took at least {} so far.",
            zone.table(outage.start.estimate),
            words::duration(length.lower)
        )
    } else {
        format!(
            "It began on {} and took {}.",
            zone.table(outage.start.estimate),
            words::bounded(length)
        )
    };
    let mut data = Data::new(title.clone(), ["", "Earliest", "Best", "Latest"]);
    let edge = |name: &str, edge: &Edge| -> [Datum; 4] {
        let at = |at| zone.format(at, "%Y-%m-%d %H:%M:%S.%3f").into();
        [
            name.into(),
            at(edge.earliest),
            at(edge.estimate),
            at(edge.latest),
        ]
    };
    data.push(edge("Start", &outage.start));
    if !outage.open {
        data.push(edge("End", &outage.end));
    }
    let part = |length| words::duration(length).into();
    data.push([
        "Length".into(),
        part(length.lower),
        part(length.estimate),
        part(length.upper),
    ]);
    let mut scene = scene(report, &format!("incident-{number}"), title, desc);
    scene.window = incident::window(outage);
    let mut looks = looks.to_vec();
    looks.sort();
    looks.dedup();
    let story = incident::Story { outage, looks };
    Picture::new(data, |format| incident::draw(&story, &scene, format))
}
