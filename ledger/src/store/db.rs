//! The one way to SQL. Tables are read and written in a dialect that SQLite and PostgreSQL both understand, with
//! numbered parameters (`?1`): integers of 64 bits, text and bytes, `ON CONFLICT (columns) DO UPDATE`, `RETURNING`.

mod row;
mod sqlite;
mod value;

use std::path::Path;

use super::error::Fault;
use super::sqlite::schema::{self, Shape};
use super::sqlite::{lock, open};
use super::{Place, StoreError};
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
}

impl Db {
    /// Opens a place to be written, makes what is missing and brings it up to date. A file has one writer at a time.
    pub(super) fn open(place: &Place, shape: &Shape) -> Result<Self, StoreError> {
        match place {
            Place::File(path) => {
                let lock = lock::take(path)?;
                let connection = open::for_writing(path, shape)?;
                Ok(Self::of(Back::Sqlite(Lite::new(connection, Some(lock)))))
            }
            Place::Postgres(_) => Err(StoreError::Missing(place.clone())),
        }
    }

    /// Opens a place to be written beside its writer, in short transactions.
    pub(super) fn open_beside(place: &Place, shape: &Shape) -> Result<Self, StoreError> {
        match place {
            Place::File(path) => {
                if !path.exists() {
                    return Err(StoreError::Missing(place.clone()));
                }
                let connection = open::for_writing(path, shape)?;
                Ok(Self::of(Back::Sqlite(Lite::new(connection, None))))
            }
            Place::Postgres(_) => Self::open(place, shape),
        }
    }

    /// Whether rows must be locked, because others write at the same time.
    pub(super) const fn is_postgres(&self) -> bool {
        match &self.back {
            Back::Sqlite(_) => false,
        }
    }

    /// Opens a place to be read, also while others write it.
    pub(super) fn open_to_read(place: &Place, shape: &Shape) -> Result<Self, StoreError> {
        match place {
            Place::File(path) => {
                let connection = open::for_reading(path, shape)?;
                Ok(Self::of(Back::Sqlite(Lite::new(connection, None))))
            }
            Place::Postgres(_) => Err(StoreError::Missing(place.clone())),
        }
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
        }
    }

    /// From the next query on, what all later ones see is one instant.
    pub(super) fn begin_snapshot(&self) -> Result<(), Fault> {
        match &self.back {
            Back::Sqlite(lite) => lite.begin_snapshot(),
        }
    }

    /// Leaves what a writer may leave when it goes: a file without a write-ahead log.
    pub(super) fn tidy(&self) -> Result<(), Fault> {
        match &self.back {
            Back::Sqlite(lite) => lite.tidy(),
        }
    }

    /// Copies all of it, as it is now, to a new file.
    pub(super) fn copy_to(&self, to: &Path) -> Result<(), StoreError> {
        match &self.back {
            Back::Sqlite(lite) => lite.copy_to(to),
        }
    }
}

#[cfg(test)]
impl Db {
    /// What only SQLite has.
    pub(in crate::store) fn connection(&self) -> &rusqlite::Connection {
        match &self.back {
            Back::Sqlite(lite) => &lite.connection,
        }
    }

    /// The same, to put another record into its place.
    pub(in crate::store) fn connection_mut(&mut self) -> &mut rusqlite::Connection {
        match &mut self.back {
            Back::Sqlite(lite) => &mut lite.connection,
        }
    }
}
