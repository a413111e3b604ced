//! A file or directory on a disk: what is durable, and what may be.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::log::{Bytes, Log};

const SECTOR: usize = 512;

/// How much of what was not synced is there after the power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Luck {
    Nothing,
    All,
    /// A random part, torn at sectors.
    Torn(u64),
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Kind {
    #[default]
    File,
    Directory,
}

/// A file, or a directory.
#[derive(Clone, Default)]
pub(super) struct Node {
    pub(super) kind: Kind,
    pub(super) durable: Content,
    pub(super) pending: Vec<(Change, Fate)>,
}

/// Whether a change will be there after a power cut.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// A sync may still come.
    Open,
    /// Its sync failed, and the system may have forgotten it: later syncs say nothing of it.
    Doubtful,
    /// Synced, but behind a doubtful one.
    Sure,
}

#[derive(Clone, Default)]
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    pub(super) names: BTreeMap<String, usize>,
}

#[derive(Clone)]
pub(super) enum Change {
    Write(usize, Bytes),
    Truncate(usize),
    Link(String, usize),
    Unlink(String),
    /// Atomic, as file systems do it.
    Rename(String, String, usize),
}

impl Node {
    pub(super) fn new(kind: Kind) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }

    pub(super) fn push(&mut self, change: Change) {
        self.pending.push((change, Fate::Open));
    }

    pub(super) fn settle(&mut self, log: &Log) {
        if self.pending.iter().any(|(_, fate)| *fate == Fate::Doubtful) {
            self.turn(Fate::Sure);
            return;
        }
        for (change, _) in std::mem::take(&mut self.pending) {
            self.durable.apply(log, &change, |_| true);
        }
    }

    pub(super) fn fail(&mut self) {
        self.turn(Fate::Doubtful);
    }

    fn turn(&mut self, to: Fate) {
        for (_, fate) in &mut self.pending {
            if *fate == Fate::Open {
                *fate = to;
            }
        }
    }

    /// What is there if the power goes now.
    pub(super) fn after(&self, log: &Log, luck: Luck, chance: &mut Rng) -> Content {
        let mut content = self.durable.clone();
        // Sometimes nearly all, sometimes nearly nothing; sometimes whole writes, sometimes sectors.
        let (share, whole_writes) = (chance.f64(), chance.bool());
        for (change, fate) in &self.pending {
            let torn = matches!(change, Change::Write(..)) && !whole_writes;
            match luck {
                _ if *fate == Fate::Sure => content.apply(log, change, |_| true),
                Luck::Nothing => {}
                Luck::All => content.apply(log, change, |_| true),
                Luck::Torn(_) if torn => content.apply(log, change, |_| chance.f64() < share),
                Luck::Torn(_) if chance.f64() < share => content.apply(log, change, |_| true),
                Luck::Torn(_) => {}
            }
        }
        content
    }
}

impl Content {
    /// Applies a change; of a write only the sectors that are `there`.
    fn apply(&mut self, log: &Log, change: &Change, mut there: impl FnMut(usize) -> bool) {
        match change {
            Change::Write(at, bytes) => {
                let mut rest = log.bytes(bytes);
                let mut at = *at;
                while !rest.is_empty() {
                    let length = rest.len().min(SECTOR - at % SECTOR);
                    let (sector, others) = rest.split_at(length);
                    if there(at) {
                        let end = at + length;
                        if self.bytes.len() < end {
                            self.bytes.resize(end, 0);
                        }
                        self.bytes[at..end].copy_from_slice(sector);
                    }
                    (rest, at) = (others, at + length);
                }
            }
            Change::Truncate(length) => self.bytes.resize(*length, 0),
            Change::Link(name, node) => {
                self.names.insert(name.clone(), *node);
            }
            Change::Unlink(name) => {
                self.names.remove(name);
            }
            Change::Rename(from, to, node) => {
                self.names.remove(from);
                self.names.insert(to.clone(), *node);
            }
        }
    }
}
