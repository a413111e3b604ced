//! The loop of one agent: waits for the ticker, puts attempts in the air, hands records to the journal.
//!
//! It decides nothing (the core does) and never waits for an attempt or for the disk.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ledger::attempt::{Attempt, Kind};
use ledger::name::Name;
use ledger::plan::Plan;
use ledger::time::{Interval, Timestamp};
use ledger::verdict::{Class, Verdict};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::AgentError;
use super::action::{Action, Alarm, Miss, STOOD_STILL, Start, TOO_SLOW};
use super::core::Core;
use super::flight::{Landed, Look, fly};
use super::pulse::Pulse;
use super::record::Nothing;
use super::watch::Ended;
use crate::journal::Journal;
use crate::ticker::Ticker;

/// Attempts in the air, at most: memory and sockets are bounded whatever the site does.
const MOST_RUNNING: usize = 4_096;

/// The loop of one agent.
#[derive(Debug)]
pub(crate) struct Loop {
    plan: Arc<Plan>,
    version: u32,
    core: Core,
    pulse: Arc<Pulse>,
    ticker: Ticker<Alarm>,
    journal: Journal,
    last_ticks: BTreeMap<Name, Timestamp>,
    look: Arc<dyn Look>,
    flights: JoinSet<Option<Landed>>,
    aboard: HashMap<Id, Aboard>,
}

/// An attempt in the air.
#[derive(Clone, Copy, Debug)]
struct Aboard {
    start: Start,
    started: Instant,
    started_at: Timestamp,
}

/// What a loop is made of.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) plan: Arc<Plan>,
    pub(crate) region: Name,
    /// Decides the jitter.
    pub(crate) seed: u64,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) ticker: Ticker<Alarm>,
    pub(crate) journal: Journal,
    /// The last tick of each probe that is on record.
    pub(crate) last_ticks: BTreeMap<Name, Timestamp>,
    pub(crate) look: Arc<dyn Look>,
}

impl Loop {
    pub(crate) fn new(parts: Parts) -> Self {
        Self {
            version: parts.plan.version(),
            core: Core::new(&parts.plan, (parts.region, parts.seed), MOST_RUNNING),
            plan: parts.plan,
            pulse: parts.pulse,
            ticker: parts.ticker,
            journal: parts.journal,
            last_ticks: parts.last_ticks,
            look: parts.look,
            flights: JoinSet::new(),
            aboard: HashMap::new(),
        }
    }

    /// Runs until `shutdown`, then finishes the attempts in the air, commits, seals, waits for `last` and leaves.
    pub(crate) async fn run(
        mut self,
        shutdown: impl Future<Output = ()>,
        last: impl Future<Output = ()>,
    ) -> Result<(), AgentError> {
        let mut shutdown = std::pin::pin!(shutdown);
        let actions = self.core.begin(self.pulse.now(), &self.last_ticks);
        self.perform(actions)?;
        loop {
            tokio::select! {
                biased;
                () = &mut shutdown => break,
                error = self.journal.failed() => return Err(error.into()),
                () = self.pulse.shifted() => self.follow_shift()?,
                Some(ended) = self.flights.join_next_with_id() => self.land(ended)?,
                alarm = self.ticker.next() => self.wake(&alarm.ok_or(AgentError::Ticker)?)?,
            }
        }
        tracing::info!(
            attempts = self.flights.len(),
            "finishing what is in the air"
        );
        while let Some(ended) = self.flights.join_next_with_id().await {
            self.land(ended)?;
        }
        self.look.leave().await;
        self.journal.seal().await?;
        last.await;
        Ok(self.journal.close().await?)
    }

    fn wake(&mut self, alarm: &Alarm) -> Result<(), AgentError> {
        let due = self.pulse.instant(alarm.due());
        let late = if self.pulse.broken(due, Instant::now()) {
            STOOD_STILL
        } else {
            TOO_SLOW
        };
        // A jump of the clocks makes this alarm stale.
        self.follow_shift()?;
        let actions = self.core.wake(*alarm, self.pulse.now(), late);
        self.perform(actions)
    }

    fn follow_shift(&mut self) -> Result<(), AgentError> {
        let Some(shift) = self.pulse.take_shift() else {
            return Ok(());
        };
        self.look.clock_moved();
        tracing::warn!(
            shift_ms = shift.0,
            "the clocks jumped; slots are planned anew"
        );
        let actions = self.core.shifted(self.pulse.now());
        self.perform(actions)
    }

