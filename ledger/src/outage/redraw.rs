//! Edges of an outage as better evidence has them, drawn over what the roll-up found (semantics §7).
//!
//! The regions keep what they measured. The personas follow where their own edge may be the same one, and never
//! contradict the service: nobody is down while `any` of them is not, everybody is while `all` are.

use super::Edge;
use super::assemble::extents;
use crate::contract::{EdgeMode, Rollup};
use crate::correction::NewEdges;
use crate::rollup::{Fall, Level, Partly, Survey, Timeline, View, flags};
use crate::state::State;
use crate::time::{Interval, Intervals, Millis, Timestamp};

/// Why new edges were not drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotDrawn {
    /// No outage contains the instant.
    NoOutage,
    /// The outage would end before it starts, or an edge lies outside the record.
    Contradiction,
}

/// The edges of one fall, before and after.
#[derive(Clone, Copy, Debug)]
struct Redraw {
    old: (Edge, Edge),
    /// The part of the doubt around it that no other fall shares.
    own: Interval,
    start: Option<Edge>,
    end: Option<Edge>,
}

/// Draws new edges into `survey`.
///
/// # Errors
/// [`NotDrawn`], and nothing is changed, if no outage is meant or they cannot be.
pub fn redraw(survey: &mut Survey, new: &NewEdges, rollup: Rollup) -> Result<(), NotDrawn> {
    let span = survey.span;
    let service = &survey.service;
    let index = service
        .falls
        .iter()
        .position(|fall| fall.estimate.contains(new.outage))
        .ok_or(NotDrawn::NoOutage)?;
    let edge = |at: Option<Timestamp>| at.map(|at| at.within(new.within, span));
    let redraw = Redraw::of(service, index, span).with(edge(new.start), edge(new.end));
    let inside = |at: Timestamp| span.start <= at && at <= span.end;
    let fits = [new.start, new.end].into_iter().flatten().all(inside);
    if !fits || redraw.estimate().is_empty() {
        return Err(NotDrawn::Contradiction);
    }
    let drawn = redraw.draw(service, index, span);
    for level in survey.personas.values_mut() {
        redraw.follow(level, &drawn, rollup);
    }
    survey.service = drawn;
    Ok(())
}

impl Timestamp {
    /// The edge at this instant, give or take, cut to `span`.
    fn within(self, around: Millis, span: Interval) -> Edge {
        Edge {
            earliest: (self - around).max(span.start).min(self),
            estimate: self,
            latest: (self + around).min(span.end).max(self),
        }
    }
}

impl Edge {
    /// Whether the two may be the same instant.
    fn meets(self, other: Self) -> bool {
        self.earliest <= other.latest && other.earliest <= self.latest
    }
}

impl Redraw {
    /// The edges of a fall as they are.
    fn of(level: &Level, index: usize, span: Interval) -> Self {
        let extents = extents(level, span).into_iter();
        let all: Vec<(Edge, Edge)> = extents.map(|(_, own)| (own.start, own.end)).collect();
        let old = all[index];
        // Doubt that reaches to a neighbour is the neighbour's too: of that, only the instant next to the edge is known.
        let before = index.checked_sub(1).map(|before| all[before].1.latest);
        let after = all.get(index + 1).map(|(start, _)| start.earliest);
        let shares_start = before.is_some_and(|latest| latest > old.0.earliest);
        let shares_end = after.is_some_and(|earliest| earliest < old.1.latest);
        Self {
            old,
            own: Interval {
                start: if shares_start {
                    Timestamp(i64::MAX)
                } else {
                    old.0.earliest
                },
                end: if shares_end {
                    Timestamp(i64::MIN)
                } else {
                    old.1.latest
                },
            },
            start: None,
            end: None,
        }
    }

    fn with(self, start: Option<Edge>, end: Option<Edge>) -> Self {
        Self { start, end, ..self }
    }

    fn edges(&self) -> (Edge, Edge) {
        let (start, end) = self.old;
        (self.start.unwrap_or(start), self.end.unwrap_or(end))
    }

    fn estimate(&self) -> Interval {
        let (start, end) = self.edges();
        Interval::new(start.estimate, end.estimate)
    }

    /// All that may change: the doubt around the fall, before and after.
    fn reach(&self) -> Interval {
        let (start, end) = self.edges();
        Interval::new(
            self.old.0.earliest.min(start.earliest) - Millis(1),
            self.old.1.latest.max(end.latest) + Millis(1),
        )
    }

    /// The level with this fall redrawn.
    fn draw(&self, level: &Level, index: usize, span: Interval) -> Level {
        let old = level.falls[index].estimate;
        let set = |parts: &[Interval]| parts.iter().copied().collect::<Intervals>();
        let (sure, unsure) = self.certain(&level.timeline.surely().within(old), old);
        let (start, end) = self.edges();
        let doubt = Interval::new(start.earliest, end.latest);
        let mut free = Vec::new();
        if self.start.is_some() {
            let from = self.own.start.min(start.earliest - Millis(1));
            free.push(Interval::new(from, start.earliest));
        }
        if self.end.is_some() {
            let until = self.own.end.max(end.latest + Millis(1));
            free.push(Interval::new(end.latest, until));
        }
        let layers = flags(
            span,
            [
                &set(&[old]),
                &set(&[self.estimate()]),
                &unsure,
                &sure,
                &set(&free),
                &set(&[doubt]),
            ],
        );
        let timeline = Timeline::sweep_two(span, &level.timeline, &layers, |view, layers| {
            redrawn(view, layers)
        });
        let mut known = level.falls.clone();
        known[index].estimate = self.estimate();
        known[index].open &= self.end.is_none();
        Level {
            falls: falls(&timeline, &known),
            timeline,
        }
    }

