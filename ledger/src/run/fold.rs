//! Folding: attempts of one agent and probe, in the order of their numbers, become runs and ticks.
//!
//! Trouble is every tick that is not quiet, and every place where a planned tick is missing, the plan changes or the
//! evidence is further apart than [`Grid::silence`]. Quiet ticks within [`Grid::context`] of trouble stay single, so every
//! run has single ticks around it, or the end of the record.
//!
//! A tick stays open until nothing that may still come can change how it is kept: while trouble may still
//! arrive within the context of it, and a neighbour may be late by [`Grid::disorder`]. What is open is
//! plain [`Tick`]s, so a fold can be put down after any attempt and taken up again (see [`Mark`]).

mod single;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use super::{Entry, Grid, Run, Tick, assemble, doubtful_clock};
use crate::attempt::{Attempt, Kind};
use crate::time::{Millis, Timestamp};

/// What a fold must know, besides its open ticks and its last run, to be taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// All ticks before this are settled; those from here on are open.
    pub horizon: Timestamp,
    /// Quiet ticks up to here lie near settled trouble.
    pub trouble_until: Timestamp,
    /// The one tick before the horizon that may still get a retry: its instant, and whether it is a fast one.
    pub late: Option<(Timestamp, bool)>,
    /// The newest settled tick of the base grid, which the next one should follow.
    pub last: Option<Last>,
    /// The tick of the last primary attempt if that came before: its retries are nothing new either.
    pub again: Option<(Timestamp, bool)>,
}

/// A tick of the base grid, as far as its successor must know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Last {
    /// The plan version.
    pub plan: u32,
    /// The scheduled instant.
    pub tick: Timestamp,
    /// Where its evidence ends, widened by its clock error.
    pub end: Timestamp,
}

/// The grids of one probe by plan version.
pub type Grids = BTreeMap<u32, Grid>;

/// The fold of one agent and probe.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    mark: Mark,
    open: BTreeMap<(Timestamp, bool), Tick>,
    run: Option<Run>,
    settled: Vec<Entry>,
    /// Where in `settled` each tick and each run stands, once anybody has asked for one.
    places: Option<Places>,
    /// The open ticks up to here were looked at: they are calm and follow each other. Only saves looking again.
    calm: Option<(Timestamp, bool)>,
}

/// What was settled, by instant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Places {
    seen: usize,
    ticks: BTreeSet<(Timestamp, bool)>,
    runs: BTreeMap<Timestamp, usize>,
}

impl Default for Mark {
    fn default() -> Self {
        let never = Timestamp(i64::MIN);
        Self {
            horizon: never,
            trouble_until: never,
            late: None,
            last: None,
            again: None,
        }
    }
}

impl Default for Fold {
    fn default() -> Self {
        Self::resume(Mark::default(), Vec::new(), None)
    }
}

impl Fold {
    /// Takes a fold up where [`Self::mark`], [`Self::open`] and [`Self::last_run`] left it.
    pub fn resume(mark: Mark, open: Vec<Tick>, last_run: Option<Run>) -> Self {
        let open = open.into_iter().map(|tick| (key(&tick), tick));
        Self {
            mark,
            open: open.collect(),
            run: last_run,
            settled: Vec::new(),
            places: None,
            calm: None,
        }
    }

    /// Takes in the next attempt; numbers must grow. `grids` holds the probe's grid for every plan version met.
    ///
    /// A second primary attempt of a tick is a duplicate and ignored with its retries, as is a retry without a tick. Says whether
    /// the attempt told anything new.
    ///
    /// Of what was settled before [`Self::resume`] or [`Self::take_settled`] the fold knows only the last run; whoever keeps the
    /// rest looks for a late tick there ([`Self::is_late`]), and has it passed over if it is known ([`Self::pass_over`]).
    pub fn push(&mut self, attempt: &Attempt, grids: &Grids) -> bool {
        let at = (attempt.tick, attempt.kind == Kind::Fast);
        if attempt.kind != Kind::Retry {
            if self.has(attempt, grids) {
                self.pass_over(attempt);
                return false;
            }
            self.mark.again = None;
        } else if self.mark.again == Some(at) {
            return false;
        }
        self.take_in(at, attempt, grids)
    }

    /// Takes a primary attempt for one that came before; its retries are then, too.
    pub fn pass_over(&mut self, attempt: &Attempt) {
        self.mark.again = Some((attempt.tick, attempt.kind == Kind::Fast));
    }

    /// Whether it is a primary attempt of a tick before the horizon, which may be settled.
    pub fn is_late(&self, attempt: &Attempt) -> bool {
        attempt.kind != Kind::Retry && attempt.tick < self.mark.horizon
    }

