//! What is on record.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ledger::attempt::{Attempt, Kind};
use ledger::name::Name;
use ledger::record::{Agent, Record};
use ledger::run::{Entry, Grid, Grids, fold};
use ledger::store::Reader;
use ledger::time::{Interval, Timestamp};
use rusqlite::{Connection, OpenFlags};

/// All time that a record can speak of.
pub(crate) const ALWAYS: Interval = Interval {
    start: Timestamp(0),
    end: Timestamp(4_000_000_000_000),
};

fn open(record: &Path) -> Reader {
    Reader::open(&[record.to_owned()]).unwrap_or_else(|error| panic!("{error}"))
}

/// Just after the last tick of which something is on record, if anything is.
pub(crate) fn end(record: &Path) -> Option<Timestamp> {
    let reader = Reader::open(&[record.to_owned()]).ok()?;
    reader.extent().unwrap().map(|extent| extent.end)
}

/// All attempts, in the order of their numbers.
pub(crate) fn attempts(record: &Path) -> Vec<Attempt> {
    attempts_where(record, |_| true)
}

/// All attempts of one agent of several.
pub(crate) fn attempts_of(record: &Path, agent: &str) -> Vec<Attempt> {
    attempts_where(record, |one| one.name.as_str() == agent)
}

/// The number of the last attempt of an agent; 0 if there is none, or no record yet.
pub(crate) fn last_sequence(record: &Path, agent: &str) -> u64 {
    let heads = Reader::open(&[record.to_owned()]).and_then(|reader| reader.heads());
    let heads = heads.unwrap_or_default();
    let own = heads.iter().find(|head| head.agent.name.as_str() == agent);
    own.map_or(0, |head| head.last_sequence)
}

fn attempts_where(record: &Path, wanted: impl Fn(&Agent) -> bool) -> Vec<Attempt> {
    let reader = open(record);
    let plans = reader.record(ALWAYS).unwrap().plans;
    let probes = plans.values().flat_map(|plan| &plan.probes);
    let names: BTreeSet<&Name> = probes.map(|probe| &probe.name).collect();
    let mut all: Vec<Attempt> = names
        .into_iter()
        .flat_map(|probe| reader.attempts(probe, ALWAYS).unwrap())
        .filter(|(agent, _)| wanted(agent))
        .map(|(_, attempt)| attempt)
        .collect();
    all.sort_by_key(|attempt| attempt.sequence);
    all
}

/// Holds the runs and ticks of a record against a fold of all of its attempts, made from nothing.
pub(crate) fn must_be_the_fold_of_its_attempts(record: &Path) {
    let kept = open(record).record(ALWAYS).unwrap();
    let mut expected: BTreeMap<Name, Vec<Attempt>> = BTreeMap::new();
    for attempt in attempts(record) {
        let probe = attempt.probe.clone();
        expected.entry(probe).or_default().push(attempt);
    }
    let found: BTreeMap<&Name, &Vec<Entry>> = kept
        .series
        .iter()
        .map(|series| (&series.probe, &series.entries))
        .collect();
    assert!(found.keys().copied().eq(expected.keys()), "the same probes");
    for (probe, attempts) in &expected {
        let anew = fold(attempts, &grids(&kept, probe));
        assert_eq!(*found[probe], anew, "{probe}");
    }
}

/// Planned slots, from the first to the last of each probe, of which the record says nothing at all.
pub(crate) fn silent_slots(record: &Path) -> Vec<String> {
    let (kept, known) = (attempts(record), open(record).record(ALWAYS).unwrap());
    let mut ticks: BTreeMap<&Name, BTreeSet<_>> = BTreeMap::new();
    for attempt in kept.iter().filter(|attempt| attempt.kind == Kind::Base) {
        let of_probe = ticks.entry(&attempt.probe).or_default();
        of_probe.insert(attempt.tick);
    }
    let mut silent = Vec::new();
    for (probe, ticks) in ticks {
        let grids = grids(&known, probe);
        let grid = grids.values().next().expect("planned");
        for (before, after) in ticks.iter().zip(ticks.iter().skip(1)) {
            if !grid.follows(*before, *after) {
                silent.push(format!("{probe} between {before} and {after}"));
            }
        }
    }
    silent
}

/// Asks SQLite itself whether the file is sound.
pub(crate) fn must_be_sound(record: &Path) {
    let connection = Connection::open_with_flags(record, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let said: String = connection
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(said, "ok", "{}", record.display());
}

/// The grids of a probe, by plan version.
fn grids(record: &Record, probe: &Name) -> Grids {
    let plans = record.plans.iter();
    plans
        .filter_map(|(version, plan)| Some((*version, Grid::of(plan, probe)?)))
        .collect()
}
