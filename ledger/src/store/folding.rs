//! From attempts to runs, ticks and histograms: one repeatable step that moves the agent's mark.
//!
//! [`Folding`] reads and works out, [`Work`] writes. What is heavy is in the first, so that whoever writes to a database with
//! one writer at a time need not hold others up by it.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Folded;
use super::cells::{Cells, Heard};
use super::db::Db;
use super::error::Fault;
use super::planned::Planned;
use super::table::entries::{self, Before, SeriesId};
use super::table::latencies::{self, Packed};
use super::table::put_down::PutDown;
use super::table::{self, again, agents};
use crate::attempt::{Attempt, Kind};
use crate::histogram::{self, Open, Pace, Slice};
use crate::name::Name;
use crate::run::{Fold, Grids};
use crate::time::{Millis, Timestamp};
use crate::verdict::Verdict;

/// Folds all attempts from number `before` on; returns the new mark and what there was. Part of the caller's transaction.
pub(super) fn fold(
    db: &Db,
    agent: i64,
    before: u64,
    planned: &Planned,
) -> Result<(u64, Folded), Fault> {
    let attempts = table::attempts_since(db, agent, before)?;
    let Some(last) = attempts.last() else {
        return Ok((before, Folded::Nothing));
    };
    let after = last.sequence + 1;
    let mut folding = Folding::new(agent, planned);
    for attempt in &attempts {
        folding.push(db, attempt)?;
    }
    let folded = folding.folded();
    folding.work_out(db, (before, after))?.write(db)?;
    Ok((after, folded))
}

/// Attempts of an agent, in the order of their numbers, on their way into the tables.
pub(super) struct Folding<'p> {
    agent: i64,
    planned: &'p Planned,
    /// By name in no order: there may be thousands, and each attempt asks for one.
    series: HashMap<Name, Series<'p>>,
    cells: Cells<'p>,
    newest: Option<Timestamp>,
    quiet: bool,
}

impl<'p> Folding<'p> {
    pub(super) fn new(agent: i64, planned: &'p Planned) -> Self {
        Self {
            agent,
            planned,
            series: HashMap::new(),
            cells: Cells::new(planned.zones()),
            newest: None,
            quiet: true,
        }
    }

    /// Takes in the next attempt.
    pub(super) fn push(&mut self, db: &Db, attempt: &Attempt) -> Result<(), Fault> {
        self.newest = self.newest.max(Some(attempt.tick));
        self.quiet &= is_quiet(attempt);
        let series = match self.series.entry(attempt.probe.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(vacant) => {
                let probe = agents::place_probe(db, &attempt.probe)?;
                let agent = self.agent;
                let grids = self.planned.grids(&attempt.probe);
                vacant.insert(Series::resume(db, SeriesId { agent, probe }, grids)?)
            }
        };
        let (id, fold) = (series.id, (&mut series.fold, series.grids));
        if !again::push(db, id, fold, attempt)? {
            return Ok(());
        }
        let cell = self.cells.of(attempt.tick);
        if let Some(pace) = series.pace(attempt, self.planned) {
            let heard = series.heard.entry(cell.start).or_default();
            histogram::measure(attempt, pace, |measured, view, latency| {
                heard.push(measured, view, latency);
            });
        }
        Ok(())
    }

    /// What there was.
    pub(super) const fn folded(&self) -> Folded {
        match (self.newest, self.quiet) {
            (None, _) => Folded::Nothing,
            (Some(_), true) => Folded::Quiet,
            (Some(_), false) => Folded::Trouble,
        }
    }

    /// What is to be written if these were all attempts from number `before` to before `after`.
    pub(super) fn work_out(self, db: &Db, (before, after): (u64, u64)) -> Result<Work<'p>, Fault> {
        let (mut cells, mut down, mut latencies) = (self.cells, Vec::new(), Vec::new());
        let mut all: Vec<Series<'_>> = self.series.into_values().collect();
        // As their tables are ordered.
        all.sort_unstable_by_key(|series| series.id);
        for mut series in all {
            let id = series.id;
            down.push(PutDown::of(id, series.before, &mut series.fold)?);
            for (place, sheet) in cells.spread(series.heard) {
                latencies.push(latencies::merged(db, id, place, sheet)?);
            }
        }
        // As this one is.
        latencies.sort_unstable_by(|one, other| one.place().cmp(&other.place()));
        // A zone that is new to a record with a past begins with the first day after what is folded now.
        let since = self.newest.filter(|_| before > 1);
        Ok(Work {
            agent: self.agent,
            after,
            zones: self.newest.map(|_| self.planned.zones()),
            since: since.map(|last| last + Millis(1)),
            down,
            latencies,
        })
    }
}

/// What a fold comes to.
pub(super) struct Work<'p> {
    agent: i64,
    after: u64,
    zones: Option<&'p BTreeSet<String>>,
    since: Option<Timestamp>,
    down: Vec<PutDown>,
    latencies: Vec<Packed<'p>>,
}

impl Work<'_> {
    /// Writes it down and moves the mark. Part of the caller's transaction.
    pub(super) fn write(&self, db: &Db) -> Result<(), Fault> {
        for series in &self.down {
            series.write(db)?;
        }
        if let Some(zones) = self.zones {
            latencies::begin(db, self.agent, zones, self.since)?;
        }
        for packed in &self.latencies {
            packed.write(db)?;
        }
        agents::move_mark(db, self.agent, self.after)
    }
}

/// A series that is being folded.
struct Series<'p> {
    id: SeriesId,
    grids: &'p Grids,
    before: Before,
    fold: Fold,
    pace: Option<(u32, Pace)>,
    heard: BTreeMap<Timestamp, Heard>,
}

impl<'p> Series<'p> {
    fn resume(db: &Db, id: SeriesId, grids: &'p Grids) -> Result<Self, Fault> {
        let (fold, before) = entries::take_up(db, id)?;
        Ok(Self {
            id,
            grids,
            before,
            fold,
            pace: None,
            heard: BTreeMap::new(),
        })
    }

    /// The pace of its probe under the attempt's plan, which is mostly the one before.
    fn pace(&mut self, attempt: &Attempt, planned: &Planned) -> Option<Pace> {
        let version = attempt.plan;
        if self.pace.is_none_or(|(known, _)| known != version) {
            let pace = planned.pace(version, &attempt.probe)?;
            self.pace = Some((version, pace));
        }
        self.pace.map(|(_, pace)| pace)
    }
}

fn is_quiet(attempt: &Attempt) -> bool {
    attempt.verdict == Verdict::Good && attempt.kind == Kind::Base && !attempt.slow
}

/// Counts an attempt in the open histograms over `slice`.
pub(super) fn record(open: &mut Open, attempt: &Attempt, planned: &Planned, slice: Slice) {
    if let Some(pace) = planned.pace(attempt.plan, &attempt.probe) {
        histogram::record(open, attempt, pace, slice);
    }
}
