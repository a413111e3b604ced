//! The outbox of alarms: a small SQLite file of its own, from which every event is delivered at least once.
//!
//! What was announced and the events that follow from it are committed in one transaction, so a crash loses no event
//! and invents none. An event stays until its delivery was acknowledged here; a crash between the two delivers it again
//! under the same id.

use std::path::Path;

use super::db::Db;
use super::error::Fault;
use super::sqlite::schema;
use super::table::events;
use super::{Place, StoreError};
use crate::time::{Millis, Timestamp};

#[cfg(test)]
mod tests;

/// The wait after the first failure; it doubles with every further one ...
const FIRST_WAIT: Millis = Millis::from_secs(30);
/// ... up to this.
const LONGEST_WAIT: Millis = Millis::from_mins(60);
/// An event that failed so often is dead.
const TRIES: u32 = 12;
/// Delivered events are kept this long for people to look at.
const KEPT: Millis = Millis::from_mins(90 * 24 * 60);

/// The one writer of an outbox.
#[derive(Debug)]
pub struct Outbox {
    db: Db,
    place: Place,
    points: FaultPoints,
}

/// An event on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letter {
    /// The same for every delivery, different for every event.
    pub id: String,
    /// Events of one key are delivered in their order.
    pub key: String,
    /// What is delivered.
    pub body: String,
}

/// An event that was given up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Its id.
    pub id: String,
    /// How often it was tried.
    pub tries: u32,
    /// When it was given up.
    pub at: Timestamp,
    /// What the last try said.
    pub error: String,
}

/// What came of a round of deliveries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Delivery {
    /// How many events arrived.
    pub delivered: u32,
    /// Which did not, and why.
    pub failed: Vec<(String, String)>,
    /// How many of these were given up.
    pub dead: u32,
}

/// What an outbox holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Posted {
    /// The state of each contract's alarms, as it was committed.
    pub states: Vec<(String, String)>,
    /// How many events wait to be delivered.
    pub waiting: u64,
    /// What the newest failed try of a waiting event said.
    pub trouble: Option<String>,
    /// What was given up, oldest first.
    pub dead: Vec<DeadLetter>,
}

/// Where a crash would hurt. Nothing happens there, unless a test asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Point {
    /// In the transaction, before the events are written.
    Begun,
    /// In the transaction, between events and state.
    EventsWritten,
    /// In the transaction, when all is written.
    StateWritten,
    /// After the transaction.
    Committed,
    /// Between a delivery and its acknowledgement.
    Acknowledging,
    /// After the acknowledgement.
    Acknowledged,
    /// Before a failure is noted.
    Failing,
}

/// Lets tests fail at one [`Point`].
#[derive(Clone, Copy, Debug, Default)]
struct FaultPoints {
    #[cfg(test)]
    crash_at: Option<Point>,
}

impl FaultPoints {
    fn pass(self, point: Point) -> Result<(), Fault> {
        #[cfg(test)]
        if self.crash_at == Some(point) {
            let what = format!("crashed at {point:?}");
            return Err(Fault::Row {
                table: "event",
                what,
            });
        }
        let _ = point;
        Ok(())
    }
}

