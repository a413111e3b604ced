//! The fleet: when each series was down, and how long its logins took.

use ledger::attempt::{Account, Attempt, Detail, Family, Kind, StepPhases};
use ledger::histogram::{Distribution, Measure};
use ledger::name::Name;
use ledger::phases::{Micros, Phase, Phases};
use ledger::plan::Plan;
use ledger::record::Agent;
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::{CanaryState, Class, Verdict};

/// 2018-01-01T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp(1_514_764_800_000);
pub(crate) const MINUTE: Millis = Millis::from_mins(1);
pub(crate) const DAY: i64 = 1_440;
/// The probes' deadline.
pub(crate) const DEADLINE: Millis = Millis::from_secs(12);
/// Series share this many patterns of latencies.
pub(crate) const PATTERNS: i64 = 16;

/// Some series that looked every minute.
#[derive(Clone, Copy, Debug)]
pub(crate) struct World {
    pub(crate) series: i64,
    /// How long they looked.
    pub(crate) minutes: i64,
    /// One outage in so many minutes.
    pub(crate) every: i64,
}

impl World {
    /// All of 2018 and two days, which settle it; fifty outages a series.
    pub(crate) const fn year(series: i64) -> Self {
        Self {
            series,
            minutes: 367 * DAY,
            every: 365 * DAY / 50,
        }
    }

    pub(crate) fn agent() -> Agent {
        Agent {
            name: name("eu-1"),
            region: name("eu"),
        }
    }

    pub(crate) fn plan(&self) -> Plan {
        let probes: Vec<String> = (0..self.series)
            .map(|series| {
                format!(
                    r#"{{"name":"{}","subject":{{"journey":{{"journey":"login","persona":"user","session":null}}}},
                    "schedule":"0 * * * * *","fast":null,"timeout":12000,"retries":1,"retry_after":5000,"slow_after":9000,
                    "stagger":true,"jitter_permille":50,"regions":[],"fresh":true}}"#,
                    probe(series)
                )
            })
            .collect();
        let text = format!(
            r#"{{"site":{{"name":"Groupdesk","url":"https://groupdesk.example","origins":[],"allow_private":[],"login_cap":6,
            "dns":"own","second_resolvers":[],"user_agent":"bench","http2":true,"verify_chain_always":false,"post_quantum":false}},
            "regions":["eu"],"canary":"none","personas":[],"journeys":[{{"name":"login","steps":[]}}],"probes":[{}],
            "contracts":[{{"id":"fleet","customer":"Fleet","service":"Groupdesk","zone":"UTC","target":999000,"tiers":[],
            "personas":[],"regions":[],"rules":{{}}}}]}}"#,
            probes.join(",")
        );
        serde_json::from_str(&text).expect("a plan")
    }

    /// The minutes of each outage of a series, from its first bad one to just after its last: two to eight minutes.
    pub(crate) fn outages(&self, series: i64) -> Vec<(i64, i64)> {
        let slots = 0..self.minutes / self.every;
        let outage = |slot: i64| {
            let random = mix(series * 1_000 + slot);
            let first = slot * self.every + 200 + random % (self.every * 6 / 10);
            (first, first + 2 + random / 7 % 7)
        };
        slots.map(outage).collect()
    }

    /// All attempts, in order.
    #[cfg(test)]
    pub(crate) fn attempts(&self) -> Vec<Attempt> {
        let version = self.plan().version();
        let places = (0..self.minutes)
            .flat_map(|minute| (0..self.series).map(move |series| (minute, series)));
        places
            .map(|(minute, series)| self.attempt(version, series, minute))
            .collect()
    }

    /// The attempt of a series in a minute.
    #[cfg(test)]
    pub(crate) fn attempt(&self, plan: u32, series: i64, minute: i64) -> Attempt {
        let outages = self.outages(series);
        let bad = outages
            .iter()
            .any(|(first, end)| (*first..*end).contains(&minute));
        let verdict = if bad { Verdict::Bad } else { Verdict::Good };
        self.seen(plan, (series, minute), verdict)
    }

    /// What an attempt saw that was good or bad.
    pub(crate) fn seen(
        &self,
        plan: u32,
        (series, minute): (i64, i64),
        verdict: Verdict,
    ) -> Attempt {
        let good = verdict == Verdict::Good;
        let tick = START + Millis(minute * MINUTE.0);
        let due = tick + Millis(100 + series * 37 % 20_000);
        let evidence = Interval::new(due + Millis(50), due + Millis(250));
        let latencies = latencies(series % PATTERNS, minute % DAY);
        let mut phases = Phases::default();
        for (phase, latency) in Phase::ALL.into_iter().zip(latencies) {
            *phases.slot(phase) = Some(latency);
        }
        Attempt {
            sequence: u64::try_from(minute * self.series + series + 1).expect("positive"),
            probe: probe(series),
            plan,
            tick,
            due,
            kind: Kind::Base,
            account: Some(Account {
                label: name("user-1"),
                credential_version: 1,
            }),
            start: due,
            end: evidence.end,
            evidence,
            verdict: if good { Verdict::Good } else { Verdict::Bad },
            class: (!good).then_some(Class::Status),
            step: (!good).then(|| name("land")),
            status: Some(if good { 200 } else { 503 }),
            family: Some(Family::V4),
            steps: vec![StepPhases {
                step: name("land"),
                phases,
            }],
            total: good.then(|| total(latencies)),
            slow: false,
            clock_error: Millis(9),
            canary: if good {
                CanaryState::Unasked
            } else {
                CanaryState::Ok
            },
            second_resolver: None,
            detail: Detail::escape(if good { "" } else { "503 Service Unavailable" }),
        }
    }
}

/// The latencies of a pattern in a minute of the day: each phase around its middle, most of them within half of it.
fn latencies(pattern: i64, minute: i64) -> [Micros; 5] {
    let mut place = 0;
    [1_000, 20_000, 40_000, 120_000, 4_000].map(|middle: u32| {
        place += 1;
        let noise = |round: i64| mix(pattern * 1_000_003 + minute * 61 + place * 7 + round) % 1_000;
        let sum: i64 = (0..4).map(noise).sum();
        // From half the middle to half as much again.
        let spread = i64::from(middle) * sum / 4_000;
        Micros::cut(middle / 2 + u32::try_from(spread).expect("at most the middle"))
    })
}

fn total(latencies: [Micros; 5]) -> Micros {
    Micros::cut(latencies.into_iter().map(Micros::get).sum())
}

/// What a pattern measures in some minutes of the day, each as often as it is named.
pub(crate) fn measured(
    pattern: i64,
    minutes: impl Iterator<Item = (i64, u64)>,
) -> Vec<(Measure, Distribution)> {
    let phase = |phase: Phase| Measure::Phase {
        step: name("land"),
        phase,
    };
    let measures = std::iter::once(Measure::Total).chain(Phase::ALL.map(phase));
    let mut found: Vec<(Measure, Distribution)> = measures
        .map(|measure| (measure, Distribution::default()))
        .collect();
    for (minute, count) in minutes {
        let latencies = latencies(pattern, minute);
        let all = std::iter::once(total(latencies)).chain(latencies);
        for ((_, distribution), latency) in found.iter_mut().zip(all) {
            distribution.record(latency, count);
        }
    }
    found
}

pub(crate) fn probe(series: i64) -> Name {
    name(&format!("login-{series:05}"))
}

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

/// A number that looks random, from 0 to 2^31.
fn mix(seed: i64) -> i64 {
    let mut mixed = seed.cast_unsigned().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^= mixed >> 29;
    mixed = mixed.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    i64::try_from(mixed >> 33).expect("31 bits")
}
