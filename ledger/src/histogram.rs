//! Latency distributions: the buckets of an `HdrHistogram` of 1 µs to 60 s with 2 digits, kept sparse and packed tightly.

mod bits;
mod codec;
mod counts;
mod pace;
mod sheet;

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::attempt::{Attempt, Kind};
use crate::name::Name;
use crate::phases::{Micros, Phase};
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Verdict;

pub use codec::HistogramError;
pub use counts::Counts;
pub use pace::Pace;
pub use sheet::{Sheet, Wanted};

/// How often each latency was seen. Latencies are bucket edges already (see [`Micros`]), so merging loses nothing.
///
/// Sorted pairs and no map: most are read once, merged once and asked once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distribution(Vec<(Micros, u64)>);

/// What was measured.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// From the due instant to the landing assertion: what a person waited (open loop).
    Total,
    /// One phase of one step.
    Phase {
        /// The step's name in the plan.
        step: Name,
        /// Which phase.
        phase: Phase,
    },
}

/// Which attempts are in a distribution. Base ticks only, in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// Good primary attempts.
    Success,
    /// Also bad ones, as if they had taken the whole deadline *D*. Kept of [`Measure::Total`] alone.
    Experienced,
}

/// A share of all values, such as 99.9 %, in millionths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantile(pub u32);

/// Whose distribution, of what, and over which stretch of time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The probe.
    pub probe: Name,
    /// What was measured.
    pub measure: Measure,
    /// Which attempts.
    pub view: View,
    /// When the ticks were.
    pub slice: Slice,
}

/// A stretch of time by its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slice {
    /// How long it is.
    pub span: Span,
    /// Its first instant.
    pub start: Timestamp,
}

/// How long a [`Slice`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// A UTC hour, or the part of one that was asked for.
    Hour,
    /// A civil day of some zone: 23 to 25 hours, mostly.
    Day,
    /// A civil month of some zone.
    Month,
}

/// The distributions of one agent that are open, by key.
pub type Open = BTreeMap<Key, Distribution>;

const HOUR: i64 = 3_600_000;

/// How many times as many values another has of which each is looked up, instead of both being walked.
const FEW: usize = 8;

/// The UTC hour in which an instant lies.
pub fn hour_of(at: Timestamp) -> Interval {
    let start = Timestamp(at.0.div_euclid(HOUR) * HOUR);
    Interval::new(start, start + Millis(HOUR))
}

/// Counts an attempt in all its distributions over `slice`. `pace` is the probe's.
///
/// Only primary attempts of base ticks count. A bad one is in no distribution of what succeeded; in what was
/// experienced it waited for the deadline or for as long as it took, whichever is longer (semantics §10). A tick that
/// was skipped because the attempt still ran waited from its own instant on ([`Pace::waits`]).
pub fn record(open: &mut Open, attempt: &Attempt, pace: Pace, slice: Slice) {
    measure(attempt, pace, |measured, view, latency| {
        let key = Key {
            probe: attempt.probe.clone(),
            measure: measured.into(),
            view,
            slice,
        };
        open.entry(key).or_default().record(latency, 1);
    });
}

/// A [`Measure`] whose step is lent by the attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measured<'a> {
    /// See [`Measure::Total`].
    Total,
    /// See [`Measure::Phase`].
    Phase(&'a Name, Phase),
}

impl Measured<'_> {
    /// Whether it is a value of that measure.
    pub fn is(self, measure: &Measure) -> bool {
        match (self, measure) {
            (Self::Total, Measure::Total) => true,
            (Self::Phase(own, one), Measure::Phase { step, phase }) => one == *phase && own == step,
            _ => false,
        }
    }
}

impl From<Measured<'_>> for Measure {
    fn from(measured: Measured<'_>) -> Self {
        match measured {
            Measured::Total => Self::Total,
            Measured::Phase(step, phase) => Self::Phase {
                step: step.clone(),
                phase,
            },
        }
    }
}

/// Gives all that [`record`] counts of an attempt to `add`.
pub fn measure<'a>(
    attempt: &'a Attempt,
    pace: Pace,
    mut add: impl FnMut(Measured<'a>, View, Micros),
) {
    if attempt.kind != Kind::Base {
        return;
    }
    match attempt.verdict {
        Verdict::Good => {
            for total in attempt
                .total
                .into_iter()
                .flat_map(|total| pace.waits(total))
            {
                add(Measured::Total, View::Success, total);
                add(Measured::Total, View::Experienced, total);
            }
            for step in &attempt.steps {
                for phase in Phase::ALL {
                    if let Some(latency) = step.phases.of(phase) {
                        add(Measured::Phase(&step.step, phase), View::Success, latency);
                    }
                }
            }
        }
        Verdict::Bad => {
            let waited = Micros::measured((attempt.end - attempt.due).to_std());
            for waited in pace.waits(waited) {
                add(Measured::Total, View::Experienced, pace.failed(waited));
            }
        }
        Verdict::Void | Verdict::Held => {}
    }
}

