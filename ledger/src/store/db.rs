//! The one way to SQL. Tables are read and written in a dialect that SQLite and PostgreSQL both understand, with
//! numbered parameters (`?1`): integers of 64 bits, text and bytes, `ON CONFLICT (columns) DO UPDATE`, `RETURNING`.

#[cfg(feature = "postgres")]
mod postgres;
mod row;
mod sqlite;
mod value;

use std::path::Path;

#[cfg(feature = "postgres")]
use self::postgres::Server;
use super::error::Fault;
use super::sqlite::schema::{self, Shape};
use super::sqlite::{lock, open};
use super::{Place, StoreError};
use crate::time::Timestamp;
pub(in crate::store) use row::Row;
use sqlite::Lite;
pub(in crate::store) use value::{Read, Value, values};

/// An open database, inside of a transaction or not.
#[derive(Debug)]
pub(in crate::store) struct Db {
    back: Back,
}

#[derive(Debug)]
enum Back {
    Sqlite(Lite),
    #[cfg(feature = "postgres")]
    Postgres(Box<Server>),
}

impl Db {
    /// Opens a record to be written, makes what is missing and brings it up to date. A file has one writer at a time.
    pub(super) fn open(place: &Place) -> Result<Self, StoreError> {
        match place {
            Place::File(path) => Self::open_file(path, &schema::RECORD),
            #[cfg(feature = "postgres")]
            Place::Postgres(url) => Ok(Self::of(Back::Postgres(Box::new(Server::open(url)?)))),
            #[cfg(not(feature = "postgres"))]
            Place::Postgres(_) => Err(StoreError::NoPostgres(place.clone())),
        }
    }

    /// Opens a record to be written beside its writer, in short transactions. It must be there.
    pub(super) fn open_beside(place: &Place) -> Result<Self, StoreError> {
        match place {
            Place::File(path) => {
                if !path.exists() {
                    return Err(StoreError::Missing(place.clone()));
                }
                let connection = open::for_writing(path, &schema::RECORD)?;
                Ok(Self::of(Back::Sqlite(Lite::new(connection, None))))
            }
            Place::Postgres(_) => Self::open(place),
        }
    }

    /// Opens a record to be read, also while others write it.
    pub(super) fn open_to_read(place: &Place) -> Result<Self, StoreError> {
        match place {
            Place::File(path) => Self::open_file_to_read(path, &schema::RECORD),
            #[cfg(feature = "postgres")]
            Place::Postgres(url) => {
                let server = Server::open_to_read(url)?;
                Ok(Self::of(Back::Postgres(Box::new(server))))
            }
            #[cfg(not(feature = "postgres"))]
            Place::Postgres(_) => Err(StoreError::NoPostgres(place.clone())),
        }
    }

    /// As [`Self::open`], for a file of any shape.
    pub(super) fn open_file(path: &Path, shape: &Shape) -> Result<Self, StoreError> {
        let lock = lock::take(path)?;
        let connection = open::for_writing(path, shape)?;
        Ok(Self::of(Back::Sqlite(Lite::new(connection, Some(lock)))))
    }

    /// As [`Self::open_to_read`], for a file of any shape.
    pub(super) fn open_file_to_read(path: &Path, shape: &Shape) -> Result<Self, StoreError> {
        let connection = open::for_reading(path, shape)?;
        Ok(Self::of(Back::Sqlite(Lite::new(connection, None))))
    }

    /// A record in memory, for simulations and tests.
    pub(super) fn in_memory() -> Result<Self, StoreError> {
        let connection = open::in_memory(&schema::RECORD)?;
        Ok(Self::of(Back::Sqlite(Lite::new(connection, None))))
    }

    const fn of(back: Back) -> Self {
        Self { back }
    }

    /// Runs a statement; says how many rows it changed.
    pub(super) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, Fault> {
        match &self.back {
            Back::Sqlite(lite) => lite.execute(sql, values),
            #[cfg(feature = "postgres")]
            Back::Postgres(server) => server.execute(sql, values),
        }
    }

