//! What is PostgreSQL's alone: how a database is reached and checked, what shape it has, and its partitions by month.

pub(super) mod connect;
pub(super) mod months;
pub(super) mod schema;

use postgres::Client;
use postgres::error::{Error, SqlState};

use super::error::Fault;
use super::{Place, StoreError};

/// The error to show for what PostgreSQL or the way to it says.
pub(super) fn error(error: &Error, place: Place) -> StoreError {
    let reason = reason(error);
    let Some(code) = error.code() else {
        return StoreError::Failed { place, reason };
    };
    match *code {
        SqlState::DISK_FULL => StoreError::Full(place),
        SqlState::LOCK_NOT_AVAILABLE
        | SqlState::T_R_DEADLOCK_DETECTED
        | SqlState::T_R_SERIALIZATION_FAILURE => StoreError::Locked(place),
        SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED => StoreError::Corrupt {
            place,
            what: reason,
        },
        SqlState::INSUFFICIENT_PRIVILEGE | SqlState::READ_ONLY_SQL_TRANSACTION => {
            StoreError::Unreadable { place, reason }
        }
        _ => StoreError::Failed { place, reason },
    }
}

/// What happened, in one line, without the words of the library around it.
pub(super) fn reason(error: &Error) -> String {
    if let Some(told) = error.as_db_error() {
        return told.message().to_owned();
    }
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// A setting or any other single text that a query of one row and column finds.
fn text(client: &mut Client, sql: &str) -> Result<Option<String>, Fault> {
    Ok(client.query_one(sql, &[])?.get(0))
}

#[cfg(test)]
mod tests;
