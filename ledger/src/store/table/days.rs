//! Tables `day_terms`, `day_until` and `day`: what single series come to on each civil day.

use std::collections::BTreeMap;

use super::agents;
use crate::name::Name;
use crate::store::db::{Db, values};
use crate::store::error::Fault;
use crate::store::{DaySums, Sums, Until};
use crate::time::{Interval, Millis, Timestamp};

const UPSERT: &str = "INSERT INTO day (terms, month, agent, probe, up, degraded, down, down_lower, down_upper, unknown, packed) \
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) ON CONFLICT (terms, month, agent, probe) DO UPDATE \
    SET up = day.up + excluded.up, degraded = day.degraded + excluded.degraded, down = day.down + excluded.down, \
    down_lower = day.down_lower + excluded.down_lower, down_upper = day.down_upper + excluded.down_upper, \
    unknown = day.unknown + excluded.unknown, packed = excluded.packed";
const NOTE: &str = "INSERT INTO day_until (terms, agent, probe, until) VALUES (?1, ?2, ?3, ?4) \
    ON CONFLICT (terms, agent, probe) DO UPDATE SET until = excluded.until";

/// The place of the terms with this hash, if days are kept by them.
pub(in crate::store) fn place(db: &Db, hash: &str) -> Result<Option<i64>, Fault> {
    let sql = "SELECT id FROM day_terms WHERE hash = ?1";
    db.find(sql, &values![hash], |row| row.get(0))
}

/// Removes the days of all terms but these.
pub(in crate::store) fn keep_only(db: &Db, hashes: &[&str]) -> Result<(), Fault> {
    let known: Vec<(i64, String)> = db.list("SELECT id, hash FROM day_terms", &[], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })?;
    for (place, hash) in known {
        if !hashes.contains(&hash.as_str()) {
            for sql in [
                "DELETE FROM day WHERE terms = ?1",
                "DELETE FROM day_until WHERE terms = ?1",
                "DELETE FROM day_terms WHERE id = ?1",
            ] {
                db.execute(sql, &values![place])?;
            }
        }
    }
    Ok(())
}

/// Up to where the days of each probe of an agent are kept; the greatest instant for probes that cannot count.
pub(in crate::store) fn until(
    db: &Db,
    (terms, agent): (i64, i64),
) -> Result<BTreeMap<i64, Timestamp>, Fault> {
    let sql = "SELECT probe, until FROM day_until WHERE terms = ?1 AND agent = ?2";
    let found = db.list(sql, &values![terms, agent], |row| {
        Ok((row.get(0)?, row.get(1)?))
    });
    Ok(found?.into_iter().collect())
}

/// Adds what was settled of the probes of an agent, and notes those that cannot count.
pub(in crate::store) fn add(
    db: &Db,
    agent: i64,
    (hash, zone): (&str, &str),
    (settled, platform): (&[Until], &[Name]),
) -> Result<(), Fault> {
    let sql = "INSERT INTO day_terms (hash, zone) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    db.execute(sql, &values![hash, zone])?;
    let Some(terms) = place(db, hash)? else {
        return Ok(());
    };
    for one in settled {
        let probe = agents::place_probe(db, &one.probe)?;
        db.execute(NOTE, &values![terms, agent, probe, one.until])?;
        for month in one.days.chunk_by(|a, b| a.month == b.month) {
            add_month(db, (terms, agent, probe), month)?;
        }
    }
    for name in platform {
        let probe = agents::place_probe(db, name)?;
        db.execute(NOTE, &values![terms, agent, probe, i64::MAX])?;
    }
    Ok(())
}

fn add_month(
    db: &Db,
    (terms, agent, probe): (i64, i64, i64),
    days: &[DaySums],
) -> Result<(), Fault> {
    let month = days.first().map_or(Timestamp(0), |day| day.month);
    let sql =
        "SELECT packed FROM day WHERE terms = ?1 AND month = ?2 AND agent = ?3 AND probe = ?4";
    let known = db.find(sql, &values![terms, month, agent, probe], |row| {
        unpack(row.blob(0)?)
    });
    let mut by_day = known?.unwrap_or_default();
    let mut more = Sums::default();
    for day in days {
        *by_day.entry(day.day).or_default() += day.sums;
        more += day.sums;
    }
    let [lower, down, upper] = more.down;
    let packed = pack(&by_day);
    let row = values![
        terms,
        month,
        agent,
        probe,
        more.up,
        more.degraded,
        down,
        lower,
        upper,
        more.unknown,
        &packed,
    ];
    db.execute(UPSERT, &row)?;
    Ok(())
}

