//! From the records of several agents to a report: the one way in, for the command line and for whoever embeds it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use ledger::attempt::Attempt;
use ledger::contract::Contract;
use ledger::explain::{Explanation, OutageAccount, explain};
use ledger::histogram::{Open, View};
use ledger::name::Name;
use ledger::record::{Agent, Record};
use ledger::store::{Audited, LatencyQuery, Reader, StoreError};
use ledger::tally::{self, AssessError, Assessment, Terms};
use ledger::time::{Interval, Millis, Timestamp};

use crate::civil::{UnknownZone, Zone};
use crate::report::basis::Basis;
use crate::report::compared::{self, Compared};
use crate::report::latency::Latency;
use crate::report::recent::{self, Earlier};
use crate::report::{Report, Sources};

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

/// Judges `period` by a contract, and what was declared beside it, as of `now`. Time without evidence is unknown; time after `now` is left out.
///
/// # Errors
/// [`GatherError`] if a record cannot be read, the zone is unknown, or nothing of the period has happened yet.
pub fn report<'t>(
    reader: &Reader,
    terms: impl Into<Terms<'t>>,
    period: Interval,
    now: Timestamp,
) -> Result<Report, GatherError> {
    let terms = terms.into();
    let around = Interval::new(period.start - AROUND, period.end + AROUND);
    let record = reader.shared(around)?;
    // Not later than what was read, so that a report of the past does not depend on the clock.
    let mut found = tally::assess(&record, terms, period, now.min(around.end))?;
    if now > around.end {
        // What lies beyond was left out because it says nothing of the period; it is no future.
        found.from_the_future = 0;
    }
    let extent = reader.extent()?;
    let agents = reader.agents();
    Ok(Report::new(Sources {
        latency: latency(reader, &record, (terms.contract, found.period))?,
        agents: agents.iter().map(|agent| agent.name.to_string()).collect(),
        until: extent.map_or(now, |extent| extent.end),
        settled: now >= period.end + terms.contract.rules.lateness,
        tzdb: tzdb(),
        basis: basis(reader, &record, now.min(around.end))?,
        asked: period,
        contract: terms.contract.clone(),
        found,
    })?)
}

/// Judges each of `periods` as [`report`] does, for a comparison; those of which the records tell nothing are left out.
fn compared(
    reader: &Reader,
    terms: Terms<'_>,
    periods: &[Interval],
    now: Timestamp,
) -> Result<Vec<Compared>, GatherError> {
    let zone = Zone::find(&terms.contract.zone)?;
    let Some(extent) = reader.extent()? else {
        return Ok(Vec::new());
    };
    let told = periods.iter().filter(|period| {
        period.start < now && period.start < extent.end && extent.start < period.end
    });
    told.map(|period| {
        let found = assessment(reader, terms, *period, now)?;
        Ok(Compared::of(&zone, *period, &found))
    })
    .collect()
}

/// The days before `report`'s period that its last ninety reach into, as far as the records go.
fn earlier(
    reader: &Reader,
    terms: Terms<'_>,
    report: &Report,
    now: Timestamp,
) -> Result<Earlier, GatherError> {
    let wanted = recent::before(&report.zone, report.found.period);
    let (Some(wanted), Some(extent)) = (wanted, reader.extent()?) else {
        return Ok(Earlier::default());
    };
    if wanted.end <= extent.start {
        return Ok(Earlier::default());
    }
    let found = assessment(reader, terms, wanted, now)?;
    Ok(Earlier {
        pruned: reader.is_pruned(wanted)?,
        ..Earlier::of(&found, extent.start)
    })
}

/// The report of a month, quarter or year with what stands beside it: periods like it, and the days before it. Every such report is
/// made so, wherever it is written to.
///
/// # Errors
/// As [`report`].
pub fn beside<'t>(
    reader: &Reader,
    terms: impl Into<Terms<'t>>,
    report: Report,
    now: Timestamp,
) -> Result<Report, GatherError> {
    let terms = terms.into();
    let wanted = compared::wanted(&report.zone, report.asked);
    let others = compared(reader, terms, &wanted, now)?;
    let earlier = earlier(reader, terms, &report, now)?;
    Ok(report.with_compared(others).with_earlier(earlier))
}

/// Judges `period` as [`report`] does, without what a report tells beside it.
///
/// # Errors
/// As [`report`].
pub fn assessment<'t>(
    reader: &Reader,
    terms: impl Into<Terms<'t>>,
    period: Interval,
    now: Timestamp,
) -> Result<Assessment, GatherError> {
    let around = Interval::new(period.start - AROUND, period.end + AROUND);
    let record = reader.shared(around)?;
    Ok(tally::assess(&record, terms, period, now.min(around.end))?)
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
    let around = Interval::new(period.start - AROUND, period.end + AROUND);
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
    let around = Interval::new(period.start - AROUND, period.end + AROUND);
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

/// What there is of the agents' records up to `read_until`.
fn basis(reader: &Reader, record: &Record, read_until: Timestamp) -> Result<Basis, StoreError> {
    let mut basis = Basis {
        program: concat!("reporter ", env!("CARGO_PKG_VERSION")).into(),
        read_until,
        ..Basis::default()
    };
    basis.note(record);
    for head in reader.heads()? {
        let agent = basis.agents.entry(head.agent.name).or_default();
        agent.region = Some(head.agent.region);
        agent.last_sequence = head.last_sequence;
        agent.batches = head.batches;
        agent.batch_hash = head.batch_hash;
    }
    Ok(basis)
}

fn latency(
    reader: &Reader,
    record: &Record,
    (contract, period): (&Contract, Interval),
) -> Result<Latency, StoreError> {
    let mut open = Open::new();
    let probes = probes(record, contract);
    if probes.is_empty() {
        // To ask for none of them would be to ask for all.
        return Ok(Latency::default());
    }
    let success = LatencyQuery {
        zone: Some(contract.zone.clone()),
        by_hour: true,
        probes,
        ..LatencyQuery::success(period)
    };
    let experienced = LatencyQuery {
        view: View::Experienced,
        total_only: true,
        ..success.clone()
    };
    for query in [success, experienced] {
        for found in reader.latency(&query)? {
            open.entry(found.key)
                .or_default()
                .merge(&found.distribution);
        }
    }
    Ok(Latency::of(&open, &record.plans, period))
}

/// The probes of the personas that count: how long others' logins took is no business of this customer.
fn probes(record: &Record, contract: &Contract) -> BTreeSet<Name> {
    let plans = || record.plans.values().rev();
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
