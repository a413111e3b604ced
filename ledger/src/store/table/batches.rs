//! Tables `batch` and `batch_body`: the raw record. Bodies stand apart, so that pruned ones leave whole pages of a file, and
//! whole months of a database, to others; they are read through the view `whole_batch`.

use std::collections::BTreeSet;

use super::agents::epoch;
use super::chain::span;
use super::code::{number, oldest_and_newest};
use super::{batch_ticks, heads};
use crate::attempt::Attempt;
use crate::name::Name;
use crate::store::db::{Db, Row, Value, values};
use crate::store::error::Fault;
use crate::time::{Interval, Intervals, Timestamp};
use crate::wire::{Batch, Hash, Header, Sealed, WireError};

/// What is needed to add a batch.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct NewBatch<'b> {
    pub(in crate::store) agent: i64,
    /// Epoch and number.
    pub(in crate::store) place: (u32, u64),
    /// Its first and last attempt.
    pub(in crate::store) sequences: (u64, u64),
    /// Its oldest and newest tick.
    pub(in crate::store) ticks: (Timestamp, Timestamp),
    pub(in crate::store) sealed: &'b Sealed,
}

/// A query for what [`unpacked`] reads.
macro_rules! select {
    ($which:literal) => {
        concat!(
            "SELECT ",
            $crate::store::table::heads::columns!(),
            ", body FROM whole_batch AS batch",
            $which
        )
    };
}
pub(super) use select;

const PLACED: &str = select!(" WHERE agent = ?1 AND epoch = ?2 AND number = ?3");
const INSERT: &str = "INSERT INTO batch (agent, epoch, number, first_sequence, last_sequence, first_tick, last_tick, \
    hashes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING id";

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
pub(in crate::store) fn end(db: &Db, agent: i64) -> Result<End, Fault> {
    let sql = concat!(
        "SELECT number, last_sequence, ",
        heads::columns!(),
        " FROM batch WHERE agent = ?1 AND epoch = ?2 ORDER BY number DESC LIMIT 1"
    );
    let found = db.find(sql, &values![agent, epoch(db, agent)?], |row| {
        Ok(End {
            number: row.get(0)?,
            sequence: row.get(1)?,
            hash: heads::read(row, 2)?.hash(),
        })
    })?;
    if let Some(end) = found {
        return Ok(end);
    }
    let sql = "SELECT max(last_sequence) FROM batch WHERE agent = ?1";
    let sequence: Option<u64> = db.one(sql, &values![agent], |row| row.get(0))?;
    Ok(End {
        sequence: sequence.unwrap_or(0),
        ..End::default()
    })
}

/// Packs `attempts` of `name` into the batch after `end`, adds it, and says where the chain ends now.
pub(in crate::store) fn append(
    db: &Db,
    agent: i64,
    name: &Name,
    attempts: Vec<Attempt>,
) -> Result<End, Fault> {
    let end = append_within(db, (agent, name), attempts, usize::MAX)?;
    end.map_or_else(|| self::end(db, agent), Ok)
}

/// The same, unless the batch has more than `most` bytes or no attempt; then nothing is added.
pub(in crate::store) fn append_within(
    db: &Db,
    (agent, name): (i64, &Name),
    attempts: Vec<Attempt>,
    most: usize,
) -> Result<Option<End>, Fault> {
    let end = end(db, agent)?;
    let header = Header {
        agent: name.clone(),
        epoch: epoch(db, agent)?,
        number: end.number + 1,
        previous: end.hash,
    };
    let (Some(first), Some(last)) = (attempts.first(), attempts.last()) else {
        return Ok(None);
    };
    let sequences = (first.sequence, last.sequence);
    let ticks = || attempts.iter().map(|attempt| attempt.tick);
    let oldest = ticks().min().unwrap_or_default();
    let newest = ticks().max().unwrap_or_default();
    let batch = Batch { header, attempts };
    let place = (batch.header.epoch, batch.header.number);
    let sealed = batch.seal().map_err(|error| fault(place.1, error))?;
    if sealed.head.len() + sealed.body.len() > most {
        return Ok(None);
    }
    let added = NewBatch {
        agent,
        place,
        sequences,
        ticks: (oldest, newest),
        sealed: &sealed,
    };
    insert(db, added)?;
    Ok(Some(End {
        number: place.1,
        sequence: sequences.1,
        hash: sealed.hash(),
    }))
}

