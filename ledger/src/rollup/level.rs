//! Tracks to personas and personas to the service: the same step twice (semantics §5, §6).

use std::collections::BTreeSet;

use serde::Serialize;

use super::quorum::Member;
use super::timeline::{Partly, Timeline, View, flags};
use crate::contract::{EdgeMode, Rollup};
use crate::name::Name;
use crate::state::{Bracket, State};
use crate::time::{Interval, Intervals, Timestamp};

/// One level of the roll-up: a track, a persona or the service.
#[derive(Clone, Debug)]
pub struct Level {
    /// What it was when.
    pub timeline: Timeline<View>,
    /// Its stretches of down, by time: exactly the down stretches of the timeline.
    pub falls: Vec<Fall>,
}

/// A stretch of down at some level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fall {
    /// From best start to best end.
    pub estimate: Interval,
    /// The edges that everyone involved allows, if they were fused.
    pub joint: Option<Joint>,
    /// How the edges of several regions were combined.
    pub edges: EdgeMode,
    /// Regions that saw it.
    pub regions: BTreeSet<Name>,
    /// When the quorum was confirmed.
    pub confirmed: Timestamp,
    /// Still open at the end of the record.
    pub open: bool,
}

/// Edges that several witnesses share. `None`: unknown time or the end of the record lies there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Joint {
    /// Start.
    pub start: Option<Bracket>,
    /// End.
    pub end: Option<Bracket>,
    /// From best start to best end.
    pub estimate: Interval,
    /// The estimate of the same stretch before the edges were fused.
    pub of: Interval,
}

impl Joint {
    /// The joint edges of a stretch that was estimated as `of` before; `None` if they leave nothing between them.
    pub(super) fn new(start: Option<Bracket>, end: Option<Bracket>, of: Interval) -> Option<Self> {
        let estimate = Interval {
            start: start.map_or(of.start, Bracket::estimate),
            end: end.map_or(of.end, Bracket::estimate),
        };
        (estimate.start < estimate.end).then_some(Self {
            start,
            end,
            estimate,
            of,
        })
    }

    /// The edges that both allow. Where unknown time cuts one of them off, `any` lets the other speak for both, as it
    /// is down there in any case; `all` has no edge then.
    fn fuse(self, other: Self, of: Interval, rollup: Rollup) -> Option<Self> {
        let both = |a: Option<Bracket>, b: Option<Bracket>| match (a, b) {
            (Some(a), Some(b)) => a.fuse(b).map(Some),
            (None, None) => Some(None),
            (Some(known), None) | (None, Some(known)) => {
                (rollup != Rollup::All).then_some(Some(known))
            }
        };
        Self::new(
            both(self.start, other.start)?,
            both(self.end, other.end)?,
            of,
        )
    }
}

/// The one of `joints`, which are sorted, that overlaps `estimate`.
fn joint_of(joints: &[Joint], estimate: Interval) -> Option<Joint> {
    let from = joints.partition_point(|joint| joint.estimate.end <= estimate.start);
    let next = joints.get(from)?;
    (next.estimate.start < estimate.end).then_some(*next)
}

impl Level {
    /// Its falls that share an instant with `span`.
    pub fn falls_in(&self, span: Interval) -> impl Iterator<Item = &Fall> {
        let from = self
            .falls
            .partition_point(|fall| fall.estimate.end <= span.start);
        self.falls[from..]
            .iter()
            .take_while(move |fall| fall.estimate.start < span.end)
    }

    /// The level of a track: its regions rolled up to `timeline`, of which `joints` were fused.
    pub(super) fn of_regions(
        timeline: Timeline<View>,
        members: &[Member],
        joints: &[Joint],
    ) -> Self {
        let fall = |estimate: Interval| {
            let joint = joint_of(joints, estimate);
            let involved = members.iter().flat_map(|member| {
                member
                    .falls_in(estimate)
                    .iter()
                    .map(move |fall| (member, fall))
            });
            let mut confirmed: Vec<(Timestamp, u64)> = Vec::new();
            let mut regions = BTreeSet::new();
            let mut open = false;
            for (member, fall) in involved {
                confirmed.push((fall.confirmed, u64::from(member.weight)));
                regions.insert(member.name.clone());
                open |= fall.open;
            }
            Fall {
                estimate,
                joint,
                edges: joint.map_or(EdgeMode::Quorum, |_| EdgeMode::Fused),
                regions,
                confirmed: majority(confirmed).unwrap_or(estimate.end),
                open,
            }
        };
        let falls = timeline.down().iter().map(fall).collect();
        Self { timeline, falls }
    }
}

/// The instant at which more than half of the weight involved had confirmed.
fn majority(mut confirmed: Vec<(Timestamp, u64)>) -> Option<Timestamp> {
    confirmed.sort_unstable();
    let all: u64 = confirmed.iter().map(|(_, weight)| weight).sum();
    let mut sum = 0;
    confirmed
        .into_iter()
        .find(|(_, weight)| {
            sum += weight;
            sum * 2 > all
        })
        .map(|(at, _)| at)
}

