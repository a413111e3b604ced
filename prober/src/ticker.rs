//! One timer for everything that is due: plain entries in one heap, not a task each.
//!
//! In the running agent the heap lives on a thread of its own, so that handshakes cannot delay a slot (tokio's own timer
//! has a grain of 1 ms and shares its thread). On paused time the same heap is waited for in place.

mod agenda;

use std::io;
use std::sync::mpsc;
use std::time::Duration;

use tokio::sync::mpsc as fired;
use tokio::time::Instant;

use agenda::Agenda;

/// How often the timer thread looks up even if nothing is due, so that a stopped process can be noticed.
pub const BEAT: Duration = Duration::from_millis(250);

/// Hands out what is due, in the order in which it is due.
#[derive(Debug)]
pub struct Ticker<T>(Inner<T>);

#[derive(Debug)]
enum Inner<T> {
    InPlace(Agenda<T>),
    Thread {
        orders: mpsc::Sender<(Instant, T)>,
        due: fired::UnboundedReceiver<T>,
    },
}

impl<T> Ticker<T> {
    /// A ticker without a thread, for paused time: [`Self::next`] sleeps on tokio's clock.
    pub const fn in_place() -> Self {
        Self(Inner::InPlace(Agenda::new()))
    }

    /// Waits for `item` until `at`. Past instants are handed out at once.
    pub fn push(&mut self, at: Instant, item: T) {
        match &mut self.0 {
            Inner::InPlace(agenda) => agenda.push(at, item),
            // A timer thread that ended is reported by `next`.
            Inner::Thread { orders, .. } => drop(orders.send((at, item))),
        }
    }

    /// The next item, when it is due. Waits for ever if nothing is planned; `None` if the timer thread died.
    ///
    /// Cancel safe: an item is either handed out or kept.
    pub async fn next(&mut self) -> Option<T> {
        match &mut self.0 {
            Inner::Thread { due, .. } => due.recv().await,
            Inner::InPlace(agenda) => {
                let Some(at) = agenda.next_due() else {
                    return std::future::pending().await;
                };
                tokio::time::sleep_until(at).await;
                agenda.pop_due(at)
            }
        }
    }
}

impl<T: Send + 'static> Ticker<T> {
    /// A ticker with a thread of its own. `beat` is called there at least every [`BEAT`].
    ///
    /// # Errors
    /// If the system has no thread left.
    pub fn threaded(beat: impl Fn() + Send + 'static) -> io::Result<Self> {
        let (orders, taken) = mpsc::channel();
        // Bounded by what was pushed: a few entries a probe.
        let (hand_out, due) = fired::unbounded_channel();
        std::thread::Builder::new()
            .name("ticker".to_owned())
            .spawn(move || serve(&taken, &hand_out, beat))?;
        Ok(Self(Inner::Thread { orders, due }))
    }
}

/// The timer thread: ends when its ticker is dropped.
fn serve<T>(
    orders: &mpsc::Receiver<(Instant, T)>,
    hand_out: &fired::UnboundedSender<T>,
    beat: impl Fn(),
) {
    let mut agenda = Agenda::new();
    loop {
        beat();
        while let Some(item) = agenda.pop_due(Instant::now()) {
            if hand_out.send(item).is_err() {
                return;
            }
        }
        let wait = agenda.next_due().map_or(BEAT, |due| {
            due.saturating_duration_since(Instant::now()).min(BEAT)
        });
        match orders.recv_timeout(wait) {
            Ok((at, item)) => agenda.push(at, item),
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        }
        for (at, item) in orders.try_iter() {
            agenda.push(at, item);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn items_come_when_they_are_due_and_in_order() {
        let origin = Instant::now();
        let mut ticker = Ticker::in_place();
        for (seconds, item) in [(30, "c"), (10, "a"), (10, "b")] {
            ticker.push(origin + Duration::from_secs(seconds), item);
        }
        let mut seen = Vec::new();
        for _ in 0..3 {
            let item = ticker.next().await.unwrap();
            seen.push((origin.elapsed().as_secs(), item));
        }
        assert_eq!(seen, [(10, "a"), (10, "b"), (30, "c")]);
    }

    #[tokio::test]
    async fn the_thread_hands_out_the_same_order() {
        let origin = Instant::now();
        let mut ticker = Ticker::threaded(|| ()).unwrap();
        for (millis, item) in [(20, "c"), (5, "a"), (5, "b")] {
            ticker.push(origin + Duration::from_millis(millis), item);
        }
        for expected in ["a", "b", "c"] {
            assert_eq!(ticker.next().await, Some(expected));
        }
        assert!(
            origin.elapsed() >= Duration::from_millis(20),
            "never early: {:?}",
            origin.elapsed()
        );
    }
}
