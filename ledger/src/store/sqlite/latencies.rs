//! Table `latency`: distributions by UTC hour.

use rusqlite::{Connection, OptionalExtension as _};

use super::code::{Word as _, number};
use super::entries::SeriesId;
use crate::histogram::{Distribution, Key, Measure, View};
use crate::name::Name;
use crate::phases::Phase;
use crate::store::error::Fault;
use crate::time::{Interval, Timestamp};

/// What stands in `step` and `phase` of the whole attempt.
const TOTAL: &str = "total";
const ALL: &str = "SELECT step, phase, start, histogram FROM latency WHERE agent = ?1 AND probe = ?2 \
    AND span = 'hour' AND zone = 'UTC' AND view = ?3 AND start >= ?4 AND start < ?5";
const TOTALS: &str = "SELECT step, phase, start, histogram FROM latency WHERE agent = ?1 AND probe = ?2 \
    AND span = 'hour' AND zone = 'UTC' AND step = 'total' AND phase = 'total' AND view = ?3 AND start >= ?4 AND start < ?5";

/// Adds `more` to the distribution at `key`.
pub(in crate::store) fn merge(
    connection: &Connection,
    id: SeriesId,
    key: &Key,
    more: &Distribution,
) -> Result<(), Fault> {
    let (step, phase) = place(&key.measure);
    let view = key.view.as_str();
    let sql = "SELECT histogram FROM latency WHERE agent = ?1 AND probe = ?2 AND span = 'hour' AND zone = 'UTC' \
        AND step = ?3 AND phase = ?4 AND view = ?5 AND start = ?6";
    let known: Option<Vec<u8>> = connection
        .prepare_cached(sql)?
        .query_row((id.agent, id.probe, step, phase, view, key.hour.0), |row| {
            row.get(0)
        })
        .optional()?;
    let mut whole = match known {
        Some(bytes) => Distribution::decode(&bytes)?,
        None => Distribution::default(),
    };
    whole.merge(more);
    let sql =
        "INSERT OR REPLACE INTO latency VALUES (?1, ?2, 'hour', 'UTC', ?3, ?4, ?5, ?6, ?7, ?8)";
    let row = (
        id.agent,
        id.probe,
        step,
        phase,
        view,
        key.hour.0,
        number(whole.count())?,
        whole.encode(),
    );
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Which distributions of a series are wanted.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Wanted {
    /// Hours that begin inside.
    pub(in crate::store) hours: Interval,
    /// Which attempts.
    pub(in crate::store) view: View,
    /// Only [`Measure::Total`].
    pub(in crate::store) total_only: bool,
}

/// The wanted distributions of a series, in the order of their keys.
pub(in crate::store) fn within(
    connection: &Connection,
    id: SeriesId,
    probe: &Name,
    wanted: Wanted,
) -> Result<Vec<(Key, Distribution)>, Fault> {
    let sql = if wanted.total_only { TOTALS } else { ALL };
    let mut statement = connection.prepare_cached(sql)?;
    let hours = wanted.hours;
    let mut rows = statement.query((
        id.agent,
        id.probe,
        wanted.view.as_str(),
        hours.start.0,
        hours.end.0,
    ))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (step, phase): (String, String) = (row.get(0)?, row.get(1)?);
        let key = Key {
            probe: probe.clone(),
            measure: measure(&step, &phase)?,
            view: wanted.view,
            hour: Timestamp(row.get(2)?),
        };
        let bytes = row.get_ref(3)?.as_blob().map_err(|_| odd("histogram"))?;
        found.push((key, Distribution::decode(bytes)?));
    }
    Ok(found)
}

fn place(measure: &Measure) -> (&str, &'static str) {
    match measure {
        Measure::Total => (TOTAL, TOTAL),
        Measure::Phase { step, phase } => (step.as_str(), phase.as_str()),
    }
}

fn measure(step: &str, phase: &str) -> Result<Measure, Fault> {
    if phase == TOTAL {
        return Ok(Measure::Total);
    }
    Ok(Measure::Phase {
        step: Name::new(step).map_err(|_| odd("step"))?,
        phase: Phase::of_word("latency", phase)?,
    })
}

fn odd(column: &str) -> Fault {
    Fault::Row {
        table: "latency",
        what: format!("{column} has an impossible value"),
    }
}
