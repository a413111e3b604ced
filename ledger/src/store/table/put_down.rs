//! A fold that is put down: the rows of `run`, `tick`, `near` and `series` that it comes to, worked out before they are written.

use super::code::{Word, number};
use super::entries::{Before, SeriesId};
use super::near::{self, Part};
use super::sums;
use crate::name::Name;
use crate::run::{Entry, Fold, Mark, Run, Tick};
use crate::store::db::{Db, Value, values};
use crate::store::error::Fault;
use crate::time::Timestamp;
use crate::verdict::Class;
use crate::wire::near::{MAX_TICKS, is_packable};

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
    last_plan, last_end, again_tick, again_fast, open_ticks, open, sum) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14) ON CONFLICT (agent, probe) DO UPDATE SET \
    horizon = excluded.horizon, trouble_until = excluded.trouble_until, late_tick = excluded.late_tick, \
    late_fast = excluded.late_fast, last_tick = excluded.last_tick, last_plan = excluded.last_plan, \
    last_end = excluded.last_end, again_tick = excluded.again_tick, again_fast = excluded.again_fast, open_ticks = excluded.open_ticks, open = excluded.open, sum = excluded.sum";

/// What a fold settled, what is open, and its mark.
pub(in crate::store) struct PutDown {
    id: SeriesId,
    /// Rows of open ticks from here on are told anew.
    anew: Option<Timestamp>,
    /// In the order in which they were settled, the open ones last, with their sums.
    entries: Vec<(Entry, i64)>,
    near: Vec<Part>,
    mark: Mark,
    open: (i64, Option<Vec<u8>>),
    sum: i64,
}

impl PutDown {
    /// Puts a fold down that was taken up where `before` says.
    pub(in crate::store) fn of(
        id: SeriesId,
        before: Before,
        fold: &mut Fold,
    ) -> Result<Self, Fault> {
        let horizon = before.mark.horizon;
        let (mut entries, mut quiet) = (Vec::new(), Vec::new());
        for entry in fold.take_settled() {
            match entry {
                Entry::Tick(tick) if tick.tick >= horizon && is_packable(&tick) => {
                    quiet.push(tick);
                }
                other => entries.push(other),
            }
        }
        // A tick that came twice is the one with the lower number.
        quiet.sort_by_key(|tick| (tick.tick, tick.sequence));
        quiet.dedup_by_key(|tick| tick.tick);
        let quiet: Vec<&Tick> = quiet.iter().map(|tick| &**tick).collect();
        entries.extend(fold.last_run().cloned().map(Entry::Run));
        let mark = fold.mark();
        let mut open = Vec::new();
        for tick in fold.open() {
            let fits = open.len() < MAX_TICKS && tick.tick >= mark.horizon && is_packable(tick);
            if fits {
                open.push(tick);
            } else {
                entries.push(Entry::Tick(Box::new(tick.clone())));
            }
        }
        let entries = entries.into_iter().map(|entry| {
            let sum = sum_of(id, &entry, before.damaged);
            (entry, sum)
        });
        let entries = entries.collect();
        let open = (number(open.len() as u64)?, near::packed(&open)?);
        Ok(Self {
            id,
            anew: before.rows.then_some(horizon),
            entries,
            near: near::packed_parts(id, &quiet)?,
            mark,
            sum: sums::of("series", series_row(id, mark, &open)),
            open,
        })
    }

    /// Writes it. Part of the caller's transaction.
    pub(in crate::store) fn write(&self, db: &Db) -> Result<(), Fault> {
        let id = self.id;
        if let Some(horizon) = self.anew {
            let sql = "DELETE FROM tick WHERE agent = ?1 AND probe = ?2 AND tick >= ?3";
            db.execute(sql, &values![id.agent, id.probe, horizon])?;
        }
        for (entry, sum) in &self.entries {
            match entry {
                Entry::Run(run) => upsert_run(db, id, (run, *sum))?,
                Entry::Tick(tick) => upsert_tick(db, id, (tick, *sum))?,
            }
        }
        for part in &self.near {
            part.insert(db, id)?;
        }
        let mut row = series_row(id, self.mark, &self.open).to_vec();
        row.extend(values![self.sum]);
        db.execute(UPSERT_SERIES, &row)?;
        Ok(())
    }
}

/// The sum of a row. A run that is `damaged` gets one that does not fit.
fn sum_of(id: SeriesId, entry: &Entry, damaged: Option<Timestamp>) -> i64 {
    match entry {
        Entry::Run(run) => {
            let sum = sums::of("run", run_row(id, run));
            match damaged == Some(run.first_tick) {
                true => !sum,
                false => sum,
            }
        }
        Entry::Tick(tick) => sums::of("tick", tick_row(id, tick)),
    }
}

/// In the order of [`UPSERT_SERIES`] and of the schema, without the sum.
fn series_row<'p>(
    id: SeriesId,
    mark: Mark,
    (open, packed): &'p (i64, Option<Vec<u8>>),
) -> [Value<'p>; 13] {
    let known = |at: Timestamp| (at.0 != i64::MIN).then_some(at);
    let Mark {
        late, last, again, ..
    } = mark;
    values![
        id.agent,
        id.probe,
        known(mark.horizon),
        known(mark.trouble_until),
        late.map(|(tick, _)| tick),
        late.map(|(_, fast)| fast),
        last.map(|last| last.tick),
        last.map(|last| last.plan),
        last.map(|last| last.end),
        again.map(|(tick, _)| tick),
        again.map(|(_, fast)| fast),
        *open,
        packed.as_deref(),
    ]
}

/// In the order of [`UPSERT_RUN`] and of the schema, without the sum.
fn run_row(id: SeriesId, run: &Run) -> [Value<'static>; 14] {
    values![
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
}

/// In the order of [`UPSERT_TICK`] and of the schema, without the sum and what moves.
fn tick_row(id: SeriesId, tick: &Tick) -> [Value<'_>; 23] {
    let account = tick.account.as_ref();
    values![
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
}

fn upsert_run(db: &Db, id: SeriesId, (run, sum): (&Run, i64)) -> Result<(), Fault> {
    db.make_month(run.first_tick)?;
    let mut row = run_row(id, run).to_vec();
    row.extend(values![sum]);
    db.execute(UPSERT_RUN, &row)?;
    Ok(())
}

fn upsert_tick(db: &Db, id: SeriesId, (tick, sum): (&Tick, i64)) -> Result<(), Fault> {
    db.make_month(tick.tick)?;
    let mut row = tick_row(id, tick).to_vec();
    row.extend(values![sum, number(tick.sequence)?]);
    db.execute(UPSERT_TICK, &row)?;
    Ok(())
}
