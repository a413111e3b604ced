//! Random schedules through the real agent: real journeys, TLS, HTTP and SQLite, on the in-memory network and paused time.
//!
//! The stand-in enacts a script and says afterwards what was true. Spans are long enough that semantics §6 promises that
//! the bounds hold, whatever ails the agents meanwhile.

mod plan;
mod region;

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use fastrand::Rng;
use ledger::plan::Plan;
use ledger::store::Reader;
use ledger::tally::{Assessment, assess};
use ledger::time::{Interval, Intervals, Millis, Timestamp};
use serde::Serialize;

use super::for_each;
use super::judge::{alone, days, phantoms, touches};
use crate::product::Persona;
use crate::script::Script;
use crate::state::State;
use crate::truth::Truth;
use plan::{Drawn, Setup};
use region::Visit;

/// What the real agents' records came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Real {
    /// Schedules.
    pub schedules: usize,
    /// Agents that ran.
    pub agents: usize,
    /// Base ticks that said something.
    pub ticks: u64,
    /// Days and whole periods.
    pub days: usize,
    /// Of them, with the truth inside.
    pub days_inside: usize,
    /// True outages.
    pub outages: usize,
    /// Of them, found as one outage whose start, end and length are inside their bounds.
    pub inside: usize,
    /// Of them, in time that was partly unknown, so that they may be cut.
    pub cut: usize,
    /// Outages found where nothing was down.
    pub phantoms: usize,
    /// What does not hold, with the number of the schedule.
    pub broken: Vec<(u64, String)>,
}

/// How long the real schedules are.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    /// How many.
    pub schedules: u64,
    /// How many base ticks of an agent and persona each lasts, at least.
    pub ticks: i64,
    /// Spacings are not drawn below this, in seconds.
    pub least_spacing: i64,
}

impl Extent {
    /// So many schedules of any spacing: 25 minutes to two and a half hours each.
    pub fn full(schedules: u64) -> Self {
        Self {
            schedules,
            ticks: 150,
            least_spacing: 10,
        }
    }
}

/// 2018-12-14T22:00:00Z: midnight comes within the first hours.
const BEGIN: Timestamp = Timestamp(1_544_824_800_000);

/// Runs them all, each in a directory of its own below `dir`.
///
/// # Errors
/// If a directory cannot be written, or an agent stops.
pub fn run(seed: u64, extent: Extent, dir: &Path) -> anyhow::Result<Real> {
    let runs = for_each(extent.schedules, |number| {
        let dir = dir.join(number.to_string());
        let one = one((seed, number), extent, &dir);
        let removed = std::fs::remove_dir_all(&dir);
        let one = one.with_context(|| format!("schedule {number}"))?;
        removed?;
        anyhow::Ok(one)
    });
    let mut all = Real::default();
    for one in runs {
        all.add(one?);
    }
    Ok(all)
}

fn one((seed, number): (u64, u64), extent: Extent, dir: &Path) -> anyhow::Result<Real> {
    let mut rng = Rng::with_seed(seed ^ (number + 1).wrapping_mul(0xA076_1D64_78BD_642F));
    let setup = Setup::draw(extent, &mut rng);
    let span = Interval::new(BEGIN, BEGIN + setup.length());
    let drawn = Drawn::draw(&setup, span, &mut rng);
    let site = dir.join("site");
    std::fs::create_dir_all(dir)?;
    State::open(&site, seed ^ number, span.start).context("the stand-in's files")?;
    let plan = Plan::parse(&setup.plan(&site), "accuracy.probes.toml")?;
    let plan = Arc::new(plan);
    let script = Arc::new(Script::parse("accuracy.toml", &drawn.script)?);
    let mut records = Vec::new();
    let mut truth = None;
    for (index, region) in plan.regions.iter().enumerate() {
        let record = dir.join(format!("{region}.db"));
        let visit = Visit {
            region: region.clone(),
            record: record.clone(),
            site: site.clone(),
            plan: Arc::clone(&plan),
            script: Arc::clone(&script),
            span,
            muted: drawn.muted_in(index),
            stopped: drawn.stopped_in(index),
            seed: seed ^ number,
        };
        truth = Some(visit.run()?);
        records.push(record);
    }
    let truth = truth.context("no region")?;
    let record = Reader::open(&records)?.record(span)?;
    let period = drawn.period;
    let assessment = assess(&record, &plan.contracts[0], period, span.end)?;
    let down = setup.service_down(&truth);
    Ok(compare(number, &down, &assessment))
}

/// Holds one assessment against the truth.
fn compare(number: u64, down: &Intervals, assessment: &Assessment) -> Real {
    let mut real = Real {
        schedules: 1,
        agents: assessment.coverage.len(),
        ticks: assessment
            .coverage
            .values()
            .map(|count| count.obtained)
            .sum(),
        ..Real::default()
    };
    for held in days(down, assessment) {
        real.days += 1;
        real.days_inside += usize::from(held.holds());
        if !held.holds() {
            real.broken.push((number, format!("{held:?}")));
        }
    }
    let unknown = unknown(assessment);
    for truth in down.iter().filter(|one| touches(*one, assessment.period)) {
        let found = alone(truth, down, assessment);
        real.outages += 1;
        match found {
            Some(found) if found.inside => real.inside += 1,
            None if touches_any(&unknown, truth) => real.cut += 1,
            found => real
                .broken
                .push((number, format!("{truth:?} in {found:?}"))),
        }
    }
    let nothing = phantoms(down, &assessment.outages);
    real.phantoms = nothing.len();
    let told = |length: Millis| (number, format!("nothing was down for {length:?}"));
    real.broken.extend(nothing.into_iter().map(told));
    real
}

/// Time that was unknown to any region.
fn unknown(assessment: &Assessment) -> Intervals {
    let lanes = assessment
        .regions
        .values()
        .flat_map(|regions| regions.values());
    let unknown = lanes.map(|lane| lane.of(ledger::state::State::Unknown));
    unknown.fold(Intervals::default(), |all, one| all.union(&one))
}

fn touches_any(set: &Intervals, one: Interval) -> bool {
    set.iter().any(|other| touches(other, one))
}

impl Setup {
    /// When the service was down, by what the stand-in enacted.
    fn service_down(&self, truth: &Truth) -> Intervals {
        let personas = [Persona::User, Persona::Traveler];
        let mine = &personas[..self.personas];
        let everywhere = mine.iter().map(|persona| truth.down_for(*persona));
        let mut down = everywhere.fold(Intervals::default(), |all, one| all.union(&one));
        if self.regions == 1 {
            let here = truth
                .regional
                .iter()
                .filter(|down| mine.contains(&down.persona));
            let here = here.flat_map(|down| &down.outages);
            down = down.union(&here.map(crate::truth::Span::interval).collect());
        }
        down
    }
}

impl Real {
    fn add(&mut self, other: Self) {
        self.schedules += other.schedules;
        self.agents += other.agents;
        self.ticks += other.ticks;
        self.days += other.days;
        self.days_inside += other.days_inside;
        self.outages += other.outages;
        self.inside += other.inside;
        self.cut += other.cut;
        self.phantoms += other.phantoms;
        self.broken.extend(other.broken);
    }
}
