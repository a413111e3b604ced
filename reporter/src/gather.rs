//! From the records of several agents to a report: the one way in, for the command line and for whoever embeds it.

mod anew;
mod heard;
mod judge;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use ledger::attempt::Attempt;
use ledger::contract::Contract;
use ledger::explain::{Explanation, OutageAccount, explain};
use ledger::name::Name;
use ledger::plan::Plan;
use ledger::record::{Agent, Record};
use ledger::store::{Audited, Reader, StoreError};
use ledger::tally::{self, AssessError, Assessment, Terms};
use ledger::time::{Interval, Millis, Timestamp};

use crate::civil::UnknownZone;
use crate::report::Report;

pub use anew::Anew;
pub use judge::Judge;

/// Evidence is read this far around a period, for outages that reach over its ends.
pub(crate) const AROUND: Millis = Millis::from_mins(7 * 24 * 60);

/// What comes later is looked at in pieces of this length.
const STEP: Millis = Millis::from_mins(31 * 24 * 60);

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub enum GatherError {
    /// A record cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The period cannot be judged.
    #[error(transparent)]
    Assess(#[from] AssessError),
    /// The contract's zone is none.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
}

/// As [`Judge::report`], by records that nothing else is asked of.
///
/// # Errors
/// As [`Judge::report`].
pub fn report<'t>(
    reader: &Reader,
    terms: impl Into<Terms<'t>>,
    period: Interval,
    now: Timestamp,
) -> Result<Report, GatherError> {
    Judge::new(reader).report(terms.into(), period, now)
}

/// As [`Judge::beside`], by records that nothing else is asked of.
///
/// # Errors
/// As [`Judge::report`].
pub fn beside<'t>(
    reader: &Reader,
    terms: impl Into<Terms<'t>>,
    report: Report,
    now: Timestamp,
) -> Result<Report, GatherError> {
    Judge::new(reader).beside(terms.into(), report, now)
}

/// As [`Judge::assessment`], by records that nothing else is asked of.
///
/// # Errors
/// As [`Judge::report`].
pub fn assessment<'t>(
    reader: &Reader,
    terms: impl Into<Terms<'t>>,
    period: Interval,
    now: Timestamp,
) -> Result<Assessment, GatherError> {
    Judge::new(reader).assessment(terms.into(), period, now)
}

/// What the record says of the time behind a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Later {
    /// Up to where it says anything: its last evidence, or the instant as of which it is judged.
    pub until: Timestamp,
    /// The instant as of which it is judged.
    pub now: Timestamp,
    /// Whether the service was down again.
    pub failed: bool,
    /// How much of that time is unknown; up to the next outage if there is one.
    pub unseen: Millis,
}

/// Looks from `from` on to the record's end for the next outage, a month at a time.
///
/// # Errors
/// As [`report`].
pub fn later<'t>(
    reader: &Reader,
    terms: impl Into<Terms<'t>>,
    from: Timestamp,
    now: Timestamp,
) -> Result<Later, GatherError> {
    let terms = terms.into();
    let end = reader.extent()?.map_or(from, |extent| extent.end);
    let mut later = Later {
        until: end.min(now),
        now,
        failed: false,
        unseen: Millis::ZERO,
    };
    let mut start = from;
    while start < later.until && !later.failed {
        let end = (start + STEP).min(later.until);
        let found = assessment(reader, terms, Interval::new(start, end), now)?;
        // One that began earlier is no other one.
        let mut begun = found.outages.iter().map(|one| one.start.estimate);
        later.failed = begun.any(|begun| begun >= from);
        later.unseen += found.total.unknown;
        start = end;
    }
    Ok(later)
}

/// What the attempts say beside what runs and ticks say.
#[derive(Debug)]
pub struct Audit {
    /// By agent.
    pub agents: Vec<Audited>,
    /// The figures of a report: from runs and ticks.
    pub kept: Assessment,
    /// The same figures from all attempts, folded anew.
    pub anew: Assessment,
}

/// Computes the figures of `period` twice, from runs and ticks and from every attempt, and checks the batches.
///
/// # Errors
/// As [`report`].
pub fn audit<'t>(
    reader: &Reader,
    terms: impl Into<Terms<'t>>,
    period: Interval,
    now: Timestamp,
) -> Result<Audit, GatherError> {
    let terms = terms.into();
    let around = around(period);
    let judge = |record: &Record| tally::assess(record, terms, period, now.min(around.end));
    let kept = judge(&reader.record(around)?)?;
    let (record, agents) = reader.audit(around)?;
    Ok(Audit {
        agents,
        kept,
        anew: judge(&record)?,
    })
}

/// Judges `period` as [`report`] does, and tells how every figure came about.
///
/// # Errors
/// [`GatherError`] as of [`report`].
pub fn explanation<'t>(
    reader: &Reader,
    terms: impl Into<Terms<'t>>,
    period: Interval,
    now: Timestamp,
) -> Result<Explanation, GatherError> {
    let around = around(period);
    let record = reader.record(around)?;
    let (_, told) = explain(&record, terms, period, now.min(around.end))?;
    Ok(told)
}

/// The single attempts around the outages that are told, by tick; those of a track that was not down are left out.
///
/// # Errors
/// [`StoreError`] if a record cannot be read.
pub fn attempts(
    reader: &Reader,
    outages: &[OutageAccount],
) -> Result<Vec<(Agent, Attempt)>, StoreError> {
    let mut found = Vec::new();
    for track in outages.iter().flat_map(|one| &one.tracks) {
        if let Some(window) = track.ticks() {
            found.extend(reader.attempts(&track.track.probe, window)?);
        }
    }
    found.sort_by(|a, b| {
        let key =
            |(agent, attempt): &(Agent, Attempt)| (attempt.tick, agent.clone(), attempt.sequence);
        key(a).cmp(&key(b))
    });
    found.dedup();
    Ok(found)
}

/// What is read to judge `period`.
fn around(period: Interval) -> Interval {
    Interval::new(period.start - AROUND, period.end + AROUND)
}

/// The probes of the personas that count: how long others' logins took is no business of this customer.
fn probes(plans: &BTreeMap<u32, Plan>, contract: &Contract) -> BTreeSet<Name> {
    let plans = || plans.values().rev();
    let counts = |persona: &Name| {
        let mut named = contract.personas.iter();
        contract.personas.is_empty() || named.any(|one| one.name == *persona)
    };
    let all = plans().flat_map(|plan| &plan.probes);
    let all: BTreeSet<&Name> = all.map(|probe| &probe.name).collect();
    let newest = |name: &Name| plans().find_map(|plan| plan.probe(name));
    let own = all.into_iter().filter(|name| {
        let persona = newest(name).and_then(|probe| probe.persona());
        persona.is_some_and(counts)
    });
    own.cloned().collect()
}

/// The version of the system's time zone database, such as `2024b`; `version unknown` where it does not say.
fn tzdb() -> String {
    let directory = std::env::var_os("TZDIR")
        .map_or_else(|| PathBuf::from("/usr/share/zoneinfo"), PathBuf::from);
    let version = std::fs::read_to_string(directory.join("tzdata.zi"))
        .ok()
        .and_then(|text| {
            let first = text.lines().next()?;
            Some(first.strip_prefix("# version ")?.to_owned())
        });
    version.unwrap_or_else(|| "version unknown".into())
}
