//! From attempts to runs, ticks and histograms: one repeatable step that moves the agent's mark.

use std::collections::BTreeMap;

use super::Folded;
use super::cells::Cells;
use super::db::Db;
use super::error::Fault;
use super::planned::Planned;
use super::table::entries::SeriesId;
use super::table::{self, agents, entries, latencies};
use crate::attempt::{Attempt, Kind};
use crate::histogram::{self, Open, Slice};
use crate::name::Name;
use crate::run::{Fold, Mark};
use crate::time::Millis;
use crate::verdict::Verdict;

/// Folds all attempts from number `before` on; returns the new mark and what there was. Part of the caller's transaction.
pub(super) fn fold(
    db: &Db,
    agent: i64,
    before: u64,
    planned: &Planned,
) -> Result<(u64, Folded), Fault> {
    let attempts = table::attempts_since(db, agent, before)?;
    let Some(last) = attempts.last() else {
        return Ok((before, Folded::Nothing));
    };
    let after = last.sequence + 1;
    let folded = fold_these(db, agent, &attempts, (before, after), planned)?;
    Ok((after, folded))
}

/// Folds `attempts`, which are all that there are from number `before` to before `after`, and moves the mark there.
pub(super) fn fold_these(
    db: &Db,
    agent: i64,
    attempts: &[Attempt],
    (before, after): (u64, u64),
    planned: &Planned,
) -> Result<Folded, Fault> {
    let mut series: BTreeMap<Name, (SeriesId, Mark, Fold)> = BTreeMap::new();
    let mut cells = Cells::new(planned.zones());
    let mut open = Open::new();
    for attempt in attempts {
        let (_, _, fold) = match series.entry(attempt.probe.clone()) {
            std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::btree_map::Entry::Vacant(vacant) => {
                let probe = agents::place_probe(db, &attempt.probe)?;
                let id = SeriesId { agent, probe };
                let fold = entries::resume(db, id)?;
                vacant.insert((id, fold.mark(), fold))
            }
        };
        fold.push(attempt, planned.grids(&attempt.probe));
        let slice = cells.of(attempt.tick);
        record(&mut open, attempt, planned, slice);
    }
    for (id, mark, fold) in series.values_mut() {
        entries::put_down(db, *id, *mark, fold)?;
    }
    // A zone that is new to a record with a past begins with the first day after what is folded now.
    let since = attempts.iter().map(|attempt| attempt.tick).max();
    let since = since.filter(|_| before > 1).map(|last| last + Millis(1));
    latencies::begin(db, agent, planned.zones(), since)?;
    for ((probe, zone, slice), sheet) in cells.spread(&open) {
        if let Some((id, ..)) = series.get(&probe) {
            latencies::merge(db, *id, (zone, slice), sheet)?;
        }
    }
    agents::move_mark(db, agent, after)?;
    let quiet = attempts.iter().all(is_quiet);
    let folded = if quiet {
        Folded::Quiet
    } else {
        Folded::Trouble
    };
    Ok(folded)
}

fn is_quiet(attempt: &Attempt) -> bool {
    attempt.verdict == Verdict::Good && attempt.kind == Kind::Base && !attempt.slow
}

/// Counts an attempt in the open histograms over `slice`.
pub(super) fn record(open: &mut Open, attempt: &Attempt, planned: &Planned, slice: Slice) {
    if let Some(pace) = planned.pace(attempt.plan, &attempt.probe) {
        histogram::record(open, attempt, pace, slice);
    }
}
