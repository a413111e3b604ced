//! The agent's own control checks: they tell its dead network from a dead site, and bound the error of its clock.

mod clock_bound;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use http::{HeaderMap, HeaderValue, Method, header};
use ledger::clock::{ASSUMED, WARN};
use ledger::plan::{Controls, Plan};
use ledger::time::{Millis, Timestamp};
use ledger::verdict::CanaryState;
use tokio::time::{Instant, MissedTickBehavior};
use url::Url;

use crate::clock::{HubClock, Stopwatch, WallClock};
use crate::dial::{Guard, Network, Resolver};
use crate::http::{Client, Sent, Times};
use crate::origin::{Origin, OriginError};
use crate::tls::{Handshake, RootsError, Tls, TlsOptions};
use clock_bound::{ClockBound, out_of_step};

/// The control checks of one agent.
#[derive(Debug)]
pub struct Canary {
    asks: Option<Asks>,
    clock: Arc<dyn WallClock>,
    state: Mutex<State>,
    /// One check at a time; who waits for it takes its result.
    turn: tokio::sync::Mutex<usize>,
    /// What the hub's clock says, if there is a hub.
    hub: OnceLock<Arc<HubClock>>,
}

struct Asks {
    controls: Vec<(Url, Origin)>,
    resolve: Option<String>,
    every: Duration,
    timeout: Duration,
    client: Client,
    headers: HeaderMap,
}

#[derive(Debug, Default)]
struct State {
    /// When the latest check was begun, and whether a control answered.
    latest: Option<(Instant, bool)>,
    /// When a check last ended without any answer.
    failed_at: Option<Instant>,
    resolver_fails: bool,
    clock_is_off: bool,
    clocks: Vec<Option<ClockBound>>,
}

/// What one check found.
struct Checked {
    answered: bool,
    resolved: bool,
    clock_is_off: bool,
}

