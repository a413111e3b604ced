//! The one writer of a record.

mod own_view;
mod prune;
mod ship;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::db::Db;
use super::error::Fault;
use super::folding;
use super::planned::Planned;
use super::table::{self, agents, attempts, batches};
use super::{Folded, Place, SHIPPED, StoreError};
use crate::attempt::Attempt;
use crate::histogram::hour_of;
use crate::name::Name;
use crate::plan::Plan;
use crate::record::Agent;
use crate::time::{Interval, Millis, Timestamp};
use crate::wire;
use ship::Bonded;

/// How many attempts a batch should have: enough to pack well, few enough to unpack for a glance.
pub const BATCH: usize = 1_000;
/// A tail this long is sealed, full or not.
const DAY: Millis = Millis::from_mins(24 * 60);

/// Writes the record of one agent. One per file at a time, in one thread.
///
/// Dropping it loses nothing that was acknowledged; [`Self::close`] also leaves a single, folded file.
#[derive(Debug)]
pub struct Writer {
    db: Db,
    place: Place,
    agent: Agent,
    id: i64,
    planned: Planned,
    probes: BTreeMap<Name, i64>,
    next: u64,
    tail: usize,
    folded_before: u64,
    folded: Folded,
    failed: bool,
    /// No batch can be old enough to be pruned before the limit has reached this.
    prune_next: Option<Timestamp>,
    /// Whom the record is sent to.
    bonded: Option<Bonded>,
}

impl Writer {
    /// Opens the record at a place for `agent`, makes it if it is missing, and finishes what a crash left undone.
    ///
    /// A file holds one agent, a database any number of them, each with one writer.
    ///
    /// # Errors
    /// [`StoreError`] if the place is foreign, newer, damaged, of another agent, being written, or cannot be written.
    pub fn open(place: impl Into<Place>, agent: &Agent, plan: &Plan) -> Result<Self, StoreError> {
        let place = place.into();
        let db = Db::open(&place)?;
        let mut writer = Self::new(db, place, agent, plan.version())?;
        writer.register(plan)?;
        writer.fold_when_due()?;
        Ok(writer)
    }

    /// A record in memory, gone when it is dropped; for simulations.
    ///
    /// # Errors
    /// [`StoreError`] if there is no memory, or SQLite is too old.
    pub fn in_memory(agent: &Agent, plan: &Plan) -> Result<Self, StoreError> {
        let place = Place::File(PathBuf::from(":memory:"));
        let mut writer = Self::new(Db::in_memory()?, place, agent, plan.version())?;
        writer.register(plan)?;
        Ok(writer)
    }

    /// The number of the next attempt: 1 for a new record, else one more than the last that was acknowledged.
    pub fn next_sequence(&self) -> u64 {
        self.next
    }

