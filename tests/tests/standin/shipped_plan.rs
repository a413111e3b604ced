//! The real prober, with the shipped plan, against the stand-in on the in-memory network.

use std::sync::Arc;
use std::time::Duration;

use groupdesk::network::{Latency, MemoryNetwork};
use groupdesk::script::Script;
use groupdesk::site::Site;
use groupdesk::state::State;
use ledger::name::Name;
use ledger::plan::{Plan, Subject};
use ledger::time::{Interval, Millis, Timestamp};
use prober::clock::TokioClock;
use prober::looker::{Looker, Order};
use prober::observation::{Observation, Outcome};
use prober::secret::{Keeper, Secrets};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::visitor::NOON;

/// Places with secrets in files, which outlive the many sites of a test.
struct Place {
    state: State,
    plan: Arc<Plan>,
    _dir: TempDir,
}

/// An agent's eyes on one site.
struct Agent {
    plan: Arc<Plan>,
    looker: Looker,
    started: Instant,
}

impl Place {
    fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let kept = dir.path().join("groupdesk");
        let state = State::open(&kept, 1, NOON).unwrap();
        let shipped = concat!(env!("CARGO_MANIFEST_DIR"), "/../probes.toml");
        let text = std::fs::read_to_string(shipped).unwrap();
        let text = text.replace("data/groupdesk", kept.to_str().unwrap());
        let plan = Arc::new(Plan::parse(&text, "probes.toml").unwrap());
        Self {
            state,
            plan,
            _dir: dir,
        }
    }

    fn agent(&self, script: &str) -> Agent {
        let script = Script::parse("test.toml", script).unwrap();
        let clock = TokioClock::starting_at(NOON);
        let site = Site::new(
            clock.clone(),
            &script,
            self.state.accounts.clone(),
            &self.state.authority,
        )
        .unwrap();
        let region = Name::new("east").unwrap();
        let latency = Latency {
            base: Duration::from_millis(10),
            jitter: Duration::ZERO,
        };
        let network = Arc::new(MemoryNetwork::new(&site, region.clone(), latency));
        let secrets = Secrets::load(&self.plan, Some(&region), &Keeper::of_process()).unwrap();
        let looker = Looker::new(Arc::clone(&self.plan), secrets, network, clock).unwrap();
        Agent {
            plan: Arc::clone(&self.plan),
            looker,
            started: Instant::now(),
        }
    }
}

impl Agent {
    async fn look(&self, probe: &str) -> Observation {
        let probe = self.plan.probe(&Name::new(probe).unwrap()).unwrap();
        let account = matches!(probe.subject, Subject::Journey { .. }).then_some(0);
        let due = NOON + Millis::from_std(self.started.elapsed());
        let deadline = Instant::now() + Duration::from_secs(12);
        self.looker
            .look(Order {
                probe,
                account,
                due,
                deadline,
                session: None,
            })
            .await
    }

    async fn wait_until(&self, at: Timestamp) {
        tokio::time::sleep_until(self.started + (at - NOON).to_std()).await;
    }
}

fn word(seen: &Observation) -> String {
    match &seen.outcome {
        Outcome::Good => "good".to_owned(),
        Outcome::Failed(failure) => {
            format!("{:?} at {}", failure.class, failure.step).to_lowercase()
        }
        Outcome::Unobserved { class, detail } => format!("unobserved: {class:?} {detail:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn every_shipped_probe_finds_the_stand_in_well() {
    let place = Place::new();
    let agent = place.agent("");
    for probe in &place.plan.probes {
        assert_eq!(
            word(&agent.look(probe.name.as_str()).await),
            "good",
            "{}",
            probe.name
        );
    }
}

#[tokio::test(start_paused = true)]
async fn each_fault_has_a_class() {
    let place = Place::new();
    for (fault, expected) in [
        ("kind = 'status'", "status at form"),
        ("kind = 'refused'", "connect at form"),
        ("kind = 'reset'", "protocol at form"),
        ("kind = 'hang'", "timeout at form"),
        ("kind = 'slow'\ndelay = '13s'", "timeout at form"),
        ("kind = 'tls_expired'", "tls at form"),
        ("kind = 'tls_wrong_host'", "tls at form"),
        ("kind = 'login_refused'", "rejected at submit"),
        ("kind = 'login_page_again'", "rejected at submit"),
        (
            "kind = 'account_locked'\naccount = 'user-1'",
            "rejected at submit",
        ),
        ("kind = 'wrong_content'", "content at form"),
        ("kind = 'truncated'", "protocol at form"),
        ("kind = 'throttled'", "throttled at form"),
    ] {
        let agent = place.agent(&format!("[[fault]]\nfrom = '+0s'\nfor = '1h'\n{fault}"));
        assert_eq!(word(&agent.look("user-login").await), expected, "{fault}");
    }
}

/// Every kind with which a script closes the login to everyone.
const BREAKING: [&str; 10] = [
    "kind = 'status'",
    "kind = 'refused'",
    "kind = 'reset'",
    "kind = 'hang'",
    "kind = 'slow'\ndelay = '30s'",
    "kind = 'tls_expired'",
    "kind = 'tls_wrong_host'",
    "kind = 'login_refused'",
    "kind = 'login_page_again'",
    "kind = 'sessions_dropped'",
];

#[tokio::test(start_paused = true)]
async fn evidence_never_contradicts_the_truth() {
    let place = Place::new();
    let outage = Interval::new(NOON + Millis::from_secs(1), NOON + Millis::from_secs(40));
    for fault in BREAKING {
        for edge in [outage.start, outage.end] {
            for offset in (-160..=10).step_by(10) {
                let agent =
                    place.agent(&format!("[[fault]]\nfrom = '+1s'\nuntil = '+40s'\n{fault}"));
                agent.wait_until(edge + Millis(offset)).await;
                let seen = agent.look("user-login").await;
                let told = format!(
                    "{fault}: {} with {:?} at {offset} ms from {edge}",
                    word(&seen),
                    seen.evidence
                );
                if seen.is_good() {
                    // It was up at some instant of the evidence.
                    assert!(
                        seen.evidence.start < outage.start || seen.evidence.end > outage.end,
                        "{told}"
                    );
                } else {
                    // It was down at some instant of the evidence.
                    assert!(seen.evidence.intersect(outage).is_some(), "{told}");
                }
            }
        }
    }
}
