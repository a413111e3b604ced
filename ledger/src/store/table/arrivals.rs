//! What agents have sent to a hub: table `batch` by place, tables `fork` and `signed_plan`.

use super::batches::{added, insert_body, select, unpacked};
use super::code::number;
use super::heads;
use crate::attempt::Attempt;
use crate::identity::Signature;
use crate::intake::{Around, Arrived, Held};
use crate::store::db::{Db, values};
use crate::store::error::Fault;
use crate::time::Timestamp;
use crate::wire::{Hash, Sealed};

const INSERT: &str = "INSERT INTO batch (agent, epoch, number, first_sequence, last_sequence, first_tick, last_tick, \
    hashes, signer, signature, leaf, received, refused) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) RETURNING id";

/// What a receipt says, and why a batch was not taken if only its place is held.
#[derive(Clone, Debug)]
pub(in crate::store) struct Kept {
    pub(in crate::store) leaf: Option<u64>,
    pub(in crate::store) received: Timestamp,
    pub(in crate::store) refused: Option<String>,
}

/// A batch that is unpacked only when its turn comes.
#[derive(Clone, Debug)]
pub(in crate::store) struct Unfolded {
    pub(in crate::store) first: u64,
    pub(in crate::store) last: u64,
    pub(in crate::store) ticks: (Timestamp, Timestamp),
}

/// What stands around the place of a batch, and what the hub has said of it if it is there.
pub(in crate::store) fn around(
    db: &Db,
    agent: i64,
    batch: &Arrived,
) -> Result<(Around, Option<Kept>), Fault> {
    let (epoch, place) = (batch.header.epoch, number(batch.header.number)?);
    let (mut around, mut kept) = (Around::default(), None);
    let sql = concat!(
        "SELECT rival.next, batch.number, batch.leaf, batch.received, batch.refused, ",
        heads::columns!(),
        " FROM (SELECT (SELECT first_sequence FROM batch WHERE agent = ?1 AND last_sequence >= ?5 ORDER BY last_sequence LIMIT 1) AS next) \
         AS rival LEFT JOIN batch ON batch.agent = ?1 AND batch.epoch = ?2 AND batch.number BETWEEN ?3 AND ?4"
    );
    let (first, last) = batch.sequences;
    let mut next: Option<u64> = None;
    let window = values![
        agent,
        epoch,
        place - 1,
        place.saturating_add(1),
        number(first)?
    ];
    db.each(sql, &window, &mut |row| {
        next = row.get(0)?;
        let Some(found) = row.get::<Option<i64>>(1)? else {
            return Ok(());
        };
        let held = Held::of(&heads::read(row, 5)?);
        match found - place {
            0 => {
                around.here = Some(held);
                kept = Some(Kept {
                    leaf: row.get(2)?,
                    received: row.get::<Option<Timestamp>>(3)?.unwrap_or_default(),
                    refused: row.get(4)?,
                });
            }
            -1 => around.before = Some(held),
            _ => around.after = Some(held),
        }
        Ok(())
    })?;
    around.overlaps = around.here.is_none() && next.is_some_and(|next| next <= last);
    Ok((around, kept))
}

/// Who signed a batch, and what the hub says of it.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Stamp<'a> {
    pub(in crate::store) signer: i64,
    pub(in crate::store) leaf: Option<u64>,
    pub(in crate::store) received: Timestamp,
    /// Why only its place is held.
    pub(in crate::store) refused: Option<&'a str>,
}