impl Distribution {
    /// Adds `count` values.
    pub fn record(&mut self, latency: Micros, count: u64) {
        match self.0.binary_search_by_key(&latency, |(known, _)| *known) {
            Ok(at) => self.0[at].1 = self.0[at].1.saturating_add(count),
            Err(at) => self.0.insert(at, (latency, count)),
        }
    }

    /// Adds all values of `other`; in any order of merging the result is the same.
    pub fn merge(&mut self, other: &Self) {
        if self.0.is_empty() {
            self.0.clone_from(&other.0);
            return;
        }
        // An hour into a month: few values, which the month has nearly all.
        if other.0.len() * FEW <= self.0.len() {
            for (latency, count) in &other.0 {
                self.record(*latency, *count);
            }
            return;
        }
        let mine = std::mem::take(&mut self.0);
        self.0.reserve(mine.len().max(other.0.len()));
        let (mut mine, mut theirs) = (mine.into_iter().peekable(), other.0.iter().peekable());
        while let (Some(left), Some(right)) = (mine.peek(), theirs.peek()) {
            let (left, right) = (*left, **right);
            if left.0 <= right.0 {
                mine.next();
            }
            if right.0 <= left.0 {
                theirs.next();
            }
            self.0.push(match left.0.cmp(&right.0) {
                Ordering::Less => left,
                Ordering::Equal => (left.0, left.1.saturating_add(right.1)),
                Ordering::Greater => right,
            });
        }
        self.0.extend(mine);
        self.0.extend(theirs);
    }

    /// What is left of it without the values of `other`.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        let mut theirs = other.0.iter().peekable();
        let mut left = |(latency, count): (Micros, u64)| {
            while theirs.next_if(|(other, _)| *other < latency).is_some() {}
            let gone = theirs.next_if(|(other, _)| *other == latency);
            let rest = count.saturating_sub(gone.map_or(0, |(_, gone)| *gone));
            (rest > 0).then_some((latency, rest))
        };
        Self(self.iter().filter_map(&mut left).collect())
    }

    /// How many values there are, *n*.
    pub fn count(&self) -> u64 {
        self.iter()
            .map(|(_, count)| count)
            .fold(0, u64::saturating_add)
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The latencies and how often each was seen, shortest first.
    pub fn iter(&self) -> impl Iterator<Item = (Micros, u64)> + '_ {
        self.0.iter().copied()
    }

    /// The shortest latency.
    pub fn min(&self) -> Option<Micros> {
        self.0.first().map(|(latency, _)| *latency)
    }

    /// The longest latency.
    pub fn max(&self) -> Option<Micros> {
        self.0.last().map(|(latency, _)| *latency)
    }

    /// The nearest-rank quantile *q*: the smallest value *v* with count(≤ *v*) ≥ ⌈*q·n*⌉ (semantics §10).
    ///
    /// `None` if there are too few values to speak of it: *n* < 1/(1 − *q*).
    pub fn quantile(&self, q: Quantile) -> Option<Micros> {
        let n = u128::from(self.count());
        let (q, one) = (u128::from(q.0), u128::from(Quantile::ONE.0));
        if n == 0 || n * one.saturating_sub(q) < one {
            return None;
        }
        let rank = (n * q).div_ceil(one).max(1);
        let mut below = 0;
        self.iter().find_map(|(latency, count)| {
            below += u128::from(count);
            (below >= rank).then_some(latency)
        })
    }
}

impl Quantile {
    /// The median.
    pub const MEDIAN: Self = Self(500_000);
    /// 90 %.
    pub const P90: Self = Self(900_000);
    /// 95 %.
    pub const P95: Self = Self(950_000);
    /// 99 %.
    pub const P99: Self = Self(990_000);
    /// 99.9 %.
    pub const P999: Self = Self(999_000);
    const ONE: Self = Self(1_000_000);
}

impl Slice {
    /// The UTC hour in which an instant lies.
    pub fn hour_of(at: Timestamp) -> Self {
        Self {
            span: Span::Hour,
            start: hour_of(at).start,
        }
    }
}

