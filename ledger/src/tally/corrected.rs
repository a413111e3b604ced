//! Corrections as the report shows them: measured beside corrected, and what each entry did (semantics §7).
//!
//! Ticks are corrected first, then edges, each kind in the order in which it was written; every step is judged anew, so
//! what the entries moved adds up to the difference between the measured and the corrected figures.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::assess::judge;
use super::case::{AssessError, Case};
use super::{Assessment, Tally};
use crate::correction::{Correction, NewEdges, What};
use crate::evidence;
use crate::name::Name;
use crate::outage::{Bounds, NotDrawn, Outage};
use crate::record::Record;
use crate::sla::Sla;
use crate::time::{Interval, Intervals, Millis, Timestamp};

/// One entry that concerns the period, and what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Corrected {
    /// The entry as it was written.
    pub entry: Correction,
    /// What came of it.
    pub fate: Fate,
    /// How many ticks it changed.
    pub ticks: u64,
    /// Number of the outage that it names, as corrected.
    pub outage: Option<u32>,
    /// By how much it moved the counted downtime of the period.
    pub moved: Bounds,
    /// By how much it moved the unknown time of the period.
    pub unknown: Millis,
    /// The outages that it moved.
    pub outages: Vec<Moved>,
}

/// What came of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// It holds.
    Applied,
    /// Without effect: it names no tick that it would change.
    NoTick,
    /// Without effect: no outage contains the instant.
    NoOutage,
    /// Without effect: the outage would end before it starts, or an edge lies outside the record.
    Contradiction,
    /// A later entry took it back.
    Withdrawn(Name),
    /// It takes an earlier entry back.
    Withdraws,
}

/// Outages that a correction changed: those before it and after it that share time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// As they were; empty if there was none.
    pub before: Vec<Interval>,
    /// As they are; empty if there is none any more.
    pub after: Vec<Interval>,
    /// The change of their length, before anything is excluded.
    pub length: Bounds,
}

/// What was measured, without any correction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// The whole period.
    pub total: Tally,
    /// Each day, as in the assessment.
    pub days: Vec<Tally>,
    /// Downtime before exclusions.
    pub observed: Bounds,
    /// The outages that touch the period.
    pub outages: Vec<Outage>,
    /// The total held against the contract.
    pub sla: Sla,
}

impl Fate {
    /// Whether the entry names nothing that it could change.
    pub const fn is_without_effect(&self) -> bool {
        matches!(self, Self::NoTick | Self::NoOutage | Self::Contradiction)
    }
}

impl Measured {
    fn of(found: &Assessment) -> Self {
        Self {
            total: found.total,
            days: found.days.iter().map(|day| day.tally).collect(),
            observed: found.observed,
            outages: found.outages.clone(),
            sla: found.sla,
        }
    }
}

impl Assessment {
    /// The outages that differ between what was measured and what is corrected.
    pub fn moved(&self) -> Vec<Moved> {
        let measured = self.measured.as_ref();
        measured.map_or_else(Vec::new, |measured| moved(&measured.outages, &self.outages))
    }

    /// The causes that corrections attach to the outage of this number, oldest first.
    pub fn causes(&self, outage: u32) -> impl Iterator<Item = &str> {
        let entries = self.corrections.iter();
        let own =
            entries.filter(move |one| one.outage == Some(outage) && one.fate == Fate::Applied);
        own.filter_map(|one| match &one.entry.what {
            What::Cause(cause) => Some(cause.cause.as_str()),
            _ => None,
        })
    }
}

/// A record as it is corrected, and what it comes to.
pub(crate) struct Settled<'c, 'r> {
    /// The record with corrected ticks and clocks.
    pub(crate) record: Cow<'r, Record>,
    /// The edges that are known better, to be drawn over what the record says.
    pub(crate) edges: Vec<&'c NewEdges>,
    /// What all of it comes to, with what was measured beside it.
    pub(crate) found: Assessment,
}

/// Judges a record as it was measured, then as it is corrected.
pub(crate) fn settle<'c, 'r>(
    record: &'r Record,
    case: &'c Case<'c>,
) -> Result<Settled<'c, 'r>, AssessError> {
    let (found, _) = judge(record, case, &[])?;
    let measured = Measured::of(&found);
    let mut steps = Steps {
        case,
        record: Cow::Borrowed(record),
        found,
        edges: Vec::new(),
    };
    let corrections = case.corrections();
    let withdrawn = withdrawn(&corrections);
    let mut entries: Vec<Corrected> = corrections
        .iter()
        .map(|entry| Corrected::new(entry, &withdrawn))
        .collect();
    for edges in [false, true] {
        for (entry, own) in corrections.iter().zip(&mut entries) {
            if own.fate == Fate::Applied && matches!(entry.what, What::Edge(_)) == edges {
                steps.apply(&entry.what, own)?;
            }
        }
    }
    let Steps {
        record,
        edges,
        mut found,
        ..
    } = steps;
    for own in &mut entries {
        own.name(&found.outages);
    }
    let corrected = Measured::of(&found);
    found.corrections = listed(entries, &found);
    found.measured = (measured != corrected).then_some(measured);
    Ok(Settled {
        record,
        edges,
        found,
    })
}

/// Which entries were taken back, by whom.
fn withdrawn<'c>(corrections: &[&'c Correction]) -> BTreeMap<&'c Name, &'c Name> {
    let withdrawals = corrections.iter().filter_map(|entry| match &entry.what {
        What::Withdraw(id) => Some((id, &entry.id)),
        _ => None,
    });
    withdrawals.collect()
}

