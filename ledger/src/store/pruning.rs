//! Old batches lose what is packed in them; their hashes, and all that was folded from them, stay.

use super::db::Db;
use super::error::Fault;
use super::table::batches::Bare;
use super::table::{agents, batches, entries};
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

/// Drops the bodies of batches, as of the newest tick, but for those within `context` of a single tick of the agent.
/// Part of the caller's transaction.
pub(super) fn prune(
    db: &Db,
    agent: i64,
    found: &[Bare],
    (context, newest): (Millis, Timestamp),
) -> Result<(), Fault> {
    for batch in found {
        let near = Interval::new(batch.ticks.start - context, batch.ticks.end + context);
        if !entries::any_tick_within(db, agent, near)? {
            batches::prune(db, agent, *batch, newest)?;
        }
    }
    match found.last() {
        Some(last) => agents::move_pruned(db, agent, last.last_sequence + 1),
        None => Ok(()),
    }
}
