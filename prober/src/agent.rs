//! One agent: looks when a slot is due, journals what it saw, and looks more often while in doubt.
//!
//! Runs the same on real time (a timer thread, a journal thread, real sockets) and on paused time (one thread, everything in
//! place), where the same plan, seed and network give the same record.

mod accounts;
mod action;
mod core;
mod event_loop;
mod flight;
mod looking;
mod pulse;
mod record;
mod slots;
mod watch;

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger::name::Name;
use ledger::plan::Plan;
use ledger::time::Timestamp;

use self::event_loop::{Loop, Parts};
use self::looking::Looking;
use self::pulse::Pulse;
use crate::canary::{Canary, CanaryError};
use crate::clock::{HubClock, WallClock};
use crate::dial::Network;
use crate::journal::{Journal, JournalError};
use crate::looker::{Looker, SetupError};
use crate::secret::Secrets;
use crate::ticker::Ticker;

/// What an agent is made of.
#[derive(Debug)]
pub struct Setup {
    /// What is watched.
    pub plan: Arc<Plan>,
    /// Where the agent runs; a region of the plan.
    pub region: Name,
    /// The secrets of the accounts and tokens used there.
    pub secrets: Secrets,
    /// The network.
    pub network: Arc<dyn Network>,
    /// The wall clock.
    pub clock: Arc<dyn WallClock>,
    /// Where attempts are recorded.
    pub journal: Journal,
    /// The last tick of each probe that is on record: slots since then were missed. Empty for a new agent.
    pub last_ticks: BTreeMap<Name, Timestamp>,
    /// Decides the jitter; the agent's own.
    pub seed: u64,
    /// Who waits for the slots.
    pub timer: Timer,
}

/// Who waits for the slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timer {
    /// A thread of its own: real time.
    Thread,
    /// Tokio's clock: paused time.
    InPlace,
}

/// An agent that is ready to run.
#[derive(Debug)]
pub struct Agent {
    inner: Loop,
    canary: Arc<Canary>,
}

/// Why an agent cannot start, or stopped by itself.
#[derive(Debug, thiserror::Error)]
pub enum AgentError {
    /// The plan has no such region.
    #[error("region {region:?} is not in the plan; it has {}", list(.known))]
    Region {
        /// What was asked for.
        region: String,
        /// What there is.
        known: Vec<Name>,
    },
    /// The plan cannot be looked at.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The control checks cannot be made.
    #[error(transparent)]
    Canary(#[from] CanaryError),
    /// The record cannot be written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The timer thread cannot be started.
    #[error("the timer thread cannot be started: {0}")]
    Thread(#[source] std::io::Error),
    /// The timer thread is gone.
    #[error("the timer thread died")]
    Ticker,
}

impl Agent {
    /// Makes everything ready. Must be called inside the runtime that [`Self::run`] will use.
    ///
    /// # Errors
    /// [`AgentError`] if the plan cannot be looked at from here.
    pub fn new(setup: Setup) -> Result<Self, AgentError> {
        let plan = setup.plan;
        region(&plan, setup.region.as_str())?;
        let network = Arc::clone(&setup.network);
        let canary = Canary::new(&plan, network, Arc::clone(&setup.clock))?;
        let canary = Arc::new(canary);
        let looker = Looker::new(
            Arc::clone(&plan),
            setup.secrets,
            setup.network,
            Arc::clone(&setup.clock),
        )?;
        let pulse = Arc::new(Pulse::new(setup.clock, setup.timer));
        let beaten = Arc::clone(&pulse);
        let ticker = match setup.timer {
            Timer::Thread => Ticker::threaded(move || beaten.beat()).map_err(AgentError::Thread)?,
            Timer::InPlace => Ticker::in_place(),
        };
        let look = Looking::new(Arc::clone(&plan), looker, Arc::clone(&canary));
        let inner = Loop::new(Parts {
            plan,
            region: setup.region,
            seed: setup.seed,
            pulse,
            ticker,
            journal: setup.journal,
            last_ticks: setup.last_ticks,
            look: Arc::new(look),
        });
        Ok(Self { inner, canary })
    }

    /// Besides the controls, the hub's clock tells how far ours is off.
    pub fn trust_clock(&self, hub: Arc<HubClock>) {
        self.canary.trust_clock(hub);
    }

    /// Looks until `shutdown`; then finishes the attempts in hand (bounded by their deadlines), commits, seals and leaves.
    ///
    /// # Errors
    /// [`AgentError`] if the record can no longer be written.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), AgentError> {
        self.run_and(shutdown, std::future::ready(())).await
    }

    /// As [`Self::run`]; when all is sealed, and before the record is closed, it waits for `last`.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn run_and(
        self,
        shutdown: impl Future<Output = ()>,
        last: impl Future<Output = ()>,
    ) -> Result<(), AgentError> {
        let watch = tokio::spawn(self.canary.keep_watch());
        let ended = self.inner.run(shutdown, last).await;
        watch.abort();
        ended
    }
}

/// The region of that name in `plan`.
///
/// # Errors
/// [`AgentError::Region`], which lists the regions there are.
pub fn region(plan: &Plan, name: &str) -> Result<Name, AgentError> {
    let found = plan.regions.iter().find(|region| region.as_str() == name);
    found.cloned().ok_or_else(|| AgentError::Region {
        region: name.to_owned(),
        known: plan.regions.clone(),
    })
}

/// The seed of an agent, from its name: its jitter is its own and stays.
pub fn seed_of(agent: &Name) -> u64 {
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, agent.as_str().as_bytes());
    let bytes = hash.as_ref().iter().take(8);
    bytes.fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}

fn list(names: &[Name]) -> String {
    let names: Vec<&str> = names.iter().map(Name::as_str).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests;