/// Keeps a batch, or only its place if it is refused: its ticks are then those of its coming, which are no evidence.
pub(in crate::store) fn insert(
    db: &Db,
    agent: i64,
    batch: &Arrived,
    stamp: Stamp<'_>,
) -> Result<(), Fault> {
    let Sealed { head, body } = &batch.sealed;
    let (ticks, body) = match stamp.refused {
        None => (batch.ticks, Some(body)),
        Some(_) => ((stamp.received, stamp.received), None),
    };
    let hashes = heads::hashes_of(head, batch.sequences);
    let hashes = hashes.map_err(|error| Fault::Batch {
        number: batch.header.number,
        error,
    })?;
    let row = values![
        agent,
        batch.header.epoch,
        number(batch.header.number)?,
        number(batch.sequences.0)?,
        number(batch.sequences.1)?,
        ticks.0,
        ticks.1,
        &hashes,
        stamp.signer,
        &batch.signature.0,
        stamp.leaf.map(number).transpose()?,
        stamp.received,
        stamp.refused,
    ];
    let id = added(db, INSERT, &row)?;
    body.map_or(Ok(()), |body| insert_body(db, id, (ticks.0, body)))
}

/// The number up to which the batches of an epoch are there, if they are up to `from`.
pub(in crate::store) fn whole_to(
    db: &Db,
    (agent, epoch): (i64, u32),
    from: u64,
) -> Result<u64, Fault> {
    let sql = "SELECT number FROM batch WHERE agent = ?1 AND epoch = ?2 AND number > ?3 ORDER BY number LIMIT 512";
    let mut to = from;
    loop {
        let before = to;
        db.each_while(sql, &values![agent, epoch, number(to)?], &mut |row| {
            let next = row.get::<u64>(0)? == to + 1;
            to += u64::from(next);
            Ok(next)
        })?;
        if to < before + 512 {
            return Ok(to);
        }
    }
}

/// How many batches of an epoch are there past a number.
pub(in crate::store) fn count_past(
    db: &Db,
    (agent, epoch): (i64, u32),
    past: u64,
) -> Result<u64, Fault> {
    let sql = "SELECT count(*) FROM batch WHERE agent = ?1 AND epoch = ?2 AND number > ?3";
    db.one(sql, &values![agent, epoch, number(past)?], |row| row.get(0))
}

/// The numbers that are missing between batches of an epoch, as closed ranges, `most` of them.
pub(in crate::store) fn missing(
    db: &Db,
    (agent, epoch): (i64, u32),
    (whole_to, most): (u64, usize),
) -> Result<Vec<(u64, u64)>, Fault> {
    let sql =
        "SELECT number FROM batch WHERE agent = ?1 AND epoch = ?2 AND number > ?3 ORDER BY number";
    let (mut expected, mut missing) = (whole_to + 1, Vec::new());
    let past = values![agent, epoch, number(whole_to)?];
    db.each_while(sql, &past, &mut |row| {
        let found: u64 = row.get(0)?;
        if found > expected {
            missing.push((expected, found - 1));
        }
        expected = found + 1;
        Ok(missing.len() < most)
    })?;
    Ok(missing)
}

/// The highest number of a batch of an epoch; 0 if there is none.
pub(in crate::store) fn highest(db: &Db, (agent, epoch): (i64, u32)) -> Result<u64, Fault> {
    let sql = "SELECT max(number) FROM batch WHERE agent = ?1 AND epoch = ?2";
    let found: Option<u64> = db.one(sql, &values![agent, epoch], |row| row.get(0))?;
    Ok(found.unwrap_or(0))
}

/// When the batch with the highest number of an epoch came.
pub(in crate::store) fn received(
    db: &Db,
    (agent, epoch): (i64, u32),
) -> Result<Option<Timestamp>, Fault> {
    let sql =
        "SELECT received FROM batch WHERE agent = ?1 AND epoch = ?2 ORDER BY number DESC LIMIT 1";
    let found: Option<Option<Timestamp>> =
        db.find(sql, &values![agent, epoch], |row| row.get(0))?;
    Ok(found.flatten())
}

