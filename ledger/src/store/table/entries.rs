//! Tables `run`, `tick` and `series`: what the engine reads, and where the fold of each series stands.
//!
//! Quiet ticks are no rows of `tick`: settled ones stand in table `near`, many in one row, and open ones, which may still
//! change, in their `series`. Those that come late for what is settled are rows.

use std::collections::BTreeSet;

use super::code::Columns;
use super::{near, sums};
use crate::attempt::Detail;
use crate::run::{Fold, Last, Mark, Run, Tick};
use crate::store::db::{Db, Row, values};
use crate::store::error::Fault;
use crate::time::{Interval, Millis, Timestamp};

/// One agent and probe, by their places in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::store) struct SeriesId {
    pub(in crate::store) agent: i64,
    pub(in crate::store) probe: i64,
}

/// Where a fold was taken up, as far as it matters when it is put down.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::store) struct Before {
    pub(in crate::store) mark: Mark,
    /// Whether ticks that are open stand in rows.
    pub(in crate::store) rows: bool,
    /// Where the last run begins if it is damaged. It must not look sound because it has grown.
    pub(in crate::store) damaged: Option<Timestamp>,
}

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

/// Takes up the fold of a series, to be put down again.
pub(in crate::store) fn take_up(db: &Db, id: SeriesId) -> Result<(Fold, Before), Fault> {
    let sql = "SELECT horizon, trouble_until, late_tick, late_fast, last_tick, last_plan, last_end, \
        again_tick, again_fast, open_ticks, open FROM series WHERE agent = ?1 AND probe = ?2";
    let found = db.find(sql, &values![id.agent, id.probe], |row| {
        Ok((read_mark(row)?, near::read((row.get(9)?, row.get(10)?))?))
    })?;
    let Some((mark, quiet)) = found else {
        return Ok((Fold::default(), Before::default()));
    };
    let mut open = rows_within(db, id, Interval::new(mark.horizon, Timestamp(i64::MAX)))?;
    let rows = !open.is_empty();
    open.extend(quiet);
    if let Some((tick, fast)) = mark.late {
        let instant = Interval::new(tick, tick + Millis(1));
        let late = ticks_within(db, id, instant)?;
        open.extend(late.into_iter().filter(|tick| tick.fast == fast));
    }
    let (run, sound) = last_run(db, id)?.unzip();
    let damaged = run.as_ref().filter(|_| sound == Some(false));
    let before = Before {
        mark,
        rows,
        damaged: damaged.map(|run: &Run| run.first_tick),
    };
    Ok((Fold::resume(mark, open, run), before))
}

fn read_mark(row: &Row<'_>) -> Result<Mark, Fault> {
    let instant = |value: Option<Timestamp>| value.unwrap_or(Timestamp(i64::MIN));
    let late: Option<Timestamp> = row.get(2)?;
    let last: Option<Timestamp> = row.get(4)?;
    let again: Option<Timestamp> = row.get(7)?;
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
        again: again.zip(row.get(8)?),
    })
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
