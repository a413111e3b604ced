//! Folding and pruning what agents have sent, each agent in transactions of its own.

use super::{Hub, Registry};
use crate::histogram::hour_of;
use crate::store::db::Db;
use crate::store::error::Fault;
use crate::store::table::arrivals::{self, Unfolded};
use crate::store::table::registry::{self as rows, Known};
use crate::store::table::{self, agents, batches};
use crate::store::{StoreError, folding, pruning};
use crate::time::Millis;

/// The most batches that are looked at at once.
const LOOK: u32 = 512;
/// A transaction folds so many attempts and then ends with its batch, so that nobody waits long for it.
const CHUNK: u64 = 16_384;

/// What is to be folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ripe {
    /// An agent's batches once they hold a complete hour of ticks.
    Hours,
    /// All that there is.
    All,
}

impl Hub {
    /// Folds what is ripe of each agent, up to its first gap. Says how many attempts were folded; to be called again until that is none.
    ///
    /// # Errors
    /// [`StoreError`] if something cannot be read or written; it may be called again.
    pub fn fold(&mut self, ripe: Ripe) -> Result<u64, StoreError> {
        let agents = rows::agents(self.db()).map_err(self.at())?;
        let mut folded = 0;
        for known in agents {
            folded += self.fold_agent(&known, ripe)?;
        }
        Ok(folded)
    }

    fn fold_agent(&mut self, known: &Known, ripe: Ripe) -> Result<u64, StoreError> {
        let place = self.registry.place.clone();
        let due = step(self.db(), known, ripe).map_err(|fault| fault.at(&place))?;
        if due.is_none() {
            return Ok(0);
        }
        let Self {
            registry, plans, ..
        } = self;
        let versions = versions(registry, known).map_err(|fault| fault.at(&place))?;
        let planned = plans.planned(&registry.db, &versions);
        let planned = planned.map_err(|fault| fault.at(&place))?;
        let done = registry.db.transact(|db| {
            // Another process may have been faster.
            let Some(known) = rows::hold(db, &known.agent.name)? else {
                return Ok(0);
            };
            let Some(until) = step(db, &known, ripe)? else {
                return Ok(0);
            };
            let from = known.folded_before;
            let attempts = batches::between(db, known.id, (from, until))?;
            match attempts.is_empty() {
                true => agents::move_mark(db, known.id, until)?,
                false => {
                    let marks = (from, until);
                    folding::fold_these(db, known.id, &attempts, marks, planned)?;
                }
            }
            Ok(until - from)
        });
        done.map_err(|fault| fault.at(&place))
    }

    /// Prunes the batches of all agents that are older than `keep`, as [`crate::store::Writer::prune`] does; says how many were
    /// looked at.
    ///
    /// # Errors
    /// As [`Self::fold`].
    pub fn prune(&mut self, keep: Millis) -> Result<u64, StoreError> {
        let place = self.registry.place.clone();
        let agents = rows::agents(self.db()).map_err(self.at())?;
        let mut looked = 0;
        for known in agents {
            let newest = table::newest_tick(self.db(), known.id).map_err(self.at())?;
            let Some(newest) = newest else { continue };
            let Self {
                registry, plans, ..
            } = self;
            let versions = versions(registry, &known).map_err(|fault| fault.at(&place))?;
            let planned = plans.planned(&registry.db, &versions);
            let context = planned.map_err(|fault| fault.at(&place))?.widest_context();
            looked += registry.write(|db| {
                let Some(known) = rows::hold(db, &known.agent.name)? else {
                    return Ok(0);
                };
                let found = pruning::due(db, (known.id, known.folded_before), newest - keep)?;
                pruning::prune(db, known.id, &found, (context, newest))?;
                Ok(u64::try_from(found.len()).unwrap_or(u64::MAX))
            })?;
        }
        Ok(looked)
    }
}

/// The plan versions by which an agent may have looked, and that of the hub, whose zones are wanted too.
fn versions(registry: &Registry, known: &Known) -> Result<Vec<u32>, Fault> {
    let mut versions = arrivals::plans(&registry.db, known.id)?;
    versions.extend(rows::hub_plan(&registry.db)?);
    versions.sort_unstable();
    versions.dedup();
    Ok(versions)
}

/// Up to before which number an agent's attempts are to be folded next; `None` if nothing is due.
fn step(db: &Db, known: &Known, ripe: Ripe) -> Result<Option<u64>, Fault> {
    let found = arrivals::unfolded(db, (known.id, known.folded_before), LOOK)?;
    let gap = given_up(db, known)?;
    let (mut until, mut ends, mut oldest) = (known.folded_before, Vec::new(), None);
    for batch in &found {
        let follows = batch.first <= until;
        if !(follows || batch.first <= gap) {
            break;
        }
        until = batch.last + 1;
        ends.push(batch);
        oldest = oldest.or(Some(batch.ticks.0));
    }
    let Some((last, oldest)) = ends.last().zip(oldest) else {
        return Ok(None);
    };
    let full = found.len() == usize::try_from(LOOK).unwrap_or(usize::MAX);
    if !(ripe == Ripe::All || full || hour_of(oldest) != hour_of(last.ticks.1)) {
        return Ok(None);
    }
    Ok(Some(chunk(known.folded_before, &ends)))
}

/// The end of the first batches that have [`CHUNK`] attempts together.
fn chunk(from: u64, batches: &[&Unfolded]) -> u64 {
    let enough = batches
        .iter()
        .find(|batch| batch.last + 1 - from.min(batch.last) >= CHUNK);
    let last = enough.or(batches.last());
    last.map_or(from, |batch| batch.last + 1)
}

/// Up to which number of an attempt nothing that is missing will come any more; 0 if all may.
///
/// An agent that begins a new epoch numbers all that it has not sent yet anew, above all that the hub holds. So once the hub
/// holds the first batch of the newest epoch and the attempt before it, what is missing of older epochs is lost.
fn given_up(db: &Db, known: &Known) -> Result<u64, Fault> {
    let epoch = (known.id, known.epoch);
    let Some(first) = arrivals::first_sequence(db, epoch)? else {
        return Ok(0);
    };
    let before = arrivals::last_sequence_before(db, epoch)?;
    let closed = before > 0 && before + 1 == first;
    Ok(if closed { first } else { 0 })
}
