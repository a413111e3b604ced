//! The schedule's clock, and whether the agent was awake.
//!
//! The schedule runs on the monotonic clock from one wall reading on. A wall clock that moved more than [`STEP`] against
//! it re-anchors the schedule; a host that slept, or a process that was stopped, leaves a gap that voids what spanned it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ledger::time::{Millis, Timestamp};
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Timer;
use crate::clock::WallClock;

/// A wall step (or a suspension) longer than this is acted upon (semantics §8).
const STEP: Millis = Millis(500);

/// A silence longer than this, where beats are expected, means that the process was stopped or starved.
const STALL: Duration = Duration::from_secs(1);

/// Gaps kept; attempts are shorter than the time that this many gaps need.
const GAPS: usize = 64;

/// The schedule's clock; shared by the loop, the timer thread and the attempts.
#[derive(Debug)]
pub(crate) struct Pulse {
    clock: Arc<dyn WallClock>,
    stall: Option<Duration>,
    state: Mutex<State>,
    jumped: Notify,
}

#[derive(Debug)]
struct State {
    /// Wall time of a monotonic instant; the schedule counts on from here.
    anchor: (Instant, Timestamp),
    suspended: Duration,
    last: Instant,
    gaps: VecDeque<(Instant, Instant)>,
    shift: Option<Millis>,
}

impl Pulse {
    /// A pulse. A timer thread beats it every quarter of a second; paused time needs no beats, as nothing can stop it.
    pub(crate) fn new(clock: Arc<dyn WallClock>, timer: Timer) -> Self {
        let now = Instant::now();
        let state = State {
            anchor: (now, clock.now()),
            suspended: clock.suspended(),
            last: now,
            gaps: VecDeque::new(),
            shift: None,
        };
        Self {
            clock,
            stall: (timer == Timer::Thread).then_some(STALL),
            state: Mutex::new(state),
            jumped: Notify::new(),
        }
    }

    /// Looks at all clocks. Whoever comes first after a gap notes it.
    pub(crate) fn beat(&self) {
        let (now, wall, suspended) = (Instant::now(), self.clock.now(), self.clock.suspended());
        let mut state = self.state();
        // Another thread may have read later and got the lock first.
        let now = now.max(state.last);
        let slept = Millis::from_std(suspended.saturating_sub(state.suspended)) > STEP;
        let stalled = self.stall.is_some_and(|limit| now - state.last > limit);
        if slept || stalled {
            let gap = (state.last, now);
            state.gaps.push_back(gap);
            if state.gaps.len() > GAPS {
                state.gaps.pop_front();
            }
        }
        state.suspended = suspended;
        state.last = now;
        let step = wall - state.at(now);
        if step > STEP || step < -STEP {
            state.anchor = (now, wall);
            state.shift = Some(state.shift.unwrap_or_default() + step);
            self.jumped.notify_one();
        }
    }

    /// Waits until the schedule's clock was moved.
    pub(crate) async fn shifted(&self) {
        self.jumped.notified().await;
    }

    /// How far the schedule's clock was moved since this was last asked.
    pub(crate) fn take_shift(&self) -> Option<Millis> {
        self.state().shift.take()
    }

    /// Whether the agent slept or stood still at some time in `from..=to`. Beats first.
    pub(crate) fn broken(&self, from: Instant, to: Instant) -> bool {
        self.beat();
        let state = self.state();
        state
            .gaps
            .iter()
            .any(|(start, end)| *start <= to && from <= *end)
    }

    /// The schedule's time now.
    pub(crate) fn now(&self) -> Timestamp {
        self.state().at(Instant::now())
    }

    /// The monotonic instant at which the schedule's clock will show `at`; now if that is past.
    pub(crate) fn instant(&self, at: Timestamp) -> Instant {
        let (instant, wall) = self.state().anchor;
        let ahead = at - wall;
        if ahead < Millis::ZERO {
            instant.checked_sub((-ahead).to_std()).unwrap_or(instant)
        } else {
            instant + ahead.to_std()
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing inside can be left half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn at(&self, now: Instant) -> Timestamp {
        let (instant, wall) = self.anchor;
        wall + Millis::from_std(now.saturating_duration_since(instant))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    /// Clocks that a test moves apart.
    #[derive(Debug)]
    struct Loose {
        origin: Instant,
        step: AtomicI64,
        slept: AtomicI64,
    }

    impl WallClock for Loose {
        fn now(&self) -> Timestamp {
            let slept = self.slept.load(Ordering::Relaxed);
            Timestamp(1_000_000 + self.step.load(Ordering::Relaxed) + slept)
                + Millis::from_std(self.origin.elapsed())
        }

        fn suspended(&self) -> Duration {
            Millis(self.slept.load(Ordering::Relaxed)).to_std()
        }
    }

    fn loose() -> Arc<Loose> {
        Arc::new(Loose {
            origin: Instant::now(),
            step: AtomicI64::new(0),
            slept: AtomicI64::new(0),
        })
    }

    #[tokio::test(start_paused = true)]
    async fn small_steps_are_ignored_and_large_ones_move_the_schedule() {
        for (step, expected) in [
            (400, None),
            (-400, None),
            (3_600_000, Some(Millis(3_600_000))),
            (-90_000, Some(Millis(-90_000))),
        ] {
            let clock = loose();
            let pulse = Pulse::new(clock.clone(), Timer::InPlace);
            clock.step.store(step, Ordering::Relaxed);
            pulse.beat();
            assert_eq!(pulse.take_shift(), expected, "{step}");
            let moved = expected.unwrap_or_default();
            assert_eq!(pulse.now(), Timestamp(1_000_000) + moved, "{step}");
            let here = Instant::now();
            assert!(!pulse.broken(here, here), "a step stops nobody");
            assert_eq!(pulse.take_shift(), None, "told once");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_suspended_host_leaves_a_gap() {
        let clock = loose();
        let pulse = Pulse::new(clock.clone(), Timer::InPlace);
        let started = Instant::now();
        clock.slept.store(60_000, Ordering::Relaxed);
        tokio::time::advance(Duration::from_millis(10)).await;
        assert!(pulse.broken(started, Instant::now()));
        assert_eq!(pulse.take_shift(), Some(Millis(60_000)));
        tokio::time::advance(Duration::from_millis(10)).await;
        assert!(
            !pulse.broken(Instant::now(), Instant::now()),
            "later is fine"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_stopped_process_is_noticed_by_whoever_wakes_first() {
        let pulse = Pulse::new(loose(), Timer::Thread);
        let started = Instant::now();
        tokio::time::advance(Duration::from_millis(800)).await;
        assert!(!pulse.broken(started, Instant::now()), "within the limit");
        tokio::time::advance(Duration::from_millis(1_200)).await;
        assert!(pulse.broken(started, Instant::now()));
        assert_eq!(pulse.take_shift(), None, "no clock moved");
    }
}
