//! Old batches lose what is packed in them; their hashes, and all that was folded from them, stay.

use std::collections::BTreeSet;

use super::db::Db;
use super::error::Fault;
use super::table::batches::Bare;
use super::table::{agents, batches, entries, excerpts, latencies};
use crate::attempt::Attempt;
use crate::histogram::hour_of;
use crate::name::Name;
use crate::time::{Interval, Millis, Timestamp};

/// How many batches are looked at in one transaction, so that attempts never wait long for it.
const AT_ONCE: u32 = 16;

/// The oldest few batches of an agent whose ticks all lie before `before` and whose attempts are all folded.
pub(super) fn due(
    db: &Db,
    (agent, folded_before): (i64, u64),
    before: Timestamp,
) -> Result<Vec<Bare>, Fault> {
    let from = agents::pruned_before(db, agent)?;
    let mut found = batches::older(db, agent, (from, before), AT_ONCE)?;
    found.retain(|batch| batch.last_sequence < folded_before);
    Ok(found)
}

/// Drops the bodies of batches, as of the newest tick, but for what lies within `context` of a single tick of the agent; and
/// the latencies of their hours. Part of the caller's transaction.
pub(super) fn prune(
    db: &Db,
    agent: i64,
    found: &[Bare],
    (context, newest): (Millis, Timestamp),
) -> Result<(), Fault> {
    let Some(last) = found.last() else {
        return Ok(());
    };
    for batch in found {
        let near = Interval::new(batch.ticks.start - context, batch.ticks.end + context);
        match left_of(db, agent, (*batch, near))? {
            Left::Whole => continue,
            Left::Nothing => {}
            Left::Some(attempts) => excerpts::add(db, agent, *batch, &attempts)?,
        }
        batches::prune(db, agent, *batch, newest)?;
    }
    latencies::drop_hours(db, agent, hour_of(last.ticks.start).start)?;
    agents::move_pruned(db, agent, last.last_sequence + 1)
}

/// What stays of a batch.
enum Left {
    Whole,
    Some(Vec<Attempt>),
    Nothing,
}

fn left_of(db: &Db, agent: i64, (batch, near): (Bare, Interval)) -> Result<Left, Fault> {
    let Some(around) = entries::troubled(db, agent, near)? else {
        return Ok(Left::Whole);
    };
    if around.is_empty() {
        return Ok(Left::Nothing);
    }
    let Ok(mut attempts) = batches::one(db, agent, batch) else {
        // Damage is for the audit to tell.
        return Ok(Left::Whole);
    };
    let of = |probes: &BTreeSet<Name>| {
        let all = attempts.iter();
        all.filter(|attempt| probes.contains(&attempt.probe))
            .count()
    };
    if of(&around) * 2 >= attempts.len() {
        return Ok(Left::Whole);
    }
    let troubled = entries::troubled(db, agent, batch.ticks)?.unwrap_or_default();
    attempts.retain(|attempt| troubled.contains(&attempt.probe));
    Ok(if attempts.is_empty() {
        Left::Nothing
    } else {
        Left::Some(attempts)
    })
}
