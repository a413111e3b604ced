//! The record made anew of every attempt: runs, ticks and login times that rest on no table.
//!
//! Nothing of it is written anywhere. What is kept of a batch beside its bytes is what its attempts come to.

mod logins;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread::ScopedJoinHandle;

use super::singles::{Source, take_out};
use super::view::touches;
use crate::attempt::Attempt;
use crate::bundle::Restored;
use crate::histogram::{Open, Pace};
use crate::name::Name;
use crate::plan::Plan;
use crate::record::{Agent, Record};
use crate::run::{Fold, Grids, Series};
use crate::store::error::Fault;
use crate::store::planned::Planned;
use crate::store::{Place, StoreError};
use crate::time::{Interval, Intervals, Timestamp};
use crate::wire::{Batch, Sealed};
use logins::Logins;

/// What is wanted of a record that is made anew.
#[derive(Clone, Debug)]
pub struct Extract {
    /// Every entry of runs and ticks that touches it.
    pub around: Interval,
    /// Login times of the UTC hours that begin in it.
    pub period: Interval,
    /// Through these probes.
    pub probes: BTreeSet<Name>,
}

/// A record made anew of its attempts.
#[derive(Debug)]
pub struct Anew {
    /// What the engine reads.
    pub record: Record,
    /// How long logins took.
    pub logins: LoginTimes,
    /// From the first tick of any attempt to just after the last; `None` if there is none.
    pub extent: Option<Interval>,
}

/// Login times by probe, of each agent.
#[derive(Debug)]
pub struct LoginTimes(BTreeMap<Name, Vec<Logins>>);

impl Anew {
    /// The record of several agents, each made on a thread of its own.
    ///
    /// # Errors
    /// [`StoreError`] if a batch cannot be unpacked; whoever has checked a bundle never meets that.
    pub fn of(
        plans: BTreeMap<u32, Plan>,
        agents: Vec<Restored>,
        wanted: &Extract,
    ) -> Result<Self, StoreError> {
        let planned = Planned::new(plans);
        let mut looked = Vec::new();
        let at_once = std::thread::available_parallelism().map_or(1, NonZero::get);
        let mut agents = agents.into_iter().peekable();
        while agents.peek().is_some() {
            // A few more than processors, as agents are not equally large; not all of a hub's.
            let some = agents.by_ref().take(4 * at_once).collect();
            looked.extend(together(some, &planned, wanted)?);
        }
        let mut read = Vec::new();
        let mut logins: BTreeMap<Name, Vec<Logins>> = BTreeMap::new();
        for (at, one) in looked.iter_mut().enumerate() {
            let series = std::mem::take(&mut one.series).into_iter();
            read.extend(series.map(|series| (at, series)));
            for (probe, own) in std::mem::take(&mut one.logins) {
                logins.entry(probe).or_default().push(own);
            }
        }
        let batches = looked.iter().flat_map(|one| &one.batches);
        let extent = batches
            .map(|(ticks, _)| *ticks)
            .reduce(|one, other| Interval::new(one.start.min(other.start), one.end.max(other.end)));
        let interpolated = take_out(&looked, &mut read, &Intervals::default())?;
        let mut agents: Vec<Agent> = looked.into_iter().map(|one| one.agent).collect();
        agents.sort();
        let mut series: Vec<Series> = read.into_iter().map(|(_, series)| series).collect();
        series.sort_by(|a, b| (&a.agent, &a.probe).cmp(&(&b.agent, &b.probe)));
        let record = Record {
            agents,
            plans: planned.plans().clone(),
            series,
            interpolated,
        };
        Ok(Self {
            record,
            logins: LoginTimes(logins),
            extent,
        })
    }
}

impl LoginTimes {
    /// Login times through `probes`, of all agents together: what succeeded and what was experienced by UTC hour, phases over
    /// the whole period.
    pub fn through(&self, probes: &BTreeSet<Name>) -> Open {
        let mut open = Open::new();
        for probe in probes {
            for own in self.0.get(probe).into_iter().flatten() {
                own.add_to(&mut open, probe);
            }
        }
        open
    }
}

/// What some agents saw, each on a thread of its own.
fn together<'p>(
    agents: Vec<Restored>,
    planned: &'p Planned,
    wanted: &Extract,
) -> Result<Vec<Looked<'p>>, StoreError> {
    std::thread::scope(|scope| {
        let agents = agents.into_iter();
        let look =
            |one| move || Looked::of(one, planned, wanted).map_err(|fault| fault.at(place()));
        let looked: Vec<_> = agents.map(|one| scope.spawn(look(one))).collect();
        let looked = looked.into_iter().map(ScopedJoinHandle::join);
        let looked = looked.map(|one| one.unwrap_or_else(|panic| resume_unwind(panic)));
        looked.collect()
    })
}

