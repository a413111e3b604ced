//! How a site is watched: spacing, regions, personas, retries, and the plan and contract that say so.

use ledger::attempt::Account;
use ledger::contract::{Contract, EdgeMode, Locale, Rules, Share, Tier, Weighted};
use ledger::name::Name;
use ledger::plan::{Canary, DnsMode, Journey, Persona, Plan, Probe, Site, Subject};
use ledger::schedule::Schedule;
use ledger::time::{Millis, Timestamp};

/// A set-up of agents. One agent a region, one probe a persona, two accounts a region and persona.
#[derive(Clone, Debug)]
pub struct Design {
    /// *T*: a divisor of a minute, or whole minutes that divide an hour.
    pub spacing: Millis,
    /// *T*_fast, where there is one.
    pub fast: Option<Millis>,
    /// How many regions.
    pub regions: usize,
    /// How many personas.
    pub personas: usize,
    /// Whether regions and personas share the spacing, or all look at once.
    pub stagger: bool,
    /// Each slot is moved by up to so many thousandths of the spacing, either way.
    pub jitter_permille: i64,
    /// The clock error of an agent is drawn up to so many thousandths of the spacing.
    pub clock_permille: i64,
    /// Retries inside a tick.
    pub retries: u32,
    /// Steps of the journey.
    pub steps: i64,
    /// The longest good attempt.
    pub attempt: Millis,
    /// The deadline *D*: an attempt that hangs ends here.
    pub timeout: Millis,
    /// The contract's rules.
    pub rules: Rules,
}

impl Design {
    /// The plainest: one region, one persona, attempts of 2 ms, no fast ticks, no retries, no jitter, true clocks.
    pub fn plain(seconds: i64) -> Self {
        Self {
            spacing: Millis::from_secs(seconds),
            fast: None,
            regions: 1,
            personas: 1,
            stagger: true,
            jitter_permille: 0,
            clock_permille: 0,
            retries: 0,
            steps: 1,
            attempt: Millis(2),
            timeout: Millis::from_secs(seconds * 2 / 5),
            rules: Rules::default(),
        }
    }

    /// The same with so many regions.
    #[must_use]
    pub fn regions(mut self, regions: usize) -> Self {
        self.regions = regions;
        self
    }

    /// The same with fast ticks of so many seconds.
    #[must_use]
    pub fn fast(mut self, seconds: i64) -> Self {
        self.fast = Some(Millis::from_secs(seconds));
        self
    }

    /// The same with edges by quorum, never fused.
    #[must_use]
    pub fn by_quorum(mut self) -> Self {
        self.rules.edges = EdgeMode::Quorum;
        self
    }

    /// The n-th region's name.
    pub fn region(&self, index: usize) -> Name {
        name(&format!("region-{}", index + 1))
    }

    /// The n-th persona's name.
    pub fn persona(&self, index: usize) -> Name {
        name(&format!("persona-{}", index + 1))
    }

    /// The n-th persona's probe.
    pub fn probe(&self, persona: usize) -> Name {
        name(&format!("login-{}", persona + 1))
    }

    /// The accounts of one persona in one region.
    pub fn accounts(&self, (region, persona): (usize, usize)) -> [Account; 2] {
        [1, 2].map(|number| Account {
            label: name(&format!("p{}-r{}-{number}", persona + 1, region + 1)),
            credential_version: 1,
        })
    }

    /// The tick at or before `at`.
    pub fn tick_before(&self, at: Timestamp) -> Timestamp {
        Timestamp(at.0.div_euclid(self.spacing.0) * self.spacing.0)
    }

    /// The plan that an agent would be given.
    ///
    /// # Panics
    /// If the spacing neither divides a minute nor is made of whole minutes.
    pub fn plan(&self) -> Plan {
        let seconds = self.spacing.0 / 1_000;
        let cron = match seconds {
            60.. => format!("0 */{} * * * *", seconds / 60),
            _ => format!("*/{seconds} * * * * *"),
        };
        let schedule = Schedule::parse(&cron).expect("designs use spacings that cron can say");
        assert_eq!(schedule.spacing(), self.spacing, "cron repeats evenly");
        let probe = |persona: usize| Probe {
            name: self.probe(persona),
            subject: Subject::Journey {
                journey: name("login"),
                persona: self.persona(persona),
                session: None,
            },
            schedule: schedule.clone(),
            fast: self.fast,
            timeout: self.timeout,
            retries: self.retries,
            retry_after: RETRY_AFTER,
            slow_after: Millis::from_mins(5),
            stagger: self.stagger,
            jitter_permille: u32::try_from(self.jitter_permille).unwrap_or(0),
            regions: Vec::new(),
            fresh: true,
        };
        Plan {
            keep_raw: None,
            site: site(),
            regions: (0..self.regions).map(|index| self.region(index)).collect(),
            canary: Canary::None,
            personas: (0..self.personas)
                .map(|index| Persona {
                    name: self.persona(index),
                    accounts: Vec::new(),
                })
                .collect(),
            journeys: vec![Journey {
                name: name("login"),
                steps: Vec::new(),
            }],
            probes: (0..self.personas).map(probe).collect(),
            contracts: vec![self.contract()],
        }
    }

    /// The contract: all regions and personas with weight 1, days in UTC.
    pub fn contract(&self) -> Contract {
        let weighted = |name: Name| Weighted { name, weight: 1 };
        let personas = (0..self.personas).map(|index| weighted(self.persona(index)));
        let regions = (0..self.regions).map(|index| weighted(self.region(index)));
        Contract {
            id: name("accuracy"),
            customer: "Nobody".to_owned(),
            service: "Sign-in".to_owned(),
            zone: "UTC".to_owned(),
            target: Share(999_000),
            tiers: vec![Tier {
                from: Share(0),
                credit: Share(100_000),
            }],
            personas: personas.collect(),
            regions: regions.collect(),
            service_hours: Vec::new(),
            rules: self.rules.clone(),
            locale: Locale::default(),
        }
    }
}

/// Wait before a retry (semantics §2).
pub const RETRY_AFTER: Millis = Millis::from_secs(5);

fn site() -> Site {
    Site {
        name: "Somewhere".to_owned(),
        url: "https://somewhere.test".parse().expect("an address"),
        ca: None,
        origins: Vec::new(),
        allow_private: Vec::new(),
        login_cap: 0,
        dns: DnsMode::Own,
        second_resolvers: Vec::new(),
        user_agent: "accuracy".to_owned(),
        http2: true,
        verify_chain_always: false,
        post_quantum: true,
    }
}

/// A name that is known to be one.
pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("made of a-z, 0-9 and -")
}
