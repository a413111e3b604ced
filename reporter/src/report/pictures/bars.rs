//! The picture of many days: the service and each persona, up to ninety days until the end of the period.

use ledger::name::Name;
use ledger::outage::Bounds;
use ledger::print;
use ledger::sla::Ratio;
use ledger::state::{Lane, State};
use ledger::tally::Day;
use ledger::time::{Interval, Millis, Timestamp};

use super::{Picture, days, scene};
use crate::chart::bars::{self, Row};
use crate::chart::class::OfDay;
use crate::chart::data::Data;
use crate::report::Report;
use crate::words;

/// How many days are shown.
pub(crate) const DAYS: usize = 90;

pub(super) fn picture(report: &Report) -> Picture {
    let all: Vec<&Day> = days::days(report).map(|(_, day)| day).collect();
    let shown = &all[all.len().saturating_sub(DAYS)..];
    let rows = rows(report, shown);
    let count = words::count(shown.len(), "day");
    let last = Timestamp(report.found.period.end.0 - 1);
    let title = format!(
        "Downtime per day of service and personas, {count} to {}",
        report.zone.long_date(last)
    );
    let bad = shown
        .iter()
        .filter(|day| day.tally.counted.estimate > Millis::ZERO);
    let desc = format!(
        "The service had downtime on {} of {}; {}.",
        bad.count(),
        count,
        rows.first()
            .map_or("nothing is known", |row| row.figure.as_str())
    );
    let mut scene = scene(report, "bars", title, desc);
    if let (Some(first), Some(last)) = (shown.first(), shown.last()) {
        scene.window = Interval::new(first.interval.start, last.interval.end);
    }
    let mut data = Data::new(
        format!("Downtime of {count}"),
        ["Day", "Whose", "Downtime", "Unknown"],
    );
    for row in &rows {
        for day in &row.days {
            data.push([
                day.date.to_string().into(),
                row.name.clone().into(),
                words::duration(day.down).into(),
                words::duration(day.unknown).into(),
            ]);
        }
    }
    Picture::new(data, |format| bars::draw(&rows, &scene, format))
}

fn rows(report: &Report, shown: &[&Day]) -> Vec<Row> {
    let found = &report.found;
    let service: Vec<OfDay> = shown.iter().map(|day| days::mark(report, day)).collect();
    let mut rows = vec![row("Service", service, &found.service)];
    for (persona, lane) in &found.personas {
        let marks = shown
            .iter()
            .map(|day| of_persona(report, day, (persona, lane)));
        rows.push(row(persona.as_str(), marks.collect(), lane));
    }
    rows
}

/// A persona's own day: its downtime before roll-up, and when it could not be looked at.
fn of_persona(report: &Report, day: &Day, (persona, lane): (&Name, &Lane)) -> OfDay {
    let down: Bounds = day.personas.get(persona).copied().unwrap_or_default();
    let blind = lane.of(State::Unknown).subtract(&report.found.excluded());
    OfDay {
        down: down.estimate,
        unknown: blind.measure_in(day.interval),
        ..days::mark(report, day)
    }
}

fn row(name: &str, days: Vec<OfDay>, lane: &Lane) -> Row {
    let down: Millis = days.iter().map(|day| day.down).sum();
    let known: Millis = days
        .iter()
        .map(|day| day.interval.length() - day.unknown - day.excluded)
        .sum();
    let share =
        Ratio::of(known - down, known).map_or_else(|| "no data".into(), print::availability);
    let last = match lane.0.last().map(|segment| segment.state) {
        None | Some(State::Unknown) => "unknown at the end",
        Some(State::Up) => "up at the end",
        Some(State::Degraded) => "degraded at the end",
        Some(State::Partial) => "down in part at the end",
        Some(State::Down) => "down at the end",
    };
    Row {
        name: name.into(),
        figure: format!("{share}, {last}"),
        days,
    }
}
