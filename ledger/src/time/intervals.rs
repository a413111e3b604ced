//! Sets of instants as sorted, disjoint, non-touching intervals.

use super::{Interval, Millis, Timestamp};

/// A set of instants, kept as sorted intervals that neither overlap nor touch.
///
/// Union, intersection and difference are linear in the number of intervals; measures are exact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intervals(Vec<Interval>);

impl Intervals {
    /// The intervals, oldest first.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Interval> + '_ {
        self.0.iter().copied()
    }

    /// Whether no instant lies inside.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The total length: the measure of the union, never a sum of overlapping parts.
    pub fn measure(&self) -> Millis {
        self.iter().map(Interval::length).sum()
    }

    /// Whether `at` lies inside.
    pub fn contains(&self, at: Timestamp) -> bool {
        let after = self.0.partition_point(|interval| interval.start <= at);
        after > 0 && self.0[after - 1].contains(at)
    }

    /// The interval that `at` lies in.
    pub fn around(&self, at: Timestamp) -> Option<Interval> {
        let after = self.0.partition_point(|interval| interval.start <= at);
        let before = self.0[..after].last()?;
        before.contains(at).then_some(*before)
    }

    /// How much of the set lies in `window`.
    pub fn measure_in(&self, window: Interval) -> Millis {
        let from = self
            .0
            .partition_point(|interval| interval.end <= window.start);
        let inside = self.0[from..]
            .iter()
            .take_while(|interval| interval.start < window.end);
        let parts = inside.filter_map(|interval| interval.intersect(window));
        parts.map(Interval::length).sum()
    }

    /// How much of the set lies in each of `windows`.
    pub fn measures(&self, windows: impl IntoIterator<Item = Interval>) -> Vec<Millis> {
        windows
            .into_iter()
            .map(|window| self.measure_in(window))
            .collect()
    }

    /// Instants in either set.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.iter().chain(other.iter()).collect()
    }

    /// Instants in both sets.
    #[must_use]
    pub fn intersect(&self, other: &Self) -> Self {
        let (mut left, mut right, mut common) = (0, 0, Vec::new());
        while let (Some(a), Some(b)) = (self.0.get(left), other.0.get(right)) {
            common.extend(a.intersect(*b));
            if a.end <= b.end {
                left += 1;
            } else {
                right += 1;
            }
        }
        Self(common)
    }

    /// Instants in this set and not in `other`.
    #[must_use]
    pub fn subtract(&self, other: &Self) -> Self {
        let mut kept = Vec::new();
        let mut holes = other.0.iter().copied().peekable();
        for interval in self.iter() {
            let mut start = interval.start;
            while holes.next_if(|hole| hole.end <= start).is_some() {}
            let mut ahead = holes.clone();
            while let Some(hole) = ahead.next_if(|hole| hole.start < interval.end) {
                kept.push(Interval::new(start, hole.start));
                start = start.max(hole.end);
            }
            kept.push(Interval::new(start, interval.end));
        }
        kept.retain(|interval| !interval.is_empty());
        Self(kept)
    }

    /// The part inside `window`.
    #[must_use]
    pub fn within(&self, window: Interval) -> Self {
        self.intersect(&Self::from_iter([window]))
    }
}

impl FromIterator<Interval> for Intervals {
    fn from_iter<I: IntoIterator<Item = Interval>>(intervals: I) -> Self {
        let mut sorted: Vec<Interval> = intervals
            .into_iter()
            .filter(|interval| !interval.is_empty())
            .collect();
        sorted.sort_unstable();
        let mut merged: Vec<Interval> = Vec::with_capacity(sorted.len());
        for interval in sorted {
            match merged.last_mut() {
                Some(last) if interval.start <= last.end => last.end = last.end.max(interval.end),
                _ => merged.push(interval),
            }
        }
        Self(merged)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set() -> impl Strategy<Value = Intervals> {
        prop::collection::vec((0..200_i64, 0..20_i64), 0..12).prop_map(|parts| {
            parts
                .into_iter()
                .map(|(start, length)| Interval::new(Timestamp(start), Timestamp(start + length)))
                .collect()
        })
    }

    proptest! {
        #[test]
        fn set_algebra_agrees_with_membership(a in set(), b in set(), at in -5..230_i64) {
            let at = Timestamp(at);
            prop_assert_eq!(a.union(&b).contains(at), a.contains(at) || b.contains(at));
            prop_assert_eq!(a.intersect(&b).contains(at), a.contains(at) && b.contains(at));
            prop_assert_eq!(a.subtract(&b).contains(at), a.contains(at) && !b.contains(at));
        }

        #[test]
        fn measures_add_up(a in set(), b in set()) {
            prop_assert_eq!(a.intersect(&b).measure() + a.subtract(&b).measure(), a.measure());
            prop_assert_eq!(a.union(&b).measure() + a.intersect(&b).measure(), a.measure() + b.measure());
        }
    }
}
