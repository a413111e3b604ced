//! Table `attempt`: the unsealed tail.

use rusqlite::{Connection, named_params};

use super::code::{Columns, Names, Word, number, oldest_and_newest};
use crate::attempt::{Attempt, Detail, StepPhases};
use crate::name::Name;
use crate::phases::Micros;
use crate::store::error::Fault;
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;

const INSERT: &str = "INSERT INTO attempt VALUES (:agent, :sequence, :probe, :plan, :tick, :due, :kind, :account, \
    :credential_version, :started, :ended, :evidence_start, :evidence_end, :verdict, :class, :step, :status, :family, \
    :steps, :total_us, :slow, :clock_error, :canary, :second_resolver, :detail)";
const OLDEST: &str = "SELECT attempt.*, probe.name AS probe_name FROM attempt JOIN probe ON probe.id = attempt.probe \
    WHERE agent = ?1 ORDER BY sequence LIMIT ?2";
const SINCE: &str = "SELECT attempt.*, probe.name AS probe_name FROM attempt JOIN probe ON probe.id = attempt.probe \
    WHERE agent = ?1 AND sequence >= ?2 ORDER BY sequence";
const AROUND: &str = "SELECT attempt.*, probe.name AS probe_name FROM attempt JOIN probe ON probe.id = attempt.probe \
    WHERE agent = ?1 AND tick >= ?2 AND tick < ?3 ORDER BY sequence";

/// Adds an attempt of `agent` through the probe at `probe`.
pub(in crate::store) fn insert(
    connection: &Connection,
    agent: i64,
    probe: i64,
    attempt: &Attempt,
) -> Result<(), Fault> {
    let steps = serde_json::to_string(&attempt.steps).map_err(|error| Fault::Row {
        table: "attempt",
        what: error.to_string(),
    })?;
    let account = attempt.account.as_ref();
    connection.prepare_cached(INSERT)?.execute(named_params! {
        ":agent": agent,
        ":sequence": number(attempt.sequence)?,
        ":probe": probe,
        ":plan": attempt.plan,
        ":tick": attempt.tick.0,
        ":due": attempt.due.0,
        ":kind": attempt.kind.word(),
        ":account": account.map(|account| account.label.as_str()),
        ":credential_version": account.map(|account| account.credential_version),
        ":started": attempt.start.0,
        ":ended": attempt.end.0,
        ":evidence_start": attempt.evidence.start.0,
        ":evidence_end": attempt.evidence.end.0,
        ":verdict": attempt.verdict.word(),
        ":class": attempt.class.map(Class::as_str),
        ":step": attempt.step.as_ref().map(Name::as_str),
        ":status": attempt.status,
        ":family": attempt.family.map(Word::word),
        ":steps": steps,
        ":total_us": attempt.total.map(Micros::get),
        ":slow": attempt.slow,
        ":clock_error": attempt.clock_error.0,
        ":canary": attempt.canary.word(),
        ":second_resolver": attempt.second_resolver.map(Word::word),
        ":detail": attempt.detail.as_str(),
    })?;
    Ok(())
}

/// The oldest `most` attempts of the tail.
pub(in crate::store) fn oldest(
    connection: &Connection,
    agent: i64,
    most: usize,
) -> Result<Vec<Attempt>, Fault> {
    select(
        connection,
        OLDEST,
        (agent, i64::try_from(most).unwrap_or(i64::MAX)),
    )
}

/// The attempts of the tail from number `sequence` on.
pub(in crate::store) fn since(
    connection: &Connection,
    agent: i64,
    sequence: u64,
) -> Result<Vec<Attempt>, Fault> {
    select(connection, SINCE, (agent, number(sequence)?))
}

/// The attempts of the tail whose tick lies in `window`.
pub(in crate::store) fn around(
    connection: &Connection,
    agent: i64,
    window: Interval,
) -> Result<Vec<Attempt>, Fault> {
    select(connection, AROUND, (agent, window.start.0, window.end.0))
}

fn select(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
) -> Result<Vec<Attempt>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let names = Names::of(&statement);
    let mut rows = statement.query(parameters)?;
    let mut attempts = Vec::new();
    while let Some(row) = rows.next()? {
        attempts.push(read(&Columns {
            table: "attempt",
            row,
            names: &names,
        })?);
    }
    Ok(attempts)
}

/// Removes the attempts up to number `last`, which a batch holds now.
pub(in crate::store) fn remove(
    connection: &Connection,
    agent: i64,
    last: u64,
) -> Result<(), Fault> {
    let sql = "DELETE FROM attempt WHERE agent = ?1 AND sequence <= ?2";
    connection
        .prepare_cached(sql)?
        .execute((agent, number(last)?))?;
    Ok(())
}

/// The oldest and newest tick in the tail from number `sequence` on, or `None` if there is none.
pub(in crate::store) fn ticks(
    connection: &Connection,
    agent: i64,
    sequence: u64,
) -> Result<Option<(Timestamp, Timestamp)>, Fault> {
    let sql = "SELECT min(tick), max(tick) FROM attempt WHERE agent = ?1 AND sequence >= ?2";
    oldest_and_newest(connection, sql, (agent, sequence))
}

/// The highest number in the tail, and how many attempts it has.
pub(in crate::store) fn extent(
    connection: &Connection,
    agent: i64,
) -> Result<(Option<u64>, usize), Fault> {
    let sql = "SELECT max(sequence), count(*) FROM attempt WHERE agent = ?1";
    let (last, count): (Option<i64>, u32) =
        connection.query_row(sql, [agent], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let count = usize::try_from(count)
        .map_err(|_| rusqlite::Error::IntegralValueOutOfRange(1, count.into()))?;
    Ok((last.and_then(|last| u64::try_from(last).ok()), count))
}

fn read(columns: &Columns<'_>) -> Result<Attempt, Fault> {
    let steps: Vec<StepPhases> =
        serde_json::from_str(columns.text("steps")?).map_err(|_| columns.odd("steps"))?;
    Ok(Attempt {
        sequence: columns.sequence()?,
        probe: columns.name("probe_name")?,
        plan: columns.get("plan")?,
        tick: columns.instant("tick")?,
        due: columns.instant("due")?,
        kind: columns.word("kind")?,
        account: columns.account()?,
        start: columns.instant("started")?,
        end: columns.instant("ended")?,
        evidence: columns.interval("evidence_start", "evidence_end")?,
        verdict: columns.word("verdict")?,
        class: columns.class()?,
        step: columns.step()?,
        status: columns.get("status")?,
        family: columns.word_or_none("family")?,
        steps,
        total: columns.get::<Option<u32>>("total_us")?.map(Micros::cut),
        slow: columns.get("slow")?,
        clock_error: Millis(columns.get("clock_error")?),
        canary: columns.word("canary")?,
        second_resolver: columns.word_or_none("second_resolver")?,
        detail: Detail::from(columns.get::<String>("detail")?),
    })
}
