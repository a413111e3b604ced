//! What the recorder (tests/power/record.c) wrote down: a program's calls in the order in which they happened.

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The header of an event: kind, file, position, length of what follows.
const HEADER: usize = 24;

/// A recorded run of one or several lives of a program.
pub(crate) struct Log {
    bytes: Vec<u8>,
    pub(crate) events: Vec<Event>,
}

/// Where an event's bytes are in the log.
pub(crate) type Bytes = Range<usize>;

/// A descriptor, and whose it is.
pub(crate) type File = (u32, i32);

/// One call, or one line that a program said.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A new process.
    Begin,
    Open {
        file: File,
        path: String,
        made: bool,
        /// It would have been made if it had not been there.
        would_make: bool,
        emptied: bool,
    },
    Close(File),
    Write {
        file: File,
        at: usize,
        bytes: Bytes,
    },
    Truncate(File, usize),
    Sync(File),
    /// A sync that failed: what it was for may never come to the disk, whatever later ones say.
    Failed(File),
    Unlink(String),
    Rename(String, String),
    Mkdir(String),
    /// Something on its standard output, whose whole lines are promises.
    Said(Bytes),
}

impl Log {
    /// Reads the log at `path`.
    pub(crate) fn read(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let mut events = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            let (event, next) = event_at(&bytes, at);
            events.push(event);
            at = next;
        }
        Self { bytes, events }
    }

    pub(crate) fn bytes(&self, at: &Bytes) -> &[u8] {
        &self.bytes[at.clone()]
    }

    /// The number of an acknowledgement ("ack N") among what was said; the last one of several.
    pub(crate) fn acknowledged(&self, said: &Bytes) -> Option<u64> {
        let text = std::str::from_utf8(self.bytes(said)).ok()?;
        let mut numbers = text.split_inclusive('\n').filter_map(|line| {
            let line = line.strip_suffix('\n')?;
            line.strip_prefix("ack ")?.parse().ok()
        });
        numbers.next_back()
    }
}

/// The event at `at`, and where the next one begins.
fn event_at(bytes: &[u8], at: usize) -> (Event, usize) {
    let header: &[u8; HEADER] = bytes[at..at + HEADER].try_into().unwrap();
    let word = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().unwrap());
    let long = |at: usize| u64::from_le_bytes(header[at..at + 8].try_into().unwrap());
    let (kind, file) = (word(0) & 0xff, (word(0) >> 8, word(4).cast_signed()));
    let position = usize::try_from(long(8)).unwrap();
    let start = at + HEADER;
    let end = start + usize::try_from(long(16)).unwrap();
    let text = || String::from_utf8(bytes[start..end].to_vec()).unwrap();
    let event = match kind {
        1 => Event::Begin,
        2 => Event::Open {
            file,
            path: text(),
            made: position & 1 != 0,
            would_make: position & 4 != 0,
            emptied: position & 2 != 0,
        },
        3 => Event::Close(file),
        4 => Event::Write {
            file,
            at: position,
            bytes: start..end,
        },
        5 => Event::Truncate(file, position),
        6 => Event::Sync(file),
        7 => Event::Unlink(text()),
        8 => {
            let both = text();
            let (from, to) = both.split_once('\0').unwrap();
            Event::Rename(from.to_owned(), to.to_owned())
        }
        9 => Event::Mkdir(text()),
        10 => Event::Said(start..end),
        11 => Event::Failed(file),
        other => panic!("an event of kind {other} at {at}"),
    };
    (event, end)
}

/// The recorder, built.
pub(crate) struct Recorder(PathBuf);

impl Recorder {
    /// Builds it into `dir`.
    pub(crate) fn build(dir: &Path) -> Self {
        let library = dir.join("record.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("power/record.c");
        let mut cc = Command::new("cc");
        cc.args([
            "-O2", "-Wall", "-Wextra", "-Werror", "-fPIC", "-shared", "-o",
        ]);
        let done = cc.arg(&library).arg(source).output().expect("a C compiler");
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
        Self(library)
    }

    /// Has `command` recorded: what it does below `root`, into the file `log`.
    pub(crate) fn watch<'c>(
        &self,
        command: &'c mut Command,
        root: &Path,
        log: &Path,
    ) -> &'c mut Command {
        command
            .env_remove("POWER_FAIL")
            .env("LD_PRELOAD", &self.0)
            .env("POWER_ROOT", root.canonicalize().unwrap())
            .env("POWER_LOG", log)
    }
}
