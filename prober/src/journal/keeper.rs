//! Writes attempts to the book in groups, acknowledges, seals; opens the book anew when it refuses.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ledger::attempt::Attempt;
use ledger::name::Name;
use ledger::verdict::Verdict;
use tokio::sync::Notify;
use tokio::time::Instant;

use super::Acknowledge;
use super::desk::Errand;

/// A batch is sealed at least this often (design §6) ...
const SEAL: Duration = Duration::from_secs(30);

/// ... and when a verdict changes, but not more often than this.
const SEAL_LEAST: Duration = Duration::from_secs(1);

/// How long a full disk is given before the next try.
const FULL_WAIT: Duration = Duration::from_secs(5);

/// Where attempts are kept. The store is one; tests have one that fails.
pub trait Book: Send {
    /// The number of the next attempt: one more than the last one on disk.
    fn next_sequence(&self) -> u64;

    /// Writes attempts in one durable transaction.
    ///
    /// # Errors
    /// If they may not be on disk; the book must then be opened anew to learn what is.
    fn append(&mut self, attempts: &[Attempt]) -> Result<(), Trouble>;

    /// Packs what is not yet sealed into a batch.
    ///
    /// # Errors
    /// If the batch may not be on disk.
    fn seal(&mut self) -> Result<(), Trouble>;

    /// Lets somebody ask the record, if the book is one; whoever waits for an answer hears that there is none otherwise.
    fn run(&mut self, errand: Errand) {
        drop(errand);
    }

    /// Leaves the book in order.
    ///
    /// # Errors
    /// If that cannot be done; what was written is safe.
    fn close(self: Box<Self>) -> Result<(), Trouble>;
}

/// Opens (and verifies) the book.
pub type OpenBook = Box<dyn FnMut() -> Result<Box<dyn Book>, Trouble> + Send>;

/// Why the book cannot be written.
#[derive(Debug, thiserror::Error)]
#[error("{source}")]
pub struct Trouble {
    /// The disk is full; that may pass.
    pub full: bool,
    /// What the store says.
    pub source: Box<dyn Error + Send + Sync>,
}

/// When a group is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grouping {
    /// As soon as so many attempts wait ...
    pub most: usize,
    /// ... or one comes so long after the last write.
    pub wait: Duration,
}

impl Grouping {
    /// Each attempt at once.
    pub const AT_ONCE: Self = Self {
        most: 1,
        wait: Duration::ZERO,
    };
}

/// The one writer.
pub(super) struct Keeper {
    open: OpenBook,
    book: Option<Box<dyn Book>>,
    acknowledge: Acknowledge,
    grouping: Grouping,
    waiting: Vec<Attempt>,
    verdicts: BTreeMap<Name, Verdict>,
    changed: bool,
    unsealed: bool,
    written: Instant,
    sealed: Instant,
    /// Told of each seal.
    told: Arc<Notify>,
    /// Whether a full disk is waited for: in the running agent, until it leaves.
    patience: Arc<AtomicBool>,
}

impl Keeper {
    pub(super) fn open(
        mut open: OpenBook,
        grouping: Grouping,
        acknowledge: Acknowledge,
    ) -> Result<Self, Trouble> {
        let book = Some(open()?);
        Ok(Self {
            open,
            book,
            acknowledge,
            patience: Arc::new(AtomicBool::new(grouping == Grouping::AT_ONCE)),
            grouping,
            waiting: Vec::new(),
            verdicts: BTreeMap::new(),
            changed: false,
            unsealed: true,
            written: Instant::now(),
            sealed: Instant::now(),
            told: Arc::default(),
        })
    }

    /// Told of each seal.
    pub(super) fn sealed(&self) -> Arc<Notify> {
        Arc::clone(&self.told)
    }

    /// Lets somebody ask the record. While the book is shut nobody is answered.
    pub(super) fn run(&mut self, errand: Errand) {
        if let Some(book) = &mut self.book {
            book.run(errand);
        }
    }

