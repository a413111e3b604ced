//! Tables `hub`, `signer`, `signed_plan` and `checkpoint`, and the columns of `batch` that tell what a hub has, as an agent
//! keeps them.

use super::code::number;
use super::heads;
use crate::identity::{HubId, PublicKey, Signature};
use crate::store::db::{Db, values};
use crate::store::error::Fault;
use crate::store::shipping::Item;
use crate::time::{Interval, Timestamp};
use crate::wire::record::Receipt;
use crate::wire::{Hash, Sealed};

/// The hub that is signed for.
pub(in crate::store) fn hub(db: &Db) -> Result<Option<(HubId, PublicKey)>, Fault> {
    db.find("SELECT name, public FROM hub WHERE id = 1", &[], |row| {
        let hub = HubId::new(row.text(0)?);
        let hub = hub.map_err(|error| odd("hub", &error.to_string()))?;
        Ok((hub, key(row.blob(1)?)?))
    })
}

/// From now on `hub` is signed for.
pub(in crate::store) fn put_hub(db: &Db, hub: &HubId, public: &PublicKey) -> Result<(), Fault> {
    let sql = "INSERT INTO hub (id, name, public) VALUES (1, ?1, ?2) \
        ON CONFLICT (id) DO UPDATE SET name = excluded.name, public = excluded.public";
    db.execute(sql, &values![hub.as_str(), &public.0])?;
    Ok(())
}

/// Forgets what another hub has, and what was signed for it.
pub(in crate::store) fn forget_hub(db: &Db, agent: i64) -> Result<(), Fault> {
    let sql = "UPDATE batch SET signer = NULL, signature = NULL, leaf = NULL, received = NULL, receipt = NULL, \
        refused = NULL WHERE agent = ?1";
    db.execute(sql, &values![agent])?;
    let sql = "UPDATE signed_plan SET signer = NULL, signature = NULL, leaf = NULL, received = NULL, receipt = NULL, \
        refused = NULL WHERE agent = ?1";
    db.execute(sql, &values![agent])?;
    Ok(())
}

/// The place of the agent's key, if it was used before.
pub(in crate::store) fn signer(
    db: &Db,
    agent: i64,
    public: &PublicKey,
) -> Result<Option<i64>, Fault> {
    let sql = "SELECT id FROM signer WHERE agent = ?1 AND public = ?2";
    db.find(sql, &values![agent, &public.0], |row| row.get(0))
}

/// The key that the agent signs with.
pub(in crate::store) fn current_key(db: &Db, agent: i64) -> Result<Option<PublicKey>, Fault> {
    let sql = "SELECT public FROM signer WHERE agent = ?1 AND until IS NULL";
    db.find(sql, &values![agent], |row| key(row.blob(0)?))
}

/// The agent signs with `public` from `now` on. What is not at the hub is to be signed anew.
pub(in crate::store) fn add_signer(
    db: &Db,
    agent: i64,
    public: &PublicKey,
    now: Timestamp,
) -> Result<i64, Fault> {
    let sql = "UPDATE signer SET until = ?2 WHERE agent = ?1 AND until IS NULL";
    db.execute(sql, &values![agent, now])?;
    for table in ["batch", "signed_plan"] {
        let sql = format!(
            "UPDATE {table} SET signer = NULL, signature = NULL WHERE agent = ?1 AND receipt IS NULL"
        );
        db.execute(&sql, &values![agent])?;
    }
    // Who enrols anew vouches anew for the hub, and so for its log.
    forget_checkpoint(db)?;
    let sql = "INSERT INTO signer (agent, public, since) VALUES (?1, ?2, ?3) RETURNING id";
    db.one(sql, &values![agent, &public.0, now], |row| row.get(0))
}

/// Notes that all plans of the record are to be signed and sent.
pub(in crate::store) fn add_plans(db: &Db, agent: i64) -> Result<(), Fault> {
    let sql = "SELECT version, json FROM plan WHERE NOT EXISTS \
        (SELECT 1 FROM signed_plan WHERE agent = ?1 AND signed_plan.version = plan.version)";
    let new = db.list(sql, &values![agent], |row| {
        Ok((row.get::<u32>(0)?, Hash::of(row.text(1)?.as_bytes())))
    })?;
    for (version, hash) in new {
        let sql = "INSERT INTO signed_plan (agent, version, hash) VALUES (?1, ?2, ?3)";
        db.execute(sql, &values![agent, version, &hash.0])?;
    }
    Ok(())
}

