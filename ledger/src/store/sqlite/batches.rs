//! Table `batch`: the raw record.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};

use super::agents::EPOCH;
use super::code::{number, oldest_and_newest};
use crate::attempt::Attempt;
use crate::name::Name;
use crate::store::error::Fault;
use crate::time::{Interval, Intervals, Timestamp};
use crate::wire::{Batch, Hash, Header, WireError};

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

/// Where the chain of an agent ends.
pub(in crate::store) fn end(connection: &Connection, agent: i64) -> Result<End, Fault> {
    let sql = "SELECT number, last_sequence, hash FROM batch WHERE agent = ?1 AND epoch = ?2 ORDER BY number DESC LIMIT 1";
    let found: Option<(i64, i64, String)> = connection
        .prepare_cached(sql)?
        .query_row((agent, EPOCH), |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((batch, sequence, hash)) = found else {
        return Ok(End::default());
    };
    Ok(End {
        number: unsigned(batch)?,
        sequence: unsigned(sequence)?,
        hash: Hash::parse(&hash).ok_or_else(|| odd("hash is no SHA-256"))?,
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
        epoch: EPOCH,
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
    let packed = batch
        .encode()
        .map_err(|error| fault(batch.header.number, error))?;
    let hash = packed
        .split_last_chunk::<32>()
        .map_or(Hash::default(), |(_, hash)| Hash(*hash));
    let sql = "INSERT INTO batch VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, NULL)";
    let (first, last_number) = (number(first)?, number(last)?);
    let batch_number = number(batch.header.number)?;
    let previous = batch.header.previous.to_string();
    let row = (
        agent,
        EPOCH,
        batch_number,
        first,
        last_number,
        oldest,
        newest,
        previous,
        hash.to_string(),
        packed,
    );
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(End {
        number: batch.header.number,
        sequence: last,
        hash,
    })
}

/// The attempts of all batches that hold one numbered `sequence` or higher, in order. Those are never pruned.
pub(in crate::store) fn since(
    connection: &Connection,
    agent: i64,
    sequence: u64,
) -> Result<Vec<Attempt>, Fault> {
    let sql = "SELECT number, packed FROM batch WHERE agent = ?1 AND last_sequence >= ?2 ORDER BY last_sequence";
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
    let sql = "SELECT number FROM batch WHERE agent = ?1 AND last_tick >= ?2 AND first_tick < ?3";
    let mut numbers = BTreeSet::new();
    for window in windows.iter() {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query((agent, window.start.0, window.end.0))?;
        while let Some(row) = rows.next()? {
            numbers.insert(row.get::<_, i64>(0)?);
        }
    }
    let sql = "SELECT number, packed FROM batch WHERE agent = ?1 AND epoch = ?2 AND number = ?3";
    let mut attempts = Vec::new();
    for number in numbers {
        let mut unpacked = unpack(connection, sql, (agent, EPOCH, number))?;
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

/// The hash of a batch, if it is there.
pub(in crate::store) fn hash_of(
    connection: &Connection,
    agent: i64,
    batch: u64,
) -> Result<Option<String>, Fault> {
    let sql = "SELECT hash FROM batch WHERE agent = ?1 AND epoch = ?2 AND number = ?3";
    let found = connection.query_row(sql, (agent, EPOCH, number(batch)?), |row| row.get(0));
    Ok(found.optional()?)
}

/// A link of the chain: a batch as its row names it, without what is packed in it.
#[derive(Clone, Debug)]
pub(in crate::store) struct Link {
    pub(in crate::store) number: u64,
    pub(in crate::store) first_sequence: u64,
    pub(in crate::store) last_sequence: u64,
    /// From its oldest tick to just after its newest.
    pub(in crate::store) ticks: Interval,
    pub(in crate::store) previous: String,
    pub(in crate::store) hash: String,
}

impl Default for Link {
    /// What the first batch follows.
    fn default() -> Self {
        Self {
            number: 0,
            first_sequence: 0,
            last_sequence: 0,
            ticks: Interval::new(Timestamp(0), Timestamp(0)),
            previous: String::new(),
            hash: Hash::default().to_string(),
        }
    }
}

impl Link {
    /// Its hash as a batch ends with it; zeros if the text is none.
    pub(in crate::store) fn bytes_of_hash(&self) -> [u8; 32] {
        Hash::parse(&self.hash).unwrap_or_default().0
    }
}

/// All batches of an agent in the order of their numbers.
pub(in crate::store) fn chain(connection: &Connection, agent: i64) -> Result<Vec<Link>, Fault> {
    let sql = "SELECT number, first_sequence, last_sequence, first_tick, last_tick, previous_hash, hash FROM batch \
        WHERE agent = ?1 AND epoch = ?2 ORDER BY number";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((agent, EPOCH))?;
    let mut chain = Vec::new();
    while let Some(row) = rows.next()? {
        let newest: i64 = row.get(4)?;
        chain.push(Link {
            number: unsigned(row.get(0)?)?,
            first_sequence: unsigned(row.get(1)?)?,
            last_sequence: unsigned(row.get(2)?)?,
            ticks: Interval::new(Timestamp(row.get(3)?), Timestamp(newest.saturating_add(1))),
            previous: row.get(5)?,
            hash: row.get(6)?,
        });
    }
    Ok(chain)
}

/// What is packed in a batch; `None` if it is pruned.
pub(in crate::store) fn packed(
    connection: &Connection,
    agent: i64,
    batch: u64,
) -> Result<Option<Vec<u8>>, Fault> {
    let sql = "SELECT packed FROM batch WHERE agent = ?1 AND epoch = ?2 AND number = ?3";
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.query_row((agent, EPOCH, number(batch)?), |row| row.get(0))?)
}

/// A batch without what is packed in it.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Bare {
    pub(in crate::store) number: u64,
    pub(in crate::store) last_sequence: u64,
    /// From its oldest tick to just after its newest.
    pub(in crate::store) ticks: Interval,
}

/// The oldest `most` batches from number `from` on whose ticks all lie before `before`, without the newest batch of all.
pub(in crate::store) fn older(
    connection: &Connection,
    agent: i64,
    (from, before): (u64, Timestamp),
    most: u32,
) -> Result<Vec<Bare>, Fault> {
    let sql = "SELECT number, last_sequence, first_tick, last_tick FROM batch WHERE agent = ?1 AND epoch = ?2 \
        AND number >= ?3 AND number < (SELECT max(number) FROM batch WHERE agent = ?1 AND epoch = ?2) \
        ORDER BY number LIMIT ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((agent, EPOCH, number(from)?, most))?;
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
        });
    }
    Ok(found)
}

/// Drops what is packed in a batch.
pub(in crate::store) fn prune(
    connection: &Connection,
    agent: i64,
    batch: u64,
    at: Timestamp,
) -> Result<(), Fault> {
    let sql = "UPDATE batch SET packed = NULL, pruned_at = ?4 WHERE agent = ?1 AND epoch = ?2 AND number = ?3";
    connection
        .prepare_cached(sql)?
        .execute((agent, EPOCH, number(batch)?, at.0))?;
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
        let packed = row.get_ref(1)?.as_blob_or_null();
        let Some(packed) = packed.map_err(|_| odd("packed is no blob"))? else {
            continue;
        };
        let unpacked = Batch::decode(packed).map_err(|error| fault(batch, error))?;
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
