//! Tables `run`, `tick` and `series`: what the engine reads, and where the fold of each series stands.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _, named_params};

use super::code::{Columns, Names, Word, number};
use crate::attempt::Detail;
use crate::name::Name;
use crate::run::{Entry, Fold, Last, Mark, Run, Tick};
use crate::store::error::Fault;
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;

/// One agent and probe, by their places in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct SeriesId {
    pub(in crate::store) agent: i64,
    pub(in crate::store) probe: i64,
}

const UPSERT_TICK: &str = "INSERT INTO tick VALUES (:agent, :probe, :tick, :fast, :plan, :due, :verdict, :recovered, \
    :slow, :class, :step, :status, :account, :credential_version, :evidence_start, :evidence_end, \
    :last_evidence_start, :last_evidence_end, :attempts, :sequence, :clock_error, :canary, :second_resolver, :detail) \
    ON CONFLICT DO UPDATE SET verdict = excluded.verdict, recovered = excluded.recovered, \
    last_evidence_start = excluded.last_evidence_start, last_evidence_end = excluded.last_evidence_end, \
    attempts = excluded.attempts, clock_error = excluded.clock_error WHERE excluded.sequence = tick.sequence";
const UPSERT_RUN: &str = "INSERT INTO run VALUES (:agent, :probe, :first_tick, :last_tick, :plan, :ticks, :first_start, \
    :first_end, :last_start, :last_end, :widest_gap, :clock_error, :first_error, :last_error) ON CONFLICT DO UPDATE SET \
    last_tick = excluded.last_tick, ticks = excluded.ticks, last_start = excluded.last_start, \
    last_end = excluded.last_end, widest_gap = excluded.widest_gap, clock_error = excluded.clock_error, \
    last_error = excluded.last_error";

/// The probes of an agent that were ever folded.
pub(in crate::store) fn observed(
    connection: &Connection,
    agent: i64,
) -> Result<BTreeSet<i64>, Fault> {
    let mut statement = connection.prepare_cached("SELECT probe FROM series WHERE agent = ?1")?;
    let found = statement.query_map([agent], |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// Takes up the fold of a series.
pub(in crate::store) fn resume(connection: &Connection, id: SeriesId) -> Result<Fold, Fault> {
    let sql = "SELECT horizon, trouble_until, late_tick, late_fast, last_tick, last_plan, last_end FROM series \
        WHERE agent = ?1 AND probe = ?2";
    let mark = connection
        .prepare_cached(sql)?
        .query_row((id.agent, id.probe), read_mark)
        .optional()?;
    let Some(mark) = mark else {
        return Ok(Fold::default());
    };
    let mut open = ticks_within(
        connection,
        id,
        Interval::new(mark.horizon, Timestamp(i64::MAX)),
    )?;
    if let Some((tick, fast)) = mark.late {
        let instant = Interval::new(tick, tick + Millis(1));
        let late = ticks_within(connection, id, instant)?;
        open.extend(late.into_iter().filter(|tick| tick.fast == fast));
    }
    Ok(Fold::resume(mark, open, last_run(connection, id)?))
}

fn read_mark(row: &rusqlite::Row<'_>) -> rusqlite::Result<Mark> {
    let instant = |value: Option<i64>| Timestamp(value.unwrap_or(i64::MIN));
    let late: Option<i64> = row.get(2)?;
    let last: Option<i64> = row.get(4)?;
    let last = match last {
        Some(tick) => Some(Last {
            tick: Timestamp(tick),
            plan: row.get(5)?,
            end: Timestamp(row.get(6)?),
        }),
        None => None,
    };
    Ok(Mark {
        horizon: instant(row.get(0)?),
        trouble_until: instant(row.get(1)?),
        late: late.map(Timestamp).zip(row.get(3)?),
        last,
    })
}

/// Puts a fold down that was taken up where `before` says: what it settled, what is open, and its mark.
pub(in crate::store) fn put_down(
    connection: &Connection,
    id: SeriesId,
    before: Mark,
    fold: &mut Fold,
) -> Result<(), Fault> {
    let from = before.horizon.0;
    connection
        .prepare_cached("DELETE FROM tick WHERE agent = ?1 AND probe = ?2 AND tick >= ?3")?
        .execute((id.agent, id.probe, from))?;
    let settled = fold.take_settled();
    for entry in &settled {
        match entry {
            Entry::Run(run) => upsert_run(connection, id, run)?,
            Entry::Tick(tick) => upsert_tick(connection, id, tick)?,
        }
    }
    if let Some(run) = fold.last_run() {
        upsert_run(connection, id, run)?;
    }
    for tick in fold.open() {
        upsert_tick(connection, id, tick)?;
    }
    let mark = fold.mark();
    let known = |at: Timestamp| (at.0 != i64::MIN).then_some(at.0);
    let late = mark.late;
    let last = mark.last;
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO series VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            id.agent,
            id.probe,
            known(mark.horizon),
            known(mark.trouble_until),
            late.map(|(tick, _)| tick.0),
            late.map(|(_, fast)| fast),
            last.map(|last| last.tick.0),
            last.map(|last| last.plan),
            last.map(|last| last.end.0),
        ))?;
    Ok(())
}

