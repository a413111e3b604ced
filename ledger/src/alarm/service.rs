//! Alarms about the service itself: outage, partial outage, degraded.

use std::collections::BTreeSet;

use super::condition::{Condition, Conditions, Truth};
use super::event::{Facts, Severity};
use super::key::{Alarm, Key};
use super::walk::Seen;
use super::words::{self, SERVICE, in_region, list, of_persona, utc};
use crate::name::Name;
use crate::outage::{Edge, Outage};
use crate::state::{Lane, Segment, State};
use crate::time::{Interval, Millis, Timestamp};

/// How long outages that were announced are remembered, to know them again when late data moves their edges.
const REMEMBERED: Millis = Millis::from_mins(24 * 60);

/// Adds what the states of service, personas and regions ask for.
pub(super) fn add(now: &Seen<'_>, before: &[Interval], conditions: &mut Conditions) {
    outage(now, before, conditions);
    partial(now, conditions);
    degraded(now, conditions);
}

fn last(lane: &Lane) -> Option<Segment> {
    lane.0.last().copied()
}

fn state_of(lane: &Lane) -> State {
    last(lane).map_or(State::Unknown, |segment| segment.state)
}

fn outage(now: &Seen<'_>, before: &[Interval], conditions: &mut Conditions) {
    let found = now.found;
    let service = &now.terms.contract.service;
    let state = state_of(&found.service);
    let truth = match state {
        State::Down => Truth::Yes,
        State::Unknown => Truth::Unsure,
        State::Up | State::Degraded | State::Partial => Truth::No,
    };
    let newest = found.outages.last();
    let facts = match (newest, truth) {
        (Some(outage), Truth::Yes) => words::opened(service, outage),
        (Some(outage), _) => words::closed(service, outage),
        (None, _) => Facts::said(format!("{service} works")),
    };
    let mut seen = before.to_vec();
    let excluded = found.excluded();
    for outage in &found.outages {
        let span = Interval::new(outage.start.earliest, outage.end.latest);
        let known = seen
            .iter_mut()
            .find(|known| known.start <= span.end && span.start <= known.end);
        if let Some(known) = known {
            *known = Interval::new(known.start.min(span.start), known.end.max(span.end));
            continue;
        }
        let is_newest = newest == Some(outage);
        if is_newest && truth == Truth::Yes {
            seen.push(span);
        } else if is_newest && truth == Truth::Unsure {
            // Whether it is over nobody knows.
        } else if now.is_news(outage) && !excluded.contains(outage.confirmed) {
            seen.push(span);
            let told = [
                words::opened(service, outage),
                words::closed(service, outage),
            ];
            conditions.missed.push(told);
        }
    }
    seen.retain(|known| now.at - known.end < REMEMBERED);
    conditions.seen = seen;
    let key = now.key(Alarm::Outage, SERVICE);
    let condition = Condition::new(truth, Severity::Page, facts);
    conditions.all.insert(key, condition);
}

/// One region or persona is down: the same step for both.
fn partial(now: &Seen<'_>, conditions: &mut Conditions) {
    let found = now.found;
    let regions: BTreeSet<&Name> = found.regions.values().flat_map(|one| one.keys()).collect();
    for region in regions {
        let lanes = found.regions.iter();
        let lanes = lanes.filter_map(|(persona, regions)| Some((persona, regions.get(region)?)));
        let scope = in_region(region);
        let condition = down_somewhere(lanes, &format!("{} from {region}", now.service()));
        let mut condition = condition.in_region(region);
        condition.facts.regions = vec![region.clone()];
        conditions
            .all
            .insert(now.key(Alarm::Partial, scope), condition);
    }
    for (persona, lane) in &found.personas {
        let condition = down_somewhere([(persona, lane)], now.service());
        let key = now.key(Alarm::Partial, of_persona(persona));
        conditions.all.insert(key, condition);
    }
}

fn down_somewhere<'a>(
    lanes: impl IntoIterator<Item = (&'a Name, &'a Lane)>,
    what: &str,
) -> Condition {
    let mut personas = Vec::new();
    let mut start: Option<Timestamp> = None;
    let mut unsure = false;
    for (persona, lane) in lanes {
        let Some(segment) = last(lane) else { continue };
        unsure |= segment.state == State::Unknown;
        if segment.state == State::Down {
            personas.push(persona.clone());
            start = Some(start.map_or(segment.interval.start, |at| at.min(segment.interval.start)));
        }
    }
    let facts = match start {
        Some(at) => {
            let who = list(&personas);
            Facts {
                start: Some(exactly(at)),
                personas,
                ..Facts::said(format!("{what} is down for {who} since {}", utc(at)))
            }
        }
        None => Facts::said(format!("{what} works")),
    };
    let truth = match (start, unsure) {
        (Some(_), _) => Truth::Yes,
        (None, true) => Truth::Unsure,
        (None, false) => Truth::No,
    };
    Condition::new(truth, Severity::Notify, facts)
}

fn degraded(now: &Seen<'_>, conditions: &mut Conditions) {
    for (persona, lane) in &now.found.personas {
        let Some(segment) = last(lane) else { continue };
        // A worse state hides whether it would be degraded without it.
        let truth = match segment.state {
            State::Degraded => Truth::Yes,
            State::Up => Truth::No,
            State::Partial | State::Down | State::Unknown => Truth::Unsure,
        };
        let facts = if truth == Truth::Yes {
            let since = segment.interval.start;
            Facts {
                start: Some(exactly(since)),
                personas: vec![persona.clone()],
                ..Facts::said(format!(
                    "{} is slow or fails now and then for {persona} since {}",
                    now.service(),
                    utc(since)
                ))
            }
        } else {
            Facts::said(format!("{} is well again for {persona}", now.service()))
        };
        let key = now.key(Alarm::Degraded, of_persona(persona));
        let condition = Condition::new(truth, Severity::Notify, facts);
        conditions.all.insert(key, condition);
    }
}

/// An edge of a lane, which keeps the best estimate only.
fn exactly(at: Timestamp) -> Edge {
    Edge {
        earliest: at,
        estimate: at,
        latest: at,
    }
}

impl Seen<'_> {
    /// Whether an outage that is over may still be told of.
    fn is_news(&self, outage: &Outage) -> bool {
        self.at - outage.confirmed <= self.rules.oldest
    }

    pub(super) fn service(&self) -> &str {
        &self.terms.contract.service
    }

    pub(super) fn key(&self, alarm: Alarm, scope: impl Into<String>) -> Key {
        Key::new(&self.terms.contract.id, alarm, scope)
    }
}
