//! The day table. Its printed rows add up to the printed total.

use ledger::print;
use ledger::tally::{Day, Tally};
use ledger::time::Millis;

use super::corrections;
use crate::civil::weekday;
use crate::report::figures::{length, number, range};
use crate::report::page::{Block, Cell, Row, Section, Table};
use crate::report::{Report, incident_days, months, pictures};
use crate::text::{Text, say};
use crate::words;

/// More days than these are folded in print: months stand above, and days only where there was something.
const MOST: usize = 62;

/// The chart, the months of a longer period, and the days.
pub(super) fn section(report: &Report) -> Section {
    let mut blocks = vec![Block::Pictures(pictures::of_days(report))];
    if report.earlier.as_ref().is_some_and(|one| one.pruned) {
        let told = format!(
            "Of the days before {} single sign-ins are no longer all kept. What the chart shows of them is read from the sums that \
             were made of them, and could not be held against each of them again.",
            report.zone.long_date(report.found.period.start)
        );
        blocks.push(Block::Words(told.into()));
    }
    let months = months::of(report);
    if months.len() > 1 {
        blocks.push(Block::Table(by_month(report, &months)));
    }
    let days = days(report);
    let hidden = report.found.days.len() - days.rows.len();
    blocks.push(Block::Table(days));
    if hidden > 0 {
        blocks.push(Block::Words(
            "Days without downtime, unknown or excluded time are left out here. They stand in days.csv and report.json."
                .into(),
        ));
    }
    super::section("days", "Downtime per day", blocks)
}

const HEADS: [&str; 6] = [
    "Day",
    "Downtime",
    "Excluded",
    "Unknown",
    "Availability",
    "Incidents",
];

fn days(report: &Report) -> Table {
    let found = &report.found;
    let down = words::rows(found.days.iter().map(|day| day.tally.counted.estimate));
    let unknown = words::rows(found.days.iter().map(|day| day.tally.unknown));
    let excluded = words::rows(found.days.iter().map(|day| day.tally.excluded));
    let cells = down.into_iter().zip(unknown).zip(excluded);
    let folded = found.days.len() > MOST;
    let rows = found.days.iter().zip(cells).enumerate();
    let rows = rows.filter(|(_, (day, _))| !folded || is_something(&day.tally));
    let table = Table {
        caption: format!("Downtime per day, {}", report.span).into(),
        heads: HEADS.into(),
        rows: rows
            .map(|(index, (day, ((down, unknown), excluded)))| {
                day_row(report, (index, day), [down, unknown, excluded])
            })
            .collect(),
        total: Some(total_row(report)),
    };
    without_excluded(report, table)
}

fn is_something(tally: &Tally) -> bool {
    [tally.counted.upper, tally.unknown, tally.excluded] != [Millis::ZERO; 3]
}

fn without_excluded(report: &Report, table: Table) -> Table {
    if report.found.total.excluded == Millis::ZERO {
        table.without(2)
    } else {
        table
    }
}

fn day_row(report: &Report, (index, day): (usize, &Day), parts: [Millis; 3]) -> Row {
    let weekday = day.date.parse().map_or_else(|_| String::new(), weekday);
    let at = format!("/days/{index}");
    let range = range(&day.tally.counted, &format!("{at}/tally/counted_down_ms"));
    let beside = corrections::beside(report, index, range);
    let incidents = match incident_days::touching(report, day).len() {
        0 => "–".into(),
        n => number(n, &format!("{at}/incidents")),
    };
    let date = say![
        format!("{weekday} "),
        Text::figure(&*day.date, format!("{at}/date"))
    ];
    let name = Cell::new(date).note(day_length(day, &at));
    let tally = Place {
        at: format!("{at}/tally"),
        availability: format!("{at}/availability/estimate"),
    };
    row(
        report,
        name,
        (&day.tally, parts),
        (&tally, incidents, beside),
    )
}

fn total_row(report: &Report) -> Row {
    let total = &report.found.total;
    let parts = [total.counted.estimate, total.unknown, total.excluded];
    let place = Place {
        at: "/total".into(),
        availability: "/verdict/availability/estimate".into(),
    };
    let range = range(&total.counted, "/total/counted_down_ms");
    let incidents = number(report.found.incidents.len(), "/incidents");
    row(
        report,
        Cell::new("Total"),
        (total, parts),
        (&place, incidents, range),
    )
}

fn by_month(report: &Report, months: &[months::Month]) -> Table {
    let down = words::rows(months.iter().map(|one| one.tally.counted.estimate));
    let unknown = words::rows(months.iter().map(|one| one.tally.unknown));
    let excluded = words::rows(months.iter().map(|one| one.tally.excluded));
    let cells = down.into_iter().zip(unknown).zip(excluded);
    let rows = months.iter().zip(cells).enumerate();
    let rows = rows.map(|(index, (month, ((down, unknown), excluded)))| {
        let at = format!("/months/{index}");
        let place = Place {
            availability: format!("{at}/availability/estimate"),
            at: format!("{at}/tally"),
        };
        let range = range(&month.tally.counted, &format!("{at}/tally/counted_down_ms"));
        let name = Cell::new(Text::figure(&*month.name, format!("{at}/month")));
        let incidents = match month.incidents {
            0 => "–".into(),
            n => number(n, &format!("{at}/incidents")),
        };
        row(
            report,
            name,
            (&month.tally, [down, unknown, excluded]),
            (&place, incidents, range),
        )
    });
    let mut heads = HEADS;
    heads[0] = "Month";
    let table = Table {
        caption: format!("Downtime per month, {}", report.span).into(),
        heads: heads.into(),
        rows: rows.collect(),
        total: Some(total_row(report)),
    };
    without_excluded(report, table)
}

/// Where a row's figures stand in `report.json`.
struct Place {
    at: String,
    availability: String,
}

fn row(
    report: &Report,
    name: Cell,
    (tally, [down, unknown, excluded]): (&Tally, [Millis; 3]),
    (place, incidents, beside): (&Place, Text, Text),
) -> Row {
    let at = |part: &str| format!("{}/{part}", place.at);
    let available = match tally.availability(&report.contract.rules) {
        Some(range) => Text::figure(print::availability(range.estimate), &*place.availability),
        None => "no data".into(),
    };
    Row::new([
        name,
        Cell::new(length(down, &at("counted_down_ms/estimate")))
            .note(beside)
            .down(),
        Cell::new(length(excluded, &at("excluded_ms"))),
        Cell::new(length(unknown, &at("unknown_ms"))),
        Cell::new(available),
        Cell::new(incidents),
    ])
    .marked(down > Millis::ZERO)
}

/// `25 h long`, if the day is not of 24 h or the period holds only a part of it.
fn day_length(day: &Day, at: &str) -> Text {
    let inside = day.interval.length();
    match day.day_length {
        Millis::ZERO => "no such day".into(),
        whole if inside != whole => {
            say![length(inside, &format!("{at}/span/length_ms")), " of it"]
        }
        whole if whole != Millis::from_mins(24 * 60) => {
            say![length(whole, &format!("{at}/day_length_ms")), " long"]
        }
        _ => Text::default(),
    }
}
