//! Statements on a file.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ToSql, Transaction, TransactionBehavior};

use super::row::{Names, Row};
use super::value::Value;
use crate::store::StoreError;
use crate::store::error::Fault;
use crate::store::sqlite::copy;

/// So many pages of a log of writes are copied by whoever writes, even where somebody else should have done it.
const LONG_LOG: i64 = 8_192;

/// A connection to a file.
#[derive(Debug)]
pub(super) struct Lite {
    pub(super) connection: Connection,
    /// Let go of after the connection.
    _lock: Option<File>,
}

impl Lite {
    pub(super) fn new(connection: Connection, lock: Option<File>) -> Self {
        let _lock = lock;
        Self { connection, _lock }
    }

    pub(super) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, Fault> {
        let mut statement = self.prepare(sql, values)?;
        // Statements with RETURNING give rows, and must be run to their end all the same.
        if statement.column_count() > 0 {
            let mut rows = statement.raw_query();
            let mut count = 0;
            while rows.next()?.is_some() {
                count += 1;
            }
            return Ok(count);
        }
        Ok(statement.raw_execute()? as u64)
    }

    pub(super) fn each_while(
        &self,
        sql: &str,
        values: &[Value<'_>],
        work: &mut dyn FnMut(&Row<'_>) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let mut statement = self.prepare(sql, values)?;
        let names = Names::new();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            if !work(&Row::sqlite(row, &names))? {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn transact<T>(&self, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        let immediate = TransactionBehavior::Immediate;
        let transaction = Transaction::new_unchecked(&self.connection, immediate)?;
        let result = work()?;
        transaction.commit()?;
        Ok(result)
    }

    /// As [`Self::transact`], but nothing is synced: a power cut may take it back.
    pub(super) fn transact_unsynced<T>(
        &self,
        work: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let unsynced = Unsynced::begin(&self.connection)?;
        let done = self.transact(work);
        unsynced.end()?;
        done
    }

    pub(super) fn begin_snapshot(&self) -> Result<(), Fault> {
        Ok(self.connection.execute_batch("BEGIN")?)
    }

    pub(super) fn tidy(&self) -> Result<(), Fault> {
        // Whoever still reads keeps the log of writes alive; nothing is lost by that, so who leaves does not wait long.
        self.connection.busy_timeout(Duration::from_millis(500))?;
        let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
        Ok(self.connection.query_row(sql, [], |_| Ok(()))?)
    }

    pub(super) fn leave_log(&self) -> Result<(), Fault> {
        let pages = LONG_LOG;
        Ok(self
            .connection
            .pragma_update(None, "wal_autocheckpoint", pages)?)
    }

    pub(super) fn copy_log(&self) -> Result<(), Fault> {
        let sql = "PRAGMA wal_checkpoint(PASSIVE)";
        Ok(self.connection.query_row(sql, [], |_| Ok(()))?)
    }

    pub(super) fn copy_to(&self, to: &Path) -> Result<(), StoreError> {
        copy::make(&self.connection, to)
    }

    fn prepare(&self, sql: &str, values: &[Value<'_>]) -> Result<CachedStatement<'_>, Fault> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let wanted = statement.parameter_count();
        if wanted != values.len() {
            return Err(rusqlite::Error::InvalidParameterCount(values.len(), wanted).into());
        }
        for (place, value) in (1..).zip(values) {
            statement.raw_bind_parameter(place, value)?;
        }
        Ok(statement)
    }
}

/// While it lives, commits are not synced.
struct Unsynced<'c> {
    connection: &'c Connection,
    done: bool,
}

impl<'c> Unsynced<'c> {
    fn begin(connection: &'c Connection) -> Result<Self, Fault> {
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        Ok(Self {
            connection,
            done: false,
        })
    }

    fn end(mut self) -> Result<(), Fault> {
        self.done = true;
        Ok(self.connection.pragma_update(None, "synchronous", "FULL")?)
    }
}

impl Drop for Unsynced<'_> {
    fn drop(&mut self) {
        if !self.done {
            // A panic passes, and the transaction is undone already. Whoever catches it opens the record anew.
            let _ = self.connection.pragma_update(None, "synchronous", "FULL");
        }
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(value) => ValueRef::Integer(*value),
            Self::Text(value) => ValueRef::Text(value.as_bytes()),
            Self::Blob(value) => ValueRef::Blob(value),
        }))
    }
}
