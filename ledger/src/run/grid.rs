//! When one probe was planned to look, under one plan version.

use crate::name::Name;
use crate::plan::{Plan, Probe};
use crate::schedule::Schedule;
use crate::time::{Millis, Timestamp};

/// The base grid of one probe under one plan version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    schedule: Schedule,
    context: Millis,
}

impl Grid {
    /// How far around trouble single ticks are kept: `max(W·T, H, 20·T)` with `H = max(2·T, 15 min)`
    /// (semantics §3, §4), for the widest window `W` of the plan's contracts.
    ///
    /// `None` if the plan has no such probe.
    pub fn of(plan: &Plan, probe: &Name) -> Option<Self> {
        let mut all = Self::all(plan);
        all.find_map(|(of, grid)| (of.name == *probe).then_some(grid))
    }

    /// The grids of all probes of a plan, as [`Self::of`].
    pub fn all(plan: &Plan) -> impl Iterator<Item = (&Probe, Self)> {
        let windows = plan.contracts.iter().map(|contract| contract.rules.window);
        let window = windows.max().unwrap_or(0);
        let grid = move |probe: &Probe| Self::new(probe.schedule.clone(), window);
        plan.probes.iter().map(move |probe| (probe, grid(probe)))
    }

    /// The grid of `schedule` where the intermittent rule looks at `window` ticks.
    pub fn new(schedule: Schedule, window: u32) -> Self {
        let ticks = i64::from(window.max(20));
        let context = schedule.spacing().0.saturating_mul(ticks);
        Self {
            schedule,
            context: Millis(context.max(Millis::from_mins(15).0)),
        }
    }

    /// The usual spacing *T* of its ticks.
    pub fn spacing(&self) -> Millis {
        self.schedule.spacing()
    }

    /// How far around trouble single ticks are kept.
    pub fn context(&self) -> Millis {
        self.context
    }

    /// How much later than the newest one a tick may still arrive and be folded like any other: `2·T`.
    ///
    /// An attempt ends within its own slot, so neighbours may be swapped, but no more.
    pub fn disorder(&self) -> Millis {
        Millis(self.spacing().0.saturating_mul(2))
    }

    /// Whether `next` is the planned tick right after `tick`.
    pub fn follows(&self, tick: Timestamp, next: Timestamp) -> bool {
        // No gap is smaller than the spacing, so the usual case needs no walk through cron.
        next - tick == self.spacing() || self.schedule.after(tick) == Some(next)
    }
}
