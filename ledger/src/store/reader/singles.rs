//! Quiet ticks that the engine must see one by one are taken out of the batches.
//!
//! A series keeps the ticks around its own trouble, never around another's. The engine needs those where quiet and other
//! ticks are judged together: between the agents that look at one probe from one region, and where a held tick is decided
//! by who passed. Only there are runs cut, so that the cost grows with trouble and agents, not with attempts.

use std::collections::{BTreeMap, BTreeSet};

use super::view::View;
use crate::attempt::{Attempt, Kind};
use crate::name::Name;
use crate::plan::{Layer, Subject};
use crate::record::Interpolated;
use crate::run::{Entry, Grid, Grids, Run, Series, Tick, TickVerdict};
use crate::store::planned::Planned;
use crate::store::{StoreError, table};
use crate::time::{Interval, Intervals, Millis, Timestamp};
use crate::verdict::Class;

/// A series and which of several sources it was read from.
pub(in crate::store) type Read = (usize, Series);

/// One agent's attempts, from which single ticks are taken.
pub(in crate::store) trait Source {
    /// What its plans say.
    fn planned(&self) -> &Planned;

    /// All attempts whose tick lies in one of `windows`, in the order of their numbers; none of pruned batches.
    fn attempts_within(&self, windows: &Intervals) -> Result<Vec<Attempt>, StoreError>;
}

impl Source for View<'_> {
    fn planned(&self) -> &Planned {
        self.planned
    }

    fn attempts_within(&self, windows: &Intervals) -> Result<Vec<Attempt>, StoreError> {
        let found = table::attempts_within(self.db, self.row.id, windows);
        found.map_err(|fault| fault.at(self.place))
    }
}

/// Puts single ticks in the place of runs near trouble of others, and within `near`; says where they are lost.
pub(in crate::store) fn take_out(
    sources: &[impl Source],
    all: &mut [Read],
    near: &Intervals,
) -> Result<Vec<Interpolated>, StoreError> {
    let wanted = Troubles::find(sources, all).windows(all, near);
    let mut lost = Vec::new();
    for (at, source) in sources.iter().enumerate() {
        let mut own = wanted.clone();
        own.retain(|index, _| all[*index].0 == at);
        let windows: Intervals = own.values().flat_map(Intervals::iter).collect();
        if windows.is_empty() {
            continue;
        }
        let ticks = base_ticks(source.attempts_within(&windows)?);
        let none = BTreeMap::new();
        for (index, windows) in &own {
            let series = &mut all[*index].1;
            let cutter = Cutter {
                ticks: ticks.get(&series.probe).unwrap_or(&none),
                grids: source.planned().grids(&series.probe),
                windows,
            };
            let (entries, missing) = cutter.cut(std::mem::take(&mut series.entries));
            series.entries = entries;
            lost.extend(missing.into_iter().map(|interval| Interpolated {
                agent: series.agent.clone(),
                probe: series.probe.clone(),
                interval,
            }));
        }
    }
    lost.sort();
    Ok(lost)
}

/// Where others' single ticks are needed, and by which series.
#[derive(Default)]
struct Troubles<'s> {
    by_region: BTreeMap<(&'s Name, &'s Name), Vec<(usize, Interval)>>,
    by_persona: BTreeMap<&'s Name, Vec<(usize, Interval)>>,
    by_probe: BTreeMap<&'s Name, Vec<(usize, Interval)>>,
    personas: BTreeMap<&'s Name, BTreeSet<&'s Name>>,
    /// How far around trouble.
    reach: Millis,
}

impl<'s> Troubles<'s> {
    fn find(sources: &'s [impl Source], all: &'s [Read]) -> Self {
        let mut found = Self::default();
        for source in sources {
            let plans = source.planned().plans().values();
            for probe in plans.flat_map(|plan| &plan.probes) {
                if let (Layer::Service, Subject::Journey { persona, .. }) =
                    (probe.layer(), &probe.subject)
                {
                    found
                        .personas
                        .entry(&probe.name)
                        .or_default()
                        .insert(persona);
                }
            }
        }
        for (index, (at, series)) in all.iter().enumerate() {
            if !found.personas.contains_key(&series.probe) {
                continue;
            }
            for grid in sources[*at].planned().grids(&series.probe).values() {
                found.reach = found.reach.max(reach(grid));
            }
            for entry in &series.entries {
                if let Entry::Tick(tick) = entry {
                    found.take(index, series, tick);
                }
            }
        }
        found
    }

    /// Notes a tick that is judged together with others' quiet ones.
    fn take(&mut self, index: usize, series: &'s Series, tick: &Tick) {
        let held = tick.verdict == TickVerdict::Held;
        let failed = held || matches!(tick.verdict, TickVerdict::Bad | TickVerdict::Flicker);
        if !failed && !tick.slow {
            return;
        }
        let end = tick.tick.max(tick.last_evidence.end);
        let trouble = (index, Interval::new(tick.tick, end + Millis(1)));
        let region = (&series.probe, &series.region);
        self.by_region.entry(region).or_default().push(trouble);
        if held && tick.class == Some(Class::Script) {
            self.by_probe
                .entry(&series.probe)
                .or_default()
                .push(trouble);
        }
        if held && tick.class == Some(Class::Rejected) {
            for persona in self.personas.get(&series.probe).into_iter().flatten() {
                self.by_persona.entry(persona).or_default().push(trouble);
            }
        }
    }

