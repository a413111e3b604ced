//! Judging: from records and terms to a report, for one contract or for many by the same records.

use std::cell::{OnceCell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use ledger::contract::Contract;
use ledger::record::Record;
use ledger::store::{LatencyQuery, Reader, StoreError};
use ledger::tally::{Assessment, Terms};
use ledger::time::{Interval, Timestamp};

use super::heard::Heard;
use super::{GatherError, around, probes, tzdb};
use crate::civil::Zone;
use crate::report::basis::Basis;
use crate::report::clocks;
use crate::report::compared::{self, Compared};
use crate::report::latency::Latency;
use crate::report::recent::{self, Earlier};
use crate::report::{Report, Sources};

/// Judges contracts by the records of a reader. What it has read for one it may keep for the next.
#[derive(Debug)]
pub struct Judge<'r> {
    reader: &'r Reader,
    /// Of how many periods records are kept.
    most: usize,
    contracts: usize,
    known: RefCell<VecDeque<Rc<Known>>>,
    extent: OnceCell<Option<Interval>>,
}

/// What was read of a period.
#[derive(Debug)]
struct Known {
    around: Interval,
    heard: Heard,
    /// What there was up to an instant, as it was asked for last.
    basis: RefCell<Option<(Timestamp, Basis)>>,
}

impl<'r> Judge<'r> {
    /// Judges one contract, and keeps nothing.
    pub const fn new(reader: &'r Reader) -> Self {
        Self {
            reader,
            most: 0,
            contracts: 1,
            known: RefCell::new(VecDeque::new()),
            extent: OnceCell::new(),
        }
    }

    /// The same for so many contracts. Records of the last `periods` periods are kept in memory.
    #[must_use]
    pub const fn of_many(mut self, contracts: usize, periods: usize) -> Self {
        (self.most, self.contracts) = (periods, contracts);
        self
    }

    /// Judges `period` by a contract, and what was declared beside it, as of `now`. Time without evidence is unknown; time after
    /// `now` is left out.
    ///
    /// # Errors
    /// [`GatherError`] if a record cannot be read, the zone is unknown, or nothing of the period has happened yet.
    pub fn report(
        &self,
        terms: Terms<'_>,
        period: Interval,
        now: Timestamp,
    ) -> Result<Report, GatherError> {
        let known = self.known(around(period))?;
        let found = known.heard.found(terms, period, now)?;
        let extent = self.extent()?;
        let agents = self.reader.agents();
        let record = &known.heard.record;
        let latency = self.latency(record, (terms.contract, found.period))?;
        let basis = self.basis(&known, now.min(around(period).end))?;
        Ok(Report::new(Sources {
            latency,
            agents: agents.iter().map(|agent| agent.name.to_string()).collect(),
            until: extent.map_or(now, |extent| extent.end),
            settled: now >= period.end + terms.contract.rules.lateness,
            tzdb: tzdb(),
            clocks: clocks::of(record, terms.contract, found.period),
            basis: basis.concerning(&record.plans, terms.contract),
            asked: period,
            contract: terms.contract.clone(),
            found,
        })?)
    }

    /// The report of a month, quarter or year with what stands beside it: periods like it, and the days before it. Every such
    /// report is made so, wherever it is written to.
    ///
    /// # Errors
    /// As [`Self::report`].
    pub fn beside(
        &self,
        terms: Terms<'_>,
        report: Report,
        now: Timestamp,
    ) -> Result<Report, GatherError> {
        let wanted = compared::wanted(&report.zone, report.asked);
        let others = self.compared(terms, &wanted, now)?;
        let earlier = self.earlier(terms, &report, now)?;
        Ok(report.with_compared(others).with_earlier(earlier))
    }

    /// Judges `period` as [`Self::report`] does, without what a report tells beside it.
    ///
    /// # Errors
    /// As [`Self::report`].
    pub fn assessment(
        &self,
        terms: Terms<'_>,
        period: Interval,
        now: Timestamp,
    ) -> Result<Assessment, GatherError> {
        let known = self.known(around(period))?;
        Ok(known.heard.assess(terms, period, now)?)
    }

