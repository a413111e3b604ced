//! Outages close together are one story for people; the gaps between them stay up (semantics §7).

use super::{Bounds, Incident, Outage};
use crate::time::{Interval, Millis};

/// Groups outages, which are in the order of time, whose gaps are shorter than `merge_gap`.
pub fn incidents(outages: &[Outage], merge_gap: Millis) -> Vec<Incident> {
    let mut incidents: Vec<Incident> = Vec::new();
    for outage in outages {
        let span = Interval::new(outage.start.estimate, outage.end.estimate);
        match incidents.last_mut() {
            Some(last) if span.start - last.span.end < merge_gap => {
                last.span.end = last.span.end.max(span.end);
                last.outages.push(outage.number);
                last.length = last.length + outage.length;
            }
            _ => incidents.push(Incident {
                number: u32::try_from(incidents.len() + 1).unwrap_or(u32::MAX),
                span,
                outages: vec![outage.number],
                length: outage.length,
            }),
        }
    }
    incidents
}

impl std::ops::Add for Bounds {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            lower: self.lower + other.lower,
            estimate: self.estimate + other.estimate,
            upper: self.upper + other.upper,
        }
    }
}

impl std::iter::Sum for Bounds {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), std::ops::Add::add)
    }
}
