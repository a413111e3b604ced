//! The state of one region for one track: spells of down with their evidence, and what else there was.

use super::bracket::{Spell, Trail};
use super::machine::{self, Findings, Found};
use crate::contract::Rules;
use crate::evidence::{Evidence, Said, Stream, Track};
use crate::name::Name;
use crate::time::{Interval, Intervals, Timestamp};
use crate::verdict::Class;

/// A region over time, as its own ticks tell it.
#[derive(Clone, Debug)]
pub struct RegionState {
    /// What is looked at.
    pub track: Track,
    /// From where.
    pub region: Name,
    /// Where it was down, by time, not overlapping in their evidence.
    pub down: Vec<Spell>,
    /// Where it was slow, or failed too often to be up but not often enough to be down. Best estimates.
    pub degraded: Intervals,
    /// Where nobody looked.
    pub unknown: Intervals,
    /// Bad ticks too few in a row to open anything, by time.
    pub lone: Vec<(Spell, Class)>,
    /// Bad ticks and flickers, by time.
    pub failures: Vec<Failure>,
}

/// A tick that failed, at least at first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Its evidence.
    pub evidence: Interval,
    /// What was seen.
    pub class: Class,
    /// Bad, not only a flicker.
    pub bad: bool,
}

/// Finds the states of a stream over `period`: `period.end` is where the record ends.
pub fn observe(stream: &Stream, rules: &Rules, period: Interval) -> RegionState {
    let mut state = RegionState {
        track: stream.track.clone(),
        region: stream.region.clone(),
        down: Vec::new(),
        degraded: Intervals::default(),
        unknown: Intervals::default(),
        lone: Vec::new(),
        failures: failures(&stream.evidence),
    };
    let mut unknown = Vec::new();
    let mut degraded = Vec::new();
    let mut seen_until = period.start;
    let mut rest = &stream.evidence[..];
    while !rest.is_empty() {
        let offset = stream.evidence.len() - rest.len();
        let (stretch, after, end) = until_gap(rest, rules);
        unknown.push(Interval::new(seen_until, stretch[0].first.start));
        rest = after;
        seen_until = end;
        let last_spacing = stretch[stretch.len() - 1].spacing;
        let reaches_end = rest.is_empty() && period.end - end <= rules.longest_gap(last_spacing);
        let cut = if reaches_end { period.end } else { end };
        seen_until = seen_until.max(cut);
        let findings = machine::run(rules, stretch);
        let span = Cut {
            good_before: last_goods(stretch),
            evidence: stretch,
            offset,
            at: cut,
            open: reaches_end,
        };
        degraded.extend(span.intervals(&findings));
        state.lone.extend(findings.lone.iter().map(|found| {
            let class = stretch[found.first].class.unwrap_or(Class::Protocol);
            (span.spell(found), class)
        }));
        let spells = findings.down.iter().map(|found| span.spell(found));
        append(&mut state.down, spells, rules);
    }
    unknown.push(Interval::new(seen_until, period.end));
    state.unknown = unknown.into_iter().collect();
    state.degraded = degraded.into_iter().collect();
    if rules.bridge_unknown {
        let bridged = state.down.iter().map(Spell::estimate).collect();
        state.unknown = state.unknown.subtract(&bridged);
    }
    state
}

/// Evidence without a gap longer than *G* from the front of `evidence`, the rest, and where the former ends.
fn until_gap<'a>(
    evidence: &'a [Evidence],
    rules: &Rules,
) -> (&'a [Evidence], &'a [Evidence], Timestamp) {
    let mut end = evidence[0].end();
    for (index, one) in evidence.iter().enumerate().skip(1) {
        if one.first.start - end > rules.longest_gap(one.spacing) {
            return (&evidence[..index], &evidence[index..], end);
        }
        end = end.max(one.end());
    }
    (evidence, &[], end)
}

/// Appends spells; those that share evidence, or touch unknown time that is to be bridged, become one.
fn append(down: &mut Vec<Spell>, spells: impl Iterator<Item = Spell>, rules: &Rules) {
    for spell in spells {
        match down.last_mut() {
            Some(last)
                if last.touches(&spell) || rules.bridge_unknown && last.cut_before(&spell) =>
            {
                last.last_bad = spell.last_bad;
                last.good_after = spell.good_after;
                last.trail = Trail {
                    last: spell.trail.last,
                    closed_by: spell.trail.closed_by,
                    ..last.trail
                };
                (last.cut, last.open) = (spell.cut, spell.open);
            }
            _ => down.push(spell),
        }
    }
}

impl Spell {
    fn touches(&self, next: &Self) -> bool {
        self.good_after
            .is_some_and(|good| good.start >= next.first_bad.start)
    }

    fn cut_before(&self, next: &Self) -> bool {
        self.good_after.is_none() && next.good_before.is_none()
    }
}

/// Evidence without a gap, and where what is still open at its end is cut.
struct Cut<'a> {
    evidence: &'a [Evidence],
    /// How much evidence of the stream lies before.
    offset: usize,
    /// For each tick, the good evidence that starts last before it.
    good_before: Vec<Option<Interval>>,
    at: Timestamp,
    open: bool,
}

impl Cut<'_> {
    fn spell(&self, found: &Found) -> Spell {
        let (first, last) = (&self.evidence[found.first], &self.evidence[found.last]);
        let good_after = last.recovery.or_else(|| {
            let closing = &self.evidence[found.closed_by?];
            closing.first_good()
        });
        Spell {
            good_before: self.good_before[found.first],
            first_bad: first.first,
            last_bad: last.last,
            good_after: good_after.filter(|_| found.closed_by.is_some()),
            cut: self.at,
            confirmed: self.evidence[found.confirmed].end(),
            open: self.open && found.closed_by.is_none(),
            trail: Trail {
                opening: found.opening,
                first: self.offset + found.first,
                met: self.offset + found.confirmed,
                last: self.offset + found.last,
                closed_by: found.closed_by.map(|index| self.offset + index),
            },
        }
    }

    /// Degraded time: by share and by slowness.
    fn intervals(&self, findings: &Findings) -> Vec<Interval> {
        let all = findings.degraded.iter().chain(&findings.slow);
        all.map(|found| self.spell(found).estimate()).collect()
    }
}

fn last_goods(evidence: &[Evidence]) -> Vec<Option<Interval>> {
    let running = evidence
        .iter()
        .scan(None, |latest: &mut Option<Interval>, one| {
            let before = *latest;
            *latest = before.max(one.last_good());
            Some(before)
        });
    running.collect()
}

fn failures(evidence: &[Evidence]) -> Vec<Failure> {
    let failing = evidence.iter().filter(|one| one.is_failing());
    let failures = failing.map(|one| Failure {
        evidence: one.first,
        class: one.class.unwrap_or(Class::Protocol),
        bad: one.said == Said::Bad,
    });
    failures.collect()
}