/// The highest number of an attempt that is held of the epochs before one; 0 if there is none.
pub(in crate::store) fn last_sequence_before(
    db: &Db,
    (agent, epoch): (i64, u32),
) -> Result<u64, Fault> {
    let sql = "SELECT max(last_sequence) FROM batch WHERE agent = ?1 AND epoch < ?2";
    let found: Option<u64> = db.one(sql, &values![agent, epoch], |row| row.get(0))?;
    Ok(found.unwrap_or(0))
}

/// The number of the first attempt of an epoch, if its first batch is there.
pub(in crate::store) fn first_sequence(
    db: &Db,
    (agent, epoch): (i64, u32),
) -> Result<Option<u64>, Fault> {
    let sql = "SELECT first_sequence FROM batch WHERE agent = ?1 AND epoch = ?2 AND number = 1";
    db.find(sql, &values![agent, epoch], |row| row.get(0))
}

/// What a hub holds of an agent.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Ends {
    /// The highest number of an attempt; 0 if there is none.
    pub(in crate::store) last_sequence: u64,
    /// The highest number of a batch of the epoch; 0 if there is none.
    pub(in crate::store) highest: u64,
    /// The hash of the batch that was asked for; zeros if it is not there.
    pub(in crate::store) hash: Hash,
}

/// What a hub holds of an agent, and the hash of a batch of its epoch: one question, for it is asked for every upload.
pub(in crate::store) fn ends(
    db: &Db,
    (agent, epoch): (i64, u32),
    place: u64,
) -> Result<Ends, Fault> {
    let sql = concat!(
        "SELECT ends.held, ends.highest, batch.id, ",
        heads::columns!(),
        " FROM (SELECT (SELECT max(last_sequence) FROM batch WHERE agent = ?1) AS held, \
         (SELECT max(number) FROM batch WHERE agent = ?1 AND epoch = ?2) AS highest) AS ends \
         LEFT JOIN batch ON batch.agent = ?1 AND batch.epoch = ?2 AND batch.number = ?3"
    );
    db.one(sql, &values![agent, epoch, number(place)?], |row| {
        let there = row.get::<Option<i64>>(2)?.is_some();
        let head = there.then(|| heads::read(row, 3)).transpose()?;
        Ok(Ends {
            last_sequence: row.get::<Option<u64>>(0)?.unwrap_or(0),
            highest: row.get::<Option<u64>>(1)?.unwrap_or(0),
            hash: head.map(|head| head.hash()).unwrap_or_default(),
        })
    })
}

/// The batches that hold attempts from number `from` on, in order, `most` of them.
pub(in crate::store) fn unfolded(
    db: &Db,
    (agent, from): (i64, u64),
    most: u32,
) -> Result<Vec<Unfolded>, Fault> {
    let sql = "SELECT first_sequence, last_sequence, first_tick, last_tick FROM batch WHERE agent = ?1 AND last_sequence >= ?2 \
        ORDER BY last_sequence LIMIT ?3";
    db.list(sql, &values![agent, number(from)?, most], |row| {
        Ok(Unfolded {
            first: row.get(0)?,
            last: row.get(1)?,
            ticks: (row.get(2)?, row.get(3)?),
        })
    })
}

/// Gives the attempts from number `from` on of the batches that end before `until` to `work`, in order. Those are never pruned
/// before they are folded.
pub(in crate::store) fn each_between(
    db: &Db,
    agent: i64,
    (from, until): (u64, u64),
    work: &mut dyn FnMut(&Attempt) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let sql = select!(
        " WHERE agent = ?1 AND last_sequence >= ?2 AND last_sequence < ?3 ORDER BY last_sequence"
    );
    let place = values![agent, number(from)?, number(until)?];
    db.each(sql, &place, &mut |row| {
        let attempts = unpacked(row)?.into_iter();
        let mut wanted = attempts.filter(|attempt| attempt.sequence >= from);
        wanted.try_for_each(|attempt| work(&attempt))
    })
}