/// The ticks of a series in `window`, oldest first.
pub(in crate::store) fn ticks_within(
    connection: &Connection,
    id: SeriesId,
    window: Interval,
) -> Result<Vec<Tick>, Fault> {
    let sql = "SELECT * FROM tick WHERE agent = ?1 AND probe = ?2 AND tick >= ?3 AND tick < ?4 ORDER BY tick, fast";
    let mut statement = connection.prepare_cached(sql)?;
    let names = Names::of(&statement);
    let mut rows = statement.query((id.agent, id.probe, window.start.0, window.end.0))?;
    let mut ticks = Vec::new();
    while let Some(row) = rows.next()? {
        ticks.push(read_tick(&Columns {
            table: "tick",
            row,
            names: &names,
        })?);
    }
    Ok(ticks)
}

/// Whether any series of `agent` keeps a single tick in `window`: then something happened there.
pub(in crate::store) fn any_tick_within(
    connection: &Connection,
    agent: i64,
    window: Interval,
) -> Result<bool, Fault> {
    let sql = "SELECT EXISTS (SELECT 1 FROM series WHERE series.agent = ?1 AND EXISTS (SELECT 1 FROM tick \
        WHERE tick.agent = ?1 AND tick.probe = series.probe AND tick.tick >= ?2 AND tick.tick < ?3))";
    let found = connection
        .prepare_cached(sql)?
        .query_row((agent, window.start.0, window.end.0), |row| row.get(0))?;
    Ok(found)
}

/// The runs of a series with a tick in `window`, newest first.
pub(in crate::store) fn runs_within(
    connection: &Connection,
    id: SeriesId,
    window: Interval,
) -> Result<Vec<Run>, Fault> {
    let sql = "SELECT * FROM run WHERE agent = ?1 AND probe = ?2 AND first_tick < ?3 ORDER BY first_tick DESC";
    let mut statement = connection.prepare_cached(sql)?;
    let names = Names::of(&statement);
    let mut rows = statement.query((id.agent, id.probe, window.end.0))?;
    let mut runs = Vec::new();
    while let Some(row) = rows.next()? {
        let run = read_run(&Columns {
            table: "run",
            row,
            names: &names,
        })?;
        // Runs of a series do not overlap, so all older ones end before the window, too.
        if run.last_tick < window.start {
            break;
        }
        runs.push(run);
    }
    Ok(runs)
}

fn last_run(connection: &Connection, id: SeriesId) -> Result<Option<Run>, Fault> {
    let sql = "SELECT * FROM run WHERE agent = ?1 AND probe = ?2 ORDER BY first_tick DESC LIMIT 1";
    let mut statement = connection.prepare_cached(sql)?;
    let names = Names::of(&statement);
    let mut rows = statement.query((id.agent, id.probe))?;
    let row = rows.next()?;
    row.map(|row| {
        read_run(&Columns {
            table: "run",
            row,
            names: &names,
        })
    })
    .transpose()
}

