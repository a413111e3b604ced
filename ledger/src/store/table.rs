//! One module per table, a function per statement, in the SQL that both databases understand.

pub(super) mod again;
pub(super) mod agents;
pub(super) mod arrivals;
pub(super) mod attempts;
mod batch_ticks;
pub(super) mod batches;
pub(super) mod chain;
pub(super) mod code;
pub(super) mod days;
pub(super) mod entries;
pub(super) mod events;
pub(super) mod excerpts;
pub(super) mod exhibits;
pub(super) mod glance;
mod heads;
pub(super) mod latencies;
pub(super) mod log_tree;
pub(super) mod logs;
pub(super) mod near;
pub(super) mod outages;
pub(super) mod put_down;
pub(super) mod registry;
pub(super) mod shipping;
pub(super) mod sums;
pub(super) mod trouble;

use super::db::{Db, values};
use super::error::Fault;
use crate::attempt::Attempt;
use crate::time::{Interval, Intervals, Timestamp};

/// All attempts of an agent from number `sequence` on, sealed or not, in the order of their numbers.
pub(super) fn attempts_since(db: &Db, agent: i64, sequence: u64) -> Result<Vec<Attempt>, Fault> {
    let mut found = batches::since(db, agent, sequence)?;
    found.extend(attempts::since(db, agent, sequence)?);
    Ok(found)
}

/// Adds `shift` to the numbers of the attempts from `first` on, wherever they stand but in batches.
pub(super) fn renumber(db: &Db, agent: i64, first: u64, shift: u64) -> Result<(), Fault> {
    near::renumber(db, agent, (first, shift))?;
    let (first, shift) = (code::number(first)?, code::number(shift)?);
    let values = values![agent, first, shift];
    // By way of negative numbers, so that no two rows ever have the same.
    for sql in [
        "UPDATE attempt SET sequence = -sequence - ?3 WHERE agent = ?1 AND sequence >= ?2",
        "UPDATE tick SET sequence = sequence + ?3 WHERE agent = ?1 AND sequence >= ?2",
        "UPDATE agent SET folded_before = folded_before + ?3 WHERE id = ?1 AND folded_before > ?2",
        "UPDATE agent SET pruned_before = pruned_before + ?3 WHERE id = ?1 AND pruned_before > ?2",
    ] {
        db.execute(sql, &values)?;
    }
    let sql = "UPDATE attempt SET sequence = -sequence WHERE agent = ?1 AND sequence < 0";
    db.execute(sql, &values![agent])?;
    Ok(())
}

/// All attempts of an agent whose tick lies in `window`, sealed or not, in the order of their numbers.
pub(super) fn attempts_around(
    db: &Db,
    agent: i64,
    window: Interval,
) -> Result<Vec<Attempt>, Fault> {
    attempts_within(db, agent, &Intervals::from_iter([window]))
}

/// All attempts of an agent whose tick lies in one of `windows`, sealed or not, in the order of their numbers.
pub(super) fn attempts_within(
    db: &Db,
    agent: i64,
    windows: &Intervals,
) -> Result<Vec<Attempt>, Fault> {
    let mut found = batches::within(db, agent, windows)?;
    let excerpts = excerpts::within(db, agent, windows)?;
    if !excerpts.is_empty() {
        found.extend(excerpts);
        found.sort_by_key(|attempt| attempt.sequence);
    }
    for window in windows.iter() {
        found.extend(attempts::around(db, agent, window)?);
    }
    Ok(found)
}

/// The newest tick of an agent; `None` if it has no attempt.
pub(super) fn newest_tick(db: &Db, agent: i64) -> Result<Option<Timestamp>, Fault> {
    let sql = "SELECT max(tick) FROM attempt WHERE agent = ?1";
    let tail = db.one(sql, &values![agent], |row| row.get(0))?;
    Ok(batch_ticks::newest(db, agent)?.max(tail))
}

/// The oldest and newest tick of all attempts from number `sequence` on; of batches that straddle it, of all in them.
pub(super) fn ticks_since(
    db: &Db,
    agent: i64,
    sequence: u64,
) -> Result<Option<(Timestamp, Timestamp)>, Fault> {
    let sealed = batches::ticks(db, agent, sequence)?;
    let tail = attempts::ticks(db, agent, sequence)?;
    Ok(match (sealed, tail) {
        (Some(a), Some(b)) => Some((a.0.min(b.0), a.1.max(b.1))),
        (one, other) => one.or(other),
    })
}
