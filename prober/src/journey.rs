//! A journey: its steps in order over one connection, under one deadline, then the logout.

mod hop;

use std::ops::Range;
use std::time::Duration;

use http::HeaderValue;
use ledger::attempt::{Detail, StepPhases};
use ledger::time::{Interval, Timestamp};
use ledger::verdict::Class;
use tokio::time::Instant;

use crate::clock::Stopwatch;
use crate::cookies::Cookies;
use crate::fault::{Fault, is_own};
use crate::form::Form;
use crate::http::{Client, Connection, Times};
use crate::judge::Judge;
use crate::observation::{Failure, Observation, Outcome, ServerDate};
use crate::origin::Origin;
use crate::page::Page;
use crate::script::{Login, Part, Script};
use crate::template::Values;

/// How long a logout may take beyond the deadline.
const LOGOUT_GRACE: Duration = Duration::from_secs(2);

/// How long the other side may take to say goodbye.
const CLOSE_GRACE: Duration = Duration::from_millis(50);

/// What all journeys to a site share.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    pub(crate) site: url::Url,
    pub(crate) home: Origin,
    /// The site's origin and the others that the plan lists.
    pub(crate) origins: Vec<Origin>,
    pub(crate) user_agent: HeaderValue,
}

/// One walk through a script.
pub(crate) struct Walk<'a> {
    pub(crate) manner: &'a Manner,
    pub(crate) client: Client,
    pub(crate) judge: Judge<'a>,
    pub(crate) watch: Stopwatch,
    pub(crate) values: Values,
    pub(crate) cookies: Cookies,
    connection: Option<Connection>,
    form: Option<Form>,
    /// Where the last page came from.
    page: Option<url::Url>,
    seen: Seen,
}

/// What was seen so far.
#[derive(Debug)]
struct Seen {
    steps: Vec<StepPhases>,
    /// The step under way, and what was measured of it.
    step: usize,
    times: Times,
    step_sent: Instant,
    answered: Instant,
    status: Option<u16>,
    date: Option<(HeaderValue, Instant)>,
    captured: Vec<String>,
    logins: u32,
    /// Whether the site may hold a session of ours.
    signed_in: bool,
}

/// How a walk ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) at: Instant,
    pub(crate) result: Result<(), Fault>,
}

impl<'a> Walk<'a> {
    /// A walk that has not begun. `values` and `cookies` may come from a kept session.
    pub(crate) fn new(
        manner: &'a Manner,
        client: Client,
        judge: Judge<'a>,
        watch: Stopwatch,
    ) -> Self {
        let now = Instant::now();
        Self {
            manner,
            client,
            judge,
            watch,
            values: Values::default(),
            cookies: Cookies::default(),
            connection: None,
            form: None,
            page: None,
            seen: Seen {
                steps: Vec::new(),
                step: 0,
                times: Times::default(),
                step_sent: now,
                answered: now,
                status: None,
                date: None,
                captured: Vec::new(),
                logins: 0,
                signed_in: false,
            },
        }
    }

    /// Goes on with what an earlier walk was given by the site, which holds a session of ours.
    pub(crate) fn resume(&mut self, values: Values, cookies: Cookies) {
        self.values = values;
        self.cookies = cookies;
        self.seen.signed_in = true;
    }

    /// Takes the counted steps among `steps`, until one fails or the deadline passes.
    pub(crate) async fn take_steps(&mut self, steps: Range<usize>, deadline: Instant) -> Ended {
        let steps = Box::pin(self.counted_steps(steps));
        let result = match tokio::time::timeout_at(deadline, steps).await {
            Ok(result) => result,
            Err(_) => {
                self.connection = None; // whatever it was in the middle of, it is of no more use
                Err(self.seen.times.late())
            }
        };
        Ended {
            at: Instant::now(),
            result,
        }
    }

    async fn counted_steps(&mut self, steps: Range<usize>) -> Result<(), Fault> {
        let script = self.judge.script;
        for index in steps {
            if script.steps[index].part != Part::Logout {
                self.step(index).await?;
                self.finish_step(index);
            }
        }
        Ok(())
    }

    async fn step(&mut self, index: usize) -> Result<(), Fault> {
        self.seen.step = index;
        self.seen.step_sent = Instant::now();
        let step = &self.judge.script.steps[index];
        let signs_in = step.login == Login::Now;
        self.seen.logins += u32::from(signs_in);
        let reply = self.send_step(index).await?;
        self.seen.answered = Instant::now();
        let origin = Origin::of(&reply.url).map_err(|error| unlisted(&error))?;
        let now = self.watch.wall(self.seen.answered);
        let judged = {
            let page = Page::new(&reply, self.seen.times.expiry, now);
            self.judge.judge(index, &page, &self.values)
        };
        if signs_in {
            let refused = |fault: &Fault| fault.class == Class::Rejected;
            self.seen.signed_in |= !judged.as_ref().is_err_and(refused);
        }
        let taken = judged?;
        for (name, value) in taken.values {
            self.values.take(&name, &value, &origin);
            self.seen.captured.push(name);
        }
        self.form = taken.form;
        self.page = Some(reply.url);
        Ok(())
    }

