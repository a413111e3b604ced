//! One region: a stand-in, a network and an agent on a clock of their own.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use futures_util::future::BoxFuture;
use ledger::name::Name;
use ledger::plan::Plan;
use ledger::record;
use ledger::time::{Interval, Intervals};
use prober::agent::{self, Agent, Setup, Timer};
use prober::clock::{TokioClock, WallClock};
use prober::dial::{Network, ResolveError, Resolver, Stream};
use prober::journal::{Grouping, Journal, record_at};
use prober::secret::{Keeper, Secrets};

use crate::network::{Latency, MemoryNetwork};
use crate::script::Script;
use crate::site::{Door, Site};
use crate::state::State;
use crate::truth::Truth;

/// Attempts that are written together: paused time has no power cuts.
const GROUPING: Grouping = Grouping {
    most: 500,
    wait: Duration::from_secs(600),
};

/// What one region needs.
#[derive(Debug)]
pub(super) struct Visit {
    pub(super) region: Name,
    pub(super) record: PathBuf,
    pub(super) site: PathBuf,
    pub(super) plan: Arc<Plan>,
    pub(super) script: Arc<Script>,
    pub(super) span: Interval,
    /// When its control checks get no answer.
    pub(super) muted: Intervals,
    /// When the agent does not run.
    pub(super) stopped: Option<Interval>,
    pub(super) seed: u64,
}

/// A network on which the controls are out of reach now and then.
struct Muted {
    network: MemoryNetwork,
    clock: Arc<TokioClock>,
    when: Intervals,
}

impl Visit {
    /// Looks on this thread, for all of the span.
    pub(super) fn run(self) -> anyhow::Result<Truth> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()?;
        runtime.block_on(self.look())
    }

    async fn look(self) -> anyhow::Result<Truth> {
        let clock = TokioClock::starting_at(self.span.start);
        let state = State::open(&self.site, self.seed, clock.now())?;
        let site = Site::new(
            clock.clone(),
            &self.script,
            state.accounts,
            &state.authority,
        )?;
        let latency = Latency {
            base: Duration::from_millis(8),
            jitter: Duration::from_millis(6),
        };
        let network = Arc::new(Muted {
            network: MemoryNetwork::new(&site, self.region.clone(), latency),
            clock: Arc::clone(&clock),
            when: self.muted.clone(),
        });
        let whole = Intervals::from_iter([self.span]);
        let stopped = self.stopped.into_iter().collect();
        for run in whole.subtract(&stopped).iter() {
            tokio::time::sleep((run.start - clock.now()).to_std()).await;
            self.agent(&clock, &network)?
                .run(tokio::time::sleep((run.end - clock.now()).to_std()))
                .await
                .with_context(|| format!("agent {}", self.region))?;
        }
        Ok(site.truth(self.span.end))
    }

    fn agent(&self, clock: &Arc<TokioClock>, network: &Arc<Muted>) -> anyhow::Result<Agent> {
        let identity = record::Agent {
            name: self.region.clone(),
            region: self.region.clone(),
        };
        let (open, known) = record_at(self.record.clone(), &identity, &self.plan, clock.now())?;
        let secrets = Secrets::load(&self.plan, Some(&self.region), &Keeper::with_env([]));
        Ok(Agent::new(Setup {
            secrets: secrets.map_err(|mut missing| missing.swap_remove(0))?,
            network: Arc::clone(network) as Arc<dyn Network>,
            journal: Journal::in_place(open, GROUPING)?,
            seed: agent::seed_of(&self.region) ^ self.seed,
            clock: clock.clone(),
            plan: Arc::clone(&self.plan),
            region: self.region.clone(),
            last_ticks: known.last_ticks,
            timer: Timer::InPlace,
        })?)
    }
}

impl Network for Muted {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        resolver: Resolver,
    ) -> BoxFuture<'a, Result<Vec<std::net::IpAddr>, ResolveError>> {
        self.network.resolve(host, resolver)
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        let controls = [Door::ControlA, Door::ControlB].map(MemoryNetwork::address);
        if controls.contains(&address.ip()) && self.when.contains(self.clock.now()) {
            return Box::pin(std::future::ready(Err(
                io::ErrorKind::ConnectionRefused.into()
            )));
        }
        self.network.connect(address)
    }
}

impl std::fmt::Debug for Muted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Muted").finish_non_exhaustive()
    }
}
