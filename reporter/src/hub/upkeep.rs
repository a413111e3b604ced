//! What is done to the record beside taking: folding, pruning, checkpoints, and copying a file's log of writes.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use ledger::store::{Hub, Ripe, StoreError};
use ledger::time::Millis;
use tokio::time::Instant;

use super::desk::{Opener, watched};
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
            let wait = match watched(|| self.step()) {
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use ledger::identity::{HubId, SecretKey};
    use ledger::name::Name;
    use ledger::record::Agent;
    use ledger::store::HubKey;

    use super::*;

    #[test]
    fn a_crash_is_survived_and_the_work_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("hub.db");
        let key = || HubKey {
            id: HubId::new("hub").unwrap(),
            key: SecretKey::from_seed(&[2; 32]).unwrap(),
        };
        let mut hub = Hub::open(path.as_path(), key(), None).unwrap();
        let agent = Agent {
            name: Name::new("eu-1").unwrap(),
            region: Name::new("eu").unwrap(),
        };
        hub.registry().invite(&agent, "token", now()).unwrap();
        let public = SecretKey::from_seed(&[1; 32]).unwrap().public();
        hub.registry().enrol("token", &public, now()).unwrap();
        let crashes = AtomicU32::new(2);
        let open = move || {
            let left = crashes.load(Ordering::Relaxed);
            crashes.store(left.saturating_sub(1), Ordering::Relaxed);
            assert_eq!(left, 0, "planted");
            Hub::beside(path.as_path(), key())
        };
        let (note, none) = (Arc::new(Mutex::new(None)), None);
        let upkeep = Upkeep::begin(Box::new(open), none, Arc::clone(&note));
        // A minute at most; a crash is followed by a pause of a second.
        let (_kept, never) = channel::<()>();
        for _ in 0..600 {
            if note.lock().unwrap().is_some() {
                break;
            }
            let _ = never.recv_timeout(Duration::from_millis(100));
        }
        upkeep.end();
        let note = note.lock().unwrap().clone().expect("a checkpoint");
        assert!(note.starts_with("hub\n1\n"), "{note}");
    }
}
