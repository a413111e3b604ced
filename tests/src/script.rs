//! The fault script: what goes wrong, when, and for whom. A TOML file, read strictly.
//!
//! ```toml
//! seed = 2018                                # decides every chance below; default 1
//! start = "2018-12-07T00:00:00-05:00"        # from here "+20s" counts; default: when the server starts
//! end = "2018-12-18T00:00:00-05:00"          # the truth goes no further
//! regions = ["east", "central", "west"]
//! patience = "30s"                           # a login slower than this is a failed login; default 30 s
//!
//! [[fault]]
//! kind = "status"                            # see `Kind` for all of them
//! from = "+20s"                              # or an RFC 3339 instant
//! for = "20s"                                # or `until`
//! status = 503
//! region = "west"                            # a name or a list; also persona, account, path ("/api/*")
//! share = 0.3                                # of requests, by the seed
//! period = "10s"                             # flapping: in force in the first 4 s of each 10 s
//! on = "4s"
//! ```

use ledger::name::Name;
use ledger::time::{Interval, Intervals, Millis, Timestamp};

pub use kind::Kind;
pub use read::{Mistake, ScriptError};

use crate::product::Persona;

mod kind;
mod parse;
mod read;

/// A script as written: its offsets are not yet instants.
#[derive(Clone, Debug)]
pub struct Script {
    /// Decides every chance.
    pub seed: u64,
    /// From where offsets count; the server's start if absent.
    pub start: Option<Timestamp>,
    /// Where the truth ends; open if absent.
    pub end: Option<Moment>,
    /// How long somebody waits for one answer: a delay from here on is a failed login.
    pub patience: Millis,
    /// The regions that faults may name; any if empty.
    pub regions: Vec<Name>,
    faults: Vec<Planned>,
}

/// A point in time as scripts write it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// An instant.
    At(Timestamp),
    /// So long after the start.
    After(Millis),
}

/// One fault with its instants.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Its place in the script, from 1.
    pub number: usize,
    /// When it can be in force; empty for sessions that are dropped at one instant.
    pub window: Interval,
    /// The rest of it.
    pub what: What,
}

/// A fault without its time.
#[derive(Clone, Debug)]
pub struct What {
    /// What happens.
    pub kind: Kind,
    /// To whom.
    pub scope: Scope,
    /// In which part of its window.
    pub flap: Option<Flap>,
    /// To which share of requests (or of connections), over 0 up to 1.
    pub share: f64,
    /// A word for the reader of the truth.
    pub note: Option<String>,
}

/// Whom a fault meets; what is empty or absent limits nothing.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Only visitors from these regions.
    pub regions: Vec<Name>,
    /// Only pages of this persona.
    pub persona: Option<Persona>,
    /// Only requests that speak for this account.
    pub account: Option<String>,
    /// Only this path; a `*` at its end stands for anything.
    pub path: Option<String>,
}

/// Comes and goes: in force in the first `on` of each `period`.
#[derive(Clone, Copy, Debug)]
pub struct Flap {
    /// From one beginning to the next.
    pub period: Millis,
    /// Shorter than `period`.
    pub on: Millis,
}

#[derive(Clone, Debug)]
struct Planned {
    from: Moment,
    until: Option<Moment>,
    what: What,
}

/// Later than any instant of a script: the first of the year 9999.
const FOREVER: Timestamp = Timestamp(253_370_764_800_000);

impl Default for Script {
    /// The script in which nothing goes wrong.
    fn default() -> Self {
        let patience = Millis::from_secs(30);
        Self {
            seed: 1,
            start: None,
            end: None,
            patience,
            regions: Vec::new(),
            faults: Vec::new(),
        }
    }
}

impl Script {
    /// Reads a script; `file` is its name in messages.
    ///
    /// # Errors
    /// [`ScriptError`] with every mistake in it.
    pub fn parse(file: &str, text: &str) -> Result<Self, ScriptError> {
        parse::script(file, text)
    }

