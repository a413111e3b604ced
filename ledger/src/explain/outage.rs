//! One outage, from the service down to the regions: who was down when, and how the edges were combined.

use serde::Serialize;

use super::account::Part;
use super::spell::{RegionAccount, region};
use crate::contract::EdgeMode;
use crate::evidence::{HeldTick, Rows, Stream, Track, Voided};
use crate::name::Name;
use crate::outage::{Extent, Outage, extents};
use crate::rollup::{Fall, Joint, Level, Survey, TrackView, View, Weights, arithmetic};
use crate::state::Lone;
use crate::tally::{Blip, Judged};
use crate::time::{Interval, Intervals, Millis, Timestamp};

/// Blips nearer than this are told with an outage.
const NEAR: Millis = Millis::from_mins(15);

/// How an outage came about.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutageAccount {
    /// The outage, as the assessment lists it.
    pub outage: Outage,
    /// The service.
    pub service: LevelAccount,
    /// All personas, also those that were not down.
    pub personas: Vec<LevelAccount>,
    /// The tracks that were down.
    pub tracks: Vec<TrackAccount>,
    /// The part of it that counts, after exclusions, the count mode and the least length.
    pub counted: Vec<Part>,
    /// What the weights of these parts are a share of.
    pub whole: i64,
    /// Lone bad ticks no further than 15 minutes from it.
    pub blips: Vec<Blip>,
}

/// A persona, a track or the service around an outage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LevelAccount {
    /// The persona or probe; `None` for the service.
    pub name: Option<Name>,
    /// Its stretches of down in the outage.
    pub falls: Vec<FallAccount>,
    /// Where it was certainly down.
    pub surely: Vec<Interval>,
    /// Where it was down by the best estimate.
    pub down: Vec<Interval>,
    /// Where it was known and may have been down.
    pub maybe: Vec<Interval>,
    /// Where it was unknown.
    pub unknown: Vec<Interval>,
}

/// A stretch of down of one level.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FallAccount {
    /// Its edges and length.
    #[serde(flatten)]
    pub extent: Extent,
    /// How the edges of several regions were combined.
    pub edges: EdgeMode,
    /// The edges that all witnesses share, if they were fused.
    pub joint: Option<Joint>,
    /// When the quorum was confirmed.
    pub confirmed: Timestamp,
    /// Still open at the end of the record.
    pub open: bool,
}

/// A track that was down, in all its regions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrackAccount {
    /// What is looked at.
    pub track: Track,
    /// The regions rolled up.
    pub level: LevelAccount,
    /// Each region.
    pub regions: Vec<RegionAccount>,
    /// The weights of the regions at each change, and what the quorum made of them.
    pub steps: Vec<Step>,
    /// Ticks in the outage, and no further from it than the longest gap in evidence, that said nothing.
    pub voids: Vec<Voided>,
    /// Ticks there that others had to decide.
    pub held: Vec<HeldTick>,
}

/// Time without a change in any region, and the quorum in it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Step {
    /// Where it lies.
    #[serde(flatten)]
    pub interval: Interval,
    /// The weights.
    pub weights: Weights,
    /// What the quorum made of them.
    pub result: View,
}

impl OutageAccount {
    pub(super) fn new(judged: &Judged<'_, '_>, rows: &Rows<'_>, outage: &Outage) -> Self {
        let survey = &judged.survey;
        let outer = outage.outer();
        let level =
            |name: Option<&Name>, level: &Level| LevelAccount::new(survey, name, level, outer);
        let involved = survey
            .tracks
            .iter()
            .filter(|view| view.level.falls_in(outage.estimate()).next().is_some());
        Self {
            outage: outage.clone(),
            service: level(None, &survey.service),
            personas: survey
                .personas
                .iter()
                .map(|(name, own)| level(Some(name), own))
                .collect(),
            tracks: involved
                .map(|view| TrackAccount::new(judged, rows, view, outer))
                .collect(),
            counted: Part::all(judged, std::slice::from_ref(outage), outer)
                .into_iter()
                .map(|part| part.inside(outage.estimate()))
                .collect(),
            whole: judged.counted.whole(),
            blips: blips(survey, Interval::new(outer.start - NEAR, outer.end + NEAR)),
        }
    }
}

