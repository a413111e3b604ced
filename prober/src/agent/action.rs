//! What the core decides, as plain data.

use ledger::attempt::Kind;
use ledger::time::Timestamp;
use ledger::verdict::Class;

use super::slots::Slot;
use crate::login_cap::AccountKey;

/// What the agent is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Come back with this alarm at that time.
    Wake(Timestamp, Alarm),
    /// Make an attempt.
    Start(Start),
    /// Record a slot that was not taken.
    Miss(Miss),
}

/// Something to come back for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Alarm {
    /// Index of the watch.
    pub(super) watch: usize,
    /// Must still be the watch's number.
    pub(super) number: u32,
    pub(super) what: Kind,
    pub(super) due: Timestamp,
}

impl Alarm {
    /// When it was meant to come.
    pub(crate) const fn due(&self) -> Timestamp {
        self.due
    }
}

/// An attempt to make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    /// Index of the watch.
    pub(crate) watch: usize,
    /// Index of the probe in the plan.
    pub(crate) probe: usize,
    /// Its slot.
    pub(crate) slot: Slot,
    /// Why.
    pub(crate) kind: Kind,
    /// Who signs in, or would.
    pub(crate) account: Option<AccountKey>,
    /// The login cap is reached: no more than the login page.
    pub(crate) page_only: bool,
}

/// A slot that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Miss {
    /// Index of the probe in the plan.
    pub(crate) probe: usize,
    /// The slot.
    pub(crate) slot: Slot,
    /// Why.
    pub(crate) class: Class,
    /// In words.
    pub(crate) why: &'static str,
}

/// Why a slot was not taken: as a class, and in words.
pub(crate) type Reason = (Class, &'static str);

/// The process did not run when the slot was due.
pub(crate) const STOOD_STILL: Reason = (Class::ProberSuspended, "the agent stood still");

/// The process ran, but came to the slot too late.
pub(crate) const TOO_SLOW: Reason = (Class::ProberOverrun, "the agent could not keep up");
