//! The RUN and WINDOW rules over one stretch of evidence without a gap (semantics §4.2 to §4.5).

use super::bracket::Opening;
use super::window::Window;
use crate::contract::{Rules, Share};
use crate::evidence::{Evidence, Said};
use crate::time::Millis;

/// Longest time that the window of the intermittent rule may cover.
const WINDOW_TIME: Millis = Millis::from_mins(15);

/// A stretch found by a rule, as indices into the evidence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// First failing (or slow) tick.
    pub(super) first: usize,
    /// Last failing (or slow) tick.
    pub(super) last: usize,
    /// First tick of the run that closed it; `None` if the evidence ended first.
    pub(super) closed_by: Option<usize>,
    /// The tick at which the rule was met.
    pub(super) confirmed: usize,
    /// Which rule that was.
    pub(super) opening: Opening,
}

/// Everything that the rules find in one stretch.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Findings {
    pub(super) down: Vec<Found>,
    pub(super) degraded: Vec<Found>,
    pub(super) slow: Vec<Found>,
    /// Bad ticks, too few in a row to open anything.
    pub(super) lone: Vec<Found>,
}

struct Machine<'a> {
    rules: &'a Rules,
    evidence: &'a [Evidence],
    /// Base ticks, marked if failing.
    failing: Window,
    /// Base ticks, marked if slow.
    slow: Window,
    /// The current run of bad ticks: its first, and how many.
    bad_run: Option<(usize, u32)>,
    /// The current run of good ticks.
    good_run: Option<(usize, u32)>,
    /// The current run of ticks that were good at their first attempt.
    clean_run: Option<(usize, u32)>,
    /// The current run of good ticks that are not slow.
    brisk_run: Option<(usize, u32)>,
    down: Option<Found>,
    degraded: Option<Found>,
    slowness: Option<Found>,
    findings: Findings,
}

/// Runs the rules over `evidence`, which has no gap and is in order.
pub(super) fn run(rules: &Rules, evidence: &[Evidence]) -> Findings {
    let spacing = evidence.first().map_or(Millis(1), |one| one.spacing);
    let mut machine = Machine {
        rules,
        evidence,
        failing: Window::new(window_size(rules, spacing), Evidence::is_failing),
        slow: Window::new(usize::try_from(rules.slow_of).unwrap_or(1), |one| one.slow),
        bad_run: None,
        good_run: None,
        clean_run: None,
        brisk_run: None,
        down: None,
        degraded: None,
        slowness: None,
        findings: Findings::default(),
    };
    for index in 0..evidence.len() {
        machine.take(index);
    }
    machine.finish()
}

/// `window` ticks, but no more than fit in 15 minutes, and never fewer than open down by the RUN rule.
fn window_size(rules: &Rules, spacing: Millis) -> usize {
    let fitting = u32::try_from(WINDOW_TIME.0 / spacing.0.max(1)).unwrap_or(u32::MAX);
    usize::try_from(rules.window.min(fitting).max(rules.n_down)).unwrap_or(usize::MAX)
}