    /// Gives the rows that a query finds to `work`, one by one, until it says `false`.
    ///
    /// SQLite finds each row when it is asked for, PostgreSQL all of them first.
    pub(super) fn each_while(
        &self,
        sql: &str,
        values: &[Value<'_>],
        work: &mut dyn FnMut(&Row<'_>) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        match &self.back {
            Back::Sqlite(lite) => lite.each_while(sql, values, work),
            #[cfg(feature = "postgres")]
            Back::Postgres(server) => server.each_while(sql, values, work),
        }
    }

    /// Gives all rows that a query finds to `work`, one by one.
    pub(super) fn each(
        &self,
        sql: &str,
        values: &[Value<'_>],
        work: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.each_while(sql, values, &mut |row| work(row).map(|()| true))
    }

    /// What `read` makes of all rows.
    pub(super) fn list<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        let mut found = Vec::new();
        self.each(sql, values, &mut |row| {
            found.push(read(row)?);
            Ok(())
        })?;
        Ok(found)
    }

    /// What `read` makes of the first row; `None` if there is none.
    pub(super) fn find<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<Option<T>, Fault> {
        let (mut found, mut read) = (None, Some(read));
        self.each_while(sql, values, &mut |row| {
            if let Some(read) = read.take() {
                found = Some(read(row)?);
            }
            Ok(false)
        })?;
        Ok(found)
    }

    /// What `read` makes of the only row, which must be there.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        values: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.find(sql, values, read)?
            .ok_or_else(|| Fault::NoRow(sql.to_owned()))
    }

