//! One agent's series, decided tick by tick (semantics §3).

use std::collections::BTreeMap;

use super::border::ServiceSeries;
use super::held::{Court, Place};
use super::stream::{Obtained, VoidStretch};
use super::{Evidence, Said};
use crate::contract::Rules;
use crate::run::{Entry, Run, Tick, TickVerdict, doubtful_clock};
use crate::schedule::Schedule;
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;

/// A void or missed tick: when, and why.
pub(super) type Void = (Timestamp, Class);

/// A series, decided.
#[derive(Default)]
pub(super) struct Decided {
    pub(super) evidence: Vec<Evidence>,
    pub(super) voids: Vec<Void>,
    pub(super) obtained: Obtained,
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

    pub(super) fn decide(&'r self, court: &Court<'r>, rules: &Rules, period: Interval) -> Decided {
        let mut decided = Decided::default();
        for row in &self.rows {
            let spacing = row.spacing();
            match row.entry {
                Entry::Run(run) => {
                    decided.obtained.good += run.ticks_in(period, row.schedule);
                    if run.widest_gap > rules.longest_gap(spacing) || !run.is_even(spacing) {
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
    pub(super) fn decide_tick(
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

    pub(super) fn silences(
        &self,
        decided: &Decided,
        rules: &Rules,
        horizon: Timestamp,
    ) -> Vec<VoidStretch> {
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
                    persona: self.track.persona.clone(),
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
            first: self.first.widened(self.first_error),
            last: self.last.widened(self.last_error),
            recovery: None,
            first_tick: self.first_tick,
            last_tick: self.last_tick,
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

    /// Whether its ticks lie evenly, `spacing` apart.
    fn is_even(&self, spacing: Millis) -> bool {
        self.last_tick - self.first_tick == Millis(spacing.0 * i64::from(self.ticks - 1))
    }

    /// Its ticks one by one, for a schedule that is not even, or with silences longer than the contract's gap.
    ///
    /// They are as many as it says, wherever a damaged record puts its ends: to walk there could take for ever.
    fn pieces(&self, schedule: &Schedule) -> Vec<Evidence> {
        let own = Interval::new(self.first_tick, self.last_tick + Millis(1));
        let single = |tick: Timestamp| {
            let (at, error) = self.evidence_at(tick);
            Evidence {
                first: at.widened(error),
                last: at.widened(error),
                first_tick: tick,
                last_tick: tick,
                ticks: 1,
                base: 1,
                ..self.evidence(schedule.spacing())
            }
        };
        let ticks = usize::try_from(self.ticks).unwrap_or(usize::MAX);
        schedule.within(own).take(ticks).map(single).collect()
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

    pub(super) fn plus(self, other: Self) -> Self {
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
            first_tick: self.tick,
            last_tick: self.tick,
            ticks: 1,
            base: u32::from(!self.fast),
            slow: self.slow,
            class: self.class,
            spacing,
        }
    }
}

impl Interval {
    pub(super) fn widened(self, by: Millis) -> Self {
        Self::new(self.start - by, self.end + by)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_has_no_more_pieces_than_ticks_wherever_it_ends() {
        let minutes = Schedule::parse("0 * * * * *").expect("a schedule");
        let tick = |minute: i64| Timestamp(1_544_800_000_000 / 60_000 * 60_000 + minute * 60_000);
        let at = |tick: Timestamp| Interval::new(tick, tick + Millis(200));
        let run = |last: Timestamp| Run {
            plan: 1,
            first_tick: tick(0),
            last_tick: last,
            ticks: 4,
            first: at(tick(0)),
            last: at(last),
            widest_gap: Millis::from_mins(1),
            clock_error: Millis(10),
            first_error: Millis(10),
            last_error: Millis(10),
        };
        let told = |last| {
            let pieces = run(last).pieces(&minutes);
            pieces.iter().map(|one| one.first_tick).collect::<Vec<_>>()
        };
        let four: Vec<Timestamp> = (0..4).map(tick).collect();
        assert_eq!(told(tick(3)), four);
        // Some thousand years later: a flipped bit in a row.
        assert_eq!(told(tick(1 << 29)), four);
    }
}
