//! A record made of what a bundle of evidence shows, in memory: batches go in as they are, all else is made anew.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread::ScopedJoinHandle;

use super::shared::Shared;
use super::{Reader, Snapshot};
use crate::bundle::Restored;
use crate::plan::Plan;
use crate::store::db::Db;
use crate::store::error::Fault;
use crate::store::folding::{self, Folding};
use crate::store::planned::Planned;
use crate::store::table::{agents, batches};
use crate::store::{Place, StoreError};
use crate::wire::Sealed;

/// How many batches are put in before they are folded: enough to be quick, few enough to be held in memory.
const AT_ONCE: usize = 64;

impl Reader {
    /// The record of several agents, made anew of their batches.
    ///
    /// # Errors
    /// [`StoreError`] if a batch cannot be unpacked; whoever has checked the bundle never meets that.
    pub fn restored(
        plans: &BTreeMap<u32, Plan>,
        agents: Vec<Restored>,
    ) -> Result<Self, StoreError> {
        let at_once = std::thread::available_parallelism().map_or(1, NonZero::get);
        let mut files = Vec::new();
        let mut agents = agents.into_iter().peekable();
        while agents.peek().is_some() {
            // A few more than processors, as agents are not equally large; not all of a hub's.
            let some = agents.by_ref().take(4 * at_once).collect();
            files.extend(together(plans, some)?);
        }
        Ok(Self {
            files,
            shared: Shared::default(),
        })
    }
}

/// The records of some agents, which have nothing to do with each other, each on a thread of its own.
fn together(
    plans: &BTreeMap<u32, Plan>,
    agents: Vec<Restored>,
) -> Result<Vec<Snapshot>, StoreError> {
    std::thread::scope(|scope| {
        let agents = agents.into_iter();
        let made: Vec<_> = agents
            .map(|one| scope.spawn(|| snapshot(plans, one)))
            .collect();
        let made = made.into_iter().map(ScopedJoinHandle::join);
        let made = made.map(|made| made.unwrap_or_else(|panic| resume_unwind(panic)));
        made.collect()
    })
}

/// The record of one agent.
fn snapshot(plans: &BTreeMap<u32, Plan>, agent: Restored) -> Result<Snapshot, StoreError> {
    let mut db = Db::in_memory()?;
    let place: Place = Path::new("evidence").into();
    let work = |db: &Db| {
        for (version, plan) in plans {
            agents::add_plan(db, *version, plan)?;
        }
        put(db, agent, &Planned::new(plans.clone()))
    };
    db.transact(work).map_err(|fault| fault.at(&place))?;
    let agents = agents::all(&db).map_err(|fault| fault.at(&place))?;
    let planned = OnceCell::new();
    Ok(Snapshot {
        place,
        db,
        agents,
        planned,
    })
}

fn put(db: &Db, restored: Restored, planned: &Planned) -> Result<(), Fault> {
    let agent = agents::add(db, &restored.agent)?;
    let all: Vec<Sealed> = restored.batches.into_iter().chain(restored.tail).collect();
    let mut before = 1;
    for (place, some) in all.chunks(AT_ONCE).enumerate() {
        let mut attempts = Vec::new();
        for (number, sealed) in (u64::try_from(place * AT_ONCE).unwrap_or(0) + 1..).zip(some) {
            attempts.extend(batches::put(db, agent, number, sealed)?);
        }
        attempts.retain(|attempt| attempt.sequence >= before);
        if let Some(last) = attempts.last() {
            let after = last.sequence + 1;
            let folding = Folding::new(agent, planned);
            folding::fold_these(db, folding, &attempts, (before, after))?;
            before = after;
        }
    }
    Ok(())
}
