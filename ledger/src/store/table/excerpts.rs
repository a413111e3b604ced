//! Table `excerpt`: what is kept of pruned batches, the attempts of probes that had trouble then.

use super::batches::Bare;
use super::code::number;
use crate::attempt::Attempt;
use crate::store::db::{Db, values};
use crate::store::error::Fault;
use crate::time::{Intervals, Timestamp};
use crate::wire::{WireError, excerpt};

/// Some attempts of a batch, packed.
#[derive(Debug)]
pub(in crate::store) struct Excerpt {
    /// The oldest and the newest of their ticks.
    ticks: (Timestamp, Timestamp),
    count: i64,
    packed: Vec<u8>,
}

impl Excerpt {
    /// `None` of none.
    pub(in crate::store) fn of(attempts: &[Attempt]) -> Result<Option<Self>, Fault> {
        let ticks = || attempts.iter().map(|attempt| attempt.tick);
        let Some(ticks) = ticks().min().zip(ticks().max()) else {
            return Ok(None);
        };
        Ok(Some(Self {
            ticks,
            count: number(attempts.len() as u64)?,
            packed: excerpt::pack(attempts).map_err(|error| odd(&error))?,
        }))
    }
}

/// Keeps what is left of a batch.
pub(in crate::store) fn add(
    db: &Db,
    agent: i64,
    batch: Bare,
    excerpt: &Excerpt,
) -> Result<(), Fault> {
    let sql = "INSERT INTO excerpt (agent, epoch, number, first_tick, last_tick, attempts, packed) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let row = values![
        agent,
        batch.epoch,
        number(batch.number)?,
        excerpt.ticks.0,
        excerpt.ticks.1,
        excerpt.count,
        &excerpt.packed
    ];
    db.execute(sql, &row).map(drop)
}

/// The attempts whose tick lies in one of `windows`.
pub(super) fn within(db: &Db, agent: i64, windows: &Intervals) -> Result<Vec<Attempt>, Fault> {
    let sql = "SELECT epoch, number FROM excerpt WHERE agent = ?1 AND last_tick >= ?2 AND first_tick < ?3";
    let mut found = std::collections::BTreeSet::new();
    for window in windows.iter() {
        db.each(sql, &values![agent, window.start, window.end], &mut |row| {
            found.insert((row.get::<u32>(0)?, row.get::<i64>(1)?));
            Ok(())
        })?;
    }
    let sql =
        "SELECT attempts, packed FROM excerpt WHERE agent = ?1 AND epoch = ?2 AND number = ?3";
    let mut attempts = Vec::new();
    for (epoch, number) in found {
        let unpacked = db.one(sql, &values![agent, epoch, number], |row| {
            let count: u32 = row.get(0)?;
            let count = usize::try_from(count).unwrap_or(usize::MAX);
            excerpt::unpack(row.blob(1)?, count).map_err(|error| odd(&error))
        })?;
        let wanted = |attempt: &Attempt| windows.contains(attempt.tick);
        attempts.extend(unpacked.into_iter().filter(wanted));
    }
    Ok(attempts)
}

fn odd(error: &WireError) -> Fault {
    Fault::Row {
        table: "excerpt",
        what: error.to_string(),
    }
}
