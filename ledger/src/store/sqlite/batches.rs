//! Table `batch`: the raw record.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};

use super::agents::epoch;
use super::code::{number, oldest_and_newest};
use crate::attempt::Attempt;
use crate::name::Name;
use crate::store::error::Fault;
use crate::time::{Interval, Intervals, Timestamp};
use crate::wire::{Batch, Hash, Header, Sealed, WireError};

/// Where the chain of batches ends.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::store) struct End {
    /// Number of the last batch; 0 if there is none.
    pub(in crate::store) number: u64,
    /// Number of the last attempt in it; 0 if there is none.
    pub(in crate::store) sequence: u64,
    /// Its hash.
    pub(in crate::store) hash: Hash,
}

/// Where the chain of an agent ends in its current epoch; its attempts go on being counted over all of them.
pub(in crate::store) fn end(connection: &Connection, agent: i64) -> Result<End, Fault> {
    let sql = "SELECT number, last_sequence, head FROM batch WHERE agent = ?1 AND epoch = ?2 ORDER BY number DESC LIMIT 1";
    let found: Option<(i64, i64, Vec<u8>)> = connection
        .prepare_cached(sql)?
        .query_row((agent, epoch(connection, agent)?), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((batch, sequence, head)) = found else {
        let sql = "SELECT max(last_sequence) FROM batch WHERE agent = ?1";
        let sequence: Option<i64> = connection.query_row(sql, [agent], |row| row.get(0))?;
        return Ok(End {
            sequence: unsigned(sequence.unwrap_or(0))?,
            ..End::default()
        });
    };
    Ok(End {
        number: unsigned(batch)?,
        sequence: unsigned(sequence)?,
        hash: Hash::of(&head),
    })
}

/// Packs `attempts` of `name` into the batch after `end`, adds it, and says where the chain ends now.
pub(in crate::store) fn append(
    connection: &Connection,
    agent: i64,
    name: &Name,
    attempts: Vec<Attempt>,
) -> Result<End, Fault> {
    let end = end(connection, agent)?;
    let header = Header {
        agent: name.clone(),
        epoch: epoch(connection, agent)?,
        number: end.number + 1,
        previous: end.hash,
    };
    let (Some(first), Some(last)) = (attempts.first(), attempts.last()) else {
        return Ok(end);
    };
    let (first, last) = (first.sequence, last.sequence);
    let ticks = || attempts.iter().map(|attempt| attempt.tick.0);
    let (oldest, newest) = (ticks().min(), ticks().max());
    let batch = Batch { header, attempts };
    let (epoch, number_of_batch) = (batch.header.epoch, batch.header.number);
    let sealed = batch
        .seal()
        .map_err(|error| fault(number_of_batch, error))?;
    let sql = "INSERT INTO batch (agent, epoch, number, first_sequence, last_sequence, first_tick, last_tick, head, body) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    let row = (
        agent,
        epoch,
        number(number_of_batch)?,
        number(first)?,
        number(last)?,
        oldest,
        newest,
        &sealed.head,
        &sealed.body,
    );
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(End {
        number: number_of_batch,
        sequence: last,
        hash: sealed.hash(),
    })
}

/// The attempts of all batches that hold one numbered `sequence` or higher, in order. Those are never pruned.
pub(in crate::store) fn since(
    connection: &Connection,
    agent: i64,
    sequence: u64,
) -> Result<Vec<Attempt>, Fault> {
    let sql = "SELECT number, head, body FROM batch WHERE agent = ?1 AND last_sequence >= ?2 ORDER BY last_sequence";
    let mut attempts = unpack(connection, sql, (agent, number(sequence)?))?;
    attempts.retain(|attempt| attempt.sequence >= sequence);
    Ok(attempts)
}

/// The attempts of all batches that hold one whose tick lies in `window`, in order; none of pruned ones.
pub(in crate::store) fn around(
    connection: &Connection,
    agent: i64,
    window: Interval,
) -> Result<Vec<Attempt>, Fault> {
    within(connection, agent, &Intervals::from_iter([window]))
}

/// The attempts whose tick lies in one of `windows`, in order; none of pruned batches. Each batch is unpacked once.
pub(in crate::store) fn within(
    connection: &Connection,
    agent: i64,
    windows: &Intervals,
) -> Result<Vec<Attempt>, Fault> {
    let sql =
        "SELECT last_sequence FROM batch WHERE agent = ?1 AND last_tick >= ?2 AND first_tick < ?3";
    let mut numbers = BTreeSet::new();
    for window in windows.iter() {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query((agent, window.start.0, window.end.0))?;
        while let Some(row) = rows.next()? {
            numbers.insert(row.get::<_, i64>(0)?);
        }
    }
    let sql = "SELECT number, head, body FROM batch WHERE agent = ?1 AND last_sequence = ?2";
    let mut attempts = Vec::new();
    for number in numbers {
        let mut unpacked = unpack(connection, sql, (agent, number))?;
        unpacked.retain(|attempt| windows.contains(attempt.tick));
        attempts.append(&mut unpacked);
    }
    Ok(attempts)
}

