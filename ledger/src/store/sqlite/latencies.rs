//! Tables `latency` and `latency_zone`: distributions by UTC hour, and by day and month of each zone.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension as _};

use super::code::{Word as _, number};
use super::entries::SeriesId;
use crate::histogram::{Distribution, Encoder, Key, Measure, Slice, Span, View};
use crate::name::Name;
use crate::phases::Phase;
use crate::store::error::Fault;
use crate::time::{Interval, Timestamp};

/// What stands in `step` and `phase` of the whole attempt.
const TOTAL: &str = "total";
const ALL: &str = "SELECT step, phase, start, histogram FROM latency WHERE agent = ?1 AND probe = ?2 \
    AND span = ?3 AND zone = ?4 AND view = ?5 AND start >= ?6 AND start < ?7";
const TOTALS: &str = "SELECT step, phase, start, histogram FROM latency WHERE agent = ?1 AND probe = ?2 \
    AND span = ?3 AND zone = ?4 AND step = 'total' AND phase = 'total' AND view = ?5 AND start >= ?6 AND start < ?7";

/// Adds to the distributions on record, one after the other.
#[derive(Debug)]
pub(in crate::store) struct Merging<'a> {
    connection: &'a Connection,
    encoder: Encoder,
}

impl<'a> Merging<'a> {
    /// Ready to add through `connection`.
    pub(in crate::store) fn through(connection: &'a Connection) -> Self {
        Self {
            connection,
            encoder: Encoder::new(),
        }
    }

    /// Adds `more` to the distribution at `key` in `zone`.
    pub(in crate::store) fn merge(
        &mut self,
        id: SeriesId,
        (zone, key): (&str, &Key),
        more: &Distribution,
    ) -> Result<(), Fault> {
        let (step, phase) = place(&key.measure);
        let view = key.view.as_str();
        let (span, start) = (key.slice.span.as_str(), key.slice.start.0);
        let sql = "SELECT histogram FROM latency WHERE agent = ?1 AND probe = ?2 AND span = ?3 AND zone = ?4 \
        AND step = ?5 AND phase = ?6 AND view = ?7 AND start = ?8";
        let place = (id.agent, id.probe, span, zone, step, phase, view, start);
        let known: Option<Vec<u8>> = self
            .connection
            .prepare_cached(sql)?
            .query_row(place, |row| row.get(0))
            .optional()?;
        let mut whole = match known {
            Some(bytes) => Distribution::decode(&bytes)?,
            None => Distribution::default(),
        };
        whole.merge(more);
        let sql = "INSERT OR REPLACE INTO latency VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let row = (
            id.agent,
            id.probe,
            span,
            zone,
            step,
            phase,
            view,
            start,
            number(whole.count())?,
            self.encoder.encode(&whole),
        );
        self.connection.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }
}

/// Which distributions of a series are wanted.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Wanted<'a> {
    /// How long.
    pub(in crate::store) span: Span,
    /// Whose days and months; `UTC` for hours.
    pub(in crate::store) zone: &'a str,
    /// Those that begin inside.
    pub(in crate::store) starts: Interval,
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
    wanted: Wanted<'_>,
) -> Result<Vec<(Key, Distribution)>, Fault> {
    let sql = if wanted.total_only { TOTALS } else { ALL };
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query((
        id.agent,
        id.probe,
        wanted.span.as_str(),
        wanted.zone,
        wanted.view.as_str(),
        wanted.starts.start.0,
        wanted.starts.end.0,
    ))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (step, phase): (String, String) = (row.get(0)?, row.get(1)?);
        let key = Key {
            probe: probe.clone(),
            measure: measure(&step, &phase)?,
            view: wanted.view,
            slice: Slice {
                span: wanted.span,
                start: Timestamp(row.get(2)?),
            },
        };
        let bytes = row.get_ref(3)?.as_blob().map_err(|_| odd("histogram"))?;
        found.push((key, Distribution::decode(bytes)?));
    }
    Ok(found)
}

/// Notes that days and months of `zones` are kept from now on: those that begin at or after `since`, or all of them.
pub(in crate::store) fn begin(
    connection: &Connection,
    agent: i64,
    zones: &BTreeSet<String>,
    since: Option<Timestamp>,
) -> Result<(), Fault> {
    let since = since.map_or(i64::MIN, |since| since.0);
    let sql = "INSERT INTO latency_zone VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
    let mut statement = connection.prepare_cached(sql)?;
    for zone in zones {
        statement.execute((agent, zone, since))?;
    }
    Ok(())
}

/// Since when days and months of a zone are whole; `None` if none are kept.
pub(in crate::store) fn since(
    connection: &Connection,
    agent: i64,
    zone: &str,
) -> Result<Option<Timestamp>, Fault> {
    let sql = "SELECT since FROM latency_zone WHERE agent = ?1 AND zone = ?2";
    let found = connection.query_row(sql, (agent, zone), |row| row.get(0));
    Ok(found.optional()?.map(Timestamp))
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
