//! Days of single series as they stand in the file: plain values, because what a state is, is decided further on.

use crate::name::Name;
use crate::record::Agent;
use crate::time::{Millis, Timestamp};

/// A stretch of time of one series, parted without rest: up, degraded, down (the estimate) and unknown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Worked.
    pub up: Millis,
    /// Worked slowly or not always.
    pub degraded: Millis,
    /// Down: at least, best estimate, at most.
    pub down: [Millis; 3],
    /// Nobody could look.
    pub unknown: Millis,
}

/// A civil day, or the settled part of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DaySums {
    /// The first instant of its month.
    pub month: Timestamp,
    /// Its place in the month, 1 to 31.
    pub day: u8,
    /// What it comes to.
    pub sums: Sums,
}

/// What was settled of one probe since the last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Until {
    /// The probe.
    pub probe: Name,
    /// Where the settled time ends.
    pub until: Timestamp,
    /// The new time by day; the first one may go on with a day that was begun before.
    pub days: Vec<DaySums>,
}

/// What is kept of one series inside a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Who looked.
    pub agent: Agent,
    /// Through what.
    pub probe: Name,
    /// The kept time ends here, or with the period.
    pub until: Timestamp,
    /// Where all that is kept ends. What came up to there decided it.
    pub settled: Timestamp,
    /// The sum of the kept time inside the period; `None` if there is none.
    pub sums: Option<Sums>,
}

impl Sums {
    /// What is known: up, degraded and down.
    pub fn known(&self) -> Millis {
        self.up + self.degraded + self.down[1]
    }

    /// The whole.
    pub fn length(&self) -> Millis {
        self.known() + self.unknown
    }
}

impl std::ops::AddAssign for Sums {
    fn add_assign(&mut self, other: Self) {
        self.up += other.up;
        self.degraded += other.degraded;
        self.unknown += other.unknown;
        for (mine, other) in self.down.iter_mut().zip(other.down) {
            *mine += other;
        }
    }
}
