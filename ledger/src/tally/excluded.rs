//! Exclusions as the report shows them: what was declared, and what it took away (semantics §7).

use serde::{Deserialize, Serialize};

use super::Assessment;
use super::counted::Counted;
use crate::exclusion::{Applied, Standing};
use crate::name::Name;
use crate::outage::Bounds;
use crate::time::{Interval, Intervals, Millis, Timestamp};

/// One declared window, and what came of it in the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// What it is called.
    pub id: Name,
    /// Who declared it.
    pub author: String,
    /// Why.
    pub reason: String,
    /// When it was announced.
    pub announced: Timestamp,
    /// How long before its start; below zero if after it.
    pub notice: Millis,
    /// The declared window, whole.
    pub window: Interval,
    /// Whether it was announced in time.
    pub standing: Standing,
    /// The time in the period that it leaves out and no window before it does; disjoint from those of all others.
    pub removes: Vec<Interval>,
    /// The length of that. Over all windows these add up to the excluded time of the total.
    pub removed: Millis,
    /// Downtime in it, which would have counted.
    pub downtime: Bounds,
    /// Time in the period that it would leave out if the year's allowance were not used up; it counts.
    pub beyond_cap: Millis,
}

impl Excluded {
    /// Those of `windows` that touch `period`, cut to it; `counted` is the downtime before exclusions.
    pub(super) fn all(windows: &[Applied<'_>], counted: &Counted, period: Interval) -> Vec<Self> {
        windows
            .iter()
            .filter(|one| one.window.intersect(period).is_some())
            .map(|one| Self::new(one, counted, period))
            .collect()
    }

    fn new(applied: &Applied<'_>, counted: &Counted, period: Interval) -> Self {
        let removes = applied.removes.within(period);
        let exclusion = applied.exclusion;
        Self {
            id: exclusion.id.clone(),
            author: exclusion.author.clone(),
            reason: exclusion.reason.clone(),
            announced: exclusion.announced,
            notice: applied.window.start - exclusion.announced,
            window: applied.window,
            standing: applied.standing,
            removed: removes.measure(),
            downtime: removes.iter().map(|part| counted.within(part)).sum(),
            beyond_cap: applied.beyond_cap.within(period).measure(),
            removes: removes.iter().collect(),
        }
    }
}

impl Assessment {
    /// All that exclusions and service hours leave out of the period.
    pub fn excluded(&self) -> Intervals {
        let windows = self.exclusions.iter();
        let declared = windows.flat_map(|one| one.removes.iter().copied());
        declared.chain(self.outside_hours.iter().copied()).collect()
    }
}
