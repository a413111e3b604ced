//! Table `batch` as a chain: each batch names the hash of the one before it.

use super::code::number;
use super::heads;
use crate::store::db::{Db, values};
use crate::store::error::Fault;
use crate::time::{Interval, Timestamp};
use crate::wire::Head;

/// A link of the chain: a batch without its body.
#[derive(Clone, Debug)]
pub(in crate::store) struct Link {
    pub(in crate::store) epoch: u32,
    pub(in crate::store) number: u64,
    pub(in crate::store) first_sequence: u64,
    pub(in crate::store) last_sequence: u64,
    /// From its oldest tick to just after its newest.
    pub(in crate::store) ticks: Interval,
    pub(in crate::store) head: Head,
    /// If there is no body: there never was one, because the hub whose record this is has refused it.
    pub(in crate::store) refused: bool,
}

/// All batches of an agent in the order of their epochs and numbers.
pub(in crate::store) fn all(db: &Db, agent: i64) -> Result<Vec<Link>, Fault> {
    let sql = concat!(
        "SELECT last_sequence, first_tick, last_tick, CASE WHEN refused IS NOT NULL AND pruned_at IS NULL THEN 1 ELSE 0 END, ",
        heads::columns!(),
        " FROM batch WHERE agent = ?1 ORDER BY epoch, number"
    );
    db.list(sql, &values![agent], |row| {
        let head = heads::read(row, 4)?;
        Ok(Link {
            epoch: head.header.epoch,
            number: head.header.number,
            first_sequence: head.first_sequence,
            last_sequence: row.get(0)?,
            ticks: span(row.get(1)?, row.get(2)?),
            head,
            refused: row.get(3)?,
        })
    })
}

/// The body of a batch; `None` if it is pruned.
pub(in crate::store) fn body(
    db: &Db,
    agent: i64,
    (epoch, batch): (u32, u64),
) -> Result<Option<Vec<u8>>, Fault> {
    let sql = "SELECT body FROM whole_batch WHERE agent = ?1 AND epoch = ?2 AND number = ?3";
    db.one(sql, &values![agent, epoch, number(batch)?], |row| {
        row.get(0)
    })
}

/// From the oldest tick to just after the newest.
pub(super) fn span(oldest: Timestamp, newest: Timestamp) -> Interval {
    Interval::new(oldest, Timestamp(newest.0.saturating_add(1)))
}
