//! What an alarm is about, under a name that stays the same for good.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::name::Name;

/// The kinds of alarm. Those that silence others stand before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Alarm {
    /// The service is down.
    Outage,
    /// No agent has recorded anything.
    NoResult,
    /// No agent of a region has recorded anything.
    RegionDark,
    /// An agent has recorded nothing.
    AgentSilent,
    /// A region or a persona is down, the service is not.
    Partial,
    /// A persona is slow, or fails too often.
    Degraded,
    /// Downtime comes in too fast for the target.
    BurnRate,
    /// So much of a month's allowed downtime is used up.
    Budget,
    /// A month comes to a credit unless the figures change.
    Credit,
    /// The platform below the service is in trouble; never downtime.
    EarlyWarning,
    /// An agent cannot look as it should: its network, clock or account.
    Prober,
    /// Another alarm opens and closes all the time.
    Unstable,
}

/// The identity of an alarm: contract, kind and scope. It stays the same over restarts.
///
/// As text `contract/alarm/scope`, such as `example/partial/region:east`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Key {
    /// The contract by whose rules it is judged.
    pub contract: Name,
    /// What is wrong.
    pub alarm: Alarm,
    /// Where: `service`, `region:east`, `persona:user`, an agent, a window or a month and threshold.
    pub scope: String,
}

/// A text that is no [`Key`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no key of an alarm; it looks like \"contract/alarm/scope\"")]
pub struct InvalidKey(String);

impl Alarm {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Outage,
        Self::NoResult,
        Self::RegionDark,
        Self::AgentSilent,
        Self::Partial,
        Self::Degraded,
        Self::BurnRate,
        Self::Budget,
        Self::Credit,
        Self::EarlyWarning,
        Self::Prober,
        Self::Unstable,
    ];

    /// The name used in keys and events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::NoResult => "no_result",
            Self::RegionDark => "region_dark",
            Self::AgentSilent => "agent_silent",
            Self::Partial => "partial",
            Self::Degraded => "degraded",
            Self::BurnRate => "burn_rate",
            Self::Budget => "budget",
            Self::Credit => "credit",
            Self::EarlyWarning => "early_warning",
            Self::Prober => "prober",
            Self::Unstable => "unstable",
        }
    }

    /// The alarm of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|alarm| alarm.as_str() == name)
    }

    /// Whether a service outage says the same already.
    pub(super) const fn yields_to_outage(self) -> bool {
        matches!(self, Self::Partial | Self::Degraded | Self::BurnRate)
    }

    /// Whether it belongs to one month and never comes back after it.
    pub(super) const fn is_of_a_month(self) -> bool {
        matches!(self, Self::Budget | Self::Credit)
    }
}

impl Key {
    /// The key of an alarm of `contract`.
    pub fn new(contract: &Name, alarm: Alarm, scope: impl Into<String>) -> Self {
        Self {
            contract: contract.clone(),
            alarm,
            scope: scope.into(),
        }
    }

    /// The key of the notice that this alarm flaps.
    pub fn unstable(&self) -> Self {
        let scope = format!("{}:{}", self.alarm, self.scope);
        Self::new(&self.contract, Alarm::Unstable, scope)
    }
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.contract, self.alarm, self.scope)
    }
}

impl TryFrom<String> for Key {
    type Error = InvalidKey;
    fn try_from(text: String) -> Result<Self, InvalidKey> {
        let mut parts = text.splitn(3, '/');
        let mut next = || parts.next().unwrap_or_default();
        let (contract, alarm, scope) = (next(), next(), next());
        match (Name::new(contract), Alarm::parse(alarm)) {
            (Ok(contract), Some(alarm)) if !scope.is_empty() => {
                Ok(Self::new(&contract, alarm, scope))
            }
            _ => Err(InvalidKey(text)),
        }
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.to_string()
    }
}
