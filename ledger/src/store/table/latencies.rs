//! Tables `latency` and `latency_zone`: distributions by UTC hour, and by day and month of each zone.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use super::code::number;
use super::entries::SeriesId;
use super::sums;
use crate::histogram::{Key, Open, Sheet, Slice, Span, Wanted};
use crate::name::Name;
use crate::store::db::{Db, Row, values};
use crate::store::error::Fault;
use crate::time::{Interval, Millis, Timestamp};

/// The longest day of any zone.
const DAY: Millis = Millis::from_mins(25 * 60);

const MERGED: &str = "SELECT packed, good, failed, sum FROM latency WHERE agent = ?1 AND span = ?2 AND zone = ?3 AND start = ?4 AND probe = ?5";
const UPSERT: &str = "INSERT INTO latency (agent, span, zone, start, probe, good, failed, packed, sum) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT (agent, span, zone, start, probe) DO UPDATE SET \
    good = excluded.good, failed = excluded.failed, packed = excluded.packed, sum = excluded.sum";
const ALL: &str = "SELECT probe, start, packed FROM latency WHERE agent = ?1 AND span = ?2 AND zone = ?3 \
    AND start >= ?4 AND start < ?5";
/// Jumps from one start to the next, so that it does not pass the rows of all other probes.
const OF_PROBE: &str = "WITH RECURSIVE starts (start) AS ( \
    SELECT min(start) FROM latency WHERE agent = ?1 AND span = ?2 AND zone = ?3 AND start >= ?4 AND start < ?5 \
    UNION ALL SELECT (SELECT min(start) FROM latency WHERE agent = ?1 AND span = ?2 AND zone = ?3 \
    AND start > starts.start AND start < ?5) FROM starts WHERE starts.start IS NOT NULL) \
    SELECT latency.probe, latency.start, packed FROM starts CROSS JOIN latency WHERE latency.agent = ?1 \
    AND latency.span = ?2 AND latency.zone = ?3 AND latency.start = starts.start AND latency.probe = ?6";

/// All that was measured of a series over a slice, as it is to be on record.
pub(in crate::store) struct Packed<'z> {
    id: SeriesId,
    zone: &'z str,
    slice: Slice,
    good: i64,
    failed: i64,
    packed: Vec<u8>,
    sum: i64,
}

/// What is on record, and more.
pub(in crate::store) fn merged<'z>(
    db: &Db,
    id: SeriesId,
    (zone, slice): (&'z str, Slice),
    mut more: Sheet,
) -> Result<Packed<'z>, Fault> {
    let (span, start) = (slice.span.as_str(), slice.start);
    let place = values![id.agent, span, zone, start, id.probe];
    let known = db.find(MERGED, &place, |row| {
        let (packed, good, failed): (&[u8], i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let rest = values![good, failed, packed];
        let expected = sums::of("latency", place.iter().chain(&rest).copied());
        let sum: Option<i64> = row.get(3)?;
        Ok((
            Sheet::decode(packed)?,
            sum.is_some_and(|sum| sum != expected),
        ))
    })?;
    let mut damaged = false;
    if let Some((known, odd)) = known {
        more.merge(&known);
        damaged = odd;
    }
    let (good, failed) = more.counts();
    let (good, failed) = (number(good)?, number(failed)?);
    let packed = more.encode();
    let rest = values![good, failed, &packed];
    let sum = sums::of("latency", place.iter().chain(&rest).copied());
    Ok(Packed {
        id,
        zone,
        slice,
        good,
        failed,
        packed,
        // What is damaged must not look sound because more was added to it.
        sum: if damaged { !sum } else { sum },
    })
}

impl Packed<'_> {
    /// Where it stands in the table.
    pub(in crate::store) const fn place(&self) -> (&'static str, &str, Timestamp, i64) {
        let (span, start) = (self.slice.span.as_str(), self.slice.start);
        (span, self.zone, start, self.id.probe)
    }

    /// Puts it on record. Part of the caller's transaction.
    pub(in crate::store) fn write(&self, db: &Db) -> Result<(), Fault> {
        let (span, zone, start, probe) = self.place();
        db.make_month(start)?;
        let (agent, packed) = (self.id.agent, &self.packed);
        let row = values![
            agent,
            span,
            zone,
            start,
            probe,
            self.good,
            self.failed,
            packed,
            self.sum,
        ];
        db.execute(UPSERT, &row)?;
        Ok(())
    }
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
    pub(in crate::store) wanted: &'a [Wanted],
}

