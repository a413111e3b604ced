//! Tables `run`, `tick` and `series`: what the engine reads, and where the fold of each series stands.
//!
//! Quiet ticks are no rows of `tick`: settled ones stand in table `near`, many in one row, and open ones, which may still
//! change, in their `series`. Those that come late for what is settled are rows.

use std::collections::BTreeSet;

use super::code::{Columns, Word, number};
use super::{near, sums};
use crate::attempt::Detail;
use crate::name::Name;
use crate::run::{Entry, Fold, Last, Mark, Run, Tick};
use crate::store::db::{Db, Row, values};
use crate::store::error::Fault;
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;
use crate::wire::near::{MAX_TICKS, is_packable};

/// One agent and probe, by their places in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct SeriesId {
    pub(in crate::store) agent: i64,
    pub(in crate::store) probe: i64,
}

const UPSERT_TICK: &str = "INSERT INTO tick (agent, probe, tick, fast, plan, due, verdict, recovered, \
    slow, class, step, status, account, credential_version, evidence_start, evidence_end, \
    last_evidence_start, last_evidence_end, attempts, clock_error, canary, second_resolver, detail, sum, sequence) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24, ?25) \
    ON CONFLICT (agent, probe, tick, fast) DO UPDATE SET verdict = excluded.verdict, recovered = excluded.recovered, \
    last_evidence_start = excluded.last_evidence_start, last_evidence_end = excluded.last_evidence_end, \
    attempts = excluded.attempts, clock_error = excluded.clock_error, sum = excluded.sum WHERE excluded.sequence = tick.sequence";
const UPSERT_RUN: &str = "INSERT INTO run (agent, probe, first_tick, last_tick, plan, ticks, first_start, \
    first_end, last_start, last_end, widest_gap, clock_error, first_error, last_error, sum) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) \
    ON CONFLICT (agent, probe, first_tick) DO UPDATE SET \
    last_tick = excluded.last_tick, ticks = excluded.ticks, last_start = excluded.last_start, \
    last_end = excluded.last_end, widest_gap = excluded.widest_gap, clock_error = excluded.clock_error, \
    last_error = excluded.last_error, sum = excluded.sum";
const UPSERT_SERIES: &str = "INSERT INTO series (agent, probe, horizon, trouble_until, late_tick, late_fast, last_tick, \
    last_plan, last_end, open_ticks, open, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT (agent, probe) DO UPDATE SET \
    horizon = excluded.horizon, trouble_until = excluded.trouble_until, late_tick = excluded.late_tick, \
    late_fast = excluded.late_fast, last_tick = excluded.last_tick, last_plan = excluded.last_plan, \
    last_end = excluded.last_end, open_ticks = excluded.open_ticks, open = excluded.open, sum = excluded.sum";

/// The probes of an agent that were ever folded.
pub(in crate::store) fn observed(db: &Db, agent: i64) -> Result<BTreeSet<i64>, Fault> {
    let sql = "SELECT probe FROM series WHERE agent = ?1";
    let found = db.list(sql, &values![agent], |row| row.get(0))?;
    Ok(found.into_iter().collect())
}

/// Takes up the fold of a series.
pub(in crate::store) fn resume(db: &Db, id: SeriesId) -> Result<Fold, Fault> {
    take_up(db, id).map(|(fold, _)| fold)
}

/// Takes up the fold of a series, to be put down again; says, too, where its last run begins if that is damaged.
pub(in crate::store) fn take_up(db: &Db, id: SeriesId) -> Result<(Fold, Option<Timestamp>), Fault> {
    let sql = "SELECT horizon, trouble_until, late_tick, late_fast, last_tick, last_plan, last_end, \
        open_ticks, open FROM series WHERE agent = ?1 AND probe = ?2";
    let found = db.find(sql, &values![id.agent, id.probe], |row| {
        Ok((read_mark(row)?, near::read((row.get(7)?, row.get(8)?))?))
    })?;
    let Some((mark, quiet)) = found else {
        return Ok((Fold::default(), None));
    };
    let mut open = rows_within(db, id, Interval::new(mark.horizon, Timestamp(i64::MAX)))?;
    open.extend(quiet);
    if let Some((tick, fast)) = mark.late {
        let instant = Interval::new(tick, tick + Millis(1));
        let late = ticks_within(db, id, instant)?;
        open.extend(late.into_iter().filter(|tick| tick.fast == fast));
    }
    let (run, sound) = last_run(db, id)?.unzip();
    let damaged = run.as_ref().filter(|_| sound == Some(false));
    let damaged = damaged.map(|run: &Run| run.first_tick);
    Ok((Fold::resume(mark, open, run), damaged))
}