fn upsert_run(connection: &Connection, id: SeriesId, run: &Run) -> Result<(), Fault> {
    connection
        .prepare_cached(UPSERT_RUN)?
        .execute(named_params! {
            ":agent": id.agent,
            ":probe": id.probe,
            ":first_tick": run.first_tick.0,
            ":last_tick": run.last_tick.0,
            ":plan": run.plan,
            ":ticks": run.ticks,
            ":first_start": run.first.start.0,
            ":first_end": run.first.end.0,
            ":last_start": run.last.start.0,
            ":last_end": run.last.end.0,
            ":widest_gap": run.widest_gap.0,
            ":clock_error": run.clock_error.0,
            ":first_error": run.first_error.0,
            ":last_error": run.last_error.0,
        })?;
    Ok(())
}

fn upsert_tick(connection: &Connection, id: SeriesId, tick: &Tick) -> Result<(), Fault> {
    let account = tick.account.as_ref();
    connection
        .prepare_cached(UPSERT_TICK)?
        .execute(named_params! {
            ":agent": id.agent,
            ":probe": id.probe,
            ":tick": tick.tick.0,
            ":fast": tick.fast,
            ":plan": tick.plan,
            ":due": tick.due.0,
            ":verdict": tick.verdict.word(),
            ":recovered": tick.recovered,
            ":slow": tick.slow,
            ":class": tick.class.map(Class::as_str),
            ":step": tick.step.as_ref().map(Name::as_str),
            ":status": tick.status,
            ":account": account.map(|account| account.label.as_str()),
            ":credential_version": account.map(|account| account.credential_version),
            ":evidence_start": tick.evidence.start.0,
            ":evidence_end": tick.evidence.end.0,
            ":last_evidence_start": tick.last_evidence.start.0,
            ":last_evidence_end": tick.last_evidence.end.0,
            ":attempts": tick.attempts,
            ":sequence": number(tick.sequence)?,
            ":clock_error": tick.clock_error.0,
            ":canary": tick.canary.word(),
            ":second_resolver": tick.second_resolver.map(Word::word),
            ":detail": tick.detail.as_str(),
        })?;
    Ok(())
}

fn read_tick(columns: &Columns<'_>) -> Result<Tick, Fault> {
    Ok(Tick {
        plan: columns.get("plan")?,
        tick: columns.instant("tick")?,
        due: columns.instant("due")?,
        fast: columns.get("fast")?,
        verdict: columns.word("verdict")?,
        recovered: columns.get("recovered")?,
        slow: columns.get("slow")?,
        class: columns.class()?,
        step: columns.step()?,
        status: columns.get("status")?,
        account: columns.account()?,
        evidence: columns.interval("evidence_start", "evidence_end")?,
        last_evidence: columns.interval("last_evidence_start", "last_evidence_end")?,
        attempts: columns.get("attempts")?,
        sequence: columns.sequence()?,
        clock_error: Millis(columns.get("clock_error")?),
        canary: columns.word("canary")?,
        second_resolver: columns.word_or_none("second_resolver")?,
        detail: Detail::from(columns.get::<String>("detail")?),
    })
}

fn read_run(columns: &Columns<'_>) -> Result<Run, Fault> {
    Ok(Run {
        plan: columns.get("plan")?,
        first_tick: columns.instant("first_tick")?,
        last_tick: columns.instant("last_tick")?,
        ticks: columns.get("ticks")?,
        first: columns.interval("first_start", "first_end")?,
        last: columns.interval("last_start", "last_end")?,
        widest_gap: Millis(columns.get("widest_gap")?),
        clock_error: Millis(columns.get("clock_error")?),
        first_error: Millis(columns.get("first_error")?),
        last_error: Millis(columns.get("last_error")?),
    })
}
