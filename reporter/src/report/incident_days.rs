//! How an incident falls on the days of the contract's zone.

use ledger::outage::Incident;
use ledger::time::{Interval, Millis};

use super::Report;
use crate::words;

/// A part of an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The date.
    pub date: String,
    /// How long it was down then, best estimates.
    pub length: Millis,
    /// The same to the second, so that parts add up to the printed whole.
    pub printed: Millis,
}

/// The days on which it was down at all, oldest first; together they are its length.
pub fn of(report: &Report, incident: &Incident) -> Vec<Part> {
    let zone = &report.zone;
    let outages = report.found.outages.iter();
    let own = outages.filter(|outage| incident.outages.contains(&outage.number));
    let spans: Vec<Interval> = own
        .map(|outage| Interval::new(outage.start.estimate, outage.end.estimate))
        .collect();
    let mut parts: Vec<Part> = zone
        .dates(incident.span)
        .into_iter()
        .filter_map(|date| {
            let next = date.tomorrow().ok()?;
            let day = Interval::new(zone.start_of(date), zone.start_of(next));
            let inside = spans.iter().filter_map(|span| span.intersect(day));
            let length: Millis = inside.map(Interval::length).sum();
            (length > Millis::ZERO).then(|| Part {
                date: date.to_string(),
                length,
                printed: length,
            })
        })
        .collect();
    let printed = words::rows(parts.iter().map(|part| part.length));
    for (part, printed) in parts.iter_mut().zip(printed) {
        part.printed = printed;
    }
    parts
}
