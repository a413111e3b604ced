//! A record as it was at an earlier instant: only what had been observed by then.

use crate::record::Record;
use crate::run::{Entry, Run, Series};
use crate::time::{Interval, Millis, Timestamp};

/// What of `record` reaches into `window` and had ended by its end.
pub(super) fn observed(record: &Record, window: Interval) -> Record {
    let series = record.series.iter().map(|series| Series {
        agent: series.agent.clone(),
        region: series.region.clone(),
        probe: series.probe.clone(),
        entries: series
            .entries
            .iter()
            .filter(|entry| entry.span().end >= window.start)
            .filter_map(|entry| ended(entry, window.end))
            .collect(),
    });
    Record {
        agents: record.agents.clone(),
        plans: record.plans.clone(),
        series: series.collect(),
        interpolated: record.interpolated.clone(),
    }
}

fn ended(entry: &Entry, at: Timestamp) -> Option<Entry> {
    match entry {
        Entry::Run(run) => cut(run, at).map(Entry::Run),
        Entry::Tick(tick) => {
            let end = tick.evidence.end.max(tick.last_evidence.end);
            (end.max(tick.due) <= at).then(|| entry.clone())
        }
    }
}

/// The ticks of a run that had ended by `at`. Those in between are taken as evenly spaced; near trouble a record keeps
/// single ticks, so this is met only where nothing happens.
fn cut(run: &Run, at: Timestamp) -> Option<Run> {
    if run.last.end <= at {
        return Some(run.clone());
    }
    if run.first.end > at {
        return None;
    }
    let steps = i64::from(run.ticks) - 1;
    let span = (run.last.end - run.first.end).0.max(1);
    let kept = ((at - run.first.end).0 * steps).div_euclid(span);
    let kept = kept.clamp(0, steps);
    let between = |first: Timestamp, last: Timestamp| {
        let share = (last - first).0 * kept / steps.max(1);
        first + Millis(share)
    };
    Some(Run {
        last_tick: between(run.first_tick, run.last_tick),
        ticks: u32::try_from(kept + 1).unwrap_or(run.ticks),
        last: Interval::new(
            between(run.first.start, run.last.start),
            between(run.first.end, run.last.end),
        ),
        ..run.clone()
    })
}