    /// For each series with runs that must be cut: where.
    fn windows(&self, all: &[Read], near: &Intervals) -> BTreeMap<usize, Intervals> {
        let mut windows = BTreeMap::new();
        for (index, (_, series)) in all.iter().enumerate() {
            let Some(personas) = self.personas.get(&series.probe) else {
                continue;
            };
            let region = self.by_region.get(&(&series.probe, &series.region));
            let probe = self.by_probe.get(&series.probe);
            let persona = personas.iter().filter_map(|one| self.by_persona.get(*one));
            let lists = region.into_iter().chain(probe).chain(persona);
            let others = lists.flatten().filter(|(other, _)| *other != index);
            let around = others.map(|(_, trouble)| self.around(*trouble));
            let around: Intervals = around.chain(near.iter()).collect();
            if around.is_empty() {
                continue;
            }
            let runs = series.entries.iter().filter_map(|entry| match entry {
                Entry::Run(run) => Some(Interval::new(run.first_tick, run.last_tick + Millis(1))),
                Entry::Tick(_) => None,
            });
            let cut = around.intersect(&runs.collect());
            if !cut.is_empty() {
                windows.insert(index, cut);
            }
        }
        windows
    }

    fn around(&self, trouble: Interval) -> Interval {
        Interval::new(trouble.start - self.reach, trouble.end + self.reach)
    }
}

/// The context of trouble, and what evidence may lie after its tick on both sides; one step more, because the outermost
/// ticks of a window end the runs that are left.
fn reach(grid: &Grid) -> Millis {
    let twice = grid.spacing() + grid.spacing();
    grid.context() + grid.silence() + twice + twice
}

/// The base ticks of all probes, as their first attempts told them.
fn base_ticks(attempts: Vec<Attempt>) -> BTreeMap<Name, BTreeMap<Timestamp, Tick>> {
    let mut found: BTreeMap<Name, BTreeMap<Timestamp, Tick>> = BTreeMap::new();
    for attempt in attempts {
        if attempt.kind == Kind::Base {
            let ticks = found.entry(attempt.probe.clone()).or_default();
            ticks
                .entry(attempt.tick)
                .or_insert_with(|| Tick::of(&attempt));
        }
    }
    found
}

/// Cuts the runs of one series.
struct Cutter<'a> {
    ticks: &'a BTreeMap<Timestamp, Tick>,
    grids: &'a Grids,
    windows: &'a Intervals,
}

impl Cutter<'_> {
    /// The same entries with single ticks in the windows, and the windows whose ticks are not all there.
    fn cut(&self, entries: Vec<Entry>) -> (Vec<Entry>, Vec<Interval>) {
        let (mut kept, mut lost) = (Vec::with_capacity(entries.len()), Vec::new());
        for entry in entries {
            match entry {
                Entry::Run(run) => self.cut_run(run, &mut kept, &mut lost),
                tick @ Entry::Tick(_) => kept.push(tick),
            }
        }
        (kept, lost)
    }

    fn cut_run(&self, run: Run, kept: &mut Vec<Entry>, lost: &mut Vec<Interval>) {
        let Some(grid) = self.grids.get(&run.plan) else {
            kept.push(Entry::Run(run));
            return;
        };
        let own = Interval::new(run.first_tick, run.last_tick + Millis(1));
        let mut rest = Some(run);
        for window in self.windows.within(own).iter() {
            let Some(run) = rest.take() else { break };
            let found: Vec<&Tick> = self
                .ticks
                .range(window.start..window.end)
                .map(|(_, tick)| tick)
                .collect();
            let planned = grid.count_within(window);
            if u64::try_from(found.len()) != Ok(planned) {
                lost.push(window);
                rest = Some(run);
                continue;
            }
            rest = run.without(&found, grid, kept);
        }
        kept.extend(rest.map(Entry::Run));
    }
}

impl Run {
    /// Moves what lies before the last of `found` to `kept`, with `found` as single ticks, and returns what lies after.
    ///
    /// The first and the last of `found` stay in the runs that they end, unless they end this one.
    fn without(self, found: &[&Tick], grid: &Grid, kept: &mut Vec<Entry>) -> Option<Self> {
        let (Some(first), Some(last)) = (found.first(), found.last()) else {
            return Some(self);
        };
        let before = first.tick > self.first_tick;
        let after = last.tick < self.last_tick;
        let singles = usize::from(before)..found.len() - usize::from(after);
        if singles.is_empty() {
            return Some(self);
        }
        let until = Interval::new(self.first_tick, first.tick + Millis(1));
        let early = if before { grid.count_within(until) } else { 0 };
        let early = u32::try_from(early).unwrap_or(u32::MAX);
        if before {
            kept.push(Entry::Run(Self {
                last_tick: first.tick,
                last: first.evidence,
                last_error: first.clock_error,
                ticks: early,
                ..self.clone()
            }));
        }
        let gone = u32::try_from(singles.len()).unwrap_or(u32::MAX);
        let single = |tick: &&Tick| Entry::Tick(Box::new(Tick::clone(tick)));
        kept.extend(found[singles].iter().map(single));
        after.then(|| Self {
            first_tick: last.tick,
            first: last.evidence,
            first_error: last.clock_error,
            ticks: self.ticks.saturating_sub(early).saturating_sub(gone),
            ..self
        })
    }
}

#[cfg(test)]
mod tests;
