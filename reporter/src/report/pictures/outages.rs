//! Pictures of outages: who was down where and when, and how exact one of them is known.

use ledger::outage::{Edge, Outage};
use ledger::state::Lane;
use ledger::time::{Interval, Timestamp};

use super::{Picture, scene};
use crate::chart::Format;
use crate::chart::data::{Data, Datum};
use crate::chart::gantt;
use crate::chart::incident::{self, Look, Looks};
use crate::locale::Grain;
use crate::report::figures::{self, count};
use crate::report::{Report, span_of};
use crate::text::{Text, say};
use crate::words;

/// Outages by persona and region: the whole period, then the days around outages, at most six stretches of them.
pub(super) fn gantts(report: &Report) -> Vec<Picture> {
    let stretches = stretches(report).into_iter().enumerate();
    let pictures = stretches.map(|(index, window)| match index {
        0 => gantt(report, "outages", (index, window)),
        _ => gantt(report, &format!("outages-{index}"), (index, window)),
    });
    pictures.collect()
}

/// The whole period, then the days around outages; not where that is nearly all of it again.
fn stretches(report: &Report) -> Vec<Interval> {
    let found = &report.found;
    let windows = gantt::windows(&found.outages, found.period, &report.zone);
    let closer = windows.into_iter().take(6);
    let whole = found.period.length().0;
    let closer = closer.filter(|window| window.length().0 * 4 <= whole * 3);
    [found.period].into_iter().chain(closer).collect()
}

/// How many outages and early warnings each of the drawings of [`gantts`] shows.
pub(in crate::report) fn counted(report: &Report) -> Vec<(Interval, usize, usize)> {
    let stretches = stretches(report).into_iter();
    let counted = stretches.map(|window| {
        let outages = within(report, window).count();
        (window, outages, warned(report, window).count())
    });
    counted.collect()
}

/// The outages of a stretch with their places.
fn within(report: &Report, window: Interval) -> impl Iterator<Item = (usize, &Outage)> {
    let all = report.found.outages.iter().enumerate();
    all.filter(move |(_, outage)| {
        let span = Interval::new(outage.start.estimate, outage.end.estimate);
        span.intersect(window).is_some()
    })
}

fn warned(report: &Report, window: Interval) -> impl Iterator<Item = Interval> {
    let all = report.found.early_warnings.iter().map(|one| one.interval);
    all.filter(move |one| one.intersect(window).is_some())
}

/// The days of a stretch, in the words of the period or as dates of its days.
fn days(report: &Report, window: Interval) -> Text {
    if window == report.found.period {
        return report.span.as_str().into();
    }
    let place = |at: Timestamp| {
        let date = report.zone.date(at).to_string();
        let days = &report.found.days;
        let index = days.iter().position(|day| day.date == date).unwrap_or(0);
        format!("/days/{index}/date")
    };
    let words = span_of(&report.zone, window);
    match words.split_once(" to ") {
        None => Text::figure(words, place(window.start)),
        Some((first, last)) => say![
            Text::figure(first, place(window.start)),
            " to ",
            Text::figure(last, place(Timestamp(window.end.0 - 1))),
        ],
    }
}

