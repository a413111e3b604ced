//! What was corrected by hand: measured beside corrected, and every entry with what it did.

use ledger::sla::Sla;
use ledger::tally::{Corrected, Moved};
use ledger::time::{Interval, Millis};

use crate::escape::visible;
use crate::report::figures::{availability, instant, length, span};
use crate::report::page::{Cell, Row, Table};
use crate::report::{Report, corrections, verdict};
use crate::text::{Text, say};

/// The bounds of a day's downtime, and what was measured where a correction changed that.
pub(super) fn beside(report: &Report, day: usize, bounds: Text) -> Text {
    let found = &report.found;
    let corrected = found.days.get(day).map(|day| day.tally.counted);
    let measured = found.measured.as_ref().and_then(|all| all.days.get(day));
    match measured.filter(|measured| Some(measured.counted) != corrected) {
        None => bounds,
        Some(measured) => {
            let at = format!("/measured/days/{day}/counted_down_ms/estimate");
            let measured = say!["measured ", length(measured.counted.estimate, &at)];
            match bounds.is_empty() {
                true => measured,
                false => say![bounds, "; ", measured],
            }
        }
    }
}

/// Measured beside corrected: the totals, then each outage that differs. No rows if nothing does.
pub(super) fn measured(report: &Report) -> Table {
    let found = &report.found;
    let mut rows = Vec::new();
    if let Some(measured) = &found.measured {
        let (before, after) = (&measured.total, &found.total);
        let down = (before.counted.estimate, after.counted.estimate);
        rows.push(two("Counted downtime", "counted_down_ms/estimate", down));
        rows.push(two(
            "Unknown",
            "unknown_ms",
            (before.unknown, after.unknown),
        ));
        rows.push(Row::new([
            Cell::new("Availability"),
            judged(&measured.sla, "/measured/verdict/availability/estimate"),
            judged(&found.sla, "/verdict/availability/estimate"),
            Cell::default(),
        ]));
        let moved = found.moved();
        let moved = moved.iter().enumerate();
        rows.extend(moved.map(|(index, one)| outage(report, index, one)));
    }
    Table {
        caption: format!("Measured and corrected, {}", report.span).into(),
        heads: vec!["Figure", "Measured*", "Corrected*", "Moved by"],
        rows,
        total: None,
    }
}

fn two(label: &str, pointer: &str, (before, after): (Millis, Millis)) -> Row {
    let key = pointer.split('/').next().unwrap_or(pointer);
    let moved = Text::figure(
        corrections::signed(after - before),
        format!("/measured/moved_{key}"),
    );
    Row::new([
        Cell::new(label),
        Cell::new(length(before, &format!("/measured/total/{pointer}"))),
        Cell::new(length(after, &format!("/total/{pointer}"))),
        Cell::new(moved),
    ])
}

fn judged(sla: &Sla, at: &str) -> Cell {
    let figure = match sla.availability {
        Some(range) => availability(range.estimate, at),
        None => "no data".into(),
    };
    Cell::new(figure).note(verdict::word(sla.verdict).to_lowercase())
}

fn outage(report: &Report, index: usize, one: &Moved) -> Row {
    let spans = |spans: &[Interval], side: &str| match spans {
        [] => Cell::new("no outage"),
        spans => {
            let at = |place: usize| format!("/measured/moved/{index}/{side}/{place}");
            let own = spans.iter().enumerate();
            let lengths = own.clone();
            let lengths = lengths
                .map(|(place, one)| length(one.length(), &format!("{}/length_ms", at(place))));
            let spans = own.map(|(place, one)| span(&report.zone, *one, &at(place)));
            Cell::new(Text::list(spans)).note(Text::joined(lengths, " + "))
        }
    };
    let moved = Text::figure(
        corrections::signed(one.length.estimate),
        format!("/measured/moved/{index}/moved_ms/estimate"),
    );
    Row::new([
        Cell::new("Outage"),
        spans(&one.before, "before"),
        spans(&one.after, "after"),
        Cell::new(moved),
    ])
}

/// One row an entry, also for those without effect.
pub(super) fn corrected(report: &Report) -> Table {
    let entries = report.found.corrections.iter().enumerate();
    Table {
        caption: format!("Corrections by hand, {}", report.span).into(),
        heads: vec!["Entry", "What*", "Reason*", "Effect*", "Moved by"],
        rows: entries
            .map(|(index, one)| row(report, index, one))
            .collect(),
        total: None,
    }
}

fn row(report: &Report, index: usize, one: &Corrected) -> Row {
    let entry = &one.entry;
    let at = |part: &str| format!("/corrections/{index}/{part}");
    let written = say![
        "written ",
        instant(&report.zone, entry.written, &at("written"))
    ];
    let moved = Text::figure(
        corrections::signed(one.moved.estimate),
        at("moved_down_ms/estimate"),
    );
    Row::new([
        Cell::new(entry.id.to_string()).note(written),
        Cell::new(Text::figure(
            corrections::said(entry, &report.zone),
            at("says"),
        )),
        Cell::new(visible(&entry.reason)).note(visible(&entry.author)),
        Cell::new(Text::figure(corrections::effect(one), at("effect"))),
        Cell::new(moved),
    ])
    .marked(one.fate.is_without_effect())
}
