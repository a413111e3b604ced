//! What one attempt told us, before the control checks are asked what it is worth.

use ledger::attempt::{Account, Detail, Family, StepPhases};
use ledger::name::Name;
use ledger::phases::Micros;
use ledger::time::{Interval, Timestamp};
use ledger::verdict::{Class, SecondResolver};

/// Everything seen in one attempt. Holds no secret, and its text is escaped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Wall time of the start, from one wall reading plus the monotonic clock.
    pub start: Timestamp,
    /// Wall time at which the outcome was known; a closing logout comes later and is not counted.
    pub end: Timestamp,
    /// What the outcome speaks of: good, from sending the last step to its answer; failed, the failing step.
    pub evidence: Interval,
    /// How it went.
    pub outcome: Outcome,
    /// The account that signed in, if any.
    pub account: Option<Account>,
    /// Logins that were tried: 0, 1, or 2 when a kept session and the login after it were lost.
    pub logins: u32,
    /// Status of the last response.
    pub status: Option<u16>,
    /// Address family of the last connection.
    pub family: Option<Family>,
    /// Phases of the counted steps, in order; those of an unfinished step as far as they got.
    pub steps: Vec<StepPhases>,
    /// From the due instant to the landing assertion; `None` unless good.
    pub total: Option<Micros>,
    /// What the second resolver said, if the first one failed.
    pub second_resolver: Option<SecondResolver>,
    /// When the served certificate chain stops being valid; known also when it was refused.
    pub certificate_until: Option<Timestamp>,
    /// Names of what was taken from pages, sorted; never the values.
    pub captured: Vec<String>,
    /// The server's own clock, by its last response.
    pub server_date: Option<ServerDate>,
}

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All counted steps held.
    Good,
    /// The site did not do what was expected, at `step`.
    Failed(Failure),
    /// The prober's own trouble, or no statement about the site.
    Unobserved {
        /// One of the prober's own classes.
        class: Class,
        /// What was seen, for people.
        detail: Detail,
    },
}

/// What the site did wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// One of the site's classes.
    pub class: Class,
    /// The step that decided.
    pub step: Name,
    /// Of [`Class::Tls`]: the certificate was refused, which a wrong clock of ours can cause as well.
    pub certificate: bool,
    /// What was seen, for people.
    pub detail: Detail,
}

/// A `Date` header and when it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerDate {
    /// What the server says; whole seconds.
    pub date: Timestamp,
    /// Our wall time when the response head was in.
    pub received: Timestamp,
}

impl Observation {
    /// Whole days that the served certificate chain is still valid; negative if it is not.
    pub fn certificate_days(&self) -> Option<i64> {
        let left = self.certificate_until? - self.end;
        Some(left.0.div_euclid(86_400_000))
    }

    /// Whether the outcome is good.
    pub const fn is_good(&self) -> bool {
        matches!(self.outcome, Outcome::Good)
    }
}
