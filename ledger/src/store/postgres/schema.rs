//! Whose database it is and which shape it has. Migrations only go forward, all that are missing in one transaction, one
//! process at a time.

use postgres::{Client, GenericClient};

use crate::store::error::Fault;
use crate::store::{Place, StoreError};

/// The migrations, in order; the schema's number is how many were applied.
pub(in crate::store) const RECORD: &[&str] = &[include_str!("../sql/postgres_001.sql")];

/// What stands in table `schema_version`.
const APPLICATION: &str = "groupdesk record";
/// "Ldgr", as in the header of files: who changes the shape holds this lock.
pub(in crate::store) const LOCK: i64 = 0x4c64_6772;

const BEGINNING: &str = "CREATE TABLE schema_version (application TEXT NOT NULL, version BIGINT NOT NULL); \
    COMMENT ON TABLE schema_version IS 'Whose database this is, and how many changes of its shape were made.'";

/// Refuses databases of something else and newer schemas, and applies what is missing.
pub(in crate::store) fn migrate(
    client: &mut Client,
    place: &Place,
    migrations: &[&str],
) -> Result<(), StoreError> {
    let fault = |error: postgres::Error| Fault::from(error).at(place);
    let mut transaction = client.transaction().map_err(fault)?;
    transaction
        .execute("SELECT pg_advisory_xact_lock($1)", &[&LOCK])
        .map_err(fault)?;
    let found = applied(&mut transaction, place, newest(migrations))?;
    let mut change = || -> Result<(), postgres::Error> {
        if found.is_none() {
            transaction.batch_execute(BEGINNING)?;
            let sql = "INSERT INTO schema_version (application, version) VALUES ($1, 0)";
            transaction.execute(sql, &[&APPLICATION])?;
        }
        for (number, sql) in (1..).zip(migrations) {
            if number > found.unwrap_or(0) {
                transaction.batch_execute(sql)?;
                let sql = "UPDATE schema_version SET version = $1";
                transaction.execute(sql, &[&i64::from(number)])?;
            }
        }
        Ok(())
    };
    change().map_err(fault)?;
    transaction.commit().map_err(fault)
}

/// Refuses databases of something else, newer schemas, and those that have no or an older schema, because a reader cannot
/// change them.
pub(in crate::store) fn check_known(
    client: &mut Client,
    place: &Place,
    migrations: &[&str],
) -> Result<(), StoreError> {
    match applied(client, place, newest(migrations))? {
        None => Err(StoreError::Missing(place.clone())),
        Some(schema) if schema < newest(migrations) => Err(StoreError::Foreign {
            place: place.clone(),
            found: format!("a database of schema {schema}; `reporter serve` brings it up to date"),
        }),
        Some(_) => Ok(()),
    }
}

/// The schema of a database that is not newer than `known`; `None` if there is nothing in it.
fn applied(
    client: &mut impl GenericClient,
    place: &Place,
    known: i32,
) -> Result<Option<i32>, StoreError> {
    let fault = |error: postgres::Error| Fault::from(error).at(place);
    let foreign = |found: &str| StoreError::Foreign {
        place: place.clone(),
        found: found.to_owned(),
    };
    let tables = "SELECT relname::TEXT FROM pg_class WHERE relnamespace = current_schema()::REGNAMESPACE \
        AND relkind IN ('r', 'p', 'v', 'm') ORDER BY relname = 'schema_version' DESC LIMIT 1";
    let first = client.query_opt(tables, &[]).map_err(fault)?;
    let Some(first) = first else {
        return Ok(None);
    };
    if first.get::<_, &str>(0) != "schema_version" {
        return Err(foreign("another program's database"));
    }
    let sql = "SELECT application, version::BIGINT FROM schema_version";
    let row = client.query_opt(sql, &[]);
    let row = row.map_err(|_| foreign("another program's database"))?;
    let read = |row: postgres::Row| -> Option<(String, i64)> {
        Some((row.try_get(0).ok()?, row.try_get(1).ok()?))
    };
    let Some((application, version)) = row.and_then(read) else {
        return Err(foreign("another program's database"));
    };
    if application != APPLICATION {
        return Err(foreign(&format!("the database of {application:?}")));
    }
    let found = i32::try_from(version).unwrap_or(i32::MAX);
    if found > known {
        return Err(StoreError::Newer {
            place: place.clone(),
            found,
            known,
        });
    }
    Ok(Some(found))
}

fn newest(migrations: &[&str]) -> i32 {
    i32::try_from(migrations.len()).expect("there are few migrations")
}
