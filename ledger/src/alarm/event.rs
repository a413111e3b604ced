//! What is told to people and programs.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::key::Key;
use crate::name::Name;
use crate::outage::{Bounds, Edge};
use crate::time::Timestamp;
use crate::verdict::Class;

/// The schema of [`Event::json`].
const SCHEMA: u32 = 1;

/// Whether an alarm begins or ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// It begins.
    Open,
    /// It ends.
    Close,
}

/// How urgent it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Somebody is woken.
    Page,
    /// Somebody looks at it in working hours.
    Ticket,
    /// Somebody should know.
    Notify,
}

/// What is known about it. Changing figures stand here, the identity stands in the key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// One sentence.
    pub summary: String,
    /// When it began; earlier than the alarm, and as exactly as is known.
    pub start: Option<Edge>,
    /// When it ended.
    pub end: Option<Edge>,
    /// How long it was, or has been so far.
    pub length: Option<Bounds>,
    /// When the rule was met that it rests on.
    pub confirmed: Option<Timestamp>,
    /// Who is affected.
    pub personas: Vec<Name>,
    /// Where it was seen.
    pub regions: Vec<Name>,
    /// The most frequent kinds of failure, each with its number of ticks.
    pub causes: Vec<(Class, u32)>,
}

/// One alarm opens or closes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Which alarm.
    pub key: Key,
    /// Counts the events of this key from 1: odd ones open, even ones close.
    pub number: u64,
    /// Which of the two.
    pub phase: Phase,
    /// How urgent; the same for both.
    pub severity: Severity,
    /// The step of the alarm clock at which it was decided.
    pub at: Timestamp,
    /// What is known.
    pub facts: Facts,
}

impl Facts {
    pub(super) fn said(summary: impl Into<String>) -> Self {
        Self {
            // Mail and chat show no-break spaces as they like.
            summary: summary.into().replace('\u{a0}', " "),
            ..Self::default()
        }
    }

    /// The same facts under another sentence.
    pub(super) fn saying(mut self, summary: impl Into<String>) -> Self {
        self.summary = Self::said(summary).summary;
        self
    }
}

impl Event {
    /// The same for every delivery of this event and for no other: who got it twice can tell.
    pub fn id(&self) -> String {
        format!("{}#{}", self.key, self.number)
    }

    /// The event for programs: one object, instants in ISO 8601, lengths in milliseconds. Holds no secret.
    pub fn json(&self) -> Value {
        let facts = &self.facts;
        let edge = |edge: Edge| {
            json!({
                "earliest": edge.earliest.to_string(),
                "estimate": edge.estimate.to_string(),
                "latest": edge.latest.to_string(),
            })
        };
        let mut event = json!({
            "schema": SCHEMA,
            "id": self.id(),
            "key": self.key.to_string(),
            "number": self.number,
            "contract": self.key.contract,
            "alarm": self.key.alarm.as_str(),
            "scope": self.key.scope,
            "phase": self.phase,
            "severity": self.severity,
            "at": self.at.to_string(),
            "summary": facts.summary,
        });
        let causes: serde_json::Map<String, Value> = facts
            .causes
            .iter()
            .map(|(class, ticks)| (class.as_str().to_owned(), json!(ticks)))
            .collect();
        let details = [
            ("start", facts.start.map(edge)),
            ("end", facts.end.map(edge)),
            ("length_ms", facts.length.map(|length| json!(length))),
            ("confirmed", facts.confirmed.map(|at| json!(at.to_string()))),
            ("personas", some(&facts.personas)),
            ("regions", some(&facts.regions)),
            ("causes", (!causes.is_empty()).then(|| json!(causes))),
        ];
        for (name, value) in details {
            if let Some(value) = value {
                event[name] = value;
            }
        }
        event
    }
}

fn some(names: &[Name]) -> Option<Value> {
    (!names.is_empty()).then(|| json!(names))
}

impl From<bool> for Phase {
    /// Open if it holds.
    fn from(holds: bool) -> Self {
        if holds { Self::Open } else { Self::Close }
    }
}

impl Phase {
    /// The name used in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Close => "close",
        }
    }
}

impl Severity {
    /// The name used in events.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Page => "page",
            Self::Ticket => "ticket",
            Self::Notify => "notify",
        }
    }
}
