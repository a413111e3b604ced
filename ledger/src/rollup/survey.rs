//! The whole roll-up of a contract: every track, persona and the service over time.

use std::collections::BTreeMap;

use super::level::{Level, join};
use super::quorum::{Member, track_level};
use super::timeline::{Timeline, View};
use crate::contract::{Contract, Rollup, Weighted};
use crate::evidence::{Stream, Track};
use crate::name::Name;
use crate::state::{self, Lone, RegionState, State};
use crate::time::{Interval, Millis};

/// Everything between the evidence and the outages.
#[derive(Clone, Debug)]
pub struct Survey {
    /// From the first evidence or the period's start to the end of the record.
    pub span: Interval,
    /// The tracks of the contract's personas.
    pub tracks: Vec<TrackView>,
    /// The contract's personas.
    pub personas: BTreeMap<Name, Level>,
    /// The service.
    pub service: Level,
    /// Lost sessions that the contract does not count.
    pub uncounted: Level,
}

/// One track in all its regions.
#[derive(Clone, Debug)]
pub struct TrackView {
    /// What is looked at.
    pub track: Track,
    /// The regions that have evidence, by name.
    pub regions: Vec<RegionState>,
    /// Each region over time.
    pub lanes: BTreeMap<Name, Timeline<View>>,
    /// The regions rolled up.
    pub level: Level,
    /// Bad ticks that opened nothing.
    pub blips: Vec<Lone>,
}

impl Survey {
    /// Rolls `streams` up over `span` by the terms of `contract`.
    ///
    /// A contract without regions (or personas) takes all that are in the record, each with weight 1.
    /// `allowed` says which regions a probe is planned in; one that it does not name is planned in all.
    pub fn new(
        streams: &[Stream],
        contract: &Contract,
        allowed: &BTreeMap<Name, Vec<Name>>,
        span: Interval,
    ) -> Self {
        let regions = weights(
            &contract.regions,
            streams.iter().map(|stream| &stream.region),
        );
        let people = streams.iter().map(|stream| &stream.track.persona);
        let personas = weights(&contract.personas, people);
        let mut by_track: BTreeMap<&Track, Vec<&Stream>> = BTreeMap::new();
        for stream in streams {
            if personas.contains_key(&stream.track.persona) && regions.contains_key(&stream.region)
            {
                by_track.entry(&stream.track).or_default().push(stream);
            }
        }
        let tracks: Vec<TrackView> = by_track
            .into_iter()
            .map(|(track, streams)| {
                let mut planned = regions.clone();
                if let Some(allowed) = allowed.get(&track.probe).filter(|list| !list.is_empty()) {
                    planned.retain(|region, _| allowed.contains(region));
                }
                TrackView::new(&streams, contract, &planned, span)
            })
            .collect();
        let counts = contract.rules.session_counts;
        let personas: BTreeMap<Name, Level> = personas
            .into_keys()
            .map(|persona| {
                (
                    persona.clone(),
                    persona_level(&tracks, &persona, contract, span),
                )
            })
            .collect();
        let levels: Vec<&Level> = personas.values().collect();
        let sessions: Vec<Level> = tracks
            .iter()
            .filter(|view| view.track.session && !counts)
            .map(|view| view.level.without_unknown(span))
            .collect();
        Self {
            span,
            service: join(span, &levels, contract.rules.rollup),
            uncounted: join(span, &sessions.iter().collect::<Vec<_>>(), Rollup::Any),
            personas,
            tracks,
        }
    }
}

impl TrackView {
    fn new(
        streams: &[&Stream],
        contract: &Contract,
        planned: &BTreeMap<Name, u32>,
        span: Interval,
    ) -> Self {
        let mut regions: Vec<RegionState> = streams
            .iter()
            .map(|stream| state::observe(stream, &contract.rules, span))
            .collect();
        let spacing = streams.iter().flat_map(|stream| stream.evidence.last());
        let spacing = spacing.map(|one| one.spacing).max().unwrap_or(Millis::ZERO);
        let blips = state::settle(&mut regions, spacing);
        let members: Vec<Member> = planned
            .iter()
            .map(|(region, weight)| {
                let state = regions.iter().find(|state| state.region == *region);
                Member::new(region.clone(), *weight, state, span)
            })
            .collect();
        Self {
            track: streams[0].track.clone(),
            lanes: members
                .iter()
                .map(|member| (member.name.clone(), member.timeline(span)))
                .collect(),
            level: track_level(members, &contract.rules, span),
            regions,
            blips,
        }
    }
}

/// A persona: down if any of its logins is, or a kept session that counts. A session that nobody could look at says
/// nothing as long as there is a login.
fn persona_level(
    tracks: &[TrackView],
    persona: &Name,
    contract: &Contract,
    span: Interval,
) -> Level {
    let of_persona = |session: bool| {
        tracks
            .iter()
            .filter(move |view| view.track.persona == *persona && view.track.session == session)
            .map(|view| &view.level)
    };
    let logins: Vec<&Level> = of_persona(false).collect();
    let sessions: Vec<Level> = of_persona(true)
        .filter(|_| contract.rules.session_counts)
        .map(|level| {
            if logins.is_empty() {
                level.clone()
            } else {
                level.without_unknown(span)
            }
        })
        .collect();
    let all: Vec<&Level> = logins.into_iter().chain(&sessions).collect();
    join(span, &all, Rollup::Any)
}

impl Level {
    /// The same, with unknown time taken as up: for a level that may speak but need not.
    fn without_unknown(&self, span: Interval) -> Self {
        let quiet = |views: &[View]| match views[0].state {
            State::Unknown => View {
                surely: false,
                state: State::Up,
                maybe: false,
            },
            _ => views[0],
        };
        Self {
            timeline: Timeline::sweep(span, &[&self.timeline], quiet),
            falls: self.falls.clone(),
        }
    }
}

/// The names that matter, with their weights: those of the contract above zero, or all that were met.
fn weights<'a>(terms: &[Weighted], met: impl Iterator<Item = &'a Name>) -> BTreeMap<Name, u32> {
    if terms.is_empty() {
        return met.map(|name| (name.clone(), 1)).collect();
    }
    let positive = terms.iter().filter(|term| term.weight > 0);
    positive
        .map(|term| (term.name.clone(), term.weight))
        .collect()
}
