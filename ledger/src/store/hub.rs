//! A hub's record: many agents' batches, taken in transactions for all that wait, receipted after the commit.
//!
//! [`Hub::accept`] writes what [`crate::intake`] decides. [`Hub::fold`] folds each agent's batches as far as there is no gap,
//! in transactions of their own. [`Registry`] says who may send. Several processes may do all of this at once on one
//! PostgreSQL: whoever changes what belongs to an agent holds its row, and whoever appends to the log holds that.

mod accept;
mod checkpoint;
mod fold;
mod log;
mod plans;
mod registry;
mod roll;
mod turns;

use std::cell::RefCell;

use super::db::Db;
use super::error::Fault;
use super::table::{agents, logs, registry as rows};
use super::{Place, StoreError};
use crate::identity::{HubId, PublicKey, SecretKey};
use crate::intake::Limits;
use crate::plan::Plan;
use log::Leaves;
use plans::Plans;

pub use accept::{Answer, Tone};
pub use fold::Ripe;
pub use registry::{EnrolError, Keyring, Registry, RegistryError};
pub use roll::{Invited, Roll, Rolled};
pub use turns::{Expected, Turns};

/// Who a hub is.
#[derive(Debug)]
pub struct HubKey {
    /// Its name, which agents put into all that they sign.
    pub id: HubId,
    /// What receipts and checkpoints are signed with.
    pub key: SecretKey,
}

/// Takes what agents send.
#[derive(Debug)]
pub struct Hub {
    registry: Registry,
    own: HubKey,
    limits: Limits,
    plans: Plans,
    leaves: RefCell<Leaves>,
    turns: Turns,
}

impl Hub {
    /// Opens the record of the hub and makes it if it is missing. A file has one hub at a time. `plan` is the one whose contracts
    /// count, if the hub has one of its own.
    ///
    /// # Errors
    /// [`StoreError`] if the place is foreign, newer, damaged, of another hub, being written, or cannot be written.
    pub fn open(
        place: impl Into<Place>,
        own: HubKey,
        plan: Option<&Plan>,
    ) -> Result<Self, StoreError> {
        let place = place.into();
        let db = Db::open(&place)?;
        let mut hub = Self::new(db, place, own)?;
        hub.settle(plan)?;
        Ok(hub)
    }

    /// Opens the record beside the [`Hub`] that takes, to fold and to make checkpoints.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn beside(place: impl Into<Place>, own: HubKey) -> Result<Self, StoreError> {
        let place = place.into();
        let db = Db::open_beside(&place)?;
        Self::new(db, place, own)
    }

    /// A hub in memory, gone when it is dropped; for simulations.
    ///
    /// # Errors
    /// [`StoreError`] if there is no memory, or SQLite is too old.
    pub fn in_memory(own: HubKey, plan: Option<&Plan>) -> Result<Self, StoreError> {
        let place = Place::File(":memory:".into());
        let mut hub = Self::new(Db::in_memory()?, place, own)?;
        hub.settle(plan)?;
        Ok(hub)
    }

    /// With other limits.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// One of two hubs on one file in this process: the one that takes goes first, and the other one calls [`Self::copy_log`].
    ///
    /// # Errors
    /// [`StoreError`] if the file cannot be used so.
    pub fn taking_turns(mut self, turns: Turns) -> Result<Self, StoreError> {
        self.db().leave_log().map_err(self.at())?;
        self.turns = turns;
        Ok(self)
    }

    /// Copies the file's log of writes into the file, so that nobody who takes has to. To be called every second or so.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn copy_log(&self) -> Result<(), StoreError> {
        self.db().copy_log().map_err(self.at())
    }

    /// What it takes at most.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Its name.
    pub fn id(&self) -> &HubId {
        &self.own.id
    }

    /// The public half of its key.
    pub fn public(&self) -> PublicKey {
        self.own.key.public()
    }

    /// Who may send to it.
    pub fn registry(&mut self) -> &mut Registry {
        &mut self.registry
    }

    /// Leaves one file without a write-ahead log.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written; what was receipted is safe all the same.
    pub fn close(self) -> Result<(), StoreError> {
        let Registry { db, place } = self.registry;
        db.tidy().map_err(|fault| fault.at(&place))
    }

    fn new(db: Db, place: Place, own: HubKey) -> Result<Self, StoreError> {
        Ok(Self {
            registry: Registry { db, place },
            own,
            limits: Limits::default(),
            plans: Plans::default(),
            leaves: RefCell::default(),
            turns: Turns::default(),
        })
    }

    /// Says whose record this is and by which plan it is judged, and refuses that of another hub.
    fn settle(&mut self, plan: Option<&Plan>) -> Result<(), StoreError> {
        let (name, public) = (self.own.id.as_str().to_owned(), self.own.key.public());
        let found = self.registry.write(|db| {
            rows::set_hub(db, &name, &public)?;
            logs::begin(db)?;
            let found = rows::hub(db)?;
            if found == Some((name.clone(), public)) {
                let version = plan.map(Plan::version);
                if let (Some(plan), Some(version)) = (plan, version) {
                    agents::add_plan(db, version, plan)?;
                }
                rows::set_hub_plan(db, version)?;
            }
            Ok(found)
        })?;
        match found {
            Some((found, key)) if (found.as_str(), key) != (name.as_str(), public) => {
                Err(StoreError::OtherAgent {
                    place: self.registry.place.clone(),
                    found: format!("hub {found} with key {}", key.id()),
                    expected: format!("hub {name} with key {}", public.id()),
                })
            }
            _ => Ok(()),
        }
    }

    fn db(&self) -> &Db {
        &self.registry.db
    }

    fn at(&self) -> impl Fn(Fault) -> StoreError + use<> {
        let place = self.registry.place.clone();
        move |fault| fault.at(&place)
    }
}

#[cfg(test)]
mod tests;
