//! What holds at an instant, before anybody asks what was announced.

use std::collections::BTreeMap;

use super::event::{Facts, Severity};
use super::key::Key;
use crate::name::Name;
use crate::time::{Interval, Timestamp};

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// Nobody can tell: what was announced stays.
    Unsure,
}

/// One condition at one instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Whether it holds.
    pub truth: Truth,
    /// How urgent it is.
    pub severity: Severity,
    /// What to tell if it opens or closes now.
    pub facts: Facts,
    /// The region it speaks of, if it speaks of one alone.
    pub region: Option<Name>,
    /// Once it holds it goes on until then, whatever happens.
    pub until: Option<Timestamp>,
}

/// All conditions at one instant. A key that is not there does not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// The instant.
    pub at: Timestamp,
    /// Whether it lies in time that the contract leaves out.
    pub excluded: bool,
    /// What holds, what does not and what nobody can tell.
    pub all: BTreeMap<Key, Condition>,
    /// Outages that came and went without being announced, and are not too old for it: how they opened and closed.
    pub missed: Vec<[Facts; 2]>,
    /// Where the outages lie that were announced, or are about to be.
    pub seen: Vec<Interval>,
}

impl Condition {
    pub(super) fn new(truth: Truth, severity: Severity, facts: Facts) -> Self {
        Self {
            truth,
            severity,
            facts,
            region: None,
            until: None,
        }
    }

    pub(super) fn in_region(mut self, region: &Name) -> Self {
        self.region = Some(region.clone());
        self
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}