/// Plans that the hub does not have: version, text and signature.
pub(in crate::store) fn waiting_plans(
    db: &Db,
    agent: i64,
) -> Result<Vec<(u32, String, Option<Signature>)>, Fault> {
    let sql = "SELECT plan.version, plan.json, signature FROM signed_plan JOIN plan ON plan.version = signed_plan.version \
        WHERE agent = ?1 AND receipt IS NULL AND refused IS NULL ORDER BY plan.version";
    db.list(sql, &values![agent], |row| {
        let signature = row.get::<Option<&[u8]>>(2)?.map(signature).transpose()?;
        Ok((row.get(0)?, row.get(1)?, signature))
    })
}

/// The first `most` batches from place `from` on that the hub neither has nor refuses, in order.
pub(in crate::store) fn waiting_batches(
    db: &Db,
    agent: i64,
    from: (u32, u64),
    most: usize,
) -> Result<Vec<(u32, u64)>, Fault> {
    let sql = "SELECT epoch, number FROM batch WHERE agent = ?1 AND (epoch, number) >= (?2, ?3) \
        AND receipt IS NULL AND refused IS NULL ORDER BY epoch, number LIMIT ?4";
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let values = values![agent, from.0, number(from.1)?, most];
    db.list(sql, &values, |row| Ok((row.get(0)?, row.get(1)?)))
}

/// The newest batch, if the hub neither has nor refuses it.
pub(in crate::store) fn newest_waiting(db: &Db, agent: i64) -> Result<Option<(u32, u64)>, Fault> {
    let sql = "SELECT epoch, number, CASE WHEN receipt IS NULL AND refused IS NULL THEN 1 ELSE 0 END FROM batch WHERE agent = ?1 \
        ORDER BY epoch DESC, number DESC LIMIT 1";
    let found = db.find(sql, &values![agent], |row| {
        Ok(((row.get(0)?, row.get(1)?), row.get(2)?))
    })?;
    Ok(found.and_then(|(place, waits): (_, bool)| waits.then_some(place)))
}

/// A batch, and its signature if it has one; `None` if its body is pruned.
pub(in crate::store) fn batch(
    db: &Db,
    agent: i64,
    (epoch, batch): (u32, u64),
) -> Result<Option<(Sealed, Option<Signature>)>, Fault> {
    let sql = concat!(
        "SELECT body, signature, ",
        heads::columns!(),
        " FROM whole_batch AS batch WHERE agent = ?1 AND epoch = ?2 AND number = ?3"
    );
    db.one(sql, &values![agent, epoch, number(batch)?], |row| {
        let Some(body) = row.get(0)? else {
            return Ok(None);
        };
        let signature = row.get::<Option<&[u8]>>(1)?.map(signature).transpose()?;
        let head = heads::read(row, 2)?.encode();
        Ok(Some((Sealed { head, body }, signature)))
    })
}

/// The hash of a batch, and whether the hub has given a receipt for it.
pub(in crate::store) fn hash(
    db: &Db,
    agent: i64,
    (epoch, batch): (u32, u64),
) -> Result<Option<(Hash, bool)>, Fault> {
    let sql = concat!(
        "SELECT CASE WHEN receipt IS NULL THEN 0 ELSE 1 END, ",
        heads::columns!(),
        " FROM batch WHERE agent = ?1 AND epoch = ?2 AND number = ?3"
    );
    db.find(sql, &values![agent, epoch, number(batch)?], |row| {
        Ok((heads::read(row, 1)?.hash(), row.get(0)?))
    })
}

/// Keeps the signature of a record.
pub(in crate::store) fn put_signature(
    db: &Db,
    agent: i64,
    item: Item,
    (signer, signature): (i64, &Signature),
) -> Result<(), Fault> {
    let set = "signer = ?2, signature = ?3";
    change(db, (agent, item), set, &values![signer, &signature.0])
}

