//! Folding and pruning what agents have sent: what is heavy first, then what must be written, in short transactions.

use super::{Hub, Registry};
use crate::histogram::hour_of;
use crate::store::StoreError;
use crate::store::db::Db;
use crate::store::error::Fault;
use crate::store::folding::{Folding, Work};
use crate::store::planned::Planned;
use crate::store::pruning::Pruning;
use crate::store::table::arrivals::{self, Unfolded};
use crate::store::table::registry::{self as rows, Known};
use crate::store::table::{self, agents};
use crate::time::Millis;

/// The most batches that are looked at at once.
const LOOK: u32 = 2_048;
/// So many attempts are folded at once at most, and then to the end of their batch.
const CHUNK: u64 = 131_072;
/// So many if they reach into another hour: what is written depends on how many series there are, and on hours.
const HOURLY: u64 = 8_192;

/// What is to be folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ripe {
    /// An agent's batches once they hold a complete hour of ticks.
    Hours,
    /// All that there is.
    All,
}

/// What a fold rests on. If that has changed when the fold is to be written, another one is made.
///
/// The rows that are taken up, or looked through for what came twice, need no place here: whoever changes them moves the mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Basis {
    agent: i64,
    from: u64,
    until: u64,
    pruned_before: u64,
    /// How many there are from and to there: one more may come of an epoch that was given up for lost.
    batches: u64,
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
            registry,
            plans,
            turns,
            ..
        } = self;
        let versions = versions(registry, known).map_err(|fault| fault.at(&place))?;
        let planned = plans.planned(&registry.db, &versions);
        let planned = planned.map_err(|fault| fault.at(&place))?;
        let done = if registry.db.is_postgres() {
            // Others write meanwhile; only who folds the same agent must not do the same.
            registry
                .db
                .transact_repeatable(|db| match db.claim("fold", known.id)? {
                    true => match work_out(db, known, ripe, planned)? {
                        Some((basis, work)) => write(db, known, (basis, &work)),
                        None => Ok(0),
                    },
                    false => Ok(0),
                })
        } else {
            match work_out(&registry.db, known, ripe, planned) {
                Ok(Some((basis, work))) => {
                    let _turn = turns.later();
                    registry
                        .db
                        .transact_repeatable(|db| write(db, known, (basis, &work)))
                }
                Ok(None) => Ok(0),
                Err(fault) => Err(fault),
            }
        };
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
            let pruned = self.prune_agent(&known, keep);
            looked += pruned.map_err(|fault| fault.at(&place))?;
        }
        Ok(looked)
    }

    fn prune_agent(&mut self, known: &Known, keep: Millis) -> Result<u64, Fault> {
        let Self {
            registry,
            plans,
            turns,
            ..
        } = self;
        let Some(newest) = table::newest_tick(&registry.db, known.id)? else {
            return Ok(0);
        };
        let versions = versions(registry, known)?;
        let context = plans.planned(&registry.db, &versions)?.widest_context();
        let folded = (known.id, known.folded_before);
        let age = (newest - keep, context);
        let Some(pruning) = Pruning::work_out(&registry.db, folded, age)? else {
            return Ok(0);
        };
        let _turn = turns.later();
        registry.db.transact_repeatable(|db| {
            // As a fold: only if what it rests on is still so.
            match rows::hold(db, &known.agent.name)? {
                Some(now) if now.folded_before == known.folded_before => pruning.write(db, newest),
                _ => Ok(0),
            }
        })
    }
}

/// What folding an agent comes to, and what that rests on; `None` if nothing is due. Nothing is written.
pub(super) fn work_out<'p>(
    db: &Db,
    known: &Known,
    ripe: Ripe,
    planned: &'p Planned,
) -> Result<Option<(Basis, Work<'p>)>, Fault> {
    // Another process may have been faster.
    let known = Known {
        folded_before: agents::folded_before(db, known.id)?,
        ..known.clone()
    };
    let Some(until) = step(db, &known, ripe)? else {
        return Ok(None);
    };
    let basis = Basis::of(db, &known, until)?;
    let mut folding = Folding::new(known.id, planned);
    let marks = (known.folded_before, until);
    arrivals::each_between(db, known.id, marks, &mut |attempt| {
        folding.push(db, attempt)
    })?;
    Ok(Some((basis, folding.work_out(db, marks)?)))
}

/// Writes a fold down, if it still rests on what is there; says of how many attempts it is.
pub(super) fn write(
    db: &Db,
    known: &Known,
    (basis, work): (Basis, &Work<'_>),
) -> Result<u64, Fault> {
    let Some(known) = rows::hold(db, &known.agent.name)? else {
        return Ok(0);
    };
    if Basis::of(db, &known, basis.until)? != basis {
        return Ok(0);
    }
    work.write(db)?;
    Ok(basis.until - basis.from)
}

impl Basis {
    fn of(db: &Db, known: &Known, until: u64) -> Result<Self, Fault> {
        Ok(Self {
            agent: known.id,
            from: known.folded_before,
            until,
            pruned_before: agents::pruned_before(db, known.id)?,
            batches: arrivals::count_between(db, known.id, (known.folded_before, until))?,
        })
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

/// The end of the first batches that have [`CHUNK`] attempts together, or [`HOURLY`] that reach into another hour.
fn chunk(from: u64, batches: &[&Unfolded]) -> u64 {
    let oldest = batches.first().map(|batch| hour_of(batch.ticks.0).end);
    let enough = batches.iter().find(|batch| {
        let all = batch.last + 1 - from.min(batch.last);
        all >= CHUNK || all >= HOURLY && oldest.is_some_and(|end| batch.ticks.1 >= end)
    });
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
