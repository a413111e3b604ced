//! The results of a scenario's probes, as a record of ours.

use std::collections::BTreeMap;
use std::ops::Range as Points;

use fastrand::Rng;
use ledger::attempt::Detail;
use ledger::contract::{Contract, Share};
use ledger::plan::Plan;
use ledger::record::{Agent, Record};
use ledger::run::{Entry, Series, Tick, TickVerdict};
use ledger::time::{Interval, Intervals, Millis, Timestamp};
use ledger::verdict::{CanaryState, Class};

use super::{BEGIN, Failing, Range, Scenario, slot};
use crate::accuracy::design::Design;

/// Which points fail, for each probe.
pub(super) type Fails = Vec<Vec<bool>>;

/// Some neighbouring points of a scenario, with a few more at both ends.
#[derive(Debug)]
pub(super) struct Chunk<'a> {
    pub(super) scenario: &'a Scenario,
    pub(super) range: Range,
    pub(super) fails: &'a Fails,
    pub(super) points: Points<i64>,
    /// The seed by which results are late; none is if there is none.
    pub(super) late: Option<u64>,
}

/// Points beside a chunk that are looked at, too.
const BESIDE: i64 = 4;

/// Draws which points fail. Exactly the scenario's share of them does, as in Grafana's library.
pub(super) fn pattern(scenario: &Scenario, range: Range, rng: &mut Rng) -> Fails {
    let count = usize::try_from(range.points()).unwrap_or(0);
    let failing = count * usize::try_from(scenario.percent).unwrap_or(0) / 100;
    let random = |rng: &mut Rng| {
        let mut fails: Vec<bool> = (0..count).map(|point| point < failing).collect();
        rng.shuffle(&mut fails);
        fails
    };
    let end: Vec<bool> = (0..count).map(|point| point >= count - failing).collect();
    let beginning: Vec<bool> = (0..count).map(|point| point < failing).collect();
    match scenario.failing {
        Failing::End => vec![end; scenario.probes],
        Failing::Apart => vec![end, beginning],
        Failing::Shared => vec![random(rng); scenario.probes],
        Failing::Random => (0..scenario.probes).map(|_| random(rng)).collect(),
    }
}

impl Chunk<'_> {
    /// The slots of its points.
    pub(super) fn period(&self) -> Interval {
        let spacing = self.range.spacing;
        Interval::new(
            slot(self.points.start, spacing).start,
            slot(self.points.end - 1, spacing).end,
        )
    }

    /// Where its record ends.
    pub(super) fn end(&self) -> Timestamp {
        slot(self.points.end - 1 + BESIDE, self.range.spacing).end
    }

    /// When all probes failed.
    pub(super) fn down(&self) -> Intervals {
        let all = |point: &i64| self.fails.iter().all(|fails| self.at(fails, *point));
        self.watched()
            .filter(all)
            .map(|point| slot(point, self.range.spacing))
            .collect()
    }

    /// Down where all known regions are; one bad point opens, one good point closes.
    pub(super) fn contract(&self) -> Contract {
        self.design().contract()
    }

    /// What the probes left behind.
    pub(super) fn record(&self) -> Record {
        let design = self.design();
        let plans: Vec<(u32, Plan)> = (0..self.scenario.configurations)
            .map(|version| {
                let mut plan = design.plan();
                plan.site.user_agent = format!("configuration {version}");
                (plan.version(), plan)
            })
            .collect();
        let mut record = Record {
            agents: Vec::new(),
            plans: BTreeMap::new(),
            series: Vec::new(),
            interpolated: Vec::new(),
        };
        for (probe, fails) in self.fails.iter().enumerate() {
            let region = design.region(probe);
            record.agents.push(Agent {
                name: region.clone(),
                region: region.clone(),
            });
            let mut late = self.late.map(|seed| {
                let place =
                    u64::try_from(probe).unwrap_or(0) << 40 ^ self.points.start.cast_unsigned();
                Rng::with_seed(seed ^ place)
            });
            let tick = |point| {
                let version = self.configuration(point);
                let late = late.as_mut().map_or(Millis::ZERO, |rng| self.lateness(rng));
                let failed = self.at(fails, point).then_some(Class::Status);
                self.tick((point, late), plans[version].0, failed)
            };
            record.series.push(Series {
                agent: region.clone(),
                region,
                probe: design.probe(0),
                entries: self.watched().map(tick).collect(),
            });
        }
        record.plans = plans.into_iter().collect();
        record
    }

    fn design(&self) -> Design {
        let mut design = Design::plain(self.range.spacing).regions(self.scenario.probes);
        design.stagger = false;
        let rules = &mut design.rules;
        (rules.n_down, rules.n_up) = (1, 1);
        // More than all but the last millionth of the known regions: all of them.
        rules.q_down = Share(999_999);
        design
    }

    fn watched(&self) -> Points<i64> {
        self.points.start - BESIDE..self.points.end + BESIDE
    }

    /// Beyond the range all stays as it is at its end.
    fn at(&self, fails: &[bool], point: i64) -> bool {
        let last = fails.len().saturating_sub(1);
        let inside = usize::try_from(point.max(0)).unwrap_or(0).min(last);
        fails[inside]
    }

    fn configuration(&self, point: i64) -> usize {
        let configurations = self.scenario.configurations;
        let part = usize::try_from(point.max(0)).unwrap_or(0) * configurations;
        (part / usize::try_from(self.range.points()).unwrap_or(1)).min(configurations - 1)
    }

    /// One result in a hundred is late by up to a third of the spacing.
    fn lateness(&self, rng: &mut Rng) -> Millis {
        match rng.usize(..100) {
            0 => Millis(rng.i64(0..=self.range.spacing * 330)),
            _ => Millis::ZERO,
        }
    }

    fn tick(&self, (point, late): (i64, Millis), plan: u32, class: Option<Class>) -> Entry {
        let tick = BEGIN + Millis::from_secs(point * self.range.spacing);
        let at = tick + late;
        let evidence = Interval::new(at, at);
        let verdict = match class {
            Some(_) => TickVerdict::Bad,
            None => TickVerdict::Good,
        };
        Entry::Tick(Box::new(Tick {
            plan,
            tick,
            due: tick,
            fast: false,
            verdict,
            recovered: false,
            slow: false,
            class,
            step: None,
            status: None,
            account: None,
            evidence,
            last_evidence: evidence,
            attempts: 1,
            sequence: 0,
            clock_error: Millis::ZERO,
            canary: CanaryState::Ok,
            second_resolver: None,
            detail: Detail::default(),
        }))
    }
}
