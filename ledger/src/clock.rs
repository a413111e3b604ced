//! What an agent's clock is worth: how far it can be off, for how long that holds, and what follows (semantics §8).
//!
//! An offset is the reference's clock less ours. It is never known, but it lies between two bounds, which age: whatever
//! is rounded is rounded so that they part, never so that they meet.

use crate::time::{Interval, Millis, Timestamp};

/// A wall clock that was set by more than this is known by nothing that was known before.
pub const STEP: Millis = Millis(500);

/// An error above this is worth a warning.
pub const WARN: Millis = Millis(2_000);

/// The error that an agent assumes until somebody has told it the time. One that asks nobody assumes none.
pub const ASSUMED: Millis = Millis(1_000);

/// How fast two clocks can part, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Drift(pub u32);

/// The four instants of one exchange. All are cut to whole milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exchange {
    /// t0: when we asked, by our clock.
    pub asked: Timestamp,
    /// t1: when the reference heard it, by its clock.
    pub heard: Timestamp,
    /// t2: when it answered, by its clock.
    pub answered: Timestamp,
    /// t3: when we had the answer, by our clock.
    pub back: Timestamp,
}

/// The reference's clock less ours lies in `low..=high`, as of `at` by our clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Offset {
    low: Millis,
    high: Millis,
    at: Timestamp,
}

/// What a result is worth whose clock can be off by so much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// Its evidence is widened by the error.
    Fine,
    /// Likewise, and somebody should look after the clock.
    Warned,
    /// It cannot be told which tick it belongs to: it says nothing.
    Void,
}

/// What becomes of a result that has come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arrival {
    /// It may be judged.
    Taken,
    /// It says that it was made in the future. It is kept, and counts for nothing before this instant.
    Quarantined(Timestamp),
}

/// What is known of a clock, from all exchanges since it was last set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sync {
    drift: Drift,
    known: Option<Offset>,
}

impl Drift {
    /// A poor crystal.
    pub const POOR: Self = Self(200);

    /// How far two clocks can have parted after `age`, rounded up; nothing for the time before.
    pub fn after(self, age: Millis) -> Millis {
        let age = u64::try_from(age.0).unwrap_or(0);
        let parted = u128::from(age) * u128::from(self.0);
        Millis(i64::try_from(parted.div_ceil(1_000_000)).unwrap_or(i64::MAX))
    }
}

impl Offset {
    /// What an exchange tells: `t2 − t3..=t1 − t0`, wider by a millisecond on both sides for the cut instants, and by
    /// what the clocks can have parted meanwhile.
    ///
    /// Its middle is θ = ((t1 − t0) + (t2 − t3))/2, half its width RTT/2. `None` if a clock ran backwards meanwhile.
    pub fn of(exchange: &Exchange, drift: Drift) -> Option<Self> {
        let Exchange {
            asked,
            heard,
            answered,
            back,
        } = *exchange;
        let (ours, theirs) = (back - asked + Millis(1), answered - heard);
        let possible = asked <= back && heard <= answered && theirs <= ours;
        let doubt = Millis(1) + drift.after(ours);
        possible.then(|| Self {
            low: answered - back - doubt,
            high: heard - asked + doubt,
            at: back,
        })
    }

    /// What one reading of the reference's clock tells, known to lie in `read`, taken in `meanwhile` by our clock.
    ///
    /// Both are whole stretches: of a clock that shows seconds, `read` is the second.
    pub fn read(read: Interval, meanwhile: Interval) -> Self {
        Self {
            low: read.start - meanwhile.end,
            high: read.end - meanwhile.start,
            at: meanwhile.end,
        }
    }

    /// The same, as well as it is known at `now`.
    #[must_use]
    pub fn aged(self, now: Timestamp, drift: Drift) -> Self {
        let parted = drift.after(now - self.at);
        Self {
            low: self.low - parted,
            high: self.high + parted,
            at: self.at.max(now),
        }
    }

    /// What both tell together, as of the newer one; the newer one alone if they contradict each other, because then
    /// a clock was set.
    #[must_use]
    pub fn narrowed(self, newer: Self, drift: Drift) -> Self {
        let old = self.aged(newer.at, drift);
        let both = Self {
            low: old.low.max(newer.low),
            high: old.high.min(newer.high),
            at: newer.at,
        };
        if both.low <= both.high { both } else { newer }
    }

    /// θ: the middle, rounded down.
    pub fn estimate(self) -> Millis {
        Millis((self.low.0 + self.high.0).div_euclid(2))
    }

    /// ε: how far the truth can be from [`Self::estimate`].
    pub fn error(self) -> Millis {
        let estimate = self.estimate();
        (self.high - estimate).max(estimate - self.low)
    }

    /// How far our clock can be off if nothing is corrected.
    pub fn largest(self) -> Millis {
        Millis(self.low.0.abs().max(self.high.0.abs()))
    }

    /// Where evidence lies by the reference's clock: t + θ, widened by ε.
    pub fn correct(self, evidence: Interval) -> Interval {
        Interval::new(evidence.start + self.low, evidence.end + self.high)
    }

    /// The same after our clock was set forwards by `step`, which is exact to a millisecond.
    fn stepped(self, step: Millis) -> Self {
        Self {
            low: self.low - step - Millis(1),
            high: self.high - step + Millis(1),
            at: self.at + step,
        }
    }
}

impl Sync {
    /// Nothing is known yet.
    pub const fn new(drift: Drift) -> Self {
        Self { drift, known: None }
    }

    /// Takes an exchange in. False if it tells nothing, because a clock ran backwards meanwhile.
    pub fn hear(&mut self, exchange: &Exchange) -> bool {
        let drift = self.drift;
        let newer = Offset::of(exchange, drift);
        if let Some(newer) = newer {
            let known = self.known.map(|known| known.narrowed(newer, drift));
            self.known = Some(known.unwrap_or(newer));
        }
        newer.is_some()
    }

    /// Our wall clock moved by `step` against the monotonic one. True if the clocks must be compared anew.
    pub fn stepped(&mut self, step: Millis) -> bool {
        if step.0.abs() > STEP.0 {
            self.known = None;
        }
        self.known = self.known.map(|known| known.stepped(step));
        self.known.is_none()
    }

    /// The offset, as well as it is known at `now`; `None` if nothing is known since the clock was set.
    pub fn at(&self, now: Timestamp) -> Option<Offset> {
        self.known.map(|known| known.aged(now, self.drift))
    }
}

impl Trust {
    /// Of a clock that can be off by `error`, for ticks every `spacing`.
    pub fn of(error: Millis, spacing: Millis) -> Self {
        if error + error > spacing {
            Self::Void
        } else if error > WARN {
            Self::Warned
        } else {
            Self::Fine
        }
    }
}

impl Arrival {
    /// Of a result whose evidence begins at `begun` at the earliest, by the clock that shows `now`.
    pub fn of(begun: Timestamp, now: Timestamp) -> Self {
        if begun < now {
            Self::Taken
        } else {
            Self::Quarantined(begun + Millis(1))
        }
    }
}

#[cfg(test)]
mod tests;