/// Where one is after some corrections.
struct Steps<'c, 'r> {
    case: &'c Case<'c>,
    record: Cow<'r, Record>,
    found: Assessment,
    edges: Vec<&'c NewEdges>,
}

impl<'c> Steps<'c, '_> {
    fn apply(&mut self, what: &'c What, own: &mut Corrected) -> Result<(), AssessError> {
        match what {
            What::Reclassify(_) | What::Clock(_) => {
                let Some((record, ticks)) = evidence::amend(&self.record, what) else {
                    own.fate = Fate::NoTick;
                    return Ok(());
                };
                let (next, _) = judge(&record, &self.case.amended(), &[])?;
                own.ticks = ticks;
                self.record = Cow::Owned(record);
                self.step(next, own);
            }
            What::Edge(edges) => {
                self.edges.push(edges);
                let case = match self.record {
                    Cow::Borrowed(_) => *self.case,
                    Cow::Owned(_) => self.case.amended(),
                };
                let (next, drawn) = judge(&self.record, &case, &self.edges)?;
                match drawn.last() {
                    Some(Err(NotDrawn::NoOutage)) => own.fate = Fate::NoOutage,
                    Some(Err(NotDrawn::Contradiction)) => own.fate = Fate::Contradiction,
                    Some(Ok(())) | None => {}
                }
                self.step(next, own);
            }
            What::Cause(_) | What::Withdraw(_) => {}
        }
        Ok(())
    }

    fn step(&mut self, next: Assessment, own: &mut Corrected) {
        let before = std::mem::replace(&mut self.found, next);
        own.moved = difference(self.found.total.counted, before.total.counted);
        own.unknown = self.found.total.unknown - before.total.unknown;
        own.outages = moved(&before.outages, &self.found.outages);
    }
}

impl Corrected {
    fn new(entry: &Correction, withdrawn: &BTreeMap<&Name, &Name>) -> Self {
        let fate = match (withdrawn.get(&entry.id), &entry.what) {
            (_, What::Withdraw(_)) => Fate::Withdraws,
            (Some(by), _) => Fate::Withdrawn((*by).clone()),
            (None, _) => Fate::Applied,
        };
        Self {
            entry: entry.clone(),
            fate,
            ticks: 0,
            outage: None,
            moved: Bounds::default(),
            unknown: Millis::ZERO,
            outages: Vec::new(),
        }
    }

    /// The instant by which it names an outage.
    fn named(&self) -> Option<Timestamp> {
        match &self.entry.what {
            What::Edge(edges) => Some(edges.outage),
            What::Cause(cause) => Some(cause.outage),
            What::Reclassify(_) | What::Clock(_) | What::Withdraw(_) => None,
        }
    }

    /// Finds the outage that it names.
    fn name(&mut self, outages: &[Outage]) {
        let Some(at) = self.named().filter(|_| self.fate == Fate::Applied) else {
            return;
        };
        // An outage whose edges moved away from the instant is the one that they were moved to.
        let moved = self
            .outages
            .iter()
            .flat_map(|moved| &moved.after)
            .next()
            .copied();
        let of = |outage: &&Outage| {
            let span = outage.estimate();
            span.contains(at) || moved.is_some_and(|moved| span.intersect(moved).is_some())
        };
        self.outage = outages.iter().find(of).map(|outage| outage.number);
        if self.outage.is_none() && matches!(self.entry.what, What::Cause(_)) {
            self.fate = Fate::NoOutage;
        }
    }

    /// Whether it speaks of the period or moved anything in it.
    fn concerns(&self, found: &Assessment) -> bool {
        let period = found.period;
        let speaks = match &self.entry.what {
            What::Reclassify(new) => new.ticks.span.intersect(period).is_some(),
            What::Clock(new) => new.span.intersect(period).is_some(),
            What::Edge(_) | What::Cause(_) => {
                self.named().is_some_and(|at| period.contains(at)) || self.outage.is_some()
            }
            What::Withdraw(_) => false,
        };
        let nothing = (Bounds::default(), Millis::ZERO);
        speaks || (self.moved, self.unknown) != nothing || !self.outages.is_empty()
    }
}

/// The entries that concern the period, in the order in which they were written; a withdrawal stands with its entry.
fn listed(entries: Vec<Corrected>, found: &Assessment) -> Vec<Corrected> {
    let kept: Vec<Name> = entries
        .iter()
        .filter(|own| own.concerns(found))
        .map(|own| own.entry.id.clone())
        .collect();
    let mut entries = entries;
    entries.retain(|own| match &own.entry.what {
        What::Withdraw(id) => kept.contains(id),
        _ => kept.contains(&own.entry.id),
    });
    entries
}

fn difference(after: Bounds, before: Bounds) -> Bounds {
    Bounds {
        lower: after.lower - before.lower,
        estimate: after.estimate - before.estimate,
        upper: after.upper - before.upper,
    }
}

/// The outages that differ, those that share time together.
fn moved(before: &[Outage], after: &[Outage]) -> Vec<Moved> {
    let all = before.iter().chain(after).map(Outage::estimate);
    let groups = all.collect::<Intervals>();
    let within = |outages: &[Outage], group: Interval| -> (Vec<Interval>, Bounds) {
        let own = outages
            .iter()
            .filter(|one| one.estimate().intersect(group).is_some());
        let lengths = own.clone().map(|one| one.length).sum();
        (own.map(Outage::estimate).collect(), lengths)
    };
    let moved = groups.iter().map(|group| {
        let (before, was) = within(before, group);
        let (after, is) = within(after, group);
        Moved {
            before,
            after,
            length: difference(is, was),
        }
    });
    moved
        .filter(|one| one.before != one.after || one.length != Bounds::default())
        .collect()
}
