//! Looks at the site, once per order.

mod setup;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use ledger::attempt::Account;
use ledger::name::Name;
use ledger::plan::{Persona, Plan, Probe, Session, Subject};
use ledger::time::{Interval, Timestamp};
use ledger::verdict::Class;
use secrecy::ExposeSecret;
use tokio::time::Instant;

pub use setup::SetupError;

use crate::check::Checker;
use crate::clock::{Stopwatch, WallClock};
use crate::dial::{Guard, Network};
use crate::fault::Fault;
use crate::form::FormReader;
use crate::http::Client;
use crate::journey::{Manner, Walk, judge_of, outcome};
use crate::observation::{Observation, Outcome};
use crate::script::Script;
use crate::secret::{Credential, Secrets};
use crate::session::{End, KeptSession, Live};
use crate::template::{PASSWORD, USERNAME, Values};
use crate::tls::{Handshake, Tls};

/// Everything needed to look at a site; made once, shared by all attempts.
pub struct Looker {
    plan: Arc<Plan>,
    secrets: Secrets,
    network: Arc<dyn Network>,
    clock: Arc<dyn WallClock>,
    guard: Arc<Guard>,
    manner: Manner,
    forms: FormReader,
    scripts: BTreeMap<Name, Script>,
    tls: Arc<Tls>,
    /// TLS of the platform checks that have authorities of their own.
    check_tls: BTreeMap<Name, Arc<Tls>>,
}

/// What is to be looked at, and within what limits.
#[derive(Debug)]
pub struct Order<'a> {
    /// A probe of the looker's plan.
    pub probe: &'a Probe,
    /// Who signs in: an index into the persona's accounts. Platform checks need none.
    pub account: Option<usize>,
    /// When the attempt was meant to start; the total latency counts from here.
    pub due: Timestamp,
    /// When it ends at the latest, from DNS to the last byte.
    pub deadline: Instant,
    /// For a session probe: its session.
    pub session: Option<&'a mut KeptSession>,
}

/// Who is looking, resolved from an order.
struct Visit<'a> {
    probe: &'a Probe,
    script: &'a Script,
    account: usize,
    credential: &'a Credential,
    record: Account,
    due: Timestamp,
    deadline: Instant,
}

impl Looker {
    /// Makes one attempt. A sick site is an observation; so is trouble of our own, as [`Outcome::Unobserved`].
    ///
    /// A logout that closes the journey has been sent when this returns; the observation ends before it.
    pub async fn look(&self, order: Order<'_>) -> Observation {
        let watch = Stopwatch::start(&*self.clock);
        let (journey, persona, session) = match &order.probe.subject {
            Subject::Platform(check) => {
                let checker = Checker {
                    client: self.client(order.probe),
                    user_agent: &self.manner.user_agent,
                    bearer: self.secrets.bearer(&order.probe.name),
                    watch,
                };
                return checker.look(check, &order).await;
            }
            Subject::Journey {
                journey,
                persona,
                session,
            } => (journey, persona, *session),
        };
        let visit = match self.visit(&order, journey, persona) {
            Ok(visit) => visit,
            Err(fault) => return unobserved(&watch, order.probe, &fault),
        };
        match (session, order.session) {
            (Some(terms), Some(kept)) => self.look_in(&visit, watch, terms, kept).await,
            (_, _) => self.log_in(&visit, watch).await,
        }
    }

    /// Goes only as far as the login page, to stay under the login cap. That the page is fine says nothing about the
    /// login, so it is [`Outcome::Unobserved`]; that it is not, says enough.
    pub async fn look_at_page(&self, order: Order<'_>) -> Observation {
        let watch = Stopwatch::start(&*self.clock);
        let capped = |detail| Fault::new(Class::ProberLoginCap, detail);
        let script = match &order.probe.subject {
            Subject::Platform(_) => None,
            Subject::Journey { journey, .. } => self.scripts.get(journey),
        };
        let Some(script) = script.filter(|script| script.login() > 0) else {
            let nothing = capped("no page comes before the login");
            return unobserved(&watch, order.probe, &nothing);
        };
        let mut walk = self.walk(order.probe, script, watch);
        let ended = walk.take_steps(0..script.login(), order.deadline).await;
        let mut observation = walk.observe(&ended, order.due);
        walk.hang_up().await;
        if observation.is_good() {
            let fine = Err(capped("the login page is there"));
            observation.outcome = outcome(&fine, &order.probe.name, &Values::default());
            observation.total = None;
        }
        observation
    }

    /// Ends a kept session, so that the site is not left with it. Trouble is no matter.
    pub async fn sign_out(&self, probe: &Probe, kept: &mut KeptSession) {
        let Subject::Journey { journey, .. } = &probe.subject else {
            return;
        };
        let (Some(script), Some(live)) = (self.scripts.get(journey), kept.live.take()) else {
            return;
        };
        let watch = Stopwatch::start(&*self.clock);
        let mut walk = self.walk(probe, script, watch);
        walk.resume(live.values, live.cookies);
        walk.leave(Instant::now()).await;
    }

    /// One whole journey: login, landing, logout.
    async fn log_in(&self, visit: &Visit<'_>, watch: Stopwatch) -> Observation {
        let mut walk = self.walk(visit.probe, visit.script, watch);
        walk.values = credentials(visit.credential);
        let ended = walk.take_steps(visit.script.all(), visit.deadline).await;
        let observation = walk.observe(&ended, visit.due);
        walk.leave(visit.deadline).await;
        visit.signed(observation)
    }