/// Keeps the receipt for a record.
pub(in crate::store) fn put_receipt(
    db: &Db,
    agent: i64,
    item: Item,
    receipt: &Receipt,
) -> Result<(), Fault> {
    let set = "leaf = ?2, received = ?3, receipt = ?4, refused = NULL";
    let values = values![
        number(receipt.leaf)?,
        receipt.received,
        &receipt.signature.0
    ];
    change(db, (agent, item), set, &values)
}

/// Keeps why the hub does not take a record.
pub(in crate::store) fn put_refusal(
    db: &Db,
    agent: i64,
    item: Item,
    reason: &str,
) -> Result<(), Fault> {
    change(db, (agent, item), "refused = ?2", &values![reason])
}

/// The hub has lost a record.
pub(in crate::store) fn drop_receipt(db: &Db, agent: i64, item: Item) -> Result<(), Fault> {
    let set = "leaf = NULL, received = NULL, receipt = NULL";
    change(db, (agent, item), set, &[])
}

/// The hub has lost a record that cannot be sent again. Its place in the hub's log may become another's.
pub(in crate::store) fn drop_leaf(
    db: &Db,
    agent: i64,
    (epoch, batch): (u32, u64),
) -> Result<(), Fault> {
    change(db, (agent, Item::Batch(epoch, batch)), "leaf = NULL", &[])
}

/// A batch with a receipt.
#[derive(Debug)]
pub(in crate::store) struct Received {
    /// Epoch and number.
    pub(in crate::store) place: (u32, u64),
    /// Whether it could be sent again.
    pub(in crate::store) whole: bool,
}

/// The batches from place `from` on that have a receipt; of those that could not be sent again, such as have a place in the log.
pub(in crate::store) fn received(
    db: &Db,
    agent: i64,
    from: (u32, u64),
) -> Result<Vec<Received>, Fault> {
    let sql = "SELECT epoch, number, CASE WHEN body IS NULL THEN 0 ELSE 1 END FROM whole_batch \
        WHERE agent = ?1 AND (epoch, number) >= (?2, ?3) AND receipt IS NOT NULL AND (body IS NOT NULL OR leaf IS NOT NULL) \
        ORDER BY epoch, number";
    let values = values![agent, from.0, number(from.1)?];
    db.list(sql, &values, |row| {
        Ok(Received {
            place: (row.get(0)?, row.get(1)?),
            whole: row.get(2)?,
        })
    })
}

/// The plans for which there is a receipt.
pub(in crate::store) fn received_plans(db: &Db, agent: i64) -> Result<Vec<u32>, Fault> {
    let sql =
        "SELECT version FROM signed_plan WHERE agent = ?1 AND receipt IS NOT NULL ORDER BY version";
    db.list(sql, &values![agent], |row| row.get(0))
}

/// The highest number of the epoch for which there is a receipt; 0 if there is none.
pub(in crate::store) fn last_received(db: &Db, agent: i64, epoch: u32) -> Result<u64, Fault> {
    let sql =
        "SELECT max(number) FROM batch WHERE agent = ?1 AND epoch = ?2 AND receipt IS NOT NULL";
    let last: Option<u64> = db.one(sql, &values![agent, epoch], |row| row.get(0))?;
    Ok(last.unwrap_or(0))
}

/// The number of the last attempt that lies before the oldest one that the hub neither has nor refuses.
pub(in crate::store) fn unsent_from(
    db: &Db,
    agent: i64,
    from: (u32, u64),
) -> Result<Option<u64>, Fault> {
    let sql = "SELECT first_sequence FROM batch WHERE agent = ?1 AND (epoch, number) >= (?2, ?3) \
        AND receipt IS NULL AND refused IS NULL ORDER BY epoch, number LIMIT 1";
    let values = values![agent, from.0, number(from.1)?];
    db.find(sql, &values, |row| row.get(0))
}

/// What waits: batches, their attempts, and the ticks of those.
pub(in crate::store) fn extent(db: &Db, agent: i64) -> Result<(u64, u64, Option<Interval>), Fault> {
    let sql = "SELECT count(*), CAST(coalesce(sum(last_sequence - first_sequence + 1), 0) AS BIGINT), \
        min(first_tick), max(last_tick) FROM batch WHERE agent = ?1 AND receipt IS NULL AND refused IS NULL";
    db.one(sql, &values![agent], |row| {
        let ticks = row.get::<Option<i64>>(2)?.zip(row.get::<Option<i64>>(3)?);
        let ticks = ticks.map(|(first, last)| {
            Interval::new(Timestamp(first), Timestamp(last.saturating_add(1)))
        });
        Ok((row.get(0)?, row.get(1)?, ticks))
    })
}