impl Outbox {
    /// Opens the outbox at `path` and makes it if it is missing. One process at a time may have it.
    ///
    /// # Errors
    /// [`StoreError`] if the file is something else, newer, damaged, in use, or cannot be written.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let place = Place::from(path);
        let db = Db::open(&place, &schema::OUTBOX).map_err(no_outbox)?;
        Ok(Self {
            db,
            place,
            points: FaultPoints::default(),
        })
    }

    /// What the outbox at `path` holds, also while another process has it.
    ///
    /// # Errors
    /// [`StoreError`] if it is missing, something else, or cannot be read.
    pub fn peek(path: &Path) -> Result<Posted, StoreError> {
        let db = Db::open_to_read(&path.into(), &schema::OUTBOX).map_err(no_outbox)?;
        events::posted(&db).map_err(|fault| fault.at(path))
    }

    /// The state of a contract's alarms as it was committed last.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be read.
    pub fn state(&self, contract: &str) -> Result<Option<String>, StoreError> {
        events::state(&self.db, contract).map_err(|fault| fault.at(&self.place))
    }

    /// Keeps a contract's state and the events that led to it, in one durable transaction.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written, or if an event has the id of another one; nothing is kept then.
    pub fn commit(
        &mut self,
        (contract, state): (&str, &str),
        letters: &[Letter],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.write(|transaction, points| {
            points.pass(Point::Begun)?;
            for letter in letters {
                events::insert(transaction, letter, now)?;
            }
            points.pass(Point::EventsWritten)?;
            events::set_state(transaction, contract, state)?;
            events::forget(transaction, now - KEPT)?;
            points.pass(Point::StateWritten)
        })?;
        self.pass(Point::Committed)
    }

    /// The oldest event that may be tried now; none waits for an older one of another key.
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be read.
    pub fn due(&self, now: Timestamp) -> Result<Option<Letter>, StoreError> {
        events::due(&self.db, now).map_err(|fault| fault.at(&self.place))
    }

    /// The event has arrived.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written; it will be delivered again.
    pub fn delivered(&mut self, id: &str, now: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction, points| {
            points.pass(Point::Acknowledging)?;
            events::deliver(transaction, id, now)
        })?;
        self.pass(Point::Acknowledged)
    }

    /// The event could not be delivered; it is tried again later, or given up. Says whether it was.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn failed(&mut self, id: &str, error: &str, now: Timestamp) -> Result<bool, StoreError> {
        let mut dead = false;
        self.write(|transaction, points| {
            points.pass(Point::Failing)?;
            let tries = events::tries(transaction, id)? + 1;
            dead = tries >= TRIES;
            let due = (!dead).then(|| now + wait_after(tries));
            events::fail(transaction, id, &events::Failure { error, due, now })
        })?;
        Ok(dead)
    }

    /// Lets what was given up be tried again; says how many events that are.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn revive(&mut self, now: Timestamp) -> Result<usize, StoreError> {
        let mut revived = 0;
        self.write(|transaction, _| {
            revived = events::revive(transaction, now)?;
            Ok(())
        })?;
        Ok(revived)
    }

    /// Tries every event that is due by `now`, in order, and notes what came of it.
    ///
    /// # Errors
    /// [`StoreError`] if that cannot be noted; events may then be delivered again.
    pub fn deliver(
        &mut self,
        now: Timestamp,
        mut courier: impl FnMut(&Letter) -> Result<(), String>,
    ) -> Result<Delivery, StoreError> {
        let mut done = Delivery::default();
        while let Some(letter) = self.due(now)? {
            match courier(&letter) {
                Ok(()) => {
                    self.delivered(&letter.id, now)?;
                    done.delivered += 1;
                }
                Err(error) => {
                    done.dead += u32::from(self.failed(&letter.id, &error, now)?);
                    done.failed.push((letter.id, error));
                }
            }
        }
        Ok(done)
    }

    #[cfg(test)]
    pub(crate) fn crash_at(&mut self, point: Option<Point>) {
        self.points.crash_at = point;
    }

    fn pass(&self, point: Point) -> Result<(), StoreError> {
        let passed = self.points.pass(point);
        passed.map_err(|fault| fault.at(&self.place))
    }

    fn write(
        &mut self,
        work: impl FnOnce(&Db, FaultPoints) -> Result<(), Fault>,
    ) -> Result<(), StoreError> {
        let points = self.points;
        let done = self.db.transact(|transaction| work(transaction, points));
        done.map_err(|fault| fault.at(&self.place))
    }
}

fn no_outbox(error: StoreError) -> StoreError {
    match error {
        StoreError::Foreign { place, found } => StoreError::NoOutbox { place, found },
        other => other,
    }
}

/// The wait after so many failures.
fn wait_after(tries: u32) -> Millis {
    let doubled = FIRST_WAIT
        .0
        .saturating_mul(1_i64 << tries.saturating_sub(1).min(20));
    Millis(doubled.min(LONGEST_WAIT.0))
}
