//! The day table: one row a day, a line below it for the bounds, and a total that the rows add up to.

use std::fmt::Write as _;

use ledger::print;
use ledger::tally::{Day, Tally};
use ledger::time::Millis;

use super::style::{BOLD, DIM, PLAIN, RED, YELLOW};
use crate::report::Report;
use crate::words;

const DAY: Millis = Millis::from_mins(24 * 60);

/// One line of the table, already in words.
struct Row {
    day: String,
    length: String,
    down: String,
    excluded: String,
    unknown: String,
    availability: String,
    incidents: String,
    bounds: Option<String>,
    measured: Option<String>,
    is_down: bool,
    is_unknown: bool,
}

/// Columns that are left out where they would say nothing.
#[derive(Clone, Copy)]
struct Columns {
    lengths: bool,
    exclusions: bool,
}

/// The table.
pub(super) fn render(report: &Report) -> String {
    let found = &report.found;
    let down = words::rows(found.days.iter().map(|day| day.tally.counted.estimate));
    let unknown = words::rows(found.days.iter().map(|day| day.tally.unknown));
    let excluded = words::rows(found.days.iter().map(|day| day.tally.excluded));
    let cells = down.into_iter().zip(unknown).zip(excluded);
    let mut rows: Vec<Row> = found
        .days
        .iter()
        .zip(cells)
        .map(|(day, ((down, unknown), excluded))| row(report, day, [down, unknown, excluded]))
        .collect();
    rows.push(total(report));
    if let Some(measured) = &found.measured {
        let days = measured.days.iter();
        let days = days.zip(found.days.iter().map(|day| &day.tally));
        let all = days.chain([(&measured.total, &found.total)]);
        for (row, (measured, corrected)) in rows.iter_mut().zip(all) {
            row.measured = as_measured(measured, corrected);
        }
    }
    let columns = Columns {
        lengths: rows.iter().any(|row| !row.length.is_empty()),
        exclusions: found.total.excluded > Millis::ZERO,
    };
    let mut page = line(&head(), columns, DIM);
    let last = rows.len() - 1;
    for (index, row) in rows.iter().enumerate() {
        let ink = if index == last { BOLD } else { "" };
        page.push_str(&line(row, columns, ink));
        for bounds in row.bounds.iter().chain(&row.measured) {
            let indent = if columns.lengths { 24 } else { 16 };
            let _ = writeln!(page, "{:indent$}{DIM}{bounds}{PLAIN}", "");
        }
    }
    page
}

/// `measured 2 h`, where a correction changed that.
fn as_measured(measured: &Tally, corrected: &Tally) -> Option<String> {
    let down = format!("measured {}", words::duration(measured.counted.estimate));
    if measured.unknown != corrected.unknown {
        let unknown = words::duration(measured.unknown);
        return Some(format!("{down}, unknown {unknown}"));
    }
    (measured.counted != corrected.counted).then_some(down)
}

fn head() -> Row {
    Row {
        day: "Day".into(),
        length: "Length".into(),
        down: "Downtime".into(),
        excluded: "Excluded".into(),
        unknown: "Unknown".into(),
        availability: "Available".into(),
        incidents: "Outages".into(),
        bounds: None,
        measured: None,
        is_down: false,
        is_unknown: false,
    }
}

fn row(report: &Report, day: &Day, [down, unknown, excluded]: [Millis; 3]) -> Row {
    let inside = day.interval.length();
    let part =
        (inside != day.day_length).then(|| format!("{} of the day", words::duration(inside)));
    let weekday = day
        .date
        .parse()
        .map_or_else(|_| String::new(), crate::civil::weekday);
    Row {
        day: format!("{weekday} {}", day.date),
        length: match day.day_length {
            Millis::ZERO => "no such day".into(),
            DAY => String::new(),
            other => words::duration(other),
        },
        down: words::duration(down),
        excluded: words::duration(excluded),
        unknown: words::duration(unknown),
        availability: availability(report, &day.tally),
        incidents: match day.outages.len() {
            0 => "–".into(),
            n => n.to_string(),
        },
        bounds: match (words::range(&day.tally.counted), part) {
            (Some(range), Some(part)) => Some(format!("{range}, in {part}")),
            (range, part) => range.or(part),
        },
        measured: None,
        is_down: down > Millis::ZERO,
        is_unknown: unknown > Millis::ZERO,
    }
}

fn total(report: &Report) -> Row {
    let found = &report.found;
    Row {
        day: "Total".into(),
        length: String::new(),
        down: words::duration(found.total.counted.estimate),
        excluded: words::duration(found.total.excluded),
        unknown: words::duration(found.total.unknown),
        availability: availability(report, &found.total),
        incidents: found.outages.len().to_string(),
        bounds: words::range(&found.total.counted),
        measured: None,
        is_down: found.total.counted.estimate > Millis::ZERO,
        is_unknown: found.total.unknown > Millis::ZERO,
    }
}

fn availability(report: &Report, tally: &Tally) -> String {
    let range = tally.availability(&report.contract.rules);
    range.map_or_else(
        || "no data".into(),
        |range| print::availability(range.estimate),
    )
}

fn line(row: &Row, columns: Columns, ink: &str) -> String {
    let mut line = format!("{ink}{:<14}{PLAIN}", row.day);
    let mut cell = |words: &str, width: usize, ink: &str| {
        let _ = write!(line, "  {ink}{words:<width$}{PLAIN}");
    };
    if columns.lengths {
        cell(&row.length, 6, ink);
    }
    cell(&row.down, 15, if row.is_down { RED } else { ink });
    if columns.exclusions {
        cell(&row.excluded, 10, ink);
    }
    cell(&row.unknown, 16, if row.is_unknown { YELLOW } else { ink });
    let _ = write!(
        line,
        "  {ink}{:>9}  {:>7}{PLAIN}",
        row.availability, row.incidents
    );
    line.push('\n');
    line
}
