//! The heap: what is due next.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fmt;

use tokio::time::Instant;

/// Items by the instant when they are due; equal instants keep the order in which they were pushed.
pub(super) struct Agenda<T> {
    heap: BinaryHeap<Reverse<Entry<T>>>,
    pushed: u64,
}

struct Entry<T> {
    key: (Instant, u64),
    item: T,
}

impl<T> Agenda<T> {
    pub(super) const fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            pushed: 0,
        }
    }

    pub(super) fn push(&mut self, at: Instant, item: T) {
        self.pushed += 1;
        let key = (at, self.pushed);
        self.heap.push(Reverse(Entry { key, item }));
    }

    pub(super) fn next_due(&self) -> Option<Instant> {
        self.heap.peek().map(|entry| entry.0.key.0)
    }

    /// The next item if it is due at `now`.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<T> {
        if self.next_due()? > now {
            return None;
        }
        self.heap.pop().map(|entry| entry.0.item)
    }
}

impl<T> fmt::Debug for Agenda<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Agenda")
            .field("entries", &self.heap.len())
            .finish_non_exhaustive()
    }
}

impl<T> PartialEq for Entry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<T> Eq for Entry<T> {}

impl<T> PartialOrd for Entry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Entry<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}