    /// Where it is certainly down now, and where no longer.
    fn certain(&self, surely: &Intervals, old: Interval) -> (Intervals, Intervals) {
        let hull = surely.iter().reduce(|a, b| Interval::new(a.start, b.end));
        let (mut sure, mut unsure) = (Vec::new(), Vec::new());
        if let Some(start) = self.start {
            unsure.push(Interval::new(old.start, start.latest));
            sure.extend(hull.map(|hull| Interval::new(start.latest, hull.start)));
        }
        if let Some(end) = self.end {
            unsure.push(Interval::new(end.earliest, old.end));
            sure.extend(hull.map(|hull| Interval::new(hull.end, end.earliest)));
        }
        if let (Some(start), Some(end), None) = (self.start, self.end, hull) {
            sure.push(Interval::new(start.latest, end.earliest));
        }
        let unsure: Intervals = unsure.into_iter().collect();
        let sure = sure.into_iter().collect::<Intervals>().subtract(&unsure);
        (sure, unsure)
    }

    /// A persona's level beside the service as it is drawn now.
    fn follow(&self, level: &mut Level, service: &Level, rollup: Rollup) {
        let span = Interval::new(service.timeline.start(), service.timeline.end());
        let old = Interval::new(self.old.0.estimate, self.old.1.estimate);
        let own: Vec<usize> = (0..level.falls.len())
            .filter(|index| level.falls[*index].estimate.intersect(old).is_some())
            .collect();
        if let (Some(first), Some(last)) = (own.first(), own.last()) {
            let end = Self::of(level, *last, span);
            if self.end.is_some() && end.old.1.meets(self.old.1) {
                let end = end.with(None, self.end);
                if !end.estimate().is_empty() {
                    *level = end.draw(level, *last, span);
                }
            }
            let start = Self::of(level, *first, span);
            if self.start.is_some() && start.old.0.meets(self.old.0) {
                let start = start.with(self.start, None);
                if !start.estimate().is_empty() {
                    *level = start.draw(level, *first, span);
                }
            }
        }
        let reach = flags(span, [&Intervals::from_iter([self.reach()])]);
        let whole: Timeline<(View, bool)> =
            Timeline::sweep_two(span, &service.timeline, &reach, |view, [near]| (view, near));
        let timeline = Timeline::sweep_two(span, &level.timeline, &whole, |own, (whole, near)| {
            if near { agree(own, whole, rollup) } else { own }
        });
        if timeline != level.timeline {
            let mut known = level.falls.clone();
            known.extend(
                service
                    .falls
                    .iter()
                    .filter(|fall| {
                        rollup == Rollup::All && fall.estimate.intersect(self.reach()).is_some()
                    })
                    .cloned(),
            );
            level.falls = falls(&timeline, &known);
            level.timeline = timeline;
        }
    }
}

fn redrawn(view: View, [old, new, unsure, sure, free, doubt]: [bool; 6]) -> View {
    let state = match view.state {
        _ if new => State::Down,
        State::Down if old => State::Up,
        State::Unknown if doubt => State::Up,
        state => state,
    };
    let down = state == State::Down;
    let seen = Partly {
        surely: view.partly.surely && !unsure,
        ..view.partly
    };
    View {
        surely: down && (sure || view.surely && !unsure),
        state,
        maybe: down || doubt || state == State::Unknown || view.maybe && !free,
        partly: view.partly,
    }
    .with_partial(seen)
}

impl View {
    /// Partial trouble is what the regions saw, and nobody corrects that: it stays possible, and is certain where the
    /// state still allows it.
    fn with_partial(self, seen: Partly) -> Self {
        let allowed = matches!(self.state, State::Partial | State::Down);
        let partly = Partly {
            surely: self.surely || seen.surely && allowed,
            maybe: self.maybe || seen.maybe,
        };
        Self { partly, ..self }
    }
}

/// What a persona was, given what the service was.
fn agree(own: View, service: View, rollup: Rollup) -> View {
    if rollup == Rollup::All {
        let state = match service.state {
            State::Down => State::Down,
            _ => own.state,
        };
        return View {
            surely: own.surely || service.surely,
            state,
            maybe: own.maybe || service.maybe,
            partly: own.partly,
        }
        .with_partial(own.partly);
    }
    let state = match own.state {
        State::Down if service.state != State::Down => State::Up,
        state => state,
    };
    let seen = Partly {
        surely: own.partly.surely && service.partly.surely,
        ..own.partly
    };
    View {
        surely: own.surely && service.surely,
        state,
        maybe: state == State::Unknown || own.maybe && service.maybe,
        partly: own.partly,
    }
    .with_partial(seen)
}

/// The falls of a redrawn timeline: its stretches of down, each with what the known falls in it say.
fn falls(timeline: &Timeline<View>, known: &[Fall]) -> Vec<Fall> {
    let fall = |estimate: Interval| {
        let mut own = known
            .iter()
            .filter(|fall| fall.estimate.intersect(estimate).is_some());
        let first = own.next()?.clone();
        let joined = own.fold(first, |mut all, fall| {
            all.regions.extend(fall.regions.iter().cloned());
            if fall.edges == EdgeMode::Quorum {
                all.edges = EdgeMode::Quorum;
            }
            all.open |= fall.open;
            all.confirmed = all.confirmed.min(fall.confirmed);
            all
        });
        Some(Fall {
            estimate,
            joint: None,
            ..joined
        })
    };
    timeline.down().iter().filter_map(fall).collect()
}
