//! How an incident falls on the days of the contract's zone, and a day on incidents.

use ledger::outage::Incident;
use ledger::tally::Day;
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

/// The numbers of the incidents of which an outage touches a day, in order.
pub fn touching(report: &Report, day: &Day) -> Vec<u32> {
    let all = report.found.incidents.iter();
    let own = all.filter(|one| {
        let mut outages = one.outages.iter();
        outages.any(|number| day.outages.contains(number))
    });
    own.map(|one| one.number).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn outages_of_one_incident_count_once_on_each_day_that_they_touch() {
        let mut story = fixture::december();
        let found = &mut story.assessment;
        // The outages of Saturday night and of Sunday as one incident; what reaches into Sunday is the second alone.
        let last = found.incidents.remove(2);
        let joined = &mut found.incidents[1];
        joined.outages.extend(last.outages);
        joined.span.end = last.span.end;
        found.days[14].outages = vec![2, 3];
        let report = fixture::report(story);
        let days = report.found.days.iter();
        let counted: Vec<Vec<u32>> = days.map(|day| touching(&report, day)).collect();
        assert_eq!(counted[13..16], [vec![1], vec![2], vec![2]]);
        assert!(
            counted[..13]
                .iter()
                .chain(&counted[16..])
                .all(Vec::is_empty)
        );
    }
}