    fn take_in(&mut self, at: (Timestamp, bool), attempt: &Attempt, grids: &Grids) -> bool {
        self.calm = self.calm.filter(|calm| *calm < at);
        if attempt.kind == Kind::Retry {
            match self.open.get_mut(&at) {
                Some(tick) => tick.retried(attempt),
                None => return false,
            }
        } else {
            self.open.entry(at).or_insert_with(|| Tick::of(attempt));
        }
        let (context, disorder) = grids.get(&attempt.plan).map_or_else(
            || (Millis::from_mins(15), Millis::ZERO),
            |grid| (grid.context(), grid.disorder()),
        );
        let late = attempt.tick < self.mark.horizon;
        self.mark.late = late.then_some(at);
        let settled_before = Timestamp(attempt.tick.0.saturating_sub(context.0 + disorder.0));
        self.mark.horizon = self.mark.horizon.max(settled_before);
        self.settle(self.mark.horizon, Some(at), grids);
        true
    }

    /// Whether the tick of a primary attempt is open, or settled as far as the fold remembers.
    fn has(&mut self, attempt: &Attempt, grids: &Grids) -> bool {
        let at = (attempt.tick, attempt.kind == Kind::Fast);
        if self.open.contains_key(&at) {
            return true;
        }
        if !self.is_late(attempt) {
            return false;
        }
        let is_in = |run: &Run| !at.1 && run.has(at.0, grids);
        if self.run.as_ref().is_some_and(is_in) {
            return true;
        }
        let places = self.places.get_or_insert_default();
        places.follow(&self.settled);
        places.ticks.contains(&at)
            || places
                .run_before(at.0)
                .is_some_and(|place| match &self.settled[place] {
                    Entry::Run(run) => is_in(run),
                    Entry::Tick(_) => false,
                })
    }

    /// What it must know to be taken up again.
    pub fn mark(&self) -> Mark {
        self.mark
    }

    /// The ticks that are not settled yet.
    pub fn open(&self) -> impl Iterator<Item = &Tick> {
        self.open.values()
    }

    /// The newest run, which the next settled tick may lengthen. It is no part of [`Self::take_settled`].
    pub fn last_run(&self) -> Option<&Run> {
        self.run.as_ref()
    }

    /// What has been settled since the last call: ticks, and runs that will not grow any more.
    pub fn take_settled(&mut self) -> Vec<Entry> {
        self.places = None;
        std::mem::take(&mut self.settled)
    }

    /// All that was settled since the last [`Self::take_settled`], and what is open as if nothing more came.
    pub fn finish(mut self, grids: &Grids) -> Vec<Entry> {
        self.settle(Timestamp(i64::MAX), None, grids);
        self.settled.extend(self.run.map(Entry::Run));
        assemble(self.settled)
    }

    /// Settles all open ticks before `horizon`, oldest first, but `spared`.
    fn settle(&mut self, horizon: Timestamp, spared: Option<(Timestamp, bool)>, grids: &Grids) {
        let ready: Vec<(Timestamp, bool)> = self
            .open
            .range(..(horizon, false))
            .map(|(at, _)| *at)
            .filter(|at| Some(*at) != spared)
            .collect();
        for at in ready {
            self.succeed(at, grids);
            let near = self.near_trouble(at.0, grids);
            let Some(tick) = self.open.remove(&at) else {
                continue;
            };
            let quiet = is_calm(&tick, grids);
            if !quiet {
                self.trouble_from(&tick, grids);
            }
            if quiet && !near && !self.is_behind(at.0) {
                self.lengthen(&tick, grids);
            } else {
                self.settled.push(Entry::Tick(Box::new(tick)));
            }
        }
    }

    /// Makes the open tick `at` the last one of the base grid; if it does not follow the one before, that is trouble.
    fn succeed(&mut self, at: (Timestamp, bool), grids: &Grids) {
        let before = self.mark.last;
        let in_order = before.is_none_or(|last| last.tick < at.0);
        let Some(tick) = self.open.get(&at).filter(|tick| in_order && !tick.fast) else {
            return;
        };
        self.mark.last = Some(Last::of(tick));
        if before.is_some_and(|last| !last.is_followed_by(tick, grids)) {
            let tick = tick.clone();
            self.trouble_from(&tick, grids);
        }
    }

    fn trouble_from(&mut self, tick: &Tick, grids: &Grids) {
        let reach = Timestamp(tick.tick.0.saturating_add(context_of(tick.plan, grids).0));
        self.mark.trouble_until = self.mark.trouble_until.max(reach);
    }

