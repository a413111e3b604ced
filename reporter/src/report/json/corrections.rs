//! Corrections, what was measured without them, and notes about incidents.

use ledger::note::{Event, Note};
use ledger::tally::{Corrected, Moved};
use ledger::time::Interval;
use serde_json::{Value, json};

use super::{bounds, instant, interval, outage, range, ratio, tally};
use crate::report::{Report, corrections};

/// Every entry that concerns the period, as written, with what it did.
pub(super) fn entries(report: &Report) -> Value {
    let entries = report.found.corrections.iter();
    entries.map(|one| entry(report, one)).collect()
}

fn entry(report: &Report, one: &Corrected) -> Value {
    let entry = &one.entry;
    json!({
        "id": entry.id,
        "author": entry.author,
        "reason": entry.reason,
        "written": instant(report, entry.written),
        "what": entry.what,
        "says": corrections::said(entry, &report.zone.usual()).replace('\u{a0}', " "),
        "effect": corrections::effect(one).replace('\u{a0}', " "),
        "fate": one.fate,
        "without_effect": one.fate.is_without_effect(),
        "ticks": one.ticks,
        "outage": one.outage,
        "moved_down_ms": bounds(&one.moved),
        "moved_unknown_ms": one.unknown,
        "outages": one.outages.iter().map(|one| moved(report, one)).collect::<Value>(),
    })
}

fn moved(report: &Report, one: &Moved) -> Value {
    let spans = |spans: &[Interval]| -> Value {
        let spans = spans.iter();
        spans.map(|one| interval(report, *one)).collect()
    };
    json!({
        "before": spans(&one.before),
        "after": spans(&one.after),
        "moved_ms": bounds(&one.length),
    })
}

/// The figures without corrections; null if they are the same.
pub(super) fn measured(report: &Report) -> Value {
    let Some(measured) = &report.found.measured else {
        return Value::Null;
    };
    let sla = &measured.sla;
    let total = &report.found.total;
    json!({
        "moved_counted_down_ms": total.counted.estimate - measured.total.counted.estimate,
        "moved_unknown_ms": total.unknown - measured.total.unknown,
        "total": tally(&measured.total),
        "observed_down_ms": bounds(&measured.observed),
        "days": measured.days.iter().map(tally).collect::<Value>(),
        "outages": measured.outages.iter().map(|one| outage(report, one)).collect::<Value>(),
        "moved": report.found.moved().iter().map(|one| moved(report, one)).collect::<Value>(),
        "verdict": {
            "verdict": sla.verdict,
            "availability": sla.availability.map(range),
            "coverage": sla.coverage.map(ratio),
            "budget": sla.budget,
            "credit": sla.credit,
        },
    })
}

/// All notes about the period, whole. Their times are reported, never measured.
pub(super) fn notes(report: &Report) -> Value {
    report.notes.iter().map(|one| note(report, one)).collect()
}

/// What stands beside an incident.
pub(super) fn headline(note: &Note) -> Value {
    json!({
        "title": note.title,
        "author": note.author,
        "cause": note.cause,
        "status": note.status,
    })
}

fn note(report: &Report, note: &Note) -> Value {
    let event = |event: &Event| {
        json!({
            "at": event.at.map(|at| instant(report, at)),
            "length_ms": event.length,
            "text": event.text,
            "source": "reported",
        })
    };
    let incidents = note.incidents.iter();
    let mut all = headline(note);
    all["incidents"] = incidents.map(|at| instant(report, *at)).collect();
    all["events"] = note.events.iter().map(event).collect();
    all["actions"] = json!(note.actions);
    all["background"] = json!(note.background);
    all["unaffected"] = json!(note.unaffected);
    all
}
