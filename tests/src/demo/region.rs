//! One region of the replay: a stand-in, a network and an agent on a clock of their own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use anyhow::Context;
use ledger::name::Name;
use ledger::plan::Plan;
use ledger::record;
use ledger::time::{Interval, Millis};
use prober::agent::{self, Agent, Setup, Timer};
use prober::clock::{TokioClock, WallClock};
use prober::journal::{Grouping, Journal, record_at};
use prober::secret::{Keeper, Secrets};

use super::{Progress, SEED};
use crate::network::{Latency, MemoryNetwork};
use crate::script::Script;
use crate::site::Site;
use crate::state::State;
use crate::truth::Truth;

/// How often progress is told, in replayed time.
const STRIDE: Duration = Duration::from_secs(20 * 60);

/// Attempts that are written together: paused time has no power cuts, so nothing is gained by more commits.
const GROUPING: Grouping = Grouping {
    most: 500,
    wait: Duration::from_secs(600),
};

/// What one region needs.
#[derive(Debug)]
pub(super) struct Simulation {
    pub(super) region: Name,
    pub(super) record: PathBuf,
    pub(super) site: PathBuf,
    pub(super) plan: Arc<Plan>,
    pub(super) script: Arc<Script>,
    pub(super) watched: Interval,
}

impl Simulation {
    /// Replays on this thread.
    pub(super) fn run(self, progress: &Sender<Progress>) -> anyhow::Result<Truth> {
        remove_old(&self.record)?;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()?;
        runtime.block_on(self.replay(progress))
    }

    async fn replay(self, progress: &Sender<Progress>) -> anyhow::Result<Truth> {
        let clock = TokioClock::starting_at(self.watched.start);
        let state = State::open(&self.site, SEED, clock.now())?;
        let site = Site::new(
            clock.clone(),
            &self.script,
            state.accounts,
            &state.authority,
        )?;
        let network = MemoryNetwork::new(
            &site,
            self.region.clone(),
            latency(&self.plan, &self.region),
        );
        let identity = record::Agent {
            name: self.region.clone(),
            region: self.region.clone(),
        };
        let (open, known) = record_at(self.record, &identity, &self.plan, clock.now())?;
        let agent = Agent::new(Setup {
            secrets: secrets(&self.plan, &self.region)?,
            network: Arc::new(network),
            journal: Journal::in_place(open, GROUPING)?,
            seed: agent::seed_of(&self.region),
            clock: clock.clone(),
            plan: self.plan,
            region: self.region.clone(),
            last_ticks: known.last_ticks,
            timer: Timer::InPlace,
        })?;
        let end = self.watched.end;
        let watched = async {
            while clock.now() < end {
                tokio::time::sleep(STRIDE.min((end - clock.now()).to_std())).await;
                let passed = Millis::from_std(STRIDE);
                // Nobody may be listening.
                let _ = progress.send(Progress { passed });
            }
        };
        agent
            .run(watched)
            .await
            .with_context(|| format!("agent {}", self.region))?;
        Ok(site.truth(end))
    }
}

fn secrets(plan: &Plan, region: &Name) -> anyhow::Result<Secrets> {
    let loaded = Secrets::load(plan, Some(region), &Keeper::with_env([]));
    loaded.map_err(|mut missing| missing.swap_remove(0).into())
}

/// How far each region is from the site: the first is near, each further one another 35 ms away.
fn latency(plan: &Plan, region: &Name) -> Latency {
    let place = plan
        .regions
        .iter()
        .position(|name| name == region)
        .unwrap_or(0);
    let away = u32::try_from(place).unwrap_or(u32::MAX).saturating_mul(35);
    Latency {
        base: Duration::from_millis(u64::from(away) + 8),
        jitter: Duration::from_millis(6),
    }
}

/// Removes the record of an earlier replay, so that this one starts from nothing.
fn remove_old(record: &Path) -> anyhow::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = record.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("cannot remove {}", record.display()));
            }
            _ => {}
        }
    }
    Ok(())
}
