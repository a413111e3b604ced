//! Regions to one state by the weight of those that are known (semantics §5).

use serde::Serialize;

use super::fuse;
use super::level::Level;
use super::timeline::{Partly, Timeline, View, flags};
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
            let (surely, maybe) = (surely && down, maybe || down || unknown);
            View {
                surely,
                state: match (down, unknown, degraded) {
                    (true, ..) => State::Down,
                    (_, true, _) => State::Unknown,
                    (_, _, true) => State::Degraded,
                    _ => State::Up,
                },
                maybe,
                partly: Partly { surely, maybe },
            }
        })
    }
}

/// Rolls the regions of one track up, twice where edges can be fused: once to find who fell together, once for good.
///
/// Fusing narrows the edges of `members`.
pub fn track_level(members: &mut [Member], rules: &Rules, span: Interval) -> Level {
    let first = quorum(members, rules, span);
    let fused = fuse::regions(members, &first, rules);
    let timeline = if fused.is_empty() {
        first
    } else {
        quorum(members, rules, span)
    };
    Level::of_regions(timeline, members, &fused)
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
    Timeline::sweep(span, &lanes, |views| {
        Weights::of(views, &weights).judge(rules)
    })
}

/// The weights of each change of `members`, and what they come to: the quorum, told step by step.
pub fn arithmetic(
    members: &[Member],
    rules: &Rules,
    span: Interval,
) -> Vec<(Interval, Weights, View)> {
    let lanes: Vec<Timeline<View>> = members.iter().map(|member| member.timeline(span)).collect();
    let weights: Vec<u64> = members
        .iter()
        .map(|member| u64::from(member.weight))
        .collect();
    if members.is_empty() {
        return Vec::new();
    }
    let swept = Timeline::sweep(span, &lanes.iter().collect::<Vec<_>>(), |views| {
        Weights::of(views, &weights)
    });
    let steps = swept.stretches();
    steps
        .map(|(interval, weights)| (interval, weights, weights.judge(rules)))
        .collect()
}

/// The weights of the regions at one instant (semantics §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Weights {
    /// Of all regions: *N*.
    pub all: u64,
    /// Of those that are known: *K*.
    pub known: u64,
    /// How many regions there are.
    pub regions: usize,
    /// How many of them are known.
    pub known_regions: usize,
    /// Of those that are surely down.
    pub surely: u64,
    /// Of those that are down by the best estimate: *D*.
    pub down: u64,
    /// Of those that may be down or are unknown.
    pub maybe: u64,
    /// Of those that are degraded.
    pub degraded: u64,
}

impl Weights {
    fn of(views: &[View], weights: &[u64]) -> Self {
        let weigh = |fits: fn(&View) -> bool| -> u64 {
            let fitting = views.iter().zip(weights).filter(|(view, _)| fits(view));
            fitting.map(|(_, weight)| weight).sum()
        };
        let known = |view: &&View| view.state != State::Unknown;
        Self {
            all: weights.iter().sum(),
            known: weigh(|view| view.state != State::Unknown),
            regions: views.len(),
            known_regions: views.iter().filter(known).count(),
            surely: weigh(|view| view.surely),
            down: weigh(|view| view.state == State::Down),
            maybe: weigh(|view| view.maybe),
            degraded: weigh(|view| view.state == State::Degraded),
        }
    }

