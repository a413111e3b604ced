//! Whose file it is and which shape it has. Migrations only go forward, each in a transaction of its own.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::store::StoreError;
use crate::store::error::Fault;

/// A kind of file.
#[derive(Debug)]
pub(in crate::store) struct Shape {
    /// What it is, for people.
    kind: &'static str,
    /// In the header of every file of this kind.
    application: i32,
    /// The migrations, in order; the schema's number is how many were applied.
    migrations: &'static [&'static str],
    /// Which program brings an older file up to date.
    updater: &'static str,
}

/// The record of agents: "Ldgr".
pub(in crate::store) const RECORD: Shape = Shape {
    kind: "the record of an agent",
    application: 0x4c64_6772,
    migrations: &[include_str!("../sql/001_record.sql")],
    updater: "prober agent",
};

/// The outbox of alarms: "Ldga".
pub(in crate::store) const OUTBOX: Shape = Shape {
    kind: "the outbox of alarms",
    application: 0x4c64_6761,
    migrations: &[include_str!("../sql/outbox_001.sql")],
    updater: "reporter alarms",
};

/// Refuses files of something else and newer schemas. A new, empty file is fine.
pub(in crate::store) fn check(
    connection: &Connection,
    path: &Path,
    shape: &Shape,
) -> Result<(), StoreError> {
    let fault = |error: rusqlite::Error| Fault::from(error).at(path);
    let application: i32 = pragma(connection, "application_id").map_err(fault)?;
    let schema: i32 = pragma(connection, "user_version").map_err(fault)?;
    let is_empty = !has_tables(connection).map_err(fault)?;
    if application == 0 && schema == 0 && is_empty {
        return Ok(());
    }
    if application != shape.application {
        let known = [&RECORD, &OUTBOX]
            .into_iter()
            .find(|known| known.application == application);
        let found = known.map_or_else(
            || format!("another program's SQLite file (application id {application:#x})"),
            |known| known.kind.to_owned(),
        );
        let place = path.into();
        return Err(StoreError::Foreign { place, found });
    }
    let known = shape.newest();
    if schema > known {
        return Err(StoreError::Newer {
            place: path.into(),
            found: schema,
            known,
        });
    }
    Ok(())
}

/// Whether there is any table. What tables are made of must be text: a name that is none would only be met much later.
fn has_tables(connection: &Connection) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare("SELECT name, sql FROM sqlite_schema")?;
    let mut rows = statement.query([])?;
    let mut any = false;
    while let Some(row) = rows.next()? {
        row.get::<_, String>(0)?;
        row.get::<_, Option<String>>(1)?;
        any = true;
    }
    Ok(any)
}

/// As [`check`], and refuses a file that has no or an older schema, because a reader cannot change it.
pub(in crate::store) fn check_known(
    connection: &Connection,
    path: &Path,
    shape: &Shape,
) -> Result<(), StoreError> {
    check(connection, path, shape)?;
    let schema: i32 =
        pragma(connection, "user_version").map_err(|error| Fault::from(error).at(path))?;
    if schema < shape.newest() {
        let found = format!(
            "a file of schema {schema}; `{}` brings it up to date",
            shape.updater
        );
        let place = path.into();
        return Err(StoreError::Foreign { place, found });
    }
    Ok(())
}

/// Applies what is missing.
pub(in crate::store) fn migrate(connection: &mut Connection, shape: &Shape) -> Result<(), Fault> {
    let applied: i32 = pragma(connection, "user_version")?;
    for (number, sql) in (1..).zip(shape.migrations) {
        if number > applied {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            transaction.execute_batch(sql)?;
            transaction.pragma_update(None, "application_id", shape.application)?;
            transaction.pragma_update(None, "user_version", number)?;
            transaction.commit()?;
        }
    }
    Ok(())
}

impl Shape {
    pub(super) fn newest(&self) -> i32 {
        i32::try_from(self.migrations.len()).expect("there are few migrations")
    }
}

pub(super) fn pragma(connection: &Connection, name: &str) -> rusqlite::Result<i32> {
    connection.pragma_query_value(None, name, |row| row.get(0))
}

/// The outbox as a later version of this program might have it.
#[cfg(test)]
pub(super) fn later(sql: &str) -> Shape {
    let sql: &'static str = sql.to_owned().leak();
    Shape {
        migrations: vec![OUTBOX.migrations[0], sql].leak(),
        ..OUTBOX
    }
}
