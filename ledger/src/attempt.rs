//! One attempt: one login, or one platform check, as it was observed. Attempts never change.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::phases::{Micros, Phases};
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::{CanaryState, Class, SecondResolver, Verdict};

/// What was observed at one instant by one agent through one probe. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Counts up by one per attempt of an agent, across restarts; with the agent it is the key.
    pub sequence: u64,
    /// The probe of the plan.
    pub probe: Name,
    /// The plan version under which it was made (see [`crate::plan::Plan::version`]).
    pub plan: u32,
    /// The scheduled instant: of the base grid, or of the fast grid for [`Kind::Fast`].
    pub tick: Timestamp,
    /// `tick` + phase + jitter: when it was meant to start.
    pub due: Timestamp,
    /// Why it was made.
    pub kind: Kind,
    /// The account that signed in, if any.
    pub account: Option<Account>,
    /// Wall time of the start, from one wall reading plus the monotonic clock.
    pub start: Timestamp,
    /// Wall time of the end; equal to `start` if nothing was tried.
    pub end: Timestamp,
    /// What the verdict speaks of: of a good attempt the last step, of a bad one the failing step.
    pub evidence: Interval,
    /// What it says about the site.
    pub verdict: Verdict,
    /// Why, unless good.
    pub class: Option<Class>,
    /// The step that decided, unless good.
    pub step: Option<Name>,
    /// Status of the last response, 100 to 999.
    pub status: Option<u16>,
    /// Address family of the connection.
    pub family: Option<Family>,
    /// Phases of the counted steps, in order; a closing logout is left out.
    pub steps: Vec<StepPhases>,
    /// From `due` to the landing assertion (open loop); `None` unless the journey arrived.
    pub total: Option<Micros>,
    /// Good, but longer than the probe's `slow_after`.
    pub slow: bool,
    /// Upper bound of the agent's clock error.
    pub clock_error: Millis,
    /// The agent's own control checks.
    pub canary: CanaryState,
    /// The second resolver, if it was asked.
    pub second_resolver: Option<SecondResolver>,
    /// What was seen, for people.
    pub detail: Detail,
}

/// Why an attempt was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The primary attempt of a base tick; ratios and percentiles use only these.
    Base,
    /// A faster tick while suspect, down or on watch; informs states and edges alone.
    Fast,
    /// Another try inside the same base tick.
    Retry,
}

/// An account by its label; user name and password stay in the agent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Account {
    /// The label in the plan.
    pub label: Name,
    /// Counts the secrets that this account has had: the same number means the same secret.
    pub credential_version: u32,
}

/// Address family of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

/// The phases of one named step.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StepPhases {
    /// The step's name in the plan.
    pub step: Name,
    /// How long each phase took.
    #[serde(flatten)]
    pub phases: Phases,
}

/// At most 256 bytes of printable ASCII about an attempt; everything else a site sent is escaped.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Detail(String);

impl Detail {
    /// The longest detail, in bytes.
    pub const MAX: usize = 256;

    /// Escapes hostile text: printable ASCII stays, all else becomes `\xNN`; cut at [`Self::MAX`] bytes.
    pub fn escape(text: impl AsRef<[u8]>) -> Self {
        let mut escaped = String::new();
        for byte in text.as_ref() {
            let piece = match byte {
                b'\\' => "\\\\".to_owned(),
                0x20..=0x7e => char::from(*byte).to_string(),
                _ => format!("\\x{byte:02x}"),
            };
            if escaped.len() + piece.len() > Self::MAX {
                break;
            }
            escaped.push_str(&piece);
        }
        Self(escaped)
    }

    /// The escaped text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Detail {
    /// Takes text that may be escaped already: backslashes stay, all else as in [`Detail::escape`].
    fn from(text: String) -> Self {
        let fits = text.len() <= Self::MAX && text.bytes().all(|byte| matches!(byte, 0x20..=0x7e));
        if fits { Self(text) } else { Self::escape(text) }
    }
}

impl From<Detail> for String {
    fn from(detail: Detail) -> Self {
        detail.0
    }
}

impl fmt::Display for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Detail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Kind {
    /// The name used in records.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Base => "base",
            Self::Fast => "fast",
            Self::Retry => "retry",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_escaped_and_cut() {
        assert_eq!(Detail::escape("ok\x1b[31m\n").as_str(), "ok\\x1b[31m\\x0a");
        assert_eq!(Detail::escape("\u{202e}").as_str(), "\\xe2\\x80\\xae");
        let long = Detail::escape("\u{7f}".repeat(1_000));
        assert_eq!(long.as_str().len(), Detail::MAX, "256 divides by 4");
        assert_eq!(
            Detail::from(long.as_str().to_owned()),
            long,
            "escaping twice changes nothing"
        );
    }
}
