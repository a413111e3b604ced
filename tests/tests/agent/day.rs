//! The whole agent on paused time: schedule, journeys over real TLS and HTTP, control checks, journal, record.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use groupdesk::network::{Latency, MemoryNetwork};
use groupdesk::script::Script;
use groupdesk::site::Site;
use groupdesk::state::State;
use ledger::attempt::{Attempt, Kind};
use ledger::name::Name;
use ledger::plan::Plan;
use ledger::record::Agent as Identity;
use ledger::store::Writer;
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::{Class, Verdict};
use prober::agent::{Agent, Setup, Timer, seed_of};
use prober::clock::TokioClock;
use prober::journal::{Grouping, Journal, record_at};
use prober::secret::{Keeper, Secrets};
use tempfile::TempDir;

/// 2018-12-14T12:00:00Z
pub(crate) const NOON: Timestamp = Timestamp(1_544_788_800_000);

/// One region with two accounts of each persona, so that the login cap is met; half a minute between logins.
pub(crate) const PLAN: &str = r##"
regions = ["east"]
[site]
name = "Groupdesk"
url = "https://localhost:8443"
ca = "DIR/ca.pem"
allow_private = ["127.0.0.0/8"]
[canary]
urls = ["https://localhost:8445/", "https://localhost:8446/"]
ca = "DIR/ca.pem"
[[persona]]
name = "user"
[[persona.account]]
label = "user-1"
username = "user-1"
password = { file = "DIR/passwords/user-1" }
[[persona.account]]
label = "user-2"
username = "user-2"
password = { file = "DIR/passwords/user-2" }
[[journey]]
name = "login"
[[journey.step]]
name = "form"
get = "/login"
expect.status = 200
expect.element = "form#login"
[[journey.step]]
name = "submit"
submit = "form#login"
form = { username = "{{username}}", password = "{{password}}" }
expect.redirect = "/home"
[[journey.step]]
name = "home"
get = "/home"
session = true
expect.element = "#who"
[[journey.step]]
name = "sign-out"
submit = "form#sign-out"
logout = true
[[probe]]
name = "user-login"
journey = "login"
persona = "user"
schedule = "*/30 * * * * *"
[[probe]]
name = "user-session"
journey = "login"
persona = "user"
session = true
session_max_age = "8h"
schedule = "0 * * * * *"
[[contract]]
id = "acme"
customer = "ACME"
zone = "UTC"
target = 99.9
"##;

/// One agent at work: by which plan, where, from when and for how long, and what goes wrong at the site meanwhile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stay<'a> {
    pub(crate) plan: &'a str,
    pub(crate) region: &'a str,
    pub(crate) faults: &'a str,
    pub(crate) from: Timestamp,
    pub(crate) length: Duration,
}

/// Runs an agent from noon for so long against a site with these faults; what it recorded in `dir`.
async fn run(dir: &TempDir, faults: &str, length: Duration) -> Vec<Attempt> {
    let stay = Stay {
        plan: PLAN,
        region: "east",
        faults,
        from: NOON,
        length,
    };
    stay.recorded_in(dir).await
}

/// The plan with the files of `dir`.
pub(crate) fn plan_in(dir: &TempDir, plan: &str) -> Plan {
    let kept = dir.path().join("groupdesk");
    let text = plan.replace("DIR", kept.to_str().unwrap());
    Plan::parse(&text, "probes.toml").unwrap_or_else(|wrong| panic!("{wrong}"))
}

impl Stay<'_> {
    /// Runs the agent; what its record in `dir` then holds.
    pub(crate) async fn recorded_in(self, dir: &TempDir) -> Vec<Attempt> {
        let state = State::open(&dir.path().join("groupdesk"), 1, NOON).unwrap();
        let plan = Arc::new(plan_in(dir, self.plan));
        let clock = TokioClock::starting_at(self.from);
        let script = Script::parse("test.toml", self.faults).unwrap();
        let accounts = state.accounts.clone();
        let site = Site::new(clock.clone(), &script, accounts, &state.authority).unwrap();
        let region = Name::new(self.region).unwrap();
        let latency = Latency {
            base: Duration::from_millis(10),
            jitter: Duration::from_millis(5),
        };
        let network = MemoryNetwork::new(&site, region.clone(), latency);
        let identity = Identity {
            name: region.clone(),
            region: region.clone(),
        };
        let file = dir.path().join(format!("{region}.db"));
        let (open, known) = record_at(file.clone(), &identity, &plan, self.from).unwrap();
        let grouping = Grouping {
            most: 1_000,
            wait: Duration::from_secs(600),
        };
        let agent = Agent::new(Setup {
            secrets: Secrets::load(&plan, Some(&region), &Keeper::of_process()).unwrap(),
            network: Arc::new(network),
            clock,
            journal: Journal::in_place(open, grouping).unwrap(),
            last_ticks: known.last_ticks,
            seed: seed_of(&region),
            timer: Timer::InPlace,
            plan: Arc::clone(&plan),
            region,
        });
        agent
            .unwrap()
            .run(tokio::time::sleep(self.length))
            .await
            .unwrap();
        recorded(&file, &identity, &plan)
    }
}

