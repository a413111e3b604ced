//! One cause, several witnesses: where all known regions fell together, each narrows the others' edges (semantics §6).

use std::ops::Range;

use super::level::Joint;
use super::quorum::{Member, RegionFall};
use super::timeline::{Timeline, View};
use crate::contract::{EdgeMode, Rules};
use crate::state::Bracket;
use crate::time::{Interval, Intervals};

/// Gives the falls of all members the same, intersected edges wherever every known region agrees on a fall.
///
/// Returns what was fused, by time. Nothing is fused if the contract asks for `quorum` edges, if a known region saw
/// the service up meanwhile, or if the brackets contradict each other.
pub(super) fn regions(members: &mut [Member], first: &Timeline<View>, rules: &Rules) -> Vec<Joint> {
    if rules.edges == EdgeMode::Quorum {
        return Vec::new();
    }
    let components = first.down();
    let mut joints = Vec::new();
    for component in components.iter() {
        let Some(parts) = agreeing(members, component, &components) else {
            continue;
        };
        let Some(joint) = joint(members, &parts, component) else {
            continue;
        };
        for (member, range) in members.iter_mut().zip(parts) {
            narrow(&mut member.falls[range], &joint);
        }
        joints.push(joint);
    }
    joints
}

/// For each member its falls that belong to `component`; `None` if a region does not agree.
fn agreeing(members: &[Member], component: Interval, all: &Intervals) -> Option<Vec<Range<usize>>> {
    let part = |member: &Member| {
        let range = member.range_in(component);
        let falls = &member.falls[range.clone()];
        let agrees = if falls.is_empty() {
            let known =
                Intervals::from_iter([component]).subtract(&member.unknown.within(component));
            known.is_empty()
        } else {
            let unbroken = falls
                .windows(2)
                .all(|pair| !pair[0].ends || !pair[1].starts);
            unbroken
                && falls
                    .iter()
                    .all(|fall| all.within(fall.estimate()).iter().len() == 1)
        };
        agrees.then_some(range)
    };
    members.iter().map(part).collect()
}

/// The edges that all of them allow; `None` if there are none.
fn joint(members: &[Member], parts: &[Range<usize>], component: Interval) -> Option<Joint> {
    let falls: Vec<&[RegionFall]> = members
        .iter()
        .zip(parts)
        .map(|(member, range)| &member.falls[range.clone()])
        .filter(|falls| !falls.is_empty())
        .collect();
    let first = || falls.iter().map(|falls| falls[0]);
    let last = || falls.iter().map(|falls| falls[falls.len() - 1]);
    let mut start = intersection(first().filter(|fall| fall.starts).map(|fall| fall.start))?;
    let mut end = intersection(last().filter(|fall| fall.ends).map(|fall| fall.end))?;
    // A fall that unknown time cuts off says only that it was down when it was seen.
    if let Some(start) = &mut start {
        let seen = first().map(|fall| fall.start.latest).min();
        start.latest = start.latest.min(seen.unwrap_or(start.latest));
    }
    if let Some(end) = &mut end {
        let seen = last().map(|fall| fall.end.earliest).max();
        end.earliest = end.earliest.max(seen.unwrap_or(end.earliest));
    }
    let holds = |bracket: &Option<Bracket>| bracket.is_none_or(|one| one.earliest <= one.latest);
    if !holds(&start) || !holds(&end) {
        return None;
    }
    Joint::new(start, end, component)
}

/// `None` if the brackets contradict each other, `Some(None)` if there are none.
#[expect(
    clippy::option_option,
    reason = "no bracket and no common bracket are different answers"
)]
fn intersection(mut brackets: impl Iterator<Item = Bracket>) -> Option<Option<Bracket>> {
    let Some(first) = brackets.next() else {
        return Some(None);
    };
    brackets.try_fold(first, Bracket::fuse).map(Some)
}

fn narrow(falls: &mut [RegionFall], joint: &Joint) {
    if let (Some(fall), Some(start)) = (falls.first_mut().filter(|fall| fall.starts), joint.start) {
        fall.start = start;
    }
    if let (Some(fall), Some(end)) = (falls.last_mut().filter(|fall| fall.ends), joint.end) {
        fall.end = end;
    }
}
