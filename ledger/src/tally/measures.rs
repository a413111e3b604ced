//! Measures beside availability: the worst window, and what repair took (semantics §9).

use super::Assessment;
use crate::sla::Ratio;
use crate::state::State;
use crate::time::{Interval, Intervals, Millis, Timestamp};

/// What outages took and how far apart they were. With fewer than ten, print the list and the median, and no trend.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Repairs {
    /// How many counted outages there were, at least 1.
    pub count: u32,
    /// Mean time to repair: the sum of the best estimates by their number, cut to whole milliseconds.
    pub mean: Millis,
    /// The median of the best estimates; of an even number the lower one of the two in the middle.
    pub median: Millis,
    /// Mean time between failures: up time by number of outages, cut to whole milliseconds.
    pub between: Millis,
}

impl Assessment {
    /// Minimal cumulative ratio of a window length: the availability of the worst window of that length in the period,
    /// over the time in it that is known and not excluded (Meaningful Availability, NSDI 2020).
    ///
    /// `None` if the period is shorter than the window, or nothing is known in any window.
    pub fn worst_window(&self, window: Millis) -> Option<Ratio> {
        let excluded = self.excluded();
        worst_window(
            self.period,
            &self.service.of(State::Down).subtract(&excluded),
            &self.service.of(State::Unknown).union(&excluded),
            window,
        )
    }

    /// What repair took; `None` without a counted outage.
    pub fn repairs(&self) -> Option<Repairs> {
        let mut lengths: Vec<Millis> = self
            .outages
            .iter()
            .filter(|outage| outage.counted.estimate > Millis::ZERO)
            .map(|outage| outage.length.estimate)
            .collect();
        lengths.sort_unstable();
        let median = *lengths.get(lengths.len().checked_sub(1)? / 2)?;
        let count = u32::try_from(lengths.len()).unwrap_or(u32::MAX);
        let total: Millis = lengths.into_iter().sum();
        let up = self.total.counting() - self.total.unknown - self.total.counted.estimate;
        Some(Repairs {
            count,
            mean: Millis(total.0 / i64::from(count)),
            median,
            between: Millis(up.0 / i64::from(count)),
        })
    }
}

/// The least up/(up + down) over windows of length `window` inside `period`.
///
/// Between two changes of state under its ends, up and down time in a moving window are linear in its place, so their
/// ratio is monotone there: the extremes are windows that begin or end at a change.
fn worst_window(
    period: Interval,
    down: &Intervals,
    unknown: &Intervals,
    window: Millis,
) -> Option<Ratio> {
    let last = period.end - window;
    if window <= Millis::ZERO || last < period.start {
        return None;
    }
    let changes = down.iter().chain(unknown.iter());
    let starts = changes
        .flat_map(|change| [change.start, change.end])
        .flat_map(|at| [at, at - window])
        .filter(|start| period.start <= *start && *start <= last)
        .chain([period.start, last]);
    let share = |start: Timestamp| {
        let span = Interval::new(start, start + window);
        let known = window - unknown.measure_in(span);
        Ratio::of(known - down.measure_in(span), known)
    };
    starts
        .filter_map(share)
        .min_by(|left, right| left.compare(*right))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sets() -> impl Strategy<Value = (Intervals, Intervals)> {
        let set = || {
            prop::collection::vec((0..60_i64, 1..15_i64), 0..4).prop_map(|parts| {
                parts
                    .into_iter()
                    .map(|(start, length)| {
                        Interval::new(Timestamp(start), Timestamp(start + length))
                    })
                    .collect::<Intervals>()
                    .within(PERIOD)
            })
        };
        (set(), set()).prop_map(|(down, unknown)| (down.subtract(&unknown), unknown))
    }

    const PERIOD: Interval = Interval {
        start: Timestamp(0),
        end: Timestamp(60),
    };

    fn is_le(left: Option<Ratio>, right: Option<Ratio>) -> bool {
        match (left, right) {
            (Some(left), Some(right)) => left.compare(right).is_le(),
            _ => true,
        }
    }

    proptest! {
        #[test]
        fn p26_the_worst_window_is_what_brute_force_finds((down, unknown) in sets(), window in 1..=60_i64) {
            let brute = (0..=60 - window)
                .filter_map(|start| {
                    let span = Interval::new(Timestamp(start), Timestamp(start + window));
                    let known = Millis(window) - unknown.measure_in(span);
                    Ratio::of(known - down.measure_in(span), known)
                })
                .min_by(|left, right| left.compare(*right));
            let found = worst_window(PERIOD, &down, &unknown, Millis(window));
            prop_assert!(is_le(found, brute) && is_le(brute, found));
        }

        #[test]
        fn p26_a_window_is_no_better_than_a_multiple_of_it(
            (down, _) in sets(), window in 1..=20_i64, factor in 1..=3_i64,
        ) {
            let nothing = Intervals::default();
            let short = worst_window(PERIOD, &down, &nothing, Millis(window));
            let long = worst_window(PERIOD, &down, &nothing, Millis(window * factor));
            prop_assert!(is_le(short, long));
        }
    }

    #[test]
    fn a_window_longer_than_the_period_has_no_ratio() {
        let nothing = Intervals::default();
        assert_eq!(worst_window(PERIOD, &nothing, &nothing, Millis(61)), None);
    }
}
