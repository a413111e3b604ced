//! Falls of the service become outages: edges with bounds, and who saw what (semantics §6, §7).

use std::collections::BTreeMap;

use super::{Bounds, Edge, Outage};
use crate::contract::Contract;
use crate::name::Name;
use crate::rollup::{Fall, Level, Survey, TrackView};
use crate::time::{Interval, Intervals, Millis, Timestamp};
use crate::verdict::Class;

/// The outages of `level`, by time, numbered from 1. What counts of them is left for the tally to say.
pub fn assemble(survey: &Survey, level: &Level, contract: &Contract) -> Vec<Outage> {
    let surely = level.timeline.surely();
    let mut outages = Vec::with_capacity(level.falls.len());
    let brackets = brackets(level, survey.span.start);
    for (fall, (start, end)) in level.falls.iter().zip(brackets) {
        let number = u32::try_from(outages.len() + 1).unwrap_or(u32::MAX);
        let length = Bounds {
            lower: surely.within(fall.estimate).measure(),
            estimate: fall.estimate.length(),
            upper: end.latest - start.earliest,
        };
        outages.push(Outage {
            number,
            start,
            end,
            open: fall.open && end.estimate == survey.span.end,
            length,
            counted: Bounds::default(),
            edges: fall.edges,
            confirmed: fall.confirmed,
            borderline: length.straddles(contract.rules.min_outage),
            personas: personas(survey, fall.estimate),
            regions: fall.regions.iter().cloned().collect(),
            classes: classes(survey, Interval::new(start.earliest, end.latest)),
            session_only: !involved(survey, fall.estimate).any(|view| !view.track.session),
        });
    }
    outages
}

/// The edges of the level's falls, by time.
pub(super) fn brackets(level: &Level, begin: Timestamp) -> Vec<(Edge, Edge)> {
    let (surely, maybe) = (level.timeline.surely(), level.timeline.maybe());
    let mut free_from = begin;
    let bracket = |fall: &Fall| {
        let found = edges(fall, &surely, &maybe, free_from);
        free_from = fall.estimate.end;
        found
    };
    level.falls.iter().map(bracket).collect()
}

impl Bounds {
    /// Whether it may or may not reach `least`.
    fn straddles(self, least: Millis) -> bool {
        self.lower < least && least <= self.upper
    }
}

/// The edges of a fall: the pessimist's stretch around it and the optimist's inside it.
///
/// Where the optimist sees nothing, the start may lie anywhere up to the end. `free_from` is where the outage before it
/// ended, so that two outages whose doubt overlaps share no time.
fn edges(fall: &Fall, surely: &Intervals, maybe: &Intervals, free_from: Timestamp) -> (Edge, Edge) {
    let around = maybe.around(fall.estimate.start).unwrap_or(fall.estimate);
    let inside = surely.within(fall.estimate);
    let certain = inside
        .iter()
        .reduce(|first, last| Interval::new(first.start, last.end));
    let latest = around.end.max(fall.estimate.end);
    let earliest = around.start.max(free_from).min(fall.estimate.start);
    let start = Edge {
        earliest,
        estimate: fall.estimate.start,
        latest: certain.map_or(latest, |certain| certain.start),
    };
    let end = Edge {
        earliest: certain.map_or(earliest, |certain| certain.end),
        estimate: fall.estimate.end,
        latest,
    };
    (start, end)
}

/// The tracks that were down in it.
fn involved(survey: &Survey, span: Interval) -> impl Iterator<Item = &TrackView> {
    survey
        .tracks
        .iter()
        .filter(move |view| view.level.falls_in(span).next().is_some())
}

fn personas(survey: &Survey, span: Interval) -> Vec<Name> {
    let mut personas: Vec<Name> = involved(survey, span)
        .map(|view| view.track.persona.clone())
        .collect();
    personas.dedup();
    personas
}

/// Bad ticks by class of the tracks that were down in `span`.
fn classes(survey: &Survey, span: Interval) -> BTreeMap<Class, u32> {
    let mut classes = BTreeMap::new();
    for region in involved(survey, span).flat_map(|view| &view.regions) {
        let from = region
            .failures
            .partition_point(|failure| failure.evidence.start < span.start);
        let inside = region.failures[from..]
            .iter()
            .take_while(|failure| failure.evidence.start < span.end);
        for failure in inside.filter(|failure| failure.bad) {
            *classes.entry(failure.class).or_default() += 1;
        }
    }
    classes
}
