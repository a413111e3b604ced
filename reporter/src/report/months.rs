//! The civil months of a period, as sums of its days.

use std::collections::BTreeSet;

use ledger::tally::{Day, Tally};

use super::{Report, incident_days};

/// What a month comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Month {
    /// `2018-12`.
    pub name: String,
    /// The sum of its days.
    pub tally: Tally,
    /// How many outages touch it.
    pub outages: usize,
    /// How many incidents these are.
    pub incidents: usize,
}

/// The months that the period touches, oldest first.
pub fn of(report: &Report) -> Vec<Month> {
    let months = report.found.days.chunk_by(|a, b| month(a) == month(b));
    months
        .map(|days| {
            let mut tally = Tally::default();
            days.iter().for_each(|day| tally += day.tally);
            let outages = days.iter().flat_map(|day| day.outages.iter().copied());
            let incidents = days
                .iter()
                .flat_map(|day| incident_days::touching(report, day));
            Month {
                name: month(&days[0]).to_owned(),
                tally,
                outages: outages.collect::<BTreeSet<u32>>().len(),
                incidents: incidents.collect::<BTreeSet<u32>>().len(),
            }
        })
        .collect()
}

/// `2018-12`.
fn month(day: &Day) -> &str {
    day.date.get(..7).unwrap_or(&day.date)
}
