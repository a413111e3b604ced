//! What was announced so far: all that has to be kept between two evaluations.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::{Facts, Severity};
use super::key::Key;
use crate::time::{Interval, Timestamp};

/// The alarms of one contract, as they were left by the last step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlarmState {
    /// The last step of the alarm clock; `None` before the first.
    pub at: Option<Timestamp>,
    /// Every key that ever held.
    pub(super) keys: BTreeMap<Key, KeyState>,
    /// Where the outages lie that were announced.
    pub(super) seen: Vec<Interval>,
}

/// An alarm that is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opened {
    /// Since which step.
    pub at: Timestamp,
    /// How urgent it is.
    pub severity: Severity,
    /// What was told.
    pub facts: Facts,
}

/// One key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct KeyState {
    /// How many events it has had.
    pub(super) events: u64,
    /// What was announced, while it is open.
    pub(super) open: Option<Opened>,
    /// Whether the condition holds, announced or not.
    pub(super) holds: bool,
    /// Since when it is as it is.
    pub(super) since: Timestamp,
    /// When it last began to hold.
    pub(super) opens: Vec<Timestamp>,
    /// Whether it flaps.
    pub(super) unstable: bool,
    /// It goes on until then.
    pub(super) until: Option<Timestamp>,
}

impl AlarmState {
    /// The alarms that are open, by key.
    pub fn open(&self) -> impl Iterator<Item = (&Key, &Opened)> {
        let keys = self.keys.iter();
        keys.filter_map(|(key, state)| Some((key, state.open.as_ref()?)))
    }

    /// Whether a condition holds, or did so again and again until just now.
    pub(super) fn is_active(&self, key: &Key) -> bool {
        let own = self.keys.get(key);
        own.is_some_and(|state| state.holds || state.unstable)
    }

    /// Whether a condition holds, announced or not.
    pub(super) fn holds(&self, key: &Key) -> bool {
        self.keys.get(key).is_some_and(|state| state.holds)
    }
}