    /// One tick of a session probe: the session steps, and the login where there is no session.
    async fn look_in(
        &self,
        visit: &Visit<'_>,
        watch: Stopwatch,
        terms: Session,
        kept: &mut KeptSession,
    ) -> Observation {
        let Some(live) = kept.take(visit.account) else {
            return visit.signed(self.begin(visit, watch, kept).await);
        };
        let end = End::of(&live, terms.max_age.to_std());
        let since = live.since;
        let mut walk = self.walk(visit.probe, visit.script, watch);
        walk.resume(live.values, live.cookies);
        let ended = walk
            .take_steps(
                visit.script.session_start()..visit.script.steps.len(),
                visit.deadline,
            )
            .await;
        let seen = walk.observe(&ended, visit.due);
        walk.hang_up().await;
        let refused = |fault: &Fault| fault.class == Class::Rejected;
        if !ended.result.as_ref().is_err_and(refused) {
            kept.live = Some(Live {
                account: visit.account,
                since,
                values: walk.values,
                cookies: walk.cookies,
            });
            return visit.signed(seen);
        }
        let again = self.begin(visit, watch, kept).await;
        visit.signed(after_loss(seen, again, end))
    }

    /// Signs in and keeps the session.
    async fn begin(
        &self,
        visit: &Visit<'_>,
        watch: Stopwatch,
        kept: &mut KeptSession,
    ) -> Observation {
        let mut walk = self.walk(visit.probe, visit.script, watch);
        walk.values = credentials(visit.credential);
        let ended = walk.take_steps(visit.script.all(), visit.deadline).await;
        let seen = walk.observe(&ended, visit.due);
        if ended.result.is_ok() {
            walk.hang_up().await;
            kept.live = Some(Live {
                account: visit.account,
                since: ended.at,
                values: walk.values,
                cookies: walk.cookies,
            });
        } else {
            walk.leave(visit.deadline).await;
        }
        seen
    }

    fn walk<'a>(&'a self, probe: &Probe, script: &'a Script, watch: Stopwatch) -> Walk<'a> {
        let judge = judge_of(script, &self.forms);
        Walk::new(&self.manner, self.client(probe), judge, watch)
    }

    fn client(&self, probe: &Probe) -> Client {
        let tls = self.check_tls.get(&probe.name).unwrap_or(&self.tls);
        Client {
            network: Arc::clone(&self.network),
            guard: Arc::clone(&self.guard),
            tls: Arc::clone(tls),
            handshake: match probe.fresh {
                true => Handshake::Fresh,
                false => Handshake::Resuming,
            },
        }
    }

    fn visit<'a>(
        &'a self,
        order: &Order<'a>,
        journey: &Name,
        persona: &Name,
    ) -> Result<Visit<'a>, Fault> {
        let own = |detail: String| Fault::new(Class::ProberAccount, detail);
        let script = (self.scripts.get(journey))
            .ok_or_else(|| own(format!("journey {journey} is not in the plan")))?;
        let index = order.account.unwrap_or(0);
        let account = self
            .plan
            .persona(persona)
            .and_then(|persona: &Persona| persona.accounts.get(index))
            .ok_or_else(|| own(format!("persona {persona} has no account {index}")))?;
        let credential = self
            .secrets
            .account(persona, &account.label)
            .ok_or_else(|| own(format!("no secret was read for account {}", account.label)))?;
        Ok(Visit {
            probe: order.probe,
            script,
            account: index,
            credential,
            record: Account {
                label: account.label.clone(),
                credential_version: credential.version(),
            },
            due: order.due,
            deadline: order.deadline,
        })
    }
}

impl Visit<'_> {
    fn signed(&self, mut observation: Observation) -> Observation {
        observation.account = Some(self.record.clone());
        observation
    }
}

/// What a refused kept session means, once a new login was tried.
fn after_loss(seen: Observation, again: Observation, end: End) -> Observation {
    let logins = seen.logins + again.logins;
    match again.outcome {
        Outcome::Good => {
            let step = seen.steps.last().map(|last| last.step.clone());
            let outcome = match (&seen.outcome, step) {
                (Outcome::Failed(_), Some(step)) => {
                    outcome(&Err(end.fault()), &step, &Values::default())
                }
                (_, _) => seen.outcome.clone(),
            };
            Observation {
                outcome,
                logins,
                ..seen
            }
        }
        // Cannot log in: that says more than the lost session does.
        Outcome::Failed(_) | Outcome::Unobserved { .. } => Observation { logins, ..again },
    }
}

fn credentials(credential: &Credential) -> Values {
    let mut values = Values::default();
    values.give(USERNAME, credential.username());
    values.give(PASSWORD, credential.password().expose_secret());
    values
}

/// An attempt that could not even begin.
fn unobserved(watch: &Stopwatch, probe: &Probe, fault: &Fault) -> Observation {
    let now = watch.started_at();
    Observation {
        start: now,
        end: now,
        evidence: Interval::new(now, now),
        outcome: outcome(&Err(fault.clone()), &probe.name, &Values::default()),
        account: None,
        logins: 0,
        status: None,
        family: None,
        steps: Vec::new(),
        total: None,
        second_resolver: None,
        certificate_until: None,
        captured: Vec::new(),
        server_date: None,
    }
}

impl fmt::Debug for Looker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Looker")
            .field("site", &self.manner.home)
            .finish_non_exhaustive()
    }
}
