//! Tables `state` and `event` of the outbox of alarms.

use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::store::error::Fault;
use crate::store::{DeadLetter, Letter, Posted};
use crate::time::Timestamp;

/// A try that failed.
pub(in crate::store) struct Failure<'f> {
    pub(in crate::store) error: &'f str,
    /// When it is tried again; `None` if it is given up.
    pub(in crate::store) due: Option<Timestamp>,
    pub(in crate::store) now: Timestamp,
}

/// The state of a contract's alarms.
pub(in crate::store) fn state(
    connection: &Connection,
    contract: &str,
) -> Result<Option<String>, Fault> {
    let sql = "SELECT json FROM state WHERE contract = ?1";
    let found = connection.query_row(sql, [contract], |row| row.get(0));
    Ok(found.optional()?)
}

/// Replaces the state of a contract's alarms.
pub(in crate::store) fn set_state(
    connection: &Connection,
    contract: &str,
    json: &str,
) -> Result<(), Fault> {
    let sql = "INSERT INTO state VALUES (?1, ?2) ON CONFLICT (contract) DO UPDATE SET json = excluded.json";
    connection.execute(sql, (contract, json))?;
    Ok(())
}

/// Adds an event that may be tried at once.
pub(in crate::store) fn insert(
    connection: &Connection,
    letter: &Letter,
    now: Timestamp,
) -> Result<(), Fault> {
    let sql = "INSERT INTO event (id, key, body, queued_at, due_at) VALUES (?1, ?2, ?3, ?4, ?4)";
    connection.execute(sql, (&letter.id, &letter.key, &letter.body, now.0))?;
    Ok(())
}

/// Drops events that were delivered before `before`.
pub(in crate::store) fn forget(connection: &Connection, before: Timestamp) -> Result<(), Fault> {
    let sql = "DELETE FROM event WHERE fate = 'delivered' AND fate_at < ?1";
    connection.execute(sql, [before.0])?;
    Ok(())
}

/// The oldest waiting event that is due and has no older one of its key waiting before it.
pub(in crate::store) fn due(
    connection: &Connection,
    now: Timestamp,
) -> Result<Option<Letter>, Fault> {
    let sql = "SELECT id, key, body FROM event AS one WHERE fate = 'waiting' AND due_at <= ?1 \
        AND NOT EXISTS (SELECT 1 FROM event AS older WHERE older.fate = 'waiting' AND older.key = one.key \
        AND older.sequence < one.sequence) ORDER BY sequence LIMIT 1";
    let found = connection.query_row(sql, [now.0], |row| {
        Ok(Letter {
            id: row.get(0)?,
            key: row.get(1)?,
            body: row.get(2)?,
        })
    });
    Ok(found.optional()?)
}

/// Notes that an event has arrived.
pub(in crate::store) fn deliver(
    connection: &Connection,
    id: &str,
    now: Timestamp,
) -> Result<(), Fault> {
    let sql = "UPDATE event SET fate = 'delivered', fate_at = ?2, tries = tries + 1 WHERE id = ?1";
    connection.execute(sql, (id, now.0))?;
    Ok(())
}

/// How often an event has failed.
pub(in crate::store) fn tries(connection: &Connection, id: &str) -> Result<u32, Fault> {
    let sql = "SELECT tries FROM event WHERE id = ?1";
    Ok(connection.query_row(sql, [id], |row| row.get(0))?)
}

/// Notes a failure.
pub(in crate::store) fn fail(
    connection: &Connection,
    id: &str,
    failure: &Failure<'_>,
) -> Result<(), Fault> {
    let Failure { error, due, now } = failure;
    match due {
        Some(due) => {
            let sql = "UPDATE event SET tries = tries + 1, error = ?2, due_at = ?3 WHERE id = ?1";
            connection.execute(sql, (id, error, due.0))?;
        }
        None => {
            let sql = "UPDATE event SET tries = tries + 1, error = ?2, fate = 'dead', fate_at = ?3 WHERE id = ?1";
            connection.execute(sql, (id, error, now.0))?;
        }
    }
    Ok(())
}

/// Lets dead events wait again, with all their tries before them.
pub(in crate::store) fn revive(connection: &Connection, now: Timestamp) -> Result<usize, Fault> {
    let sql = "UPDATE event SET fate = 'waiting', fate_at = NULL, tries = 0, due_at = ?1 WHERE fate = 'dead'";
    Ok(connection.execute(sql, [now.0])?)
}

/// All there is to show.
pub(in crate::store) fn posted(connection: &Connection) -> Result<Posted, Fault> {
    // One snapshot for all of it.
    connection.execute_batch("BEGIN")?;
    let states = connection
        .prepare("SELECT contract, json FROM state ORDER BY contract")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let sql = "SELECT count(*) FROM event WHERE fate = 'waiting'";
    let waiting: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    let sql = "SELECT error FROM event WHERE fate = 'waiting' AND error IS NOT NULL ORDER BY due_at DESC LIMIT 1";
    let trouble = connection.query_row(sql, [], |row| row.get(0)).optional()?;
    let sql = "SELECT id, tries, fate_at, error FROM event WHERE fate = 'dead' ORDER BY sequence";
    let dead = connection
        .prepare(sql)?
        .query_map([], dead_letter)?
        .collect::<Result<_, _>>()?;
    Ok(Posted {
        states,
        waiting: u64::try_from(waiting).unwrap_or(0),
        trouble,
        dead,
    })
}

fn dead_letter(row: &Row<'_>) -> rusqlite::Result<DeadLetter> {
    Ok(DeadLetter {
        id: row.get(0)?,
        tries: row.get(1)?,
        at: Timestamp(row.get(2)?),
        error: row.get::<_, Option<String>>(3)?.unwrap_or_default(),
    })
}
