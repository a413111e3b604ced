//! What the ticks of a record say, with everything that had to be decided from other ticks decided (semantics §3, §4).
//!
//! Here the layers part: [`ServiceSeries`] can become a [`Stream`] and so a state; [`PlatformSeries`] cannot.

mod alone;
mod amend;
mod border;
mod decide;
mod health;
mod held;
mod look;
mod merge;
mod planned;
mod quarantine;
mod requests;
mod stream;

use serde::Serialize;

use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;

pub use alone::{Probes, hear_alone};
pub use amend::amend;
pub use border::{EvidenceError, PlatformSeries, ServiceSeries, Whence, planned, split, split_of};
pub use health::{Health, health};
pub(crate) use held::Court;
pub use held::{Grounds, Seen};
pub use look::{HeldTick, Look, Rows, VoidReason, Voided};
pub use planned::{Planned, Used};
pub use requests::{Requests, Windows};
pub(crate) use stream::hear_before;
pub use stream::{Obtained, Quarantined, Stream, Testimony, Track, VoidStretch, hear};

/// What a tick says, once decided. Void ticks say nothing and are no evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Said {
    /// It worked.
    Good,
    /// It failed, then worked at a retry: good for runs of ticks, failing for shares.
    Flicker,
    /// It did not work.
    Bad,
}

/// One tick, or a quiet stretch of good base ticks, of one agent. Intervals are widened by the clock error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// What it says.
    pub said: Said,
    /// Evidence of the first (or only) tick's primary attempt.
    pub first: Interval,
    /// Evidence of the last attempt of the last tick that says the same.
    pub last: Interval,
    /// The good evidence of a retry, for a tick that failed first.
    pub recovery: Option<Interval>,
    /// Its first tick.
    pub first_tick: Timestamp,
    /// Its last tick; those between lie evenly.
    pub last_tick: Timestamp,
    /// How many ticks it stands for, at least 1.
    pub ticks: u32,
    /// How many of them belong to the base grid.
    pub base: u32,
    /// Good, but slow.
    pub slow: bool,
    /// Why it was not good.
    pub class: Option<Class>,
    /// The base spacing *T* of its schedule.
    pub spacing: Millis,
}

impl Evidence {
    /// Whether it counts as failing in shares.
    pub fn is_failing(&self) -> bool {
        self.said != Said::Good
    }

    /// Whether it is nothing but good.
    pub fn is_quiet(&self) -> bool {
        self.said == Said::Good && !self.slow
    }

    /// Its first good evidence, if any: its own, or that of a retry.
    pub fn first_good(&self) -> Option<Interval> {
        match self.said {
            Said::Good => Some(self.first),
            Said::Flicker | Said::Bad => self.recovery,
        }
    }

    /// Its last good evidence, if any.
    pub fn last_good(&self) -> Option<Interval> {
        match self.said {
            Said::Good => Some(self.last),
            Said::Flicker | Said::Bad => self.recovery,
        }
    }

    /// Where its last evidence of any kind ends.
    pub fn end(&self) -> Timestamp {
        let recovered = self.recovery.map_or(self.last.end, |good| good.end);
        recovered.max(self.last.end)
    }
}
