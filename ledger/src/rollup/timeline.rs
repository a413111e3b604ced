//! A view that changes over time, and how several of them are swept together.

use serde::Serialize;

use crate::state::{Lane, Segment, State};
use crate::time::{Interval, Intervals, Timestamp};

/// What is held of one instant: the best answer, and what is certain and possible beside it.
///
/// `surely` implies `Down` and that implies `maybe`, wherever the state is not unknown. Likewise `partly.surely` implies at
/// least `Partial` and that implies `partly.maybe`; `surely` implies `partly.surely`, and `maybe` implies `partly.maybe`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct View {
    /// Down for the optimist: every doubt and everything unknown taken as up.
    pub surely: bool,
    /// The best answer.
    pub state: State,
    /// Down for the pessimist: every doubt and everything unknown taken as down.
    pub maybe: bool,
    /// Whether it is at least partly down.
    pub partly: Partly,
}

/// Whether an instant is down for some regions or personas at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Partly {
    /// For the optimist.
    pub surely: bool,
    /// For the pessimist.
    pub maybe: bool,
}

impl View {
    /// Nobody looked.
    pub const NOBODY: Self = Self {
        surely: false,
        state: State::Unknown,
        maybe: true,
        partly: Partly {
            surely: false,
            maybe: true,
        },
    };

    /// Not planned: leaves the answer to others.
    pub const SILENT: Self = Self {
        surely: false,
        state: State::Up,
        maybe: false,
        partly: Partly {
            surely: false,
            maybe: false,
        },
    };
}

/// A value over time: changes sorted by instant, the first one where the time begins, neighbours different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline<T> {
    /// Where it ends.
    end: Timestamp,
    changes: Vec<(Timestamp, T)>,
}

impl<T: Copy + PartialEq> Timeline<T> {
    /// One value over all of `span`.
    pub fn constant(span: Interval, value: T) -> Self {
        Self {
            end: span.end,
            changes: vec![(span.start, value)],
        }
    }

    /// Sweeps `lanes` together: at each instant, `judge` makes one value of theirs.
    ///
    /// # Panics
    /// Never: lanes are never empty and cover the same time.
    pub fn sweep<U: Copy>(
        span: Interval,
        lanes: &[&Timeline<U>],
        mut judge: impl FnMut(&[U]) -> T,
    ) -> Self {
        let mut now: Vec<U> = lanes.iter().map(|lane| lane.changes[0].1).collect();
        let mut events: Vec<(Timestamp, usize, U)> = Vec::new();
        for (index, lane) in lanes.iter().enumerate() {
            events.extend(
                lane.changes[1..]
                    .iter()
                    .map(|(at, value)| (*at, index, *value)),
            );
        }
        events.sort_by_key(|(at, index, _)| (*at, *index));
        let mut swept = Self::constant(span, judge(&now));
        let mut rest = &events[..];
        while let Some((at, ..)) = rest.first().copied() {
            let same = rest.partition_point(|event| event.0 == at);
            for (_, index, value) in &rest[..same] {
                now[*index] = *value;
            }
            rest = &rest[same..];
            swept.change(at, judge(&now));
        }
        swept
    }

    /// Sweeps two lanes of different kinds together.
    pub fn sweep_two<A: Copy, B: Copy>(
        span: Interval,
        left: &Timeline<A>,
        right: &Timeline<B>,
        mut judge: impl FnMut(A, B) -> T,
    ) -> Self {
        let (mut a, mut b) = (0, 0);
        let mut swept = Self::constant(span, judge(left.changes[0].1, right.changes[0].1));
        loop {
            let next = |lane: Option<Timestamp>| lane.unwrap_or(span.end);
            let at_left = next(left.changes.get(a + 1).map(|(at, _)| *at));
            let at_right = next(right.changes.get(b + 1).map(|(at, _)| *at));
            let at = at_left.min(at_right);
            if at >= span.end {
                return swept;
            }
            a += usize::from(at_left == at);
            b += usize::from(at_right == at);
            swept.change(at, judge(left.changes[a].1, right.changes[b].1));
        }
    }

    /// Where it begins.
    pub fn start(&self) -> Timestamp {
        self.changes[0].0
    }

    /// Where it ends.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    fn change(&mut self, at: Timestamp, value: T) {
        if self.changes.last().is_none_or(|(_, last)| *last != value) {
            self.changes.push((at, value));
        }
    }

    /// The stretches and their values, oldest first.
    pub fn stretches(&self) -> impl Iterator<Item = (Interval, T)> + '_ {
        let ends = self
            .changes
            .iter()
            .skip(1)
            .map(|(at, _)| *at)
            .chain([self.end]);
        self.changes
            .iter()
            .zip(ends)
            .map(|((start, value), end)| (Interval::new(*start, end), *value))
    }

    /// The instants whose value fits.
    pub fn when(&self, mut fits: impl FnMut(T) -> bool) -> Intervals {
        self.stretches()
            .filter(|(_, value)| fits(*value))
            .map(|(interval, _)| interval)
            .collect()
    }
}

/// Several sets of instants as one timeline of flags, in the order of `sets`.
pub fn flags<const N: usize>(span: Interval, sets: [&Intervals; N]) -> Timeline<[bool; N]> {
    let lanes = sets.map(|set| {
        let mut lane = Timeline::constant(span, false);
        for interval in set.within(span).iter() {
            lane.mark(interval);
        }
        lane
    });
    let lanes: Vec<&Timeline<bool>> = lanes.iter().collect();
    Timeline::sweep(span, &lanes, |now| std::array::from_fn(|index| now[index]))
}

impl Timeline<bool> {
    /// Marks an interval after all marked so far.
    fn mark(&mut self, interval: Interval) {
        if self.changes[self.changes.len() - 1].0 == interval.start {
            self.changes.pop();
        }
        self.changes.push((interval.start, true));
        if interval.end < self.end {
            self.changes.push((interval.end, false));
        }
    }
}

impl Timeline<View> {
    /// Instants that are down for the best answer.
    pub fn down(&self) -> Intervals {
        self.when(|view| view.state == State::Down)
    }

    /// Instants that are certainly down.
    pub fn surely(&self) -> Intervals {
        self.when(|view| view.surely)
    }

    /// Instants that are known and may be down.
    pub fn maybe(&self) -> Intervals {
        self.when(|view| view.maybe && view.state != State::Unknown)
    }

    /// The states inside `period`.
    pub fn lane(&self, period: Interval) -> Lane {
        let mut segments: Vec<Segment> = Vec::new();
        for (interval, view) in self.stretches() {
            let Some(interval) = interval.intersect(period) else {
                continue;
            };
            match segments.last_mut() {
                Some(last) if last.state == view.state => last.interval.end = interval.end,
                _ => segments.push(Segment {
                    interval,
                    state: view.state,
                }),
            }
        }
        Lane(segments)
    }
}
