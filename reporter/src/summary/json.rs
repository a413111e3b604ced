//! The summary for machines; every figure of the other forms stands in it.

use ledger::note::{Event, Note};
use ledger::outage::{Bounds, Edge};
use ledger::time::{Interval, Millis, Timestamp};
use serde_json::{Value, json};

use super::{Form, Period, Summary, story};
use crate::civil::Zone;

/// The schema that [`render`] writes; a change that could break a reader raises it.
pub const SCHEMA: u32 = 1;

/// Members that tell of the letter itself and are not compared with the one before.
const NOT_COMPARED: [&str; 7] = [
    "after", "as_of", "changes", "form", "hash", "schema", "contact",
];

/// The document, indented, keys in a fixed order, ending in a line break.
///
/// # Panics
/// Never: all keys are text.
pub fn render(summary: &Summary) -> String {
    let text = serde_json::to_string_pretty(&document(summary)).expect("all keys are text");
    text + "\n"
}

/// The document as a value.
pub fn document(summary: &Summary) -> Value {
    let zone = &summary.zone;
    let periods = (0..summary.periods.len()).map(|index| period(summary, index));
    let days = summary.days.iter();
    let days = days.map(|day| json!({ "date": day.date, "down_ms": day.length }));
    let timeline = story::dates(summary).into_iter();
    let found = &summary.unaffected;
    json!({
        "schema": SCHEMA,
        "form": match summary.form {
            Form::First => "first",
            Form::Update => "update",
            Form::Final => "final",
            Form::Revised => "revised",
        },
        "contract": summary.contract.id,
        "service": summary.contract.service,
        "customer": summary.contract.customer,
        "zone": zone.name(),
        "as_of": instant(zone, summary.as_of),
        "open": summary.is_open(),
        "periods": periods.collect::<Value>(),
        "total_ms": bounds(&summary.total),
        "counted_ms": bounds(&summary.counted),
        "days": days.collect::<Value>(),
        "timeline": timeline.map(|date| json!({ "date": date })).collect::<Value>(),
        "notes": summary.notes.iter().map(|one| note(zone, one)).collect::<Value>(),
        "unaffected": {
            "personas": found.personas,
            "regions": found.regions,
            "warnings": found.warnings.iter().map(|one| interval(zone, *one)).collect::<Value>(),
        },
        "regions": summary.regions,
        "failed_later": summary.failed_later,
        "after": {
            "until": instant(zone, summary.after.until),
            "unseen_ms": summary.after.unseen,
        },
        "contact": summary.contact,
        "hash": summary.hash,
        "changes": summary.changes,
    })
}

/// The members that are compared with those of the letter before.
pub(super) fn figures(document: &Value) -> Value {
    let mut figures = document.clone();
    if let Value::Object(members) = &mut figures {
        members.retain(|name, _| !NOT_COMPARED.contains(&name.as_str()));
    }
    figures
}

fn period(summary: &Summary, index: usize) -> Value {
    let zone = &summary.zone;
    let own: &Period = &summary.periods[index];
    let [start, end] = own.doubts();
    let [set_start, set_end] = own.corrected;
    let edge = |edge: Edge, within: Millis, set: bool| {
        json!({
            "earliest": instant(zone, edge.earliest),
            "estimate": instant(zone, edge.estimate),
            "latest": instant(zone, edge.latest),
            "within_ms": within,
            "source": if set { "corrected" } else { "measured" },
        })
    };
    let parts = story::parts(summary, own);
    let parts = parts.iter().map(
        |part| json!({ "date": part.date, "down_ms": part.length, "end": instant(zone, part.end) }),
    );
    json!({
        "number": own.outage.number,
        "start": edge(own.outage.start, start, set_start),
        "end": edge(own.outage.end, end, set_end),
        "open": own.outage.open,
        "length_ms": bounds(&own.outage.length),
        "parts": parts.collect::<Value>(),
        "remainder_ms": story::rest(summary, own),
        "personas": own.outage.personas,
        "regions": own.outage.regions,
    })
}

fn note(zone: &Zone, note: &Note) -> Value {
    let event = |event: &Event| {
        json!({
            "at": event.at.map(|at| instant(zone, at)),
            "length_ms": event.length,
            "text": event.text,
            "source": "reported",
        })
    };
    json!({
        "title": note.title,
        "author": note.author,
        "status": note.status,
        "cause": note.cause,
        "events": note.events.iter().map(event).collect::<Value>(),
        "actions": note.actions,
        "background": note.background,
        "unaffected": note.unaffected,
    })
}

fn instant(zone: &Zone, at: Timestamp) -> Value {
    json!({ "ms": at.0, "utc": at.to_string(), "local": zone.iso(at) })
}

fn interval(zone: &Zone, interval: Interval) -> Value {
    json!({
        "start": instant(zone, interval.start),
        "end": instant(zone, interval.end),
        "length_ms": interval.length().0,
    })
}

fn bounds(bounds: &Bounds) -> Value {
    json!({ "lower": bounds.lower.0, "estimate": bounds.estimate.0, "upper": bounds.upper.0 })
}
