//! Where others ask the record: the journal runs their errands between two groups of attempts.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak, mpsc};

use ledger::store::Writer;
use tokio::sync::{Notify, oneshot};

use super::Order;
use super::keeper::Keeper;

/// Something to be done with the record.
pub type Errand = Box<dyn FnOnce(&mut Writer) + Send>;

/// A place to hand errands over. It does not keep the journal open.
#[derive(Clone)]
pub struct Desk {
    to: To,
    sealed: Arc<Notify>,
}

#[derive(Clone)]
enum To {
    InPlace(Weak<Mutex<Keeper>>),
    Thread(mpsc::SyncSender<Order>),
}

impl Desk {
    pub(super) fn in_place(keeper: &Arc<Mutex<Keeper>>, sealed: Arc<Notify>) -> Self {
        let to = To::InPlace(Arc::downgrade(keeper));
        Self { to, sealed }
    }

    pub(super) const fn threaded(queue: mpsc::SyncSender<Order>, sealed: Arc<Notify>) -> Self {
        let to = To::Thread(queue);
        Self { to, sealed }
    }

    /// What `work` makes of the record; `None` if the journal has no time, is shut or gone, or keeps no record.
    ///
    /// Never waits for room: attempts need it more.
    pub async fn ask<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Writer) -> T + Send + 'static,
    ) -> Option<T> {
        let (tell, told) = oneshot::channel();
        let errand: Errand = Box::new(move |writer| {
            // Whoever asked may have gone.
            let _ = tell.send(work(writer));
        });
        match &self.to {
            To::InPlace(keeper) => {
                let keeper = keeper.upgrade()?;
                let mut keeper = keeper.lock().unwrap_or_else(PoisonError::into_inner);
                keeper.run(errand);
            }
            To::Thread(queue) => queue.try_send(Order::Run(errand)).ok()?,
        }
        told.await.ok()
    }

    /// Waits until something is sealed.
    pub async fn sealed(&self) {
        self.sealed.notified().await;
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").finish_non_exhaustive()
    }
}
