//! The day table: one row a day, a line below it for the bounds where they find no column, and a total that the rows add up to.

use std::fmt::Write as _;

use ledger::print;
use ledger::tally::{Day, Tally};
use ledger::time::Millis;

use super::layout::Layout;
use super::style::{BOLD, DIM, PLAIN};
use crate::report::Report;
use crate::terminal::{Width, wrapped};
use crate::words;

const NO_DATA: &str = "no data";
const DAY: Millis = Millis::from_mins(24 * 60);

/// Which days have a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// All of them.
    All,
    /// Those that were not up throughout; the others are counted, and days in a row without data share a line.
    Troubled,
}

/// One line of the table, already in words.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) day: String,
    /// Only of a day that has not 24 h.
    pub(super) length: String,
    pub(super) down: String,
    pub(super) excluded: String,
    pub(super) unknown: String,
    pub(super) availability: String,
    pub(super) incidents: String,
    /// What downtime may be at least and at most.
    pub(super) bounds: String,
    /// Which part of the day was asked for, if not all of it.
    part: Option<String>,
    measured: Option<String>,
    pub(super) is_down: bool,
    pub(super) is_unknown: bool,
    is_excluded: bool,
}

/// The table.
pub(super) fn render(report: &Report, width: Width, shown: Shown) -> String {
    let found = &report.found;
    let mut rows = days(report);
    rows.push(total(report));
    if let Some(measured) = &found.measured {
        let days = measured.days.iter();
        let days = days.zip(found.days.iter().map(|day| &day.tally));
        let all = days.chain([(&measured.total, &found.total)]);
        for (row, (measured, corrected)) in rows.iter_mut().zip(all) {
            row.measured = as_measured(measured, corrected);
        }
    }
    let layout = Layout::of(&head(), &rows, width);
    let mut page = layout.line(&head(), DIM);
    let Some((total, days)) = rows.split_last() else {
        return page;
    };
    let mut quiet = 0;
    // Days in a row of which nothing is known say nothing one by one.
    for some in days.chunk_by(|a, b| a.is_blank() && b.is_blank()) {
        if let (Shown::Troubled, [first, _, .., last]) = (shown, some) {
            let (first, last, count) = (&first.day, &last.day, some.len());
            let blank = format!("{first} to {last}: nothing is known of these {count} days");
            let _ = writeln!(page, "{blank}");
            continue;
        }
        for row in some {
            if shown == Shown::Troubled && !row.is_troubled() {
                quiet += 1;
                continue;
            }
            page.push_str(&layout.line(row, ""));
            page.push_str(&notes(row, &layout, width));
        }
    }
    if quiet > 0 {
        let others = match quiet {
            _ if quiet == days.len() => "on no day was it down, unknown or excluded".to_owned(),
            1 => "on the other day all was well".to_owned(),
            _ => format!("on the other {quiet} days all was well"),
        };
        let _ = writeln!(page, "{DIM}{others}{PLAIN}");
    }
    page.push_str(&layout.line(total, BOLD));
    page.push_str(&notes(total, &layout, width));
    page
}

/// What stands below a row because it found no column.
fn notes(row: &Row, layout: &Layout, width: Width) -> String {
    let mut first = Vec::new();
    if !layout.lengths && !row.length.is_empty() {
        first.push(format!("a day of {}", row.length));
    }
    if !layout.bounds && !row.bounds.is_empty() {
        first.push(row.bounds.clone());
    }
    first.extend(row.part.as_ref().map(|part| format!("in {part}")));
    if !layout.excluded && row.is_excluded {
        first.push(format!("excluded {}", row.excluded));
    }
    let first = Some(first.join(", ")).filter(|line| !line.is_empty());
    let mut page = String::new();
    for line in first.iter().chain(&row.measured) {
        let indent = layout.indent();
        for line in wrapped(line, (indent, indent), width.columns() - 1).lines() {
            let (blank, words) = line.split_at(indent.min(line.len()));
            let _ = writeln!(page, "{blank}{DIM}{words}{PLAIN}");
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
        bounds: "At least and at most".into(),
        ..Row::default()
    }
}

/// A row a day, whose lengths add up to the printed totals.
fn days(report: &Report) -> Vec<Row> {
    let found = &report.found;
    let down = words::rows(found.days.iter().map(|day| day.tally.counted.estimate));
    let unknown = words::rows(found.days.iter().map(|day| day.tally.unknown));
    let excluded = words::rows(found.days.iter().map(|day| day.tally.excluded));
    let cells = down.into_iter().zip(unknown).zip(excluded);
    let days = found.days.iter().zip(cells);
    days.map(|(day, ((down, unknown), excluded))| row(report, day, [down, unknown, excluded]))
        .collect()
}

fn row(report: &Report, day: &Day, [down, unknown, excluded]: [Millis; 3]) -> Row {
    let inside = day.interval.length();
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
        bounds: words::range(&day.tally.counted).unwrap_or_default(),
        part: (inside != day.day_length).then(|| format!("{} of the day", words::duration(inside))),
        measured: None,
        is_down: down > Millis::ZERO,
        is_unknown: unknown > Millis::ZERO,
        is_excluded: excluded > Millis::ZERO,
    }
}

fn total(report: &Report) -> Row {
    let found = &report.found;
    let tally = &found.total;
    Row {
        day: "Total".into(),
        down: words::duration(tally.counted.estimate),
        excluded: words::duration(tally.excluded),
        unknown: words::duration(tally.unknown),
        availability: availability(report, tally),
        incidents: found.outages.len().to_string(),
        bounds: words::range(&tally.counted).unwrap_or_default(),
        is_down: tally.counted.estimate > Millis::ZERO,
        is_unknown: tally.unknown > Millis::ZERO,
        is_excluded: tally.excluded > Millis::ZERO,
        ..Row::default()
    }
}

impl Row {
    /// Whether anything of it is worth a person's time.
    fn is_troubled(&self) -> bool {
        let seen = self.is_down || self.is_unknown || self.is_excluded;
        seen || !self.bounds.is_empty() || self.measured.is_some() || self.incidents != "–"
    }

    /// Whether nothing is known of the whole day.
    fn is_blank(&self) -> bool {
        self.availability == NO_DATA && !self.is_down && !self.is_excluded
    }

    pub(super) const fn has_exclusion(&self) -> bool {
        self.is_excluded
    }
}

fn availability(report: &Report, tally: &Tally) -> String {
    let range = tally.availability(&report.contract.rules);
    range.map_or_else(
        || NO_DATA.into(),
        |range| print::availability(range.estimate),
    )
}
