//! Copies of a file, made while others write it, and looked at before they get their name.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::lock;
use super::schema::{Shape, pragma};
use crate::store::StoreError;
use crate::store::error::Fault;

/// Copies all that `connection` sees into a new file at `to`, which is complete and on disk when it appears under that name.
///
/// # Errors
/// [`StoreError::NotCopied`] if the file exists or the copy is not what was copied, others if it cannot be written.
pub(in crate::store) fn make(connection: &Connection, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        let reason = "it is there already; move it away, or name another one".to_owned();
        let place = to.into();
        return Err(StoreError::NotCopied { place, reason });
    }
    replace(connection, to)
}

/// Copies a file of an older schema to `PATH.schema-N`, for whoever must go back to the program that wrote it.
///
/// A copy that an upgrade left there before is replaced: the older program may have gone on since.
pub(super) fn before_upgrade(
    connection: &Connection,
    path: &Path,
    shape: &Shape,
) -> Result<(), StoreError> {
    let schema = pragma(connection, "user_version").map_err(|error| Fault::from(error).at(path))?;
    if !(1..shape.newest()).contains(&schema) {
        return Ok(());
    }
    replace(connection, &beside(path, &format!(".schema-{schema}")))
}

fn replace(connection: &Connection, to: &Path) -> Result<(), StoreError> {
    let unreadable = |error: io::Error| StoreError::Unreadable {
        place: to.into(),
        reason: error.to_string(),
    };
    let partial = beside(to, ".partial");
    match fs::remove_file(&partial) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(unreadable(error)),
        _ => {}
    }
    lock::create(&partial).map_err(unreadable)?;
    let name = partial.to_string_lossy();
    connection
        .execute("VACUUM INTO ?1", [&name])
        .map_err(|error| Fault::from(error).at(to))?;
    if let Some(what) = difference(connection, &partial) {
        let _ = fs::remove_file(&partial);
        let reason = format!("the copy is not what was copied: {what}; try another disk");
        let place = to.into();
        return Err(StoreError::NotCopied { place, reason });
    }
    // Nobody has it open any more, so that closing it here drops nobody's locks.
    File::open(&partial)
        .and_then(|file| file.sync_all())
        .and_then(|()| fs::rename(&partial, to))
        .and_then(|()| File::open(lock::parent(to))?.sync_all())
        .map_err(unreadable)
}

/// What is wrong with a copy, if anything is.
fn difference(connection: &Connection, copy: &Path) -> Option<String> {
    let look = || -> rusqlite::Result<Option<String>> {
        let copy = Connection::open_with_flags(copy, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        for name in ["application_id", "user_version"] {
            let (found, expected) = (pragma(&copy, name)?, pragma(connection, name)?);
            if found != expected {
                return Ok(Some(format!("{name} is {found}, not {expected}")));
            }
        }
        let sql = "PRAGMA integrity_check(1)";
        let said: String = copy.query_row(sql, [], |row| row.get(0))?;
        Ok((said != "ok").then_some(said))
    };
    look().unwrap_or_else(|error| Some(error.to_string()))
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests;