impl Machine<'_> {
    fn take(&mut self, index: usize) {
        let one = &self.evidence[index];
        if one.said == Said::Bad {
            self.take_bad(index);
        } else {
            self.take_good(index);
        }
        self.failing.push(index, one);
        self.slow.push(index, one);
        self.open_by_window(index);
        self.open_by_slowness(index);
        if let (true, Some(down)) = (one.is_failing(), &mut self.down) {
            down.last = index;
        }
        if let (true, Some(degraded)) = (one.is_failing(), &mut self.degraded) {
            degraded.last = index;
        }
        if let (true, Some(slowness)) = (one.slow, &mut self.slowness) {
            slowness.last = index;
        }
        self.close(index);
    }

    fn take_bad(&mut self, index: usize) {
        (self.good_run, self.clean_run, self.brisk_run) = (None, None, None);
        let (first, count) = self.bad_run.unwrap_or((index, 0));
        self.bad_run = Some((first, count + 1));
        if self.down.is_none() && count + 1 >= self.rules.n_down {
            let opening = Opening::Run { ticks: count + 1 };
            self.down = Some(Found::new(first, index, opening));
        }
    }

    fn take_good(&mut self, index: usize) {
        self.drop_bad_run(index);
        let one = &self.evidence[index];
        let longer = |run: Option<(usize, u32)>| {
            let (first, count) = run.unwrap_or((index, 0));
            (first, count.saturating_add(one.ticks))
        };
        self.good_run = Some(longer(self.good_run));
        self.clean_run = (!one.is_failing()).then(|| longer(self.clean_run));
        self.brisk_run = (!one.slow).then(|| longer(self.brisk_run));
    }

    /// A run of bad ticks ended at `next`; unless it opened anything it is lone.
    fn drop_bad_run(&mut self, next: usize) {
        if let (Some((first, _)), None) = (self.bad_run.take(), self.down) {
            let last = next - 1;
            self.findings.lone.push(Found {
                closed_by: (next < self.evidence.len()).then_some(next),
                ..Found::new(first, last, Opening::Seconded)
            });
        }
    }

    /// WINDOW rule: at least two failing ticks among the last *W*, and a share that opens.
    fn open_by_window(&mut self, index: usize) {
        let (failing, full) = self.failing.marked();
        let Some(first) = self.failing.first_marked().filter(|_| full && failing >= 2) else {
            return;
        };
        let reaches = |share: Share| {
            let (part, whole) = (failing as u64, self.failing.size() as u64);
            share.is_reached_by(part, whole)
        };
        if self.down.is_none() && reaches(self.rules.phi_down) {
            self.down = Some(self.by_share(first, index));
        } else if self.degraded.is_none() && self.down.is_none() && reaches(self.rules.phi_part) {
            self.degraded = Some(self.by_share(first, index));
        }
    }

    fn open_by_slowness(&mut self, index: usize) {
        let (slow, _) = self.slow.marked();
        let enough = slow >= usize::try_from(self.rules.n_slow.max(1)).unwrap_or(usize::MAX);
        if let (true, None, Some(first)) = (enough, self.slowness, self.slow.first_marked()) {
            self.slowness = Some(Found::new(first, index, Opening::of(&self.slow)));
        }
    }

    /// `n_up` good ticks in a row close; what they close is then judged from them on.
    fn close(&mut self, index: usize) {
        let [good, clean, brisk] = [self.good_run, self.clean_run, self.brisk_run].map(|run| {
            let (first, count) = run?;
            (count >= self.rules.n_up).then_some(first)
        });
        // What a share opened, only ticks good at their first attempt close.
        let closes = |found: &mut Found| match found.opening {
            Opening::Window { .. } => clean,
            Opening::Run { .. } | Opening::Seconded => good,
        };
        let mut restart = None;
        if let Some((by, down)) = self.down.as_mut().and_then(closes).zip(self.down) {
            let closed = self.closed(down, by);
            self.findings.down.push(closed);
            (self.down, restart) = (None, Some(by));
        }
        if let Some((by, degraded)) = self.degraded.as_mut().and_then(closes).zip(self.degraded) {
            let closed = self.closed(degraded, by);
            self.findings.degraded.push(closed);
            (self.degraded, restart) = (None, Some(by));
        }
        if let Some(first) = restart {
            self.failing.clear();
            for (again, one) in self.evidence[..=index].iter().enumerate().skip(first) {
                self.failing.push(again, one);
            }
        }
        if let (Some(by), Some(found)) = (brisk, self.slowness) {
            self.findings.slow.push(Found {
                closed_by: Some(by),
                ..found
            });
            self.slowness = None;
            self.slow.clear();
        }
    }

    fn by_share(&self, first: usize, index: usize) -> Found {
        Found {
            last: self.last_failing(index),
            ..Found::new(first, index, Opening::of(&self.failing))
        }
    }

    fn closed(&self, found: Found, by: usize) -> Found {
        Found {
            last: self.last_failing(by).max(found.first),
            closed_by: Some(by),
            ..found
        }
    }

    /// The last failing tick at or before `upto`; `upto` if there is none.
    fn last_failing(&self, upto: usize) -> usize {
        let failing = self.evidence[..=upto]
            .iter()
            .rposition(Evidence::is_failing);
        failing.unwrap_or(upto)
    }

    fn finish(mut self) -> Findings {
        self.drop_bad_run(self.evidence.len());
        self.findings.down.extend(self.down);
        self.findings.degraded.extend(self.degraded);
        self.findings.slow.extend(self.slowness);
        let down = &self.findings.down;
        let is_inside = |lone: &Found| {
            let upto = down.partition_point(|found| found.first <= lone.first);
            upto > 0 && down[upto - 1].last >= lone.first
        };
        self.findings.lone.retain(|lone| !is_inside(lone));
        self.findings
    }
}

impl Found {
    fn new(first: usize, confirmed: usize, opening: Opening) -> Self {
        Self {
            first,
            last: confirmed,
            closed_by: None,
            confirmed,
            opening,
        }
    }
}

impl Opening {
    fn of(window: &Window) -> Self {
        let count = |ticks: usize| u32::try_from(ticks).unwrap_or(u32::MAX);
        Self::Window {
            failing: count(window.marked().0),
            of: count(window.size()),
        }
    }
}
