//! A disk as POSIX promises it: what was synced is there, of the rest any part may be.
//!
//! A name is durable once its directory was synced, whatever was synced in the file. Sectors of 512 bytes are written whole or not
//! at all, and in any order. This is harder than ext4 or XFS are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::log::{Event, File, Log};
pub(crate) use super::node::Luck;
use super::node::{Change, Kind, Node};

/// What a disk holds, and what it may hold.
pub(crate) struct Disk<'l> {
    log: &'l Log,
    faith: Faith,
    nodes: Vec<Node>,
    open: BTreeMap<File, usize>,
    /// The highest number that was acknowledged.
    pub(crate) acknowledged: u64,
}

/// Which syncs of the log the disk hears of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Faith {
    /// All.
    Whole,
    /// Not those of a write-ahead log that no checkpoint follows: what SQLite does with `synchronous=NORMAL`.
    Normal,
    /// The same, of the hub's log alone.
    NormalAtHub,
    /// None of directories.
    NoDirectories,
}

/// What is there after a power cut.
pub(crate) struct Remains {
    directories: Vec<PathBuf>,
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl<'l> Disk<'l> {
    /// An empty directory, known to be there.
    pub(crate) fn new(log: &'l Log, faith: Faith) -> Self {
        Self {
            log,
            faith,
            nodes: vec![Node::new(Kind::Directory)],
            open: BTreeMap::new(),
            acknowledged: 0,
        }
    }

    /// Lets event number `at` of the log happen.
    pub(crate) fn step(&mut self, at: usize) {
        match &self.log.events[at] {
            Event::Begin => {}
            event @ Event::Open { .. } => self.open(event),
            Event::Close(file) => {
                self.open.remove(file);
            }
            Event::Write { file, at, bytes } => {
                let change = Change::Write(*at, bytes.clone());
                self.change(*file, change);
            }
            Event::Truncate(file, length) => self.change(*file, Change::Truncate(*length)),
            Event::Sync(file) => {
                if let Some(node) = self.open.get(file).copied()
                    && self.hears(node, at)
                {
                    self.nodes[node].settle(self.log);
                }
            }
            Event::Failed(file) => {
                if let Some(node) = self.open.get(file).copied() {
                    self.nodes[node].fail();
                }
            }
            Event::Unlink(path) => {
                let (parent, name) = self.place(path);
                self.nodes[parent].push(Change::Unlink(name));
            }
            Event::Rename(from, to) => self.rename(from, to),
            Event::Mkdir(path) => {
                self.make(path, Kind::Directory);
            }
            Event::Said(said) => {
                let number = self.log.acknowledged(said);
                self.acknowledged = self.acknowledged.max(number.unwrap_or(0));
            }
        }
    }

    /// The power goes.
    pub(crate) fn cut(&self, luck: Luck) -> Remains {
        let mut chance = fastrand::Rng::with_seed(match luck {
            Luck::Torn(seed) => seed,
            Luck::Nothing | Luck::All => 0,
        });
        let mut remains = Remains {
            directories: Vec::new(),
            files: Vec::new(),
        };
        let mut waiting = vec![(PathBuf::new(), 0)];
        while let Some((path, node)) = waiting.pop() {
            let content = self.nodes[node].after(self.log, luck, &mut chance);
            for (name, child) in content.names {
                let path = path.join(name);
                if self.nodes[child].kind == Kind::Directory {
                    waiting.push((path.clone(), child));
                    remains.directories.push(path);
                } else {
                    let content = self.nodes[child].after(self.log, luck, &mut chance);
                    remains.files.push((path, content.bytes));
                }
            }
        }
        remains
    }

    fn open(&mut self, event: &Event) {
        let Event::Open {
            file,
            path,
            made,
            would_make,
            emptied,
        } = event
        else {
            return;
        };
        // A reader who is not recorded may have made it: SQLite lets any make the log.
        let known = self.find(path).filter(|_| !made);
        let new = known.is_none() && (*made || *would_make);
        let node = if new {
            Some(self.make(path, Kind::File))
        } else {
            known
        };
        // What was there before the recording began is nothing of ours, such as the directory above. The wal-index means
        // nothing after a power cut, and nobody syncs it.
        if let Some(node) = node.filter(|_| !is_wal_index(Path::new(path))) {
            self.open.insert(*file, node);
            if *emptied {
                self.change(*file, Change::Truncate(0));
            }
        }
    }

    fn rename(&mut self, from: &str, to: &str) {
        let (parent, name) = self.place(from);
        let (new_parent, new_name) = self.place(to);
        assert_eq!(parent, new_parent, "renamed within one directory");
        // Key files are made by system calls of our own, which nobody records; nothing here depends on them.
        if let Some(node) = self.find(from) {
            self.nodes[parent].push(Change::Rename(name, new_name, node));
        }
    }

    fn make(&mut self, path: &str, kind: Kind) -> usize {
        let node = self.nodes.len();
        self.nodes.push(Node::new(kind));
        let (parent, name) = self.place(path);
        self.nodes[parent].push(Change::Link(name, node));
        node
    }

    fn change(&mut self, file: File, change: Change) {
        if let Some(node) = self.open.get(&file) {
            self.nodes[*node].push(change);
        }
    }

    /// The node of a path as the program sees it, synced or not.
    fn find(&self, path: &str) -> Option<usize> {
        let names = path
            .split('/')
            .filter(|name| !name.is_empty() && *name != ".");
        names.into_iter().try_fold(0, |node, name| {
            let seen =
                self.nodes[node].after(self.log, Luck::All, &mut fastrand::Rng::with_seed(0));
            seen.names.get(name).copied()
        })
    }

    /// The directory of a path, and the name in it.
    fn place(&self, path: &str) -> (usize, String) {
        let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
        let node = self.find(parent);
        (node.expect("its directory is there"), name.to_owned())
    }

    fn hears(&self, node: usize, at: usize) -> bool {
        match self.faith {
            Faith::Whole => true,
            Faith::NoDirectories => self.nodes[node].kind == Kind::File,
            Faith::Normal => !self.is_write_ahead(node, "-wal") || self.begins_checkpoint(at),
            Faith::NormalAtHub => {
                !self.is_write_ahead(node, "hub.db-wal") || self.begins_checkpoint(at)
            }
        }
    }

    fn is_write_ahead(&self, node: usize, ending: &str) -> bool {
        let names = self.nodes.iter().flat_map(|node| {
            let links = node.pending.iter().filter_map(|(change, _)| match change {
                Change::Link(name, node) => Some((name, node)),
                _ => None,
            });
            node.durable.names.iter().chain(links)
        });
        let mut own = names.filter(|(_, other)| **other == node);
        own.any(|(name, _)| name.ends_with(ending))
    }

    /// Whether what its program writes next after a sync is another file: a checkpoint. A checkpoint syncs by itself, so of two
    /// syncs of a file with nothing written between them the first one is a commit's, which would not have been there.
    fn begins_checkpoint(&self, at: usize) -> bool {
        let Event::Sync(synced) = &self.log.events[at] else {
            return false;
        };
        let mut later = self.log.events[at + 1..].iter();
        let next = later.find_map(|event| match event {
            Event::Write { file, .. } if file.0 == synced.0 => Some(file != synced),
            Event::Sync(again) if again == synced => Some(false),
            _ => None,
        });
        next.unwrap_or(true)
    }
}

impl Remains {
    /// Puts them below `dir`, which must be empty. The wal-index means nothing and is garbage.
    pub(crate) fn lay(&self, dir: &Path) {
        for path in &self.directories {
            std::fs::create_dir(dir.join(path)).unwrap();
        }
        for (path, bytes) in &self.files {
            if is_wal_index(path) {
                std::fs::write(dir.join(path), [0xA5; 4_096]).unwrap();
            } else {
                std::fs::write(dir.join(path), bytes).unwrap();
            }
        }
    }

    /// What differs from the files that are really below `dir`.
    pub(crate) fn differences(&self, dir: &Path) -> Vec<String> {
        let files = self.files.iter().filter(|(path, _)| !is_wal_index(path));
        let differ = files
            .filter(|(path, bytes)| std::fs::read(dir.join(path)).ok().as_ref() != Some(bytes));
        differ.map(|(path, _)| path.display().to_string()).collect()
    }

    /// The paths of all files.
    pub(crate) fn paths(&self) -> Vec<String> {
        self.files
            .iter()
            .map(|(path, _)| path.display().to_string())
            .collect()
    }
}

fn is_wal_index(path: &Path) -> bool {
    path.to_string_lossy().ends_with("-shm")
}
