//! What the engine reads: runs say where nothing happened, ticks say what did.

mod fold;
mod grid;

use serde::{Deserialize, Serialize};

pub use fold::{Fold, Grids, Last, Mark, fold};
pub use grid::Grid;

use crate::attempt::{Account, Detail};
use crate::clock::Trust;
use crate::name::Name;
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::{CanaryState, Class, SecondResolver};

/// A maximal quiet stretch of one agent and probe.
///
/// Every planned base tick was taken, good at its first attempt, not slow, by a clock that was not in doubt, and its
/// evidence no further from its neighbours' than any contract allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The plan version of all its ticks.
    pub plan: u32,
    /// Its first tick.
    pub first_tick: Timestamp,
    /// Its last tick.
    pub last_tick: Timestamp,
    /// How many ticks it has, at least 1.
    pub ticks: u32,
    /// Evidence of the first tick.
    pub first: Interval,
    /// Evidence of the last tick.
    pub last: Interval,
    /// The longest stretch between two neighbouring evidences (end to start, each widened by its clock error); zero for
    /// one tick.
    pub widest_gap: Millis,
    /// The largest clock error of its ticks.
    pub clock_error: Millis,
    /// The clock error of its first tick.
    pub first_error: Millis,
    /// The clock error of its last tick.
    pub last_error: Millis,
}

/// One tick that was not quiet, or a quiet one near trouble.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// The plan version.
    pub plan: u32,
    /// The scheduled instant.
    pub tick: Timestamp,
    /// `tick` + phase + jitter of its primary attempt.
    pub due: Timestamp,
    /// Not of the base grid: informs states and edges, never ratios.
    pub fast: bool,
    /// What came of it.
    pub verdict: TickVerdict,
    /// Of a held tick: a retry was good.
    pub recovered: bool,
    /// Good, but longer than `slow_after`.
    pub slow: bool,
    /// Why it was not good, from the primary attempt.
    pub class: Option<Class>,
    /// The step that decided.
    pub step: Option<Name>,
    /// Status of the last response.
    pub status: Option<u16>,
    /// The account of the primary attempt.
    pub account: Option<Account>,
    /// Evidence of the primary attempt.
    pub evidence: Interval,
    /// Evidence of the last attempt of the tick; equal to `evidence` without retries.
    pub last_evidence: Interval,
    /// How many attempts it had; 0 for a missed one.
    pub attempts: u32,
    /// Sequence number of its primary attempt; with the agent it names the attempt.
    pub sequence: u64,
    /// The largest clock error of its attempts.
    pub clock_error: Millis,
    /// The canary of the primary attempt.
    pub canary: CanaryState,
    /// The second resolver, if it was asked.
    pub second_resolver: Option<SecondResolver>,
    /// What was seen.
    pub detail: Detail,
}

/// What came of a tick (semantics §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TickVerdict {
    /// Good at the first attempt.
    Good,
    /// Bad, then good at a retry: good for the run rules, failing for shares.
    Flicker,
    /// All attempts bad.
    Bad,
    /// No information.
    Void,
    /// Decided from other evidence.
    Held,
    /// Planned, but not taken, for the reason in the class.
    Missed,
}

/// One row of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Entry {
    /// A quiet stretch.
    Run(Run),
    /// A single tick.
    Tick(Box<Tick>),
}

/// All rows of one agent and probe, by tick; a tick stands in exactly one entry.
///
/// Quiet ticks near trouble may stand as ticks beside the runs that they were cut out of, never inside one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Series {
    /// The agent.
    pub agent: Name,
    /// The agent's region.
    pub region: Name,
    /// The probe.
    pub probe: Name,
    /// Oldest first.
    pub entries: Vec<Entry>,
}

impl TickVerdict {
    /// The name used in records, reports and exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Flicker => "flicker",
            Self::Bad => "bad",
            Self::Void => "void",
            Self::Held => "held",
            Self::Missed => "missed",
        }
    }
}

/// A clock error above T/2 makes a tick void (semantics §8).
pub fn doubtful_clock(error: Millis, spacing: Millis) -> bool {
    Trust::of(error, spacing) == Trust::Void
}

impl Run {
    /// Evidence of one of its ticks, and the error of the clock that it was read from.
    ///
    /// Between the first and the last tick both are known in part only: it is put as far after its tick as the first
    /// tick's was, and may be off by the largest error of all.
    pub fn evidence_at(&self, tick: Timestamp) -> (Interval, Millis) {
        if tick == self.last_tick {
            return (self.last, self.last_error);
        }
        if tick == self.first_tick {
            return (self.first, self.first_error);
        }
        let start = tick + (self.first.start - self.first_tick);
        (
            Interval::new(start, start + self.first.length()),
            self.clock_error,
        )
    }
}

impl Entry {
    /// The plan version.
    pub fn plan(&self) -> u32 {
        match self {
            Self::Run(run) => run.plan,
            Self::Tick(tick) => tick.plan,
        }
    }

    /// The (first) tick.
    pub fn tick(&self) -> Timestamp {
        match self {
            Self::Run(run) => run.first_tick,
            Self::Tick(tick) => tick.tick,
        }
    }

    /// From the start of its first evidence to the end of its last.
    pub fn span(&self) -> Interval {
        match self {
            Self::Run(run) => Interval::new(run.first.start, run.last.end),
            Self::Tick(tick) => Interval::new(tick.evidence.start, tick.last_evidence.end),
        }
    }
}

/// Puts the entries of one series in order and leaves each tick in exactly one of them.
///
/// Of two rows of one tick the one with the lower sequence number stays; of two states of one run the longer one;
/// a base tick inside a run is part of it.
pub fn assemble(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by_key(|entry| match entry {
        Entry::Run(run) => (run.first_tick, 0, u64::MAX - u64::from(run.ticks)),
        Entry::Tick(tick) => (tick.tick, 1 + u8::from(tick.fast), tick.sequence),
    });
    let mut covered = Timestamp(i64::MIN);
    let mut last = None;
    entries.retain(|entry| match entry {
        Entry::Run(run) => {
            let fresh = run.first_tick > covered;
            covered = covered.max(run.last_tick);
            fresh
        }
        Entry::Tick(tick) => {
            let fresh = last != Some((tick.tick, tick.fast));
            last = Some((tick.tick, tick.fast));
            fresh && (tick.fast || tick.tick > covered)
        }
    });
    entries
}
