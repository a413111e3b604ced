//! One region in an outage: g, f, l and h with their rows, and the ticks that met the rules.

use serde::Serialize;

use crate::contract::Rules;
use crate::evidence::{Evidence, Look, Rows, Said, Stream};
use crate::name::Name;
use crate::rollup::{Member, TrackView};
use crate::state::{Bracket, Opening, RegionState, Spell, second};
use crate::time::{Interval, Timestamp};

/// A region of a track, around an outage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RegionAccount {
    /// The region.
    pub region: Name,
    /// Its weight in the quorum.
    pub weight: u32,
    /// Its own stretches of down that touch the outage.
    pub spells: Vec<SpellAccount>,
    /// Where nobody looked.
    pub unknown: Vec<Interval>,
}

/// A stretch of down of one region.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SpellAccount {
    /// *g*: the last good evidence before; `None` if unknown time or nothing lies before.
    pub good_before: Option<Look>,
    /// *f*: the first bad evidence.
    pub first_bad: Look,
    /// *l*: the last bad evidence.
    pub last_bad: Look,
    /// *h*: the first good evidence after; `None` if unknown time or nothing lies after.
    pub good_after: Option<Look>,
    /// What that says of the start.
    pub start: Bracket,
    /// The best estimate of the start, before any fusing.
    pub start_estimate: Timestamp,
    /// What that says of the end.
    pub end: Bracket,
    /// The best estimate of the end, before any fusing.
    pub end_estimate: Timestamp,
    /// The rule that opened it.
    pub opening: Opening,
    /// The ticks that met it, oldest first.
    pub opened_by: Vec<Look>,
    /// What another region saw, if that made a lone bad tick count.
    pub second: Option<Second>,
    /// When the rule was met.
    pub confirmed: Timestamp,
    /// The good ticks in a row that closed it; empty if it was cut off.
    pub closed_by: Vec<Look>,
    /// Bad ticks from *f* to *l*, both included.
    pub bad: u32,
    /// Ticks in it that were bad at first and good at a retry.
    pub flicker: u32,
    /// Still open at the end of the record.
    pub open: bool,
}

/// Bad evidence of another region.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Second {
    /// Which region.
    pub region: Name,
    /// What it saw.
    pub look: Look,
}

/// A member of the quorum and what its stream says in `outer`.
pub(super) fn region(
    rows: &Rows<'_>,
    view: &TrackView,
    (member, stream): (&Member, Option<&Stream>),
    (rules, outer): (&Rules, Interval),
) -> RegionAccount {
    let state = view.regions.iter().find(|one| one.region == member.name);
    let telling = state.zip(stream).map(|(state, stream)| Telling {
        rows,
        view,
        state,
        stream,
        rules,
    });
    let spells = telling.iter().flat_map(|telling| {
        let touching = telling.state.down.iter().filter(|spell| {
            spell.start().earliest <= outer.end && spell.end().latest >= outer.start
        });
        touching.map(|spell| telling.spell(spell))
    });
    RegionAccount {
        region: member.name.clone(),
        weight: member.weight,
        spells: spells.collect(),
        unknown: member.unknown.within(outer).iter().collect(),
    }
}

/// What is needed to tell the spells of one region.
struct Telling<'a> {
    rows: &'a Rows<'a>,
    view: &'a TrackView,
    state: &'a RegionState,
    stream: &'a Stream,
    rules: &'a Rules,
}

impl Telling<'_> {
    fn spell(&self, spell: &Spell) -> SpellAccount {
        let trail = spell.trail;
        let inside = &self.stream.evidence[trail.first..=trail.last];
        let count = |said: Said| inside.iter().filter(|one| one.said == said).count();
        let count = |said: Said| u32::try_from(count(said)).unwrap_or(u32::MAX);
        SpellAccount {
            good_before: spell.good_before.map(|at| self.look(at)),
            first_bad: self.look(spell.first_bad),
            last_bad: self.look(spell.last_bad),
            good_after: spell.good_after.map(|at| self.look(at)),
            start: spell.start(),
            start_estimate: spell.start().estimate(),
            end: spell.end(),
            end_estimate: spell.end().estimate(),
            opening: trail.opening,
            opened_by: self.opened_by(spell),
            second: self.second(spell),
            confirmed: spell.confirmed,
            closed_by: self.closed_by(spell),
            bad: count(Said::Bad),
            flicker: count(Said::Flicker),
            open: spell.open,
        }
    }

    fn look(&self, evidence: Interval) -> Look {
        self.rows
            .find(&self.stream.track, &self.stream.region, evidence)
    }

    /// The failing ticks from the first to the one that met the rule; of a share only base ticks count.
    fn opened_by(&self, spell: &Spell) -> Vec<Look> {
        let trail = spell.trail;
        let by_share = matches!(trail.opening, Opening::Window { .. });
        let counts = |one: &&Evidence| match by_share {
            true => one.is_failing() && one.base > 0,
            false => one.said == Said::Bad,
        };
        let ticks = self.stream.evidence[trail.first..=trail.met].iter();
        ticks
            .filter(counts)
            .map(|one| self.look(one.first))
            .collect()
    }

    /// The first `n_up` good ticks of the run that closed it.
    fn closed_by(&self, spell: &Spell) -> Vec<Look> {
        let Some(from) = spell.trail.closed_by else {
            return Vec::new();
        };
        let mut ticks = 0;
        let mut looks = Vec::new();
        for one in &self.stream.evidence[from..] {
            if ticks >= self.rules.n_up {
                break;
            }
            ticks = one.ticks.saturating_add(ticks);
            looks.push(self.look(one.first_good().unwrap_or(one.first)));
        }
        looks
    }

    fn second(&self, spell: &Spell) -> Option<Second> {
        if spell.trail.opening != Opening::Seconded {
            return None;
        }
        let (region, at) = second(
            &self.view.regions,
            &self.state.region,
            spell,
            self.view.spacing,
        )?;
        Some(Second {
            region: region.clone(),
            look: self.rows.find(&self.stream.track, region, at),
        })
    }
}
