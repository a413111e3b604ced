//! One agent in one file: its rows, and in memory what is not folded yet.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Found;

use crate::attempt::Attempt;
use crate::name::Name;
use crate::run::{Entry, Series, Tick, assemble};
use crate::store::db::Db;
use crate::store::error::Fault;
use crate::store::planned::Planned;
use crate::store::table::agents::AgentRow;
use crate::store::table::entries::SeriesId;
use crate::store::table::{self, again, agents, attempts, batches, entries};
use crate::store::{Place, StoreError};
use crate::time::{Interval, Millis, Timestamp};

/// One agent in one file.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct View<'a> {
    pub(in crate::store) place: &'a Place,
    pub(in crate::store) db: &'a Db,
    pub(in crate::store) row: &'a AgentRow,
    pub(in crate::store) planned: &'a Planned,
}

impl View<'_> {
    /// All series of the agent with an entry that touches `period`, by probe.
    pub(in crate::store) fn series(&self, period: Interval) -> Result<Vec<Series>, Fault> {
        let mut unfolded: BTreeMap<Name, Vec<Attempt>> = BTreeMap::new();
        for attempt in self.unfolded()? {
            unfolded
                .entry(attempt.probe.clone())
                .or_default()
                .push(attempt);
        }
        let mut series = Vec::new();
        for (probe, place) in agents::probes(self.db)? {
            let id = self.id(place);
            let attempts = unfolded.remove(&probe).unwrap_or_default();
            let entries = self.entries(id, &probe, &attempts, period)?;
            if !entries.is_empty() {
                series.push(Series {
                    agent: self.row.agent.name.clone(),
                    region: self.row.agent.region.clone(),
                    probe,
                    entries,
                });
            }
        }
        Ok(series)
    }

    fn entries(
        &self,
        id: SeriesId,
        probe: &Name,
        unfolded: &[Attempt],
        period: Interval,
    ) -> Result<Vec<Entry>, Fault> {
        self.entries_by(id, (probe, unfolded), period, entries::ticks_within)
    }

    /// All entries of a series that touch `period`, with its settled ticks as `settled` reads them.
    pub(super) fn entries_by(
        &self,
        id: SeriesId,
        (probe, unfolded): (&Name, &[Attempt]),
        period: Interval,
        settled: impl FnOnce(&Db, SeriesId, Interval) -> Result<Vec<Tick>, Fault>,
    ) -> Result<Vec<Entry>, Fault> {
        let grids = self.planned.grids(probe);
        // A tick's evidence lies after it: behind its stagger and its retries, which end before the next slot.
        let widest = grids.values().map(crate::run::Grid::spacing).max();
        let reach = Millis(2 * widest.unwrap_or(Millis::ZERO).0);
        let rows = Interval::new(period.start - reach, period.end);
        let mut fold = entries::resume(self.db, id)?;
        let known = Interval::new(rows.start, rows.end.min(fold.mark().horizon));
        let mut all: Vec<Entry> = Vec::new();
        if !known.is_empty() {
            let ticks = settled(self.db, id, known)?;
            all.extend(ticks.into_iter().map(|tick| Entry::Tick(Box::new(tick))));
        }
        let runs = entries::runs_within(self.db, id, rows)?;
        all.extend(runs.into_iter().map(Entry::Run));
        for attempt in unfolded {
            again::push(self.db, id, (&mut fold, grids), attempt)?;
        }
        all.extend(fold.finish(grids));
        let mut all = assemble(all);
        all.retain(|entry| touches(entry, period));
        Ok(all)
    }

    /// All attempts that no row tells of yet, in order; of an agent that was set back, without those that came again.
    pub(super) fn unfolded(&self) -> Result<Vec<Attempt>, Fault> {
        let mut found = self.since(self.row.folded_before)?;
        if found.is_empty() || agents::epoch(self.db, self.row.id)? <= 1 {
            return Ok(found);
        }
        let places = agents::probes(self.db)?;
        let mut folds = BTreeMap::new();
        let mut fresh = Vec::with_capacity(found.len());
        for attempt in &found {
            let Some(place) = places.get(&attempt.probe) else {
                fresh.push(true);
                continue;
            };
            let id = self.id(*place);
            let fold = match folds.entry(*place) {
                Found::Occupied(known) => known.into_mut(),
                Found::Vacant(vacant) => vacant.insert(entries::resume(self.db, id)?),
            };
            let grids = self.planned.grids(&attempt.probe);
            fresh.push(again::push(self.db, id, (fold, grids), attempt)?);
        }
        let mut fresh = fresh.into_iter();
        found.retain(|_| fresh.next().unwrap_or(true));
        Ok(found)
    }

    /// All attempts whose tick lies in `window`, in the order of their numbers.
    pub(super) fn attempts(&self, window: Interval) -> Result<Vec<Attempt>, Fault> {
        table::attempts_around(self.db, self.row.id, window)
    }

    pub(super) fn extent(&self) -> Result<Option<Interval>, Fault> {
        let ticks = table::ticks_since(self.db, self.row.id, 0)?;
        Ok(ticks.map(|(oldest, newest)| Interval::new(oldest, newest + Millis(1))))
    }

    /// The newest tick and its plan version.
    pub(super) fn latest_plan(&self) -> Result<Option<(Timestamp, u32)>, Fault> {
        let newest = self.since(self.last_sequence()?)?;
        Ok(newest
            .iter()
            .map(|attempt| (attempt.tick, attempt.plan))
            .max())
    }

    pub(super) fn last_sequence(&self) -> Result<u64, Fault> {
        let sealed = batches::end(self.db, self.row.id)?.sequence;
        let (tail, _) = attempts::extent(self.db, self.row.id)?;
        Ok(tail.unwrap_or(sealed))
    }

    /// Fails unless the shorter record is the beginning of this one: same batches, same region, same tail.
    pub(super) fn must_continue(&self, shorter: &View<'_>) -> Result<(), StoreError> {
        let fork = StoreError::Fork {
            agent: self.row.agent.name.to_string(),
            first: self.place.clone(),
            second: shorter.place.clone(),
        };
        let end =
            batches::end(shorter.db, shorter.row.id).map_err(|fault| fault.at(shorter.place))?;
        let mine = batches::hash_of(self.db, self.row.id, end.sequence)
            .map_err(|fault| fault.at(self.place))?;
        let same_batches = end.number == 0 || mine == Some(end.hash);
        if !same_batches || self.row.agent != shorter.row.agent {
            return Err(fork);
        }
        let tail = attempts::oldest(shorter.db, shorter.row.id, usize::MAX)
            .map_err(|fault| fault.at(shorter.place))?;
        let Some(first) = tail.first() else {
            return Ok(());
        };
        let mine = self
            .since(first.sequence)
            .map_err(|fault| fault.at(self.place))?;
        // What is pruned here cannot be compared any more; the numbers before it are covered by the hashes above.
        let known: BTreeMap<u64, &Attempt> = mine.iter().map(|one| (one.sequence, one)).collect();
        let agrees = |one: &Attempt| known.get(&one.sequence).is_none_or(|mine| *mine == one);
        if tail.iter().all(agrees) {
            Ok(())
        } else {
            Err(fork)
        }
    }

    fn since(&self, sequence: u64) -> Result<Vec<Attempt>, Fault> {
        table::attempts_since(self.db, self.row.id, sequence)
    }

    pub(super) fn id(&self, probe: i64) -> SeriesId {
        SeriesId {
            agent: self.row.id,
            probe,
        }
    }
}

pub(super) fn touches(entry: &Entry, period: Interval) -> bool {
    let span = entry.span();
    let (start, end) = (entry.tick().min(span.start), entry.tick().max(span.end));
    start < period.end && end >= period.start
}
