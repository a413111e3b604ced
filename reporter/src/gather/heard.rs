//! A record in memory, by which one contract or many are judged.

use std::sync::{Arc, Mutex, PoisonError};

use ledger::record::Record;
use ledger::tally::{self, AssessError, Assessment, Docket, Terms};
use ledger::time::{Interval, Timestamp};

use super::around;

/// What a docket was heard for: the longest gap in tenths of the spacing, the period, and as of when.
type For = (u32, Interval, Timestamp);

/// A record, and what was heard of it for the contracts before.
#[derive(Debug)]
pub(super) struct Heard {
    pub(super) record: Record,
    /// How many contracts are judged by it.
    contracts: usize,
    dockets: Mutex<Vec<(For, Arc<Docket>)>>,
}

impl Heard {
    pub(super) const fn new(record: Record, contracts: usize) -> Self {
        Self {
            record,
            contracts,
            dockets: Mutex::new(Vec::new()),
        }
    }

    /// Judges `period` as of `now`, but not later than the end of what was read around it, so that the past does not depend on
    /// the clock.
    pub(super) fn assess(
        &self,
        terms: Terms<'_>,
        period: Interval,
        now: Timestamp,
    ) -> Result<Assessment, AssessError> {
        let now = now.min(around(period).end);
        if self.contracts > 1 {
            return self.docket(terms, period, now)?.assess(&self.record, terms);
        }
        tally::assess(&self.record, terms, period, now)
    }

    /// The same for a report: what lies beyond was left out because it says nothing of the period; it is no future.
    pub(super) fn found(
        &self,
        terms: Terms<'_>,
        period: Interval,
        now: Timestamp,
    ) -> Result<Assessment, AssessError> {
        let mut found = self.assess(terms, period, now)?;
        if now > around(period).end {
            found.from_the_future = 0;
        }
        Ok(found)
    }

    fn docket(
        &self,
        terms: Terms<'_>,
        period: Interval,
        now: Timestamp,
    ) -> Result<Arc<Docket>, AssessError> {
        let rules = &terms.contract.rules;
        let wanted = (rules.gap_tenths, period, now);
        let mut known = self.dockets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, docket)) = known.iter().find(|(of, _)| *of == wanted) {
            return Ok(Arc::clone(docket));
        }
        let docket = Arc::new(Docket::new(&self.record, rules, period, now)?);
        known.push((wanted, Arc::clone(&docket)));
        Ok(docket)
    }
}