/// The number of the first attempt in batches after `place`.
pub(in crate::store) fn first_sequence_after(
    db: &Db,
    agent: i64,
    (epoch, batch): (u32, u64),
) -> Result<Option<u64>, Fault> {
    let sql =
        "SELECT min(first_sequence) FROM batch WHERE agent = ?1 AND (epoch, number) > (?2, ?3)";
    db.one(sql, &values![agent, epoch, number(batch)?], |row| {
        row.get(0)
    })
}

/// Adds a batch.
pub(in crate::store) fn insert(db: &Db, batch: NewBatch<'_>) -> Result<(), Fault> {
    let hashes = heads::hashes_of(&batch.sealed.head, batch.sequences);
    let hashes = hashes.map_err(|error| fault(batch.place.1, error))?;
    let row = values![
        batch.agent,
        batch.place.0,
        number(batch.place.1)?,
        number(batch.sequences.0)?,
        number(batch.sequences.1)?,
        batch.ticks.0,
        batch.ticks.1,
        &hashes,
    ];
    let id = added(db, INSERT, &row)?;
    insert_body(db, id, (batch.ticks.0, &batch.sealed.body))
}

/// Runs a statement that adds a batch; says by which number its body is to be kept.
pub(super) fn added(db: &Db, sql: &str, values: &[Value<'_>]) -> Result<i64, Fault> {
    // All rows, so that the statement runs to its end.
    let added = db.list(sql, values, |row| row.get(0))?;
    let id = added.first().copied();
    id.ok_or_else(|| Fault::NoRow(sql.to_owned()))
}

/// Adds the body of a batch whose oldest tick is `oldest`.
pub(super) fn insert_body(
    db: &Db,
    id: i64,
    (oldest, body): (Timestamp, &[u8]),
) -> Result<(), Fault> {
    let sql = "INSERT INTO batch_body (id, first_tick, body) VALUES (?1, ?2, ?3)";
    db.make_month(oldest)?;
    db.execute(sql, &values![id, oldest, body])?;
    Ok(())
}

/// Packs what is in the batches of an epoch after number `cut` anew, in the epoch that the agent has now, with `shift` added
/// to the numbers of the attempts.
pub(in crate::store) fn move_to_epoch(
    db: &Db,
    (agent, name): (i64, &Name),
    (epoch, cut): (u32, u64),
    shift: u64,
) -> Result<(), Fault> {
    let sql =
        "SELECT number FROM batch WHERE agent = ?1 AND epoch = ?2 AND number > ?3 ORDER BY number";
    let values = values![agent, epoch, number(cut)?];
    let moved: Vec<i64> = db.list(sql, &values, |row| row.get(0))?;
    for batch in moved {
        let mut attempts = unpack(db, PLACED, &values![agent, epoch, batch])?;
        if attempts.is_empty() {
            // A dead letter so old that it is pruned.
            continue;
        }
        for attempt in &mut attempts {
            attempt.sequence += shift;
        }
        for sql in [
            "DELETE FROM batch_body WHERE id = (SELECT id FROM batch WHERE agent = ?1 AND epoch = ?2 AND number = ?3)",
            "DELETE FROM batch WHERE agent = ?1 AND epoch = ?2 AND number = ?3",
        ] {
            db.execute(sql, &values![agent, epoch, batch])?;
        }
        append(db, agent, name, attempts)?;
    }
    Ok(())
}

/// The attempts of all batches that hold one numbered `sequence` or higher, in order. Those are never pruned.
pub(in crate::store) fn since(db: &Db, agent: i64, sequence: u64) -> Result<Vec<Attempt>, Fault> {
    let sql = select!(" WHERE agent = ?1 AND last_sequence >= ?2 ORDER BY last_sequence");
    let mut attempts = unpack(db, sql, &values![agent, number(sequence)?])?;
    attempts.retain(|attempt| attempt.sequence >= sequence);
    Ok(attempts)
}

/// The attempts whose tick lies in one of `windows`, in order; none of pruned batches. Each batch is unpacked once.
pub(in crate::store) fn within(
    db: &Db,
    agent: i64,
    windows: &Intervals,
) -> Result<Vec<Attempt>, Fault> {
    let mut numbers = BTreeSet::new();
    for window in windows.iter() {
        batch_ticks::each_within(db, "last_sequence", (agent, window), &mut |row| {
            numbers.insert(row.get::<i64>(0)?);
            Ok(())
        })?;
    }
    let sql = select!(" WHERE agent = ?1 AND last_sequence = ?2");
    let mut attempts = Vec::new();
    for number in numbers {
        let mut unpacked = unpack(db, sql, &values![agent, number])?;
        unpacked.retain(|attempt| windows.contains(attempt.tick));
        attempts.append(&mut unpacked);
    }
    Ok(attempts)
}

/// The oldest and newest tick in batches from number `sequence` on, or `None` if there is none.
pub(in crate::store) fn ticks(
    db: &Db,
    agent: i64,
    sequence: u64,
) -> Result<Option<(Timestamp, Timestamp)>, Fault> {
    let sql = "SELECT min(first_tick), max(last_tick) FROM batch WHERE agent = ?1 AND last_sequence >= ?2";
    oldest_and_newest(db, sql, (agent, sequence))
}

/// The hash of the batch that ends with attempt `sequence`, if it is there.
pub(in crate::store) fn hash_of(db: &Db, agent: i64, sequence: u64) -> Result<Option<Hash>, Fault> {
    let sql = concat!(
        "SELECT ",
        heads::columns!(),
        " FROM batch WHERE agent = ?1 AND last_sequence = ?2"
    );
    let place = values![agent, number(sequence)?];
    db.find(sql, &place, |row| Ok(heads::read(row, 0)?.hash()))
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
    db: &Db,
    agent: i64,
    (from, before): (u64, Timestamp),
    most: u32,
) -> Result<Vec<Bare>, Fault> {
    let sql = "SELECT epoch, number, last_sequence, first_tick, last_tick FROM batch WHERE agent = ?1 \
        AND last_sequence >= ?2 AND last_sequence < (SELECT max(last_sequence) FROM batch WHERE agent = ?1) \
        ORDER BY last_sequence LIMIT ?3";
    let mut found = db.list(sql, &values![agent, number(from)?, most], |row| {
        Ok(Bare {
            epoch: row.get(0)?,
            number: row.get(1)?,
            last_sequence: row.get(2)?,
            ticks: span(row.get(3)?, row.get(4)?),
        })
    })?;
    let young = found.iter().position(|batch| batch.ticks.end > before);
    found.truncate(young.unwrap_or(found.len()));
    Ok(found)
}

/// The attempts of one batch; none if it is pruned.
pub(in crate::store) fn one(db: &Db, agent: i64, batch: Bare) -> Result<Vec<Attempt>, Fault> {
    unpack(
        db,
        PLACED,
        &values![agent, batch.epoch, number(batch.number)?],
    )
}

/// Drops the body of a batch.
pub(in crate::store) fn prune(
    db: &Db,
    agent: i64,
    batch: Bare,
    at: Timestamp,
) -> Result<(), Fault> {
    let (epoch, number) = (batch.epoch, number(batch.number)?);
    // The oldest tick says in which month it is.
    let sql = "DELETE FROM batch_body WHERE id = (SELECT id FROM batch WHERE agent = ?1 AND epoch = ?2 AND number = ?3) \
        AND first_tick = ?4";
    if db.execute(sql, &values![agent, epoch, number, batch.ticks.start])? == 0 {
        // A hub has refused it: there never was a body here.
        return Ok(());
    }
    let sql = "UPDATE batch SET pruned_at = ?4 WHERE agent = ?1 AND epoch = ?2 AND number = ?3";
    db.execute(sql, &values![agent, epoch, number, at])?;
    Ok(())
}

fn unpack(db: &Db, sql: &str, values: &[Value<'_>]) -> Result<Vec<Attempt>, Fault> {
    let mut attempts = Vec::new();
    db.each(sql, values, &mut |row| {
        attempts.append(&mut unpacked(row)?);
        Ok(())
    })?;
    Ok(attempts)
}

/// The attempts of a row that [`select!`] gives; none if it is pruned.
pub(super) fn unpacked(row: &Row<'_>) -> Result<Vec<Attempt>, Fault> {
    let Some(body) = row.get(heads::COLUMNS)? else {
        return Ok(Vec::new());
    };
    let head = heads::read(row, 0)?;
    let (number, head) = (head.header.number, head.encode());
    let batch = Batch::open(&Sealed { head, body });
    Ok(batch.map_err(|error| fault(number, error))?.attempts)
}

fn fault(number: u64, error: WireError) -> Fault {
    Fault::Batch { number, error }
}
