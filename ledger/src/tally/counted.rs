//! Which downtime counts, and how it falls on days (semantics §7, §8).

use serde::Serialize;

use crate::contract::{Contract, CountMode, Rollup, Rules};
use crate::evidence::Requests;
use crate::name::Name;
use crate::outage::{Bounds, Outage};
use crate::rollup::{Level, Survey, Timeline, View};
use crate::state::State;
use crate::time::{Interval, Intervals, Millis, Timestamp};

use super::Tally;

/// Downtime that counts, with its bounds, as sets with weights: those of each persona for weighted contracts, else of the
/// service.
#[derive(Debug)]
pub(crate) struct Counted {
    parts: Vec<Part>,
    /// What a weight is a share of, at least 1.
    whole: i64,
}

/// A set of instants as the optimist, the best answer and the pessimist see it; each holds the one before.
#[derive(Debug)]
pub(crate) struct Part {
    /// How bad its time is at least.
    pub(crate) least: Least,
    pub(crate) weight: i64,
    pub(crate) lower: Intervals,
    pub(crate) estimate: Intervals,
    pub(crate) upper: Intervals,
}

/// How bad time must be to belong to a set. Time that is worse belongs to it, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Least {
    /// Down.
    Down,
    /// Down for some at least.
    Partial,
    /// Slow, or not always up, at least.
    Degraded,
}

/// Down stretches that are long enough to count, for each of the three answers.
struct Kept {
    lower: Intervals,
    estimate: Intervals,
    upper: Intervals,
}

impl Counted {
    /// What counts of the outages, and of partial and degraded time that has a weight, outside `excluded`.
    ///
    /// An outage shorter than the contract's least counts nothing, judged whole and before any split; each bound is
    /// held against it by itself.
    pub(super) fn new(
        survey: &Survey,
        contract: &Contract,
        outages: &[Outage],
        excluded: &Intervals,
    ) -> Self {
        let kept = Kept::new(survey, contract, outages);
        let counting = Counting {
            rules: &contract.rules,
            excluded,
            unknown: survey
                .service
                .timeline
                .when(|view| view.state == State::Unknown),
        };
        let mut parts = Vec::new();
        let mut add = |weight: i64, level: &Level| {
            let layers = contract.rules.layers();
            parts.extend(layers.into_iter().map(|(share, least)| {
                let part = Part::of(level, least, &kept);
                counting.apply(&part, weight * share)
            }));
        };
        let mut whole = 1;
        if contract.rules.rollup == Rollup::Weighted {
            let weight_of = |name: &Name| {
                let term = contract.personas.iter().find(|term| term.name == *name);
                i64::from(term.map_or(1, |term| term.weight))
            };
            let levels = survey.personas.iter();
            let weights = levels.map(|(name, level)| (weight_of(name), level));
            let weights: Vec<(i64, &Level)> = weights.collect();
            whole = weights.iter().map(|(weight, _)| weight).sum();
            for (weight, level) in weights {
                add(weight, level);
            }
        } else {
            add(1, &survey.service);
        }
        Self {
            parts,
            whole: whole.max(1) * MILLION,
        }
    }

    /// All downtime of one level, whatever the contract makes of it.
    pub(super) fn all_of(level: &Level) -> Self {
        let part = Part {
            least: Least::Down,
            weight: 1,
            lower: level.timeline.surely(),
            estimate: level.timeline.down(),
            upper: level.timeline.maybe(),
        };
        Self {
            parts: vec![part],
            whole: 1,
        }
    }

    /// What counts in `window`, cut to whole milliseconds.
    pub(super) fn within(&self, window: Interval) -> Bounds {
        let measure = |set: fn(&Part) -> &Intervals| {
            let weighted = |part: &Part| part.weight * set(part).measure_in(window).0;
            Millis(self.parts.iter().map(weighted).sum::<i64>() / self.whole)
        };
        Bounds {
            lower: measure(|part| &part.lower),
            estimate: measure(|part| &part.estimate),
            upper: measure(|part| &part.upper),
        }
    }

    /// Its sets: of each persona for weighted contracts, else of the service; of each, those of all kinds that weigh.
    pub(crate) fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// What the weights of its sets are a share of.
    pub(crate) fn whole(&self) -> i64 {
        self.whole
    }

