//! What is in force at an instant, for one visitor. Pure, but for the tally of whom each fault met.
//!
//! Every question is asked with the instant at which the server has the connection or the whole request in hand, and
//! that instant alone decides. So a request that is sent after a fault's end meets none of it, and one that arrives
//! within it always does, to the millisecond.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use ledger::name::Name;
use ledger::time::{Interval, Millis, Timestamp};

use crate::authority::Leaf;
use crate::product::{Attack, Mood, Persona, Rejection};
use crate::script::{Fault, Kind, Script, What};
use crate::site::Door;

/// The faults of a script, by the clock.
#[derive(Debug)]
pub struct Faults {
    list: Vec<Fault>,
    seed: u64,
    patience: Millis,
    window: Interval,
    met: Mutex<Vec<Met>>,
}

/// Whom a fault met so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Met {
    /// How many connections and requests.
    pub count: u64,
    /// The first of them.
    pub first: Option<Timestamp>,
    /// The last of them.
    pub last: Option<Timestamp>,
}

/// What a connection finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Welcome {
    Serve(Leaf),
    Refuse,
    Hang,
    /// The visitor's own network is dead.
    Unreachable,
}

/// When in the life of a connection a question is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    New,
    Open,
}

/// Who connects, when and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Caller<'a> {
    pub(crate) at: Timestamp,
    pub(crate) door: Door,
    pub(crate) region: Option<&'a Name>,
}

/// One request, as far as faults care.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Visit<'a> {
    pub(crate) caller: Caller<'a>,
    pub(crate) persona: Persona,
    pub(crate) account: Option<&'a str>,
    pub(crate) path: &'a str,
    /// Whether it is a login or what a login leads to.
    pub(crate) login: bool,
}

/// What a request is in for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Treatment {
    pub(crate) delay: Duration,
    pub(crate) ending: Option<Ending>,
    pub(crate) mood: Mood,
}

/// How a request ends other than well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    Status(u16),
    Reset,
    Hang,
    WrongContent,
    Truncated,
    Throttled,
    Attack(Attack),
}

impl Faults {
    /// The faults of `script` for a server that starts at `start`.
    pub fn new(script: &Script, start: Timestamp) -> Self {
        let list = script.resolve(start);
        let met = Mutex::new(vec![Met::default(); list.len()]);
        Self {
            list,
            seed: script.seed,
            patience: script.patience,
            window: script.window(start),
            met,
        }
    }

    /// The faults in the order of the script.
    pub fn list(&self) -> &[Fault] {
        &self.list
    }

    /// The seed that decides every chance.
    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// From which delay on a login has failed.
    pub fn patience(&self) -> Millis {
        self.patience
    }

    /// The time that the script speaks of.
    pub fn window(&self) -> Interval {
        self.window
    }

    /// Whom each fault met, in the order of the script.
    pub fn met(&self) -> Vec<Met> {
        self.met
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether the network of `region` is dead at `at`.
    pub fn network_is_dead(&self, region: &Name, at: Timestamp) -> bool {
        let dead = |fault: &&Fault| {
            fault.what.kind == Kind::AgentNetwork
                && fault.in_force(at)
                && fault.what.scope.meets_region(Some(region))
        };
        self.list.iter().any(|fault| dead(&fault))
    }

    /// What a new connection finds.
    pub(crate) fn welcome(&self, caller: Caller<'_>) -> Welcome {
        self.entrance(caller, Stage::New)
    }

    /// What an open connection finds when a request arrives on it. A fault that meets only a share of connections
    /// spares those that are open.
    pub(crate) fn standing(&self, caller: Caller<'_>) -> Welcome {
        self.entrance(caller, Stage::Open)
    }

    /// What a request to the product is in for.
    pub(crate) fn treat(&self, visit: Visit<'_>) -> Treatment {
        let at = visit.caller.at;
        let mood = Mood {
            at,
            rejection: None,
            sessions_void: false,
            sessions_since: Timestamp(i64::MIN),
        };
        let mut treatment = Treatment {
            delay: Duration::ZERO,
            ending: None,
            mood,
        };
        for fault in self
            .list
            .iter()
            .filter(|fault| fault.window.start <= at && meets(fault, visit))
        {
            if fault.what.kind == Kind::SessionsDropped {
                treatment.mood.sessions_since =
                    treatment.mood.sessions_since.max(fault.window.start);
            }
            if fault.in_force(at) && self.strikes(fault, visit.caller, visit.path) {
                self.apply(fault, visit, &mut treatment);
            }
        }
        treatment
    }

    /// The status with which the platform fails to authenticate a request, if it does.
    pub(crate) fn platform_auth(&self, caller: Caller<'_>, path: &str) -> Option<u16> {
        self.list.iter().find_map(|fault| match fault.what.kind {
            Kind::PlatformAuth(status)
                if fault.in_force(caller.at)
                    && fault.what.scope.meets_region(caller.region)
                    && self.strikes(fault, caller, path) =>
            {
                self.record(fault, caller.at);
                Some(status)
            }
            _ => None,
        })
    }

    fn entrance(&self, caller: Caller<'_>, stage: Stage) -> Welcome {
        let mut leaf = Leaf::Good;
        for fault in &self.list {
            let what = &fault.what;
            let Some(found) = entrance_of(what, caller.door) else {
                continue;
            };
            let meant = fault.in_force(caller.at) && what.scope.meets_region(caller.region);
            if !meant
                || (what.share < 1.0 && stage == Stage::Open)
                || !self.strikes(fault, caller, "")
            {
                continue;
            }
            self.record(fault, caller.at);
            match found {
                Welcome::Serve(other) if leaf == Leaf::Good || leaf == Leaf::Renewed => {
                    leaf = other;
                }
                Welcome::Serve(_) => {}
                Welcome::Refuse | Welcome::Hang | Welcome::Unreachable => return found,
            }
        }
        Welcome::Serve(leaf)
    }

    fn apply(&self, fault: &Fault, visit: Visit<'_>, treatment: &mut Treatment) {
        let mood = &mut treatment.mood;
        match fault.what.kind {
            Kind::Slow { delay, jitter } => {
                let extra = self.chance(fault, visit.caller, visit.path).part_of(jitter);
                treatment.delay += delay.to_std() + extra;
            }
            Kind::LoginRefused | Kind::AccountLocked if visit.login => {
                mood.rejection.get_or_insert(Rejection::Refused);
            }
            Kind::LoginPageAgain if visit.login => {
                mood.rejection.get_or_insert(Rejection::PageAgain);
            }
            Kind::SessionsDropped => mood.sessions_void = true,
            _ => match ending_of(&fault.what) {
                Some(ending) if treatment.ending.is_none() => treatment.ending = Some(ending),
                Some(_) | None => return,
            },
        }
        self.record(fault, visit.caller.at);
    }

    /// Whether a fault that meets only a share meets this one. The same question always has the same answer.
    fn strikes(&self, fault: &Fault, caller: Caller<'_>, path: &str) -> bool {
        fault.what.share >= 1.0 || self.chance(fault, caller, path).rng.f64() < fault.what.share
    }

    fn chance(&self, fault: &Fault, caller: Caller<'_>, path: &str) -> Chance {
        let number = u64::try_from(fault.number).unwrap_or(u64::MAX);
        let mut hash = Hash(self.seed ^ 0xCBF2_9CE4_8422_2325);
        hash.add(&number.to_le_bytes());
        hash.add(&caller.at.0.to_le_bytes());
        hash.add(caller.region.map_or("", Name::as_str).as_bytes());
        hash.add(path.as_bytes());
        Chance {
            rng: fastrand::Rng::with_seed(hash.0),
        }
    }

    fn record(&self, fault: &Fault, at: Timestamp) {
        let mut met = self.met.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(met) = met.get_mut(fault.number - 1) {
            met.count += 1;
            met.first = Some(met.first.map_or(at, |first| first.min(at)));
            met.last = Some(met.last.map_or(at, |last| last.max(at)));
        }
    }
}

/// FNV-1a, whose value is the same on every machine and in every version.
struct Hash(u64);

struct Chance {
    rng: fastrand::Rng,
}

impl Hash {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
        }
    }
}

