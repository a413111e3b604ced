//! The weekend of 14 to 16 December 2018, replayed: three real agents log in to a stand-in over real TLS and HTTP, on an
//! in-memory network and paused time.
//!
//! The regions share nothing, so each has a thread, a clock and a stand-in of its own; the same script gives all of
//! them the same truth.

mod compare;
mod region;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use anyhow::Context;
use ledger::plan::Plan;
use ledger::time::{Interval, Millis, Timestamp};

use crate::script::Script;
use crate::state::State;
use crate::truth::Truth;
pub use compare::{Compared, Comparison};
use region::Simulation;

/// The script of the weekend.
const SCRIPT: &str = include_str!("../../data/december-2018.toml");

/// The plan by which it is watched.
const PLAN: &str = include_str!("../../data/december-2018.probes.toml");

/// Thursday 13 to Monday 17 December 2018, whole days in New York.
pub const PERIOD: Interval = Interval {
    start: Timestamp(1_544_677_200_000),
    end: Timestamp(1_545_109_200_000),
};

/// Agents look a little longer than the period, so that its ends are known, too.
const MARGIN: Millis = Millis::from_mins(10);

/// How far the replay has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Milliseconds of replayed time that have passed in one region since its last report.
    pub passed: Millis,
}

/// What the replay left behind.
#[derive(Debug)]
pub struct Replayed {
    /// The plan that the agents followed.
    pub plan: Arc<Plan>,
    /// One record per region.
    pub records: Vec<PathBuf>,
    /// What was true.
    pub truth: Truth,
}

/// The time that one region replays.
pub fn watched(period: Interval) -> Interval {
    Interval::new(period.start - MARGIN, period.end + MARGIN)
}

/// The plan of the demo, with the site's files in `dir`.
///
/// # Errors
/// If the shipped plan has mistakes.
pub fn plan(dir: &Path) -> anyhow::Result<Plan> {
    let site = dir.join("site");
    let text = PLAN.replace("data/demo/site", &site.display().to_string());
    Ok(Plan::parse(&text, "december-2018.probes.toml")?)
}

/// Replays `period` into one record per region in `dir`; tells `progress` now and then.
///
/// Records and truth depend on the script and the plan alone: the same bytes each time.
///
/// # Errors
/// If `dir` cannot be written, or an agent stops.
pub fn replay(
    dir: &Path,
    period: Interval,
    progress: &Sender<Progress>,
) -> anyhow::Result<Replayed> {
    let plan = Arc::new(plan(dir)?);
    let script = Arc::new(Script::parse("december-2018.toml", SCRIPT)?);
    let watched = watched(period);
    State::open(&dir.join("site"), SEED, watched.start).context("the stand-in's files")?;
    let simulations = plan.regions.iter().map(|region| Simulation {
        region: region.clone(),
        record: dir.join(format!("{region}.db")),
        site: dir.join("site"),
        plan: Arc::clone(&plan),
        script: Arc::clone(&script),
        watched,
    });
    let simulations: Vec<Simulation> = simulations.collect();
    let records = simulations
        .iter()
        .map(|simulation| simulation.record.clone())
        .collect();
    let truths = thread::scope(|scope| {
        let running: Vec<_> = simulations
            .into_iter()
            .map(|simulation| {
                let progress = progress.clone();
                scope.spawn(move || simulation.run(&progress))
            })
            .collect();
        let ended = running.into_iter().map(|region| {
            region
                .join()
                .map_err(|_| anyhow::anyhow!("a region panicked"))?
        });
        ended.collect::<anyhow::Result<Vec<Truth>>>()
    })?;
    let truth = truths
        .into_iter()
        .next()
        .context("the plan has no region")?;
    Ok(Replayed {
        plan,
        records,
        truth,
    })
}

/// Decides passwords and latencies.
const SEED: u64 = 2018;
