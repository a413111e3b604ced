//! One stream per probe and region: all its agents merged by time, void ticks left out (semantics §4.1).

use std::collections::BTreeMap;

use super::border::ServiceSeries;
use super::held::{Court, Place};
use super::{Evidence, Said, quarantine};
use crate::contract::Rules;
use crate::name::Name;
use crate::run::{Entry, Run, Tick, TickVerdict};
use crate::schedule::Schedule;
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;

/// What a stream looks at: one probe of the service layer, as one persona.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Track {
    /// Who signs in.
    pub persona: Name,
    /// Whether it keeps its session; such a track tells of lost sessions and of nothing else.
    pub session: bool,
    /// The probe.
    pub probe: Name,
}

/// Everything that a region says about a track, by time. Made of service series only.
#[derive(Clone, Debug)]
pub struct Stream {
    /// What is looked at.
    pub track: Track,
    /// From where.
    pub region: Name,
    /// Sorted by the start of their first evidence; a quiet stretch never reaches over evidence that is not quiet.
    pub evidence: Vec<Evidence>,
}

/// A stretch in which an agent's probe said nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoidStretch {
    /// Who.
    pub agent: Name,
    /// Where.
    pub region: Name,
    /// From the end of its last evidence to the start of its next.
    pub interval: Interval,
    /// The prober's reason; `None` if there is simply no data.
    pub class: Option<Class>,
}

/// What the service layer says, decided and merged.
#[derive(Clone, Debug, Default)]
pub struct Testimony {
    /// One stream per track and region.
    pub streams: Vec<Stream>,
    /// Where each agent was silent for longer than the contract's gap.
    pub silences: Vec<VoidStretch>,
    /// Base ticks of the period that said something, per region, as each agent saw them.
    pub obtained: BTreeMap<Name, Obtained>,
}

/// How many base ticks said what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Obtained {
    /// Good at the first attempt.
    pub good: u64,
    /// Good at a retry.
    pub flicker: u64,
    /// Bad.
    pub bad: u64,
}