/// What one agent saw.
struct Looked<'p> {
    agent: Agent,
    planned: &'p Planned,
    series: Vec<Series>,
    logins: BTreeMap<Name, Logins>,
    /// From the oldest tick of each batch to just after its newest.
    batches: Vec<(Interval, Sealed)>,
}

impl<'p> Looked<'p> {
    fn of(restored: Restored, planned: &'p Planned, wanted: &Extract) -> Result<Self, Fault> {
        let Restored {
            agent,
            batches,
            tail,
        } = restored;
        let mut all: BTreeMap<Name, OneSeries<'p>> = BTreeMap::new();
        let (mut kept, mut before) = (Vec::new(), 1);
        for (number, sealed) in (1..).zip(batches.into_iter().chain(tail)) {
            let attempts = unpacked(number, &sealed)?;
            for attempt in attempts.iter().filter(|one| one.sequence >= before) {
                match all.get_mut(&attempt.probe) {
                    Some(series) => series.push(attempt, planned),
                    None => all
                        .entry(attempt.probe.clone())
                        .or_insert(OneSeries::new(&attempt.probe, planned, wanted))
                        .push(attempt, planned),
                }
            }
            if let Some(last) = attempts.last() {
                before = before.max(last.sequence + 1);
                kept.push((ticks(&attempts), sealed));
            }
        }
        let mut looked = Self {
            agent,
            planned,
            series: Vec::new(),
            logins: BTreeMap::new(),
            batches: kept,
        };
        for (probe, series) in all {
            looked.put_down(probe, series, wanted.around);
        }
        Ok(looked)
    }

    fn put_down(&mut self, probe: Name, series: OneSeries<'_>, around: Interval) {
        let mut entries = series.fold.finish(series.grids);
        entries.retain(|entry| touches(entry, around));
        if !entries.is_empty() {
            self.series.push(Series {
                agent: self.agent.name.clone(),
                region: self.agent.region.clone(),
                probe: probe.clone(),
                entries,
            });
        }
        if let Some(logins) = series.logins {
            self.logins.insert(probe, logins);
        }
    }
}

impl Source for Looked<'_> {
    fn planned(&self) -> &Planned {
        self.planned
    }

    fn attempts_within(&self, windows: &Intervals) -> Result<Vec<Attempt>, StoreError> {
        let mut found = Vec::new();
        for (number, (ticks, sealed)) in (1..).zip(&self.batches) {
            if !windows.within(*ticks).is_empty() {
                let attempts = unpacked(number, sealed).map_err(|fault| fault.at(place()))?;
                let wanted = attempts.into_iter();
                found.extend(wanted.filter(|one| windows.contains(one.tick)));
            }
        }
        Ok(found)
    }
}

/// One series while it is folded.
struct OneSeries<'p> {
    grids: &'p Grids,
    fold: Fold,
    /// Under the plan version that was met last.
    pace: Option<(u32, Option<Pace>)>,
    /// `None` if nobody wants them.
    logins: Option<Logins>,
}

impl<'p> OneSeries<'p> {
    fn new(probe: &Name, planned: &'p Planned, wanted: &Extract) -> Self {
        Self {
            grids: planned.grids(probe),
            fold: Fold::default(),
            pace: None,
            logins: wanted
                .probes
                .contains(probe)
                .then(|| Logins::new(wanted.period)),
        }
    }

    fn push(&mut self, attempt: &Attempt, planned: &Planned) {
        let is_new = self.fold.push(attempt, self.grids);
        let Some(logins) = &mut self.logins else {
            return;
        };
        if !is_new {
            return;
        }
        let version = attempt.plan;
        let pace = match self.pace {
            Some((known, pace)) if known == version => pace,
            _ => planned.pace(version, &attempt.probe),
        };
        self.pace = Some((version, pace));
        if let Some(pace) = pace {
            logins.push(attempt, pace);
        }
    }
}

/// What is at fault, in words.
fn place() -> Place {
    Path::new("evidence").into()
}

fn unpacked(number: u64, sealed: &Sealed) -> Result<Vec<Attempt>, Fault> {
    let batch = Batch::open(sealed);
    Ok(batch
        .map_err(|error| Fault::Batch { number, error })?
        .attempts)
}

/// From the oldest tick to just after the newest.
fn ticks(attempts: &[Attempt]) -> Interval {
    let ticks = || attempts.iter().map(|attempt| attempt.tick);
    let oldest = ticks().min().unwrap_or_default();
    let newest = ticks().max().unwrap_or_default();
    Interval::new(oldest, Timestamp(newest.0.saturating_add(1)))
}
