//! Attempts as the running agent makes them: the journey, then the canary, then the verdict.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{BoxFuture, join_all};
use ledger::attempt::{Attempt, Detail};
use ledger::name::Name;
use ledger::plan::{Plan, Probe};
use ledger::time::Millis;
use ledger::verdict::{CanaryState, Verdict};
use tokio::time::Instant;

use super::action::Start;
use super::flight::{Landed, Look};
use crate::canary::Canary;
use crate::classify::classify;
use crate::looker::{self, Looker};
use crate::observation::{Observation, Outcome};
use crate::session::KeptSession;

/// How long sign-outs may take when the agent leaves.
const LEAVE: Duration = Duration::from_secs(5);

/// Looks at the real site.
pub(super) struct Looking {
    plan: Arc<Plan>,
    version: u32,
    looker: Looker,
    canary: Arc<Canary>,
    /// By probe, while no attempt has it.
    sessions: Mutex<BTreeMap<usize, KeptSession>>,
}

impl Looking {
    pub(super) fn new(plan: Arc<Plan>, looker: Looker, canary: Arc<Canary>) -> Self {
        Self {
            version: plan.version(),
            plan,
            looker,
            canary,
            sessions: Mutex::new(BTreeMap::new()),
        }
    }

    async fn attempt(&self, start: Start) -> Landed {
        let probe = &self.plan.probes[start.probe];
        let started = Instant::now();
        let mut kept = self.sessions().remove(&start.probe).unwrap_or_default();
        let had_session = kept.account().is_some();
        let order = looker::Order {
            probe,
            account: start.account.map(|key| key.account),
            due: start.slot.due,
            deadline: started + probe.timeout.to_std(),
            session: probe.is_session().then_some(&mut kept),
        };
        let seen = if start.page_only {
            self.looker.look_at_page(order).await
        } else {
            self.looker.look(order).await
        };
        let keeps_session = kept.account().is_some();
        if keeps_session {
            self.sessions().insert(start.probe, kept);
        }
        let canary = if seen.is_good() {
            CanaryState::Unasked
        } else {
            self.canary.ask(started).await
        };
        Landed {
            keeps_session,
            signed_in_anew: had_session && seen.logins > 0,
            attempt: self.record(&start, probe, (seen, canary)),
        }
    }

    /// The record, without its sequence number.
    fn record(
        &self,
        start: &Start,
        probe: &Probe,
        (seen, canary): (Observation, CanaryState),
    ) -> Attempt {
        let clock_error = self.canary.clock_error();
        let (verdict, class) = classify(&seen, canary, clock_error);
        let (step, detail) = told(&seen.outcome);
        let good = verdict == Verdict::Good;
        Attempt {
            sequence: 0,
            probe: probe.name.clone(),
            plan: self.version,
            tick: start.slot.tick,
            due: start.slot.due,
            kind: start.kind,
            account: seen.account,
            start: seen.start,
            end: seen.end,
            evidence: seen.evidence,
            verdict,
            class,
            step,
            status: seen.status,
            family: seen.family,
            slow: good && seen.end - seen.start > probe.slow_after,
            steps: seen.steps,
            total: seen.total.filter(|_| good),
            clock_error,
            canary,
            second_resolver: seen.second_resolver,
            detail,
        }
    }

    fn sessions(&self) -> MutexGuard<'_, BTreeMap<usize, KeptSession>> {
        // Nothing inside can be left half done.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Look for Looking {
    fn look(self: Arc<Self>, start: Start) -> BoxFuture<'static, Landed> {
        async move { self.attempt(start).await }.boxed()
    }

    fn clock_error(&self) -> Millis {
        self.canary.clock_error()
    }

    fn clock_moved(&self) {
        self.canary.forget_clock();
    }

    fn leave(&self) -> BoxFuture<'_, ()> {
        let sessions = std::mem::take(&mut *self.sessions());
        let sign_out = |(probe, mut kept): (usize, KeptSession)| async move {
            let probe = &self.plan.probes[probe];
            self.looker.sign_out(probe, &mut kept).await;
        };
        let all = join_all(sessions.into_iter().map(sign_out));
        tokio::time::timeout(LEAVE, all).map(drop).boxed()
    }
}

fn told(outcome: &Outcome) -> (Option<Name>, Detail) {
    match outcome {
        Outcome::Good => (None, Detail::default()),
        Outcome::Failed(failure) => (Some(failure.step.clone()), failure.detail.clone()),
        Outcome::Unobserved { detail, .. } => (None, detail.clone()),
    }
}

impl fmt::Debug for Looking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Looking")
            .field("looker", &self.looker)
            .finish_non_exhaustive()
    }
}