fn recorded(file: &Path, identity: &Identity, plan: &Plan) -> Vec<Attempt> {
    let writer = Writer::open(file, identity, plan).unwrap();
    let all = Interval::new(Timestamp(0), Timestamp(i64::MAX));
    writer.attempts(all).unwrap()
}

fn since_noon(at: Timestamp) -> i64 {
    (at - NOON).0 / 1_000
}

/// The attempts of a probe that were begun in these seconds after noon.
fn between<'a>(
    attempts: &'a [Attempt],
    probe: &'a str,
    seconds: std::ops::Range<i64>,
) -> impl Iterator<Item = &'a Attempt> {
    let wanted = move |attempt: &&Attempt| {
        attempt.probe.as_str() == probe && seconds.contains(&since_noon(attempt.start))
    };
    attempts.iter().filter(wanted)
}

const TROUBLE: &str = "\
[[fault]]
kind = 'status'
from = '+10m'
until = '+13m'
[[fault]]
kind = 'agent_network'
region = 'east'
from = '+20m'
until = '+24m'
[[fault]]
kind = 'hang'
from = '+30m'
until = '+33m'
[[fault]]
kind = 'sessions_dropped'
from = '+45m'
";

#[tokio::test(start_paused = true)]
async fn an_hour_with_an_outage_a_dead_network_of_its_own_and_lost_sessions() {
    let dir = tempfile::tempdir().unwrap();
    let attempts = run(&dir, TROUBLE, Duration::from_secs(3_600)).await;

    let base = |attempt: &&Attempt| attempt.kind == Kind::Base;
    let logins = between(&attempts, "user-login", 0..3_600).filter(base);
    let ticks: Vec<i64> = logins.map(|attempt| since_noon(attempt.tick)).collect();
    let planned: Vec<i64> = (0..3_600).step_by(30).collect();
    let missing: Vec<&i64> = planned
        .iter()
        .filter(|tick| !ticks.contains(tick))
        .collect();
    assert!(
        missing.len() <= 1,
        "all slots, but perhaps the one before the start: {missing:?}"
    );

    for attempt in between(&attempts, "user-login", 601..779) {
        assert_ne!(attempt.verdict, Verdict::Good, "503 at {}", attempt.start);
        assert_eq!(attempt.class, Some(Class::Status));
    }
    let fast =
        between(&attempts, "user-login", 600..780).filter(|attempt| attempt.kind == Kind::Fast);
    assert!(fast.count() >= 8, "faster while down");

    for attempt in between(&attempts, "user-login", 1_201..1_439) {
        assert_eq!(
            attempt.verdict,
            Verdict::Void,
            "own network at {}",
            attempt.start
        );
    }
    for attempt in between(&attempts, "user-login", 1_801..1_965) {
        assert_eq!(
            attempt.class,
            Some(Class::Timeout),
            "hangs at {}",
            attempt.start
        );
        assert_eq!(attempt.verdict, Verdict::Bad);
    }
    let lost = between(&attempts, "user-session", 2_700..2_762)
        .next()
        .unwrap();
    assert_eq!(lost.class, Some(Class::SessionLost), "{lost:?}");
    assert_eq!(lost.verdict, Verdict::Held);

    let calm = |attempt: &&Attempt| !(600..2_100).contains(&since_noon(attempt.start));
    for attempt in between(&attempts, "user-login", 0..3_600).filter(calm) {
        assert_eq!(attempt.verdict, Verdict::Good, "{attempt:?}");
        assert!(
            attempt.clock_error <= Millis(1_100),
            "{:?}",
            attempt.clock_error
        );
    }
}

#[tokio::test(start_paused = true)]
async fn the_login_cap_holds_for_each_account_in_every_minute() {
    let dir = tempfile::tempdir().unwrap();
    let down = "[[fault]]\nkind = 'login_page_again'\nfrom = '+2m'\nuntil = '+20m'\n";
    let attempts = run(&dir, down, Duration::from_secs(1_500)).await;
    for label in ["user-1", "user-2"] {
        // A session probe mostly does not sign in.
        let of = |attempt: &&Attempt| {
            let account = attempt.account.as_ref();
            account.is_some_and(|account| account.label.as_str() == label)
        };
        let logins: Vec<Timestamp> = between(&attempts, "user-login", 0..1_500)
            .filter(of)
            .map(|attempt| attempt.start)
            .collect();
        assert!(logins.len() > 20, "{label} signs in");
        for (index, login) in logins.iter().enumerate() {
            let minute = logins[..=index].iter().rev();
            let recent = minute.take_while(|other| *login - **other < Millis::from_mins(1));
            assert!(recent.count() <= 6, "{label} at {}", since_noon(*login));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_run_leaves_the_same_record() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let length = Duration::from_secs(900);
    let one = run(&first, TROUBLE, length).await;
    tokio::time::advance(Duration::from_secs(7)).await;
    let two = run(&second, TROUBLE, length).await;
    assert!(one.len() > 40, "{}", one.len());
    assert_eq!(one, two);
}
