//! The shipped `probes.toml` works against the stand-in as it is: every probe of it is good, in every region.

use std::sync::Arc;
use std::time::Duration;

use groupdesk::script::Script;
use groupdesk::server::{Addresses, Listeners, RegionMap};
use groupdesk::site::Site;
use groupdesk::state::State;
use ledger::plan::{Canary, Plan, Probe, Subject};
use prober::clock::{SystemClock, WallClock};
use prober::dial::SocketNetwork;
use prober::languages::LANGUAGES;
use prober::looker::{Looker, Order};
use prober::observation::Outcome;
use prober::secret::{Keeper, Secrets};
use prober::session::KeptSession;
use tempfile::TempDir;
use tokio::time::Instant;

const SHIPPED: &str = include_str!("../../../probes.toml");

/// A running stand-in and the shipped plan, which differs in nothing but ports and directory.
struct Town {
    plan: Arc<Plan>,
    site: Arc<Site>,
    _listeners: Listeners,
    _state: TempDir,
}

fn town() -> Town {
    let directory = TempDir::new().unwrap();
    let clock = Arc::new(SystemClock);
    let state = State::open(directory.path(), 7, clock.now()).unwrap();
    let script = Script::default();
    let site = Site::new(clock, &script, state.accounts, &state.authority).unwrap();
    let any = Addresses::from("127.0.0.1:0".parse().unwrap());
    let listeners = Listeners::open(&site, any, RegionMap::default()).unwrap();
    let text = SHIPPED.replace(
        "\"data/groupdesk/",
        &format!("\"{}/", directory.path().display()),
    );
    let plan = Plan::parse_with(
        &moved(text, listeners.addresses()),
        "probes.toml",
        LANGUAGES,
    )
    .unwrap_or_else(|problems| panic!("{problems}"));
    Town {
        plan: Arc::new(plan),
        site,
        _listeners: listeners,
        _state: directory,
    }
}

/// The plan with the ports that the stand-in has instead of those that it has by default.
fn moved(mut text: String, there: Addresses) -> String {
    let usual = Addresses::from("127.0.0.1:8443".parse().unwrap());
    for (old, new) in [
        (usual.product, there.product),
        (usual.platform, there.platform),
        (usual.control_a, there.control_a),
        (usual.control_b, there.control_b),
    ] {
        let old = format!("localhost:{}", old.port());
        assert!(text.contains(&old), "the plan names {old}");
        text = text.replace(&old, &format!("localhost:{}", new.port()));
    }
    text
}

impl Town {
    fn looker(&self) -> Looker {
        let secrets = Secrets::load(&self.plan, None, &Keeper::of_process()).unwrap();
        let network = Arc::new(SocketNetwork::new(&self.plan.site, None).unwrap());
        Looker::new(
            Arc::clone(&self.plan),
            secrets,
            network,
            Arc::new(SystemClock),
        )
        .unwrap()
    }

    fn accounts(&self, probe: &Probe) -> Vec<Option<usize>> {
        let persona = probe.persona().and_then(|name| self.plan.persona(name));
        persona.map_or(vec![None], |persona| {
            (0..persona.accounts.len()).map(Some).collect()
        })
    }
}

#[tokio::test]
async fn every_probe_is_good() {
    let town = town();
    let looker = town.looker();
    for probe in &town.plan.probes {
        let mut kept = KeptSession::default();
        for account in town.accounts(probe) {
            let session = probe.is_session().then_some(&mut kept);
            let order = Order {
                probe,
                account,
                due: SystemClock.now(),
                deadline: Instant::now() + Duration::from_secs(30),
                session,
            };
            let seen = looker.look(order).await;
            assert!(
                matches!(seen.outcome, Outcome::Good),
                "{} {account:?}: {:?}",
                probe.name,
                seen.outcome
            );
        }
        looker.sign_out(probe, &mut kept).await;
    }
}

#[tokio::test]
async fn journeys_leave_no_session_open() {
    let town = town();
    let looker = town.looker();
    let logins = town.plan.probes.iter().filter(|probe| !probe.is_session());
    for probe in logins.filter(|probe| matches!(probe.subject, Subject::Journey { .. })) {
        let order = Order {
            probe,
            account: Some(0),
            due: SystemClock.now(),
            deadline: Instant::now() + Duration::from_secs(30),
            session: None,
        };
        looker.look(order).await;
        assert_eq!(town.site.product().open_sessions(), 0, "{}", probe.name);
    }
}

#[test]
fn the_canary_asks_the_two_controls() {
    let plan = Plan::parse(SHIPPED, "probes.toml").unwrap();
    let usual = Addresses::from("127.0.0.1:8443".parse().unwrap());
    let Canary::Controls(controls) = plan.canary else {
        panic!("no canary")
    };
    let mut ports = Vec::new();
    for url in &controls.urls {
        ports.extend(url.port());
    }
    assert_eq!(ports, [usual.control_a.port(), usual.control_b.port()]);
}
