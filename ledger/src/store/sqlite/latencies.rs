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
const VIEWS: [View; 2] = [View::Success, View::Experienced];

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

/// The distributions of a series whose hour begins in `hours`, of one view, in the order of their keys.
pub(in crate::store) fn within(
    connection: &Connection,
    id: SeriesId,
    probe: &Name,
    hours: Interval,
) -> Result<Vec<(Key, Distribution)>, Fault> {
    let sql = "SELECT step, phase, view, start, histogram FROM latency WHERE agent = ?1 AND probe = ?2 \
        AND span = 'hour' AND zone = 'UTC' AND start >= ?3 AND start < ?4";
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((id.agent, id.probe, hours.start.0, hours.end.0))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (step, phase, view): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let view = VIEWS.into_iter().find(|known| known.as_str() == view);
        let key = Key {
            probe: probe.clone(),
            measure: measure(&step, &phase)?,
            view: view.ok_or_else(|| odd("view"))?,
            hour: Timestamp(row.get(3)?),
        };
        let bytes = row.get_ref(4)?.as_blob().map_err(|_| odd("histogram"))?;
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
