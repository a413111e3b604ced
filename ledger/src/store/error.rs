//! What can go wrong with a record, told in one line each: which file or database, what was found, what to do.

use rusqlite::ErrorCode;

use super::Place;
use crate::histogram::HistogramError;
use crate::wire::WireError;

/// Why a record cannot be opened, written or read. Every message names the place and the way out.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such file.
    #[error("there is no record at {0}; {maker} makes one", maker = maker(.0))]
    Missing(Place),
    /// The file system or the server refuses.
    #[error("cannot open {place}: {reason}; {}", .place.check())]
    Unreadable {
        /// Where.
        place: Place,
        /// What the system said.
        reason: String,
    },
    /// It would stand on another machine's disk.
    #[error(
        "{place} is on a network file system ({kind}), whose locks and syncs are not enough for a record; name a place on a disk of this machine"
    )]
    Network {
        /// Where.
        place: Place,
        /// Which file system.
        kind: &'static str,
    },
    /// It is a file or database of something else.
    #[error("{place} is no record: it is {found}; name another {}", .place.kind())]
    Foreign {
        /// Where.
        place: Place,
        /// What it seems to be.
        found: String,
    },
    /// It is something else than the outbox of alarms.
    #[error("{place} is no outbox of alarms: it is {found}; name another {}", .place.kind())]
    NoOutbox {
        /// Where.
        place: Place,
        /// What it seems to be.
        found: String,
    },
    /// It was written by a later version of this program.
    #[error("{place} has schema {found}, this program knows up to {known}; update the program")]
    Newer {
        /// Where.
        place: Place,
        /// Its schema.
        found: i32,
        /// The newest schema of this program.
        known: i32,
    },
    /// Its content contradicts itself.
    #[error("{place} is damaged: {what}; {}", .place.way_out())]
    Corrupt {
        /// Where.
        place: Place,
        /// What is wrong.
        what: String,
    },
    /// Another process writes it.
    #[error("{0} is being written by another process; stop that one, or name another {kind}", kind = .0.kind())]
    Locked(Place),
    /// It belongs to another agent.
    #[error("{place} is the record of {found}, not of {expected}; name another {}", .place.kind())]
    OtherAgent {
        /// Where.
        place: Place,
        /// Whose it is.
        found: String,
        /// Who wants to write.
        expected: String,
    },
    /// The disk is full. What was acknowledged is safe, and the writer may go on once there is space.
    #[error("no space left to write {0}; free some, what was acknowledged is safe")]
    Full(Place),
    /// A write failed, or failed before, or a server does not answer any more. It must be opened anew.
    #[error("{} {place} failed: {reason}; open it again, what was acknowledged is safe", .place.deed())]
    Failed {
        /// Where.
        place: Place,
        /// What the system said.
        reason: String,
    },
    /// It cannot be copied.
    #[error("cannot copy {place}: {reason}")]
    NotCopied {
        /// What, or where to.
        place: Place,
        /// Why.
        reason: String,
    },
    /// Attempts must be numbered without gaps.
    #[error("attempt {found} cannot follow in {place}; number {expected} comes next")]
    Gap {
        /// Where.
        place: Place,
        /// The number that comes next.
        expected: u64,
        /// The number given.
        found: u64,
    },
    /// An attempt names a plan version that was not registered.
    #[error(
        "plan version {version:08x} or its probe {probe} is not known to {place}; register the plan first"
    )]
    UnknownPlan {
        /// Where.
        place: Place,
        /// The version.
        version: u32,
        /// The probe.
        probe: String,
    },
    /// An attempt cannot be kept.
    #[error("attempt {sequence} cannot be kept in {place}: {reason}")]
    Unfit {
        /// Where.
        place: Place,
        /// Its number.
        sequence: u64,
        /// Why.
        reason: WireError,
    },
    /// Two files claim to be the same agent and disagree.
    #[error("{first} and {second} both claim to be agent {agent} and disagree; leave one out")]
    Fork {
        /// The agent.
        agent: String,
        /// One of them.
        first: Place,
        /// The other.
        second: Place,
    },
    /// The linked SQLite has known defects.
    #[error("SQLite {found} is linked; 3.51.3 or newer is needed")]
    OldSqlite {
        /// Its version.
        found: &'static str,
    },
    /// This program was built without it.
    #[error("{0} cannot be opened: this program was built without PostgreSQL; name a file")]
    NoPostgres(Place),
    /// The database does not take a setting that durability or safety needs.
    #[error("cannot set {setting} on {place}; found {found}")]
    Setting {
        /// Where.
        place: Place,
        /// The setting.
        setting: &'static str,
        /// Its value instead.
        found: String,
    },
}

/// What goes wrong inside the store, before it is known where.
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
    #[error("{0}")]
    Page(String),
    #[error("column {0} has an impossible value")]
    Cell(String),
    #[error("no row is found by {0}")]
    NoRow(String),
    #[error("the number {0} is too great to be kept")]
    TooBig(u64),
    #[cfg(feature = "postgres")]
    #[error(transparent)]
    Postgres(#[from] postgres::Error),
    /// What came of something that was tried beside.
    #[cfg(feature = "postgres")]
    #[error("{0}")]
    Elsewhere(Box<StoreError>),
}

impl Fault {
    /// The error to show for this fault at `place`.
    pub(super) fn at(self, place: impl Into<Place>) -> StoreError {
        let place = place.into();
        match self {
            Self::Sql(error) => of_sqlite(&error, place),
            #[cfg(feature = "postgres")]
            Self::Postgres(error) => super::postgres::error(&error, place),
            #[cfg(feature = "postgres")]
            Self::Elsewhere(error) => *error,
            _ => {
                let what = self.to_string();
                StoreError::Corrupt { place, what }
            }
        }
    }
}

fn of_sqlite(error: &rusqlite::Error, place: Place) -> StoreError {
    let reason = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full(place),
        Some(ErrorCode::NotADatabase) => StoreError::Foreign {
            place,
            found: "no SQLite file".to_owned(),
        },
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Locked(place),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => {
            StoreError::Unreadable { place, reason }
        }
        Some(ErrorCode::DatabaseCorrupt) | None => StoreError::Corrupt {
            place,
            what: reason,
        },
        Some(_) => StoreError::Failed { place, reason },
    }
}

/// What makes a record there.
fn maker(place: &Place) -> &'static str {
    match place {
        Place::File(_) => "`prober agent`",
        Place::Postgres(_) => "`reporter serve`",
    }
}
