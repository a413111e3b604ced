//! Attempts that came twice: an agent that was set back sends what waited then once more, under other numbers.

use super::entries::{SeriesId, runs_within, ticks_within};
use crate::attempt::{Attempt, Kind};
use crate::run::{Fold, Grids};
use crate::store::db::Db;
use crate::store::error::Fault;
use crate::time::{Interval, Millis};

/// Gives an attempt to the fold of its series; says whether its tick was new. One that came before counts for nothing, in no
/// row and in no histogram.
pub(in crate::store) fn push(
    db: &Db,
    id: SeriesId,
    (fold, grids): (&mut Fold, &Grids),
    attempt: &Attempt,
) -> Result<bool, Fault> {
    // What is settled stands in the tables, and hardly anything comes so late.
    if fold.is_late(attempt) && is_known(db, id, attempt, grids)? {
        fold.pass_over(attempt);
        return Ok(false);
    }
    Ok(fold.push(attempt, grids))
}

/// Whether the tables tell of the tick of a primary attempt.
fn is_known(db: &Db, id: SeriesId, attempt: &Attempt, grids: &Grids) -> Result<bool, Fault> {
    let instant = Interval::new(attempt.tick, attempt.tick + Millis(1));
    let fast = attempt.kind == Kind::Fast;
    let ticks = ticks_within(db, id, instant)?;
    if ticks.iter().any(|tick| tick.fast == fast) {
        return Ok(true);
    }
    if fast {
        return Ok(false);
    }
    let runs = runs_within(db, id, instant)?;
    Ok(runs.iter().any(|run| run.has(attempt.tick, grids)))
}
