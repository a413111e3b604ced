//! A real record, its journal and the whole uplink on paused time, against a hub that is away, slow, rude, forgetful, or
//! somebody else.

mod crash;
mod hub;
mod leaving;

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use ledger::attempt::{Attempt, Detail, Kind};
use ledger::plan::Plan;
use ledger::record::Agent;
use ledger::store::{Reader, Writer};
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::{CanaryState, Class, Verdict};

use self::hub::{Hub, Mood, bond, name};
use super::*;
use crate::clock::{HubClock, TokioClock, WallClock};
use crate::journal::{Grouping, Journal, record_for_hub};

const TOML: &str = r#"
    regions = ["eu"]
    canary = "none"
    [site]
    name = "x"
    url = "https://x.test"
    login_cap = 0
    [[persona]]
    name = "user"
    [[persona.account]]
    label = "user-1"
    username = "x"
    password = { env = "X" }
    [[journey]]
    name = "login"
    [[journey.step]]
    name = "in"
    get = "/"
    expect.status = 200
    [[probe]]
    name = "user-login"
    journey = "login"
    persona = "user"
    schedule = "*/5 * * * * *"
    [[contract]]
    id = "gold"
    customer = "X"
    zone = "UTC"
    target = 99.9
"#;

const MORNING: Timestamp = Timestamp(1_544_745_600_000);

fn plan() -> std::sync::Arc<Plan> {
    std::sync::Arc::new(Plan::parse(TOML, "probes.toml").unwrap())
}

fn agent() -> Agent {
    Agent {
        name: name("eu-1"),
        region: name("eu"),
    }
}

fn attempt(plan: &Plan, at: Timestamp, verdict: Verdict) -> Attempt {
    Attempt {
        sequence: 0,
        probe: name("user-login"),
        plan: plan.version(),
        tick: at,
        due: at,
        kind: Kind::Base,
        account: None,
        start: at,
        end: at,
        evidence: Interval::new(at, at),
        verdict,
        class: (verdict != Verdict::Good).then_some(Class::Status),
        step: None,
        status: None,
        family: None,
        steps: Vec::new(),
        total: None,
        slow: false,
        clock_error: Millis::ZERO,
        canary: CanaryState::Ok,
        second_resolver: None,
        detail: Detail::default(),
    }
}

/// An agent that looks every five seconds.
struct Watch {
    journal: Journal,
    plan: std::sync::Arc<Plan>,
    clock: std::sync::Arc<TokioClock>,
    hub_clock: std::sync::Arc<HubClock>,
    uplink: tokio::task::JoinHandle<()>,
    parting: std::sync::Arc<Parting>,
    seen: Vec<i64>,
}

impl Watch {
    fn begin(path: &Path, hub: &std::sync::Arc<Hub>, clock: &std::sync::Arc<TokioClock>) -> Self {
        let carrier: std::sync::Arc<dyn Carrier> = std::sync::Arc::clone(hub) as _;
        Self::with(path, carrier, clock)
    }

    fn with(
        path: &Path,
        carrier: std::sync::Arc<dyn Carrier>,
        clock: &std::sync::Arc<TokioClock>,
    ) -> Self {
        let (plan, bond) = (plan(), bond());
        let opened = record_for_hub(
            path.to_owned(),
            (&agent(), &plan),
            clock.now(),
            Some(std::sync::Arc::clone(&bond)),
        );
        let journal = Journal::in_place(opened.unwrap().0, Grouping::AT_ONCE).unwrap();
        let hub_clock = std::sync::Arc::new(HubClock::new());
        let parting = std::sync::Arc::<Parting>::default();
        let uplink = Uplink::keep_running(Parts {
            agent: agent().name,
            bond,
            rate: 50,
            seed: 7,
            carrier,
            desk: journal.desk(),
            clock: std::sync::Arc::clone(clock) as std::sync::Arc<_>,
            hub_clock: std::sync::Arc::clone(&hub_clock),
            parting: std::sync::Arc::clone(&parting),
            directory: Some(path.parent().unwrap().to_owned()),
        });
        Self {
            journal,
            plan,
            clock: std::sync::Arc::clone(clock),
            hub_clock,
            parting,
            uplink: tokio::spawn(uplink),
            seen: Vec::new(),
        }
    }

