//! Tables `latency` and `latency_zone`: distributions by UTC hour, and by day and month of each zone.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension as _};

use super::code::number;
use super::entries::SeriesId;
use crate::histogram::{Key, Open, Sheet, Slice, Span, Wanted};
use crate::name::Name;
use crate::store::error::Fault;
use crate::time::{Interval, Timestamp};

const MERGED: &str = "SELECT packed FROM latency WHERE agent = ?1 AND span = ?2 AND zone = ?3 AND start = ?4 AND probe = ?5";
const ALL: &str = "SELECT probe, start, packed FROM latency WHERE agent = ?1 AND span = ?2 AND zone = ?3 \
    AND start >= ?4 AND start < ?5";
/// Jumps from one start to the next, so that it does not pass the rows of all other probes.
const OF_PROBE: &str = "WITH RECURSIVE starts (start) AS ( \
    SELECT min(start) FROM latency WHERE agent = ?1 AND span = ?2 AND zone = ?3 AND start >= ?4 AND start < ?5 \
    UNION ALL SELECT (SELECT min(start) FROM latency WHERE agent = ?1 AND span = ?2 AND zone = ?3 \
    AND start > starts.start AND start < ?5) FROM starts WHERE starts.start IS NOT NULL) \
    SELECT latency.probe, latency.start, packed FROM starts CROSS JOIN latency ON latency.agent = ?1 \
    AND latency.span = ?2 AND latency.zone = ?3 AND latency.start = starts.start AND latency.probe = ?6";

/// Adds to the distributions on record.
pub(in crate::store) fn merge(
    connection: &Connection,
    id: SeriesId,
    (zone, slice): (&str, Slice),
    mut more: Sheet,
) -> Result<(), Fault> {
    let (span, start) = (slice.span.as_str(), slice.start.0);
    let place = (id.agent, span, zone, start, id.probe);
    let known: Option<Vec<u8>> = connection
        .prepare_cached(MERGED)?
        .query_row(place, |row| row.get(0))
        .optional()?;
    if let Some(bytes) = known {
        more.merge(&Sheet::decode(&bytes)?);
    }
    let (good, failed) = more.counts();
    let sql = "INSERT OR REPLACE INTO latency VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let (good, failed) = (number(good)?, number(failed)?);
    let row = (
        id.agent,
        span,
        zone,
        start,
        id.probe,
        good,
        failed,
        more.encode(),
    );
    connection.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Slices of one length of an agent.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Slices<'a> {
    /// Whose.
    pub(in crate::store) agent: i64,
    /// How long.
    pub(in crate::store) span: Span,
    /// Whose days and months; `UTC` for hours.
    pub(in crate::store) zone: &'a str,
    /// Those that begin inside.
    pub(in crate::store) starts: Interval,
    /// Of one probe only.
    pub(in crate::store) probe: Option<i64>,
    /// Which distributions of them.
    pub(in crate::store) wanted: Wanted,
}

/// Adds the distributions of all probes that have a name in `probes` to `open`.
pub(in crate::store) fn within(
    connection: &Connection,
    slices: Slices<'_>,
    probes: &BTreeMap<i64, Name>,
    open: &mut Open,
) -> Result<(), Fault> {
    let sql = if slices.probe.is_some() {
        OF_PROBE
    } else {
        ALL
    };
    let mut statement = connection.prepare_cached(sql)?;
    let Interval { start, end } = slices.starts;
    let place = (
        slices.agent,
        slices.span.as_str(),
        slices.zone,
        start.0,
        end.0,
    );
    let mut rows = match slices.probe {
        None => statement.query(place)?,
        Some(probe) => {
            let (agent, span, zone, start, end) = place;
            statement.query((agent, span, zone, start, end, probe))?
        }
    };
    while let Some(row) = rows.next()? {
        let Some(probe) = probes.get(&row.get(0)?) else {
            continue;
        };
        let slice = Slice {
            span: slices.span,
            start: Timestamp(row.get(1)?),
        };
        let bytes = row.get_ref(2)?.as_blob().map_err(|_| odd("packed"))?;
        for (measure, distribution) in Sheet::pick(bytes, slices.wanted)? {
            let key = Key {
                probe: probe.clone(),
                measure,
                view: slices.wanted.view,
                slice,
            };
            match open.entry(key) {
                Entry::Vacant(vacant) => drop(vacant.insert(distribution)),
                Entry::Occupied(mut known) => known.get_mut().merge(&distribution),
            }
        }
    }
    Ok(())
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

fn odd(column: &str) -> Fault {
    Fault::Row {
        table: "latency",
        what: format!("{column} has an impossible value"),
    }
}
