//! From attempts to runs, ticks and histograms: one repeatable step that moves the agent's mark.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::Folded;
use super::cells::{Cells, Heard};
use super::db::Db;
use super::error::Fault;
use super::planned::Planned;
use super::table::entries::SeriesId;
use super::table::{self, again, agents, entries, latencies};
use crate::attempt::{Attempt, Kind};
use crate::histogram::{self, Open, Pace, Slice};
use crate::name::Name;
use crate::run::{Fold, Grids, Mark};
use crate::time::{Millis, Timestamp};
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
    let mut all: BTreeMap<Name, Series<'_>> = BTreeMap::new();
    let mut cells = Cells::new(planned.zones());
    for attempt in attempts {
        let series = match all.entry(attempt.probe.clone()) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(vacant) => {
                let probe = agents::place_probe(db, &attempt.probe)?;
                let id = SeriesId { agent, probe };
                vacant.insert(Series::resume(db, id, planned.grids(&attempt.probe))?)
            }
        };
        let (id, fold) = (series.id, (&mut series.fold, series.grids));
        if !again::push(db, id, fold, attempt)? {
            continue;
        }
        let cell = cells.of(attempt.tick);
        if let Some(pace) = series.pace(attempt, planned) {
            let heard = series.heard.entry(cell.start).or_default();
            histogram::measure(attempt, pace, |measure, view, latency| {
                heard.entry((measure, view)).or_default().push(latency);
            });
        }
    }
    for series in all.values_mut() {
        let before = (series.mark, series.damaged);
        entries::put_down(db, series.id, before, &mut series.fold)?;
    }
    // A zone that is new to a record with a past begins with the first day after what is folded now.
    let since = attempts.iter().map(|attempt| attempt.tick).max();
    let since = since.filter(|_| before > 1).map(|last| last + Millis(1));
    latencies::begin(db, agent, planned.zones(), since)?;
    for series in all.into_values() {
        for (place, sheet) in cells.spread(series.heard) {
            latencies::merge(db, series.id, place, sheet)?;
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

/// A series that is being folded.
struct Series<'p> {
    id: SeriesId,
    grids: &'p Grids,
    mark: Mark,
    damaged: Option<Timestamp>,
    fold: Fold,
    pace: Option<(u32, Pace)>,
    heard: BTreeMap<Timestamp, Heard>,
}

impl<'p> Series<'p> {
    fn resume(db: &Db, id: SeriesId, grids: &'p Grids) -> Result<Self, Fault> {
        let (fold, damaged) = entries::take_up(db, id)?;
        Ok(Self {
            id,
            grids,
            mark: fold.mark(),
            damaged,
            fold,
            pace: None,
            heard: BTreeMap::new(),
        })
    }

    /// The pace of its probe under the attempt's plan, which is mostly the one before.
    fn pace(&mut self, attempt: &Attempt, planned: &Planned) -> Option<Pace> {
        let version = attempt.plan;
        if self.pace.is_none_or(|(known, _)| known != version) {
            let pace = planned.pace(version, &attempt.probe)?;
            self.pace = Some((version, pace));
        }
        self.pace.map(|(_, pace)| pace)
    }
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
