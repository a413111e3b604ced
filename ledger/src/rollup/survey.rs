//! The whole roll-up of a contract: every track, persona and the service over time.

use std::collections::BTreeMap;

use super::level::{Level, join, worst};
use super::quorum::{Member, track_level};
use super::timeline::{Timeline, View, flags};
use crate::contract::{Contract, Rollup, Rules, Weighted};
use crate::evidence::{Evidence, Planned, Stream, Track};
use crate::name::Name;
use crate::state::{self, Lone, RegionState, State};
use crate::time::{Interval, Intervals, Millis};

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
    /// The regions as they enter the quorum, their edges narrowed where several were fused.
    pub members: Vec<Member>,
    /// The regions rolled up.
    pub level: Level,
    /// The usual spacing *T* of its ticks.
    pub spacing: Millis,
    /// Bad ticks that opened nothing.
    pub blips: Vec<Lone>,
    /// When it is planned. At other times its level is up and says nothing.
    pub planned: Intervals,
}

impl Survey {
    /// Rolls `streams` up over `span` by the terms of `contract`.
    ///
    /// A contract without regions (or personas) takes all that are in the record, each with weight 1.
    /// Time in which a track is not planned is left to the others; planned time without evidence is unknown.
    pub fn new(
        streams: &[Stream],
        contract: &Contract,
        planned: &BTreeMap<Track, Planned>,
        span: Interval,
    ) -> Self {
        let met = streams.iter().map(|stream| &stream.region);
        let regions = weights(&contract.regions, met);
        let people = planned.keys().map(|track| &track.persona);
        let personas = weights(&contract.personas, people);
        let tracks: Vec<TrackView> = planned
            .iter()
            .filter(|(track, _)| personas.contains_key(&track.persona))
            .map(|(track, planned)| {
                let from = streams.partition_point(|stream| stream.track < *track);
                let own = streams[from..]
                    .iter()
                    .take_while(|stream| stream.track == *track);
                let own: Vec<&Stream> = own
                    .filter(|stream| regions.contains_key(&stream.region))
                    .collect();
                let mut regions = regions.clone();
                regions.retain(|region, _| planned.is_in(region));
                let level = TrackView::new(track, &own, &contract.rules, &regions, span);
                level.while_planned(planned, span)
            })
            .collect();
        let counts = contract.rules.session_counts;
        let personas: BTreeMap<Name, Level> = personas
            .into_keys()
            .map(|persona| {
                let level = persona_level(&tracks, &persona, contract, span);
                (persona, level)
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
        track: &Track,
        streams: &[&Stream],
        rules: &Rules,
        planned: &BTreeMap<Name, u32>,
        span: Interval,
    ) -> Self {
        let mut regions: Vec<RegionState> = streams
            .iter()
            .map(|stream| state::observe(stream, rules, span))
            .collect();
        // Of what ends last, not of what stands last: a quiet stretch may begin before and end after the others.
        let newest = streams.iter().flat_map(|stream| {
            let ends = |one: &&Evidence| (one.end(), one.spacing);
            stream.evidence.iter().max_by_key(ends)
        });
        let spacing = newest.map(|one| one.spacing).max().unwrap_or(Millis::ZERO);
        let blips = state::settle(&mut regions, spacing);
        let mut members: Vec<Member> = planned
            .iter()
            .map(|(region, weight)| {
                let state = regions.iter().find(|state| state.region == *region);
                Member::new(region.clone(), *weight, state, span)
            })
            .collect();
        Self {
            track: track.clone(),
            planned: [span].into_iter().collect(),
            lanes: members
                .iter()
                .map(|member| (member.name.clone(), member.timeline(span)))
                .collect(),
            level: track_level(&mut members, rules, span),
            members,
            regions,
            spacing,
            blips,
        }
    }
}

impl Survey {
    /// A persona in a region: the worst of its tracks there, or of those that count. A session that nobody could look at
    /// says nothing as long as there is a login.
    pub fn lane_of(&self, persona: &Name, region: &Name, rules: &Rules) -> Timeline<View> {
        let lanes = |session: bool| {
            self.tracks
                .iter()
                .filter(move |view| view.track.persona == *persona && view.track.session == session)
                .filter_map(|view| view.lanes.get(region))
        };
        let mut timelines: Vec<Timeline<View>> = lanes(false).cloned().collect();
        let alone = timelines.is_empty();
        timelines.extend(lanes(true).filter(|_| rules.session_counts).map(|lane| {
            if alone {
                lane.clone()
            } else {
                lane.without_unknown(self.span)
            }
        }));
        worst(self.span, &timelines.iter().collect::<Vec<_>>())
    }
}

impl TrackView {
    /// The same, silent where nothing is planned.
    fn while_planned(mut self, planned: &Planned, span: Interval) -> Self {
        let whole = Intervals::from_iter([span]);
        if whole.subtract(&planned.within).is_empty() {
            return self;
        }
        let within = flags(span, [&planned.within]);
        self.level.timeline =
            Timeline::sweep_two(span, &self.level.timeline, &within, |view, [planned]| {
                if planned { view } else { View::SILENT }
            });
        let kept = self.level.timeline.down();
        self.level
            .falls
            .retain(|fall| kept.measure_in(fall.estimate) > Millis::ZERO);
        self.planned = planned.within.within(span);
        self
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
    let nobody = unplanned(tracks, persona, span);
    let all = logins.into_iter().chain(&sessions).chain(&nobody);
    join(span, &all.collect::<Vec<_>>(), Rollup::Any)
}

/// Time in which a persona has no login planned (or, if it has none ever, no session) is unknown, as a level of its
/// own; `None` if there is no such time.
fn unplanned(tracks: &[TrackView], persona: &Name, span: Interval) -> Option<Level> {
    let own = || tracks.iter().filter(|view| view.track.persona == *persona);
    let sessions_only = own().all(|view| view.track.session);
    let speaking = own().filter(|view| sessions_only || !view.track.session);
    let planned: Intervals = speaking.flat_map(|view| view.planned.iter()).collect();
    let missing = Intervals::from_iter([span]).subtract(&planned);
    let flags = flags(span, [&missing]);
    (!missing.is_empty()).then(|| Level {
        timeline: Timeline::sweep(span, &[&flags], |now| {
            if now[0][0] {
                View::NOBODY
            } else {
                View::SILENT
            }
        }),
        falls: Vec::new(),
    })
}

impl Level {
    /// The same, with unknown time taken as up: for a level that may speak but need not.
    fn without_unknown(&self, span: Interval) -> Self {
        Self {
            timeline: self.timeline.without_unknown(span),
            falls: self.falls.clone(),
        }
    }
}

impl Timeline<View> {
    fn without_unknown(&self, span: Interval) -> Self {
        let quiet = |views: &[View]| match views[0].state {
            State::Unknown => View::SILENT,
            _ => views[0],
        };
        Self::sweep(span, &[self], quiet)
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
