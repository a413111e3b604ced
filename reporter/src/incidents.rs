//! `reporter incidents`: the incidents of a period, under the names that other commands take.

mod json;
mod table;

use std::collections::BTreeMap;
use std::fmt;

use ledger::outage::{Incident, Outage};
use ledger::tally::Assessment;
use ledger::time::Timestamp;

use crate::report::Report;

pub use json::render as json;
pub use table::render as table;

/// All of them, with what else a report knows.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Where they stand in.
    pub report: Report,
    /// The name of each, in their order.
    pub names: Vec<Named>,
}

/// What an incident is called. Each month counts its own from 1, whatever period they are listed of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The month in whose report it stands.
    pub month: String,
    /// Its number there, as `reporter summary` takes it.
    pub number: u32,
    /// The numbers of its outages there, as `reporter explain` takes them.
    pub outages: Vec<u32>,
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.month, self.number)
    }
}

/// The months, such as `2018-12`, whose reports give the names: one, if the period is a month.
pub fn months(report: &Report) -> Vec<String> {
    let incidents = report.found.incidents.iter();
    let mut months: Vec<String> = incidents.map(|one| month(report, one)).collect();
    months.dedup();
    months
}

/// Names the incidents of `report` by what the months that they lie in come to.
///
/// One that a month tells otherwise, because it is cut there, has its own number.
pub fn named(report: Report, months: &BTreeMap<String, Assessment>) -> Listed {
    let names = report.found.incidents.iter().map(|incident| {
        let name = month(&report, incident);
        let there = months.get(&name).unwrap_or(&report.found);
        let start = first_start(&report.found, incident);
        let mut all = there.incidents.iter();
        let same = all.find(|one| first_start(there, one) == start);
        let same = same.unwrap_or(incident);
        Named {
            month: name,
            number: same.number,
            outages: same.outages.clone(),
        }
    });
    Listed {
        names: names.collect(),
        report,
    }
}

/// The month in which it began, or the first of the period.
fn month(report: &Report, incident: &Incident) -> String {
    let start = incident.span.start.max(report.found.period.start);
    report.zone.format(start, "%Y-%m")
}

fn first_start(found: &Assessment, incident: &Incident) -> Option<Timestamp> {
    of(found, incident).first().map(|one| one.start.estimate)
}

/// The outages of an incident, by time.
fn of<'f>(found: &'f Assessment, incident: &Incident) -> Vec<&'f Outage> {
    let all = found.outages.iter();
    all.filter(|one| incident.outages.contains(&one.number))
        .collect()
}

#[cfg(test)]
mod tests;
