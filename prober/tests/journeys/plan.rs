//! The plan that the tests look with: a login by form, the landing page, a logout.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use ledger::name::Name;
use ledger::plan::{
    Account, Body, Canary, DnsMode, Expectation, Journey, Method, Persona, Plan, Probe, Request,
    SecretSource, Step, Subject, Target, Template,
};
use ledger::schedule::Schedule;
use ledger::time::{Millis, Timestamp};
use prober::clock::{TokioClock, WallClock};
use prober::looker::{Looker, Order, SetupError};
use prober::observation::Observation;
use prober::secret::{Keeper, Secrets};
use prober::session::KeptSession;
use tokio::time::Instant;

use super::site::{Site, ToSite};

/// 2018-12-14T22:15:00Z
pub(crate) const NOW: Timestamp = Timestamp(1_544_825_700_000);

/// The password, with everything in it that needs escaping somewhere.
pub(crate) const PASSWORD: &str = "pä ss&w=rd\"%";

/// How long an attempt may take.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(10);

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("test names are valid")
}

pub(crate) fn template(text: &str) -> Template {
    Template(text.to_owned())
}

/// A GET of `path` that expects 200.
pub(crate) fn get(step: &str, path: &str) -> Step {
    Step {
        name: name(step),
        request: Request {
            method: Method::Get,
            target: Target::Url(template(path)),
            headers: BTreeMap::new(),
            bearer: None,
            body: Body::None,
        },
        follow: 0,
        expect: vec![Expectation::Status(vec![200])],
        take: BTreeMap::new(),
        logout: false,
        session: false,
    }
}

/// The login form, submitted; expects a redirect to the landing page.
pub(crate) fn submit() -> Step {
    let mut step = get("submit", "");
    step.request.method = Method::Post;
    step.request.target = Target::Form("form#login".to_owned());
    step.request.body = Body::Form(vec![
        ("user".to_owned(), template("{{username}}")),
        ("pass".to_owned(), template("{{password}}")),
    ]);
    step.expect = vec![Expectation::Redirect(template("/home"))];
    step
}

/// The landing page.
pub(crate) fn landing() -> Step {
    let mut step = get("landing", "/home");
    step.expect
        .push(Expectation::Text(template("Hello {{username}}")));
    step.session = true;
    step
}

pub(crate) fn logout() -> Step {
    let mut step = get("logout", "/logout");
    step.logout = true;
    step
}

pub(crate) fn login_steps() -> Vec<Step> {
    vec![get("form", "/login"), submit(), landing(), logout()]
}

/// A plan with one probe, whose journey has `steps`.
pub(crate) fn plan(site: &Site, steps: Vec<Step>) -> Plan {
    Plan {
        site: ledger::plan::Site {
            name: "Test".to_owned(),
            url: "https://app.test".parse().expect("a URL"),
            ca: Some(site.ca.clone()),
            origins: Vec::new(),
            allow_private: Vec::new(),
            login_cap: 0,
            dns: DnsMode::Own,
            second_resolvers: Vec::new(),
            user_agent: "prober/test".to_owned(),
            http2: true,
            verify_chain_always: false,
            post_quantum: false,
        },
        regions: vec![name("here")],
        canary: Canary::None,
        personas: vec![Persona {
            name: name("user"),
            accounts: vec![Account {
                label: name("ann"),
                username: "ann@x".to_owned(),
                password: SecretSource::Env("PW".to_owned()),
                regions: Vec::new(),
            }],
        }],
        journeys: vec![Journey {
            name: name("login"),
            steps,
        }],
        probes: vec![probe(Subject::Journey {
            journey: name("login"),
            persona: name("user"),
            session: None,
        })],
        contracts: Vec::new(),
        keep_raw: None,
    }
}

pub(crate) fn probe(subject: Subject) -> Probe {
    Probe {
        name: name("login"),
        subject,
        schedule: Schedule::parse("0 * * * * *").expect("valid"),
        fast: None,
        timeout: Millis::from_secs(10),
        retries: 0,
        retry_after: Millis::from_secs(5),
        slow_after: Millis::from_secs(5),
        stagger: true,
        jitter_permille: 50,
        regions: Vec::new(),
        fresh: true,
    }
}

/// A looker at a site, on paused time that starts at [`NOW`].
pub(crate) struct Eye {
    pub(crate) site: Arc<Site>,
    pub(crate) plan: Arc<Plan>,
    clock: Arc<TokioClock>,
    pub(crate) looker: Looker,
}

impl Eye {
    pub(crate) fn try_new(site: Site, change: impl FnOnce(&mut Plan)) -> Result<Self, SetupError> {
        let mut plan = plan(&site, login_steps());
        change(&mut plan);
        let (site, plan) = (Arc::new(site), Arc::new(plan));
        let keeper = Keeper::with_env([
            ("PW".to_owned(), PASSWORD.to_owned()),
            ("TOKEN".to_owned(), "tok-9".to_owned()),
        ]);
        let secrets = Secrets::load(&plan, None, &keeper).expect("the secret is there");
        let clock = TokioClock::starting_at(NOW);
        let wall: Arc<dyn WallClock> = Arc::clone(&clock) as Arc<_>;
        let network = Arc::new(ToSite(Arc::clone(&site)));
        Ok(Self {
            looker: Looker::new(Arc::clone(&plan), secrets, network, wall)?,
            site,
            plan,
            clock,
        })
    }

    pub(crate) fn new(site: Site, change: impl FnOnce(&mut Plan)) -> Self {
        Self::try_new(site, change).expect("the plan can be run")
    }

    pub(crate) async fn look(&self) -> Observation {
        self.look_in(None).await
    }

    pub(crate) async fn look_in(&self, session: Option<&mut KeptSession>) -> Observation {
        let order = Order {
            probe: &self.plan.probes[0],
            account: Some(0),
            due: self.clock.now(),
            deadline: Instant::now() + TIMEOUT,
            session,
        };
        self.looker.look(order).await
    }
}