/// How many batches end with an attempt numbered `from` to before `until`.
pub(in crate::store) fn count_between(
    db: &Db,
    agent: i64,
    (from, until): (u64, u64),
) -> Result<u64, Fault> {
    let sql = "SELECT count(*) FROM batch WHERE agent = ?1 AND last_sequence >= ?2 AND last_sequence < ?3";
    let place = values![agent, number(from)?, number(until)?];
    db.one(sql, &place, |row| row.get(0))
}

/// Keeps a batch that claims the place of another one.
pub(in crate::store) fn add_fork(
    db: &Db,
    (agent, signer): (i64, i64),
    batch: &Arrived,
    received: Timestamp,
) -> Result<(), Fault> {
    let sql = "INSERT INTO fork (agent, epoch, number, hash, head, signer, signature, body, received) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (agent, epoch, number, hash) DO NOTHING";
    let row = values![
        agent,
        batch.header.epoch,
        number(batch.header.number)?,
        &batch.hash.0,
        &batch.sealed.head,
        signer,
        &batch.signature.0,
        &batch.sealed.body,
        received,
    ];
    db.execute(sql, &row).map(drop)
}

/// How many batches of an agent claim the places of others.
pub(in crate::store) fn forks(db: &Db, agent: i64) -> Result<u64, Fault> {
    let sql = "SELECT count(*) FROM fork WHERE agent = ?1";
    db.one(sql, &values![agent], |row| row.get(0))
}

/// The plan versions that an agent has signed.
pub(in crate::store) fn plans(db: &Db, agent: i64) -> Result<Vec<u32>, Fault> {
    let sql = "SELECT version FROM signed_plan WHERE agent = ?1 ORDER BY version";
    db.list(sql, &values![agent], |row| row.get(0))
}

/// What the hub has said of a plan of an agent; its hash comes first.
pub(in crate::store) fn plan(
    db: &Db,
    (agent, version): (i64, u32),
) -> Result<Option<(Hash, Kept)>, Fault> {
    let sql = "SELECT hash, leaf, received FROM signed_plan WHERE agent = ?1 AND version = ?2";
    db.find(sql, &values![agent, version], |row| {
        let hash = row.blob(0)?.try_into();
        let hash = hash.map_err(|_| Fault::Row {
            table: "signed_plan",
            what: "a hash has another length".to_owned(),
        })?;
        let kept = Kept {
            leaf: row.get(1)?,
            received: row.get::<Option<Timestamp>>(2)?.unwrap_or_default(),
            refused: None,
        };
        Ok((Hash(hash), kept))
    })
}

/// Notes that an agent has signed a plan.
pub(in crate::store) fn add_plan(
    db: &Db,
    (agent, version): (i64, u32),
    (hash, signature): (&Hash, &Signature),
    stamp: Stamp<'_>,
) -> Result<(), Fault> {
    let sql = "INSERT INTO signed_plan (agent, version, hash, signer, signature, leaf, received) \
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    let leaf = stamp.leaf.map(number).transpose()?;
    let row = values![
        agent,
        version,
        &hash.0,
        stamp.signer,
        &signature.0,
        leaf,
        stamp.received,
    ];
    db.execute(sql, &row).map(drop)
}

/// Forgets what was folded of an agent, so that it is folded anew; `false` if that cannot be, because batches are pruned.
pub(in crate::store) fn unfold(db: &Db, agent: i64) -> Result<bool, Fault> {
    let sql = "SELECT count(*) FROM batch WHERE agent = ?1 AND pruned_at IS NOT NULL";
    let pruned: i64 = db.one(sql, &values![agent], |row| row.get(0))?;
    if pruned > 0 {
        return Ok(false);
    }
    for table in ["run", "tick", "near", "latency", "latency_zone", "series"] {
        db.execute(
            &format!("DELETE FROM {table} WHERE agent = ?1"),
            &values![agent],
        )?;
    }
    super::agents::move_mark(db, agent, 1)?;
    Ok(true)
}
