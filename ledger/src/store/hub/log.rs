//! Appending to the log, and the hashes of its tree.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::merkle::{Frontier, Nodes, leaf, node};
use crate::store::db::Db;
use crate::store::error::Fault;
use crate::store::table::logs::{self, TILE};
use crate::wire::Hash;
use crate::wire::entry::Entry;

/// The log while it is appended to, in one transaction.
pub(super) struct Appender<'a> {
    db: &'a Db,
    log: Option<Frontier>,
    tiles: Vec<(u32, u64, Hash)>,
}

/// How many levels of the tree a tile spans.
const SPAN: u32 = TILE.trailing_zeros();

impl<'a> Appender<'a> {
    /// Nothing is held before something is appended.
    pub(super) const fn new(db: &'a Db) -> Self {
        Self {
            db,
            log: None,
            tiles: Vec::new(),
        }
    }

    /// Holds the log for the rest of the transaction.
    pub(super) fn hold(&mut self) -> Result<&mut Frontier, Fault> {
        if self.log.is_none() {
            self.log = Some(logs::hold(self.db)?);
        }
        self.log
            .as_mut()
            .ok_or_else(|| Fault::NoRow("the log".to_owned()))
    }

    /// Appends what follows from a batch's row; says which leaf it is.
    pub(super) fn push(&mut self, entry: &Entry) -> Result<u64, Fault> {
        self.append(&entry.bytes())
    }

    /// Appends what follows from no other row, and keeps it.
    pub(super) fn keep(&mut self, entry: &Entry) -> Result<u64, Fault> {
        let bytes = entry.bytes();
        let place = self.append(&bytes)?;
        logs::add_entry(self.db, place, &bytes)?;
        Ok(place)
    }

    /// Writes down what was appended.
    pub(super) fn finish(self) -> Result<(), Fault> {
        for (level, index, hash) in self.tiles {
            logs::add_to_tile(self.db, (level, index), &hash)?;
        }
        match self.log {
            Some(log) => logs::set(self.db, &log),
            None => Ok(()),
        }
    }

    fn append(&mut self, bytes: &[u8]) -> Result<u64, Fault> {
        let mut tiles = std::mem::take(&mut self.tiles);
        let log = self.hold()?;
        let place = log.size();
        log.push(leaf(bytes), |level, index, hash| {
            if level > 0 && level.is_multiple_of(SPAN) {
                tiles.push((level / SPAN, index, hash));
            }
        });
        self.tiles = tiles;
        Ok(place)
    }
}

/// Hashes of leaves, whole tiles of them, so that they are not computed again for each proof.
#[derive(Debug, Default)]
pub(super) struct Leaves(BTreeMap<u64, Vec<Hash>>);

/// The most tiles that are kept: 2 MiB of hashes.
const MOST: usize = 256;

/// The tree over the first `size` entries.
pub(super) struct Tree<'a> {
    pub(super) db: &'a Db,
    pub(super) leaves: &'a RefCell<Leaves>,
    pub(super) size: u64,
}

impl Nodes for Tree<'_> {
    type Error = Fault;

    fn node(&self, level: u32, index: u64) -> Result<Hash, Fault> {
        let (stored, above) = (level / SPAN, level % SPAN);
        let first = index << above;
        let count = usize::try_from(1_u64 << above).unwrap_or(usize::MAX);
        let tile = match stored {
            0 => self.leaves_of(first / TILE)?,
            _ => logs::tile(self.db, (stored, first / TILE))?,
        };
        let skip = usize::try_from(first % TILE).unwrap_or(usize::MAX);
        let hashes = tile.get(skip..).and_then(|rest| rest.get(..count));
        let missing = || Fault::Row {
            table: "log_tile",
            what: format!("level {stored} has no whole subtree {first}"),
        };
        Ok(over(hashes.ok_or_else(missing)?))
    }
}

impl Tree<'_> {
    fn leaves_of(&self, tile: u64) -> Result<Vec<Hash>, Fault> {
        if let Some(known) = self.leaves.borrow().0.get(&tile) {
            return Ok(known.clone());
        }
        let (from, until) = (tile * TILE, ((tile + 1) * TILE).min(self.size));
        let found = logs::leaves(self.db, from, until)?;
        if until - from == TILE {
            let mut kept = self.leaves.borrow_mut();
            if kept.0.len() >= MOST {
                kept.0.pop_first();
            }
            kept.0.insert(tile, found.clone());
        }
        Ok(found)
    }
}

/// The hash over a whole subtree.
fn over(hashes: &[Hash]) -> Hash {
    match hashes {
        [] => crate::merkle::empty(),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(more.len() / 2);
            node(&over(left), &over(right))
        }
    }
}