    /// What counts of an outage, whole.
    pub(super) fn of(&self, outage: &Outage) -> Bounds {
        let inner = self.within(outage.estimate());
        let outer = Interval::new(outage.start.earliest, outage.end.latest);
        Bounds {
            upper: self.within(outer).upper,
            ..inner
        }
    }
}

/// What a share is in millionths of.
const MILLION: i64 = 1_000_000;

impl Rules {
    /// Time of each kind counts by its weight. As sets hold what is worse, each set adds what its kind weighs more than the
    /// next milder one.
    fn layers(&self) -> Vec<(i64, Least)> {
        let (partial, degraded) = (i64::from(self.w_partial.0), i64::from(self.w_deg.0));
        let layers = [
            (MILLION - partial, Least::Down),
            (partial - degraded, Least::Partial),
            (degraded, Least::Degraded),
        ];
        let weighed = layers.into_iter().filter(|(share, _)| *share > 0);
        weighed.collect()
    }
}

impl Kept {
    fn new(survey: &Survey, contract: &Contract, outages: &[Outage]) -> Self {
        let least = contract.rules.min_outage;
        let long = |length: fn(&Outage) -> Millis| -> Intervals {
            let kept = outages.iter().filter(|outage| length(outage) >= least);
            kept.map(Outage::estimate).collect()
        };
        let maybe = survey.service.timeline.maybe();
        Self {
            lower: long(|outage| outage.length.lower),
            estimate: long(|outage| outage.length.estimate),
            upper: maybe
                .iter()
                .filter(|stretch| stretch.length() >= least)
                .collect(),
        }
    }
}

impl Part {
    /// The time of `level` that is at least as bad as `least`, without down stretches that are too short to count.
    fn of(level: &Level, least: Least, kept: &Kept) -> Self {
        let timeline = &level.timeline;
        let known = |fits: fn(View) -> bool| {
            timeline.when(|view| view.state != State::Unknown && fits(view))
        };
        let (lower, estimate, upper) = match least {
            Least::Down => (timeline.surely(), timeline.down(), timeline.maybe()),
            Least::Partial => (
                known(|view| view.partly.surely),
                known(|view| view.state >= State::Partial),
                known(|view| view.partly.maybe),
            ),
            // The edges of degraded time are estimates and have no bounds of their own.
            Least::Degraded => (
                known(|view| view.partly.surely || view.state == State::Degraded),
                known(|view| view.state >= State::Degraded),
                known(|view| view.partly.maybe || view.state == State::Degraded),
            ),
        };
        let down = timeline.down();
        let long_enough = |set: Intervals, kept: &Intervals| match least {
            Least::Down => set.intersect(kept),
            Least::Partial | Least::Degraded => set.subtract(&down.subtract(kept)),
        };
        Self {
            least,
            weight: 1,
            lower: long_enough(lower, &kept.lower),
            estimate: long_enough(estimate, &kept.estimate),
            upper: long_enough(upper, &kept.upper),
        }
    }
}

/// How a contract counts time that belongs to a set.
struct Counting<'c> {
    rules: &'c Rules,
    excluded: &'c Intervals,
    unknown: Intervals,
}

impl Counting<'_> {
    fn apply(&self, part: &Part, weight: i64) -> Part {
        let of = |set: &Intervals| self.of(set);
        Part {
            least: part.least,
            weight,
            lower: of(&part.lower),
            estimate: of(&part.estimate),
            upper: of(&part.upper),
        }
    }

    /// What counts of these stretches. A larger set never counts less, so bounds stay in order.
    fn of(&self, stretches: &Intervals) -> Intervals {
        match self.rules.count_mode {
            CountMode::Continuous | CountMode::Request => stretches.subtract(self.excluded),
            CountMode::WholeMinutes => whole_minutes(stretches).subtract(self.excluded),
            CountMode::Timeslice => self.bad_slices(stretches),
        }
    }

    /// The known, counting time of the slices of which too little was good.
    fn bad_slices(&self, stretches: &Intervals) -> Intervals {
        let blind = self.unknown.union(self.excluded);
        let bad = stretches.subtract(&blind);
        let mut slices = Vec::new();
        for stretch in bad.iter() {
            let mut slice = slice_of(stretch.start, self.rules.slice);
            while slice.start < stretch.end {
                let known = slice.length() - blind.measure_in(slice);
                let good = known - bad.measure_in(slice);
                let [good, known] =
                    [good, known].map(|length| u64::try_from(length.0).unwrap_or(0));
                if !self.rules.slice_target.is_reached_by(good, known) {
                    slices.push(slice);
                }
                slice = slice_of(slice.end, self.rules.slice);
            }
        }
        slices.into_iter().collect::<Intervals>().subtract(&blind)
    }
}