/// Adds the distributions of all probes that have a name in `probes` to `open`.
pub(in crate::store) fn within(
    db: &Db,
    slices: Slices<'_>,
    probes: &BTreeMap<i64, Name>,
    open: &mut Open,
) -> Result<(), Fault> {
    let Interval { start, end } = slices.starts;
    let (agent, span, zone) = (slices.agent, slices.span.as_str(), slices.zone);
    let mut take = |row: &Row<'_>| slices.take(row, probes, open);
    match slices.probe {
        None => db.each(ALL, &values![agent, span, zone, start, end], &mut take),
        Some(probe) => {
            let place = values![agent, span, zone, start, end, probe];
            db.each(OF_PROBE, &place, &mut take)
        }
    }
}

impl Slices<'_> {
    fn take(
        &self,
        row: &Row<'_>,
        probes: &BTreeMap<i64, Name>,
        open: &mut Open,
    ) -> Result<(), Fault> {
        let Some(probe) = probes.get(&row.get(0)?) else {
            return Ok(());
        };
        let slice = Slice {
            span: self.span,
            start: row.get(1)?,
        };
        let packed = row.blob(2)?;
        for wanted in self.wanted {
            for (measure, distribution) in Sheet::pick(packed, *wanted)? {
                let key = Key {
                    probe: probe.clone(),
                    measure,
                    view: wanted.view,
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
}

/// Drops the hours of an agent before `limit` that stand in whole days of some zone, too.
pub(in crate::store) fn drop_hours(db: &Db, agent: i64, limit: Timestamp) -> Result<(), Fault> {
    let Some(from) = whole_days_from(db, agent)? else {
        return Ok(());
    };
    let sql = "DELETE FROM latency WHERE agent = ?1 AND span = ?2 AND zone = 'UTC' AND start >= ?3 AND start < ?4";
    db.execute(sql, &values![agent, Span::Hour.as_str(), from, limit])?;
    Ok(())
}

/// The oldest hour of an agent that [`drop_hours`] may drop next; `None` if it may drop none.
pub(in crate::store) fn droppable(db: &Db, agent: i64) -> Result<Option<Timestamp>, Fault> {
    let Some(from) = whole_days_from(db, agent)? else {
        return Ok(None);
    };
    let sql = "SELECT min(start) FROM latency WHERE agent = ?1 AND span = ?2 AND zone = 'UTC' AND start >= ?3";
    let oldest: Option<Timestamp> =
        db.one(sql, &values![agent, Span::Hour.as_str(), from], |row| {
            row.get(0)
        })?;
    Ok(Some(oldest.unwrap_or(Timestamp(i64::MAX))))
}

/// From where on each hour lies in a whole day of some zone. A day is no longer than 25 hours.
fn whole_days_from(db: &Db, agent: i64) -> Result<Option<Timestamp>, Fault> {
    let sql = "SELECT min(since) FROM latency_zone WHERE agent = ?1";
    let since: Option<Timestamp> = db.one(sql, &values![agent], |row| row.get(0))?;
    Ok(since.map(|since| Timestamp(since.0.saturating_add(DAY.0))))
}

/// Notes that days and months of `zones` are kept from now on: those that begin at or after `since`, or all of them.
pub(in crate::store) fn begin(
    db: &Db,
    agent: i64,
    zones: &BTreeSet<String>,
    since: Option<Timestamp>,
) -> Result<(), Fault> {
    let since = since.unwrap_or(Timestamp(i64::MIN));
    let sql = "INSERT INTO latency_zone (agent, zone, since, sum) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING";
    for zone in zones {
        let mut row = values![agent, zone, since].to_vec();
        row.extend(values![sums::of("latency_zone", row.iter().copied())]);
        db.execute(sql, &row)?;
    }
    Ok(())
}

/// Since when days and months of a zone are whole; `None` if none are kept.
pub(in crate::store) fn since(db: &Db, agent: i64, zone: &str) -> Result<Option<Timestamp>, Fault> {
    let sql = "SELECT since FROM latency_zone WHERE agent = ?1 AND zone = ?2";
    db.find(sql, &values![agent, zone], |row| row.get(0))
}