    /// Looks on for so long; is down in each tenth minute.
    async fn look(&mut self, seconds: u64) {
        for _ in 0..seconds / 5 {
            tokio::time::sleep(Duration::from_secs(5)).await;
            let at = self.clock.now();
            let minute = (at.0 - MORNING.0) / 60_000;
            let verdict = if minute % 10 == 7 {
                Verdict::Bad
            } else {
                Verdict::Good
            };
            self.journal
                .append(attempt(&self.plan, at, verdict))
                .unwrap();
            self.seen.push(at.0);
        }
    }

    async fn stop(self) -> Vec<i64> {
        self.uplink.abort();
        self.journal.close().await.unwrap();
        self.seen
    }
}

/// The ticks that a record has.
fn recorded(path: &Path) -> Vec<i64> {
    let reader = Reader::open(&[path.to_owned()]).unwrap();
    let always = Interval::new(Timestamp(0), Timestamp(4_000_000_000_000));
    let found = reader.attempts(&name("user-login"), always).unwrap();
    let mut ticks: Vec<i64> = found
        .into_iter()
        .map(|(_, attempt)| attempt.tick.0)
        .collect();
    ticks.sort_unstable();
    ticks
}

fn state(path: &Path) -> State {
    State::read(&State::path(path.parent().unwrap(), "eu-1")).unwrap()
}

#[tokio::test(start_paused = true)]
async fn each_half_minute_and_at_once_when_a_verdict_changes() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("eu-1.db");
    let clock = TokioClock::starting_at(MORNING);
    let hub = Hub::new(&clock, 1, Mood::Kind);
    let mut watch = Watch::begin(&path, &hub, &clock);
    watch.look(600).await;
    let seen = watch.stop().await;
    let came = hub.came();
    // Nothing is on its way for longer than half a minute, and news only until the next attempt is written.
    let mut before = Verdict::Good;
    for (tick, at, verdict) in &came {
        let most = if *verdict == before { 36_000 } else { 6_000 };
        assert!(at - tick <= most, "{tick} came after {} ms", at - tick);
        before = *verdict;
    }
    assert!(
        came.len() + 7 >= seen.len(),
        "{} of {}",
        came.len(),
        seen.len()
    );
    let error = watch_error(&path);
    assert!(error.0.abs() <= 3 && error.1 <= 5, "{error:?}");
    assert!(hub.cosigned() > 10, "its log is cosigned");
    assert_eq!(state(&path).distrust, None);
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_was_set_is_compared_anew_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("eu-1.db");
    let clock = TokioClock::starting_at(MORNING);
    let hub = Hub::new(&clock, 1, Mood::Kind);
    let watch = Watch::begin(&path, &hub, &clock);
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert!(watch.hub_clock.offset(clock.now()).is_some());
    watch.hub_clock.forget();
    assert_eq!(watch.hub_clock.offset(clock.now()), None);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(watch.hub_clock.offset(clock.now()).is_some());
    watch.stop().await;
}

/// The offset of the hub's clock, and its doubt.
fn watch_error(path: &Path) -> (i64, i64) {
    let state = state(path);
    (state.offset.unwrap(), state.doubt.unwrap())
}

