//! A report of every attempt: what runs, ticks and histograms are held against, and what `verify` computes.

use std::collections::{BTreeMap, BTreeSet};

use ledger::bundle::Restored;
use ledger::contract::Contract;
use ledger::name::Name;
use ledger::plan::Plan;
use ledger::store::{self, Extract, LoginTimes, StoreError};
use ledger::tally::{Assessment, Terms};
use ledger::time::{Interval, Timestamp};

use super::heard::Heard;
use super::{GatherError, around, probes, tzdb};
use crate::report::basis::Basis;
use crate::report::latency::Latency;
use crate::report::{Report, Sources, clocks};

/// A period as every attempt tells it, for some contracts.
#[derive(Debug)]
pub struct Anew {
    heard: Heard,
    logins: LoginTimes,
    extent: Option<Interval>,
    period: Interval,
    now: Timestamp,
}

impl Anew {
    /// Folds every attempt of the agents.
    ///
    /// # Errors
    /// [`StoreError`] if a batch cannot be unpacked.
    pub fn of(
        plans: BTreeMap<u32, Plan>,
        agents: Vec<Restored>,
        contracts: &[&Contract],
        (period, now): (Interval, Timestamp),
    ) -> Result<Self, StoreError> {
        let own = contracts.iter().map(|contract| probes(&plans, contract));
        let wanted = Extract {
            around: around(period),
            period: Interval::new(period.start, period.end.min(now).max(period.start)),
            probes: own.flatten().collect::<BTreeSet<Name>>(),
        };
        let made = store::Anew::of(plans, agents, &wanted)?;
        Ok(Self {
            heard: Heard::new(made.record, contracts.len()),
            logins: made.logins,
            extent: made.extent,
            period,
            now,
        })
    }

    /// Judges the period by one of the contracts, without what a report tells beside it.
    ///
    /// # Errors
    /// [`GatherError`] as of [`super::Judge::assessment`].
    pub fn assessment(&self, terms: Terms<'_>) -> Result<Assessment, GatherError> {
        Ok(self.heard.assess(terms, self.period, self.now)?)
    }

    /// The period's report by one of the contracts. It knows nothing of the record beyond the attempts that were shown: it ends where
    /// they end, and of which batches it was made is not told.
    ///
    /// # Errors
    /// [`GatherError`] as of [`super::Judge::report`].
    pub fn report(&self, terms: Terms<'_>) -> Result<Report, GatherError> {
        let (period, now) = (self.period, self.now);
        let record = &self.heard.record;
        let found = self.heard.found(terms, period, now)?;
        let own = probes(&record.plans, terms.contract);
        let open = self.logins.through(&own);
        let agents = record.agents.iter();
        Ok(Report::new(Sources {
            latency: Latency::of(&open, &record.plans, found.period),
            agents: agents.map(|agent| agent.name.to_string()).collect(),
            until: self.extent.map_or(now, |extent| extent.end),
            settled: now >= period.end + terms.contract.rules.lateness,
            tzdb: tzdb(),
            clocks: clocks::of(record, terms.contract, found.period),
            basis: Basis::default(),
            asked: period,
            contract: terms.contract.clone(),
            found,
        })?)
    }
}
