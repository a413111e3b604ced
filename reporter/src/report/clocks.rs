//! How far the clocks of agents can have been off, as exchanges with controls and the hub told while they looked.

use std::collections::BTreeMap;

use ledger::clock::ASSUMED;
use ledger::contract::Contract;
use ledger::name::Name;
use ledger::plan::Probe;
use ledger::record::Record;
use ledger::run::{Entry, Series, doubtful_clock};
use ledger::time::{Interval, Millis};

/// The clock of an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// The agent.
    pub agent: Name,
    /// Where it looks from.
    pub region: Name,
    /// The largest possible error in the period while it was believed; `None` if nobody told it the time.
    pub error: Option<Millis>,
}

/// The clocks of the agents that looked for a contract, by name.
///
/// Time in which a clock was in doubt is not among it: that is unknown, and listed as the agent's own trouble.
pub fn of(record: &Record, contract: &Contract, period: Interval) -> Vec<Clock> {
    let mut clocks: BTreeMap<&Name, Clock> = BTreeMap::new();
    for series in &record.series {
        let mut plans = record.plans.values().rev();
        let Some(probe) = plans.find_map(|plan| plan.probe(&series.probe)) else {
            continue;
        };
        let persona = probe.persona();
        if !persona.is_some_and(|persona| contract.is_about(persona, &series.region)) {
            continue;
        }
        let clock = clocks.entry(&series.agent).or_insert_with(|| Clock {
            agent: series.agent.clone(),
            region: series.region.clone(),
            error: None,
        });
        clock.error = clock.error.max(largest(series, probe, period));
    }
    clocks.into_values().collect()
}

/// The largest measured error among the ticks of a period; of a run beyond it, of those of its ends that lie inside.
fn largest(series: &Series, probe: &Probe, period: Interval) -> Option<Millis> {
    let spacing = probe.schedule.spacing();
    let errors = series.entries.iter().flat_map(|entry| match entry {
        Entry::Tick(tick) => {
            let inside = period.contains(tick.tick) && !doubtful_clock(tick.clock_error, spacing);
            [inside.then_some(tick.clock_error), None, None]
        }
        Entry::Run(run) => {
            let [first, last] = [run.first_tick, run.last_tick].map(|at| period.contains(at));
            [
                first.then_some(run.first_error),
                last.then_some(run.last_error),
                (first && last).then_some(run.clock_error),
            ]
        }
    });
    // Nothing asked gives nothing, nobody answering what is assumed then; neither was measured.
    let measured = |error: &Millis| *error != Millis::ZERO && *error != ASSUMED;
    errors.flatten().filter(measured).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::months;

    #[test]
    fn what_nobody_measured_is_no_error() {
        let (mut record, contract, period) = months::american().sources();
        let told = |record: &Record| -> Vec<Option<i64>> {
            let clocks = of(record, &contract, period);
            clocks
                .iter()
                .map(|one| one.error.map(|error| error.0))
                .collect()
        };
        assert_eq!(told(&record), [None, None, None]);
        let set = |series: &mut Series, error: Millis| {
            for entry in &mut series.entries {
                match entry {
                    Entry::Run(run) => {
                        (run.first_error, run.last_error, run.clock_error) = (error, error, error);
                    }
                    Entry::Tick(tick) => tick.clock_error = error,
                }
            }
        };
        set(&mut record.series[0], Millis(430));
        set(&mut record.series[1], ASSUMED);
        // A clock that is in doubt is no error to go by: ticks come once a minute.
        let last = &mut record.series[2];
        set(last, Millis(70));
        let tick = last.entries.iter_mut().find_map(|entry| match entry {
            Entry::Tick(tick) => Some(tick),
            Entry::Run(_) => None,
        });
        tick.unwrap().clock_error = Millis::from_secs(31);
        assert_eq!(told(&record), [Some(430), None, Some(70)]);
        let nobody = Contract {
            regions: vec![ledger::contract::Weighted {
                name: record.series[0].region.clone(),
                weight: 1,
            }],
            ..contract.clone()
        };
        assert_eq!(
            of(&record, &nobody, period).len(),
            1,
            "agents elsewhere are not told of"
        );
    }
}
