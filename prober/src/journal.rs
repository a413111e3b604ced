//! What was observed, on its way to disk. One thread owns the database; nothing that measures ever waits for it.
//!
//! Whatever is queued goes into one transaction (group commit) and is acknowledged after its commit. On paused time the same
//! code is called in place.

mod desk;
mod keeper;
mod record;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::Thread;
use std::time::Duration;

use ledger::attempt::{Attempt, Detail};
use ledger::verdict::{Class, Verdict};
use tokio::sync::{Notify, oneshot};

pub use desk::{Desk, Errand};

use keeper::Keeper;
pub use keeper::{Book, Grouping, OpenBook, Trouble};
pub use record::{Known, record_at, record_for_hub, record_in_memory};

/// Attempts that may wait for the journal thread.
const QUEUE: usize = 8_192;

/// Attempts that are kept as bare slots when the queue is full, too.
const SPILL: usize = 100_000;

/// How long the journal thread waits for more before it looks whether a batch is to be sealed.
const IDLE: Duration = Duration::from_secs(1);

/// Called with the sequence numbers of attempts that are on disk.
pub type Acknowledge = Box<dyn FnMut(u64) + Send>;

/// The journal of an agent.
#[derive(Debug)]
pub struct Journal {
    to: To,
    /// Slots whose observation had no room; written as void as soon as there is some.
    spill: VecDeque<Attempt>,
    /// Slots that even the spill had no room for.
    uncounted: u64,
    /// Told of each batch.
    sealed: Arc<Notify>,
}

#[derive(Debug)]
enum To {
    InPlace(Arc<Mutex<Keeper>>),
    Thread {
        queue: mpsc::SyncSender<Order>,
        ended: oneshot::Receiver<Result<(), JournalError>>,
        thread: Thread,
        patience: Arc<AtomicBool>,
    },
}

/// What the journal thread is asked for.
enum Order {
    Write(Box<Attempt>),
    Run(Errand),
    Seal(oneshot::Sender<()>),
    Close,
}

