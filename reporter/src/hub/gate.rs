//! Who may come in: limits on connections, on bytes in hand, and on tries with tokens.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

/// How many connections there may be.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    all: Arc<Semaphore>,
    by_address: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
    per_address: usize,
}

/// A place at the gate, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Entry {
    _one: OwnedSemaphorePermit,
    by_address: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
    address: IpAddr,
}

impl Gate {
    pub(super) fn new(all: usize, per_address: usize) -> Self {
        Self {
            all: Arc::new(Semaphore::new(all)),
            by_address: Arc::default(),
            per_address,
        }
    }

    /// A place for a connection from `address`; `None` if there is none.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Entry> {
        let one = Arc::clone(&self.all).try_acquire_owned().ok()?;
        let mut counts = self
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= self.per_address {
            return None;
        }
        *count += 1;
        Some(Entry {
            _one: one,
            by_address: Arc::clone(&self.by_address),
            address,
        })
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut counts = self
            .by_address
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

/// Failed tries to enrol, by address.
#[derive(Debug, Default)]
pub(super) struct Tries(Mutex<BTreeMap<IpAddr, (Instant, u32)>>);

/// So many tries may fail.
const FAILURES: u32 = 10;
/// Within this.
const WINDOW: Duration = Duration::from_secs(15 * 60);
/// The most addresses that are remembered.
const ADDRESSES: usize = 4_096;

impl Tries {
    /// How long an address must wait before it may try again; nothing if it may now.
    pub(super) fn wait(&self, address: IpAddr, now: Instant) -> Option<Duration> {
        let tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = tries.get(&address)?;
        let passed = now.saturating_duration_since(*since);
        (*count >= FAILURES && passed < WINDOW).then(|| WINDOW.saturating_sub(passed))
    }

    /// Notes that a try from an address has failed.
    pub(super) fn failed(&self, address: IpAddr, now: Instant) {
        let mut tries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= ADDRESSES {
            tries.retain(|_, (since, _)| now.saturating_duration_since(*since) < WINDOW);
        }
        if tries.len() >= ADDRESSES {
            tries.clear();
        }
        let (since, count) = tries.entry(address).or_insert((now, 0));
        if now.saturating_duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V6(std::net::Ipv6Addr::LOCALHOST);

    #[test]
    fn places_are_limited_by_address_and_over_all_and_come_back() {
        let gate = Gate::new(3, 2);
        let (one, two) = (gate.enter(HERE), gate.enter(HERE));
        assert!(one.is_some() && two.is_some());
        assert!(gate.enter(HERE).is_none(), "two from there already");
        let three = gate.enter(THERE);
        assert!(three.is_some());
        assert!(gate.enter(THERE).is_none(), "three over all");
        drop(one);
        assert!(gate.enter(HERE).is_some());
    }

    #[test]
    fn ten_failures_close_the_door_for_a_quarter_of_an_hour() {
        let tries = Tries::default();
        let start = Instant::now();
        for _ in 0..FAILURES {
            assert_eq!(tries.wait(HERE, start), None);
            tries.failed(HERE, start);
        }
        let minute = Duration::from_secs(60);
        assert_eq!(tries.wait(HERE, start + minute), WINDOW.checked_sub(minute));
        assert_eq!(tries.wait(THERE, start), None);
        assert_eq!(tries.wait(HERE, start + WINDOW), None);
        tries.failed(HERE, start + WINDOW);
        assert_eq!(tries.wait(HERE, start + WINDOW), None, "counted anew");
    }
}