    /// While this is true a full disk is waited for.
    pub(super) fn patience(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.patience)
    }

    /// Takes one attempt, and writes the group if it is large or old enough.
    pub(super) fn put(&mut self, attempt: Attempt) -> Result<(), Trouble> {
        self.waiting.push(attempt);
        let old = self.written.elapsed() >= self.grouping.wait;
        if self.waiting.len() < self.grouping.most && !old {
            return Ok(());
        }
        let group = std::mem::take(&mut self.waiting);
        self.write(group)?;
        self.seal_if_due()
    }

    /// Writes a group in one transaction and acknowledges it.
    pub(super) fn write(&mut self, mut group: Vec<Attempt>) -> Result<(), Trouble> {
        let mut tries = 0;
        while let Err(trouble) = self.append(&mut group) {
            tries += 1;
            self.reopen(&trouble, tries)?;
            // A commit whose answer was lost may have landed.
            let next = self.book.as_ref().map_or(0, |book| book.next_sequence());
            let landed = |attempt: &Attempt| attempt.sequence != 0 && attempt.sequence < next;
            let (on_disk, lost): (Vec<_>, Vec<_>) = group.into_iter().partition(landed);
            self.note(&on_disk);
            group = lost;
        }
        if tries > 0 {
            tracing::info!("the journal is written again");
        }
        self.note(&group);
        self.written = Instant::now();
        Ok(())
    }

    /// Seals if half a minute has passed, or a verdict changed and the last seal is a second old.
    pub(super) fn seal_if_due(&mut self) -> Result<(), Trouble> {
        let wait = if self.changed { SEAL_LEAST } else { SEAL };
        if !self.unsealed || self.sealed.elapsed() < wait {
            return Ok(());
        }
        self.seal()
    }

    /// Writes what waits, and seals it.
    pub(super) fn seal_all(&mut self) -> Result<(), Trouble> {
        let group = std::mem::take(&mut self.waiting);
        if !group.is_empty() {
            self.write(group)?;
        }
        if self.unsealed {
            self.seal()?;
        }
        Ok(())
    }

    /// Writes what waits, seals, and leaves the book in order.
    pub(super) fn close(&mut self) -> Result<(), Trouble> {
        self.seal_all()?;
        self.book.take().map_or(Ok(()), Book::close)
    }

    fn append(&mut self, group: &mut [Attempt]) -> Result<(), Trouble> {
        let book = self.book()?;
        let first = book.next_sequence();
        for (attempt, sequence) in group.iter_mut().zip(first..) {
            attempt.sequence = sequence;
        }
        match group {
            [] => Ok(()),
            group => book.append(group),
        }
    }

    fn seal(&mut self) -> Result<(), Trouble> {
        let mut tries = 0;
        while let Err(trouble) = self.book().and_then(Book::seal) {
            tries += 1;
            self.reopen(&trouble, tries)?;
        }
        self.sealed = Instant::now();
        (self.changed, self.unsealed) = (false, false);
        self.told.notify_one();
        Ok(())
    }

    /// Acknowledges attempts that are on disk.
    fn note(&mut self, on_disk: &[Attempt]) {
        for attempt in on_disk {
            (self.acknowledge)(attempt.sequence);
            let before = self.verdicts.get(&attempt.probe);
            if before != Some(&attempt.verdict) {
                self.changed |= before.is_some() || attempt.verdict != Verdict::Good;
                self.verdicts.insert(attempt.probe.clone(), attempt.verdict);
            }
        }
        self.unsealed |= !on_disk.is_empty();
    }

    /// After a failure nothing that SQLite holds in memory is trusted: the file is closed, opened and verified anew.
    ///
    /// A failed fsync must not be followed by another one that "succeeds". Once is enough, unless the disk is full: that passes.
    fn reopen(&mut self, trouble: &Trouble, tries: u32) -> Result<(), Trouble> {
        let waits = |trouble: &Trouble| trouble.full && self.patience.load(Ordering::Relaxed);
        if tries > 1 && !waits(trouble) {
            return Err(Trouble {
                full: trouble.full,
                source: trouble.to_string().into(),
            });
        }
        if tries == 1 {
            tracing::error!(error = %trouble, "the journal cannot be written; opening it anew");
        } else {
            std::thread::park_timeout(FULL_WAIT);
        }
        self.book = None;
        match (self.open)() {
            Ok(book) => self.book = Some(book),
            Err(again) if again.full && self.patience.load(Ordering::Relaxed) => {}
            Err(again) => return Err(again),
        }
        Ok(())
    }

    fn book(&mut self) -> Result<&mut (dyn Book + 'static), Trouble> {
        let missing = || Trouble {
            full: true,
            source: "the journal is not open".into(),
        };
        self.book.as_deref_mut().ok_or_else(missing)
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}
