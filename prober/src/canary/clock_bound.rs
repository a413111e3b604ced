//! How far the agent's clock can be off, by the `Date` headers of one control.

use std::time::Duration;

use ledger::clock::{Drift, Offset};
use ledger::time::{Interval, Millis, Timestamp};

/// A golden section of a second: multiples of it visit all fractions of a second evenly.
const STEP: Duration = Duration::from_millis(382);

/// How often to ask so that at least one answer comes in `every`, and each one tells something new.
///
/// Dates have whole seconds: asked in step with them, all answers would be the same, and the bound stay a second wide.
pub(super) fn out_of_step(every: Duration) -> Duration {
    if every < Duration::from_secs(1) {
        return every;
    }
    every.saturating_sub(STEP)
}

/// The control's clock minus ours, as far as its answers tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ClockBound(Offset);

impl ClockBound {
    /// What one answer tells: `date` (whole seconds, cut) was written between `sent` and `received` by our clock.
    pub(super) fn sample(date: Timestamp, sent: Timestamp, received: Timestamp) -> Self {
        let read = Interval::new(date, date + Millis(1_000));
        let meanwhile = Interval::new(sent, received + Millis(1));
        Self(Offset::read(read, meanwhile))
    }

    /// Both together; the newer one alone if they contradict each other, because then a clock was set.
    pub(super) fn narrowed(self, newer: Self) -> Self {
        Self(self.0.narrowed(newer.0, Drift::POOR))
    }

    /// The largest possible error at `now`.
    pub(super) fn error(self, now: Timestamp) -> Millis {
        self.0.aged(now, Drift::POOR).largest()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer from a control whose clock is `off` ahead of ours, asked at `sent` and answered 20 ms later.
    fn answer(off: i64, sent: i64) -> ClockBound {
        let written = sent + 10 + off;
        let date = written.div_euclid(1_000) * 1_000;
        ClockBound::sample(Timestamp(date), Timestamp(sent), Timestamp(sent + 20))
    }

    #[test]
    fn the_truth_is_always_inside_and_answers_narrow_it() {
        for off in [0, 7, -400, 3_600_000, -90_000] {
            let first = answer(off, 10_137);
            let bound = (1..200).fold(first, |bound, index| {
                let newer = answer(off, 10_137 + index * 10_173);
                let both = bound.narrowed(newer);
                let (middle, doubt) = (both.0.estimate(), both.0.error());
                assert!((Millis(off) - middle).0.abs() <= doubt.0, "{off}: {both:?}");
                both
            });
            let doubt = bound.0.error();
            assert!(doubt < first.0.error() && doubt.0 < 110, "{off}: {bound:?}");
        }
    }

    #[test]
    fn answers_narrow_it_at_any_rhythm_that_a_plan_may_ask_for() {
        for every in [1, 2, 10, 60, 300] {
            let asked = out_of_step(Duration::from_secs(every));
            assert!(asked <= Duration::from_secs(every));
            let step = i64::try_from(asked.as_millis()).unwrap();
            let narrowed = (1..12).fold(answer(0, 10_137), |bound, index| {
                bound.narrowed(answer(0, 10_137 + index * step))
            });
            // Whatever the clock drifted meanwhile is added, rounded up each time.
            let allowed = 112 + 12 * (step / 5_000 + 1);
            let doubt = narrowed.0.error();
            assert!(doubt.0 <= allowed, "every {every} s: {narrowed:?}");
        }
    }

    #[test]
    fn a_clock_that_was_set_is_noticed_at_once() {
        let before = answer(0, 10_000).narrowed(answer(0, 20_500));
        let after = before.narrowed(answer(5_000, 30_000));
        assert_eq!(after, answer(5_000, 30_000));
        assert!(after.error(Timestamp(30_020)) >= Millis(4_900));
    }

    #[test]
    fn what_is_old_is_known_less_well() {
        let bound = answer(0, 10_000);
        let hour_later = Timestamp(10_020 + 3_600_000);
        assert_eq!(
            bound.error(hour_later) - bound.error(Timestamp(10_020)),
            Millis(720)
        );
    }
}
