//! Whose file it is and which shape it has. Migrations only go forward, each in a transaction of its own.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::store::StoreError;
use crate::store::error::Fault;

/// "Ldgr", in the header of every record.
const APPLICATION: i32 = 0x4c64_6772;
/// The migrations, in order; the schema's number is how many were applied.
const MIGRATIONS: [&str; 1] = [include_str!("../sql/001_record.sql")];

/// Refuses files of something else and newer schemas. A new, empty file is fine.
pub(in crate::store) fn check(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let fault = |error: rusqlite::Error| Fault::from(error).at(path);
    let application: i32 = pragma(connection, "application_id").map_err(fault)?;
    let schema: i32 = pragma(connection, "user_version").map_err(fault)?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(fault)?;
    if application == 0 && schema == 0 && tables == 0 {
        return Ok(());
    }
    if application != APPLICATION {
        let found = format!("another program's SQLite file (application id {application:#x})");
        let path = path.to_owned();
        return Err(StoreError::Foreign { path, found });
    }
    let known = newest();
    if schema > known {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found: schema,
            known,
        });
    }
    Ok(())
}

/// As [`check`], and refuses a file that has no or an older schema, because a reader cannot change it.
pub(in crate::store) fn check_known(
    connection: &Connection,
    path: &Path,
) -> Result<(), StoreError> {
    check(connection, path)?;
    let schema: i32 =
        pragma(connection, "user_version").map_err(|error| Fault::from(error).at(path))?;
    if schema < newest() {
        let found = format!("a file of schema {schema}; `prober agent` brings it up to date");
        let path = path.to_owned();
        return Err(StoreError::Foreign { path, found });
    }
    Ok(())
}

/// Applies what is missing.
pub(in crate::store) fn migrate(connection: &mut Connection) -> Result<(), Fault> {
    let applied: i32 = pragma(connection, "user_version")?;
    for (number, sql) in (1..).zip(MIGRATIONS) {
        if number > applied {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "application_id", APPLICATION)?;
            transaction.pragma_update(None, "user_version", number)?;
            transaction.commit()?;
        }
    }
    Ok(())
}

fn newest() -> i32 {
    i32::try_from(MIGRATIONS.len()).expect("there are few migrations")
}

fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}
