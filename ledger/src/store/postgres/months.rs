//! Partitions by month of UTC, made when something is first put into one.
//!
//! They are made on a connection of their own, in a short transaction. Made inside of a fold, they would hold locks on the
//! tables until that ends, and two folds that need months of two tables would wait for each other.

use std::collections::BTreeSet;

use postgres::Client;

use super::connect::connect;
use super::schema::LOCK;
use crate::calendar;
use crate::store::error::Fault;
use crate::store::{Place, StoreError};
use crate::time::{Interval, Timestamp};

/// The tables that are cut by month.
const TABLES: [&str; 5] = ["batch_body", "run", "tick", "near", "latency"];

/// The months that are known to be there.
#[derive(Debug, Default)]
pub(in crate::store) struct Months {
    known: BTreeSet<Timestamp>,
    last: Option<Interval>,
}

/// The first and the last instant of which there can be evidence: the years 1970 to 9998.
const CALENDAR: Interval = Interval {
    start: Timestamp(0),
    end: Timestamp(253_370_764_800_000),
};

impl Months {
    /// Makes the month of an instant, if this has not seen it yet.
    pub(in crate::store) fn make(
        &mut self,
        client: &mut Client,
        place: &Place,
        at: Timestamp,
    ) -> Result<(), Fault> {
        if self.last.is_some_and(|last| last.contains(at)) {
            return Ok(());
        }
        let odd = |what: String| Fault::Row {
            table: "month",
            what,
        };
        if !CALENDAR.contains(at) {
            return Err(odd(format!("{} is no instant of any year to 9998", at.0)));
        }
        let [_, month] = calendar::around("UTC", at).map_err(|error| odd(error.to_string()))?;
        if !self.known.contains(&month.start) {
            let newest = name_of(TABLES[TABLES.len() - 1], month);
            let sql = "SELECT to_regclass($1) IS NOT NULL";
            if !client.query_one(sql, &[&newest])?.get::<_, bool>(0) {
                attach(place, month).map_err(|error| Fault::Elsewhere(Box::new(error)))?;
            }
            // Inside of a transaction that has used the tables, it is the first look at another one that makes PostgreSQL
            // take notice of the new parts.
            client.execute(&format!("SELECT FROM {newest} LIMIT 0"), &[])?;
            self.known.insert(month.start);
        }
        self.last = Some(month);
        Ok(())
    }
}

/// Makes the partitions of a month that are missing.
fn attach(place: &Place, month: Interval) -> Result<(), StoreError> {
    let Place::Postgres(url) = place else {
        return Ok(());
    };
    let fault = |error: postgres::Error| Fault::from(error).at(place);
    let mut client = connect(url)?;
    make(&mut client, month).map_err(fault)?;
    client.close().map_err(fault)
}

fn name_of(table: &str, month: Interval) -> String {
    let day = month.start.to_string();
    format!(
        "{table}_{}",
        day.get(..7).unwrap_or_default().replace('-', "_")
    )
}

fn make(client: &mut Client, month: Interval) -> Result<(), postgres::Error> {
    let mut transaction = client.transaction()?;
    transaction.execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])?;
    for table in TABLES {
        let part = name_of(table, month);
        let known = "SELECT 1 FROM pg_class WHERE relnamespace = current_schema()::REGNAMESPACE AND relname = $1";
        if transaction.query_opt(known, &[&part])?.is_some() {
            continue;
        }
        // To attach a table waits for nobody who reads or writes the others, to create it as a part would.
        let Interval { start, end } = month;
        transaction.batch_execute(&format!(
            "CREATE TABLE {part} (LIKE {table} INCLUDING ALL); \
             ALTER TABLE {table} ATTACH PARTITION {part} FOR VALUES FROM ({}) TO ({})",
            start.0, end.0
        ))?;
    }
    transaction.commit()
}
