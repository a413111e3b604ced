//! What operators say against the record, as entries that are only ever added (semantics §7).
//!
//! The record itself never changes: a correction is laid over it whenever it is read, and measured and corrected
//! figures both print.

mod clock;

use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;

pub use clock::ClockOffset;

/// One entry of the file of corrections.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// What it is called in reports and by whoever withdraws it.
    pub id: Name,
    /// The contracts it belongs to; all if empty.
    pub contracts: Vec<Name>,
    /// Who wrote it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When it was written.
    pub written: Timestamp,
    /// What it says.
    pub what: What,
}

/// What a correction says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Ticks say something else than they did.
    Reclassify(Reclassify),
    /// The edges of an outage are known from better evidence.
    Edge(NewEdges),
    /// Why an outage happened: shown beside it, never counted.
    Cause(Cause),
    /// The clock of an agent was off.
    Clock(ClockSpan),
    /// An earlier entry is taken back.
    Withdraw(Name),
}

/// Which ticks become what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reclassify {
    /// Which.
    pub ticks: Ticks,
    /// What they become.
    pub into: Become,
}

/// A choice of ticks; what is `None` is not asked about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticks {
    /// The scheduled instants.
    pub span: Interval,
    /// Of this region.
    pub region: Option<Name>,
    /// Of this agent.
    pub agent: Option<Name>,
    /// Of this persona.
    pub persona: Option<Name>,
    /// Of this probe. Probes of the platform are meant only if they are named.
    pub probe: Option<Name>,
    /// With this class; ticks that were good have none.
    pub class: Option<Class>,
}

/// What a tick becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Become {
    /// It worked.
    Good,
    /// The service's fault, of this class.
    Bad(Class),
    /// No information, for this reason of the prober's own.
    Void(Class),
}

/// Edges of an outage as better evidence has them; at least one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewEdges {
    /// An instant inside the outage, which names it however outages are numbered.
    pub outage: Timestamp,
    /// When it began.
    pub start: Option<Timestamp>,
    /// When it ended.
    pub end: Option<Timestamp>,
    /// How far off either may be, to both sides.
    pub within: Millis,
    /// Where that is known from, such as `server logs`.
    pub source: String,
}

/// Why an outage happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// An instant inside the outage.
    pub outage: Timestamp,
    /// One sentence.
    pub cause: String,
}

/// A stretch in which an agent's clock was off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockSpan {
    /// Whose clock.
    pub agent: Name,
    /// The scheduled instants of the ticks concerned, by the agent's own clock.
    pub span: Interval,
    /// By how much.
    pub clock: ClockOffset,
}

impl Correction {
    /// Whether it belongs to the contract of this name.
    pub fn concerns(&self, contract: &Name) -> bool {
        self.contracts.is_empty() || self.contracts.contains(contract)
    }
}