/// When the hub last gave a receipt, by its clock.
pub(in crate::store) fn last_receipt(db: &Db, agent: i64) -> Result<Option<Timestamp>, Fault> {
    let sql = "SELECT max(received) FROM batch WHERE agent = ?1";
    db.one(sql, &values![agent], |row| row.get(0))
}

/// How many records the hub refuses, and the newest `most` of them with the reasons.
pub(in crate::store) fn refused(
    db: &Db,
    agent: i64,
    most: u32,
) -> Result<(u64, Vec<(Item, String)>), Fault> {
    let (mut count, mut found) = (0, Vec::new());
    let sql = "SELECT version, refused FROM signed_plan WHERE agent = ?1 AND refused IS NOT NULL ORDER BY version";
    db.each(sql, &values![agent], &mut |row| {
        count += 1;
        found.push((Item::Plan(row.get(0)?), row.get(1)?));
        Ok(())
    })?;
    let sql = "SELECT count(*) FROM batch WHERE agent = ?1 AND refused IS NOT NULL";
    count += db.one(sql, &values![agent], |row| row.get::<u64>(0))?;
    let sql = "SELECT epoch, number, refused FROM batch WHERE agent = ?1 AND refused IS NOT NULL \
        ORDER BY epoch DESC, number DESC LIMIT ?2";
    db.each(sql, &values![agent, most], &mut |row| {
        found.push((Item::Batch(row.get(0)?, row.get(1)?), row.get(2)?));
        Ok(())
    })?;
    Ok((count, found))
}

/// The newest checkpoint that was verified: its size, when it was made, and the note.
pub(in crate::store) fn checkpoint(db: &Db) -> Result<Option<(u64, Timestamp, String)>, Fault> {
    let sql = "SELECT size, made, note FROM checkpoint ORDER BY size DESC LIMIT 1";
    db.find(sql, &[], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// Keeps a checkpoint that was verified in the place of the one before.
pub(in crate::store) fn put_checkpoint(
    db: &Db,
    (size, made): (u64, Timestamp),
    note: &str,
) -> Result<(), Fault> {
    forget_checkpoint(db)?;
    let sql = "INSERT INTO checkpoint (size, made, note) VALUES (?1, ?2, ?3)";
    db.execute(sql, &values![number(size)?, made, note])?;
    Ok(())
}

fn forget_checkpoint(db: &Db) -> Result<(), Fault> {
    db.execute("DELETE FROM cosignature", &[])?;
    db.execute("DELETE FROM checkpoint", &[])?;
    Ok(())
}

/// Sets columns of one record; `values` are its parameters from the second on.
fn change(
    db: &Db,
    (agent, item): (i64, Item),
    set: &str,
    values: &[crate::store::db::Value<'_>],
) -> Result<(), Fault> {
    let mut all = values![agent].to_vec();
    all.extend_from_slice(values);
    let next = all.len() + 1;
    let sql = match item {
        Item::Plan(version) => {
            all.extend(values![version]);
            format!("UPDATE signed_plan SET {set} WHERE agent = ?1 AND version = ?{next}")
        }
        Item::Batch(epoch, batch) => {
            all.extend(values![epoch, number(batch)?]);
            let last = next + 1;
            format!(
                "UPDATE batch SET {set} WHERE agent = ?1 AND epoch = ?{next} AND number = ?{last}"
            )
        }
    };
    db.execute(&sql, &all)?;
    Ok(())
}

fn signature(bytes: &[u8]) -> Result<Signature, Fault> {
    let bytes = bytes.try_into();
    bytes
        .map(Signature)
        .map_err(|_| odd("batch", "a signature has not 64 bytes"))
}

fn key(bytes: &[u8]) -> Result<PublicKey, Fault> {
    let bytes = bytes.try_into();
    bytes
        .map(PublicKey)
        .map_err(|_| odd("hub", "a key has not 32 bytes"))
}

fn odd(table: &'static str, what: &str) -> Fault {
    Fault::Row {
        table,
        what: what.to_owned(),
    }
}