    /// Does all of `work` or, if that fails, nothing of it. When it returns, what was done is durable.
    pub(super) fn transact<T>(
        &mut self,
        work: impl FnOnce(&Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        match &self.back {
            Back::Sqlite(lite) => lite.transact(|| work(self)),
            #[cfg(feature = "postgres")]
            Back::Postgres(server) => server.transact(|| work(self)),
        }
    }

    /// As [`Self::transact`], but for work that is simply done again if a power cut takes it back: nobody waits for the disk. It becomes
    /// durable with the next transaction that is, whoever makes that, for both databases keep one log and write it in order. So nothing
    /// may be told to anybody on the strength of it before.
    pub(super) fn transact_repeatable<T>(
        &mut self,
        work: impl FnOnce(&Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        match &self.back {
            Back::Sqlite(lite) => lite.transact_unsynced(|| work(self)),
            #[cfg(feature = "postgres")]
            Back::Postgres(server) => server.transact(|| {
                self.execute("SET LOCAL synchronous_commit TO OFF", &[])?;
                work(self)
            }),
        }
    }

    /// From the next query on, what all later ones see is one instant.
    pub(super) fn begin_snapshot(&self) -> Result<(), Fault> {
        self.join_snapshot(None)
    }

    /// What another connection needs to see the same instant; `None` where it cannot, and sees one of its own.
    pub(super) fn share_snapshot(&self) -> Result<Option<String>, Fault> {
        match &self.back {
            Back::Sqlite(_) => Ok(None),
            #[cfg(feature = "postgres")]
            Back::Postgres(server) => server.share_snapshot().map(Some),
        }
    }

    /// As [`Self::begin_snapshot`], at the instant of another connection.
    pub(super) fn join_snapshot(&self, shared: Option<&str>) -> Result<(), Fault> {
        match &self.back {
            Back::Sqlite(lite) => lite.begin_snapshot(),
            #[cfg(feature = "postgres")]
            Back::Postgres(server) => server.begin_snapshot(shared),
        }
    }

    /// Whether this is PostgreSQL. To be asked only where the two cannot be told in the same words.
    pub(super) fn is_postgres(&self) -> bool {
        match &self.back {
            Back::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Back::Postgres(_) => true,
        }
    }

    /// Makes this the only one that writes under a name, for as long as it lives; says whether it could. A file has one
    /// writer in any case.
    pub(super) fn hold(&self, name: &str) -> Result<bool, Fault> {
        match &self.back {
            Back::Sqlite(_) => Ok(true),
            #[cfg(feature = "postgres")]
            Back::Postgres(server) => server.hold(name),
        }
    }

    /// Makes this transaction the only one that does `what` with the row of that number, until it ends; says whether it could.
    /// Nothing is waited for. A file has one writer in any case.
    pub(super) fn claim(&self, what: &'static str, id: i64) -> Result<bool, Fault> {
        if !self.is_postgres() {
            return Ok(true);
        }
        let sql = "SELECT pg_try_advisory_xact_lock(hashtextextended(?1, ?2))";
        self.one(sql, &values![what, id], |row| row.get(0))
    }

    /// Makes others wait who lock the same row, until the transaction ends. A file has one writer in any case.
    pub(super) fn lock_row(&self, table: &'static str, id: i64) -> Result<(), Fault> {
        if self.is_postgres() {
            let sql = format!("SELECT id FROM {table} WHERE id = ?1 FOR UPDATE");
            self.find(&sql, &values![id], |_| Ok(()))?;
        }
        Ok(())
    }

    /// Makes sure that there is room for a row of that instant in tables that are cut by month. To be called before each.
    pub(super) fn make_month(&self, at: Timestamp) -> Result<(), Fault> {
        match &self.back {
            Back::Sqlite(_) => Ok(()),
            #[cfg(feature = "postgres")]
            Back::Postgres(server) => server.make_month(at),
        }
    }

    /// Lets somebody else copy the log of writes into the file, by [`Self::copy_log`]; until it has grown very long.
    pub(super) fn leave_log(&self) -> Result<(), Fault> {
        match &self.back {
            Back::Sqlite(lite) => lite.leave_log(),
            #[cfg(feature = "postgres")]
            Back::Postgres(_) => Ok(()),
        }
    }

    /// Copies the log of writes into the file, as far as nobody who reads is in the way. Nobody waits for it.
    pub(super) fn copy_log(&self) -> Result<(), Fault> {
        match &self.back {
            Back::Sqlite(lite) => lite.copy_log(),
            #[cfg(feature = "postgres")]
            Back::Postgres(_) => Ok(()),
        }
    }

    /// Leaves what a writer may leave when it goes: a file without a write-ahead log.
    pub(super) fn tidy(&self) -> Result<(), Fault> {
        match &self.back {
            Back::Sqlite(lite) => lite.tidy(),
            #[cfg(feature = "postgres")]
            Back::Postgres(_) => Ok(()),
        }
    }

    /// Fails unless all pages of a file hold together. A server looks after its own.
    pub(super) fn check_pages(&self) -> Result<(), Fault> {
        if self.is_postgres() {
            return Ok(());
        }
        let found: String = self.one("PRAGMA quick_check(1)", &[], |row| row.get(0))?;
        match found.as_str() {
            "ok" => Ok(()),
            _ => Err(Fault::Page(found)),
        }
    }

    /// Copies all of it, as it is now, to a new file.
    pub(super) fn copy_to(&self, to: &Path) -> Result<(), StoreError> {
        match &self.back {
            Back::Sqlite(lite) => lite.copy_to(to),
            #[cfg(feature = "postgres")]
            Back::Postgres(server) => Err(StoreError::NotCopied {
                place: server.place().clone(),
                reason: "pg_dump copies a database".to_owned(),
            }),
        }
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
impl Db {
    /// What only SQLite has.
    pub(in crate::store) fn connection(&self) -> &rusqlite::Connection {
        match &self.back {
            Back::Sqlite(lite) => &lite.connection,
            #[cfg(feature = "postgres")]
            Back::Postgres(server) => panic!("{server:?} is no file"),
        }
    }

    /// The same, to put another record into its place.
    pub(in crate::store) fn connection_mut(&mut self) -> &mut rusqlite::Connection {
        match &mut self.back {
            Back::Sqlite(lite) => &mut lite.connection,
            #[cfg(feature = "postgres")]
            Back::Postgres(server) => panic!("{server:?} is no file"),
        }
    }
}
