//! `reporter uptime`: what each agent and probe comes to by itself, worst first.

mod json;
mod table;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use ledger::contract::{Contract, Rules};
use ledger::histogram::{Distribution, Measure};
use ledger::lookout::{self, Asked, LookoutError, Standing};
use ledger::name::Name;
use ledger::sla::Range;
use ledger::store::{LatencyQuery, Reader, StoreError};
use ledger::tally::Tally;
use ledger::time::Interval;

pub use json::render as json;
pub use table::render as table;

/// All series of some records in a period, worst first.
#[derive(Clone, Debug)]
pub struct Uptime {
    /// By whose rules, and in which zone.
    pub contract: Contract,
    /// The period, cut where the record ends.
    pub period: Interval,
    /// How people call it, such as `December 2018`.
    pub title: String,
    /// The series that are shown.
    pub rows: Vec<Row>,
    /// How many there are, shown or not.
    pub count: usize,
    /// How many of all reach the target, by their best estimates; and how many are judged at all.
    pub reaching: (usize, usize),
    /// Of all, how many were read from the kept days alone.
    pub kept: usize,
}

/// One series.
#[derive(Clone, Debug)]
pub struct Row {
    /// What it comes to.
    pub standing: Standing,
    /// The same as a tally: availability and coverage are read from it.
    pub tally: Tally,
    /// Its availability; `None` if nothing is known.
    pub availability: Option<Range>,
    /// How long its good attempts took, if that was asked for.
    pub latency: BTreeMap<Measure, Distribution>,
}

/// What is shown of the series.
#[derive(Clone, Copy, Debug, Default)]
pub struct Show {
    /// The worst so many; all if `None`.
    pub top: Option<usize>,
    /// Percentiles, too.
    pub latency: bool,
}

/// Below this many series their percentiles are looked up one by one.
const FEW: usize = 200;

/// Judges all series of `reader`.
///
/// # Errors
/// [`LookoutError`] if a file is damaged or the zone unknown.
pub fn gather(
    reader: &Reader,
    asked: &Asked<'_>,
    title: String,
    show: Show,
) -> Result<Uptime, LookoutError> {
    let period = Interval::new(asked.period.start, asked.period.end.min(asked.now));
    let standings = lookout::standings(reader, asked)?;
    let mut rows: Vec<Row> = standings
        .into_iter()
        .map(|standing| Row::of(standing, asked.contract))
        .collect();
    let target = asked.contract.target;
    let judged = rows.iter().filter_map(|row| row.availability);
    let reaching = judged
        .clone()
        .filter(|range| range.estimate.reaches(target));
    let reaching = (reaching.count(), judged.count());
    let kept = rows.iter().filter(|row| row.standing.kept).count();
    let count = rows.len();
    rows.sort_by(Row::compare);
    rows.truncate(show.top.unwrap_or(usize::MAX));
    if show.latency {
        add_latency(reader, asked.contract, period, &mut rows)?;
    }
    Ok(Uptime {
        contract: asked.contract.clone(),
        period,
        title,
        rows,
        count,
        reaching,
        kept,
    })
}

fn add_latency(
    reader: &Reader,
    contract: &Contract,
    period: Interval,
    rows: &mut [Row],
) -> Result<(), StoreError> {
    let mut query = LatencyQuery {
        zone: Some(contract.zone.clone()),
        ..LatencyQuery::success(period)
    };
    if rows.len() <= FEW {
        query.probes = rows.iter().map(|row| row.standing.probe.clone()).collect();
    }
    let mut places: BTreeMap<(Name, Name), usize> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let series = (row.standing.agent.name.clone(), row.standing.probe.clone());
        places.insert(series, place);
    }
    for found in reader.latency(&query)? {
        let key = found.key;
        if let Some(place) = places.get(&(found.agent.name, key.probe)) {
            match rows[*place].latency.entry(key.measure) {
                Entry::Vacant(vacant) => drop(vacant.insert(found.distribution)),
                Entry::Occupied(mut known) => known.get_mut().merge(&found.distribution),
            }
        }
    }
    Ok(())
}

impl Row {
    fn of(standing: Standing, contract: &Contract) -> Self {
        let sums = &standing.sums;
        let tally = Tally {
            length: sums.length(),
            up: sums.up,
            degraded: sums.degraded,
            down: sums.down[1],
            unknown: sums.unknown,
            counted: sums.bounds(),
            ..Tally::default()
        };
        // By itself a series is judged by time, however the contract counts.
        let by_time = Rules {
            unknown_as: contract.rules.unknown_as,
            ..Rules::default()
        };
        Self {
            availability: tally.availability(&by_time),
            tally,
            standing,
            latency: BTreeMap::new(),
        }
    }

    /// The worse availability first, then the more downtime at most, then by name; those without any come last.
    fn compare(&self, other: &Self) -> std::cmp::Ordering {
        let availability = match (self.availability, other.availability) {
            (Some(mine), Some(other)) => mine.estimate.compare(other.estimate),
            (mine, other) => other.is_some().cmp(&mine.is_some()),
        };
        let most = |row: &Self| row.tally.counted.upper;
        let name = |row: &Self| (row.standing.agent.name.clone(), row.standing.probe.clone());
        availability
            .then_with(|| most(other).cmp(&most(self)))
            .then_with(|| name(self).cmp(&name(other)))
    }
}
