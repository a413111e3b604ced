//! From instants and values to pixels.

use ledger::time::{Interval, Intervals, Timestamp};

use super::Px;

/// Time along the x axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeScale {
    /// What is shown; not empty.
    pub window: Interval,
    /// Where the window starts.
    pub left: Px,
    /// Where it ends.
    pub right: Px,
}

/// A value along an axis from zero, linear and in whole numbers.
#[derive(Clone, Copy, Debug)]
pub struct LinearScale {
    /// The value at `end`; at least 1.
    pub max: i64,
    /// Where zero is.
    pub zero: Px,
    /// Where `max` is.
    pub end: Px,
}

/// A value along an axis between two values, linear and in whole numbers.
#[derive(Clone, Copy, Debug)]
pub struct RangeScale {
    /// The value at `start`.
    pub min: i64,
    /// The value at `end`, above `min`.
    pub max: i64,
    /// Where `min` is.
    pub start: Px,
    /// Where `max` is.
    pub end: Px,
}

/// A positive value along a logarithmic axis.
#[derive(Clone, Copy, Debug)]
pub struct LogScale {
    /// The value at `start`, above zero.
    pub min: f64,
    /// The value at `end`, above `min`.
    pub max: f64,
    /// Where `min` is.
    pub start: Px,
    /// Where `max` is.
    pub end: Px,
}

impl TimeScale {
    /// The place of `at`, which is brought into the window first.
    pub fn x(&self, at: Timestamp) -> Px {
        let at = at.clamp(self.window.start, self.window.end);
        let length = self.window.length().0.max(1);
        between(self.left, self.right, (at - self.window.start).0, length)
    }
}

impl TimeScale {
    /// A set of instants as stretches of pixels, oldest first: each at least one wide, joined where less than three lie
    /// between, so that there are never more than a drawing can carry.
    pub fn runs(&self, set: &Intervals) -> Vec<(Px, Px)> {
        let mut runs: Vec<(Px, Px)> = Vec::new();
        for seen in set.within(self.window).iter() {
            let (from, to) = (self.x(seen.start), self.x(seen.end));
            let from = from.min(self.right - Px(1));
            let to = to.max(from + Px(1));
            match runs.last_mut() {
                Some(last) if from - last.1 < Px(3) => last.1 = last.1.max(to),
                _ => runs.push((from, to)),
            }
        }
        runs
    }
}

impl LinearScale {
    /// The place of `value`, which is brought into the range first.
    pub fn place(&self, value: i64) -> Px {
        between(self.zero, self.end, value.clamp(0, self.max), self.max)
    }
}

impl RangeScale {
    /// The place of `value`, which is brought into the range first.
    pub fn place(&self, value: i64) -> Px {
        let part = value.clamp(self.min, self.max) - self.min;
        between(self.start, self.end, part, self.max - self.min)
    }
}

impl LogScale {
    /// The place of `value`, which is brought into the range first.
    pub fn place(&self, value: f64) -> Px {
        let share = (value.clamp(self.min, self.max) / self.min).ln() / (self.max / self.min).ln();
        let length = f64::from(self.end.0 - self.start.0);
        self.start + Px(round(length * share))
    }
}

/// `part / whole` of the way between two places, rounded to the nearest pixel.
fn between(from: Px, to: Px, part: i64, whole: i64) -> Px {
    let length = i128::from(to.0 - from.0);
    let (part, whole) = (i128::from(part), i128::from(whole));
    let moved = (2 * length * part + whole).div_euclid(2 * whole);
    from + Px(i32::try_from(moved).unwrap_or(to.0))
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a share of a drawing's width in pixels, far inside i32"
)]
fn round(pixels: f64) -> i32 {
    pixels.round() as i32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_maps_to_pixels_and_stays_inside() {
        let scale = TimeScale {
            window: Interval::new(Timestamp(0), Timestamp(1_000)),
            left: Px(100),
            right: Px(200),
        };
        for (at, x) in [(0, 100), (505, 151), (1_000, 200), (-5, 100), (9_999, 200)] {
            assert_eq!(scale.x(Timestamp(at)), Px(x), "{at}");
        }
    }

    #[test]
    fn a_decade_is_as_wide_as_the_next() {
        let scale = LogScale {
            min: 1.0,
            max: 1_000.0,
            start: Px(0),
            end: Px(300),
        };
        for (value, x) in [
            (1.0, 0),
            (10.0, 100),
            (100.0, 200),
            (1_000.0, 300),
            (0.5, 0),
        ] {
            assert_eq!(scale.place(value), Px(x), "{value}");
        }
    }

    #[test]
    fn linear_scales_run_both_ways() {
        let scale = LinearScale {
            max: 4,
            zero: Px(200),
            end: Px(100),
        };
        assert_eq!((scale.place(0), scale.place(1)), (Px(200), Px(175)));
    }
}
