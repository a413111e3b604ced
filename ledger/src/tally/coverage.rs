//! What the prober itself managed: ticks planned and obtained, and its own trouble.
//!
//! Many contracts share a record. Each is told of the series that it counts, and of no other customer's.

use std::collections::BTreeMap;

use super::{ProberTrouble, TickCount};
use crate::contract::Contract;
use crate::evidence::{Obtained, VoidStretch, Whence};
use crate::name::Name;
use crate::record::{Interpolated, Record};
use crate::time::{Interval, Intervals};
use crate::verdict::Class;

/// Silences of each agent that touch `period`, its probes together, by time.
pub(super) fn trouble(
    silences: &[VoidStretch],
    contract: &Contract,
    period: Interval,
) -> Vec<ProberTrouble> {
    let mut by_agent: BTreeMap<(Name, Name, Option<Class>), Vec<Interval>> = BTreeMap::new();
    let own = silences.iter();
    for silence in own.filter(|one| contract.is_about(&one.persona, &one.region)) {
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
pub(super) fn interpolated(
    record: &Record,
    contract: &Contract,
    period: Interval,
) -> Vec<Interpolated> {
    let all = record.interpolated.iter();
    let inside = all.filter(|one| one.interval.intersect(period).is_some());
    let own = inside.filter(|one| {
        let mut agents = record.agents.iter();
        let region = agents.find(|agent| agent.name == one.agent);
        let mut probes = record
            .plans
            .values()
            .filter_map(|plan| plan.probe(&one.probe));
        probes.any(|probe| match (probe.persona(), region) {
            (Some(persona), Some(agent)) => contract.is_about(persona, &agent.region),
            _ => true,
        })
    });
    own.cloned().collect()
}

/// Ticks that came before their time.
pub(super) fn early(contract: &Contract, ticks: &BTreeMap<Whence, u64>) -> u64 {
    own(contract, ticks).map(|(_, ticks)| *ticks).sum()
}

/// Those that the contract counts.
fn own<'t, T>(
    contract: &Contract,
    all: &'t BTreeMap<Whence, T>,
) -> impl Iterator<Item = (&'t Name, &'t T)> {
    let own = all
        .iter()
        .filter(|(one, _)| contract.is_about(&one.persona, &one.region));
    own.map(|(one, value)| (&one.region, value))
}

/// Base ticks per region that the contract counts: planned and obtained. Its regions are all there, even without an agent.
pub(super) fn count(
    contract: &Contract,
    planned: &BTreeMap<Whence, u64>,
    obtained: &BTreeMap<Whence, Obtained>,
) -> BTreeMap<Name, TickCount> {
    let mut counts: BTreeMap<Name, TickCount> = contract
        .regions
        .iter()
        .map(|term| (term.name.clone(), TickCount::default()))
        .collect();
    for (region, planned) in own(contract, planned) {
        counts.entry(region.clone()).or_default().planned += planned;
    }
    for (region, obtained) in own(contract, obtained) {
        let count = counts.entry(region.clone()).or_default();
        count.obtained += obtained.good + obtained.flicker + obtained.bad;
        count.good += obtained.good;
        count.flicker += obtained.flicker;
    }
    counts
}
