//! Tables `batch`, `signed_plan`, `signer`, `hub` and `cosignature` as they are shown to others.

use super::code::number;
use super::{batch_ticks, heads};
use crate::checkpoint::Cosignature;
use crate::identity::{HubId, KeyId, PublicKey, Signature};
use crate::name::Name;
use crate::store::db::{Db, Row, values};
use crate::store::error::Fault;
use crate::time::{Interval, Timestamp};
use crate::wire::Hash;
use crate::wire::exhibit::{BatchExhibit, Logged, PlanExhibit, Voucher};

const BATCHES: &str = concat!(
    "SELECT signer.public, batch.signature, batch.leaf, batch.received, batch.receipt, batch.body, ",
    heads::columns!(),
    " FROM whole_batch AS batch LEFT JOIN signer ON signer.id = batch.signer \
     WHERE batch.agent = ?1 AND (batch.epoch > ?2 OR batch.epoch = ?2 AND batch.number >= ?3) \
     AND (batch.epoch < ?4 OR batch.epoch = ?4 AND batch.number <= ?5) \
     AND (batch.refused IS NULL OR batch.body IS NOT NULL) ORDER BY batch.epoch, batch.number"
);
const PLANS: &str = "SELECT signed_plan.version, signed_plan.hash, signer.public, signed_plan.signature, signed_plan.leaf, \
    signed_plan.received, signed_plan.receipt FROM signed_plan LEFT JOIN signer ON signer.id = signed_plan.signer \
    WHERE signed_plan.agent = ?1 ORDER BY signed_plan.version";