    /// Makes a plan version known, before the first attempt under it.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn register(&mut self, plan: &Plan) -> Result<(), StoreError> {
        let version = plan.version();
        self.probes = self.write(|transaction, _| {
            agents::add_plan(transaction, version, plan)?;
            for probe in &plan.probes {
                agents::place_probe(transaction, &probe.name)?;
            }
            agents::probes(transaction)
        })?;
        self.planned.add(version, plan.clone());
        Ok(())
    }

    /// Adds attempts in one durable transaction: when it returns, they are on disk.
    ///
    /// Numbers that are there already are duplicates and ignored.
    ///
    /// # Errors
    /// [`StoreError::Gap`] unless the numbers go on without a gap, [`StoreError::UnknownPlan`] and
    /// [`StoreError::Unfit`] for attempts that could not be folded or packed, [`StoreError::Full`] on a full disk
    /// (may be tried again), [`StoreError::Failed`] otherwise. On an error none of them is there.
    pub fn append(&mut self, attempts: &[Attempt]) -> Result<(), StoreError> {
        let fresh = attempts
            .iter()
            .filter(|attempt| attempt.sequence >= self.next);
        let fresh: Result<Vec<(i64, &Attempt)>, StoreError> = (self.next..)
            .zip(fresh)
            .map(|(expected, attempt)| Ok((self.place_of(expected, attempt)?, attempt)))
            .collect();
        let fresh = fresh?;
        let Some((_, last)) = fresh.last() else {
            return Ok(());
        };
        let next = last.sequence + 1;
        self.write(|transaction, id| {
            for (probe, attempt) in &fresh {
                attempts::insert(transaction, id, *probe, attempt)?;
            }
            Ok(())
        })?;
        self.tail += fresh.len();
        self.next = next;
        Ok(())
    }

    /// How many attempts wait to be sealed.
    pub fn unsealed(&self) -> usize {
        self.tail
    }

    /// Packs the tail into batches when it is worth it: at [`BATCH`] attempts, or when it holds a day, and with a hub
    /// always; and folds when an hour of ticks is complete. To be called often; without a hub it mostly does nothing.
    ///
    /// Each batch and each fold is one transaction; a crash between them loses nothing and is made good by the next
    /// [`Self::open`].
    ///
    /// # Errors
    /// As [`Self::append`]; it may be called again.
    pub fn seal(&mut self) -> Result<(), StoreError> {
        let ticks = attempts::ticks(&self.db, self.id, 0).map_err(|fault| fault.at(&self.place))?;
        let day_is_over = ticks.is_some_and(|(oldest, newest)| newest - oldest >= DAY);
        let at_once = day_is_over || self.bonded.is_some();
        while self.tail >= BATCH || at_once && self.tail > 0 {
            self.seal_batch()?;
        }
        self.fold_when_due()
    }

    /// Folds everything, whole hour or not. Reading folds in memory, so this is never needed to see it.
    ///
    /// # Errors
    /// As [`Self::append`]; it may be called again.
    pub fn fold(&mut self) -> Result<(), StoreError> {
        let before = self.folded_before;
        let planned = std::mem::take(&mut self.planned);
        let folded = self.write(|transaction, id| {
            agents::lock(transaction, id)?;
            folding::fold(transaction, id, before, &planned)
        });
        self.planned = planned;
        let (mark, folded) = folded?;
        self.folded_before = mark;
        self.folded = self.folded.max(folded);
        Ok(())
    }

    /// The attempts whose tick lies in `window`, in the order of their numbers.
    ///
    /// # Errors
    /// [`StoreError`] if the file is damaged or cannot be read.
    pub fn attempts(&self, window: Interval) -> Result<Vec<Attempt>, StoreError> {
        let found = table::attempts_around(&self.db, self.id, window);
        found.map_err(|fault| fault.at(&self.place))
    }

    /// Writes a copy of the whole record, as it is now, to a new file (`VACUUM INTO`).
    ///
    /// # Errors
    /// [`StoreError`] if the file exists or cannot be written, or if the record is in no file.
    pub fn backup(&self, to: &Path) -> Result<(), StoreError> {
        self.db.copy_to(to)
    }

    /// Seals, folds, and leaves one file without a write-ahead log.
    ///
    /// # Errors
    /// As [`Self::append`]; what was acknowledged is safe all the same.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.seal_all()?;
        self.fold()?;
        self.db.tidy().map_err(|fault| fault.at(&self.place))
    }

    /// What the file knows, but for the plan of version `plan`, which is to be registered next.
    fn new(db: Db, place: Place, agent: &Agent, plan: u32) -> Result<Self, StoreError> {
        let fault = |fault: Fault| fault.at(&place);
        if !db.hold(&format!("agent {}", agent.name)).map_err(fault)? {
            return Err(StoreError::Locked(place));
        }
        let known = agents::all(&db).map_err(fault)?;
        // A file is the record of one agent.
        let alone = !db.is_postgres();
        let mut rivals = known.iter();
        let (id, folded_before) = match rivals.find(|row| alone || row.agent.name == agent.name) {
            None => (agents::add(&db, agent).map_err(fault)?, 1),
            Some(own) if own.agent == *agent => (own.id, own.folded_before),
            Some(other) => {
                return Err(StoreError::OtherAgent {
                    found: describe(&other.agent),
                    expected: describe(agent),
                    place,
                });
            }
        };
        let planned = Planned::new(agents::plans(&db, Some(plan)).map_err(fault)?);
        let (last, tail) = attempts::extent(&db, id).map_err(fault)?;
        let sealed = batches::end(&db, id).map_err(fault)?.sequence;
        Ok(Self {
            db,
            place,
            agent: agent.clone(),
            id,
            planned,
            probes: BTreeMap::new(),
            next: last.unwrap_or(sealed) + 1,
            tail,
            folded_before,
            folded: Folded::Nothing,
            failed: false,
            prune_next: None,
            bonded: None,
        })
    }

    /// The place of the attempt's probe in the file, if the attempt can be kept under the number `expected`.
    fn place_of(&self, expected: u64, attempt: &Attempt) -> Result<i64, StoreError> {
        let sequence = attempt.sequence;
        if sequence != expected {
            return Err(StoreError::Gap {
                place: self.place.clone(),
                expected,
                found: sequence,
            });
        }
        let planned = self.planned.pace(attempt.plan, &attempt.probe);
        let Some((_, place)) = planned.zip(self.probes.get(&attempt.probe)) else {
            return Err(StoreError::UnknownPlan {
                place: self.place.clone(),
                version: attempt.plan,
                probe: attempt.probe.to_string(),
            });
        };
        wire::fits(attempt).map_err(|reason| StoreError::Unfit {
            place: self.place.clone(),
            sequence,
            reason,
        })?;
        Ok(*place)
    }

    fn seal_all(&mut self) -> Result<(), StoreError> {
        while self.tail > 0 {
            self.seal_batch()?;
        }
        Ok(())
    }

    fn seal_batch(&mut self) -> Result<(), StoreError> {
        let bonded = self.bonded.take();
        let most = bonded.as_ref().map_or(usize::MAX, |_| SHIPPED);
        let name = self.agent.name.clone();
        let sealed = self.write(|transaction, id| {
            let mut tail = attempts::oldest(transaction, id, BATCH)?;
            loop {
                let count = tail.len();
                // One attempt alone is far smaller than any limit.
                let most = if count > 1 { most } else { usize::MAX };
                let whole = (id, &name);
                if let Some(end) = batches::append_within(transaction, whole, tail.clone(), most)? {
                    attempts::remove(transaction, id, end.sequence)?;
                    if let Some(bonded) = &bonded {
                        bonded.sign(transaction, whole, &end)?;
                    }
                    return Ok(count);
                }
                if count == 0 {
                    return Ok(0);
                }
                tail.truncate(count.div_ceil(2));
            }
        });
        self.bonded = bonded;
        self.tail = self.tail.saturating_sub(sealed?);
        Ok(())
    }

    fn fold_when_due(&mut self) -> Result<(), StoreError> {
        let unfolded = table::ticks_since(&self.db, self.id, self.folded_before);
        let unfolded = unfolded.map_err(|fault| fault.at(&self.place))?;
        match unfolded {
            Some((oldest, newest)) if hour_of(oldest) != hour_of(newest) => self.fold(),
            _ => Ok(()),
        }
    }

    /// Runs one transaction. After a failed write nothing is tried again, because what the disk then holds is unknown.
    fn write<T>(
        &mut self,
        work: impl FnOnce(&Db, i64) -> Result<T, Fault>,
    ) -> Result<T, StoreError> {
        if self.failed {
            let reason = "an earlier write failed".to_owned();
            return Err(StoreError::Failed {
                place: self.place.clone(),
                reason,
            });
        }
        let id = self.id;
        let done = self.db.transact(|transaction| work(transaction, id));
        done.map_err(|fault| {
            let error = fault.at(&self.place);
            self.failed = !matches!(error, StoreError::Full(_) | StoreError::Locked(_));
            error
        })
    }
}

fn describe(agent: &Agent) -> String {
    format!("agent {} in region {}", agent.name, agent.region)
}

#[cfg(test)]
mod tests;
