//! Tables `state` and `event` of the outbox of alarms.

use crate::store::db::{Db, Row, values};
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
pub(in crate::store) fn state(db: &Db, contract: &str) -> Result<Option<String>, Fault> {
    let sql = "SELECT json FROM state WHERE contract = ?1";
    db.find(sql, &values![contract], |row| row.get(0))
}

/// Replaces the state of a contract's alarms.
pub(in crate::store) fn set_state(db: &Db, contract: &str, json: &str) -> Result<(), Fault> {
    let sql = "INSERT INTO state (contract, json) VALUES (?1, ?2) \
        ON CONFLICT (contract) DO UPDATE SET json = excluded.json";
    db.execute(sql, &values![contract, json])?;
    Ok(())
}

/// Adds an event that may be tried at once.
pub(in crate::store) fn insert(db: &Db, letter: &Letter, now: Timestamp) -> Result<(), Fault> {
    let sql = "INSERT INTO event (id, key, body, queued_at, due_at) VALUES (?1, ?2, ?3, ?4, ?4)";
    db.execute(sql, &values![&letter.id, &letter.key, &letter.body, now])?;
    Ok(())
}

/// Drops events that were delivered before `before`.
pub(in crate::store) fn forget(db: &Db, before: Timestamp) -> Result<(), Fault> {
    let sql = "DELETE FROM event WHERE fate = 'delivered' AND fate_at < ?1";
    db.execute(sql, &values![before])?;
    Ok(())
}

/// The oldest waiting event that is due and has no older one of its key waiting before it.
pub(in crate::store) fn due(db: &Db, now: Timestamp) -> Result<Option<Letter>, Fault> {
    let sql = "SELECT id, key, body FROM event AS one WHERE fate = 'waiting' AND due_at <= ?1 \
        AND NOT EXISTS (SELECT 1 FROM event AS older WHERE older.fate = 'waiting' AND older.key = one.key \
        AND older.sequence < one.sequence) ORDER BY sequence LIMIT 1";
    db.find(sql, &values![now], |row| {
        Ok(Letter {
            id: row.get(0)?,
            key: row.get(1)?,
            body: row.get(2)?,
        })
    })
}

/// Notes that an event has arrived.
pub(in crate::store) fn deliver(db: &Db, id: &str, now: Timestamp) -> Result<(), Fault> {
    let sql = "UPDATE event SET fate = 'delivered', fate_at = ?2, tries = tries + 1 WHERE id = ?1";
    db.execute(sql, &values![id, now])?;
    Ok(())
}

/// How often an event has failed.
pub(in crate::store) fn tries(db: &Db, id: &str) -> Result<u32, Fault> {
    let sql = "SELECT tries FROM event WHERE id = ?1";
    db.one(sql, &values![id], |row| row.get(0))
}

/// Notes a failure.
pub(in crate::store) fn fail(db: &Db, id: &str, failure: &Failure<'_>) -> Result<(), Fault> {
    let Failure { error, due, now } = failure;
    match due {
        Some(due) => {
            let sql = "UPDATE event SET tries = tries + 1, error = ?2, due_at = ?3 WHERE id = ?1";
            db.execute(sql, &values![id, *error, *due])?;
        }
        None => {
            let sql = "UPDATE event SET tries = tries + 1, error = ?2, fate = 'dead', fate_at = ?3 WHERE id = ?1";
            db.execute(sql, &values![id, *error, *now])?;
        }
    }
    Ok(())
}

/// Lets dead events wait again, with all their tries before them.
pub(in crate::store) fn revive(db: &Db, now: Timestamp) -> Result<usize, Fault> {
    let sql = "UPDATE event SET fate = 'waiting', fate_at = NULL, tries = 0, due_at = ?1 WHERE fate = 'dead'";
    let revived = db.execute(sql, &values![now])?;
    Ok(usize::try_from(revived).unwrap_or(usize::MAX))
}

/// All there is to show.
pub(in crate::store) fn posted(db: &Db) -> Result<Posted, Fault> {
    // One snapshot for all of it.
    db.begin_snapshot()?;
    let sql = "SELECT contract, json FROM state ORDER BY contract";
    let states = db.list(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let sql = "SELECT count(*) FROM event WHERE fate = 'waiting'";
    let waiting = db.one(sql, &[], |row| row.get(0))?;
    let sql = "SELECT error FROM event WHERE fate = 'waiting' AND error IS NOT NULL ORDER BY due_at DESC LIMIT 1";
    let trouble = db.find(sql, &[], |row| row.get(0))?;
    let sql = "SELECT id, tries, fate_at, error FROM event WHERE fate = 'dead' ORDER BY sequence";
    let dead = db.list(sql, &[], dead_letter)?;
    Ok(Posted {
        states,
        waiting,
        trouble,
        dead,
    })
}

fn dead_letter(row: &Row<'_>) -> Result<DeadLetter, Fault> {
    Ok(DeadLetter {
        id: row.get(0)?,
        tries: row.get(1)?,
        at: row.get(2)?,
        error: row.get::<Option<String>>(3)?.unwrap_or_default(),
    })
}