/// The record cannot be written, and trying again did not help.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The database refused.
    #[error("the journal cannot be written: {0}")]
    Store(#[source] Trouble),
    /// Its thread is gone.
    #[error("the journal thread died")]
    Died,
    /// The system has no thread left.
    #[error("the journal thread cannot be started: {0}")]
    Thread(#[source] std::io::Error),
}

impl Journal {
    /// Writes in place, for paused time.
    ///
    /// # Errors
    /// If the database cannot be opened.
    pub fn in_place(open: OpenBook, grouping: Grouping) -> Result<Self, JournalError> {
        let keeper = Keeper::open(open, grouping, Box::new(|_| ())).map_err(JournalError::Store)?;
        let sealed = keeper.sealed();
        Ok(Self::new(To::InPlace(Arc::new(Mutex::new(keeper))), sealed))
    }

    /// Writes on a thread of its own. `acknowledge` is called there.
    ///
    /// # Errors
    /// If the database cannot be opened, or the system has no thread left.
    pub fn threaded(open: OpenBook, acknowledge: Acknowledge) -> Result<Self, JournalError> {
        let keeper =
            Keeper::open(open, Grouping::AT_ONCE, acknowledge).map_err(JournalError::Store)?;
        let (queue, taken) = mpsc::sync_channel(QUEUE);
        let (end, ended) = oneshot::channel();
        let (patience, sealed) = (keeper.patience(), keeper.sealed());
        let thread = std::thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || {
                let result = serve(keeper, &taken).map_err(JournalError::Store);
                // Nobody listens any more if the agent was dropped.
                drop(end.send(result));
            })
            .map_err(JournalError::Thread)?;
        let to = To::Thread {
            queue,
            ended,
            thread: thread.thread().clone(),
            patience,
        };
        Ok(Self::new(to, sealed))
    }

    const fn new(to: To, sealed: Arc<Notify>) -> Self {
        Self {
            to,
            spill: VecDeque::new(),
            uncounted: 0,
            sealed,
        }
    }

    /// Where others may ask the record, while the journal is open.
    pub fn desk(&self) -> Desk {
        let sealed = Arc::clone(&self.sealed);
        match &self.to {
            To::InPlace(keeper) => Desk::in_place(keeper, sealed),
            To::Thread { queue, .. } => Desk::threaded(queue.clone(), sealed),
        }
    }

    /// Hands an attempt over; its sequence number is given when it is written. Never waits.
    ///
    /// # Errors
    /// Only in place: if the database refused twice.
    pub fn append(&mut self, attempt: Attempt) -> Result<(), JournalError> {
        match &mut self.to {
            To::InPlace(keeper) => {
                let mut keeper = keeper.lock().unwrap_or_else(PoisonError::into_inner);
                keeper.put(attempt).map_err(JournalError::Store)
            }
            To::Thread { queue, .. } => {
                while let Some(waiting) = self.spill.pop_front() {
                    if let Err(back) = queue.try_send(Order::Write(Box::new(waiting))) {
                        self.spill.extend(unsent(back));
                        self.spill.rotate_right(1);
                        break;
                    }
                }
                if self.spill.is_empty() {
                    match queue.try_send(Order::Write(Box::new(attempt))) {
                        Ok(()) => return Ok(()),
                        Err(back) => {
                            if let Some(attempt) = unsent(back) {
                                self.keep_slot(attempt);
                            }
                        }
                    }
                } else {
                    self.keep_slot(attempt);
                }
                Ok(())
            }
        }
    }

    /// Waits until the journal can no longer be written; for ever in place.
    pub async fn failed(&mut self) -> JournalError {
        match &mut self.to {
            To::InPlace(_) => std::future::pending().await,
            To::Thread { ended, .. } => match ended.await {
                Ok(Err(error)) => error,
                Ok(Ok(())) | Err(_) => JournalError::Died,
            },
        }
    }

    /// Writes what is queued and seals it; the record stays open.
    ///
    /// # Errors
    /// Only in place: if the database refused twice. On a thread [`Self::close`] tells of it.
    pub async fn seal(&mut self) -> Result<(), JournalError> {
        match &self.to {
            To::InPlace(keeper) => {
                let mut keeper = keeper.lock().unwrap_or_else(PoisonError::into_inner);
                keeper.seal_all().map_err(JournalError::Store)
            }
            To::Thread {
                queue, patience, ..
            } => {
                // Whoever leaves does not wait for a full disk.
                patience.store(false, Ordering::Relaxed);
                for waiting in self.spill.drain(..) {
                    if queue.send(Order::Write(Box::new(waiting))).is_err() {
                        break;
                    }
                }
                let (tell, told) = oneshot::channel();
                let _ = queue.send(Order::Seal(tell));
                // A thread that is gone has nothing to seal.
                let _ = told.await;
                Ok(())
            }
        }
    }

    /// Writes what is queued, seals it and closes the database.
    ///
    /// # Errors
    /// If that cannot be done; what was acknowledged is safe all the same.
    pub async fn close(self) -> Result<(), JournalError> {
        if self.uncounted > 0 {
            tracing::error!(
                slots = self.uncounted,
                "observations were lost for lack of room"
            );
        }
        match self.to {
            To::InPlace(keeper) => {
                let mut keeper = keeper.lock().unwrap_or_else(PoisonError::into_inner);
                keeper.close().map_err(JournalError::Store)
            }
            To::Thread {
                queue,
                ended,
                thread,
                patience,
            } => {
                // Whoever leaves does not wait for a full disk.
                patience.store(false, Ordering::Relaxed);
                thread.unpark();
                for waiting in self.spill {
                    // Waits for room: measuring is over.
                    if queue.send(Order::Write(Box::new(waiting))).is_err() {
                        break;
                    }
                }
                // Whoever still has a desk does not keep the journal open.
                let _ = queue.send(Order::Close);
                drop(queue);
                ended.await.unwrap_or(Err(JournalError::Died))
            }
        }
    }

    /// Keeps that the slot was looked at, without what was seen: the record says that the disk was too slow.
    fn keep_slot(&mut self, mut attempt: Attempt) {
        if self.spill.len() >= SPILL {
            self.uncounted += 1;
            return;
        }
        if self.spill.is_empty() {
            tracing::error!(
                "the journal is too slow; observations become void until it has caught up"
            );
        }
        attempt.verdict = Verdict::Void;
        attempt.class = Some(Class::ProberDisk);
        attempt.step = None;
        attempt.status = None;
        attempt.steps = Vec::new();
        attempt.total = None;
        attempt.slow = false;
        attempt.detail = Detail::escape("no room to keep what was seen");
        self.spill.push_back(attempt);
    }
}

/// The attempt that found no room.
fn unsent(back: mpsc::TrySendError<Order>) -> Option<Attempt> {
    let (mpsc::TrySendError::Full(order) | mpsc::TrySendError::Disconnected(order)) = back;
    match order {
        Order::Write(attempt) => Some(*attempt),
        Order::Run(_) | Order::Seal(_) | Order::Close => None,
    }
}

/// The journal thread: ends when the journal is dropped or closed, or when writing is hopeless.
fn serve(mut keeper: Keeper, taken: &mpsc::Receiver<Order>) -> Result<(), Trouble> {
    loop {
        let (mut group, mut errands, mut open) = (Vec::new(), Vec::new(), true);
        let mut seals = Vec::new();
        match taken.recv_timeout(IDLE) {
            Ok(first) => {
                let queued = taken.try_iter().take(QUEUE);
                for order in std::iter::once(first).chain(queued) {
                    match order {
                        Order::Write(attempt) => group.push(*attempt),
                        Order::Run(errand) => errands.push(errand),
                        Order::Seal(tell) => seals.push(tell),
                        Order::Close => open = false,
                    }
                }
            }
            Err(mpsc::RecvTimeoutError::Timeout) => {}
            Err(mpsc::RecvTimeoutError::Disconnected) => open = false,
        }
        // What was observed goes first: the hub can wait.
        if !group.is_empty() {
            keeper.write(group)?;
        }
        if !open {
            return keeper.close();
        }
        if !seals.is_empty() {
            keeper.seal_all()?;
            for tell in seals {
                // Whoever asked may have gone.
                let _ = tell.send(());
            }
        }
        errands.into_iter().for_each(|errand| keeper.run(errand));
        keeper.seal_if_due()?;
    }
}

#[cfg(test)]
mod tests;