    fn perform(&mut self, actions: Vec<Action>) -> Result<(), AgentError> {
        for action in actions {
            match action {
                Action::Wake(at, alarm) => self.ticker.push(self.pulse.instant(at), alarm),
                Action::Start(start) => self.start(start),
                Action::Miss(miss) => self.miss(&miss)?,
            }
        }
        Ok(())
    }

    fn start(&mut self, start: Start) {
        let timeout = self.plan.probes[start.probe].timeout.to_std();
        let flight = fly(Arc::clone(&self.look), start, timeout);
        let task = self.flights.spawn(flight);
        let aboard = Aboard {
            start,
            started: Instant::now(),
            started_at: self.pulse.now(),
        };
        self.aboard.insert(task.id(), aboard);
    }

    fn miss(&mut self, miss: &Miss) -> Result<(), AgentError> {
        let probe = &self.plan.probes[miss.probe];
        tracing::warn!(probe.name = %probe.name, tick = %miss.slot.tick, class = %miss.class, "slot missed: {}", miss.why);
        let nothing = Nothing {
            probe: &probe.name,
            plan: self.version,
            slot: miss.slot,
            kind: Kind::Base,
            tried: Nothing::untried(miss.slot.due),
            class: miss.class,
            why: miss.why,
        };
        let attempt = nothing.attempt(self.look.clock_error());
        Ok(self.journal.append(attempt)?)
    }

    /// An attempt ended, one way or another: journal it, then let the core decide what follows.
    fn land(&mut self, ended: Result<(Id, Option<Landed>), JoinError>) -> Result<(), AgentError> {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let Some(aboard) = self.aboard.remove(&id) else {
            return Ok(());
        };
        let broken = self.pulse.broken(aboard.started, Instant::now());
        let mut landed = match ended {
            Ok((_, Some(landed))) => landed,
            Ok((_, None)) => {
                self.crashed(&aboard, Class::ProberOverrun, "it did not end by itself")
            }
            Err(error) => {
                tracing::error!(probe.name = %self.plan.probes[aboard.start.probe].name, %error, "an attempt crashed");
                self.crashed(&aboard, Class::ProberRestart, "the attempt crashed")
            }
        };
        if broken {
            void(&mut landed.attempt);
        }
        let start = aboard.start;
        let ended = Ended {
            watch: start.watch,
            kind: start.kind,
            slot: start.slot,
            verdict: landed.attempt.verdict,
            class: landed.attempt.class,
            account: start.account,
            keeps_session: landed.keeps_session,
            signed_in_anew: landed.signed_in_anew,
        };
        self.log(&landed.attempt);
        self.journal.append(landed.attempt)?;
        self.follow_shift()?;
        let actions = self.core.ended(&ended, self.pulse.now());
        self.perform(actions)
    }

    fn crashed(&self, aboard: &Aboard, class: Class, why: &str) -> Landed {
        let start = aboard.start;
        let nothing = Nothing {
            probe: &self.plan.probes[start.probe].name,
            plan: self.version,
            slot: start.slot,
            kind: start.kind,
            tried: Interval::new(aboard.started_at, self.pulse.now()),
            class,
            why,
        };
        Landed {
            attempt: nothing.attempt(self.look.clock_error()),
            keeps_session: false,
            signed_in_anew: false,
        }
    }

    fn log(&self, attempt: &Attempt) {
        let class = attempt.class.map_or("", Class::as_str);
        let (probe, kind) = (&attempt.probe, attempt.kind.as_str());
        let duration_ms = (attempt.end - attempt.start).0;
        match attempt.verdict {
            Verdict::Good => {
                tracing::debug!(probe.name = %probe, kind, duration_ms, "good");
            }
            verdict => {
                let step = attempt.step.as_ref().map_or("", Name::as_str);
                tracing::info!(probe.name = %probe, kind, duration_ms, class, step.name = step, detail = %attempt.detail, "{verdict}");
            }
        }
    }
}

/// What was seen across a gap tells nothing about the site.
fn void(attempt: &mut Attempt) {
    attempt.verdict = Verdict::Void;
    attempt.class = Some(Class::ProberSuspended);
    attempt.step = None;
    attempt.steps = Vec::new();
    attempt.total = None;
    attempt.slow = false;
}
