//! What the prober itself managed: ticks planned and obtained, and its own trouble.

use std::collections::BTreeMap;

use super::{ProberTrouble, TickCount};
use crate::contract::Contract;
use crate::evidence::{Obtained, VoidStretch};
use crate::name::Name;
use crate::record::{Interpolated, Record};
use crate::time::{Interval, Intervals};
use crate::verdict::Class;

/// Silences of each agent that touch `period`, its probes together, by time.
pub(super) fn trouble(silences: &[VoidStretch], period: Interval) -> Vec<ProberTrouble> {
    let mut by_agent: BTreeMap<(Name, Name, Option<Class>), Vec<Interval>> = BTreeMap::new();
    for silence in silences {
        let key = (silence.agent.clone(), silence.region.clone(), silence.class);
        by_agent.entry(key).or_default().push(silence.interval);
    }
    let mut trouble: Vec<ProberTrouble> = Vec::new();
    for ((agent, region, class), intervals) in by_agent {
        let merged: Intervals = intervals.into_iter().collect();
        let inside = merged
            .iter()
            .filter(|interval| interval.intersect(period).is_some());
        trouble.extend(inside.map(|interval| ProberTrouble {
            agent: agent.clone(),
            region: region.clone(),
            interval,
            class,
        }));
    }
    trouble.sort_by(|a, b| (a.interval, &a.agent, a.class).cmp(&(b.interval, &b.agent, b.class)));
    trouble
}

/// Where ticks inside `period` are known from runs only.
pub(super) fn interpolated(record: &Record, period: Interval) -> Vec<Interpolated> {
    let all = record.interpolated.iter();
    all.filter(|one| one.interval.intersect(period).is_some())
        .cloned()
        .collect()
}

/// Base ticks per region: planned and obtained. The contract's regions are all there, even without an agent.
pub(super) fn count(
    contract: &Contract,
    planned: &BTreeMap<Name, u64>,
    obtained: &BTreeMap<Name, Obtained>,
) -> BTreeMap<Name, TickCount> {
    let mut counts: BTreeMap<Name, TickCount> = contract
        .regions
        .iter()
        .map(|term| (term.name.clone(), TickCount::default()))
        .collect();
    for (region, planned) in planned {
        counts.entry(region.clone()).or_default().planned = *planned;
    }
    for (region, obtained) in obtained {
        let count = counts.entry(region.clone()).or_default();
        count.obtained = obtained.good + obtained.flicker + obtained.bad;
        (count.good, count.flicker) = (obtained.good, obtained.flicker);
    }
    counts
}
