//! The picture of many days: the service and each persona, up to ninety days until the end of the period.

use ledger::print;
use ledger::state::{Lane, State};
use ledger::time::{Interval, Millis};

use super::{Picture, scene};
use crate::chart::bars::{self, Row};
use crate::chart::class::OfDay;
use crate::chart::data::{Data, Datum};
use crate::report::recent::{self, Lost, OneDay};
use crate::report::{Report, Stage};
use crate::text::{Text, say};
use crate::words;

pub(super) fn picture(report: &Report) -> Picture {
    let days = report.recent();
    let rows = rows(report, &days);
    let count = Text::figure(days.len().to_string(), "/recent/days");
    let noun = if days.len() == 1 { " day" } else { " days" };
    let last = days.last().map(|day| {
        let date = report.zone.long_date(day.interval.start);
        Text::figure(date, format!("/recent/days/{}/date", days.len() - 1))
    });
    let title = say![
        "Downtime per day of service and personas, ",
        count.clone(),
        noun,
        " to ",
        last
    ];
    let bad = recent::sum(&days, |day| day.service).days_down;
    let desc = say![
        "The service had downtime on ",
        Text::figure(bad.to_string(), "/recent/service/days_down"),
        " of ",
        count,
        noun,
        "; ",
        rows.first().map(|row| row.figure.clone()),
        ".",
    ];
    let mut scene = scene(report, "bars", title, desc);
    scene.window = window(report, &days).unwrap_or(scene.window);
    for before in report.earlier.iter().flat_map(|one| &one.known.0) {
        let mut regions = scene.known.0.iter_mut();
        match regions.find(|one| one.name == before.name) {
            Some(own) => {
                own.looked = own.looked.union(&before.looked);
                own.blind = own.blind.union(&before.blind);
            }
            None => scene.known.0.push(before.clone()),
        }
    }
    let data = data(&rows);
    Picture::new(data, |format| bars::draw(&rows, &scene, format))
}

/// Ninety days where those before the period are told of, whether or not there is a record of all of them.
fn window(report: &Report, days: &[OneDay]) -> Option<Interval> {
    let (first, last) = (days.first()?, days.last()?);
    let wanted = report.earlier.as_ref();
    let wanted = wanted.and_then(|_| recent::before(&report.zone, report.found.period));
    let start = wanted.map_or(first.interval.start, |one| one.start);
    Some(Interval::new(start, last.interval.end))
}

fn rows(report: &Report, days: &[OneDay]) -> Vec<Row> {
    let found = &report.found;
    let marks = |whose: &str, of: &dyn Fn(&OneDay) -> Lost| -> Vec<OfDay> {
        let all = days.iter().enumerate();
        all.map(|(index, day)| mark(report, (index, day), (whose, of(day))))
            .collect()
    };
    let service = |day: &OneDay| day.service;
    let mut rows = vec![Row {
        name: "Service".into(),
        figure: figure(days, service, ("/recent/service", &found.service)),
        days: marks("service", &service),
    }];
    for (persona, lane) in &found.personas {
        let own = |day: &OneDay| day.personas.get(persona).copied().unwrap_or_default();
        let whose = format!("personas/{persona}");
        let at = format!("/recent/{whose}");
        rows.push(Row {
            name: persona.to_string(),
            figure: figure(days, own, (&at, lane)),
            days: marks(&whose, &own),
        });
    }
    rows
}

/// A day as charts of many days show it.
fn mark(report: &Report, (index, day): (usize, &OneDay), (whose, lost): (&str, Lost)) -> OfDay {
    let last = day.interval.end == report.found.period.end;
    let provisional = matches!(report.stage, Stage::Provisional { .. });
    OfDay {
        date: report.zone.date(day.interval.start),
        interval: day.interval,
        day_length: day.day_length,
        down: lost.down,
        unknown: lost.unknown,
        excluded: day.excluded,
        open: last && provisional && day.interval.length() < day.day_length,
        down_at: format!("/recent/days/{index}/{whose}/down_ms"),
        length_at: format!("/recent/days/{index}/day_length_ms"),
    }
}

fn figure(days: &[OneDay], of: impl Fn(&OneDay) -> Lost, (at, lane): (&str, &Lane)) -> Text {
    let share = match recent::sum(days, of).availability {
        Some(ratio) => Text::figure(print::availability(ratio), format!("{at}/availability")),
        None => "no data".into(),
    };
    let last = match lane.0.last().map(|segment| segment.state) {
        None | Some(State::Unknown) => "unknown at the end",
        Some(State::Up) => "up at the end",
        Some(State::Degraded) => "degraded at the end",
        Some(State::Partial) => "down in part at the end",
        Some(State::Down) => "down at the end",
    };
    say![share, ", ", last]
}

fn data(rows: &[Row]) -> Data {
    let heads = ["Day", "Whose", "Downtime", "Unknown"];
    let mut data = Data::new("Downtime of the last days", heads);
    let length = |length: Millis, at: String| Datum::at(words::duration(length), at);
    for row in rows {
        for (index, day) in row.days.iter().enumerate() {
            let unknown = day.down_at.replace("/down_ms", "/unknown_ms");
            data.push([
                Datum::at(day.date.to_string(), format!("/recent/days/{index}/date")),
                row.name.clone().into(),
                length(day.down, day.down_at.clone()),
                length(day.unknown, unknown),
            ]);
        }
    }
    data
}
