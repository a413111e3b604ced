//! What can go wrong with a record, told in one line each: which file, what was found, what to do.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use crate::histogram::HistogramError;
use crate::wire::WireError;

/// Why a record cannot be opened, written or read. Every message names the file and the way out.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such file.
    #[error("there is no record at {}; `prober agent` makes one", .0.display())]
    Missing(PathBuf),
    /// The file system refuses.
    #[error("cannot open {}: {reason}; check the path and its permissions", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// It is an SQLite file of something else, or no SQLite file.
    #[error("{} is no record: it is {found}; name another file", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        found: String,
    },
    /// It is something else than the outbox of alarms.
    #[error("{} is no outbox of alarms: it is {found}; name another file", .path.display())]
    NoOutbox {
        /// The file.
        path: PathBuf,
        /// What it seems to be.
        found: String,
    },
    /// It was written by a later version of this program.
    #[error("{} has schema {found}, this program knows up to {known}; update the program", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i32,
        /// The newest schema of this program.
        known: i32,
    },
    /// Its content contradicts itself.
    #[error("{} is damaged: {what}; move it away and keep it, an agent then begins a new one", .path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// Another process writes it.
    #[error("{} is being written by another process; stop that one, or name another file", .0.display())]
    Locked(PathBuf),
    /// It belongs to another agent.
    #[error("{} is the record of {found}, not of {expected}; name another file", .path.display())]
    OtherAgent {
        /// The file.
        path: PathBuf,
        /// Whose it is.
        found: String,
        /// Who wants to write.
        expected: String,
    },
    /// The disk is full. What was acknowledged is safe, and the writer may go on once there is space.
    #[error("no space left to write {}; free some, what was acknowledged is safe", .0.display())]
    Full(PathBuf),
    /// A write failed, or failed before. The writer must be opened anew.
    #[error("writing {} failed: {reason}; open it again, what was acknowledged is safe", .path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Attempts must be numbered without gaps.
    #[error("attempt {found} cannot follow in {}; number {expected} comes next", .path.display())]
    Gap {
        /// The file.
        path: PathBuf,
        /// The number that comes next.
        expected: u64,
        /// The number given.
        found: u64,
    },
    /// An attempt names a plan version that was not registered.
    #[error("plan version {version:08x} or its probe {probe} is not known to {}; register the plan first", .path.display())]
    UnknownPlan {
        /// The file.
        path: PathBuf,
        /// The version.
        version: u32,
        /// The probe.
        probe: String,
    },
    /// An attempt cannot be kept.
    #[error("attempt {sequence} cannot be kept in {}: {reason}", .path.display())]
    Unfit {
        /// The file.
        path: PathBuf,
        /// Its number.
        sequence: u64,
        /// Why.
        reason: WireError,
    },
    /// Two files claim to be the same agent and disagree.
    #[error("{} and {} both claim to be agent {agent} and disagree; leave one out", .first.display(), .second.display())]
    Fork {
        /// The agent.
        agent: String,
        /// One file.
        first: PathBuf,
        /// The other.
        second: PathBuf,
    },
    /// The linked SQLite has known defects.
    #[error("SQLite {found} is linked; 3.51.3 or newer is needed")]
    OldSqlite {
        /// Its version.
        found: &'static str,
    },
    /// SQLite did not take a setting that durability or safety needs.
    #[error("cannot set {setting} on {}; found {found}", .path.display())]
    Setting {
        /// The file.
        path: PathBuf,
        /// The setting.
        setting: &'static str,
        /// Its value instead.
        found: String,
    },
}

/// What goes wrong inside the store, before it is known in which file.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    #[error("batch {number}: {error}")]
    Batch { number: u64, error: WireError },
    #[error("a histogram: {0}")]
    Histogram(#[from] HistogramError),
    #[error("a row of {table}: {what}")]
    Row { table: &'static str, what: String },
}

impl Fault {
    /// The error to show for this fault in the file at `path`.
    pub(super) fn at(self, path: &Path) -> StoreError {
        let path = path.to_owned();
        let Self::Sql(error) = &self else {
            let what = self.to_string();
            return StoreError::Corrupt { path, what };
        };
        let reason = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => StoreError::Full(path),
            Some(ErrorCode::NotADatabase) => StoreError::Foreign {
                path,
                found: "no SQLite file".to_owned(),
            },
            Some(ErrorCode::DatabaseCorrupt) => StoreError::Corrupt { path, what: reason },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked(path),
            Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
                StoreError::Unreadable { path, reason }
            }
            Some(_) => StoreError::Failed { path, reason },
            None => StoreError::Corrupt { path, what: reason },
        }
    }
}