fn read_mark(row: &Row<'_>) -> Result<Mark, Fault> {
    let instant = |value: Option<Timestamp>| value.unwrap_or(Timestamp(i64::MIN));
    let late: Option<Timestamp> = row.get(2)?;
    let last: Option<Timestamp> = row.get(4)?;
    let last = match last {
        Some(tick) => Some(Last {
            tick,
            plan: row.get(5)?,
            end: row.get(6)?,
        }),
        None => None,
    };
    Ok(Mark {
        horizon: instant(row.get(0)?),
        trouble_until: instant(row.get(1)?),
        late: late.zip(row.get(3)?),
        last,
    })
}

/// Puts a fold down that was taken up where `before` says: what it settled, what is open, and its mark. The run that begins at
/// `damaged` must not look sound because it has grown.
pub(in crate::store) fn put_down(
    db: &Db,
    id: SeriesId,
    (before, damaged): (Mark, Option<Timestamp>),
    fold: &mut Fold,
) -> Result<(), Fault> {
    let sql = "DELETE FROM tick WHERE agent = ?1 AND probe = ?2 AND tick >= ?3";
    db.execute(sql, &values![id.agent, id.probe, before.horizon])?;
    let settled = fold.take_settled();
    let mut quiet = Vec::new();
    for entry in &settled {
        match entry {
            Entry::Run(run) => upsert_run(db, id, run, damaged)?,
            Entry::Tick(tick) if tick.tick >= before.horizon && is_packable(tick) => {
                quiet.push(&**tick);
            }
            Entry::Tick(tick) => upsert_tick(db, id, tick)?,
        }
    }
    // A tick that came twice is the one with the lower number.
    quiet.sort_by_key(|tick: &&Tick| (tick.tick, tick.sequence));
    quiet.dedup_by_key(|tick| tick.tick);
    near::add(db, id, &quiet)?;
    if let Some(run) = fold.last_run() {
        upsert_run(db, id, run, damaged)?;
    }
    let mark = fold.mark();
    let mut open = Vec::new();
    for tick in fold.open() {
        let fits = open.len() < MAX_TICKS && tick.tick >= mark.horizon && is_packable(tick);
        if fits {
            open.push(tick);
        } else {
            upsert_tick(db, id, tick)?;
        }
    }
    let packed = near::packed(&open)?;
    let known = |at: Timestamp| (at.0 != i64::MIN).then_some(at);
    let late = mark.late;
    let last = mark.last;
    let mut row = values![
        id.agent,
        id.probe,
        known(mark.horizon),
        known(mark.trouble_until),
        late.map(|(tick, _)| tick),
        late.map(|(_, fast)| fast),
        last.map(|last| last.tick),
        last.map(|last| last.plan),
        last.map(|last| last.end),
        number(open.len() as u64)?,
        packed.as_deref(),
    ]
    .to_vec();
    row.extend(values![sums::of("series", row.iter().copied())]);
    db.execute(UPSERT_SERIES, &row)?;
    Ok(())
}

/// The settled ticks of a series in `window`, oldest first.
pub(in crate::store) fn ticks_within(
    db: &Db,
    id: SeriesId,
    window: Interval,
) -> Result<Vec<Tick>, Fault> {
    let rows = rows_within(db, id, window)?;
    Ok(near::merge(rows, near::within(db, id, window)?))
}

fn rows_within(db: &Db, id: SeriesId, window: Interval) -> Result<Vec<Tick>, Fault> {
    let sql = "SELECT * FROM tick WHERE agent = ?1 AND probe = ?2 AND tick >= ?3 AND tick < ?4 ORDER BY tick, fast";
    let place = values![id.agent, id.probe, window.start, window.end];
    db.list(sql, &place, |row| read_tick(&Columns::of("tick", row)))
}

/// Which probes of `agent` have a single tick in `window`; `None` if one is held, which others decide.
pub(in crate::store) fn troubled(
    db: &Db,
    agent: i64,
    window: Interval,
) -> Result<Option<BTreeSet<Name>>, Fault> {
    let held = "SELECT 1 FROM series WHERE series.agent = ?1 AND EXISTS (SELECT 1 FROM tick WHERE tick.agent = ?1 \
        AND tick.probe = series.probe AND tick.tick >= ?2 AND tick.tick < ?3 AND tick.verdict = 'held') LIMIT 1";
    let place = values![agent, window.start, window.end];
    if db.find(held, &place, |_| Ok(()))?.is_some() {
        return Ok(None);
    }
    let rows = "SELECT probe.name FROM series JOIN probe ON probe.id = series.probe WHERE series.agent = ?1 \
        AND EXISTS (SELECT 1 FROM tick WHERE tick.agent = ?1 AND tick.probe = series.probe AND tick.tick >= ?2 \
        AND tick.tick < ?3)";
    let mut found: BTreeSet<Name> = db
        .list(rows, &place, |row| row.get(0))?
        .into_iter()
        .collect();
    found.extend(near::troubled(db, agent, window)?);
    Ok(Some(found))
}