    fn finish_step(&mut self, index: usize) {
        let phases = self.seen.times.phases();
        self.seen.steps.push(StepPhases {
            step: self.judge.script.steps[index].name.clone(),
            phases,
        });
        self.seen.times = self.seen.times.carried();
    }

    /// Signs out, if the site may hold a session of ours. Never counted; trouble here is no matter.
    pub(crate) async fn leave(&mut self, deadline: Instant) {
        let script = self.judge.script;
        let anonymous = !script.steps.iter().any(|step| step.login == Login::Now);
        if self.seen.signed_in || (anonymous && !self.seen.steps.is_empty()) {
            let until = deadline.max(Instant::now()) + LOGOUT_GRACE;
            let logout = Box::pin(async {
                for index in 0..script.steps.len() {
                    if script.steps[index].part == Part::Logout {
                        self.step(index).await?;
                    }
                }
                Ok::<(), Fault>(())
            });
            if !matches!(tokio::time::timeout_at(until, logout).await, Ok(Ok(()))) {
                tracing::debug!("logout failed");
            }
        }
        self.hang_up().await;
    }

    /// Closes the connection in good order.
    pub(crate) async fn hang_up(&mut self) {
        if let Some(connection) = self.connection.take() {
            connection.close(CLOSE_GRACE).await;
        }
    }

    /// What was seen, to be asked before the logout. `due` is when the attempt was meant to start.
    pub(crate) fn observe(&self, ended: &Ended, due: Timestamp) -> Observation {
        let seen = &self.seen;
        let mut steps = seen.steps.clone();
        let step = &self.judge.script.steps[seen.step].name;
        let evidence_end = match &ended.result {
            Ok(()) => seen.answered,
            Err(_) => {
                steps.push(StepPhases {
                    step: step.clone(),
                    phases: seen.times.phases(),
                });
                ended.at
            }
        };
        let mut captured = seen.captured.clone();
        captured.sort();
        captured.dedup();
        Observation {
            start: self.watch.started_at(),
            end: self.watch.wall(ended.at),
            evidence: Interval::new(
                self.watch.wall(seen.step_sent),
                self.watch.wall(evidence_end) + ledger::time::Millis(1),
            ),
            outcome: outcome(&ended.result, step, &self.values),
            account: None,
            logins: seen.logins,
            status: seen.status,
            family: seen.times.family,
            steps,
            total: ended.result.is_ok().then(|| self.total(due)),
            second_resolver: seen.times.second_resolver,
            certificate_until: seen.times.expiry,
            captured,
            server_date: server_date(seen.date.as_ref(), &self.watch),
        }
    }

    /// From `due` to the last answer; never negative, should the attempt have started early.
    fn total(&self, due: Timestamp) -> ledger::phases::Micros {
        let late = (self.watch.started_at() - due).to_std();
        let took = self
            .watch
            .elapsed()
            .saturating_sub(self.seen.answered.elapsed());
        ledger::phases::Micros::measured(late + took)
    }
}

/// A `Date` header with the wall time at which it came.
pub(crate) fn server_date(
    seen: Option<&(HeaderValue, Instant)>,
    watch: &Stopwatch,
) -> Option<ServerDate> {
    let (date, received) = seen?;
    Some(ServerDate {
        date: http_date(date.to_str().ok()?)?,
        received: watch.wall(*received),
    })
}

/// The outcome of a walk whose last step was `step`.
pub(crate) fn outcome(
    result: &Result<(), Fault>,
    step: &ledger::name::Name,
    values: &Values,
) -> Outcome {
    let Err(fault) = result else {
        return Outcome::Good;
    };
    let detail = Detail::escape(values.scrub(&fault.detail));
    match is_own(fault.class) {
        true => Outcome::Unobserved {
            class: fault.class,
            detail,
        },
        false => Outcome::Failed(Failure {
            class: fault.class,
            step: step.clone(),
            certificate: fault.certificate,
            detail,
        }),
    }
}

/// The judge of a script, as walks need it.
pub(crate) const fn judge_of<'a>(
    script: &'a Script,
    forms: &'a crate::form::FormReader,
) -> Judge<'a> {
    Judge { script, forms }
}

fn unlisted(error: &crate::origin::OriginError) -> Fault {
    Fault::new(Class::Content, error.to_string())
}

/// An HTTP date (RFC 9110 §5.6.7), as a `Date` header has it.
fn http_date(text: &str) -> Option<Timestamp> {
    let at = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(Timestamp::from_jiff(at.timestamp()))
}