fn gantt(report: &Report, id: &str, (index, window): (usize, Interval)) -> Picture {
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
    let warnings: Vec<Interval> = warned(report, window).collect();
    let at = |part: &str| format!("/drawn/stretches/{index}/{part}");
    let desc = say![
        count(within(report, window).count(), "outage", &at("outages")),
        " of the service, ",
        count(warnings.len(), "early warning", &at("warnings")),
        " from the platform.",
    ];
    let title = say!["Outages by persona and region, ", days(report, window)];
    let data = list(report, &title.plain(), window);
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

fn list(report: &Report, title: &str, window: Interval) -> Data {
    let heads = ["Outage", "Start", "End", "Length", "At least", "At most"];
    let mut data = Data::new(title, heads);
    for (index, outage) in within(report, window) {
        let zone = &report.zone;
        let at = |part: &str| format!("/outages/{index}/{part}");
        let length = |length, part: &str| Datum::at(words::duration(length), at(part));
        let end = match outage.open {
            true => "not over".into(),
            false => Datum::at(zone.table(outage.end.estimate), at("end/estimate")),
        };
        data.push([
            Datum::at(outage.number.to_string(), at("number")),
            Datum::at(zone.table(outage.start.estimate), at("start/estimate")),
            end,
            length(outage.length.estimate, "length_ms/estimate"),
            length(outage.length.lower, "length_ms/lower"),
            length(outage.length.upper, "length_ms/upper"),
        ]);
    }
    data
}

/// A strip for each outage of the period.
pub(super) fn strips(report: &Report, looks: &Looks) -> Vec<Picture> {
    let outages = report.found.outages.iter().enumerate();
    outages
        .map(|(index, outage)| {
            let own = looks.get(&outage.number);
            let own = own.map_or(&[][..], Vec::as_slice);
            strip(report, (format!("/outages/{index}"), outage), own)
        })
        .collect()
}

fn strip(report: &Report, (place, outage): (String, &Outage), looks: &[Look]) -> Picture {
    let number = outage.number;
    let in_json = |part: &str| format!("{place}/{part}");
    let title = say![
        "How long outage ",
        figures::number(number, &in_json("number")),
        format!(
            " of {} was, and how exactly its edges are known",
            report.span
        ),
    ];
    let data = edges(report, &title.plain(), (&place, outage));
    let desc = length(report, (&place, outage));
    let mut scene = scene(report, &format!("incident-{number}"), title, desc);
    scene.window = incident::window(outage);
    let mut looks = looks.to_vec();
    looks.sort();
    looks.dedup();
    let story = incident::Story {
        outage,
        looks,
        at: place,
    };
    Picture::new(data, |format| incident::draw(&story, &scene, format))
}

/// How long an outage was, in a sentence.
fn length(report: &Report, (place, outage): (&str, &Outage)) -> Text {
    let in_json = |part: &str| format!("{place}/{part}");
    let length = &outage.length;
    let began = figures::instant(
        &report.zone,
        outage.start.estimate,
        &in_json("start/estimate"),
    );
    let lengths = in_json("length_ms");
    if outage.open {
        say![
            "It began on ",
            began,
            " and was not over at the last evidence; it took at least ",
            figures::length(length.lower, &in_json("length_ms/lower")),
            " so far.",
        ]
    } else {
        let range = figures::range(length, &lengths);
        let range = match range.is_empty() {
            true => range,
            false => say![" (", range, ")"],
        };
        let best = figures::estimate(length, &lengths);
        say!["It began on ", began, " and took ", best, range, "."]
    }
}

/// Its edges and lengths as a table.
fn edges(report: &Report, title: &str, (place, outage): (&str, &Outage)) -> Data {
    let (zone, length) = (&report.zone, &outage.length);
    let mut data = Data::new(title, ["", "Earliest", "Best", "Latest"]);
    let edge = |name: &str, edge: &Edge| -> [Datum; 4] {
        let at = |at, part: &str| {
            let text = zone.dated(Grain::Millisecond, at);
            Datum::at(text, format!("{place}/{}/{part}", name.to_lowercase()))
        };
        [
            name.into(),
            at(edge.earliest, "earliest"),
            at(edge.estimate, "estimate"),
            at(edge.latest, "latest"),
        ]
    };
    data.push(edge("Start", &outage.start));
    if !outage.open {
        data.push(edge("End", &outage.end));
    }
    let part = |length, part: &str| {
        let at = format!("{place}/length_ms/{part}");
        Datum::at(words::duration(length), at)
    };
    data.push([
        "Length".into(),
        part(length.lower, "lower"),
        part(length.estimate, "estimate"),
        part(length.upper, "upper"),
    ]);
    data
}
