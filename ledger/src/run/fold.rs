//! Folding: attempts of one agent and probe, in the order of their numbers, become runs and ticks.
//!
//! A tick stays open until nothing that may still come can change how it is kept: while trouble may still
//! arrive within [`Grid::context`] of it, and a neighbour may be late by [`Grid::disorder`]. What is open is
//! plain [`Tick`]s, so a fold can be put down after any attempt and taken up again (see [`Mark`]).

use std::collections::BTreeMap;

use super::{Entry, Grid, Run, Tick, TickVerdict, assemble};
use crate::attempt::{Attempt, Kind};
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::{Class, Verdict};

/// What a fold must know, besides its open ticks and its last run, to be taken up again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// All ticks before this are settled; those from here on are open.
    pub horizon: Timestamp,
    /// Quiet ticks up to here lie near settled trouble.
    pub trouble_until: Timestamp,
    /// The one tick before the horizon that may still get a retry: its instant, and whether it is a fast one.
    pub late: Option<(Timestamp, bool)>,
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
}

impl Default for Mark {
    fn default() -> Self {
        let never = Timestamp(i64::MIN);
        Self {
            horizon: never,
            trouble_until: never,
            late: None,
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
        }
    }

    /// Takes in the next attempt; numbers must grow. `grids` holds the probe's grid for every plan version met.
    ///
    /// A second primary attempt of an open tick is a duplicate and ignored, as is a retry without a tick.
    pub fn push(&mut self, attempt: &Attempt, grids: &Grids) {
        let at = (attempt.tick, attempt.kind == Kind::Fast);
        if attempt.kind == Kind::Retry {
            match self.open.get_mut(&at) {
                Some(tick) => retry(tick, attempt),
                None => return,
            }
        } else {
            self.open.entry(at).or_insert_with(|| primary(attempt));
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
            let near = self.near_trouble(at.0, grids);
            let Some(tick) = self.open.remove(&at) else {
                continue;
            };
            if !tick.is_quiet() {
                let reach = Timestamp(tick.tick.0.saturating_add(context_of(&tick, grids).0));
                self.mark.trouble_until = self.mark.trouble_until.max(reach);
            }
            if tick.is_quiet() && !near && !self.is_behind(at.0) {
                self.lengthen(&tick, grids);
            } else {
                self.settled.push(Entry::Tick(Box::new(tick)));
            }
        }
    }

    fn near_trouble(&self, at: Timestamp, grids: &Grids) -> bool {
        let reaches = |tick: &Tick| (tick.tick - at).0.abs() <= context_of(tick, grids).0;
        at <= self.mark.trouble_until
            || self
                .open
                .values()
                .any(|tick| !tick.is_quiet() && reaches(tick))
    }

    /// Whether a run already reaches beyond: then a tick that comes this late stands alone.
    fn is_behind(&self, at: Timestamp) -> bool {
        self.run.as_ref().is_some_and(|run| at <= run.last_tick)
    }

    /// Puts a quiet tick at the end of the last run, or begins a new one with it.
    fn lengthen(&mut self, tick: &Tick, grids: &Grids) {
        let follows = |run: &Run| {
            let grid = grids.get(&run.plan);
            run.plan == tick.plan && grid.is_some_and(|grid| grid.follows(run.last_tick, tick.tick))
        };
        match &mut self.run {
            Some(run) if follows(run) => run.append(tick),
            last => {
                let ended = last.replace(Run::of(tick));
                self.settled.extend(ended.map(Entry::Run));
            }
        }
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

fn context_of(tick: &Tick, grids: &Grids) -> Millis {
    grids
        .get(&tick.plan)
        .map_or(Millis::from_mins(15), Grid::context)
}

/// A tick of one attempt, or of none if the attempt says that it was missed.
fn primary(attempt: &Attempt) -> Tick {
    let missed = is_missed(attempt);
    let verdict = match attempt.verdict {
        Verdict::Void if missed => TickVerdict::Missed,
        Verdict::Good => TickVerdict::Good,
        Verdict::Bad => TickVerdict::Bad,
        Verdict::Void => TickVerdict::Void,
        Verdict::Held => TickVerdict::Held,
    };
    Tick {
        plan: attempt.plan,
        tick: attempt.tick,
        due: attempt.due,
        fast: attempt.kind == Kind::Fast,
        verdict,
        recovered: false,
        slow: attempt.slow,
        class: attempt.class,
        step: attempt.step.clone(),
        status: attempt.status,
        account: attempt.account.clone(),
        evidence: attempt.evidence,
        last_evidence: attempt.evidence,
        attempts: u32::from(!missed),
        sequence: attempt.sequence,
        clock_error: attempt.clock_error,
        canary: attempt.canary,
        second_resolver: attempt.second_resolver,
        detail: attempt.detail.clone(),
    }
}

/// Whether nothing was tried: the slot passed while the prober could not look.
fn is_missed(attempt: &Attempt) -> bool {
    let own = matches!(
        attempt.class,
        Some(
            Class::ProberOverrun
                | Class::ProberSuspended
                | Class::ProberRestart
                | Class::ProberDisk
                | Class::ProberLoginCap
        )
    );
    own && attempt.verdict == Verdict::Void
        && attempt.start == attempt.end
        && attempt.steps.is_empty()
}

/// Semantics §3: all bad is bad, bad then good is flicker, what a retry leaves open is void; held stays held.
fn retry(tick: &mut Tick, attempt: &Attempt) {
    tick.verdict = match (tick.verdict, attempt.verdict) {
        (TickVerdict::Bad, Verdict::Good) => TickVerdict::Flicker,
        (TickVerdict::Bad, Verdict::Void | Verdict::Held) => TickVerdict::Void,
        (verdict, _) => verdict,
    };
    tick.recovered |= tick.verdict == TickVerdict::Held && attempt.verdict == Verdict::Good;
    tick.attempts += 1;
    tick.last_evidence = attempt.evidence;
    tick.clock_error = tick.clock_error.max(attempt.clock_error);
}

impl Tick {
    /// Whether it may be part of a run: of the base grid, good at its first and only attempt, not slow.
    pub fn is_quiet(&self) -> bool {
        self.verdict == TickVerdict::Good && !self.fast && !self.slow && self.attempts == 1
    }
}

impl Run {
    fn of(tick: &Tick) -> Self {
        Self {
            plan: tick.plan,
            first_tick: tick.tick,
            last_tick: tick.tick,
            ticks: 1,
            first: tick.evidence,
            last: tick.evidence,
            widest_gap: Millis::ZERO,
            clock_error: tick.clock_error,
        }
    }

    fn append(&mut self, tick: &Tick) {
        let gap = Interval::new(self.last.end, tick.evidence.start).length();
        self.last_tick = tick.tick;
        self.ticks += 1;
        self.last = tick.evidence;
        self.widest_gap = self.widest_gap.max(gap);
        self.clock_error = self.clock_error.max(tick.clock_error);
    }
}

#[cfg(test)]
mod tests;