impl Chance {
    /// A part of `length`, from none to all of it.
    fn part_of(mut self, length: Millis) -> Duration {
        // The first draw has said whether the fault strikes at all.
        self.rng.u64(..);
        Duration::from_millis(self.rng.u64(0..=u64::try_from(length.0).unwrap_or(0)))
    }
}

fn meets(fault: &Fault, visit: Visit<'_>) -> bool {
    let scope = &fault.what.scope;
    scope.meets_region(visit.caller.region)
        && scope.persona.is_none_or(|persona| persona == visit.persona)
        && scope
            .account
            .as_deref()
            .is_none_or(|account| visit.account == Some(account))
        && scope.meets_path(visit.path)
}

/// How a fault ends a request that it meets, if it does.
fn ending_of(what: &What) -> Option<Ending> {
    match what.kind {
        Kind::Status(status) => Some(Ending::Status(status)),
        Kind::Reset => Some(Ending::Reset),
        Kind::Hang if what.scope.needs_request() => Some(Ending::Hang),
        Kind::WrongContent => Some(Ending::WrongContent),
        Kind::Truncated => Some(Ending::Truncated),
        Kind::Throttled => Some(Ending::Throttled),
        Kind::Hostile(attack) => Some(Ending::Attack(attack)),
        _ => None,
    }
}

/// What a fault of this kind does to connections at `door`, if anything.
fn entrance_of(what: &What, door: Door) -> Option<Welcome> {
    match (what.kind, door) {
        (Kind::AgentNetwork, _) => Some(Welcome::Unreachable),
        (Kind::PlatformDown, Door::Platform) | (Kind::Refused, Door::Product) => {
            Some(Welcome::Refuse)
        }
        (Kind::Hang, Door::Product) if !what.scope.needs_request() => Some(Welcome::Hang),
        (Kind::TlsExpired, Door::Product) => Some(Welcome::Serve(Leaf::Expired)),
        (Kind::TlsWrongHost, Door::Product) => Some(Welcome::Serve(Leaf::WrongHost)),
        (Kind::NewCertificate, Door::Product) => Some(Welcome::Serve(Leaf::Renewed)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_a_share_and_the_seed_decides_which() {
        let met = |seed: u64| -> Vec<bool> {
            let text = format!(
                "seed = {seed}\n[[fault]]\nkind = 'throttled'\nshare = 0.1\nfrom = '+0s'\nfor = '1h'\n"
            );
            let faults = Faults::new(&Script::parse("share.toml", &text).unwrap(), Timestamp(0));
            let visit = |at| Visit {
                caller: Caller {
                    at: Timestamp(at),
                    door: Door::Product,
                    region: None,
                },
                persona: Persona::User,
                account: None,
                path: "/login",
                login: false,
            };
            (0..10_000)
                .map(|at| faults.treat(visit(at)).ending.is_some())
                .collect()
        };
        let (first, other) = (met(1), met(2));
        for found in [&first, &other] {
            let count = found.iter().filter(|met| **met).count();
            assert!((900..1_100).contains(&count), "{count} of 10000");
        }
        assert_eq!(first, met(1));
        assert_ne!(first, other);
    }
}
