//! Instants, durations and intervals: integer milliseconds UTC, half-open.

use std::fmt;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use serde::{Deserialize, Serialize};

mod intervals;

pub use intervals::Intervals;

/// An instant: milliseconds since 1970-01-01T00:00:00Z, without leap seconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// A signed length of time in whole milliseconds.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Millis(pub i64);

/// All instants `t` with `start <= t < end`; empty if `start == end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Interval {
    /// The first instant inside.
    pub start: Timestamp,
    /// The first instant after; never before `start`.
    pub end: Timestamp,
}

impl Timestamp {
    /// The same instant for civil-time work.
    ///
    /// # Panics
    /// If the instant lies outside the years -9999 to 9999, which no clock or parser of ours can produce.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0)
            .expect("instants come from clocks and parsers limited to year 9999")
    }

    /// Cuts a civil-time instant to whole milliseconds, towards the past.
    pub fn from_jiff(at: jiff::Timestamp) -> Self {
        Self(at.as_millisecond() - i64::from(at.subsec_nanosecond() % 1_000_000 < 0))
    }
}

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// `seconds` as milliseconds.
    pub const fn from_secs(seconds: i64) -> Self {
        Self(seconds * 1_000)
    }

    /// `minutes` as milliseconds.
    pub const fn from_mins(minutes: i64) -> Self {
        Self(minutes * 60_000)
    }

    /// A standard duration, cut to whole milliseconds; saturates at `i64::MAX`.
    pub fn from_std(duration: std::time::Duration) -> Self {
        Self(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX))
    }

    /// As a standard duration; negative lengths become zero.
    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_millis(u64::try_from(self.0).unwrap_or(0))
    }
}

impl Interval {
    /// The interval from `start` to `end`; empty at `start` if `end` lies before it.
    pub fn new(start: Timestamp, end: Timestamp) -> Self {
        Self {
            start,
            end: end.max(start),
        }
    }

    /// Its length, never negative.
    pub fn length(self) -> Millis {
        self.end - self.start
    }

    /// Whether no instant lies inside.
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// Whether `at` lies inside.
    pub fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// The common part, or `None` if it would be empty.
    pub fn intersect(self, other: Self) -> Option<Self> {
        let common = Self {
            start: self.start.max(other.start),
            end: self.end.min(other.end),
        };
        (common.start < common.end).then_some(common)
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds, such as `2018-12-14T22:15:00.000Z`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

impl Add<Millis> for Timestamp {
    type Output = Self;
    fn add(self, length: Millis) -> Self {
        Self(self.0 + length.0)
    }
}

impl Sub<Millis> for Timestamp {
    type Output = Self;
    fn sub(self, length: Millis) -> Self {
        Self(self.0 - length.0)
    }
}

impl Sub for Timestamp {
    type Output = Millis;
    fn sub(self, earlier: Self) -> Millis {
        Millis(self.0 - earlier.0)
    }
}

impl Add for Millis {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl AddAssign for Millis {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl Sub for Millis {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl SubAssign for Millis {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl Neg for Millis {
    type Output = Self;
    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl std::iter::Sum for Millis {
    fn sum<I: Iterator<Item = Self>>(lengths: I) -> Self {
        lengths.fold(Self::ZERO, Add::add)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_print_as_rfc_3339_with_milliseconds() {
        assert_eq!(
            Timestamp(1_544_825_700_000).to_string(),
            "2018-12-14T22:15:00.000Z"
        );
        assert_eq!(Timestamp(-1).to_string(), "1969-12-31T23:59:59.999Z");
    }

    #[test]
    fn intervals_are_half_open() {
        let hour = Interval::new(Timestamp(0), Timestamp(3_600_000));
        assert!(hour.contains(Timestamp(0)) && !hour.contains(Timestamp(3_600_000)));
        let next = Interval::new(Timestamp(3_600_000), Timestamp(7_200_000));
        assert_eq!(hour.intersect(next), None, "neighbours share no instant");
    }

    #[test]
    fn instants_survive_the_way_to_civil_time_and_back() {
        for at in [-86_400_001, -1, 0, 1, 1_544_825_700_123] {
            assert_eq!(
                Timestamp::from_jiff(Timestamp(at).to_jiff()),
                Timestamp(at),
                "{at}"
            );
        }
    }
}