    fn near_trouble(&mut self, at: Timestamp, grids: &Grids) -> bool {
        if at <= self.mark.trouble_until {
            return true;
        }
        let reaches = |tick: Timestamp, plan| (tick - at).0.abs() <= context_of(plan, grids).0;
        let known = self.calm.filter(|calm| self.open.contains_key(calm));
        let from = known.map_or(Bound::Unbounded, Bound::Excluded);
        let mut before = known.and_then(|calm| self.open.get(&calm)).map(Last::of);
        let (mut calm, mut unbroken) = (known, true);
        for (key, tick) in self.open.range((from, Bound::Unbounded)) {
            let quiet = is_calm(tick, grids);
            if !quiet && reaches(tick.tick, tick.plan) {
                return true;
            }
            unbroken &= quiet;
            if tick.fast {
                continue;
            }
            if before.is_some_and(|last| !last.is_followed_by(tick, grids)) {
                if before.is_some_and(|last| last.tick >= at && reaches(last.tick, last.plan)) {
                    return true;
                }
                unbroken = false;
            }
            before = Some(Last::of(tick));
            calm = if unbroken { Some(*key) } else { calm };
        }
        self.calm = calm;
        before.is_some_and(|last| reaches(last.tick, last.plan) && self.is_overdue(last, grids))
    }

    /// Whether the tick after `last` should be there by now.
    fn is_overdue(&self, last: Last, grids: &Grids) -> bool {
        let newest = self.open.keys().next_back().map(|(newest, _)| *newest);
        let grid = grids.get(&last.plan);
        newest
            .zip(grid)
            .is_some_and(|(newest, grid)| grid.misses_one(last.tick, newest))
    }

    /// Whether a run already reaches beyond: then a tick that comes this late stands alone.
    fn is_behind(&self, at: Timestamp) -> bool {
        self.run.as_ref().is_some_and(|run| at <= run.last_tick)
    }

    /// Puts a quiet tick at the end of the last run, or begins a new one with it.
    fn lengthen(&mut self, tick: &Tick, grids: &Grids) {
        match &mut self.run {
            Some(run) if run.end().is_followed_by(tick, grids) => run.append(tick),
            last => {
                let ended = last.replace(Run::of(tick));
                self.settled.extend(ended.map(Entry::Run));
            }
        }
    }
}

impl Places {
    /// Notes what was settled since the last time.
    fn follow(&mut self, settled: &[Entry]) {
        for (place, entry) in settled.iter().enumerate().skip(self.seen) {
            match entry {
                Entry::Tick(tick) => {
                    self.ticks.insert(key(tick));
                }
                Entry::Run(run) => {
                    self.runs.insert(run.first_tick, place);
                }
            }
        }
        self.seen = settled.len();
    }

    /// The last run that begins at a tick or before it. Runs of a series do not overlap, so no other one can have that tick.
    fn run_before(&self, tick: Timestamp) -> Option<usize> {
        self.runs
            .range(..=tick)
            .next_back()
            .map(|(_, place)| *place)
    }
}

/// Folds all attempts of one agent and probe at once; in any order, with or without duplicates.
pub fn fold(attempts: &[Attempt], grids: &Grids) -> Vec<Entry> {
    let by_number: BTreeMap<u64, &Attempt> =
        attempts.iter().rev().map(|a| (a.sequence, a)).collect();
    let mut fold = Fold::default();
    for attempt in by_number.values() {
        fold.push(attempt, grids);
    }
    fold.finish(grids)
}

fn key(tick: &Tick) -> (Timestamp, bool) {
    (tick.tick, tick.fast)
}

fn context_of(plan: u32, grids: &Grids) -> Millis {
    grids
        .get(&plan)
        .map_or(Millis::from_mins(15), Grid::context)
}

/// Whether a tick may be part of a run: quiet, by a clock that can be trusted.
fn is_calm(tick: &Tick, grids: &Grids) -> bool {
    let doubtful = |grid: &Grid| doubtful_clock(tick.clock_error, grid.spacing());
    tick.is_quiet() && !grids.get(&tick.plan).is_some_and(doubtful)
}

impl Last {
    fn of(tick: &Tick) -> Self {
        Self {
            plan: tick.plan,
            tick: tick.tick,
            end: tick.evidence.end.max(tick.last_evidence.end) + tick.clock_error,
        }
    }

    /// Whether `next` is the planned tick right after it, under the same plan and seen soon enough.
    fn is_followed_by(self, next: &Tick, grids: &Grids) -> bool {
        let gap = next.evidence.start - next.clock_error - self.end;
        let joins = |grid: &Grid| gap <= grid.silence() && grid.follows(self.tick, next.tick);
        self.plan == next.plan && grids.get(&self.plan).is_some_and(joins)
    }
}

#[cfg(test)]
mod tests;
