//! Tables `log`, `log_entry`, `log_tile` and `checkpoint`: a hub's log, to be read. Leaves that are batches follow from table `batch`.

use std::collections::BTreeMap;

use super::code::number;
use super::logs;
use crate::merkle::{self, Nodes};
use crate::store::db::{Db, values};
use crate::store::error::Fault;
use crate::wire::Hash;

/// Levels of the tree between two levels of tiles.
const TILE_LEVELS: u32 = 8;
/// Hashes in a whole tile.
const TILE: u64 = 1 << TILE_LEVELS;

/// The newest checkpoint of the hub whose log this is, and its size; `None` if there is no log here.
pub(in crate::store) fn newest(db: &Db) -> Result<Option<(u64, String)>, Fault> {
    let size: Option<u64> = db.find("SELECT size FROM log", &[], |row| row.get(0))?;
    let Some(size) = size else {
        return Ok(None);
    };
    let sql = "SELECT size, note FROM checkpoint WHERE size <= ?1 ORDER BY size DESC LIMIT 1";
    db.find(sql, &values![number(size)?], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// The newest checkpoint that anybody has cosigned and that holds leaf `last`; `None` if there is none.
pub(in crate::store) fn cosigned(db: &Db, last: u64) -> Result<Option<(u64, String)>, Fault> {
    let sql = "SELECT size, note FROM checkpoint WHERE size > ?1 AND size <= (SELECT max(size) FROM log) \
        AND size IN (SELECT size FROM cosignature) ORDER BY size DESC LIMIT 1";
    db.find(sql, &values![number(last)?], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// The entries of the first `size` that are no batch, as they stand in the log.
pub(in crate::store) fn entries(db: &Db, size: u64) -> Result<BTreeMap<u64, Vec<u8>>, Fault> {
    let sql = "SELECT leaf, entry FROM log_entry WHERE leaf < ?1 ORDER BY leaf";
    let found = db.list(sql, &values![number(size)?], |row| {
        Ok((row.get(0)?, row.get(1)?))
    });
    Ok(found?.into_iter().collect())
}

/// The tree over the log.
pub(in crate::store) struct Tree<'a> {
    pub(in crate::store) db: &'a Db,
}

impl Tree<'_> {
    /// The hashes of the subtrees of `256^level` leaves from `first` on; they stand in one row.
    fn tile(&self, level: u32, first: u64, count: u64) -> Result<Vec<Hash>, Fault> {
        let hashes = logs::tile(self.db, (level, first / TILE))?;
        let start = usize::try_from(first % TILE).unwrap_or(usize::MAX);
        let end = start.saturating_add(usize::try_from(count).unwrap_or(usize::MAX));
        let found = hashes.get(start..end);
        let found = found.ok_or_else(|| {
            missing(format!(
                "a hash of level {level} from {first} on is missing"
            ))
        })?;
        Ok(found.to_vec())
    }
}

impl Nodes for Tree<'_> {
    type Error = Fault;

    fn node(&self, level: u32, index: u64) -> Result<Hash, Fault> {
        let (tiles, within) = (level / TILE_LEVELS, level % TILE_LEVELS);
        let (first, count) = (index << within, 1 << within);
        let mut hashes = match tiles {
            0 => logs::leaves(self.db, first, first + count)?,
            _ => self.tile(tiles, first, count)?,
        };
        while hashes.len() > 1 {
            let (pairs, _) = hashes.as_chunks::<2>();
            hashes = pairs
                .iter()
                .map(|[left, right]| merkle::node(left, right))
                .collect();
        }
        hashes
            .pop()
            .ok_or_else(|| missing(format!("node {level}/{index} is missing")))
    }
}

fn missing(what: String) -> Fault {
    Fault::Row { table: "log", what }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merkle::{Frontier, inclusion, partial, root, verify_inclusion};

    /// A log of entries that are no batches, with its tiles.
    fn log(size: u64) -> (Db, Frontier) {
        let mut db = Db::in_memory().expect("opens");
        let mut edge = Frontier::default();
        let mut tiles: BTreeMap<(u32, u64), Vec<u8>> = BTreeMap::new();
        let write = |db: &Db| {
            for leaf in 0..size {
                let entry = leaf.to_be_bytes();
                let row = values![number(leaf)?, &entry];
                db.execute("INSERT INTO log_entry (leaf, entry) VALUES (?1, ?2)", &row)?;
                edge.push(merkle::leaf(&entry), |level, index, hash| {
                    if level > 0 && level % TILE_LEVELS == 0 {
                        let tile = tiles
                            .entry((level / TILE_LEVELS, index / TILE))
                            .or_default();
                        tile.extend_from_slice(&hash.0);
                    }
                });
            }
            for ((level, place), hashes) in &tiles {
                let row = values![*level, number(*place)?, hashes];
                db.execute(
                    "INSERT INTO log_tile (level, number, hashes) VALUES (?1, ?2, ?3)",
                    &row,
                )?;
            }
            Ok(())
        };
        db.transact(write).expect("it is written");
        (db, edge)
    }

    #[test]
    fn tiles_and_leaves_make_the_tree() {
        for size in [1, 255, 256, 257, 700, 66_000] {
            let (db, edge) = log(size);
            let tree = Tree { db: &db };
            assert_eq!(
                root(&tree, size).expect("it is there"),
                edge.root(),
                "{size}"
            );
            for index in [0, size / 3, size - 1] {
                let proof = inclusion(&tree, index, size)
                    .expect("it is there")
                    .expect("inside");
                let leaf = merkle::leaf(&index.to_be_bytes());
                assert_eq!(
                    verify_inclusion(&leaf, (index, size), &proof, &edge.root()),
                    Ok(())
                );
            }
            let known = [size / 2, size - 1];
            let shown = partial(&tree, size, known).expect("it is there");
            let leaves = known.map(|index| (index, merkle::leaf(&index.to_be_bytes())));
            assert_eq!(shown.root(&leaves.into()), Ok(edge.root()));
        }
    }

    #[test]
    fn what_is_missing_is_told() {
        let (db, _) = log(300);
        for sql in [
            "DELETE FROM log_entry WHERE leaf = 299",
            "DELETE FROM log_tile",
        ] {
            db.execute(sql, &[]).expect("runs");
            let error = root(&Tree { db: &db }, 300).expect_err("it is gone");
            assert!(error.to_string().contains("a row of log"), "{error}");
        }
    }
}
