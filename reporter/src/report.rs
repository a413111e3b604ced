//! One report as data; a renderer per form. All numbers come from the engine's assessment.

pub mod basis;
pub mod burn;
pub mod clocks;
pub mod compared;
pub(crate) mod corrections;
pub mod csv;
pub(crate) mod figures;
pub mod forms;
pub mod html;
pub mod incident_days;
pub mod json;
pub mod lanes;
pub mod latency;
pub mod layout;
pub mod links;
pub mod mail;
pub mod map;
pub mod markdown;
pub mod months;
pub mod page;
pub mod pdf;
pub mod pictures;
pub mod quality;
pub mod recent;
pub mod revision;
pub mod sections;
pub mod verdict;
#[cfg(test)]
pub(crate) mod walk;
pub(crate) mod warnings;

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::civil::Date;
use ledger::contract::Contract;
use ledger::note::Note;
use ledger::outage::{Incident, Outage};
use ledger::sla::Unit;
use ledger::tally::{Assessment, Day};
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::Class;

use crate::civil::{UnknownZone, Zone};
use basis::Basis;
use clocks::Clock;
use compared::Compared;
use latency::Latency;
use links::Links;
use recent::Earlier;
use revision::Revision;

/// Everything that is told about a service in a period.
#[derive(Clone, Debug)]
pub struct Report {
    /// The terms.
    pub contract: Contract,
    /// The contract's zone.
    pub zone: Zone,
    /// `December 2018`, or `14 to 17 December 2018`.
    pub span: String,
    /// The whole period that was asked for; what was found may end earlier.
    pub asked: Interval,
    /// `2018-12`, or `2018-12-14_2018-12-17`; part of file names.
    pub name: String,
    /// What the engine found.
    pub found: Assessment,
    /// How long logins took.
    pub latency: Latency,
    /// Whether more data may still change it.
    pub stage: Stage,
    /// Version of the time zone database that cut the days.
    pub tzdb: String,
    /// What it was made of, by agent name.
    pub agents: Vec<String>,
    /// How far their clocks can have been off.
    pub clocks: Vec<Clock>,
    /// What there was of their records, to explain a later revision by.
    pub basis: Basis,
    /// Which issue this is; `None` as long as it is not issued.
    pub revision: Option<Revision>,
    /// What people wrote about its incidents, in the order of their files.
    pub notes: Vec<Note>,
    /// Other periods beside this one.
    pub compared: Vec<Compared>,
    /// What lies before the period, as far as its last ninety days reach; `None` if nobody asked for it.
    pub earlier: Option<Earlier>,
    /// Where a status site tells of its incidents for good.
    pub links: Links,
    /// SHA-256 over contract, assessment and latency figures, in hexadecimal.
    pub hash: String,
}

/// How final a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The record ends before the period does, or before late data would have come in.
    Provisional {
        /// Where the record ends.
        until: Timestamp,
    },
    /// Nothing more is waited for.
    Final,
}

/// The record and the figures that a report is made of.
#[derive(Clone, Debug)]
pub struct Sources {
    /// The terms.
    pub contract: Contract,
    /// What the engine found under them.
    pub found: Assessment,
    /// Login times.
    pub latency: Latency,
    /// The agents, by name.
    pub agents: Vec<String>,
    /// The last evidence of the record.
    pub until: Timestamp,
    /// The whole period that was asked for; the assessment may end earlier.
    pub asked: Interval,
    /// Whether the contract's time for late data is over.
    pub settled: bool,
    /// Version of the time zone database that cut the days.
    pub tzdb: String,
    /// How far the agents' clocks can have been off.
    pub clocks: Vec<Clock>,
    /// What there was of the agents' records.
    pub basis: Basis,
}