/// Decides what is undecided, voids what is void, and merges the agents of each region.
///
/// `period` is what ticks are counted in; the record ends at `now`, and evidence from then on is left out.
pub fn hear(
    series: &[ServiceSeries<'_>],
    rules: &Rules,
    period: Interval,
    now: Timestamp,
) -> Testimony {
    let court = Court::summon(series);
    let mut merged: BTreeMap<(&Track, &Name), Vec<Vec<Evidence>>> = BTreeMap::new();
    let mut testimony = Testimony::default();
    for one in series {
        let mut decided = one.decide(&court, rules, period);
        decided.evidence.retain(|item| item.first.start < now);
        let silences = one.silences(&decided, rules, now);
        testimony.silences.extend(silences);
        let obtained = testimony.obtained.entry(one.region.clone()).or_default();
        *obtained = obtained.plus(decided.obtained);
        let key = (&one.track, one.region);
        merged.entry(key).or_default().push(decided.evidence);
    }
    testimony.streams = merged
        .into_iter()
        .map(|((track, region), mut agents)| {
            quarantine::apply(&mut agents);
            Stream {
                track: track.clone(),
                region: region.clone(),
                evidence: merge(agents),
            }
        })
        .collect();
    testimony
}

impl Rules {
    /// The longest gap in evidence at spacing *T* that is not unknown: *G*.
    pub fn longest_gap(&self, spacing: Millis) -> Millis {
        Millis(spacing.0 * i64::from(self.gap_tenths) / 10)
    }
}

/// A void or missed tick: when, and why.
type Void = (Timestamp, Class);

/// A series, decided.
#[derive(Default)]
struct Decided {
    evidence: Vec<Evidence>,
    voids: Vec<Void>,
    obtained: Obtained,
}

impl<'r> ServiceSeries<'r> {
    pub(super) fn place(&'r self) -> Place<'r> {
        Place {
            probe: &self.track.probe,
            persona: &self.track.persona,
            region: self.region,
            agent: self.agent,
        }
    }

    fn decide(&'r self, court: &Court<'r>, rules: &Rules, period: Interval) -> Decided {
        let mut decided = Decided::default();
        for row in &self.rows {
            let spacing = row.spacing();
            match row.entry {
                Entry::Run(run) if doubtful_clock(run.clock_error, spacing) => {
                    decided.voids.push((run.first_tick, Class::ProberClock));
                }
                Entry::Run(run) => {
                    decided.obtained.good += run.ticks_in(period, row.schedule);
                    if run.widest_gap > rules.longest_gap(spacing) {
                        decided.evidence.extend(run.pieces(row.schedule));
                    } else {
                        decided.evidence.push(run.evidence(spacing));
                    }
                }
                Entry::Tick(tick) => match self.decide_tick(tick, court, spacing) {
                    Ok(said) => {
                        let counts = !tick.fast && period.contains(tick.tick);
                        decided.obtained.add(said, u64::from(counts));
                        decided.evidence.push(tick.evidence_of(said, spacing));
                    }
                    Err(class) => decided.voids.push((tick.tick, class)),
                },
            }
        }
        decided
    }

    /// What a tick says, or why it says nothing.
    fn decide_tick(
        &'r self,
        tick: &Tick,
        court: &Court<'r>,
        spacing: Millis,
    ) -> Result<Said, Class> {
        if doubtful_clock(tick.clock_error, spacing) {
            return Err(Class::ProberClock);
        }
        let other_trouble = self.track.session && tick.class != Some(Class::SessionLost);
        match tick.verdict {
            TickVerdict::Good => Ok(Said::Good),
            TickVerdict::Void | TickVerdict::Missed => {
                Err(tick.class.unwrap_or(Class::ProberRestart))
            }
            _ if other_trouble => Err(Class::ProberSession),
            TickVerdict::Bad => Ok(Said::Bad),
            TickVerdict::Flicker => Ok(self.failed_then_worked()),
            TickVerdict::Held if !court.blames_service(tick, self.place(), spacing) => {
                Err(own_class(tick.class))
            }
            TickVerdict::Held if tick.recovered => Ok(self.failed_then_worked()),
            TickVerdict::Held => Ok(Said::Bad),
        }
    }

    /// Signing in again does not undo the loss of a session; of a login, a retry that works is a flicker.
    fn failed_then_worked(&self) -> Said {
        if self.track.session {
            Said::Bad
        } else {
            Said::Flicker
        }
    }

    fn silences(&self, decided: &Decided, rules: &Rules, horizon: Timestamp) -> Vec<VoidStretch> {
        let Decided {
            evidence, voids, ..
        } = decided;
        let mut found = Vec::new();
        let mut end: Option<Timestamp> = None;
        let starts = evidence
            .iter()
            .map(|one| (one.first.start, one.end(), one.spacing));
        let last_spacing = evidence.last().map_or(Millis::ZERO, |one| one.spacing);
        for (start, next_end, spacing) in starts.chain([(horizon, horizon, last_spacing)]) {
            if let Some(from) = end.filter(|from| start - *from > rules.longest_gap(spacing)) {
                let interval = Interval::new(from, start);
                found.push(VoidStretch {
                    agent: self.agent.clone(),
                    region: self.region.clone(),
                    interval,
                    class: most_frequent(voids, interval),
                });
            }
            end = end.max(Some(next_end));
        }
        found
    }
}

impl Run {
    fn evidence(&self, spacing: Millis) -> Evidence {
        Evidence {
            said: Said::Good,
            first: self.first.widened(self.clock_error),
            last: self.last.widened(self.clock_error),
            recovery: None,
            ticks: self.ticks,
            base: self.ticks,
            slow: false,
            class: None,
            spacing,
        }
    }
}

impl Run {
    /// How many of its ticks `period` holds: a run has every planned tick between its first and its last.
    fn ticks_in(&self, period: Interval, schedule: &Schedule) -> u64 {
        let own = Interval::new(self.first_tick, self.last_tick + Millis(1));
        if period.contains(own.start) && own.end <= period.end {
            return u64::from(self.ticks);
        }
        own.intersect(period)
            .map_or(0, |common| schedule.count_within(common))
    }

    /// Its ticks one by one, for a schedule with silences longer than the contract's gap.
    ///
    /// Evidence between the first and the last tick is known to the jitter only; it is put as far after its tick as
    /// the first tick's was.
    fn pieces(&self, schedule: &Schedule) -> Vec<Evidence> {
        let offset = self.first.start - self.first_tick;
        let length = self.first.length();
        let own = Interval::new(self.first_tick, self.last_tick + Millis(1));
        let single = |tick: Timestamp| {
            let at = match tick {
                tick if tick == self.last_tick => self.last,
                tick => Interval::new(tick + offset, tick + offset + length),
            };
            let stretch = self.evidence(schedule.spacing());
            Evidence {
                first: at.widened(self.clock_error),
                last: at.widened(self.clock_error),
                ticks: 1,
                base: 1,
                ..stretch
            }
        };
        schedule.within(own).map(single).collect()
    }
}

impl Obtained {
    fn add(&mut self, said: Said, ticks: u64) {
        match said {
            Said::Good => self.good += ticks,
            Said::Flicker => self.flicker += ticks,
            Said::Bad => self.bad += ticks,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            good: self.good + other.good,
            flicker: self.flicker + other.flicker,
            bad: self.bad + other.bad,
        }
    }
}

impl Tick {
    fn evidence_of(&self, said: Said, spacing: Millis) -> Evidence {
        let first = self.evidence.widened(self.clock_error);
        let last = self.last_evidence.widened(self.clock_error);
        let worked_later = self.verdict == TickVerdict::Flicker || self.recovered;
        Evidence {
            said,
            first,
            last: if worked_later { first } else { last },
            recovery: worked_later.then_some(last),
            ticks: 1,
            base: u32::from(!self.fast),
            slow: self.slow,
            class: self.class,
            spacing,
        }
    }
}

impl Interval {
    fn widened(self, by: Millis) -> Self {
        Self::new(self.start - by, self.end + by)
    }
}

/// A clock error above T/2 makes a tick void (semantics §8).
fn doubtful_clock(error: Millis, spacing: Millis) -> bool {
    error + error > spacing
}

/// The prober's own name for a held tick that was not the service's fault.
fn own_class(class: Option<Class>) -> Class {
    match class {
        Some(Class::Dns) => Class::ProberDns,
        Some(Class::Rejected) => Class::ProberAccount,
        Some(Class::SessionLost) => Class::ProberSession,
        _ => Class::ProberBlocked,
    }
}

/// The most frequent class of the voids inside `interval`; of equals, the first in order.
fn most_frequent(voids: &[Void], interval: Interval) -> Option<Class> {
    let from = voids.partition_point(|(at, _)| *at < interval.start);
    let mut counts: BTreeMap<Class, u32> = BTreeMap::new();
    for (_, class) in voids[from..]
        .iter()
        .take_while(|(at, _)| *at < interval.end)
    {
        *counts.entry(*class).or_default() += 1;
    }
    let most = counts.values().copied().max()?;
    counts
        .into_iter()
        .find(|(_, count)| *count == most)
        .map(|(class, _)| class)
}

/// Merges agents by time and cuts quiet stretches where another agent, or a fast tick, saw anything else.
fn merge(agents: Vec<Vec<Evidence>>) -> Vec<Evidence> {
    let mut cuts: Vec<Timestamp> = agents
        .iter()
        .flatten()
        .filter(|one| !one.is_quiet())
        .map(|one| one.first.start)
        .collect();
    cuts.sort_unstable();
    let mut merged = Vec::with_capacity(agents.iter().map(Vec::len).sum());
    for one in agents.into_iter().flatten() {
        if one.ticks > 1 {
            cut(one, &cuts, &mut merged);
        } else {
            merged.push(one);
        }
    }
    merged.sort_by_key(|one| (one.first.start, one.last.end, one.said));
    merged
}

/// Cuts a quiet stretch at every one of `cuts` inside it.
fn cut(stretch: Evidence, cuts: &[Timestamp], merged: &mut Vec<Evidence>) {
    let mut rest = stretch;
    let from = cuts.partition_point(|at| *at <= rest.first.start);
    for at in &cuts[from..] {
        if *at > rest.last.start || rest.ticks < 2 {
            break;
        }
        if *at > rest.first.start {
            let (before, after) = rest.halves(*at);
            merged.push(before);
            rest = after;
        }
    }
    merged.push(rest);
}

impl Evidence {
    /// The ticks of a stretch that start before `at`, and the others; `at` lies after the first and not after the last.
    ///
    /// Where the ticks in between lie is known to the jitter only, so they are taken as evenly spaced. Records keep
    /// single ticks near trouble, so this is met only where those were lost.
    fn halves(self, at: Timestamp) -> (Self, Self) {
        let steps = i64::from(self.ticks) - 1;
        let span = (self.last.start - self.first.start).0.max(1);
        let before = ((at - self.first.start).0 * steps)
            .div_euclid(span)
            .clamp(0, steps - 1);
        let count = u32::try_from(before + 1).expect("clamped below the number of ticks");
        let mut early = self.clone();
        early.last = self.at_step(before, steps);
        early.ticks = count;
        early.base = self.base.min(count);
        let mut late = self;
        late.first = late.at_step(before + 1, steps);
        late.ticks -= count;
        late.base = late.base.saturating_sub(count);
        (early, late)
    }

    fn at_step(&self, step: i64, steps: i64) -> Interval {
        if step == 0 {
            return self.first;
        }
        if step == steps {
            return self.last;
        }
        let start = (self.last.start - self.first.start).0 * step / steps;
        let length = self.first.length().max(self.last.length());
        Interval::new(
            self.first.start + Millis(start),
            self.first.start + Millis(start) + length,
        )
    }
}
