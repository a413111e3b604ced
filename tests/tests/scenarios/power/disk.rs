//! A disk as POSIX promises it: what was synced is there, of the rest any part may be.
//!
//! A name is durable once its directory was synced, whatever was synced in the file. Sectors of 512 bytes are written whole or not
//! at all, and in any order. This is harder than ext4 or XFS are.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::log::{Bytes, Event, Log};

const SECTOR: usize = 512;

/// What a disk holds, and what it may hold.
pub(crate) struct Disk<'l> {
    log: &'l Log,
    faith: Faith,
    nodes: Vec<Node>,
    open: BTreeMap<i32, usize>,
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
    /// None of directories.
    NoDirectories,
}

/// How much of what was not synced is there after the power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Luck {
    Nothing,
    All,
    /// A random part, torn at sectors.
    Torn(u64),
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    File,
    Directory,
}

/// A file, or a directory.
#[derive(Clone, Default)]
struct Node {
    kind: Kind,
    durable: Content,
    pending: Vec<(Change, Fate)>,
}

/// Whether a change will be there after a power cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    /// A sync may still come.
    Open,
    /// Its sync failed, and the system may have forgotten it: later syncs say nothing of it.
    Doubtful,
    /// Synced, but behind a doubtful one.
    Sure,
}

#[derive(Clone, Default)]
struct Content {
    bytes: Vec<u8>,
    names: BTreeMap<String, usize>,
}

#[derive(Clone)]
enum Change {
    Write(usize, Bytes),
    Truncate(usize),
    Link(String, usize),
    Unlink(String),
    /// Atomic, as file systems do it.
    Rename(String, String, usize),
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
            Event::Begin => self.open.clear(),
            Event::Open {
                file,
                path,
                made,
                emptied,
            } => {
                let node = if *made {
                    Some(self.make(path, Kind::File))
                } else {
                    self.find(path)
                };
                self.open(*file, path, node);
                if *emptied {
                    self.change(*file, Change::Truncate(0));
                }
            }
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
            Event::Rename(from, to) => {
                let (parent, name) = self.place(from);
                let (new_parent, new_name) = self.place(to);
                assert_eq!(parent, new_parent, "renamed within one directory");
                let node = self.find(from).expect("it was there");
                let change = Change::Rename(name, new_name, node);
                self.nodes[parent].push(change);
            }
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

    fn open(&mut self, file: i32, path: &str, node: Option<usize>) {
        // What was there before the recording began is nothing of ours, such as the directory above. The wal-index means
        // nothing after a power cut, and nobody syncs it.
        if let Some(node) = node.filter(|_| !is_wal_index(Path::new(path))) {
            self.open.insert(file, node);
        }
    }

    fn make(&mut self, path: &str, kind: Kind) -> usize {
        let node = self.nodes.len();
        self.nodes.push(Node::new(kind));
        let (parent, name) = self.place(path);
        self.nodes[parent].push(Change::Link(name, node));
        node
    }

    fn change(&mut self, file: i32, change: Change) {
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
            Faith::Normal => !self.is_write_ahead(node) || self.begins_checkpoint(at),
        }
    }

    fn is_write_ahead(&self, node: usize) -> bool {
        let names = self.nodes.iter().flat_map(|node| {
            let links = node.pending.iter().filter_map(|(change, _)| match change {
                Change::Link(name, node) => Some((name, node)),
                _ => None,
            });
            node.durable.names.iter().chain(links)
        });
        let mut own = names.filter(|(_, other)| **other == node);
        own.any(|(name, _)| name.ends_with("-wal"))
    }

    /// Whether what follows a sync is a write to another file: a checkpoint.
    fn begins_checkpoint(&self, at: usize) -> bool {
        let Event::Sync(synced) = &self.log.events[at] else {
            return false;
        };
        let next = self.log.events[at + 1..]
            .iter()
            .find_map(|event| match event {
                Event::Write { file, .. } => Some(*file != *synced),
                Event::Said(_) => Some(false),
                _ => None,
            });
        next.unwrap_or(true)
    }
}

impl Node {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            ..Self::default()
        }
    }

    fn push(&mut self, change: Change) {
        self.pending.push((change, Fate::Open));
    }

    fn settle(&mut self, log: &Log) {
        if self.pending.iter().any(|(_, fate)| *fate == Fate::Doubtful) {
            self.turn(Fate::Sure);
            return;
        }
        for (change, _) in std::mem::take(&mut self.pending) {
            self.durable.apply(log, &change, |_| true);
        }
    }

    fn fail(&mut self) {
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
    fn after(&self, log: &Log, luck: Luck, chance: &mut fastrand::Rng) -> Content {
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
