//! What a report was made of, kept in `report.json` so that a later revision can say why its numbers changed.

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use ledger::contract::Contract;
use ledger::name::Name;
use ledger::plan::Plan;
use ledger::record::Record;
use ledger::run::{Entry, Series};
use ledger::schedule::Schedule;
use ledger::time::{Interval, Intervals, Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// What a report was made of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Basis {
    /// The version of the program that made it.
    pub program: String,
    /// The record was read up to this instant.
    pub read_until: Timestamp,
    /// The agents' records, by name.
    pub agents: BTreeMap<Name, AgentBasis>,
}

/// What was there of one agent's record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentBasis {
    /// Where the agent runs.
    pub region: Option<Name>,
    /// Number of its last attempt.
    pub last_sequence: u64,
    /// How many batches were sealed.
    pub batches: u64,
    /// The hash of the last one, which vouches for all before it.
    pub batch_hash: String,
    /// From the first to the last tick of each stretch without a missing one, by probe, in ms.
    pub held: BTreeMap<Name, Vec<(i64, i64)>>,
}

impl Basis {
    /// Notes which ticks `record` holds.
    pub fn note(&mut self, record: &Record) {
        for series in &record.series {
            let agent = self.agents.entry(series.agent.clone()).or_default();
            agent.region = Some(series.region.clone());
            let held = held(record, series);
            let ends = held.iter().map(|span| (span.start.0, span.end.0 - 1));
            agent.held.insert(series.probe.clone(), ends.collect());
        }
    }

    /// What of it concerns a contract: ticks of its personas, and of checks of the platform below. Others' probes are no business
    /// of its customer.
    #[must_use]
    pub fn concerning(mut self, plans: &BTreeMap<u32, Plan>, contract: &Contract) -> Self {
        for agent in self.agents.values_mut() {
            agent.held.retain(|name, _| {
                let mut probes = plans.values().rev().filter_map(|plan| plan.probe(name));
                let counted = |persona: &Name| {
                    let mut all = contract.personas.iter();
                    contract.personas.is_empty() || all.any(|one| one.name == *persona)
                };
                let newest = probes.next();
                newest.is_some_and(|probe| probe.persona().is_none_or(counted))
            });
        }
        self
    }
}

impl AgentBasis {
    /// The time of which some probe has ticks.
    pub fn time(&self) -> BTreeMap<&Name, Intervals> {
        let spans = |held: &[(i64, i64)]| {
            let spans = held.iter();
            spans
                .map(|(first, last)| Interval::new(Timestamp(*first), Timestamp(*last + 1)))
                .collect()
        };
        self.held
            .iter()
            .map(|(probe, held)| (probe, spans(held)))
            .collect()
    }
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let hash = digest(&SHA256, bytes);
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The stretches of planned ticks of which none is missing.
fn held(record: &Record, series: &Series) -> Intervals {
    let mut stretches: Vec<Interval> = Vec::new();
    for entry in &series.entries {
        let (first, last) = match entry {
            Entry::Run(run) => (run.first_tick, run.last_tick),
            Entry::Tick(tick) => (tick.tick, tick.tick),
        };
        let plan = record.plans.get(&entry.plan());
        let schedule = plan
            .and_then(|plan| plan.probe(&series.probe))
            .map(|probe| &probe.schedule);
        match stretches.last_mut() {
            Some(open) if adjoin(open.end, first, schedule) => {
                open.end = open.end.max(last + Millis(1));
            }
            _ => stretches.push(Interval::new(first, last + Millis(1))),
        }
    }
    stretches.into_iter().collect()
}

/// Whether no tick is planned between the end of a stretch and the next one that is held.
fn adjoin(end: Timestamp, next: Timestamp, schedule: Option<&Schedule>) -> bool {
    next <= end
        || schedule.is_some_and(|schedule| schedule.count_within(Interval::new(end, next)) == 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::contract::Weighted;
    use ledger::run::Run;

    #[test]
    fn stretches_end_where_a_planned_tick_is_missing() {
        let plan = Plan::parse(
            include_str!("../../tests/command/probes.toml"),
            "probes.toml",
        );
        let plan = plan.expect("a plan");
        let (probe, minute) = (&plan.probes[0], 60_000);
        assert_eq!(probe.schedule.spacing(), Millis(minute));
        let version = plan.version();
        let run = |first: i64, last: i64| {
            let at = |tick: i64| Interval::new(Timestamp(tick * minute), Timestamp(tick * minute));
            Entry::Run(Run {
                plan: version,
                first_tick: Timestamp(first * minute),
                last_tick: Timestamp(last * minute),
                ticks: u32::try_from(last - first + 1).expect("few"),
                first: at(first),
                last: at(last),
                widest_gap: Millis::ZERO,
                clock_error: Millis::ZERO,
                first_error: Millis::ZERO,
                last_error: Millis::ZERO,
            })
        };
        let series = Series {
            agent: plan.regions[0].clone(),
            region: plan.regions[0].clone(),
            probe: probe.name.clone(),
            entries: vec![run(0, 4), run(5, 9), run(11, 11), run(20, 30)],
        };
        let record = Record {
            plans: BTreeMap::from([(version, plan)]),
            series: vec![series],
            agents: Vec::new(),
            interpolated: Vec::new(),
        };
        let mut basis = Basis::default();
        basis.note(&record);
        let agent = basis.agents.values().next().expect("one agent");
        let held = agent.held.values().next().expect("one probe");
        let minutes: Vec<_> = held.iter().map(|(a, b)| (a / minute, b / minute)).collect();
        assert_eq!(minutes, [(0, 9), (11, 11), (20, 30)]);
        let held = |personas: &[&str]| {
            let weighted = personas.iter().map(|name| Weighted {
                name: Name::new(name).expect("a name"),
                weight: 1,
            });
            let mut contract = record.plans[&version].contracts[0].clone();
            contract.personas = weighted.collect();
            let own = basis.clone().concerning(&record.plans, &contract);
            own.agents
                .values()
                .map(|agent| agent.held.len())
                .sum::<usize>()
        };
        assert_eq!([held(&["user"]), held(&[]), held(&["somebody"])], [1, 1, 0]);
    }
}
