//! Several agents of a region as one stream (semantics §4.1).

use super::Evidence;
use crate::time::{Interval, Millis, Timestamp};

/// Merges agents by time and cuts quiet stretches where another agent, or a fast tick, saw anything else.
pub(super) fn merge(agents: Vec<Vec<Evidence>>) -> Vec<Evidence> {
    let mut cuts: Vec<Timestamp> = agents
        .iter()
        .flatten()
        .filter(|one| !one.is_quiet())
        .map(|one| one.first.start)
        .collect();
    cuts.sort_unstable();
    let mut merged = Vec::with_capacity(agents.iter().map(Vec::len).sum());
    for one in agents.into_iter().flatten() {
        if one.ticks > 1 {
            cut(one, &cuts, &mut merged);
        } else {
            merged.push(one);
        }
    }
    merged.sort_by_key(|one| (one.first.start, one.last.end, one.said));
    merged
}

/// Cuts a quiet stretch at every one of `cuts` inside it.
fn cut(stretch: Evidence, cuts: &[Timestamp], merged: &mut Vec<Evidence>) {
    let mut rest = stretch;
    let from = cuts.partition_point(|at| *at <= rest.first.start);
    for at in &cuts[from..] {
        if *at > rest.last.start || rest.ticks < 2 {
            break;
        }
        if *at > rest.first.start {
            let (before, after) = rest.halves(*at);
            merged.push(before);
            rest = after;
        }
    }
    merged.push(rest);
}

impl Evidence {
    /// The ticks of a stretch that start before `at`, and the others; `at` lies after the first and not after the last.
    ///
    /// Where the ticks in between lie is known to the jitter only, so they are taken as evenly spaced. Records keep
    /// single ticks near trouble, so this is met only where those were lost.
    fn halves(self, at: Timestamp) -> (Self, Self) {
        let steps = i64::from(self.ticks) - 1;
        let span = (self.last.start - self.first.start).0.max(1);
        let before = ((at - self.first.start).0 * steps)
            .div_euclid(span)
            .clamp(0, steps - 1);
        let count = u32::try_from(before + 1).expect("clamped below the number of ticks");
        let mut early = self.clone();
        let step = Millis((self.last_tick - self.first_tick).0 / steps);
        early.last_tick = self.first_tick + Millis(step.0 * before);
        early.last = self.at_step(before, steps);
        early.ticks = count;
        early.base = self.base.min(count);
        let mut late = self;
        late.first_tick = early.last_tick + step;
        late.first = late.at_step(before + 1, steps);
        late.ticks -= count;
        late.base = late.base.saturating_sub(count);
        (early, late)
    }

    fn at_step(&self, step: i64, steps: i64) -> Interval {
        if step == 0 {
            return self.first;
        }
        if step == steps {
            return self.last;
        }
        let start = (self.last.start - self.first.start).0 * step / steps;
        let length = self.first.length().max(self.last.length());
        Interval::new(
            self.first.start + Millis(start),
            self.first.start + Millis(start) + length,
        )
    }
}