/// The hub that agents sign for, and its key.
pub(in crate::store) fn hub(db: &Db) -> Result<Option<(HubId, PublicKey)>, Fault> {
    let found: Option<(String, Vec<u8>)> = db.find("SELECT name, public FROM hub", &[], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    let Some((name, key)) = found else {
        return Ok(None);
    };
    let name = HubId::new(&name).map_err(|error| odd("hub", error.to_string()))?;
    Ok(Some((name, public(&key)?)))
}

/// The keys of an agent, each with since when and until when it was its own, oldest first.
pub(in crate::store) fn keys(
    db: &Db,
    agent: i64,
) -> Result<Vec<(PublicKey, Timestamp, Option<Timestamp>)>, Fault> {
    let sql = "SELECT public, since, until FROM signer WHERE agent = ?1 ORDER BY since, id";
    db.list(sql, &values![agent], |row| {
        Ok((public(row.blob(0)?)?, row.get(1)?, row.get(2)?))
    })
}

/// The plan versions that an agent has said to look by.
pub(in crate::store) fn plans(db: &Db, agent: i64) -> Result<Vec<PlanExhibit>, Fault> {
    db.list(PLANS, &values![agent], |row| {
        let hash = <[u8; 32]>::try_from(row.blob(1)?);
        Ok(PlanExhibit {
            version: row.get(0)?,
            hash: Hash(hash.map_err(|_| odd("signed_plan", "hash is no SHA-256"))?),
            voucher: voucher(row, 2)?,
        })
    })
}

/// The batches of an agent, from the first to the last one that holds a tick in `window`. Of those that a hub has refused there
/// is nothing to be shown: they are a gap.
pub(in crate::store) fn batches(
    db: &Db,
    agent: i64,
    window: Interval,
) -> Result<Vec<BatchExhibit>, Fault> {
    let mut ends: Option<((u32, u64), (u32, u64))> = None;
    batch_ticks::each_within(db, "epoch, number", (agent, window), &mut |row| {
        let place = (row.get(0)?, row.get(1)?);
        let (first, last) = ends.unwrap_or((place, place));
        ends = Some((first.min(place), last.max(place)));
        Ok(())
    })?;
    let Some((first, last)) = ends else {
        return Ok(Vec::new());
    };
    let place = values![agent, first.0, number(first.1)?, last.0, number(last.1)?];
    db.list(BATCHES, &place, |row| {
        Ok(BatchExhibit {
            head: heads::read(row, 6)?.encode(),
            body: row.get(5)?,
            voucher: voucher(row, 0)?,
        })
    })
}

/// How many attempts stand in the batches that hold a tick in `window`.
pub(in crate::store) fn count(db: &Db, agent: i64, window: Interval) -> Result<u64, Fault> {
    let (columns, mut count) = ("last_sequence - first_sequence + 1", 0);
    batch_ticks::each_within(db, columns, (agent, window), &mut |row| {
        count += row.get::<u64>(0)?;
        Ok(())
    })?;
    Ok(count)
}

/// Whether attempts of an agent in `window` are pruned, all or some.
pub(in crate::store) fn is_pruned(db: &Db, agent: i64, window: Interval) -> Result<bool, Fault> {
    let mut pruned = false;
    batch_ticks::each_within(db, "pruned_at", (agent, window), &mut |row| {
        pruned |= row.get::<Option<i64>>(0)?.is_some();
        Ok(())
    })?;
    Ok(pruned)
}

/// Refuses a record with batches or attempts of an agent that is not in it.
pub(in crate::store) fn must_be_of_known(db: &Db) -> Result<(), Fault> {
    for table in ["batch", "attempt"] {
        let next = format!("SELECT min(agent) FROM {table} WHERE agent > ?1");
        let mut last = i64::MIN;
        // From one agent to the next by the index, however many rows each has.
        while let Some(agent) = db.one(&next, &values![last], |row| row.get::<Option<i64>>(0))? {
            let sql = "SELECT 1 FROM agent WHERE id = ?1";
            if db.find(sql, &values![agent], |_| Ok(()))?.is_none() {
                let what = format!("rows of {table} are of an agent that is missing");
                return Err(odd("agent", what));
            }
            last = agent;
        }
    }
    Ok(())
}

/// Who has cosigned the checkpoint of that size.
pub(in crate::store) fn cosignatures(
    db: &Db,
    size: u64,
) -> Result<Vec<(Name, PublicKey, Cosignature)>, Fault> {
    let sql = "SELECT agent.name, signer.public, cosignature.signature FROM cosignature \
        JOIN agent ON agent.id = cosignature.agent JOIN signer ON signer.id = cosignature.signer \
        WHERE cosignature.size = ?1 ORDER BY agent.name";
    db.list(sql, &values![number(size)?], |row| {
        let cosignature = Cosignature::from_bytes(row.blob(2)?);
        let cosignature = cosignature.ok_or_else(|| odd("cosignature", "signature is none"))?;
        Ok((row.get(0)?, public(row.blob(1)?)?, cosignature))
    })
}

/// Key, signature, leaf, instant and receipt, from column `at` on.
fn voucher(row: &Row<'_>, at: usize) -> Result<Voucher, Fault> {
    let signature = |column: usize| -> Result<Option<Signature>, Fault> {
        let bytes: Option<&[u8]> = row.get(column)?;
        let bytes = bytes.map(<[u8; 64]>::try_from).transpose();
        let bytes = bytes.map_err(|_| odd("batch", "a signature has not 64 bytes"))?;
        Ok(bytes.map(Signature))
    };
    let key: Option<&[u8]> = row.get(at)?;
    let key: Option<KeyId> = key.map(public).transpose()?.map(|key| key.id());
    let (leaf, received): (Option<u64>, Option<Timestamp>) = (row.get(at + 2)?, row.get(at + 3)?);
    let receipt = signature(at + 4)?;
    Ok(Voucher {
        signed: key.zip(signature(at + 1)?),
        logged: leaf.zip(received).map(|(leaf, received)| Logged {
            leaf,
            received,
            receipt,
        }),
    })
}

fn public(bytes: &[u8]) -> Result<PublicKey, Fault> {
    let bytes = <[u8; 32]>::try_from(bytes);
    Ok(PublicKey(
        bytes.map_err(|_| odd("signer", "a key has not 32 bytes"))?,
    ))
}

fn odd(table: &'static str, what: impl Into<String>) -> Fault {
    let what = what.into();
    Fault::Row { table, what }
}
