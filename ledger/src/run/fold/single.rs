//! What one attempt makes of a tick, and one tick of a run.

use super::{Grids, Last};
use crate::attempt::{Attempt, Kind};
use crate::run::{Grid, Run, Tick, TickVerdict};
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::{Class, Verdict};

impl Tick {
    /// A tick of one attempt, or of none if the attempt says that it was missed.
    pub(crate) fn of(attempt: &Attempt) -> Self {
        let missed = is_missed(attempt);
        let verdict = match attempt.verdict {
            Verdict::Void if missed => TickVerdict::Missed,
            Verdict::Good => TickVerdict::Good,
            Verdict::Bad => TickVerdict::Bad,
            Verdict::Void => TickVerdict::Void,
            Verdict::Held => TickVerdict::Held,
        };
        Self {
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

    /// Semantics §3: all bad is bad, bad then good is flicker, what a retry leaves open is void; held stays held.
    pub(crate) fn retried(&mut self, attempt: &Attempt) {
        self.verdict = match (self.verdict, attempt.verdict) {
            (TickVerdict::Bad, Verdict::Good) => TickVerdict::Flicker,
            (TickVerdict::Bad, Verdict::Void | Verdict::Held) => TickVerdict::Void,
            (verdict, _) => verdict,
        };
        self.recovered |= self.verdict == TickVerdict::Held && attempt.verdict == Verdict::Good;
        self.attempts += 1;
        self.last_evidence = attempt.evidence;
        self.clock_error = self.clock_error.max(attempt.clock_error);
    }

    /// Whether nothing happened: of the base grid, good at its first and only attempt, not slow.
    pub fn is_quiet(&self) -> bool {
        self.verdict == TickVerdict::Good && !self.fast && !self.slow && self.attempts == 1
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

impl Run {
    /// Whether `tick` is one of its ticks, none of which is missing.
    pub(crate) fn has(&self, tick: Timestamp, grids: &Grids) -> bool {
        let instant = Interval::new(tick, tick + Millis(1));
        let planned = |grid: &Grid| grid.count_within(instant) == 1;
        (self.first_tick..=self.last_tick).contains(&tick)
            && grids.get(&self.plan).is_some_and(planned)
    }

    pub(crate) fn of(tick: &Tick) -> Self {
        Self {
            plan: tick.plan,
            first_tick: tick.tick,
            last_tick: tick.tick,
            ticks: 1,
            first: tick.evidence,
            last: tick.evidence,
            widest_gap: Millis::ZERO,
            clock_error: tick.clock_error,
            first_error: tick.clock_error,
            last_error: tick.clock_error,
        }
    }

    pub(crate) fn append(&mut self, tick: &Tick) {
        let start = tick.evidence.start - tick.clock_error;
        let gap = Interval::new(self.end().end, start).length();
        self.last_tick = tick.tick;
        self.ticks += 1;
        self.last = tick.evidence;
        self.widest_gap = self.widest_gap.max(gap);
        self.clock_error = self.clock_error.max(tick.clock_error);
        self.last_error = tick.clock_error;
    }

    pub(super) fn end(&self) -> Last {
        Last {
            plan: self.plan,
            tick: self.last_tick,
            end: self.last.end + self.last_error,
        }
    }
}
