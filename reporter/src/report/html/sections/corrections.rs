//! What was corrected by hand: measured beside corrected, and every entry with what it did.

use ledger::print;
use ledger::sla::Sla;
use ledger::tally::{Corrected, Moved};
use ledger::time::{Interval, Millis};

use super::super::table::{Cell, Row, Table};
use super::incidents::span;
use crate::escape::visible;
use crate::report::{Report, corrections, verdict};
use crate::words;

/// The bounds of a day's downtime, and what was measured where a correction changed that.
pub(super) fn beside(report: &Report, day: usize, bounds: Option<String>) -> Option<String> {
    let found = &report.found;
    let corrected = found.days.get(day)?.tally.counted;
    let measured = found.measured.as_ref().and_then(|all| all.days.get(day));
    match measured.filter(|measured| measured.counted != corrected) {
        None => bounds,
        Some(measured) => {
            let measured = format!("measured {}", words::duration(measured.counted.estimate));
            Some(match bounds {
                Some(bounds) => format!("{bounds}; {measured}"),
                None => measured,
            })
        }
    }
}

/// Measured beside corrected: the totals, then each outage that differs. No rows if nothing does.
pub(in super::super) fn measured(report: &Report) -> Table {
    let found = &report.found;
    let mut rows = Vec::new();
    if let Some(measured) = &found.measured {
        let (before, after) = (&measured.total, &found.total);
        let down = (before.counted.estimate, after.counted.estimate);
        rows.push(length("Counted downtime", "counted_down_ms/estimate", down));
        rows.push(length(
            "Unknown",
            "unknown_ms",
            (before.unknown, after.unknown),
        ));
        rows.push(Row::new([
            Cell::new("Availability"),
            availability(&measured.sla).at("/measured/verdict/availability/estimate".into()),
            availability(&found.sla).at("/verdict/availability/estimate".into()),
            Cell::default(),
        ]));
        let moved = found.moved();
        let moved = moved.iter().enumerate();
        rows.extend(moved.map(|(index, one)| outage(report, index, one)));
    }
    Table {
        caption: format!("Measured and corrected, {}", report.span),
        heads: vec!["Figure", "Measured*", "Corrected*", "Moved by"],
        rows,
        total: None,
    }
}

fn length(label: &str, pointer: &str, (before, after): (Millis, Millis)) -> Row {
    Row::new([
        Cell::new(label),
        Cell::new(words::duration(before)).at(format!("/measured/total/{pointer}")),
        Cell::new(words::duration(after)).at(format!("/total/{pointer}")),
        Cell::new(corrections::signed(after - before)),
    ])
}

fn availability(sla: &Sla) -> Cell {
    let figure = sla.availability.map_or_else(
        || "no data".into(),
        |range| print::availability(range.estimate),
    );
    Cell::new(figure).note(Some(verdict::word(sla.verdict).to_lowercase()))
}

fn outage(report: &Report, index: usize, one: &Moved) -> Row {
    let spans = |spans: &[Interval]| match spans {
        [] => Cell::new("no outage"),
        spans => {
            let length: Millis = spans.iter().map(|one| one.length()).sum();
            let spans = spans.iter().map(|one| span(&report.zone, *one));
            Cell::new(words::list(spans)).note(Some(words::duration(length)))
        }
    };
    Row::new([
        Cell::new("Outage"),
        spans(&one.before),
        spans(&one.after),
        Cell::new(corrections::signed(one.length.estimate))
            .at(format!("/measured/moved/{index}/moved_ms/estimate")),
    ])
}

/// One row an entry, also for those without effect.
pub(in super::super) fn corrected(report: &Report) -> Table {
    let entries = report.found.corrections.iter().enumerate();
    Table {
        caption: format!("Corrections by hand, {}", report.span),
        heads: vec!["Entry", "What*", "Reason*", "Effect*", "Moved by"],
        rows: entries
            .map(|(index, one)| row(report, index, one))
            .collect(),
        total: None,
    }
}

fn row(report: &Report, index: usize, one: &Corrected) -> Row {
    let entry = &one.entry;
    let written = format!("written {}", report.zone.table(entry.written));
    Row::new([
        Cell::new(entry.id.to_string()).note(Some(written)),
        Cell::new(corrections::said(entry, &report.zone)),
        Cell::new(visible(&entry.reason)).note(Some(visible(&entry.author))),
        Cell::new(corrections::effect(one)),
        Cell::new(corrections::signed(one.moved.estimate))
            .at(format!("/corrections/{index}/moved_down_ms/estimate")),
    ])
    .marked(one.fate.is_without_effect())
}