/// The oldest and newest tick in batches from number `sequence` on, or `None` if there is none.
pub(in crate::store) fn ticks(
    connection: &Connection,
    agent: i64,
    sequence: u64,
) -> Result<Option<(Timestamp, Timestamp)>, Fault> {
    let sql = "SELECT min(first_tick), max(last_tick) FROM batch WHERE agent = ?1 AND last_sequence >= ?2";
    oldest_and_newest(connection, sql, (agent, sequence))
}

/// The hash of the batch that ends with attempt `sequence`, if it is there.
pub(in crate::store) fn hash_of(
    connection: &Connection,
    agent: i64,
    sequence: u64,
) -> Result<Option<Hash>, Fault> {
    let sql = "SELECT head FROM batch WHERE agent = ?1 AND last_sequence = ?2";
    let found: Option<Vec<u8>> = connection
        .query_row(sql, (agent, number(sequence)?), |row| row.get(0))
        .optional()?;
    Ok(found.map(|head| Hash::of(&head)))
}

/// A link of the chain: a batch as its row and its head name it, without its body.
#[derive(Clone, Debug)]
pub(in crate::store) struct Link {
    pub(in crate::store) epoch: u32,
    pub(in crate::store) number: u64,
    pub(in crate::store) first_sequence: u64,
    pub(in crate::store) last_sequence: u64,
    /// From its oldest tick to just after its newest.
    pub(in crate::store) ticks: Interval,
    /// As it is kept.
    pub(in crate::store) head: Vec<u8>,
}

/// All batches of an agent in the order of their epochs and numbers.
pub(in crate::store) fn chain(connection: &Connection, agent: i64) -> Result<Vec<Link>, Fault> {
    let sql = "SELECT number, first_sequence, last_sequence, first_tick, last_tick, head, epoch FROM batch \
        WHERE agent = ?1 ORDER BY epoch, number";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([agent])?;
    let mut chain = Vec::new();
    while let Some(row) = rows.next()? {
        let newest: i64 = row.get(4)?;
        chain.push(Link {
            number: unsigned(row.get(0)?)?,
            first_sequence: unsigned(row.get(1)?)?,
            last_sequence: unsigned(row.get(2)?)?,
            ticks: Interval::new(Timestamp(row.get(3)?), Timestamp(newest.saturating_add(1))),
            head: row.get(5)?,
            epoch: row.get(6)?,
        });
    }
    Ok(chain)
}

/// The body of a batch; `None` if it is pruned.
pub(in crate::store) fn body(
    connection: &Connection,
    agent: i64,
    (epoch, batch): (u32, u64),
) -> Result<Option<Vec<u8>>, Fault> {
    let sql = "SELECT body FROM batch WHERE agent = ?1 AND epoch = ?2 AND number = ?3";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row((agent, epoch, number(batch)?), |row| row.get(0))?)
}

/// A batch without head and body.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Bare {
    pub(in crate::store) epoch: u32,
    pub(in crate::store) number: u64,
    pub(in crate::store) last_sequence: u64,
    /// From its oldest tick to just after its newest.
    pub(in crate::store) ticks: Interval,
}

/// The oldest `most` batches from attempt `from` on whose ticks all lie before `before`, without the newest batch of all.
pub(in crate::store) fn older(
    connection: &Connection,
    agent: i64,
    (from, before): (u64, Timestamp),
    most: u32,
) -> Result<Vec<Bare>, Fault> {
    let sql = "SELECT number, last_sequence, first_tick, last_tick, epoch FROM batch WHERE agent = ?1 \
        AND last_sequence >= ?2 AND last_sequence < (SELECT max(last_sequence) FROM batch WHERE agent = ?1) \
        ORDER BY last_sequence LIMIT ?3";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((agent, number(from)?, most))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let ticks = Interval::new(
            Timestamp(row.get(2)?),
            Timestamp(row.get::<_, i64>(3)?.saturating_add(1)),
        );
        if ticks.end > before {
            break;
        }
        found.push(Bare {
            number: unsigned(row.get(0)?)?,
            last_sequence: unsigned(row.get(1)?)?,
            ticks,
            epoch: row.get(4)?,
        });
    }
    Ok(found)
}

/// Drops the body of a batch.
pub(in crate::store) fn prune(
    connection: &Connection,
    agent: i64,
    batch: Bare,
    at: Timestamp,
) -> Result<(), Fault> {
    let sql = "UPDATE batch SET body = NULL, pruned_at = ?4 WHERE agent = ?1 AND epoch = ?2 AND number = ?3";
    connection
        .prepare_cached(sql)?
        .execute((agent, batch.epoch, number(batch.number)?, at.0))?;
    Ok(())
}

fn unpack(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Attempt>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(parameters)?;
    let mut attempts = Vec::new();
    while let Some(row) = rows.next()? {
        let batch = unsigned(row.get(0)?)?;
        let Some(body) = row.get(2)? else {
            continue;
        };
        let head = row.get(1)?;
        let unpacked = Batch::open(&Sealed { head, body }).map_err(|error| fault(batch, error))?;
        attempts.extend(unpacked.attempts);
    }
    Ok(attempts)
}

fn unsigned(value: i64) -> Result<u64, Fault> {
    u64::try_from(value).map_err(|_| odd("a number is negative"))
}

fn fault(number: u64, error: WireError) -> Fault {
    Fault::Batch { number, error }
}

fn odd(what: &str) -> Fault {
    Fault::Row {
        table: "batch",
        what: what.to_owned(),
    }
}
