//! A record made by hand: three regions that look once a minute, and what they saw at fault.

use std::collections::BTreeMap;

use ledger::attempt::{Account, Detail};
use ledger::contract::{Contract, Weighted};
use ledger::exclusion::Exclusion;
use ledger::explain::explain;
use ledger::name::Name;
use ledger::plan::Plan;
use ledger::record::{Agent, Record};
use ledger::run::{Entry, Series, Tick, TickVerdict};
use ledger::tally::Terms;
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::{CanaryState, Class};

use super::super::Explained;
use super::super::what::{NoSuch, What};
use crate::civil::Zone;

const PLAN: &str = include_str!("../../../tests/command/probes.toml");

type Fault = (Interval, TickVerdict, Option<Class>);

/// What happened, and by which terms it is judged.
pub(super) struct Story {
    span: Interval,
    /// Each with its phase in seconds.
    pub(super) regions: Vec<(&'static str, i64)>,
    faults: Vec<Fault>,
    pub(super) contract: Contract,
    pub(super) exclusions: Vec<Exclusion>,
}

pub(super) fn instant(text: &str) -> Timestamp {
    Timestamp::from_jiff(text.parse().expect(text))
}

pub(super) fn span((start, end): (&str, &str)) -> Interval {
    Interval::new(instant(start), instant(end))
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

impl Story {
    /// One persona, watched over `times` and judged in `zone`.
    pub(super) fn new(zone: &str, times: (&str, &str)) -> Self {
        let plan = Plan::parse(PLAN, "probes.toml").expect("a plan");
        let mut contract = plan.contracts[0].clone();
        contract.zone = zone.to_owned();
        contract.regions = Vec::new();
        contract.personas = vec![Weighted {
            name: name("user"),
            weight: 1,
        }];
        Self {
            span: span(times),
            regions: vec![("east", 3), ("central", 23), ("west", 43)],
            faults: Vec::new(),
            contract,
            exclusions: Vec::new(),
        }
    }

    pub(super) fn fault(
        mut self,
        times: (&str, &str),
        verdict: TickVerdict,
        class: Option<Class>,
    ) -> Self {
        self.faults.push((span(times), verdict, class));
        self
    }

    pub(super) fn explain(&self, what: &str) -> Explained {
        self.try_explain(what).expect("it is there")
    }

    pub(super) fn try_explain(&self, what: &str) -> Result<Explained, NoSuch> {
        let what: What = what.parse().expect("a day, month or outage");
        let zone = Zone::find(&self.contract.zone).expect("a zone");
        let month = ledger::calendar::month(zone.name(), &what.month(&zone)).expect("a month");
        let terms = Terms {
            contract: &self.contract,
            exclusions: &self.exclusions,
            corrections: &[],
        };
        let period = month.intersect(self.span).expect("it was watched");
        let (_, found) = explain(&self.record(), terms, period, self.span.end).expect("sound");
        Ok(Explained {
            found: what.pick(found, &zone)?,
            what,
            zone,
            attempts: None,
        })
    }

    fn record(&self) -> Record {
        let plan = Plan::parse(PLAN, "probes.toml").expect("a plan");
        let version = plan.version();
        let agents = self.regions.iter().map(|(region, _)| Agent {
            name: name(region),
            region: name(region),
        });
        let mut agents: Vec<Agent> = agents.collect();
        agents.sort();
        let mut series: Vec<Series> = self
            .regions
            .iter()
            .map(|(region, phase)| Series {
                agent: name(region),
                region: name(region),
                probe: name("user-login"),
                entries: self.entries(version, Millis::from_secs(*phase)),
            })
            .collect();
        series.sort_by(|a, b| a.agent.cmp(&b.agent));
        Record {
            agents,
            plans: BTreeMap::from([(version, plan)]),
            series,
            interpolated: Vec::new(),
        }
    }

    fn entries(&self, plan: u32, phase: Millis) -> Vec<Entry> {
        let minutes = self.span.length().0 / 60_000;
        (0..minutes)
            .map(|minute| {
                let tick = self.span.start + Millis::from_mins(minute);
                let sequence = u64::try_from(minute + 1).expect("positive");
                Entry::Tick(Box::new(self.tick((plan, sequence), tick, tick + phase)))
            })
            .collect()
    }

    fn tick(&self, (plan, sequence): (u32, u64), tick: Timestamp, due: Timestamp) -> Tick {
        let fault = self.faults.iter().find(|(span, ..)| span.contains(due));
        let (verdict, class) = fault.map_or((TickVerdict::Good, None), |(_, verdict, class)| {
            (*verdict, *class)
        });
        let good = verdict == TickVerdict::Good;
        let evidence = Interval::new(due, due);
        Tick {
            plan,
            tick,
            due,
            fast: false,
            verdict,
            recovered: false,
            slow: false,
            class,
            step: (!good).then(|| name("home")),
            status: (class == Some(Class::Status)).then_some(503),
            account: Some(Account {
                label: name(if sequence % 2 == 0 {
                    "user-1"
                } else {
                    "user-2"
                }),
                credential_version: 1,
            }),
            evidence,
            last_evidence: evidence,
            attempts: 1,
            sequence,
            clock_error: Millis::ZERO,
            canary: if good {
                CanaryState::Unasked
            } else {
                CanaryState::Ok
            },
            second_resolver: None,
            detail: Detail::escape(if good { "" } else { "no \u{1b}luck" }),
        }
    }
}
