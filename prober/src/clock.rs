//! The two clocks: wall time says *when*, monotonic time says *how long*.

mod hub;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ledger::time::{Interval, Millis, Timestamp};
use rustix::time::{ClockId, clock_gettime};
use tokio::time::Instant;

pub use hub::HubClock;

/// Where wall time comes from.
pub trait WallClock: fmt::Debug + Send + Sync + 'static {
    /// The current wall time.
    fn now(&self) -> Timestamp;

    /// How long the host has been suspended since it was booted; the monotonic clock stands still in that time.
    fn suspended(&self) -> Duration {
        Duration::ZERO
    }
}

/// The machine's wall clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock;

/// Wall time that moves with tokio's clock, so that paused tests drive it: `epoch` at `origin`.
#[derive(Clone, Copy, Debug)]
pub struct TokioClock {
    epoch: Timestamp,
    origin: Instant,
}

/// One wall reading plus the monotonic clock: all instants of one attempt come from here and cannot run backwards.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    started_at: Timestamp,
    started: Instant,
}

impl WallClock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the wall clock"
        )]
        let now = std::time::SystemTime::now();
        match now.duration_since(std::time::UNIX_EPOCH) {
            Ok(since) => Timestamp(Millis::from_std(since).0),
            Err(before) => Timestamp(-Millis::from_std(before.duration()).0),
        }
    }

    fn suspended(&self) -> Duration {
        let boot = Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default();
        let awake = Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default();
        boot.saturating_sub(awake)
    }
}

impl TokioClock {
    /// A clock that shows `epoch` now and runs with tokio's.
    pub fn starting_at(epoch: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            epoch,
            origin: Instant::now(),
        })
    }
}

impl WallClock for TokioClock {
    fn now(&self) -> Timestamp {
        self.epoch + Millis::from_std(self.origin.elapsed())
    }
}

impl Stopwatch {
    /// Reads the wall clock once.
    pub fn start(clock: &dyn WallClock) -> Self {
        Self {
            started_at: clock.now(),
            started: Instant::now(),
        }
    }

    /// When it was started.
    pub const fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// How long it has run.
    pub fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    /// The wall time of a monotonic instant, cut to milliseconds.
    pub fn wall(&self, at: Instant) -> Timestamp {
        self.started_at + Millis::from_std(at.saturating_duration_since(self.started))
    }

    /// The wall interval from `from` to now; widened to the next whole millisecond, so it never excludes its cause.
    pub fn since(&self, from: Instant) -> Interval {
        Interval::new(self.wall(from), self.wall(Instant::now()) + Millis(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn wall_time_follows_paused_time() {
        let clock = TokioClock::starting_at(Timestamp(1_000));
        let watch = Stopwatch::start(&*clock);
        tokio::time::sleep(Duration::from_millis(250)).await;
        assert_eq!(clock.now(), Timestamp(1_250));
        assert_eq!(watch.wall(Instant::now()), Timestamp(1_250));
    }
}
