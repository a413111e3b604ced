//! How often a probe looks and how long it waits: what the ticks that it had to skip would have measured.

use crate::phases::Micros;
use crate::plan::Probe;
use crate::time::Millis;

/// The rhythm of a probe, as far as its latencies depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// In microseconds; no latency is longer than the longest that is kept.
    spacing: u32,
    deadline: Micros,
}

impl Pace {
    /// Of a probe: its spacing *T* and its deadline *D*.
    pub fn of(probe: &Probe) -> Self {
        Self::new(probe.schedule.spacing(), probe.timeout)
    }

    /// With this spacing and this deadline.
    pub fn new(spacing: Millis, deadline: Millis) -> Self {
        Self {
            spacing: u32::try_from(spacing.0.saturating_mul(1_000)).unwrap_or(Micros::MAX),
            deadline: Micros::measured(deadline.to_std()),
        }
    }

    /// The wait of an attempt, then those of the ticks that were due at the expected spacing while it ran and were
    /// skipped for it: each from its own instant to the same end.
    ///
    /// Without them a slow spell would count as one slow login, however many it kept from being tried (coordinated
    /// omission). An attempt that ends before the next tick is due has none.
    pub fn waits(self, whole: Micros) -> impl Iterator<Item = Micros> {
        let step = self.spacing;
        std::iter::successors(Some(whole.get()), move |wait| wait.checked_sub(step))
            .take_while(|wait| *wait > 0)
            .map(Micros::cut)
    }

    /// What a person experienced who waited so long for a login that failed: at least the deadline.
    pub fn failed(self, waited: Micros) -> Micros {
        self.deadline.max(waited)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::attempt::Attempt;
    use crate::histogram::{Distribution, Key, Measure, Open, Slice, View, record};
    use crate::store::sample;
    use crate::time::{Interval, Timestamp};
    use crate::verdict::{Class, Verdict};

    fn seconds(distribution: &Distribution) -> Vec<u32> {
        let all = distribution.iter();
        all.map(|(latency, _)| (latency.get() + 500_000) / 1_000_000)
            .collect()
    }

    /// An attempt of a login every ten seconds, due at zero, that ended after so long.
    fn attempt(verdict: Verdict, took: Millis) -> Attempt {
        let due = Timestamp(0);
        let bad = verdict != Verdict::Good;
        Attempt {
            due,
            tick: due,
            start: due,
            end: due + took,
            evidence: Interval::new(due, due + took),
            verdict,
            class: bad.then_some(Class::Timeout),
            total: (!bad).then(|| Micros::measured(took.to_std())),
            ..sample::attempt(1)
        }
    }

    fn counted(attempts: &[Attempt]) -> [Vec<u32>; 2] {
        let mut open = Open::new();
        let slice = Slice::hour_of(Timestamp(0));
        for attempt in attempts {
            let pace = Pace::new(Millis::from_secs(10), Millis::from_secs(8));
            record(&mut open, attempt, pace, slice);
        }
        [View::Success, View::Experienced].map(|view| {
            let key = Key {
                probe: sample::name("login"),
                measure: Measure::Total,
                view,
                slice,
            };
            open.get(&key).map_or_else(Vec::new, seconds)
        })
    }

    #[test]
    fn skipped_ticks_waited_from_their_own_instants() {
        let slow = attempt(Verdict::Good, Millis(25_000));
        assert_eq!(counted(&[slow]), [[5, 15, 25], [5, 15, 25]]);
        let quick = attempt(Verdict::Good, Millis(10_000));
        assert_eq!(counted(&[quick]), [[10], [10]], "none was skipped");
    }

    #[test]
    fn failed_ticks_were_experienced_as_the_deadline_at_least_and_never_succeeded() {
        let failed = attempt(Verdict::Bad, Millis(300));
        assert_eq!(counted(&[failed]), [vec![], vec![8]]);
        let hung = attempt(Verdict::Bad, Millis(25_000));
        assert_eq!(counted(&[hung]), [vec![], vec![8, 15, 25]]);
    }

    #[test]
    fn what_says_nothing_fills_nothing() {
        for verdict in [Verdict::Void, Verdict::Held] {
            let silent = attempt(verdict, Millis(25_000));
            assert_eq!(counted(&[silent]), [[0; 0], [0; 0]]);
        }
    }

    proptest! {
        /// However long a spell, the mean of what was waited is that of people who come at the expected spacing.
        #[test]
        fn every_tick_of_a_slow_spell_is_counted_once(whole in 1..=Micros::MAX, spacing in 1_000_000..=Micros::MAX) {
            let pace = Pace { spacing, deadline: Micros::cut(1) };
            let whole = Micros::cut(whole);
            let waits: Vec<Micros> = pace.waits(whole).collect();
            let due = whole.get().div_ceil(spacing);
            prop_assert_eq!(waits.len(), usize::try_from(due).expect("few"));
            prop_assert_eq!(waits.first().copied(), Some(whole));
            prop_assert!(waits.is_sorted_by(|a, b| a > b));
        }
    }
}