    fn judge(self, rules: &Rules) -> View {
        let enough = self.known_regions >= self.regions.min(2)
            && rules.k_min.is_reached_by(self.known, self.all);
        let state = if !enough {
            State::Unknown
        } else if rules.q_down.is_exceeded_by(self.down, self.known) {
            State::Down
        } else if self.down > 0 {
            State::Partial
        } else if rules.q_down.is_exceeded_by(self.degraded, self.known) {
            State::Degraded
        } else {
            State::Up
        };
        View {
            surely: enough && rules.q_down.is_exceeded_by(self.surely, self.all),
            state,
            maybe: !enough || rules.q_down.is_exceeded_by(self.maybe, self.all),
            partly: Partly {
                surely: enough && self.surely > 0,
                maybe: !enough || self.maybe > 0,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::contract::EdgeMode;
    use crate::testing::name;
    use crate::time::Millis;

    const SPAN: Interval = Interval {
        start: Timestamp(0),
        end: Timestamp(1_000),
    };

    fn fall(start: i64, length: i64, doubt: i64) -> RegionFall {
        let bracket = |at: i64| Bracket {
            earliest: Timestamp(at - doubt),
            after: Timestamp(at),
            before: Timestamp(at),
            latest: Timestamp(at + doubt),
        };
        RegionFall {
            start: bracket(start),
            end: bracket(start + length),
            starts: true,
            ends: true,
            open: false,
            confirmed: Timestamp(start),
        }
    }

    /// A region with falls well apart, and some unknown time.
    fn member() -> impl Strategy<Value = Member> {
        let falls = prop::collection::vec((20..200_i64, 1..100_i64, 0..10_i64), 0..4);
        let unknown = prop::collection::vec((0..900_i64, 1..100_i64), 0..2);
        (1..4_u32, falls, unknown).prop_map(|(weight, falls, unknown)| {
            let mut at = 0;
            let falls: Vec<RegionFall> = falls
                .into_iter()
                .map(|(up, down, doubt)| {
                    at += up + down;
                    fall(at - down, down, doubt)
                })
                .collect();
            let down: Intervals = falls.iter().map(RegionFall::maybe).collect();
            let unknown: Intervals = unknown
                .into_iter()
                .map(|(start, length)| Interval::new(Timestamp(start), Timestamp(start + length)))
                .collect();
            Member {
                name: name("a"),
                weight,
                falls,
                degraded: Intervals::default(),
                unknown: unknown.subtract(&down),
            }
        })
    }

    fn rules() -> Rules {
        Rules {
            edges: EdgeMode::Quorum,
            ..Rules::default()
        }
    }

    proptest! {
        #[test]
        fn p16_one_more_region_down_never_lowers_downtime(
            members in prop::collection::vec(member(), 1..5), which in 0..5_usize, start in 0..900_i64, length in 1..100_i64,
        ) {
            let before = quorum(&members, &rules(), SPAN);
            let mut worse = members.clone();
            let member = &mut worse[which % members.len()];
            let more = Intervals::from_iter([Interval::new(Timestamp(start), Timestamp(start + length))])
                .subtract(&member.unknown);
            for interval in more.iter() {
                member.falls.push(fall(interval.start.0, interval.length().0, 0));
            }
            let after = quorum(&worse, &rules(), SPAN);
            prop_assert!(before.down().subtract(&after.down()).is_empty());
            prop_assert!(before.surely().subtract(&after.surely()).is_empty());
            prop_assert!(before.maybe().subtract(&after.maybe()).is_empty());
        }

        #[test]
        fn p17_certain_is_down_and_down_is_possible(members in prop::collection::vec(member(), 1..5)) {
            let timeline = quorum(&members, &rules(), SPAN);
            prop_assert!(timeline.surely().subtract(&timeline.down()).is_empty());
            prop_assert!(timeline.down().subtract(&timeline.maybe()).is_empty());
        }

        #[test]
        fn p17_unknown_turned_into_anything_stays_inside(
            members in prop::collection::vec(member(), 1..5), down in any::<[bool; 5]>(),
        ) {
            let before = quorum(&members, &rules(), SPAN);
            let mut decided = members.clone();
            for (member, down) in decided.iter_mut().zip(down) {
                let unknown = std::mem::take(&mut member.unknown);
                if down {
                    member.falls.extend(unknown.iter().map(|one| fall(one.start.0, one.length().0, 0)));
                }
            }
            let after = quorum(&decided, &rules(), SPAN);
            let possible = before.when(|view| view.maybe);
            prop_assert!(after.down().subtract(&possible).is_empty());
            prop_assert!(before.surely().subtract(&after.down()).is_empty());
        }

        #[test]
        fn p39_scaled_weights_change_nothing(members in prop::collection::vec(member(), 1..5), factor in 1..1_000_u32) {
            let mut scaled = members.clone();
            for member in &mut scaled {
                member.weight *= factor;
            }
            prop_assert_eq!(quorum(&scaled, &rules(), SPAN), quorum(&members, &rules(), SPAN));
        }
    }

    #[test]
    fn p15_a_union_is_no_sum() {
        let sets: [Intervals; 2] = [(0, 60), (30, 90)].map(|(start, end)| {
            Intervals::from_iter([Interval::new(Timestamp(start), Timestamp(end))])
        });
        assert_eq!(sets[0].union(&sets[1]).measure(), Millis(90));
    }
}
