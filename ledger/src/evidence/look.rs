//! From evidence back to the rows it was made of, and what was made of the others: for those who check a judgement.

use serde::Serialize;

use super::border::ServiceSeries;
use super::held::{Court, Grounds, REACH};
use super::{Quarantined, Said, Testimony, Track};
use crate::name::Name;
use crate::run::{Entry, TickVerdict, doubtful_clock};
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;

/// One piece of evidence, and where it stands in the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Look {
    /// The evidence as the engine took it: widened by the clock error.
    pub evidence: Interval,
    /// Who looked; `None` if no row of the record has this evidence.
    pub agent: Option<Name>,
    /// The tick; `None` inside a quiet run, whose single ticks the record no longer holds.
    pub tick: Option<Timestamp>,
    /// The row, as it was recorded.
    pub row: Option<Entry>,
}

/// Ticks of one agent, one after the other, that say nothing for the same reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Voided {
    /// The agent.
    pub agent: Name,
    /// Its region.
    pub region: Name,
    /// Why.
    pub reason: VoidReason,
    /// How many.
    pub ticks: u32,
    /// The first of these ticks.
    pub first: Timestamp,
    /// The last of them.
    pub last: Timestamp,
}

/// Why a tick says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum VoidReason {
    /// The prober's own trouble, of this class.
    Prober(Class),
    /// Its agent failed while another in the region passed (semantics §4.7).
    Quarantine,
}

/// A tick that other accounts and regions had to decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct HeldTick {
    /// Its region.
    pub region: Name,
    /// The tick.
    pub look: Look,
    /// What it was found to be: bad, or a flicker; `None` if void.
    pub said: Option<Said>,
    /// Why it is the service's fault; `None` if it is not.
    pub grounds: Option<Grounds>,
    /// The time in which others were asked: *H* to both sides.
    pub asked: Interval,
}

/// The rows of the service layer, with those who decide held ticks.
#[derive(Debug)]
pub struct Rows<'r> {
    series: &'r [ServiceSeries<'r>],
    court: Court<'r>,
}

impl<'r> Rows<'r> {
    /// All rows that were heard.
    pub fn of(series: &'r [ServiceSeries<'r>]) -> Self {
        Self {
            series,
            court: Court::summon(series),
        }
    }

    fn on(&self, track: &Track) -> impl Iterator<Item = &'r ServiceSeries<'r>> {
        self.series.iter().filter(move |one| one.track == *track)
    }

    /// The row that a piece of evidence of a track and region was made of.
    pub fn find(&self, track: &Track, region: &Name, evidence: Interval) -> Look {
        let own = || self.on(track).filter(|one| one.region == region);
        let rows = || own().flat_map(|one| one.rows.iter().map(|row| (one.agent, row.entry)));
        let exact = rows().find_map(|(agent, entry)| {
            let tick = entry.tick_of(evidence)?;
            Some((agent, Some(tick), entry))
        });
        let inside = || {
            let mut around = rows().filter(|(_, entry)| matches!(entry, Entry::Run(_)));
            let found = around.find(|(_, entry)| entry.span().contains(evidence.start));
            found.map(|(agent, entry)| (agent, None, entry))
        };
        match exact.or_else(inside) {
            Some((agent, tick, entry)) => Look {
                evidence,
                agent: Some(agent.clone()),
                tick,
                row: Some(entry.clone()),
            },
            None => Look {
                evidence,
                agent: None,
                tick: None,
                row: None,
            },
        }
    }

    /// The ticks of a track inside `window` that say nothing, agent by agent.
    pub fn voids(&self, track: &Track, testimony: &Testimony, window: Interval) -> Vec<Voided> {
        let mut voids: Vec<Voided> = Vec::new();
        for one in self.on(track) {
            let of_agent = |quarantined: &&Quarantined| {
                quarantined.track == *track && quarantined.agent == *one.agent
            };
            let doubted = testimony.quarantined.iter().find(of_agent);
            let mut running = false;
            for row in one.rows.iter().filter(|row| row.entry.touches(window)) {
                let spacing = row.spacing();
                let quarantined =
                    doubted.is_some_and(|doubted| doubted.spans.contains(row.entry.first_start()));
                let reason = match (row.entry, quarantined) {
                    (_, true) => Some(VoidReason::Quarantine),
                    (Entry::Run(run), _) => doubtful_clock(run.clock_error, spacing)
                        .then_some(VoidReason::Prober(Class::ProberClock)),
                    (Entry::Tick(tick), _) => one
                        .decide_tick(tick, &self.court, spacing)
                        .err()
                        .map(VoidReason::Prober),
                };
                let Some(reason) = reason else {
                    running = false;
                    continue;
                };
                let (first, last, ticks) = row.entry.ticks();
                match voids
                    .last_mut()
                    .filter(|void| running && void.reason == reason)
                {
                    Some(void) => (void.last, void.ticks) = (last, void.ticks + ticks),
                    None => voids.push(Voided {
                        agent: one.agent.clone(),
                        region: one.region.clone(),
                        reason,
                        ticks,
                        first,
                        last,
                    }),
                }
                running = true;
            }
        }
        voids
    }

    /// The held ticks of a track inside `window`, agent by agent.
    pub fn held(&self, track: &Track, window: Interval) -> Vec<HeldTick> {
        let mut held = Vec::new();
        for one in self.on(track) {
            for row in one.rows.iter().filter(|row| row.entry.touches(window)) {
                let Entry::Tick(tick) = row.entry else {
                    continue;
                };
                if tick.verdict != TickVerdict::Held {
                    continue;
                }
                let spacing = row.spacing();
                let said = one.decide_tick(tick, &self.court, spacing).ok();
                let grounds = self.court.grounds(tick, one.place(), spacing);
                let reach = REACH.max(spacing + spacing);
                let at = tick.evidence.start;
                held.push(HeldTick {
                    region: one.region.clone(),
                    look: Look {
                        evidence: tick.evidence.widened(tick.clock_error),
                        agent: Some(one.agent.clone()),
                        tick: Some(tick.tick),
                        row: Some(row.entry.clone()),
                    },
                    said,
                    grounds: grounds.filter(|_| said.is_some()),
                    asked: Interval::new(at - reach, at + reach + Millis(1)),
                });
            }
        }
        held
    }
}

impl Entry {
    /// The tick that this evidence is of, if it is its first or last.
    fn tick_of(&self, evidence: Interval) -> Option<Timestamp> {
        let (first, last, error) = match self {
            Self::Run(run) => (run.first, run.last, run.clock_error),
            Self::Tick(tick) => (tick.evidence, tick.last_evidence, tick.clock_error),
        };
        let (first_tick, last_tick, _) = self.ticks();
        if last.widened(error) == evidence {
            Some(last_tick)
        } else {
            (first.widened(error) == evidence).then_some(first_tick)
        }
    }

    /// Its first tick, its last, and how many it has.
    fn ticks(&self) -> (Timestamp, Timestamp, u32) {
        match self {
            Self::Run(run) => (run.first_tick, run.last_tick, run.ticks),
            Self::Tick(tick) => (tick.tick, tick.tick, 1),
        }
    }

    /// Where its widened evidence begins.
    fn first_start(&self) -> Timestamp {
        match self {
            Self::Run(run) => run.first.widened(run.clock_error).start,
            Self::Tick(tick) => tick.evidence.widened(tick.clock_error).start,
        }
    }

    /// Whether it looked inside `window`.
    fn touches(&self, window: Interval) -> bool {
        self.span().start < window.end && self.span().end >= window.start
    }
}
