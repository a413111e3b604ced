//! Measures beside availability: the worst window, and what repair took (semantics §9).

use serde::{Deserialize, Serialize};

use super::Assessment;
use crate::contract::{Share, UnknownAs};
use crate::sla::{Range, Ratio};
use crate::state::State;
use crate::time::{Interval, Intervals, Millis, Timestamp};

/// Window lengths whose worst availability is told: one long outage and many short ones differ here.
pub const WINDOWS: [Millis; 4] = [
    Millis::from_mins(60),
    Millis::from_mins(4 * 60),
    Millis::from_mins(24 * 60),
    Millis::from_mins(7 * 24 * 60),
];

/// Figures beside availability. They decide nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measures {
    /// What repair took; `None` without a counted outage.
    pub repairs: Option<Repairs>,
    /// The worst availability in any window of each length of [`WINDOWS`] that fits in the period and is known in part.
    pub windows: Vec<(Millis, Ratio)>,
    /// The share of sign-ins that were good at their first attempt, with its range; `None` if none was planned.
    pub requests: Option<Range>,
    /// Up time by up and down time over all pairs of persona and region; `None` if no pair is known.
    pub pairs: Option<Ratio>,
}

/// What outages took and how far apart they were. With fewer than ten, print the list and the median, and no trend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// All figures beside availability.
    pub fn measures(&self) -> Measures {
        let windows = WINDOWS.into_iter();
        Measures {
            repairs: self.repairs(),
            windows: windows
                .filter_map(|length| Some((length, self.worst_window(length)?)))
                .collect(),
            requests: self.total.requests.availability(UnknownAs::Exclude),
            pairs: self.pairs(),
        }
    }

    /// User-uptime over pairs of persona and region (Meaningful Availability, NSDI 2020): the sum of their up time by the sum
    /// of their up and down time, outside exclusions; degraded time is up.
    pub fn pairs(&self) -> Option<Ratio> {
        let excluded = self.excluded();
        let (mut down, mut known) = (Millis::ZERO, Millis::ZERO);
        for lane in self.regions.values().flat_map(|regions| regions.values()) {
            for segment in lane.0.iter().filter(|one| one.state != State::Unknown) {
                let length = segment.interval.length() - excluded.measure_in(segment.interval);
                known += length;
                if segment.state == State::Down {
                    down += length;
                }
            }
        }
        Ratio::of(known - down, known)
    }

    /// How fast `window` uses up the budget: the share of its known time that was down, by the share that `target` allows.
    /// One uses up exactly the budget of such a time; a window that is down throughout burns at 1/(1 − target).
    ///
    /// `None` if nothing is known in the window, or the target allows nothing.
    pub fn burn_rate(&self, window: Interval, target: Share) -> Option<Ratio> {
        let window = window.intersect(self.period)?;
        let excluded = self.excluded();
        let blind = self.service.of(State::Unknown).union(&excluded);
        let down = self.service.of(State::Down).subtract(&excluded);
        let known = window.length() - blind.measure_in(window);
        let allowance = i64::from(Share::ONE.0.saturating_sub(target.0));
        let whole = known.0.checked_mul(allowance)?;
        let part = down.measure_in(window).0;
        Ratio::of_counts(part.checked_mul(i64::from(Share::ONE.0))?, whole)
    }

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

/// The least up/(up + down) over windows of length `window` inside `period`, in one sweep.
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
    let changes = || {
        let all = down.iter().chain(unknown.iter());
        all.flat_map(|change| [change.start, change.end])
    };
    let mut starts: Vec<Timestamp> = changes()
        .chain(changes().map(|at| at - window))
        .filter(|start| period.start <= *start && *start <= last)
        .chain([period.start, last])
        .collect();
    // Four sorted runs, which a merging sort puts together in linear time.
    starts.sort();
    let [mut down_from, mut down_to] = [Passed::new(down), Passed::new(down)];
    let [mut blind_from, mut blind_to] = [Passed::new(unknown), Passed::new(unknown)];
    let share = |start: Timestamp| {
        let end = start + window;
        let known = window - (blind_to.before(end) - blind_from.before(start));
        Ratio::of(
            known - (down_to.before(end) - down_from.before(start)),
            known,
        )
    };
    starts
        .into_iter()
        .filter_map(share)
        .min_by(|left, right| left.compare(*right))
}

/// How much of a set lies before an instant that only moves on.
struct Passed<'s> {
    rest: std::iter::Peekable<Box<dyn Iterator<Item = Interval> + 's>>,
    whole: Millis,
}

impl<'s> Passed<'s> {
    fn new(set: &'s Intervals) -> Self {
        let all: Box<dyn Iterator<Item = Interval>> = Box::new(set.iter());
        Self {
            rest: all.peekable(),
            whole: Millis::ZERO,
        }
    }

    fn before(&mut self, at: Timestamp) -> Millis {
        while let Some(passed) = self.rest.next_if(|next| next.end <= at) {
            self.whole += passed.length();
        }
        let part = self
            .rest
            .peek()
            .map_or(Millis::ZERO, |next| at - next.start);
        self.whole + part.max(Millis::ZERO)
    }
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
