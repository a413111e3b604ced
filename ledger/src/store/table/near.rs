//! Table `near`: quiet ticks near trouble, packed. Nothing changes them any more; table `tick` has all others.

use super::code::number;
use super::entries::SeriesId;
use super::{attempts, batches, sums};
use crate::run::Tick;
use crate::store::db::{Db, Value, values};
use crate::store::error::Fault;
use crate::time::{Interval, Timestamp};
use crate::wire::WireError;
use crate::wire::near::{SPAN, pack, parts, unpack};

/// Some ticks of a series, packed.
pub(super) struct Part {
    ticks: Interval,
    count: i64,
    packed: Vec<u8>,
    sum: i64,
}

/// Ticks of a series, oldest first, in as many values as they need.
pub(super) fn packed_parts(id: SeriesId, ticks: &[&Tick]) -> Result<Vec<Part>, Fault> {
    let part = |ticks: &[&Tick]| {
        let (Some(first), Some(last)) = (ticks.first(), ticks.last()) else {
            return Ok(None);
        };
        let ticks_in = Interval::new(first.tick, last.tick);
        let count = number(ticks.len() as u64)?;
        let packed = pack(ticks).map_err(|error| odd(&error))?;
        let row = values![id.agent, id.probe, first.tick, last.tick, count, &packed];
        Ok(Some(Part {
            sum: sums::of("near", row),
            ticks: ticks_in,
            count,
            packed,
        }))
    };
    parts(ticks)
        .filter_map(|ticks| part(ticks).transpose())
        .collect()
}

impl Part {
    /// Adds it to its series; it must be later than all that the series has here.
    pub(super) fn insert(&self, db: &Db, id: SeriesId) -> Result<(), Fault> {
        let sql = "INSERT INTO near (agent, probe, first_tick, last_tick, ticks, packed, sum) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let Interval { start, end } = self.ticks;
        db.make_month(start)?;
        let (count, packed) = (self.count, &self.packed);
        let row = values![id.agent, id.probe, start, end, count, packed, self.sum];
        db.execute(sql, &row)?;
        Ok(())
    }
}

/// Ticks in one value; `None` for none.
pub(super) fn packed(ticks: &[&Tick]) -> Result<Option<Vec<u8>>, Fault> {
    if ticks.is_empty() {
        return Ok(None);
    }
    pack(ticks).map(Some).map_err(|error| odd(&error))
}

/// So many ticks from one value.
pub(super) fn read((count, packed): (u32, Option<&[u8]>)) -> Result<Vec<Tick>, Fault> {
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let ticks = packed.map_or(Ok(Vec::new()), |packed| unpack(packed, count));
    ticks.map_err(|error| odd(&error))
}

/// The ticks of a series in `window`, oldest first.
pub(super) fn within(db: &Db, id: SeriesId, window: Interval) -> Result<Vec<Tick>, Fault> {
    let sql = "SELECT ticks, packed FROM near WHERE agent = ?1 AND probe = ?2 AND first_tick >= ?3 AND first_tick < ?4 \
        AND last_tick >= ?5 ORDER BY first_tick";
    let from = Timestamp(window.start.0.saturating_sub(SPAN.0));
    let place = values![id.agent, id.probe, from, window.end, window.start];
    let mut ticks = Vec::new();
    db.each(sql, &place, &mut |row| {
        let unpacked = read((row.get(0)?, row.get(1)?))?;
        ticks.extend(
            unpacked
                .into_iter()
                .filter(|tick| window.contains(tick.tick)),
        );
        Ok(())
    })?;
    Ok(ticks)
}

/// Adds `shift` to the numbers of the ticks of `agent` from attempt `first` on, settled or open.
pub(super) fn renumber(db: &Db, agent: i64, (first, shift): (u64, u64)) -> Result<(), Fault> {
    let oldest = [
        batches::ticks(db, agent, first)?,
        attempts::ticks(db, agent, first)?,
    ];
    let Some(oldest) = oldest.into_iter().flatten().map(|(oldest, _)| oldest).min() else {
        return Ok(());
    };
    let from = Timestamp(oldest.0.saturating_sub(SPAN.0));
    let sql = "SELECT probe, first_tick, ticks, packed FROM near WHERE agent = ?1 AND first_tick >= ?2 AND last_tick >= ?3";
    let settled: Vec<(i64, Timestamp, Vec<Tick>)> =
        db.list(sql, &values![agent, from, oldest], |row| {
            Ok((row.get(0)?, row.get(1)?, read((row.get(2)?, row.get(3)?))?))
        })?;
    for (probe, first_tick, ticks) in settled {
        if let Some(packed) = shifted(ticks, (first, shift))? {
            let key = "agent = ?1 AND probe = ?2 AND first_tick = ?3";
            let place = values![agent, probe, first_tick];
            repack(db, ("near", "packed", key), &place, &packed)?;
        }
    }
    let sql = "SELECT probe, open_ticks, open FROM series WHERE agent = ?1 AND open_ticks > 0";
    let open: Vec<(i64, Vec<Tick>)> = db.list(sql, &values![agent], |row| {
        Ok((row.get(0)?, read((row.get(1)?, row.get(2)?))?))
    })?;
    for (probe, ticks) in open {
        if let Some(packed) = shifted(ticks, (first, shift))? {
            let key = "agent = ?1 AND probe = ?2";
            repack(db, ("series", "open", key), &values![agent, probe], &packed)?;
        }
    }
    Ok(())
}

/// Puts `packed` into the one row where `key` holds. Its sum is made anew, unless the row is damaged.
fn repack(
    db: &Db,
    (table, column, key): (&'static str, &str, &str),
    place: &[Value<'_>],
    packed: &[u8],
) -> Result<(), Fault> {
    let sound = sums::is_one_sound(db, (table, key), place)?;
    let (mut row, next) = (place.to_vec(), place.len() + 1);
    row.extend(values![packed]);
    db.execute(
        &format!("UPDATE {table} SET {column} = ?{next} WHERE {key}"),
        &row,
    )?;
    match sound {
        Some(true) => sums::renew(db, (table, key), place),
        _ => Ok(()),
    }
}

/// Ticks packed anew, those from attempt `first` on with other numbers; `None` if there is none of these.
fn shifted(mut ticks: Vec<Tick>, (first, shift): (u64, u64)) -> Result<Option<Vec<u8>>, Fault> {
    let mut any = false;
    for tick in ticks.iter_mut().filter(|tick| tick.sequence >= first) {
        tick.sequence += shift;
        any = true;
    }
    let ticks: Vec<&Tick> = ticks.iter().collect();
    if any { packed(&ticks) } else { Ok(None) }
}

/// Rows of table `tick` and packed ticks of one series in one order.
///
/// A tick that stands in both came twice: the one with the lower number is the tick, and of one that changed after it was
/// packed, the row.
pub(super) fn merge(rows: Vec<Tick>, packed: Vec<Tick>) -> Vec<Tick> {
    if packed.is_empty() {
        return rows;
    }
    let mut all: Vec<Tick> = rows.into_iter().chain(packed).collect();
    all.sort_by_key(|tick| (tick.tick, tick.fast, tick.sequence));
    all.dedup_by_key(|tick| (tick.tick, tick.fast));
    all
}

fn odd(error: &WireError) -> Fault {
    Fault::Row {
        table: "near",
        what: error.to_string(),
    }
}
