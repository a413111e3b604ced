//! Where an agent's probes had single ticks: in table `tick`, or packed in table `near`.

use std::collections::{BTreeMap, BTreeSet};

use crate::name::Name;
use crate::store::db::{Db, values};
use crate::store::error::Fault;
use crate::time::{Interval, Timestamp};
use crate::wire::near::SPAN;

// The probes come first and are looked up one by one: by time alone, the ticks of an agent could only be found among all of them.
const TICKS: &str = "SELECT (SELECT name FROM probe WHERE probe.id = series.probe), tick.tick, \
    CASE tick.verdict WHEN 'held' THEN 1 ELSE 0 END FROM series CROSS JOIN tick \
    WHERE series.agent = ?1 AND tick.agent = series.agent AND tick.probe = series.probe AND tick.tick >= ?2 AND tick.tick < ?3";
const NEAR: &str = "SELECT (SELECT name FROM probe WHERE probe.id = series.probe), near.first_tick, near.last_tick \
    FROM series CROSS JOIN near WHERE series.agent = ?1 AND near.agent = series.agent AND near.probe = series.probe \
    AND near.first_tick >= ?2 AND near.first_tick < ?3 AND near.last_tick >= ?4";

/// The single ticks of an agent in some time.
#[derive(Debug, Default)]
pub(in crate::store) struct Trouble {
    held: BTreeSet<Timestamp>,
    /// From the first to the last tick of each, both included.
    probes: BTreeMap<Name, Vec<(Timestamp, Timestamp)>>,
}

impl Trouble {
    /// Reads what lies in `window`. That visits each of the agent's probes, so it should be done for many batches at once.
    pub(in crate::store) fn read(db: &Db, agent: i64, window: Interval) -> Result<Self, Fault> {
        let mut found = Self::default();
        let place = values![agent, window.start, window.end];
        db.each(TICKS, &place, &mut |row| {
            let tick = row.get(1)?;
            found.add(row.get(0)?, (tick, tick));
            if row.get(2)? {
                found.held.insert(tick);
            }
            Ok(())
        })?;
        let from = Timestamp(window.start.0.saturating_sub(SPAN.0));
        let place = values![agent, from, window.end, window.start];
        db.each(NEAR, &place, &mut |row| {
            found.add(row.get(0)?, (row.get(1)?, row.get(2)?));
            Ok(())
        })?;
        Ok(found)
    }

    /// The probes that have a single tick in `window`; `None` if one is held, which others decide.
    pub(in crate::store) fn within(&self, window: Interval) -> Option<BTreeSet<&Name>> {
        if self.held.range(window.start..window.end).next().is_some() {
            return None;
        }
        let touches =
            |(first, last): &(Timestamp, Timestamp)| *first < window.end && *last >= window.start;
        let probes = self.probes.iter();
        let touched = probes.filter(|(_, ticks)| ticks.iter().any(touches));
        Some(touched.map(|(probe, _)| probe).collect())
    }

    fn add(&mut self, probe: Name, ticks: (Timestamp, Timestamp)) {
        self.probes.entry(probe).or_default().push(ticks);
    }
}
