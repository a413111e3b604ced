//! Regions to one state by the weight of those that are known (semantics §5).

use super::fuse;
use super::level::Level;
use super::timeline::{Timeline, View, flags};
use crate::contract::Rules;
use crate::name::Name;
use crate::state::{Bracket, RegionState, Spell, State};
use crate::time::{Interval, Intervals, Timestamp};

/// A region that takes part in a quorum.
#[derive(Clone, Debug)]
pub struct Member {
    /// The region.
    pub name: Name,
    /// Its weight, above zero.
    pub weight: u32,
    /// Its stretches of down, with edges that fusing may have narrowed.
    pub falls: Vec<RegionFall>,
    /// Slow or intermittent.
    pub degraded: Intervals,
    /// Nobody looked.
    pub unknown: Intervals,
}

/// A stretch of down of one region.
#[derive(Clone, Copy, Debug)]
pub struct RegionFall {
    /// Start.
    pub start: Bracket,
    /// End.
    pub end: Bracket,
    /// Whether good evidence lies before it.
    pub starts: bool,
    /// Whether good evidence lies after it.
    pub ends: bool,
    /// Still open at the end of the record.
    pub open: bool,
    /// When its rule was met.
    pub confirmed: Timestamp,
}

impl RegionFall {
    fn of(spell: &Spell) -> Self {
        Self {
            start: spell.start(),
            end: spell.end(),
            starts: spell.good_before.is_some(),
            ends: spell.good_after.is_some(),
            open: spell.open,
            confirmed: spell.confirmed,
        }
    }

    /// From best start to best end.
    pub(super) fn estimate(&self) -> Interval {
        Interval::new(self.start.estimate(), self.end.estimate())
    }

    fn surely(&self) -> Interval {
        Interval::new(self.start.latest, self.end.earliest)
    }

    fn maybe(&self) -> Interval {
        Interval::new(self.start.earliest, self.end.latest)
    }
}

impl Member {
    /// A region with its weight; `None` stands for a region that nobody looked from.
    pub fn new(name: Name, weight: u32, state: Option<&RegionState>, span: Interval) -> Self {
        match state {
            Some(state) => Self {
                name,
                weight,
                falls: state.down.iter().map(RegionFall::of).collect(),
                degraded: state.degraded.clone(),
                unknown: state.unknown.clone(),
            },
            None => Self {
                name,
                weight,
                falls: Vec::new(),
                degraded: Intervals::default(),
                unknown: [span].into_iter().collect(),
            },
        }
    }

    /// Its falls whose estimates share an instant with `span`.
    pub(super) fn falls_in(&self, span: Interval) -> &[RegionFall] {
        &self.falls[self.range_in(span)]
    }

    /// Where [`Self::falls_in`] lie among all falls.
    pub(super) fn range_in(&self, span: Interval) -> std::ops::Range<usize> {
        let from = self
            .falls
            .partition_point(|fall| fall.estimate().end <= span.start);
        let to = self
            .falls
            .partition_point(|fall| fall.estimate().start < span.end);
        from..to.max(from)
    }

    /// The region over time.
    pub fn timeline(&self, span: Interval) -> Timeline<View> {
        let of = |part: fn(&RegionFall) -> Interval| self.falls.iter().map(part).collect();
        let (surely, down, maybe): (Intervals, Intervals, Intervals) = (
            of(RegionFall::surely),
            of(RegionFall::estimate),
            of(RegionFall::maybe),
        );
        let layers = [&surely, &down, &maybe, &self.degraded, &self.unknown];
        let flags = flags(span, layers);
        Timeline::sweep(span, &[&flags], |now| {
            let [surely, down, maybe, degraded, unknown] = now[0];
            View {
                surely: surely && down,
                state: match (down, unknown, degraded) {
                    (true, ..) => State::Down,
                    (_, true, _) => State::Unknown,
                    (_, _, true) => State::Degraded,
                    _ => State::Up,
                },
                maybe: maybe || down || unknown,
            }
        })
    }
}

/// Rolls the regions of one track up, twice where edges can be fused: once to find who fell together, once for good.
pub fn track_level(mut members: Vec<Member>, rules: &Rules, span: Interval) -> Level {
    let first = quorum(&members, rules, span);
    let fused = fuse::regions(&mut members, &first, rules);
    let timeline = if fused.is_empty() {
        first
    } else {
        quorum(&members, rules, span)
    };
    Level::of_regions(timeline, &members, &fused)
}

fn quorum(members: &[Member], rules: &Rules, span: Interval) -> Timeline<View> {
    let lanes: Vec<Timeline<View>> = members.iter().map(|member| member.timeline(span)).collect();
    let lanes: Vec<&Timeline<View>> = lanes.iter().collect();
    let weights: Vec<u64> = members
        .iter()
        .map(|member| u64::from(member.weight))
        .collect();
    if members.is_empty() {
        return Timeline::constant(span, View::NOBODY);
    }
    Timeline::sweep(span, &lanes, |views| judge(views, &weights, rules))
}

fn judge(views: &[View], weights: &[u64], rules: &Rules) -> View {
    let weigh = |fits: fn(&View) -> bool| -> u64 {
        let fitting = views.iter().zip(weights).filter(|(view, _)| fits(view));
        fitting.map(|(_, weight)| weight).sum()
    };
    let all: u64 = weights.iter().sum();
    let known = weigh(|view| view.state != State::Unknown);
    let known_regions = views
        .iter()
        .filter(|view| view.state != State::Unknown)
        .count();
    let down = weigh(|view| view.state == State::Down);
    let degraded = weigh(|view| view.state == State::Degraded);
    let enough = known_regions >= views.len().min(2) && rules.k_min.is_reached_by(known, all);
    let state = if !enough {
        State::Unknown
    } else if rules.q_down.is_exceeded_by(down, known) {
        State::Down
    } else if down > 0 {
        State::Partial
    } else if rules.q_down.is_exceeded_by(degraded, known) {
        State::Degraded
    } else {
        State::Up
    };
    View {
        surely: enough && rules.q_down.is_exceeded_by(weigh(|view| view.surely), all),
        state,
        maybe: !enough || rules.q_down.is_exceeded_by(weigh(|view| view.maybe), all),
    }
}