impl Report {
    /// Puts a report together.
    ///
    /// # Errors
    /// [`UnknownZone`] if the contract's zone is not in the time zone database.
    ///
    /// # Panics
    /// Never: what is hashed has text keys only.
    pub fn new(mut sources: Sources) -> Result<Self, UnknownZone> {
        let zone = Zone::of(&sources.contract)?;
        clip(&mut sources.found);
        let promise = sources.contract.promise();
        let figures = (&promise, &sources.found, sources.latency.figures());
        let bytes = serde_json::to_vec(&figures).expect("all keys are text");
        Ok(Self {
            found: sources.found,
            asked: sources.asked,
            span: span_of(&zone, sources.asked),
            name: name_of(&zone, sources.asked),
            stage: if sources.settled {
                Stage::Final
            } else {
                Stage::Provisional {
                    until: sources.until,
                }
            },
            tzdb: sources.tzdb,
            hash: basis::sha256(&bytes),
            clocks: sources.clocks,
            basis: sources.basis,
            revision: None,
            zone,
            contract: sources.contract,
            latency: sources.latency,
            agents: sources.agents,
            notes: Vec::new(),
            compared: Vec::new(),
            earlier: None,
            links: Links::new(),
        })
    }

    /// The same with the lasting addresses of its incidents.
    #[must_use]
    pub fn with_links(self, links: Links) -> Self {
        Self { links, ..self }
    }

    /// The same with those of `notes` that belong to the contract and name an incident or an instant of the period.
    #[must_use]
    pub fn with_notes(mut self, notes: impl IntoIterator<Item = Note>) -> Self {
        let found = &self.found;
        let inside = |at: &Timestamp| {
            let incidents = &found.incidents;
            found.period.contains(*at) || incidents.iter().any(|one| one.span.contains(*at))
        };
        let own = notes
            .into_iter()
            .filter(|note| note.concerns(&self.contract.id) && note.incidents.iter().any(inside));
        self.notes = own.collect();
        self
    }

    /// The same without notes and without other periods, neither of which is made of the attempts of its time.
    #[must_use]
    pub fn bare(&self) -> Self {
        Self {
            notes: Vec::new(),
            compared: Vec::new(),
            earlier: None,
            ..self.clone()
        }
    }

    /// The notes about an incident.
    pub fn notes_about(&self, incident: &Incident) -> impl Iterator<Item = &Note> {
        let span = incident.span;
        self.notes.iter().filter(move |note| note.is_about(span))
    }

    /// SHA-256 of the contract's terms in hexadecimal: its version. How they are told is no term.
    ///
    /// # Panics
    /// Never: the keys of a contract are text.
    pub fn terms(&self) -> String {
        let terms = serde_json::to_vec(&self.contract.promise()).expect("all keys are text");
        basis::sha256(&terms)
    }

    /// The first twelve digits of [`Self::terms`].
    pub fn short_terms(&self) -> String {
        self.terms().chars().take(12).collect()
    }

    /// The first day at whose end the whole budget of the period was used up, with its place; `None` if some was left, or
    /// if the budget is not one of time.
    pub fn spent_on(&self) -> Option<(usize, &Day)> {
        let budget = &self.found.sla.budget;
        if budget.unit != Unit::Milliseconds {
            return None;
        }
        let mut used = Millis::ZERO;
        let mut days = self.found.days.iter().enumerate();
        days.find(|(_, day)| {
            used += day.tally.counted.estimate;
            used.0 > budget.allowed
        })
    }

    /// The first twelve digits of the hash, which charts and pages carry.
    pub fn short_hash(&self) -> &str {
        self.hash.get(..12).unwrap_or(&self.hash)
    }
}

/// The kinds of failure in some outages and how often they were seen, the most frequent first.
pub(crate) fn causes<'o>(outages: impl IntoIterator<Item = &'o Outage>) -> Vec<(Class, u32)> {
    let mut counts = BTreeMap::new();
    for (class, bad) in outages.into_iter().flat_map(|one| &one.classes) {
        *counts.entry(*class).or_insert(0) += bad;
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|(class, bad)| (Reverse(*bad), *class));
    counts
}

