//! The real prober's eyes, with the shipped plan, on the in-memory network.

use std::sync::Arc;
use std::time::Duration;

use groupdesk::network::{Latency, MemoryNetwork};
use groupdesk::script::Script;
use groupdesk::site::Site;
use groupdesk::state::State;
use ledger::name::Name;
use ledger::plan::{Plan, Subject};
use ledger::time::{Interval, Timestamp};
use prober::clock::{TokioClock, WallClock};
use prober::looker::{Looker, Order};
use prober::observation::{Observation, Outcome};
use prober::secret::{Keeper, Secrets};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::visitor::NOON;

/// A directory with secrets, and the shipped plan that reads them; outlives the many sites of a test.
pub(crate) struct Place {
    state: State,
    pub(crate) plan: Arc<Plan>,
    _dir: TempDir,
}

/// An agent's eyes on one site.
pub(crate) struct Agent {
    plan: Arc<Plan>,
    looker: Looker,
    clock: Arc<TokioClock>,
}

impl Place {
    pub(crate) fn new() -> Self {
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

    /// An agent in region `east`, and a site that enacts `script`; it is [`NOON`].
    pub(crate) fn agent(&self, script: &str) -> Agent {
        self.agent_from(NOON, &Script::parse("test.toml", script).unwrap())
    }

    /// The same at `start`.
    pub(crate) fn agent_from(&self, start: Timestamp, script: &Script) -> Agent {
        let clock = TokioClock::starting_at(start);
        let accounts = self.state.accounts.clone();
        let site = Site::new(clock.clone(), script, accounts, &self.state.authority).unwrap();
        let region = Name::new("east").unwrap();
        let latency = Latency {
            base: Duration::from_millis(10),
            jitter: Duration::ZERO,
        };
        let network = Arc::new(MemoryNetwork::new(&site, region.clone(), latency));
        let secrets = Secrets::load(&self.plan, Some(&region), &Keeper::of_process()).unwrap();
        let looker = Looker::new(Arc::clone(&self.plan), secrets, network, clock.clone()).unwrap();
        Agent {
            plan: Arc::clone(&self.plan),
            looker,
            clock,
        }
    }
}

impl Agent {
    pub(crate) async fn look(&self, probe: &str) -> Observation {
        let probe = self.plan.probe(&Name::new(probe).unwrap()).unwrap();
        let account = matches!(probe.subject, Subject::Journey { .. }).then_some(0);
        let due = self.clock.now();
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

    pub(crate) async fn wait_until(&self, at: Timestamp) {
        tokio::time::sleep((at - self.clock.now()).to_std()).await;
    }
}

/// What was seen, in a few words.
pub(crate) fn word(seen: &Observation) -> String {
    match &seen.outcome {
        Outcome::Good => "good".to_owned(),
        Outcome::Failed(failure) => {
            format!("{:?} at {}", failure.class, failure.step).to_lowercase()
        }
        Outcome::Unobserved { class, detail } => format!("unobserved: {class:?} {detail:?}"),
    }
}

/// Whether the evidence leaves room for the truth about one outage: a good attempt needs an instant at which the site
/// was up, a bad one an instant at which it was down.
pub(crate) fn agrees(seen: &Observation, outage: Interval) -> bool {
    if seen.is_good() {
        seen.evidence.start < outage.start || seen.evidence.end > outage.end
    } else {
        seen.evidence.intersect(outage).is_some()
    }
}