impl Part {
    /// Of the lower bound and the estimate only what lies in the best estimate of the outage, as the engine counts it.
    fn inside(mut self, estimate: Interval) -> Self {
        for pieces in [&mut self.lower, &mut self.estimate] {
            pieces.retain_mut(|piece| {
                let common = piece.interval.intersect(estimate);
                piece.interval = common.unwrap_or(piece.interval);
                common.is_some()
            });
        }
        self
    }
}

impl LevelAccount {
    fn new(survey: &Survey, name: Option<&Name>, level: &Level, outer: Interval) -> Self {
        let inside = |set: Intervals| set.within(outer).iter().collect();
        let fall = |(fall, extent): (&Fall, Extent)| FallAccount {
            extent,
            edges: fall.edges,
            joint: fall.joint,
            confirmed: fall.confirmed,
            open: fall.open,
        };
        let all = extents(level, survey.span);
        let own = all
            .into_iter()
            .filter(|(fall, _)| fall.estimate.intersect(outer).is_some());
        let timeline = &level.timeline;
        Self {
            name: name.cloned(),
            falls: own.map(fall).collect(),
            surely: inside(timeline.surely()),
            down: inside(timeline.down()),
            maybe: inside(timeline.maybe()),
            unknown: inside(timeline.when(|view| view.state == crate::state::State::Unknown)),
        }
    }
}

impl TrackAccount {
    fn new(judged: &Judged<'_, '_>, rows: &Rows<'_>, view: &TrackView, outer: Interval) -> Self {
        let survey = &judged.survey;
        let rules = &judged.contract.rules;
        let streams: Vec<&Stream> = judged
            .testimony
            .streams
            .iter()
            .filter(|stream| stream.track == view.track)
            .collect();
        let regions = view.members.iter().map(|member| {
            let stream = streams.iter().find(|one| one.region == member.name);
            region(rows, view, (member, stream.copied()), (rules, outer))
        });
        let around = Interval::new(outer.start - Millis(1), outer.end + Millis(1));
        // A cut is explained by what comes after it.
        let gap = rules.longest_gap(view.spacing);
        let near = Interval::new(outer.start - gap, outer.end + gap);
        let steps = arithmetic(&view.members, rules, survey.span).into_iter();
        Self {
            track: view.track.clone(),
            level: LevelAccount::new(survey, Some(&view.track.probe), &view.level, outer),
            regions: regions.collect(),
            steps: steps
                .filter_map(|(interval, weights, result)| {
                    Some(Step {
                        interval: interval.intersect(around)?,
                        weights,
                        result,
                    })
                })
                .collect(),
            voids: rows.voids(&view.track, &judged.testimony, near),
            held: rows.held(&view.track, near),
        }
    }
}

impl TrackAccount {
    /// From the tick of the first look told of its regions to that of the last; `None` if no look has a row.
    pub fn ticks(&self) -> Option<Interval> {
        let spells = self.regions.iter().flat_map(|region| &region.spells);
        let looks = spells.flat_map(|spell| {
            let edges = [&spell.first_bad, &spell.last_bad].into_iter();
            let around = spell.good_before.iter().chain(&spell.good_after);
            edges.chain(around).chain(&spell.closed_by)
        });
        let ticks: Vec<Timestamp> = looks.filter_map(|look| look.tick).collect();
        let (first, last) = (ticks.iter().min()?, ticks.iter().max()?);
        Some(Interval::new(*first, *last + Millis(1)))
    }
}

fn blips(survey: &Survey, window: Interval) -> Vec<Blip> {
    let of_track = |view: &TrackView, lone: &Lone| Blip {
        persona: view.track.persona.clone(),
        region: lone.region.clone(),
        probe: view.track.probe.clone(),
        evidence: lone.evidence,
        class: lone.class,
    };
    let near = |lone: &&Lone| window.contains(lone.evidence.start);
    let mut blips: Vec<Blip> = survey
        .tracks
        .iter()
        .flat_map(|view| {
            view.blips
                .iter()
                .filter(near)
                .map(move |lone| of_track(view, lone))
        })
        .collect();
    blips.sort_by(|a, b| (a.evidence, &a.probe, &a.region).cmp(&(b.evidence, &b.probe, &b.region)));
    blips
}
