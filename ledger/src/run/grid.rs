//! When one probe was planned to look, under one plan version.

use crate::name::Name;
use crate::plan::{Plan, Probe};
use crate::schedule::Schedule;
use crate::time::{Interval, Millis, Timestamp};

/// The base grid of one probe under one plan version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    schedule: Schedule,
    context: Millis,
    silence: Millis,
}

/// Least number of ticks that the rules look back over (semantics §4.7).
const TICKS: u32 = 20;
/// The usual *G*, in tenths of the spacing, for a plan without a contract.
const GAP_TENTHS: u32 = 25;

impl Grid {
    /// The grid of a probe of `plan`; `None` if it has no such probe.
    pub fn of(plan: &Plan, probe: &Name) -> Option<Self> {
        let mut all = Self::all(plan);
        all.find_map(|(of, grid)| (of.name == *probe).then_some(grid))
    }

    /// The grids of all probes of a plan, for the widest window and the least gap *G* of its contracts.
    pub fn all(plan: &Plan) -> impl Iterator<Item = (&Probe, Self)> {
        let rules = || plan.contracts.iter().map(|contract| &contract.rules);
        let window = rules().map(|rules| rules.window).max().unwrap_or(0);
        let tenths = rules().map(|rules| rules.gap_tenths).min();
        let tenths = tenths.unwrap_or(GAP_TENTHS);
        let grid = move |probe: &Probe| Self::new(probe.schedule.clone(), window, tenths);
        plan.probes.iter().map(move |probe| (probe, grid(probe)))
    }

    /// The grid of `schedule` where the intermittent rule looks at `window` ticks and a gap of `gap_tenths` is unknown.
    pub fn new(schedule: Schedule, window: u32, gap_tenths: u32) -> Self {
        let spacing = schedule.spacing().0;
        let silence = spacing.saturating_mul(i64::from(gap_tenths)) / 10;
        // Neighbours in a run are no further apart than this: the gap is measured between their evidences.
        let step = if schedule.is_even() {
            spacing
        } else {
            silence
                .saturating_add(spacing.saturating_mul(2))
                .max(spacing)
        };
        let window = step.saturating_mul(i64::from(window.max(TICKS)));
        let held = Millis::from_mins(15).0.max(spacing.saturating_mul(2));
        let context = window.max(held).saturating_add(spacing.saturating_mul(2));
        Self {
            schedule,
            context: Millis(context),
            silence: Millis(silence),
        }
    }

    /// The usual spacing *T* of its ticks.
    pub fn spacing(&self) -> Millis {
        self.schedule.spacing()
    }

    /// How far around trouble single ticks are kept: `max(W·T, H, 20·T)` with `H = max(2·T, 15 min)` (semantics §3,
    /// §4), and `2·T` more, because evidence lies up to that much after its tick. Where a schedule is uneven, its
    /// widest step stands for *T*.
    pub fn context(&self) -> Millis {
        self.context
    }

    /// How much later than the newest one a tick may still arrive and be folded like any other: `3·T`.
    ///
    /// An attempt ends within its own slot, so neighbours may be swapped, but no more; one *T* more shows that a tick
    /// is missing and not just late.
    pub fn disorder(&self) -> Millis {
        Millis(self.spacing().0.saturating_mul(3))
    }

    /// The longest stretch between two evidences that no contract of the plan calls unknown.
    pub fn silence(&self) -> Millis {
        self.silence
    }

    /// Whether `next` is the planned tick right after `tick`.
    pub fn follows(&self, tick: Timestamp, next: Timestamp) -> bool {
        // No gap is smaller than the spacing, so the usual case needs no walk through cron.
        next - tick == self.spacing() || self.schedule.after(tick) == Some(next)
    }

    /// How many planned ticks lie inside `window`.
    pub fn count_within(&self, window: Interval) -> u64 {
        self.schedule.count_within(window)
    }

    /// Whether a tick was planned after `tick` that should be there when `newest` is.
    pub(super) fn misses_one(&self, tick: Timestamp, newest: Timestamp) -> bool {
        let overdue = |next: Timestamp| next + self.spacing() + self.spacing() <= newest;
        overdue(tick + self.spacing()) && self.schedule.after(tick).is_some_and(overdue)
    }
}