/// Leaves out the trouble of agents outside the period.
fn clip(found: &mut Assessment) {
    let period = found.period;
    found.prober_trouble.retain_mut(|trouble| {
        let inside = trouble.interval.intersect(period);
        trouble.interval = inside.unwrap_or(trouble.interval);
        inside.is_some()
    });
}

/// `December 2018`, `quarter 4 of 2018`, `2018`, `Friday 14 December 2018`, `14 to 17 December 2018` or `30 November to 2
/// December 2018`.
pub fn span_of(zone: &Zone, window: Interval) -> String {
    let (first, last) = ends(zone, window);
    let text = |date: Date, pattern: &str| date.strftime(pattern).to_string();
    match is_months(first, last) {
        Some(1) => return text(first, "%B %Y"),
        Some(3) => return format!("quarter {} of {}", quarter(first), first.year()),
        Some(_) => return text(first, "%Y"),
        None => {}
    }
    if first == last {
        return text(first, "%A %-d %B %Y");
    }
    let pattern = match (first.year() == last.year(), first.month() == last.month()) {
        (true, true) => "%-d",
        (true, false) => "%-d %B",
        (false, _) => "%-d %B %Y",
    };
    format!("{} to {}", text(first, pattern), text(last, "%-d %B %Y"))
}

/// `2018-12`, `2018-Q4`, `2018` or `2018-12-14_2018-12-17`.
fn name_of(zone: &Zone, window: Interval) -> String {
    let (first, last) = ends(zone, window);
    match is_months(first, last) {
        Some(1) => first.strftime("%Y-%m").to_string(),
        Some(3) => format!("{}-Q{}", first.year(), quarter(first)),
        Some(_) => first.year().to_string(),
        None => format!("{first}_{last}"),
    }
}

fn quarter(first: Date) -> i8 {
    (first.month() - 1) / 3 + 1
}

fn ends(zone: &Zone, window: Interval) -> (Date, Date) {
    let last = Timestamp(window.end.0 - 1).max(window.start);
    (zone.date(window.start), zone.date(last))
}

/// How many whole months from `first` to `last` make a month, a quarter or a year; `None` if they make none of these.
fn is_months(first: Date, last: Date) -> Option<i32> {
    let whole = first == first.first_of_month() && last == last.last_of_month();
    let months = i32::from(last.month()) - i32::from(first.month()) + 1;
    match (whole && first.year() == last.year(), months) {
        (true, 1) => Some(1),
        (true, 3) if first.month() % 3 == 1 => Some(3),
        (true, 12) => Some(12),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_said_as_people_say_them() {
        let zone = Zone::find("America/New_York").unwrap();
        for (first, last, words, name) in [
            ("2018-12-01", "2018-12-31", "December 2018", "2018-12"),
            ("2018-10-01", "2018-12-31", "quarter 4 of 2018", "2018-Q4"),
            ("2018-01-01", "2018-12-31", "2018", "2018"),
            (
                "2018-11-01",
                "2018-12-31",
                "1 November to 31 December 2018",
                "2018-11-01_2018-12-31",
            ),
            (
                "2018-12-14",
                "2018-12-14",
                "Friday 14 December 2018",
                "2018-12-14_2018-12-14",
            ),
            (
                "2018-12-14",
                "2018-12-17",
                "14 to 17 December 2018",
                "2018-12-14_2018-12-17",
            ),
            (
                "2018-11-30",
                "2018-12-02",
                "30 November to 2 December 2018",
                "2018-11-30_2018-12-02",
            ),
            (
                "2018-12-31",
                "2019-01-01",
                "31 December 2018 to 1 January 2019",
                "2018-12-31_2019-01-01",
            ),
        ] {
            let after: Date = last.parse::<Date>().unwrap().tomorrow().unwrap();
            let window = Interval::new(zone.start_of(first.parse().unwrap()), zone.start_of(after));
            assert_eq!(span_of(&zone, window), words);
            assert_eq!(name_of(&zone, window), name);
        }
    }
}
