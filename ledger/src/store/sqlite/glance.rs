//! Ticks without what decides nothing: a year of ten thousand series is read in seconds this way.

use rusqlite::{Connection, Row};

use super::code::Word;
use super::entries::SeriesId;
use crate::attempt::Detail;
use crate::run::{Tick, TickVerdict};
use crate::store::error::Fault;
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::{CanaryState, Class};

const TICKS: &str = "SELECT tick, fast, plan, verdict, slow, evidence_start, evidence_end, clock_error, \
    class, last_evidence_start, last_evidence_end FROM tick \
    WHERE agent = ?1 AND probe = ?2 AND tick >= ?3 AND tick < ?4 ORDER BY tick, fast";

/// The ticks of a series in `window`, oldest first: when, what they say and why, and their evidence.
///
/// `None` if one of them is held: who decides it needs the accounts, and whether a retry worked.
pub(in crate::store) fn ticks_within(
    connection: &Connection,
    id: SeriesId,
    window: Interval,
) -> Result<Option<Vec<Tick>>, Fault> {
    let mut statement = connection.prepare_cached(TICKS)?;
    let mut rows = statement.query((id.agent, id.probe, window.start.0, window.end.0))?;
    let mut ticks = Vec::new();
    while let Some(row) = rows.next()? {
        let tick = read(row)?;
        if tick.verdict == TickVerdict::Held {
            return Ok(None);
        }
        ticks.push(tick);
    }
    Ok(Some(ticks))
}

fn read(row: &Row<'_>) -> Result<Tick, Fault> {
    let instant = |column: usize| row.get(column).map(Timestamp);
    let text = |column: usize| {
        let value = row.get_ref(column)?;
        value.as_str_or_null().map_err(|_| odd())
    };
    let verdict = TickVerdict::of_word("tick", text(3)?.unwrap_or_default())?;
    let evidence = Interval::new(instant(5)?, instant(6)?);
    // Nothing follows a good attempt, and each column costs as much as a tick's share of the engine.
    let (class, last_evidence) = match verdict {
        TickVerdict::Good => (None, evidence),
        _ => (text(8)?, Interval::new(instant(9)?, instant(10)?)),
    };
    let tick = instant(0)?;
    Ok(Tick {
        plan: row.get(2)?,
        tick,
        due: tick,
        fast: row.get(1)?,
        verdict,
        recovered: false,
        slow: row.get(4)?,
        class: class
            .map(|text| Class::parse(text).ok_or_else(odd))
            .transpose()?,
        step: None,
        status: None,
        account: None,
        evidence,
        last_evidence,
        attempts: 1,
        sequence: 0,
        clock_error: Millis(row.get(7)?),
        canary: CanaryState::Unasked,
        second_resolver: None,
        detail: Detail::default(),
    })
}

fn odd() -> Fault {
    Fault::Row {
        table: "tick",
        what: "a column has an impossible value".to_owned(),
    }
}
