//! Which downtime counts, and how it falls on days (semantics §7, §8).

use crate::contract::{Contract, CountMode, Rollup};
use crate::name::Name;
use crate::outage::{Bounds, Outage};
use crate::rollup::{Level, Survey, Timeline, View};
use crate::state::State;
use crate::time::{Interval, Intervals, Millis, Timestamp};

use super::Tally;

/// Downtime that counts, with its bounds, as sets with weights: one set per persona for weighted contracts, else one.
#[derive(Debug)]
pub(super) struct Counted {
    parts: Vec<Part>,
    /// The sum of the weights, at least 1.
    whole: i64,
}

#[derive(Debug)]
struct Part {
    weight: i64,
    lower: Intervals,
    estimate: Intervals,
    upper: Intervals,
}

impl Counted {
    /// What counts of the outages outside `excluded`.
    ///
    /// An outage shorter than the contract's least counts nothing, judged whole and before any split; each bound is
    /// held against it by itself.
    pub(super) fn new(
        survey: &Survey,
        contract: &Contract,
        outages: &[Outage],
        excluded: &Intervals,
    ) -> Self {
        let long = |length: fn(&Outage) -> Millis| -> Intervals {
            let least = contract.rules.min_outage;
            let kept = outages.iter().filter(|outage| length(outage) >= least);
            kept.map(Outage::estimate).collect()
        };
        let timeline = &survey.service.timeline;
        let lower = long(|outage| outage.length.lower);
        let estimate = long(|outage| outage.length.estimate);
        let upper = timeline.maybe();
        let upper: Intervals = upper
            .iter()
            .filter(|stretch| stretch.length() >= contract.rules.min_outage)
            .collect();
        let mode = contract.rules.count_mode;
        let part = |weight: i64, level: &Level| Part {
            weight,
            lower: mode
                .of(level.timeline.surely().intersect(&lower))
                .subtract(excluded),
            estimate: mode
                .of(level.timeline.down().intersect(&estimate))
                .subtract(excluded),
            upper: mode
                .of(level.timeline.maybe().intersect(&upper))
                .subtract(excluded),
        };
        let parts = if contract.rules.rollup == Rollup::Weighted {
            let weight_of = |name: &Name| {
                let term = contract.personas.iter().find(|term| term.name == *name);
                i64::from(term.map_or(1, |term| term.weight))
            };
            let levels = survey.personas.iter();
            levels
                .map(|(name, level)| part(weight_of(name), level))
                .collect()
        } else {
            vec![part(1, &survey.service)]
        };
        let whole = parts.iter().map(|part| part.weight).sum::<i64>().max(1);
        Self { parts, whole }
    }

    /// All downtime of one level, whatever the contract makes of it.
    pub(super) fn all_of(level: &Level) -> Self {
        let part = Part {
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

impl CountMode {
    /// What counts of these stretches. A larger set never counts less, so bounds stay in order.
    fn of(self, stretches: Intervals) -> Intervals {
        const MINUTE: i64 = 60_000;
        match self {
            Self::Continuous => stretches,
            Self::WholeMinutes => stretches
                .iter()
                .map(|one| {
                    let first = (one.start.0 + MINUTE - 1).div_euclid(MINUTE) * MINUTE;
                    let last = one.end.0.div_euclid(MINUTE) * MINUTE;
                    Interval::new(Timestamp(first), Timestamp(last))
                })
                .collect(),
        }
    }
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
            let counted = CountMode::WholeMinutes.of(set.clone());
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
            let mode = CountMode::WholeMinutes;
            let (one, both) = (mode.of(a.clone()), mode.of(a.union(&b)));
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
            let counted = CountMode::WholeMinutes.of(outage).measure();
            assert_eq!(counted, Millis(expected), "{start} to {end}");
        }
    }
}
