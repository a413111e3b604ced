//! Ticks without what decides nothing: a year of ten thousand series is read in seconds this way.

use super::code::Word;
use super::entries::SeriesId;
use super::near;
use crate::attempt::Detail;
use crate::run::{Tick, TickVerdict};
use crate::store::db::{Db, Row, values};
use crate::store::error::Fault;
use crate::time::{Interval, Timestamp};
use crate::verdict::{CanaryState, Class};

const TICKS: &str = "SELECT tick, fast, plan, verdict, slow, evidence_start, evidence_end, clock_error, \
    class, last_evidence_start, last_evidence_end, sequence FROM tick \
    WHERE agent = ?1 AND probe = ?2 AND tick >= ?3 AND tick < ?4 ORDER BY tick, fast";

/// The ticks of a series in `window`, oldest first: when, what they say and why, and their evidence.
///
/// `None` if one of them is held: who decides it needs the accounts, and whether a retry worked.
pub(in crate::store) fn ticks_within(
    db: &Db,
    id: SeriesId,
    window: Interval,
) -> Result<Option<Vec<Tick>>, Fault> {
    let place = values![id.agent, id.probe, window.start, window.end];
    let (mut ticks, mut held) = (Vec::new(), false);
    db.each_while(TICKS, &place, &mut |row| {
        let tick = read(row)?;
        held = tick.verdict == TickVerdict::Held;
        ticks.push(tick);
        Ok(!held)
    })?;
    if held {
        return Ok(None);
    }
    Ok(Some(near::merge(ticks, near::within(db, id, window)?)))
}

fn read(row: &Row<'_>) -> Result<Tick, Fault> {
    let verdict = TickVerdict::of_word("tick", row.text(3)?)?;
    let evidence = Interval::new(row.get(5)?, row.get(6)?);
    // Nothing follows a good attempt, and each column costs as much as a tick's share of the engine.
    let (class, last_evidence): (Option<&str>, Interval) = match verdict {
        TickVerdict::Good => (None, evidence),
        _ => (row.get(8)?, Interval::new(row.get(9)?, row.get(10)?)),
    };
    let tick: Timestamp = row.get(0)?;
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
        sequence: row.get(11)?,
        clock_error: row.get(7)?,
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
