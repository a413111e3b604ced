//! Tables `log`, `log_entry`, `log_tile`, `checkpoint` and `cosignature`: a hub's log.

use super::code::number;
use super::heads;
use super::registry::for_update;
use crate::identity::Signature;
use crate::merkle::{Frontier, leaf};
use crate::store::db::{Db, values};
use crate::store::error::Fault;
use crate::time::Timestamp;
use crate::wire::Hash;
use crate::wire::entry::{Entry, hash_of};

/// How many hashes stand in a tile.
pub(in crate::store) const TILE: u64 = 256;

/// Makes an empty log where there is none.
pub(in crate::store) fn begin(db: &Db) -> Result<(), Fault> {
    let sql = "INSERT INTO log (id, size, edge) VALUES (1, 0, ?1) ON CONFLICT (id) DO NOTHING";
    let none: &[u8] = &[];
    db.execute(sql, &values![none]).map(drop)
}

/// The log as it is.
pub(in crate::store) fn frontier(db: &Db) -> Result<Frontier, Fault> {
    read(db, "")
}

/// The log, to be appended to: no other transaction does before this one ends.
pub(in crate::store) fn hold(db: &Db) -> Result<Frontier, Fault> {
    read(db, for_update(db))
}

fn read(db: &Db, lock: &str) -> Result<Frontier, Fault> {
    let sql = format!("SELECT size, edge FROM log WHERE id = 1{lock}");
    let (size, edge) = db.one(&sql, &[], |row| Ok((row.get(0)?, hashes(row.blob(1)?))))?;
    Frontier::new(size, edge).ok_or_else(|| odd("log", "its edge does not fit its size"))
}

/// Writes the log down.
pub(in crate::store) fn set(db: &Db, log: &Frontier) -> Result<(), Fault> {
    let sql = "UPDATE log SET size = ?1, edge = ?2 WHERE id = 1";
    let edge = bytes(log.edge());
    db.execute(sql, &values![number(log.size())?, &edge])
        .map(drop)
}

/// Keeps the entry of a leaf that does not follow from a batch.
pub(in crate::store) fn add_entry(db: &Db, leaf: u64, entry: &[u8]) -> Result<(), Fault> {
    let sql = "INSERT INTO log_entry (leaf, entry) VALUES (?1, ?2)";
    db.execute(sql, &values![number(leaf)?, entry]).map(drop)
}

/// Adds a hash to its tile: the hash of the `index`th whole subtree of 256^level leaves.
pub(in crate::store) fn add_to_tile(
    db: &Db,
    (level, index): (u32, u64),
    hash: &Hash,
) -> Result<(), Fault> {
    let place = (level, index / TILE);
    let mut all = tile(db, place)?;
    // After a crash there is nothing more than what was committed.
    if u64::try_from(all.len()) != Ok(index % TILE) {
        return Err(odd(
            "log_tile",
            "a tile has more or fewer hashes than the log's size says",
        ));
    }
    all.push(*hash);
    let sql = "INSERT INTO log_tile (level, number, hashes) VALUES (?1, ?2, ?3) \
        ON CONFLICT (level, number) DO UPDATE SET hashes = excluded.hashes";
    let packed = bytes(&all);
    db.execute(sql, &values![level, number(place.1)?, &packed])
        .map(drop)
}

/// The hashes of a tile.
pub(in crate::store) fn tile(db: &Db, (level, place): (u32, u64)) -> Result<Vec<Hash>, Fault> {
    let sql = "SELECT hashes FROM log_tile WHERE level = ?1 AND number = ?2";
    let found = db.find(sql, &values![level, number(place)?], |row| {
        Ok(hashes(row.blob(0)?))
    })?;
    Ok(found.unwrap_or_default())
}

