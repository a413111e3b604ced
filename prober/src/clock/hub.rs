//! The hub's clock, as the exchanges with it tell.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ledger::clock::{Drift, Exchange, Offset, Sync};
use ledger::time::{Millis, Timestamp};
use tokio::sync::Notify;

/// How far our clock is from the hub's. The uplink tells it, the attempts ask.
#[derive(Debug)]
pub struct HubClock {
    sync: Mutex<Sync>,
    doubted: AtomicBool,
    jumped: Notify,
}

impl HubClock {
    /// Nothing is known yet.
    pub fn new() -> Self {
        Self {
            sync: Mutex::new(Sync::new(Drift::POOR)),
            doubted: AtomicBool::new(false),
            jumped: Notify::new(),
        }
    }

    /// Takes the four instants of an exchange in.
    pub fn hear(&self, exchange: &Exchange) {
        self.sync().hear(exchange);
    }

    /// The hub's clock less ours.
    pub fn offset(&self, now: Timestamp) -> Option<Offset> {
        self.sync().at(now)
    }

    /// How far our clock can be from the hub's; `None` if nothing is known.
    pub fn error(&self, now: Timestamp) -> Option<Millis> {
        self.offset(now).map(Offset::largest)
    }

    /// Our wall clock was set: what was known is void, and the hub is to be asked anew.
    pub fn forget(&self) {
        *self.sync() = Sync::new(Drift::POOR);
        self.doubted.store(true, Ordering::Relaxed);
        self.jumped.notify_one();
    }

    /// Waits until the clock is set.
    pub async fn jumped(&self) {
        self.jumped.notified().await;
    }

    /// Whether the clock was set since this was last asked.
    pub fn take_doubt(&self) -> bool {
        self.doubted.swap(false, Ordering::Relaxed)
    }

    fn sync(&self) -> MutexGuard<'_, Sync> {
        // Nothing inside can be left half done.
        self.sync.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for HubClock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_known_is_forgotten_when_the_clock_is_set() {
        let clock = HubClock::new();
        assert_eq!(clock.error(Timestamp(0)), None);
        let exchange = Exchange {
            asked: Timestamp(1_000),
            heard: Timestamp(1_330),
            answered: Timestamp(1_331),
            back: Timestamp(1_061),
        };
        clock.hear(&exchange);
        let offset = clock.offset(Timestamp(1_061)).unwrap();
        assert_eq!(offset.estimate(), Millis(300));
        assert!(
            clock
                .error(Timestamp(1_061))
                .is_some_and(|error| error < Millis(340))
        );
        assert!(!clock.take_doubt());
        clock.forget();
        assert_eq!(clock.error(Timestamp(1_061)), None);
        assert!(clock.take_doubt() && !clock.take_doubt());
    }
}
