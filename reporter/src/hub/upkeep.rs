//! What is done to the record beside taking: folding, pruning, checkpoints, and copying a file's log of writes.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use ledger::store::{Hub, Ripe, StoreError};
use ledger::time::Millis;
use tokio::time::Instant;

use super::desk::Opener;
use super::now;

/// So often it is looked whether something is due.
const PAUSE: Duration = Duration::from_secs(1);
/// Between two steps others may write.
const BREATH: Duration = Duration::from_millis(20);
/// So often old batches are pruned.
const PRUNE: Duration = Duration::from_secs(3_600);

/// The thread that does it.
#[derive(Debug)]
pub(super) struct Upkeep {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

struct Worker {
    open: Opener,
    hub: Option<Hub>,
    keep: Option<Millis>,
    pruned: Option<Instant>,
    copied: Instant,
    note: Arc<Mutex<Option<String>>>,
    told: bool,
}

impl Upkeep {
    /// Begins; batches lose their bodies when they are older than `keep`. The newest checkpoint is put into `note`.
    pub(super) fn begin(
        open: Opener,
        keep: Option<Millis>,
        note: Arc<Mutex<Option<String>>>,
    ) -> Self {
        let (stop, stopped) = channel();
        let worker = Worker {
            open,
            hub: None,
            keep,
            pruned: None,
            copied: Instant::now(),
            note,
            told: false,
        };
        let thread = std::thread::Builder::new()
            .name("upkeep".to_owned())
            .spawn(move || worker.work(&stopped));
        Self {
            stop,
            thread: thread.expect("the system gives a thread at the start"),
        }
    }

    /// Ends it after its current step.
    pub(super) fn end(self) {
        drop(self.stop);
        let _ = self.thread.join();
    }
}

impl Worker {
    fn work(mut self, stopped: &Receiver<()>) {
        let is_over = |wait| stopped.recv_timeout(wait) != Err(RecvTimeoutError::Timeout);
        loop {
            let wait = match self.step() {
                Ok(true) => BREATH,
                Ok(false) => PAUSE,
                // Others write all the time; they must pause some day.
                Err(StoreError::Locked(_)) => PAUSE,
                Err(error) => {
                    if !std::mem::replace(&mut self.told, true) {
                        tracing::error!(%error, "the record cannot be folded; it is tried again");
                    }
                    PAUSE
                }
            };
            if is_over(wait) {
                return;
            }
        }
    }

    /// One short transaction or a few; says whether there is more to do.
    fn step(&mut self) -> Result<bool, StoreError> {
        let mut hub = match self.hub.take() {
            Some(hub) => hub,
            None => (self.open)()?,
        };
        if hub.checkpoint(now())? || self.is_silent() {
            let note = hub.newest_checkpoint()?;
            *self.note.lock().unwrap_or_else(PoisonError::into_inner) = note;
        }
        if self.copied.elapsed() >= PAUSE {
            hub.copy_log()?;
            self.copied = Instant::now();
        }
        let mut more = hub.fold(Ripe::Hours)? > 0;
        let due = self.pruned.is_none_or(|at| at.elapsed() >= PRUNE);
        if let (Some(keep), true) = (self.keep, due) {
            let looked = hub.prune(keep)?;
            more |= looked > 0;
            if looked == 0 {
                self.pruned = Some(Instant::now());
            }
        }
        self.told = false;
        self.hub = Some(hub);
        Ok(more)
    }

    fn is_silent(&self) -> bool {
        self.note
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .is_none()
    }
}