/// The runs of a series with a tick in `window`, newest first.
pub(in crate::store) fn runs_within(
    db: &Db,
    id: SeriesId,
    window: Interval,
) -> Result<Vec<Run>, Fault> {
    // Runs of a series do not overlap, so of those that begin before the window only the last can reach into it.
    let sql = "SELECT * FROM run WHERE agent = ?1 AND probe = ?2 AND first_tick < ?3 \
        AND first_tick >= COALESCE((SELECT max(first_tick) FROM run WHERE agent = ?1 AND probe = ?2 AND first_tick <= ?4), ?4) \
        AND last_tick >= ?4 ORDER BY first_tick DESC";
    let place = values![id.agent, id.probe, window.end, window.start];
    db.list(sql, &place, |row| read_run(&Columns::of("run", row)))
}

/// The last run of a series, and whether it is as it was written.
fn last_run(db: &Db, id: SeriesId) -> Result<Option<(Run, bool)>, Fault> {
    let sql = "SELECT * FROM run WHERE agent = ?1 AND probe = ?2 ORDER BY first_tick DESC LIMIT 1";
    db.find(sql, &values![id.agent, id.probe], |row| {
        Ok((
            read_run(&Columns::of("run", row))?,
            sums::is_sound("run", row)?,
        ))
    })
}

fn upsert_run(db: &Db, id: SeriesId, run: &Run, damaged: Option<Timestamp>) -> Result<(), Fault> {
    db.make_month(run.first_tick)?;
    // In the order of UPSERT_RUN.
    let mut row = values![
        id.agent,
        id.probe,
        run.first_tick,
        run.last_tick,
        run.plan,
        run.ticks,
        run.first.start,
        run.first.end,
        run.last.start,
        run.last.end,
        run.widest_gap,
        run.clock_error,
        run.first_error,
        run.last_error,
    ]
    .to_vec();
    let sum = sums::of("run", row.iter().copied());
    // Not the sum, so that it fits no more than before.
    let sum = if damaged == Some(run.first_tick) {
        !sum
    } else {
        sum
    };
    row.extend(values![sum]);
    db.execute(UPSERT_RUN, &row)?;
    Ok(())
}

fn upsert_tick(db: &Db, id: SeriesId, tick: &Tick) -> Result<(), Fault> {
    db.make_month(tick.tick)?;
    let account = tick.account.as_ref();
    // In the order of UPSERT_TICK, and of the schema but for what moves.
    let mut row = values![
        id.agent,
        id.probe,
        tick.tick,
        tick.fast,
        tick.plan,
        tick.due,
        tick.verdict.word(),
        tick.recovered,
        tick.slow,
        tick.class.map(Class::as_str),
        tick.step.as_ref().map(Name::as_str),
        tick.status,
        account.map(|account| &account.label),
        account.map(|account| account.credential_version),
        tick.evidence.start,
        tick.evidence.end,
        tick.last_evidence.start,
        tick.last_evidence.end,
        tick.attempts,
        tick.clock_error,
        tick.canary.word(),
        tick.second_resolver.map(Word::word),
        tick.detail.as_str(),
    ]
    .to_vec();
    let sum = sums::of("tick", row.iter().copied());
    row.extend(values![sum, number(tick.sequence)?]);
    db.execute(UPSERT_TICK, &row)?;
    Ok(())
}

fn read_tick(columns: &Columns<'_, '_>) -> Result<Tick, Fault> {
    Ok(Tick {
        plan: columns.get("plan")?,
        tick: columns.get("tick")?,
        due: columns.get("due")?,
        fast: columns.get("fast")?,
        verdict: columns.word("verdict")?,
        recovered: columns.get("recovered")?,
        slow: columns.get("slow")?,
        class: columns.class()?,
        step: columns.get("step")?,
        status: columns.get("status")?,
        account: columns.account()?,
        evidence: columns.interval("evidence_start", "evidence_end")?,
        last_evidence: columns.interval("last_evidence_start", "last_evidence_end")?,
        attempts: columns.get("attempts")?,
        sequence: columns.get("sequence")?,
        clock_error: columns.get("clock_error")?,
        canary: columns.word("canary")?,
        second_resolver: columns.word_or_none("second_resolver")?,
        detail: Detail::from(columns.get::<String>("detail")?),
    })
}

fn read_run(columns: &Columns<'_, '_>) -> Result<Run, Fault> {
    Ok(Run {
        plan: columns.get("plan")?,
        first_tick: columns.get("first_tick")?,
        last_tick: columns.get("last_tick")?,
        ticks: columns.get("ticks")?,
        first: columns.interval("first_start", "first_end")?,
        last: columns.interval("last_start", "last_end")?,
        widest_gap: columns.get("widest_gap")?,
        clock_error: columns.get("clock_error")?,
        first_error: columns.get("first_error")?,
        last_error: columns.get("last_error")?,
    })
}