    /// The faults by the clock, for a server that starts at `start`.
    pub fn resolve(&self, start: Timestamp) -> Vec<Fault> {
        let instants = self.faults.iter().zip(1..).map(|(planned, number)| {
            let from = self.instant(planned.from, start);
            let open_end = if planned.what.kind == Kind::SessionsDropped {
                from
            } else {
                self.window(start).end
            };
            let until = planned
                .until
                .map_or(open_end, |until| self.instant(until, start));
            Fault {
                number,
                window: Interval::new(from, until),
                what: planned.what.clone(),
            }
        });
        instants.collect()
    }

    /// The time that the script speaks of, for a server that starts at `start`.
    pub fn window(&self, start: Timestamp) -> Interval {
        let end = self.end.map_or(FOREVER, |end| self.instant(end, start));
        Interval::new(self.start.unwrap_or(start), end)
    }

    fn instant(&self, moment: Moment, start: Timestamp) -> Timestamp {
        match moment {
            Moment::At(at) => at,
            Moment::After(offset) => self.start.unwrap_or(start) + offset,
        }
    }
}

impl Fault {
    /// Whether it is in force at `at`, for whom it concerns.
    pub fn in_force(&self, at: Timestamp) -> bool {
        self.window.contains(at)
            && self
                .what
                .flap
                .is_none_or(|flap| (at - self.window.start).0 % flap.period.0 < flap.on.0)
    }

    /// All instants at which it is in force within `window`.
    pub fn times(&self, window: Interval) -> Intervals {
        let Some(within) = self.window.intersect(window) else {
            return Intervals::default();
        };
        let Some(flap) = self.what.flap else {
            return Intervals::from_iter([within]);
        };
        let skipped = (within.start - self.window.start).0 / flap.period.0;
        let first = self.window.start + Millis(skipped * flap.period.0);
        let begins = std::iter::successors(Some(first), |begin| Some(*begin + flap.period));
        let bursts = begins.take_while(|begin| *begin < within.end);
        bursts
            .filter_map(|begin| Interval::new(begin, begin + flap.on).intersect(within))
            .collect()
    }
}

impl Scope {
    /// Whether a visitor from `region` is meant.
    pub fn meets_region(&self, region: Option<&Name>) -> bool {
        self.regions.is_empty() || region.is_some_and(|region| self.regions.contains(region))
    }

    /// Whether a request for `path` is meant.
    pub fn meets_path(&self, path: &str) -> bool {
        self.path
            .as_deref()
            .is_none_or(|pattern| match pattern.strip_suffix('*') {
                Some(prefix) => path.starts_with(prefix),
                None => path == pattern,
            })
    }

    /// Whether it is limited to something that only a request can tell.
    pub fn needs_request(&self) -> bool {
        self.persona.is_some() || self.account.is_some() || self.path.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flapping_is_cut_into_bursts() {
        let text =
            "[[fault]]\nkind = 'refused'\nfrom = '+10s'\nfor = '25s'\nperiod = '10s'\non = '4s'\n";
        let fault = Script::parse("flap.toml", text)
            .unwrap()
            .resolve(Timestamp(0))
            .remove(0);
        let bursts = |from, until| {
            let times = fault.times(Interval::new(Timestamp(from), Timestamp(until)));
            times
                .iter()
                .map(|burst| (burst.start.0, burst.end.0))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            bursts(0, 60_000),
            [(10_000, 14_000), (20_000, 24_000), (30_000, 34_000)]
        );
        assert_eq!(bursts(22_000, 31_000), [(22_000, 24_000), (30_000, 31_000)]);
        for at in 0..40_000 {
            let inside = fault
                .times(Interval::new(Timestamp(0), Timestamp(60_000)))
                .contains(Timestamp(at));
            assert_eq!(fault.in_force(Timestamp(at)), inside, "{at}");
        }
    }

    #[test]
    fn paths_match_whole_or_by_their_beginning() {
        let scope = |path: &str| Scope {
            path: Some(path.to_owned()),
            ..Scope::default()
        };
        for (pattern, path, meets) in [
            ("/api/*", "/api/trips", true),
            ("/api/*", "/trips", false),
            ("/login", "/login", true),
            ("/login", "/login/", false),
            ("*", "/", true),
        ] {
            assert_eq!(scope(pattern).meets_path(path), meets, "{pattern} {path}");
        }
    }
}