impl Span {
    /// The name used in the record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Month => "month",
        }
    }
}

impl View {
    /// The name used in the record.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Experienced => "experienced",
        }
    }
}

impl FromIterator<Micros> for Distribution {
    fn from_iter<I: IntoIterator<Item = Micros>>(latencies: I) -> Self {
        let mut sorted: Vec<(Micros, u64)> = latencies.into_iter().map(|one| (one, 1)).collect();
        sorted.sort_unstable();
        sorted.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            kept.1 += u64::from(same);
            same
        });
        Self(sorted)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn latencies() -> impl Strategy<Value = Vec<Micros>> {
        prop::collection::vec((1..=Micros::MAX).prop_map(Micros::cut), 0..400)
    }

    proptest! {
        #[test]
        fn quantiles_are_those_of_the_sorted_values(mut latencies in latencies(), q in 0_u32..1_000_000) {
            let distribution: Distribution = latencies.iter().copied().collect();
            latencies.sort_unstable();
            let n = u64::try_from(latencies.len()).expect("few");
            let rank = usize::try_from((n * u64::from(q)).div_ceil(1_000_000).max(1)).expect("few");
            let enough = n * u64::from(1_000_000 - q) >= 1_000_000;
            let expected = enough.then(|| latencies[rank - 1]);
            prop_assert_eq!(distribution.quantile(Quantile(q)), expected);
        }

        #[test]
        fn merging_is_counting_together(left in latencies(), right in latencies()) {
            let mut merged: Distribution = left.iter().copied().collect();
            merged.merge(&right.iter().copied().collect());
            let together: Distribution = right.iter().chain(&left).copied().collect();
            prop_assert_eq!(&merged, &together);
            let left: Distribution = left.into_iter().collect();
            prop_assert_eq!(merged.without(&right.into_iter().collect()), left);
        }
    }

    fn distributions() -> impl Strategy<Value = Vec<Distribution>> {
        let values = prop::collection::vec((1..=Micros::MAX).prop_map(Micros::cut), 0..60);
        let values = values.prop_map(|values| values.into_iter().collect());
        prop::collection::vec(values, 2..6)
    }

    fn merged<'a>(parts: impl IntoIterator<Item = &'a Distribution>) -> Distribution {
        let mut whole = Distribution::default();
        for part in parts {
            whole.merge(part);
        }
        whole
    }

    proptest! {
        #[test]
        fn p34_merging_is_associative_and_commutative(parts in distributions(), cut in 0..6_usize) {
            let (left, right) = parts.split_at(cut.min(parts.len()));
            let whole = merged(&parts);
            prop_assert_eq!(&merged([&merged(left), &merged(right)]), &whole);
            prop_assert_eq!(merged(parts.iter().rev()), whole);
        }

        #[test]
        fn p34_a_quantile_of_the_whole_lies_between_those_of_its_parts(parts in distributions(), q in 0_u32..1_000_000) {
            let q = Quantile(q);
            let quantiles: Vec<Micros> = parts.iter().filter_map(|part| part.quantile(q)).collect();
            // Only where every part has one: a part that is too small to be asked is in the whole all the same.
            prop_assume!(quantiles.len() == parts.len());
            let whole = merged(&parts).quantile(q).expect("there are more values than in any part");
            prop_assert!(quantiles.iter().min().copied() <= Some(whole));
            prop_assert!(Some(whole) <= quantiles.iter().max().copied());
        }

        #[test]
        fn p34_the_error_is_less_than_a_bucket(mut raw in prop::collection::vec(1..=Micros::MAX, 1..300), q in 0_u32..1_000_000) {
            let distribution: Distribution = raw.iter().copied().map(Micros::cut).collect();
            raw.sort_unstable();
            let n = u64::try_from(raw.len()).expect("few");
            let rank = usize::try_from((n * u64::from(q)).div_ceil(1_000_000).max(1)).expect("few");
            let truth = raw[rank - 1];
            if let Some(found) = distribution.quantile(Quantile(q)) {
                let width = (truth / 128).max(1);
                prop_assert!(found.get() <= truth && truth - found.get() < width, "{truth} became {}", found.get());
            }
        }
    }

    #[test]
    fn a_quantile_needs_enough_values() {
        let hundred: Distribution = (1..=100).map(Micros::cut).collect();
        assert_eq!(hundred.quantile(Quantile::P99), Some(Micros::cut(99)));
        assert_eq!(hundred.quantile(Quantile::P999), None, "1,000 are needed");
        assert_eq!(Distribution::default().quantile(Quantile::MEDIAN), None);
    }
}
