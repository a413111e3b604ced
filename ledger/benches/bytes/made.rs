//! A made-up fleet of probes at 30 s, as an agent would have seen it.
//!
//! Each probe has middles of its own, around which its latencies are log-normal; attempts start within 1.5 s of their slot and
//! a fraction of a millisecond late; one in a thousand fails. Numbers are given in the order in which attempts end.

use std::f64::consts::PI;
use std::time::Duration;

use ledger::attempt::{Account, Attempt, Detail, Family, Kind, StepPhases};
use ledger::name::Name;
use ledger::phases::{Micros, Phase, Phases};
use ledger::plan::Plan;
use ledger::record::Agent;
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::{CanaryState, Class, Verdict};

/// 2018-12-01T00:00:00Z.
pub(crate) const START: Timestamp = Timestamp(1_543_622_400_000);
pub(crate) const DAY: u64 = 2_880;
/// Seconds of each phase, in the middle of all probes.
const MIDDLES: [f64; 5] = [0.001, 0.02, 0.04, 0.12, 0.004];
/// How far the latencies of a probe scatter, and the middles of probes: as logarithms.
const WITHIN: f64 = 0.5;
const BETWEEN: f64 = 0.4;

/// Some probes, and how they are.
#[derive(Debug)]
pub(crate) struct Fleet {
    pub(crate) plan: Plan,
    version: u32,
    probes: Vec<(Name, [f64; 5])>,
    random: Random,
    sequence: u64,
}

pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

pub(crate) fn agent() -> Agent {
    Agent {
        name: name("eu-1"),
        region: name("eu"),
    }
}

impl Fleet {
    pub(crate) fn new(probes: usize) -> Self {
        let names: Vec<Name> = (0..probes).map(named).collect();
        let plan = plan(&names);
        let mut random = Random(0x2545_f491_4f6c_dd1d);
        let probes = names.into_iter().map(|name| {
            let middles = MIDDLES.map(|middle| middle * (BETWEEN * random.normal()).exp());
            (name, middles)
        });
        Self {
            version: plan.version(),
            plan,
            probes: probes.collect(),
            random,
            sequence: 0,
        }
    }

    /// What came of the tick of that number, of all probes.
    pub(crate) fn round(&mut self, number: u64) -> Vec<Attempt> {
        let tick = START + Millis(30_000 * i64::try_from(number).expect("small"));
        let mut attempts: Vec<Attempt> = (0..self.probes.len())
            .map(|probe| self.attempt(probe, tick))
            .collect();
        attempts.sort_by_key(|attempt| attempt.end);
        for attempt in &mut attempts {
            self.sequence += 1;
            attempt.sequence = self.sequence;
        }
        attempts
    }

    fn attempt(&mut self, probe: usize, tick: Timestamp) -> Attempt {
        let (name, middles) = self.probes[probe].clone();
        let random = &mut self.random;
        let due = tick + Millis(2_000 + random.below(3_001));
        let late = Millis(
            [0, 1, 2, 7][usize::from(random.below(33) == 0) + usize::from(random.below(500) == 0)],
        );
        let good = random.below(1_000) != 0;
        let mut phases = Phases::default();
        let (mut took, mut sent) = (Duration::ZERO, Duration::ZERO);
        for (phase, middle) in Phase::ALL.into_iter().zip(middles) {
            if phase == Phase::FirstByte {
                sent = took;
            }
            let latency = Duration::from_secs_f64(middle * (WITHIN * random.normal()).exp());
            // What lies between two phases is not measured.
            took += latency + Duration::from_micros(random.below(40).unsigned_abs());
            *phases.slot(phase) = Some(Micros::measured(latency));
        }
        let start = due + late;
        let wall =
            |since: Duration| start + Millis(i64::try_from(since.as_millis()).expect("short"));
        let ended = took + Duration::from_micros(50);
        Attempt {
            sequence: 0,
            probe: name,
            plan: self.version,
            tick,
            due,
            kind: Kind::Base,
            account: Some(Account {
                label: named_account(),
                credential_version: 1,
            }),
            start,
            end: wall(ended),
            evidence: Interval::new(wall(sent), wall(took) + Millis(1)),
            verdict: if good { Verdict::Good } else { Verdict::Bad },
            class: (!good).then_some(Class::Status),
            step: (!good).then(named_step),
            status: Some(if good { 200 } else { 503 }),
            family: Some(Family::V4),
            steps: vec![StepPhases {
                step: named_step(),
                phases,
            }],
            total: good.then(|| Micros::measured(late.to_std() + took)),
            slow: false,
            clock_error: Millis(9 + tick.0 / 600_000 % 5),
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

fn named(number: usize) -> Name {
    let check = ["login", "search", "cart", "api"][number % 4];
    name(&format!("shop-{:03}-{check}", number / 4))
}

fn named_account() -> Name {
    name("user-1")
}

fn named_step() -> Name {
    name("land")
}

fn plan(names: &[Name]) -> Plan {
    let head = "regions = [\"eu\"]\ncanary = \"none\"\n[site]\nname = \"x\"\nurl = \"https://x.test\"\nlogin_cap = 0\n\
        [[persona]]\nname = \"user\"\n[[persona.account]]\nlabel = \"user-1\"\nusername = \"x\"\npassword = { env = \"X\" }\n\
        [[journey]]\nname = \"login\"\n[[journey.step]]\nname = \"land\"\nget = \"/\"\nexpect.status = 200\n\
        [[contract]]\nid = \"gold\"\ncustomer = \"X\"\nzone = \"Europe/Berlin\"\ntarget = 99.9\n";
    let probe = |name: &Name| {
        format!(
            "[[probe]]\nname = \"{name}\"\njourney = \"login\"\npersona = \"user\"\nschedule = \"*/30 * * * * *\"\n"
        )
    };
    let probes = names.iter().map(probe);
    let text: String = std::iter::once(head.to_owned()).chain(probes).collect();
    Plan::parse(&text, "probes.toml").expect("a plan")
}

/// xorshift64*: repeatable and enough for noise.
#[derive(Debug)]
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32
    }

    fn below(&mut self, most: u64) -> i64 {
        i64::try_from(self.next() % most).expect("small")
    }

    /// From 0 to below 1.
    fn part(&mut self) -> f64 {
        let value = u32::try_from(self.next()).expect("32 bits");
        f64::from(value) / (f64::from(u32::MAX) + 1.0)
    }

    /// Box and Muller.
    fn normal(&mut self) -> f64 {
        let (one, other) = (1.0 - self.part(), self.part());
        (-2.0 * one.ln()).sqrt() * (2.0 * PI * other).cos()
    }
}