/// Why the controls cannot be asked.
#[derive(Debug, thiserror::Error)]
pub enum CanaryError {
    /// A control's URL.
    #[error("control {0}: {1}")]
    Url(Url, #[source] OriginError),
    /// The authorities trusted for controls.
    #[error("controls: {0}")]
    Roots(#[from] RootsError),
}

impl Canary {
    /// The control checks of `plan`; none if it says so.
    ///
    /// # Errors
    /// [`CanaryError`] if a control is no web address or its authorities cannot be read.
    pub fn new(
        plan: &Plan,
        network: Arc<dyn Network>,
        clock: Arc<dyn WallClock>,
    ) -> Result<Self, CanaryError> {
        let asks = match &plan.canary {
            ledger::plan::Canary::None => None,
            ledger::plan::Canary::Controls(controls) => {
                Some(Asks::new(plan, controls, (network, Arc::clone(&clock)))?)
            }
        };
        let controls = asks.as_ref().map_or(0, |asks| asks.controls.len());
        let state = State {
            clocks: vec![None; controls],
            ..State::default()
        };
        Ok(Self {
            asks,
            clock,
            state: Mutex::new(state),
            turn: tokio::sync::Mutex::new(0),
            hub: OnceLock::new(),
        })
    }

    /// Checks as often as the plan says, or a little more often, for ever.
    pub(crate) async fn keep_watch(self: Arc<Self>) {
        let Some(asks) = &self.asks else {
            return;
        };
        let mut every = tokio::time::interval(out_of_step(asks.every));
        every.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            every.tick().await;
            self.check(asks, Instant::now()).await;
        }
    }

    /// What the controls say about an attempt that was begun at `started` and has just gone wrong.
    ///
    /// Asks at once. A check that failed while the attempt ran, or shortly before, counts as well: a network that came back in
    /// the meantime does not make the site bad.
    pub(crate) async fn ask(&self, started: Instant) -> CanaryState {
        let Some(asks) = &self.asks else {
            return CanaryState::Assumed;
        };
        let answered = self.check(asks, Instant::now()).await;
        let doubtful = |failed_at: Instant| failed_at + asks.every >= started;
        if answered && !self.state().failed_at.is_some_and(doubtful) {
            CanaryState::Ok
        } else {
            CanaryState::Failed
        }
    }

    /// Besides the controls, the hub's clock tells how far ours is off.
    pub(crate) fn trust_clock(&self, hub: Arc<HubClock>) {
        // There is one hub.
        let _ = self.hub.set(hub);
    }

    /// Upper bound of the clock error: that of the control or hub which agrees best, so that one wrong clock does no harm.
    pub(crate) fn clock_error(&self) -> Millis {
        let assumed = match self.asks {
            None => Millis::ZERO,
            Some(_) => ASSUMED,
        };
        self.known_error().unwrap_or(assumed)
    }

    fn known_error(&self) -> Option<Millis> {
        let now = self.clock.now();
        let state = self.state();
        let errors = state.clocks.iter().flatten().map(|bound| bound.error(now));
        let hub = self.hub.get().and_then(|hub| hub.error(now));
        errors.chain(hub).min()
    }

    /// Forgets what was known of the clock, because it was set.
    pub(crate) fn forget_clock(&self) {
        self.state().clocks.fill(None);
        if let Some(hub) = self.hub.get() {
            hub.forget();
        }
    }

    /// Whether a control answers, by a check begun at `since` or later; makes one if there is none.
    async fn check(&self, asks: &Asks, since: Instant) -> bool {
        let mut turn = self.turn.lock().await;
        let latest = self.state().latest;
        if let Some((_, answered)) = latest.filter(|(begun, _)| *begun >= since) {
            return answered;
        }
        let begun = Instant::now();
        *turn = (*turn + 1) % asks.controls.len().max(1);
        let (answered, resolved) = tokio::join!(self.any_answers(asks, *turn), asks.resolves());
        let clock_is_off = self.known_error().is_some_and(|error| error > WARN);
        let mut state = self.state();
        state.tell_changes(&Checked {
            answered,
            resolved,
            clock_is_off,
        });
        state.clock_is_off = clock_is_off;
        state.latest = Some((begun, answered));
        if !answered {
            state.failed_at = Some(Instant::now());
        }
        state.resolver_fails = !resolved;
        answered
    }

    /// Asks the control whose turn it is, and all others if it does not answer.
    async fn any_answers(&self, asks: &Asks, first: usize) -> bool {
        if self.answers(asks, first).await {
            return true;
        }
        let others = (0..asks.controls.len()).filter(|index| *index != first);
        let answers = join_all(others.map(|index| self.answers(asks, index))).await;
        answers.contains(&true)
    }

    async fn answers(&self, asks: &Asks, index: usize) -> bool {
        let asked = asks.ask(&*self.clock, index);
        match tokio::time::timeout(asks.timeout, asked).await {
            Ok(Ok(sample)) => {
                if let (Some(sample), Some(bound)) = (sample, self.state().clocks.get_mut(index)) {
                    *bound = Some(bound.map_or(sample, |old| old.narrowed(sample)));
                }
                true
            }
            Ok(Err(why)) => {
                tracing::debug!(control.url = %asks.controls[index].0, why, "control failed");
                false
            }
            Err(_) => {
                tracing::debug!(control.url = %asks.controls[index].0, "control did not answer in time");
                false
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing inside can be left half done.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Logs what has changed since the check before.
    fn tell_changes(&self, now: &Checked) {
        match (self.latest.is_none_or(|(_, before)| before), now.answered) {
            (true, false) => {
                tracing::warn!("no control answers: the agent's own network is in doubt");
            }
            (false, true) => tracing::info!("a control answers again"),
            (true, true) | (false, false) => {}
        }
        match (self.resolver_fails, now.resolved) {
            (false, false) => tracing::warn!("the agent's own resolver fails"),
            (true, true) => tracing::info!("the agent's own resolver works again"),
            (false, true) | (true, false) => {}
        }
        match (self.clock_is_off, now.clock_is_off) {
            (false, true) => tracing::warn!("the clock may be off by more than 2 s"),
            (true, false) => tracing::info!("the clock is right again to 2 s"),
            (false, false) | (true, true) => {}
        }
    }
}

impl Asks {
    fn new(
        plan: &Plan,
        controls: &Controls,
        (network, clock): (Arc<dyn Network>, Arc<dyn WallClock>),
    ) -> Result<Self, CanaryError> {
        let options = TlsOptions {
            ca: controls.ca.clone(),
            http2: false,
            verify_chain_always: false,
            post_quantum: plan.site.post_quantum,
        };
        let with_origin = |url: &Url| match Origin::of(url) {
            Ok(origin) => Ok((url.clone(), origin)),
            Err(error) => Err(CanaryError::Url(url.clone(), error)),
        };
        let mut headers = HeaderMap::new();
        if let Ok(agent) = HeaderValue::from_str(&plan.site.user_agent) {
            headers.insert(header::USER_AGENT, agent);
        }
        Ok(Self {
            controls: controls
                .urls
                .iter()
                .map(with_origin)
                .collect::<Result<_, _>>()?,
            resolve: controls.resolve.clone(),
            every: controls.every.to_std(),
            timeout: controls.timeout.to_std(),
            client: Client {
                network,
                // The operator named the controls: a gateway is as good as a public server.
                guard: Arc::new(everywhere()),
                tls: Arc::new(Tls::new(&options, &clock)?),
                handshake: Handshake::Resuming,
            },
            headers,
        })
    }

    /// Any whole HTTP answer will do. Its date, if it is the server's own, tells about our clock.
    async fn ask(&self, clock: &dyn WallClock, index: usize) -> Result<Option<ClockBound>, String> {
        let (url, origin) = &self.controls[index];
        let mut times = Times::default();
        let opened = self.client.open(origin, &mut times).await;
        let mut connection = opened.map_err(|fault| fault.detail)?;
        let sent = Sent {
            method: Method::HEAD,
            url: url.clone(),
            headers: self.headers.clone(),
            body: Bytes::new(),
        };
        let watch = Stopwatch::start(clock);
        let answered = connection.exchange(&sent, &mut times).await;
        let reply = answered.map_err(|broken| format!("{broken:?}"))?;
        let received = watch.wall(Instant::now()) + Millis(1);
        if reply.headers.contains_key(header::AGE) {
            return Ok(None);
        }
        let date = reply.headers.get(header::DATE).and_then(date);
        Ok(date.map(|date| ClockBound::sample(date, watch.started_at(), received)))
    }

    async fn resolves(&self) -> bool {
        let Some(name) = &self.resolve else {
            return true;
        };
        let asked = self.client.network.resolve(name, Resolver::First);
        let found = tokio::time::timeout(self.timeout, asked).await;
        matches!(found, Ok(Ok(addresses)) if !addresses.is_empty())
    }
}

fn everywhere() -> Guard {
    let networks = ["0.0.0.0/0", "::/0"].map(str::to_owned);
    Guard::new(&networks).expect("both are networks")
}

/// An HTTP date (RFC 9110 §5.6.7, the one format that may be sent).
fn date(value: &HeaderValue) -> Option<Timestamp> {
    let text = value.to_str().ok()?;
    let parser = jiff::fmt::rfc2822::DateTimeParser::new();
    Some(Timestamp::from_jiff(parser.parse_timestamp(text).ok()?))
}

impl fmt::Debug for Asks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asks")
            .field("controls", &self.controls.len())
            .finish_non_exhaustive()
    }
}
