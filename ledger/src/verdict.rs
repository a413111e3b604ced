//! What one attempt says about the site.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The verdict of one attempt (semantics §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The landing assertion held within the deadline.
    Good,
    /// The service's fault.
    Bad,
    /// No information: the prober's own trouble.
    Void,
    /// Undecided alone; other accounts and regions decide it when the record is read.
    Held,
}

/// Why an attempt was not good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The name could not be resolved.
    Dns,
    /// Refused, unreachable or reset while connecting.
    Connect,
    /// Certificate or TLS protocol error.
    Tls,
    /// The deadline passed.
    Timeout,
    /// The connection broke, or the reply was no valid or no complete HTTP.
    Protocol,
    /// An unexpected status code, 5xx above all.
    Status,
    /// The wrong page, target, header or value under a fine status.
    Content,
    /// The credentials were refused.
    Rejected,
    /// A session ended before its time.
    SessionLost,
    /// 429, a block page or a CAPTCHA.
    Throttled,
    /// The page is there, but what the journey takes from it (a form, a token) is not.
    Script,
    /// Prober: its own network is dead (no canary answers).
    ProberNet,
    /// Prober: its own resolver failed while a second one answered.
    ProberDns,
    /// Prober: its clock is off.
    ProberClock,
    /// Prober: blocked by the site, alone among the agents.
    ProberBlocked,
    /// Prober: this account is locked, expired or rotated.
    ProberAccount,
    /// Prober: the slot passed while an earlier attempt still ran, or the agent could not keep up.
    ProberOverrun,
    /// Prober: the host was suspended or the process stopped.
    ProberSuspended,
    /// Prober: it was not running, or stopped in the middle.
    ProberRestart,
    /// Prober: it could not write its record.
    ProberDisk,
    /// Prober: a login was left out to stay under the login cap.
    ProberLoginCap,
    /// Prober: a session reached its age limit or ended with the agent; no statement about the site.
    ProberSession,
}

/// What the agent's control checks said around an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CanaryState {
    /// At least one control answered.
    Ok,
    /// No control answered: the agent's own network is in doubt.
    Failed,
    /// The plan says `canary = "none"`: assumed to be fine, and printed.
    Assumed,
    /// Not asked, because the attempt was good.
    Unasked,
}

/// What the second resolver said when the first one failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecondResolver {
    /// It answered, so the failure is the agent's own resolver.
    Answered,
    /// It failed, too.
    Failed,
}

impl Verdict {
    /// The name used in records, reports and exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Bad => "bad",
            Self::Void => "void",
            Self::Held => "held",
        }
    }
}

impl Class {
    /// All classes: the site's first, then the prober's own.
    pub const ALL: [Self; 22] = [
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::Timeout,
        Self::Protocol,
        Self::Status,
        Self::Content,
        Self::Rejected,
        Self::SessionLost,
        Self::Throttled,
        Self::Script,
        Self::ProberNet,
        Self::ProberDns,
        Self::ProberClock,
        Self::ProberBlocked,
        Self::ProberAccount,
        Self::ProberOverrun,
        Self::ProberSuspended,
        Self::ProberRestart,
        Self::ProberDisk,
        Self::ProberLoginCap,
        Self::ProberSession,
    ];

    /// The name used in records, reports and exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::Status => "status",
            Self::Content => "content",
            Self::Rejected => "rejected",
            Self::SessionLost => "session_lost",
            Self::Throttled => "throttled",
            Self::Script => "script",
            Self::ProberNet => "prober.net",
            Self::ProberDns => "prober.dns",
            Self::ProberClock => "prober.clock",
            Self::ProberBlocked => "prober.blocked",
            Self::ProberAccount => "prober.account",
            Self::ProberOverrun => "prober.overrun",
            Self::ProberSuspended => "prober.suspended",
            Self::ProberRestart => "prober.restart",
            Self::ProberDisk => "prober.disk",
            Self::ProberLoginCap => "prober.login_cap",
            Self::ProberSession => "prober.session",
        }
    }

    /// The class of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str() == name)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
