//! The fixed slots of one probe in this agent: cron tick + phase + jitter, one at a time.

use std::sync::Arc;

use ledger::name::Name;
use ledger::plan::{Plan, Probe};
use ledger::time::{Millis, Timestamp};

pub(crate) use ledger::plan::Slot;

/// Where slots come from.
#[derive(Clone, Debug)]
pub(crate) struct Slots {
    pub(crate) plan: Arc<Plan>,
    pub(crate) region: Name,
    pub(crate) seed: u64,
    /// Index of the probe in the plan.
    pub(crate) probe: usize,
}

impl Slots {
    /// The probe.
    pub(crate) fn probe(&self) -> &Probe {
        &self.plan.probes[self.probe]
    }

    /// The first slot that is due at `now` or later; its tick may lie before.
    pub(crate) fn first(&self, now: Timestamp) -> Option<Slot> {
        self.planned()?.after(now - Millis(1))
    }

    /// The slot after `slot`, or `None` if the schedule ends.
    pub(crate) fn after(&self, slot: Slot) -> Option<Slot> {
        self.planned()?.after(slot.due)
    }

    /// The slot of a tick.
    pub(crate) fn of(&self, tick: Timestamp) -> Option<Slot> {
        let due = self.planned()?.due(tick);
        Some(Slot { due, tick })
    }

    fn planned(&self) -> Option<ledger::plan::Slots<'_>> {
        self.plan.slots(self.probe(), &self.region, self.seed)
    }
}
