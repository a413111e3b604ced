//! Table `attempt`: the unsealed tail.

use super::code::{Columns, Word, number, oldest_and_newest};
use crate::attempt::{Attempt, Detail, StepPhases};
use crate::name::Name;
use crate::phases::Micros;
use crate::store::db::{Db, Value, values};
use crate::store::error::Fault;
use crate::time::{Interval, Timestamp};
use crate::verdict::Class;

const INSERT: &str = "INSERT INTO attempt (agent, sequence, probe, plan, tick, due, kind, account, credential_version, \
    started, ended, evidence_start, evidence_end, verdict, class, step, status, family, \
    steps, total_us, slow, clock_error, canary, second_resolver, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, \
    ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25)";
const OLDEST: &str = "SELECT attempt.*, probe.name AS probe_name FROM attempt JOIN probe ON probe.id = attempt.probe \
    WHERE agent = ?1 ORDER BY sequence LIMIT ?2";
const SINCE: &str = "SELECT attempt.*, probe.name AS probe_name FROM attempt JOIN probe ON probe.id = attempt.probe \
    WHERE agent = ?1 AND sequence >= ?2 ORDER BY sequence";
const AROUND: &str = "SELECT attempt.*, probe.name AS probe_name FROM attempt JOIN probe ON probe.id = attempt.probe \
    WHERE agent = ?1 AND tick >= ?2 AND tick < ?3 ORDER BY sequence";

/// Adds an attempt of `agent` through the probe at `probe`.
pub(in crate::store) fn insert(
    db: &Db,
    agent: i64,
    probe: i64,
    attempt: &Attempt,
) -> Result<(), Fault> {
    let steps = serde_json::to_string(&attempt.steps).map_err(|error| Fault::Row {
        table: "attempt",
        what: error.to_string(),
    })?;
    let account = attempt.account.as_ref();
    // In the order of INSERT.
    let row = values![
        agent,
        number(attempt.sequence)?,
        probe,
        attempt.plan,
        attempt.tick,
        attempt.due,
        attempt.kind.word(),
        account.map(|account| &account.label),
        account.map(|account| account.credential_version),
        attempt.start,
        attempt.end,
        attempt.evidence.start,
        attempt.evidence.end,
        attempt.verdict.word(),
        attempt.class.map(Class::as_str),
        attempt.step.as_ref().map(Name::as_str),
        attempt.status,
        attempt.family.map(Word::word),
        &steps,
        attempt.total.map(Micros::get),
        attempt.slow,
        attempt.clock_error,
        attempt.canary.word(),
        attempt.second_resolver.map(Word::word),
        attempt.detail.as_str(),
    ];
    db.execute(INSERT, &row)?;
    Ok(())
}

/// The oldest `most` attempts of the tail.
pub(in crate::store) fn oldest(db: &Db, agent: i64, most: usize) -> Result<Vec<Attempt>, Fault> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    select(db, OLDEST, &values![agent, most])
}

/// The attempts of the tail from number `sequence` on.
pub(in crate::store) fn since(db: &Db, agent: i64, sequence: u64) -> Result<Vec<Attempt>, Fault> {
    select(db, SINCE, &values![agent, number(sequence)?])
}

/// The attempts of the tail whose tick lies in `window`.
pub(in crate::store) fn around(
    db: &Db,
    agent: i64,
    window: Interval,
) -> Result<Vec<Attempt>, Fault> {
    select(db, AROUND, &values![agent, window.start, window.end])
}

fn select(db: &Db, sql: &str, values: &[Value<'_>]) -> Result<Vec<Attempt>, Fault> {
    db.list(sql, values, |row| read(&Columns::of("attempt", row)))
}

/// Removes the attempts up to number `last`, which a batch holds now.
pub(in crate::store) fn remove(db: &Db, agent: i64, last: u64) -> Result<(), Fault> {
    let sql = "DELETE FROM attempt WHERE agent = ?1 AND sequence <= ?2";
    db.execute(sql, &values![agent, number(last)?])?;
    Ok(())
}

/// The lowest number in the tail.
pub(in crate::store) fn first(db: &Db, agent: i64) -> Result<Option<u64>, Fault> {
    let sql = "SELECT min(sequence) FROM attempt WHERE agent = ?1";
    db.one(sql, &values![agent], |row| row.get(0))
}

/// The oldest and newest tick in the tail from number `sequence` on, or `None` if there is none.
pub(in crate::store) fn ticks(
    db: &Db,
    agent: i64,
    sequence: u64,
) -> Result<Option<(Timestamp, Timestamp)>, Fault> {
    let sql = "SELECT min(tick), max(tick) FROM attempt WHERE agent = ?1 AND sequence >= ?2";
    oldest_and_newest(db, sql, (agent, sequence))
}

/// The highest number in the tail, and how many attempts it has.
pub(in crate::store) fn extent(db: &Db, agent: i64) -> Result<(Option<u64>, usize), Fault> {
    let sql = "SELECT max(sequence), count(*) FROM attempt WHERE agent = ?1";
    db.one(sql, &values![agent], |row| Ok((row.get(0)?, row.get(1)?)))
}

fn read(columns: &Columns<'_, '_>) -> Result<Attempt, Fault> {
    let steps: Vec<StepPhases> =
        serde_json::from_str(columns.text("steps")?).map_err(|_| columns.odd("steps"))?;
    Ok(Attempt {
        sequence: columns.get("sequence")?,
        probe: columns.get("probe_name")?,
        plan: columns.get("plan")?,
        tick: columns.get("tick")?,
        due: columns.get("due")?,
        kind: columns.word("kind")?,
        account: columns.account()?,
        start: columns.get("started")?,
        end: columns.get("ended")?,
        evidence: columns.interval("evidence_start", "evidence_end")?,
        verdict: columns.word("verdict")?,
        class: columns.class()?,
        step: columns.get("step")?,
        status: columns.get("status")?,
        family: columns.word_or_none("family")?,
        steps,
        total: columns.get::<Option<u32>>("total_us")?.map(Micros::cut),
        slow: columns.get("slow")?,
        clock_error: columns.get("clock_error")?,
        canary: columns.word("canary")?,
        second_resolver: columns.word_or_none("second_resolver")?,
        detail: Detail::from(columns.get::<String>("detail")?),
    })
}
