//! What is known of a clock, and what that makes of the instants it gave (semantics §8).

use serde::{Deserialize, Serialize};

use crate::time::{Interval, Millis, Timestamp};

/// A clock held against true time: θ and ε of semantics §8.
///
/// `offset` is what is *added* to an instant of that clock: above zero if the clock was behind, below if it was ahead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockOffset {
    /// θ: true time less the clock's time.
    pub offset: Millis,
    /// ε: how far off θ may be, to both sides; not below zero.
    pub error: Millis,
}

impl ClockOffset {
    /// The best true instant: t + θ.
    pub fn correct(self, at: Timestamp) -> Timestamp {
        at + self.offset
    }

    /// An interval moved by θ, its length kept: lengths are of a monotonic clock.
    pub fn moved(self, interval: Interval) -> Interval {
        Interval::new(self.correct(interval.start), self.correct(interval.end))
    }

    /// Where the truth lies for certain: moved by θ and widened by ε to both sides.
    pub fn widened(self, interval: Interval) -> Interval {
        let moved = self.moved(interval);
        Interval::new(moved.start - self.error, moved.end + self.error)
    }

    /// Whether so doubtful a clock makes ticks of this spacing void: ε > T/2.
    pub fn voids(self, spacing: Millis) -> bool {
        self.error + self.error > spacing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(start: i64, end: i64) -> Interval {
        Interval::new(Timestamp(start), Timestamp(end))
    }

    #[test]
    fn p35_a_clock_that_was_behind_gave_instants_that_are_too_early() {
        // True time was 10.000 s when the clock showed 8.000 s.
        let behind = ClockOffset {
            offset: Millis(2_000),
            error: Millis(300),
        };
        assert_eq!(behind.correct(Timestamp(8_000)), Timestamp(10_000));
        assert_eq!(
            behind.widened(interval(8_000, 8_500)),
            interval(9_700, 10_800)
        );
        let ahead = ClockOffset {
            offset: -behind.offset,
            ..behind
        };
        assert_eq!(ahead.correct(Timestamp(12_000)), Timestamp(10_000));
        assert_eq!(
            ahead.moved(interval(12_000, 12_500)),
            interval(10_000, 10_500)
        );
    }

    #[test]
    fn p35_an_error_above_half_a_spacing_voids() {
        let clock = |error| ClockOffset {
            offset: Millis::ZERO,
            error: Millis(error),
        };
        let spacing = Millis::from_secs(60);
        assert!(!clock(30_000).voids(spacing));
        assert!(clock(30_001).voids(spacing));
    }
}
