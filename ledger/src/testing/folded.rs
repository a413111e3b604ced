//! Histories as the store keeps them.

use crate::record::Record;
use crate::run::{Entry, Run, TickVerdict};
use crate::time::{Millis, Timestamp};

/// A record whose quiet ticks, `spacing` apart and further than `spare` from trouble, are folded into runs, as the
/// store keeps them.
pub(crate) fn folded(record: &Record, spacing: Millis, spare: Millis) -> Record {
    let trouble: Vec<Timestamp> = record
        .series
        .iter()
        .flat_map(|series| &series.entries)
        .filter(|entry| !is_quiet(entry))
        .map(Entry::tick)
        .collect();
    let near = |at: Timestamp| {
        trouble
            .iter()
            .any(|trouble| (*trouble - at).0.abs() <= spare.0)
    };
    let mut folded = record.clone();
    for series in &mut folded.series {
        let mut entries: Vec<Entry> = Vec::new();
        for entry in std::mem::take(&mut series.entries) {
            match (&entry, entries.last_mut()) {
                (Entry::Tick(tick), last) if is_quiet(&entry) && !near(tick.tick) => match last {
                    Some(Entry::Run(run)) if tick.tick - run.last_tick == spacing => {
                        run.append(tick);
                    }
                    _ => entries.push(Entry::Run(Run::of(tick))),
                },
                _ => entries.push(entry),
            }
        }
        series.entries = entries;
    }
    folded
}

fn is_quiet(entry: &Entry) -> bool {
    match entry {
        Entry::Run(_) => true,
        Entry::Tick(tick) => tick.verdict == TickVerdict::Good && !tick.slow && !tick.fast,
    }
}