/// The slice in which an instant lies; slices are counted from midnight UTC of 1970.
fn slice_of(at: Timestamp, length: Millis) -> Interval {
    let start = Timestamp(at.0.div_euclid(length.0) * length.0);
    Interval::new(start, start + length)
}

/// The minutes of UTC that lie wholly inside one of these stretches.
fn whole_minutes(stretches: &Intervals) -> Intervals {
    const MINUTE: i64 = 60_000;
    let whole = |one: Interval| {
        let first = (one.start.0 + MINUTE - 1).div_euclid(MINUTE) * MINUTE;
        let last = one.end.0.div_euclid(MINUTE) * MINUTE;
        Interval::new(Timestamp(first), Timestamp(last))
    };
    stretches.iter().map(whole).collect()
}

/// The partition of each of `windows` into states; what counts is left at zero.
pub(super) fn partition(
    timeline: &Timeline<View>,
    excluded: &Intervals,
    windows: &[Interval],
) -> Vec<Tally> {
    let in_state = |state: State| {
        let set = timeline.when(|view| view.state == state).subtract(excluded);
        set.measures(windows.iter().copied())
    };
    let [up, degraded, partial, down, unknown] = [
        State::Up,
        State::Degraded,
        State::Partial,
        State::Down,
        State::Unknown,
    ]
    .map(in_state);
    let left_out = excluded.measures(windows.iter().copied());
    let tally = |index: usize| Tally {
        length: windows[index].length(),
        up: up[index],
        degraded: degraded[index],
        partial: partial[index],
        down: down[index],
        unknown: unknown[index],
        excluded: left_out[index],
        counted: Bounds::default(),
        requests: Requests::default(),
    };
    (0..windows.len()).map(tally).collect()
}

impl Outage {
    /// From best start to best end.
    pub fn estimate(&self) -> Interval {
        Interval::new(self.start.estimate, self.end.estimate)
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.length += other.length;
        self.up += other.up;
        self.degraded += other.degraded;
        self.partial += other.partial;
        self.down += other.down;
        self.unknown += other.unknown;
        self.excluded += other.excluded;
        self.counted = self.counted + other.counted;
        self.requests += other.requests;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set() -> impl Strategy<Value = Intervals> {
        prop::collection::vec((0..900_000_i64, 1..200_000_i64), 0..5).prop_map(|parts| {
            let parts = parts.into_iter();
            parts
                .map(|(start, length)| Interval::new(Timestamp(start), Timestamp(start + length)))
                .collect()
        })
    }

    proptest! {
        #[test]
        fn p24_whole_minutes_are_those_wholly_inside(set in set()) {
            let counted = whole_minutes(&set);
            let brute: Millis = (0..20)
                .map(|minute| Interval::new(Timestamp(minute * 60_000), Timestamp((minute + 1) * 60_000)))
                .filter(|minute| set.measure_in(*minute) == minute.length())
                .map(Interval::length)
                .sum();
            prop_assert_eq!(counted.measure(), brute);
            prop_assert!(counted.measure() <= set.measure());
        }

        #[test]
        fn p24_more_downtime_never_counts_less(a in set(), b in set()) {
            let (one, both) = (whole_minutes(&a), whole_minutes(&a.union(&b)));
            prop_assert_eq!(one.subtract(&both).measure(), Millis::ZERO);
        }
    }

    #[test]
    fn p24_equal_if_both_edges_are_on_minutes() {
        for (start, end, expected) in [
            (0, 180_000, 180_000),
            (1, 180_000, 120_000),
            (0, 179_999, 120_000),
            (59_999, 60_001, 0),
            (1, 59_999, 0),
        ] {
            let outage = Intervals::from_iter([Interval::new(Timestamp(start), Timestamp(end))]);
            let counted = whole_minutes(&outage).measure();
            assert_eq!(counted, Millis(expected), "{start} to {end}");
        }
    }
}
