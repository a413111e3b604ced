//! Statements on a PostgreSQL database.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::error::Error;

use bytes::BytesMut;
use postgres::error::SqlState;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use postgres::{Client, Statement};

use super::row::{Names, Row};
use super::value::Value;
use crate::store::error::Fault;
use crate::store::postgres::connect::{LOCK_TIMEOUT, connect};
use crate::store::postgres::months::Months;
use crate::store::postgres::schema;
use crate::store::{Place, StoreError};
use crate::time::Timestamp;

/// More distinct statements than there are in this crate.
const STATEMENTS: usize = 512;

/// A connection to a database.
pub(super) struct Server {
    place: Place,
    client: RefCell<Client>,
    statements: RefCell<HashMap<String, Statement>>,
    months: RefCell<Months>,
    /// A statement failed since the transaction began: PostgreSQL will do nothing more of it, and say nothing at its end.
    failed: Cell<bool>,
}

impl Server {
    /// Connects, and brings the database up to date.
    pub(super) fn open(url: &str) -> Result<Self, StoreError> {
        let place = Place::Postgres(url.to_owned());
        let mut client = connect(url)?;
        schema::migrate(&mut client, &place, schema::RECORD)?;
        Ok(Self::new(client, place))
    }

    /// Connects to look only.
    pub(super) fn open_to_read(url: &str) -> Result<Self, StoreError> {
        let place = Place::Postgres(url.to_owned());
        let mut client = connect(url)?;
        schema::check_known(&mut client, &place, schema::RECORD)?;
        let only = client.batch_execute("SET default_transaction_read_only = on");
        only.map_err(|error| Fault::from(error).at(&place))?;
        Ok(Self::new(client, place))
    }

    fn new(client: Client, place: Place) -> Self {
        Self {
            place,
            client: RefCell::new(client),
            statements: RefCell::default(),
            months: RefCell::default(),
            failed: Cell::new(false),
        }
    }

    pub(super) fn place(&self) -> &Place {
        &self.place
    }

    pub(super) fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<u64, Fault> {
        self.noting(|| {
            let statement = self.prepare(sql)?;
            let mut client = self.client.borrow_mut();
            client.execute(&statement, &parameters(values))
        })
    }

    pub(super) fn each_while(
        &self,
        sql: &str,
        values: &[Value<'_>],
        work: &mut dyn FnMut(&Row<'_>) -> Result<bool, Fault>,
    ) -> Result<(), Fault> {
        let rows = self.noting(|| {
            let statement = self.prepare(sql)?;
            let mut client = self.client.borrow_mut();
            client.query(&statement, &parameters(values))
        })?;
        let names = Names::new();
        // All are here: what `work` asks of the database does not disturb the query.
        for row in &rows {
            if !work(&Row::postgres(row, &names))? {
                break;
            }
        }
        Ok(())
    }

    pub(super) fn transact<T>(&self, work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
        let open = Open::begin(self)?;
        let result = work()?;
        if self.failed.get() {
            return Err(Fault::Row {
                table: "transaction",
                what: "a failed statement was passed over".to_owned(),
            });
        }
        open.commit()?;
        Ok(result)
    }

    pub(super) fn begin_snapshot(&self, of: Option<&str>) -> Result<(), Fault> {
        self.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")?;
        match of {
            Some(name) => self.script(&format!("SET TRANSACTION SNAPSHOT '{name}'")),
            None => Ok(()),
        }
    }

    /// A name under which others may see the same.
    pub(super) fn share_snapshot(&self) -> Result<String, Fault> {
        let mut client = self.client.borrow_mut();
        Ok(client.query_one("SELECT pg_export_snapshot()", &[])?.get(0))
    }

    /// Takes the lock of a name until the connection ends; waits a moment for one that is just ending.
    pub(super) fn hold(&self, name: &str) -> Result<bool, Fault> {
        let mut client = self.client.borrow_mut();
        client.batch_execute("SET lock_timeout = '2s'")?;
        let sql = "SELECT FROM pg_advisory_lock(hashtextextended($1, 0))";
        match client.execute(sql, &[&name]) {
            Ok(_) => client.batch_execute(LOCK_TIMEOUT)?,
            Err(error) if error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        Ok(true)
    }

    pub(super) fn make_month(&self, at: Timestamp) -> Result<(), Fault> {
        let mut client = self.client.borrow_mut();
        let mut months = self.months.borrow_mut();
        months.make(&mut client, &self.place, at)
    }

    pub(super) fn script(&self, sql: &str) -> Result<(), Fault> {
        self.noting(|| self.client.borrow_mut().batch_execute(sql))
    }

    fn prepare(&self, sql: &str) -> Result<Statement, postgres::Error> {
        if let Some(known) = self.statements.borrow().get(sql) {
            return Ok(known.clone());
        }
        let statement = self.client.borrow_mut().prepare(&numbered(sql))?;
        let mut statements = self.statements.borrow_mut();
        if statements.len() >= STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn noting<T>(&self, work: impl FnOnce() -> Result<T, postgres::Error>) -> Result<T, Fault> {
        work().map_err(|error| {
            self.failed.set(true);
            Fault::from(error)
        })
    }
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Server").field(&self.place).finish()
    }
}

/// A transaction that is undone if nobody commits it, also where a panic passes.
struct Open<'s> {
    server: &'s Server,
    done: bool,
}

impl<'s> Open<'s> {
    fn begin(server: &'s Server) -> Result<Self, Fault> {
        server.failed.set(false);
        server.script("BEGIN ISOLATION LEVEL READ COMMITTED")?;
        Ok(Self {
            server,
            done: false,
        })
    }

    fn commit(mut self) -> Result<(), Fault> {
        self.done = true;
        self.server.script("COMMIT")
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.done {
            // Where this fails the connection is gone, and the transaction with it.
            let _ = self.server.script("ROLLBACK");
        }
    }
}

fn parameters<'v>(values: &'v [Value<'_>]) -> Vec<&'v (dyn ToSql + Sync)> {
    let parameter = |value: &'v Value<'_>| -> &'v (dyn ToSql + Sync) { value };
    values.iter().map(parameter).collect()
}

/// The statement with `$1` for `?1`.
fn numbered(sql: &str) -> String {
    let mut quoted = false;
    let turned = sql.chars().map(|c| {
        quoted ^= c == '\'';
        if c == '?' && !quoted { '$' } else { c }
    });
    turned.collect()
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(value) if *kind == Type::INT4 => i32::try_from(*value)?.to_sql(kind, out),
            Self::Int(value) => value.to_sql_checked(kind, out),
            Self::Text(value) => value.to_sql_checked(kind, out),
            Self::Blob(value) => value.to_sql_checked(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_parameters_are_marked_as_postgresql_does() {
        let sql = "SELECT '?1' FROM batch WHERE agent = ?1 AND number = ?12";
        assert_eq!(
            numbered(sql),
            "SELECT '?1' FROM batch WHERE agent = $1 AND number = $12"
        );
    }
}
