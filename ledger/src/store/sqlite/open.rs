//! Opening a file with the settings that durability and safety need, each of them read back.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::copy;
use super::schema::{self, Shape};
use crate::store::StoreError;
use crate::store::error::Fault;

/// The first version without the defects that matter here (faults: WAL reset).
const OLDEST_SQLITE: i32 = 3_051_003;
/// How long a reader waits for a writer that is just checkpointing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Opens a file for its one writer: settings, identity, migrations and a quick check.
pub(in crate::store) fn for_writing(path: &Path, shape: &Shape) -> Result<Connection, StoreError> {
    check_version()?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection =
        Connection::open_with_flags(path, flags).map_err(|error| Fault::from(error).at(path))?;
    schema::check(&connection, path, shape)?;
    settle(&connection, path)?;
    set_text(&connection, path, "locking_mode", "normal")?;
    set_text(&connection, path, "journal_mode", "wal")?;
    quick_check(&connection, path)?;
    copy::before_upgrade(&connection, path, shape)?;
    schema::migrate(&mut connection, shape).map_err(|fault| fault.at(path))?;
    Ok(connection)
}

/// A record in memory, for simulations and tests.
pub(in crate::store) fn in_memory(shape: &Shape) -> Result<Connection, StoreError> {
    check_version()?;
    let path = Path::new(":memory:");
    let mut connection =
        Connection::open_in_memory().map_err(|error| Fault::from(error).at(path))?;
    settle(&connection, path)?;
    schema::migrate(&mut connection, shape).map_err(|fault| fault.at(path))?;
    Ok(connection)
}

/// Opens a file to be read, also while its writer runs.
pub(in crate::store) fn for_reading(path: &Path, shape: &Shape) -> Result<Connection, StoreError> {
    check_version()?;
    if !path.exists() {
        return Err(StoreError::Missing(path.into()));
    }
    if path.is_dir() {
        // SQLite opens it, and fails to read.
        return Err(StoreError::Unreadable {
            place: path.into(),
            reason: "it is a directory".to_owned(),
        });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags)
        .map_err(|error| Fault::from(error).at(path))
        .and_then(|connection| {
            settle_reader(&connection, path, shape)?;
            Ok(connection)
        });
    match opened {
        // A file at rest in a directory that we cannot write to: nobody can be writing it, so read it as it is.
        Err(StoreError::Unreadable { .. }) if !wal_of(path).exists() => {
            let uri = format!("file:{}?immutable=1", escape(path));
            let flags = flags | OpenFlags::SQLITE_OPEN_URI;
            let connection = Connection::open_with_flags(uri, flags)
                .map_err(|error| Fault::from(error).at(path))?;
            settle_reader(&connection, path, shape)?;
            Ok(connection)
        }
        other => other,
    }
}

/// Lets a connection that was opened for reading write a copy of what it reads, to another file.
pub(in crate::store) fn may_copy(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    set(connection, path, "query_only", 0)
}

fn settle_reader(connection: &Connection, path: &Path, shape: &Shape) -> Result<(), StoreError> {
    let fault = |error: rusqlite::Error| Fault::from(error).at(path);
    schema::check_known(connection, path, shape)?;
    connection.busy_timeout(PATIENCE).map_err(fault)?;
    configure(connection).map_err(fault)?;
    set(connection, path, "trusted_schema", 0)?;
    set(connection, path, "cell_size_check", 1)?;
    set(connection, path, "query_only", 1)
}

fn configure(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // A statement is planned once, and not anew for each value that it is given: that would cost more than it does.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(())
}

/// The settings of faults.md, "SQLite settings".
fn settle(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let fault = |error: rusqlite::Error| Fault::from(error).at(path);
    connection.busy_timeout(PATIENCE).map_err(fault)?;
    configure(connection).map_err(fault)?;
    connection.set_prepared_statement_cache_capacity(64);
    set(connection, path, "synchronous", 2)?;
    set(connection, path, "trusted_schema", 0)?;
    set(connection, path, "cell_size_check", 1)?;
    set(connection, path, "foreign_keys", 1)?;
    set(connection, path, "mmap_size", 0)?;
    set(connection, path, "journal_size_limit", 16 << 20)
}

fn set(
    connection: &Connection,
    path: &Path,
    setting: &'static str,
    value: i64,
) -> Result<(), StoreError> {
    let fault = |error: rusqlite::Error| Fault::from(error).at(path);
    // Most of these answer nothing when they are set, and some do not exist in memory: ask.
    connection
        .pragma_update(None, setting, value)
        .map_err(fault)?;
    let mut found = None;
    connection
        .pragma_query(None, setting, |row| {
            found = Some(row.get::<_, i64>(0)?);
            Ok(())
        })
        .map_err(fault)?;
    match found {
        Some(found) if found != value => Err(StoreError::Setting {
            place: path.into(),
            setting,
            found: found.to_string(),
        }),
        _ => Ok(()),
    }
}

fn set_text(
    connection: &Connection,
    path: &Path,
    setting: &'static str,
    value: &str,
) -> Result<(), StoreError> {
    let found: String = connection
        .pragma_update_and_check(None, setting, value, |row| row.get(0))
        .map_err(|error| Fault::from(error).at(path))?;
    if found == value {
        return Ok(());
    }
    let place = path.into();
    Err(StoreError::Setting {
        place,
        setting,
        found,
    })
}

fn quick_check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let found: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(|error| Fault::from(error).at(path))?;
    if found == "ok" {
        return Ok(());
    }
    let place = path.into();
    Err(StoreError::Corrupt { place, what: found })
}

fn check_version() -> Result<(), StoreError> {
    if rusqlite::version_number() < OLDEST_SQLITE {
        let found = rusqlite::version();
        return Err(StoreError::OldSqlite { found });
    }
    Ok(())
}

fn wal_of(path: &Path) -> PathBuf {
    let mut wal = path.as_os_str().to_owned();
    wal.push("-wal");
    PathBuf::from(wal)
}

/// The path inside a `file:` URI.
fn escape(path: &Path) -> String {
    use std::os::unix::ffi::OsStrExt as _;
    let bytes = path.as_os_str().as_bytes().iter();
    let piece = |byte: &u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
            char::from(*byte).to_string()
        }
        other => format!("%{other:02x}"),
    };
    bytes.map(piece).collect()
}
