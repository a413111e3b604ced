//! Records of slots that told nothing.

use ledger::attempt::{Attempt, Detail, Kind};
use ledger::name::Name;
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::{CanaryState, Class, Verdict};

use super::slots::Slot;

/// A void attempt.
#[derive(Debug)]
pub(crate) struct Nothing<'a> {
    pub(crate) probe: &'a Name,
    pub(crate) plan: u32,
    pub(crate) slot: Slot,
    pub(crate) kind: Kind,
    /// From when to when it was tried; empty at the due instant if it was not.
    pub(crate) tried: Interval,
    pub(crate) class: Class,
    pub(crate) why: &'a str,
}

impl Nothing<'_> {
    /// Nothing was tried.
    pub(crate) fn untried(due: Timestamp) -> Interval {
        Interval::new(due, due)
    }

    /// The record, without its sequence number.
    pub(crate) fn attempt(&self, clock_error: Millis) -> Attempt {
        Attempt {
            sequence: 0,
            probe: self.probe.clone(),
            plan: self.plan,
            tick: self.slot.tick,
            due: self.slot.due,
            kind: self.kind,
            account: None,
            start: self.tried.start,
            end: self.tried.end,
            evidence: self.tried,
            verdict: Verdict::Void,
            class: Some(self.class),
            step: None,
            status: None,
            family: None,
            steps: Vec::new(),
            total: None,
            slow: false,
            clock_error,
            canary: CanaryState::Unasked,
            second_resolver: None,
            detail: Detail::escape(self.why),
        }
    }
}
