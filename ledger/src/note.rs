//! What people write about an incident: the parts of its story that no probe can see.
//!
//! A note is shown beside the incident that it names. Its times are *reported*, never measured and never counted.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::name::Name;
use crate::time::{Interval, Millis, Timestamp};

/// One note: a Markdown file with TOML between `+++` lines at its head.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// An instant inside each of its incidents, which names them however incidents are numbered; not empty.
    pub incidents: Vec<Timestamp>,
    /// The contracts it belongs to; all if empty.
    pub contracts: Vec<Name>,
    /// What happened, as a headline.
    pub title: String,
    /// Who wrote it.
    pub author: String,
    /// Why it happened, in one sentence; not yet known if `None`.
    pub cause: Option<String>,
    /// How far the story is.
    pub status: Status,
    /// What was done and seen, in the order of the file.
    pub events: Vec<Event>,
    /// What changes because of it.
    pub actions: Vec<Action>,
    /// What a reader must know to follow it.
    pub background: Option<String>,
    /// What went on working.
    pub unaffected: Option<String>,
}

/// How far the story of an incident is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The first notice.
    First,
    /// More is known.
    Update,
    /// Nothing more is expected.
    Final,
}

/// Something reported: an instant, or a phase, or both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When it was, or began; not stated if `None`.
    pub at: Option<Timestamp>,
    /// How long it took, for a phase.
    pub length: Option<Millis>,
    /// What it was.
    pub text: String,
}

/// Something that changes because of the incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What.
    pub what: String,
    /// Who sees to it; not yet known if `None`.
    pub owner: Option<String>,
    /// Until when; not yet known if `None`.
    pub due: Option<Date>,
}

impl Note {
    /// Whether it belongs to the contract of this name.
    pub fn concerns(&self, contract: &Name) -> bool {
        self.contracts.is_empty() || self.contracts.contains(contract)
    }

    /// Whether it is about the incident of this span.
    pub fn is_about(&self, incident: Interval) -> bool {
        self.incidents.iter().any(|at| incident.contains(*at))
    }
}

impl Status {
    /// The name used in files and reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Update => "update",
            Self::Final => "final",
        }
    }
}