/// The hashes of the leaves from `from` to before `until`, computed from what they are of.
pub(in crate::store) fn leaves(db: &Db, from: u64, until: u64) -> Result<Vec<Hash>, Fault> {
    let window = values![number(from)?, number(until)?];
    // Who appends holds the log, so at a hub leaves and numbers of rows grow together, and an index of each 32nd leaf will do.
    let sql = concat!(
        "SELECT batch.leaf, batch.signature, batch.received, ",
        heads::columns!(),
        " FROM batch WHERE batch.leaf >= ?1 AND batch.leaf < ?2 \
         AND batch.id >= coalesce((SELECT id FROM batch WHERE leaf % 32 = 0 AND leaf <= ?1 ORDER BY leaf DESC LIMIT 1), 0) \
         AND batch.id <= coalesce((SELECT id FROM batch WHERE leaf % 32 = 0 AND leaf >= ?2 ORDER BY leaf LIMIT 1), 9223372036854775807)"
    );
    let mut found = db.list(sql, &window, |row| {
        let signature = row.blob(1)?.try_into();
        let signature = signature.map_err(|_| odd("batch", "a signature has another length"))?;
        let head = heads::read(row, 3)?;
        let hash = head.hash();
        let entry = Entry::Batch {
            agent: head.header.agent,
            epoch: head.header.epoch,
            number: head.header.number,
            hash,
            signature: hash_of(&Signature(signature)),
            received: row.get(2)?,
        };
        Ok((row.get::<u64>(0)?, leaf(&entry.bytes())))
    })?;
    let sql = "SELECT leaf, entry FROM log_entry WHERE leaf >= ?1 AND leaf < ?2";
    found.extend(db.list(sql, &window, |row| Ok((row.get(0)?, leaf(row.blob(1)?))))?);
    found.sort_unstable_by_key(|(place, _)| *place);
    if !found.iter().map(|(place, _)| *place).eq(from..until) {
        let what = format!("its entries {from} to {until} are not all there");
        return Err(odd("log", &what));
    }
    Ok(found.into_iter().map(|(_, hash)| hash).collect())
}

/// The newest checkpoint: its size, when it was made, and its note.
pub(in crate::store) fn newest(db: &Db) -> Result<Option<(u64, Timestamp, String)>, Fault> {
    let sql = "SELECT size, made, note FROM checkpoint ORDER BY size DESC LIMIT 1";
    db.find(sql, &[], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// The checkpoint of that size.
pub(in crate::store) fn checkpoint(db: &Db, size: u64) -> Result<Option<String>, Fault> {
    let sql = "SELECT note FROM checkpoint WHERE size = ?1";
    db.find(sql, &values![number(size)?], |row| row.get(0))
}

/// Keeps a checkpoint.
pub(in crate::store) fn add_checkpoint(
    db: &Db,
    size: u64,
    (made, note): (Timestamp, &str),
) -> Result<(), Fault> {
    let sql = "INSERT INTO checkpoint (size, made, note) VALUES (?1, ?2, ?3) ON CONFLICT (size) DO NOTHING";
    db.execute(sql, &values![number(size)?, made, note])
        .map(drop)
}

/// Of the checkpoints made before an instant leaves the newest of each hour, and the newest one that was cosigned.
pub(in crate::store) fn thin_checkpoints(db: &Db, before: Timestamp) -> Result<(), Fault> {
    let stale = "SELECT size FROM checkpoint WHERE made < ?1 AND size NOT IN \
        (SELECT max(size) FROM checkpoint GROUP BY made / 3600000) AND size NOT IN (SELECT max(size) FROM checkpoint \
        WHERE size IN (SELECT size FROM cosignature) GROUP BY made / 3600000)";
    let sql = format!("DELETE FROM cosignature WHERE size IN ({stale})");
    db.execute(&sql, &values![before])?;
    let sql = format!("DELETE FROM checkpoint WHERE size IN ({stale})");
    db.execute(&sql, &values![before]).map(drop)
}

/// Keeps an agent's cosignature under a checkpoint.
pub(in crate::store) fn add_cosignature(
    db: &Db,
    size: u64,
    (agent, signer): (i64, i64),
    signature: &[u8],
) -> Result<(), Fault> {
    let sql = "INSERT INTO cosignature (size, agent, signer, signature) VALUES (?1, ?2, ?3, ?4) \
        ON CONFLICT (size, agent) DO NOTHING";
    let row = values![number(size)?, agent, signer, signature];
    db.execute(sql, &row).map(drop)
}

fn hashes(packed: &[u8]) -> Vec<Hash> {
    let (whole, _) = packed.as_chunks::<32>();
    whole.iter().copied().map(Hash).collect()
}

fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

fn odd(table: &'static str, what: &str) -> Fault {
    let what = what.to_owned();
    Fault::Row { table, what }
}