/// Rolls `levels` up and intersects their edges where all that are down in a stretch share them.
///
/// The bounds stay those of the sweep; only the estimate is narrowed. Nobody is unknown at all times.
pub fn join(span: Interval, levels: &[&Level], rollup: Rollup) -> Level {
    if levels.is_empty() {
        let timeline = Timeline::constant(span, View::NOBODY);
        return Level {
            timeline,
            falls: Vec::new(),
        };
    }
    let timelines: Vec<&Timeline<View>> = levels.iter().map(|level| &level.timeline).collect();
    let first = sweep(span, &timelines, rollup);
    let joints: Vec<Option<Joint>> = first
        .down()
        .iter()
        .map(|component| shared(levels, component, rollup))
        .collect();
    let narrowed: Vec<Timeline<View>> = levels
        .iter()
        .map(|level| narrow(span, level, &first.down(), &joints))
        .collect();
    let timeline = sweep(span, &narrowed.iter().collect::<Vec<_>>(), rollup);
    let joints: Vec<Joint> = joints.into_iter().flatten().collect();
    let falls = timeline
        .down()
        .iter()
        .map(|estimate| combine(levels, estimate, joint_of(&joints, estimate)))
        .collect();
    Level { timeline, falls }
}

/// The worst known state of `timelines`, nothing narrowed; nobody is unknown.
pub(super) fn worst(span: Interval, timelines: &[&Timeline<View>]) -> Timeline<View> {
    if timelines.is_empty() {
        return Timeline::constant(span, View::NOBODY);
    }
    sweep(span, timelines, Rollup::Any)
}

fn sweep(span: Interval, timelines: &[&Timeline<View>], rollup: Rollup) -> Timeline<View> {
    Timeline::sweep(span, timelines, |views| {
        let known = || {
            views
                .iter()
                .map(|view| view.state)
                .filter(|state| *state != State::Unknown)
        };
        let missing = known().count() < views.len();
        let (worst, best) = (known().max(), known().min());
        let (state, decided) = match rollup {
            Rollup::Any | Rollup::Weighted => (worst, worst == Some(State::Down)),
            Rollup::All => (best, best.is_some_and(|state| state != State::Down)),
        };
        let state = if missing && !decided {
            State::Unknown
        } else {
            state.unwrap_or(State::Unknown)
        };
        let holds = |fits: fn(&View) -> bool| match rollup {
            Rollup::Any | Rollup::Weighted => views.iter().any(fits),
            Rollup::All => views.iter().all(fits),
        };
        let unknown = state == State::Unknown;
        View {
            surely: holds(|view| view.surely) && !unknown,
            state,
            maybe: holds(|view| view.maybe) || unknown,
            partly: Partly {
                surely: holds(|view| view.partly.surely) && !unknown,
                maybe: holds(|view| view.partly.maybe) || unknown,
            },
        }
    })
}

/// The edges that the falls of all `levels` involved in `component` share, if each has one fall in it and shares any.
fn shared(levels: &[&Level], component: Interval, rollup: Rollup) -> Option<Joint> {
    let mut common: Option<Joint> = None;
    for level in levels {
        let mut falls = level.falls_in(component);
        let Some(fall) = falls.next() else {
            continue;
        };
        if falls.next().is_some() {
            return None;
        }
        let joint = fall.joint?;
        common = Some(match common {
            Some(common) => common.fuse(joint, component, rollup)?,
            None => joint,
        });
    }
    common
}

/// The level's timeline with its falls inside each component moved to the component's joint estimate.
fn narrow(
    span: Interval,
    level: &Level,
    components: &Intervals,
    joints: &[Option<Joint>],
) -> Timeline<View> {
    let unknown = level.timeline.when(|view| view.state == State::Unknown);
    let (mut cleared, mut set) = (Vec::new(), Vec::new());
    for (component, joint) in components.iter().zip(joints) {
        let Some(joint) = joint else { continue };
        for fall in level.falls_in(component) {
            if let Some(moved) = within_reach(fall.estimate, joint.estimate, &unknown) {
                cleared.push(fall.estimate);
                set.push(moved);
            }
        }
    }
    if cleared.is_empty() {
        return level.timeline.clone();
    }
    let set: Intervals = set.into_iter().collect();
    let cleared = cleared.into_iter().collect::<Intervals>().subtract(&set);
    let layers = flags(span, [&set, &cleared]);
    Timeline::sweep_two(span, &level.timeline, &layers, |view, [set, cleared]| {
        let state = match view.state {
            // What others saw does not make known what this level did not see.
            State::Unknown => State::Unknown,
            _ if set => State::Down,
            State::Down if cleared => State::Up,
            state => state,
        };
        let partly = matches!(state, State::Partial | State::Down);
        View {
            surely: view.surely && state == State::Down,
            state,
            maybe: view.maybe || set,
            partly: Partly {
                surely: view.partly.surely && partly,
                maybe: view.partly.maybe || set,
            },
        }
    })
}

/// The part of `joint` that a fall may be moved to: none that lies beyond time unknown to its level. An edge that only a
/// witness of that time can place would leave a splinter of downtime on its far side.
fn within_reach(fall: Interval, joint: Interval, unknown: &Intervals) -> Option<Interval> {
    let hull = Interval::new(fall.start.min(joint.start), fall.end.max(joint.end));
    let known = Intervals::from_iter([hull]).subtract(&unknown.within(hull));
    known.around(fall.start)?.intersect(joint)
}

fn combine(levels: &[&Level], estimate: Interval, joint: Option<Joint>) -> Fall {
    let mut regions = BTreeSet::new();
    let (mut fused, mut open) = (true, false);
    let mut confirmed: Option<Timestamp> = None;
    for fall in levels.iter().flat_map(|level| level.falls_in(estimate)) {
        regions.extend(fall.regions.iter().cloned());
        fused &= fall.edges == EdgeMode::Fused;
        open |= fall.open;
        confirmed = Some(confirmed.map_or(fall.confirmed, |at| at.min(fall.confirmed)));
    }
    Fall {
        estimate,
        joint,
        edges: if fused {
            EdgeMode::Fused
        } else {
            EdgeMode::Quorum
        },
        regions,
        confirmed: confirmed.unwrap_or(estimate.end),
        open,
    }
}