#[tokio::test(start_paused = true)]
async fn whatever_a_hub_does_in_the_end_it_has_everything_once() {
    for seed in 1..=4 {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("eu-1.db");
        let clock = TokioClock::starting_at(MORNING);
        let hub = Hub::new(&clock, seed, Mood::Foul);
        let mut watch = Watch::begin(&path, &hub, &clock);
        watch.look(900).await;
        hub.set_back();
        watch.look(300).await;
        // The agent restarts.
        let mut seen = watch.stop().await;
        let mut watch = Watch::begin(&path, &hub, &clock);
        watch.look(300).await;
        hub.be(Mood::Kind);
        watch.look(300).await;
        tokio::time::sleep(Duration::from_secs(120)).await;
        seen.extend(watch.stop().await);
        // What the last close has sealed goes with the next start.
        let watch = Watch::begin(&path, &hub, &clock);
        tokio::time::sleep(Duration::from_secs(120)).await;
        watch.stop().await;
        assert_eq!(hub.ticks(), seen, "seed {seed}");
        assert_eq!(recorded(&path), seen, "seed {seed}");
        assert_eq!(hub.most_at_once.load(Ordering::Relaxed), 1, "seed {seed}");
        assert!(
            hub.fastest() <= 100,
            "seed {seed}: {} in a second",
            hub.fastest()
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_long_outage_left_is_sent_in_order_news_first() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("eu-1.db");
    let clock = TokioClock::starting_at(MORNING);
    let hub = Hub::new(&clock, 1, Mood::Away);
    let mut watch = Watch::begin(&path, &hub, &clock);
    watch.look(2 * 3_600).await;
    assert_eq!(hub.ticks(), [0; 0]);
    assert!(state(&path).trouble.is_some());
    hub.be(Mood::Kind);
    watch.look(120).await;
    let order = hub.order();
    assert!(order.len() > 200, "{}", order.len());
    let first = order[0];
    assert!(first > 200, "the newest goes first, not {first}");
    let backlog: Vec<u64> = order
        .iter()
        .copied()
        .filter(|number| *number < first)
        .collect();
    assert!(backlog.is_sorted());
    assert_eq!(state(&path).trouble, None);
    watch.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_stranger_in_the_hubs_place_is_not_believed() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("eu-1.db");
    let clock = TokioClock::starting_at(MORNING);
    let hub = Hub::new(&clock, 1, Mood::Stranger);
    let mut watch = Watch::begin(&path, &hub, &clock);
    watch.look(300).await;
    let told = state(&path).trouble.unwrap();
    assert!(told.contains("not the hub's"), "{told}");
    assert_eq!(
        watch.hub_clock.offset(clock.now()),
        None,
        "nor is its clock"
    );
    hub.be(Mood::Kind);
    watch.look(120).await;
    assert!(
        hub.ticks().len() > 60,
        "whatever it had said was taken for nothing"
    );
    watch.stop().await;
}

#[tokio::test(start_paused = true)]
async fn an_agent_in_quarantine_records_on_and_goes_on_when_released() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("eu-1.db");
    let clock = TokioClock::starting_at(MORNING);
    let hub = Hub::new(&clock, 1, Mood::Unwilling);
    let mut watch = Watch::begin(&path, &hub, &clock);
    watch.look(900).await;
    assert_eq!(hub.ticks(), [0; 0]);
    assert!(
        hub.requests.load(Ordering::Relaxed) < 15,
        "it asks now and then"
    );
    assert_eq!(
        state(&path).unwanted.as_deref(),
        Some("two agents claim its place")
    );
    hub.be(Mood::Kind);
    watch.look(600).await;
    assert_eq!(state(&path).unwanted, None);
    let seen = watch.stop().await;
    assert!(hub.ticks().len() + 10 >= seen.len());
    assert_eq!(hub.ticks(), seen[..hub.ticks().len()]);
}

#[tokio::test(start_paused = true)]
async fn an_agent_set_back_to_a_snapshot_begins_a_new_epoch() {
    let directory = tempfile::tempdir().unwrap();
    let (path, copy) = (
        directory.path().join("eu-1.db"),
        directory.path().join("copy.db"),
    );
    let clock = TokioClock::starting_at(MORNING);
    let hub = Hub::new(&clock, 1, Mood::Kind);
    let mut watch = Watch::begin(&path, &hub, &clock);
    watch.look(300).await;
    let before = watch.stop().await;
    let writer = Writer::open(path.as_path(), &agent(), &plan()).unwrap();
    writer.backup(&copy).unwrap();
    drop(writer);
    let mut watch = Watch::begin(&path, &hub, &clock);
    watch.look(300).await;
    let lost = watch.stop().await;
    std::fs::copy(&copy, &path).unwrap();
    let mut watch = Watch::begin(&path, &hub, &clock);
    watch.look(300).await;
    tokio::time::sleep(Duration::from_secs(60)).await;
    let after = watch.stop().await;
    let watch = Watch::begin(&path, &hub, &clock);
    tokio::time::sleep(Duration::from_secs(60)).await;
    watch.stop().await;
    assert_eq!(recorded(&path), [before.clone(), after.clone()].concat());
    let held = hub.ticks();
    assert_eq!(hub.epochs(), [1, 2]);
    assert!(before.iter().chain(&after).all(|tick| held.contains(tick)));
    assert!(held.len() <= before.len() + lost.len() + after.len());
    let reader = Reader::open(std::slice::from_ref(&path)).unwrap();
    let always = Interval::new(Timestamp(0), Timestamp(4_000_000_000_000));
    let (_, audited) = reader.audit(always).unwrap();
    assert_eq!(audited[0].differences, [""; 0]);
}