/// Which months are to be added up, and of the last one perhaps only the days before one.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) struct Months {
    /// Those that begin inside.
    pub(in crate::store) begin: Interval,
    /// The first day of the last month that does not count any more, and where that month begins.
    pub(in crate::store) cut: Option<(Timestamp, u8)>,
}

/// Adds the kept months of an agent to `sums`, by probe.
pub(in crate::store) fn add_up(
    db: &Db,
    (terms, agent): (i64, i64),
    months: Months,
    sums: &mut BTreeMap<i64, Sums>,
) -> Result<(), Fault> {
    let sql = "SELECT probe, month, up, degraded, down, down_lower, down_upper, unknown, packed FROM day \
        WHERE terms = ?1 AND month >= ?2 AND month < ?3 AND agent = ?4";
    let Interval { start, end } = months.begin;
    db.each(sql, &values![terms, start, end, agent], &mut |row| {
        let month: Timestamp = row.get(1)?;
        let found = match months.cut {
            Some((cut, first)) if cut == month => {
                let mut part = Sums::default();
                for (_, day) in unpack(row.blob(8)?)?.range(..first) {
                    part += *day;
                }
                part
            }
            _ => Sums {
                up: row.get(2)?,
                degraded: row.get(3)?,
                down: [row.get(5)?, row.get(4)?, row.get(6)?],
                unknown: row.get(7)?,
            },
        };
        *sums.entry(row.get(0)?).or_default() += found;
        Ok(())
    })
}

/// One day after the other: its place in the month, which lengths are not zero (bits 0 to 5), and those as variable-length
/// integers: up, degraded, unknown, down at least, what the estimate is above that, what the most is above that.
fn pack(days: &BTreeMap<u8, Sums>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (day, sums) in days {
        let lengths = lengths(sums);
        let filled = (0..6).filter(|place| lengths[*place] != 0);
        bytes.push(*day);
        bytes.push(filled.fold(0, |mask, place| mask | 1 << place));
        for mut length in lengths.into_iter().filter(|length| *length != 0) {
            while length > 0x7f {
                bytes.push(0x80 | u8::try_from(length & 0x7f).unwrap_or(0));
                length >>= 7;
            }
            bytes.push(u8::try_from(length).unwrap_or(0));
        }
    }
    bytes
}

fn lengths(sums: &Sums) -> [i64; 6] {
    let [lower, down, upper] = sums.down.map(|length| length.0);
    let known = [sums.up.0, sums.degraded.0, sums.unknown.0];
    let [up, degraded, unknown] = known;
    [up, degraded, unknown, lower, down - lower, upper - down]
}

fn unpack(bytes: &[u8]) -> Result<BTreeMap<u8, Sums>, Fault> {
    let mut rest = bytes;
    let mut days = BTreeMap::new();
    while let Some(([day, mask], after)) = rest.split_first_chunk() {
        rest = after;
        let mut lengths = [0_i64; 6];
        for (place, length) in lengths.iter_mut().enumerate() {
            if mask >> place & 1 == 1 {
                *length = take(&mut rest).ok_or_else(|| odd("packed"))?;
            }
        }
        let [up, degraded, unknown, lower, above, beyond] = lengths.map(Millis);
        let down = [lower, lower + above, lower + above + beyond];
        days.insert(
            *day,
            Sums {
                up,
                degraded,
                down,
                unknown,
            },
        );
    }
    Ok(days)
}

fn take(bytes: &mut &[u8]) -> Option<i64> {
    let mut value = 0;
    for shift in (0..42).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= i64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

fn odd(column: &str) -> Fault {
    Fault::Row {
        table: "day",
        what: format!("{column} has an impossible value"),
    }
}