    /// Judges each of `periods` for a comparison; those of which the records tell nothing are left out.
    fn compared(
        &self,
        terms: Terms<'_>,
        periods: &[Interval],
        now: Timestamp,
    ) -> Result<Vec<Compared>, GatherError> {
        let zone = Zone::of(terms.contract)?;
        let Some(extent) = self.extent()? else {
            return Ok(Vec::new());
        };
        let told = periods.iter().filter(|period| {
            period.start < now && period.start < extent.end && extent.start < period.end
        });
        told.map(|period| {
            let found = self.assessment(terms, *period, now)?;
            Ok(Compared::of(&zone, *period, &found))
        })
        .collect()
    }

    /// The days before `report`'s period that its last ninety reach into, as far as the records go.
    fn earlier(
        &self,
        terms: Terms<'_>,
        report: &Report,
        now: Timestamp,
    ) -> Result<Earlier, GatherError> {
        let wanted = recent::before(&report.zone, report.found.period);
        let (Some(wanted), Some(extent)) = (wanted, self.extent()?) else {
            return Ok(Earlier::default());
        };
        if wanted.end <= extent.start {
            return Ok(Earlier::default());
        }
        let found = self.assessment(terms, wanted, now)?;
        Ok(Earlier {
            pruned: self.reader.is_pruned(wanted)?,
            ..Earlier::of(&found, extent.start)
        })
    }

    fn known(&self, around: Interval) -> Result<Rc<Known>, StoreError> {
        let mut all = self.known.borrow_mut();
        if let Some(known) = all.iter().find(|known| known.around == around) {
            return Ok(Rc::clone(known));
        }
        let record = self.reader.record(around)?;
        let known = Rc::new(Known {
            around,
            heard: Heard::new(record, self.contracts),
            basis: RefCell::new(None),
        });
        if self.most > 0 {
            all.truncate(self.most - 1);
            all.push_front(Rc::clone(&known));
        }
        Ok(known)
    }

    fn extent(&self) -> Result<Option<Interval>, StoreError> {
        if let Some(extent) = self.extent.get() {
            return Ok(*extent);
        }
        let extent = self.reader.extent()?;
        Ok(*self.extent.get_or_init(|| extent))
    }

    /// What there is of the agents' records up to `read_until`.
    fn basis(&self, known: &Known, read_until: Timestamp) -> Result<Basis, StoreError> {
        if let Some((until, basis)) = &*known.basis.borrow()
            && *until == read_until
        {
            return Ok(basis.clone());
        }
        let mut basis = Basis {
            program: concat!("reporter ", env!("CARGO_PKG_VERSION")).into(),
            read_until,
            ..Basis::default()
        };
        basis.note(&known.heard.record);
        for head in self.reader.heads()? {
            let agent = basis.agents.entry(head.agent.name).or_default();
            agent.region = Some(head.agent.region);
            agent.last_sequence = head.last_sequence;
            agent.batches = head.batches;
            agent.batch_hash = head.batch_hash;
        }
        *known.basis.borrow_mut() = Some((read_until, basis.clone()));
        Ok(basis)
    }

    fn latency(
        &self,
        record: &Record,
        (contract, period): (&Contract, Interval),
    ) -> Result<Latency, StoreError> {
        let probes = probes(&record.plans, contract);
        if probes.is_empty() {
            // To ask for none of them would be to ask for all.
            return Ok(Latency::default());
        }
        let query = LatencyQuery {
            zone: Some(contract.zone.clone()),
            by_hour: true,
            probes,
            experienced: true,
            ..LatencyQuery::success(period)
        };
        let found = self.reader.latency(&query)?;
        let found = found.iter().map(|one| (&one.key, &one.distribution));
        Ok(Latency::of(found, &record.plans, period))
    }
}
