//! The raw batches against what the tables say: every attempt folded anew, and every link of the chain.

use std::collections::BTreeMap;

use super::view::{View, touches};
use super::{Reader, take_out};
use crate::attempt::Attempt;
use crate::name::Name;
use crate::record::{Agent, Record};
use crate::run::{Entry, Fold, Run, Series};
use crate::store::StoreError;
use crate::store::error::Fault;
use crate::store::table::attempts;
use crate::store::table::chain::{self, Link};
use crate::time::{Interval, Intervals, Millis, Timestamp};
use crate::wire::{Batch, Hash, Sealed};

/// How many differences of one series are told one by one.
const TOLD: usize = 3;

/// What the raw batches of one agent say, beside its tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    /// Who.
    pub agent: Agent,
    /// The batches of its chain.
    pub batches: u64,
    /// Those whose attempts are pruned, in the audited time. If there are any, the agent's runs and ticks are taken as
    /// they are.
    pub pruned: u64,
    /// The attempts that were folded anew.
    pub attempts: u64,
    /// The runs and ticks that were compared.
    pub rows: u64,
    /// Where batches, chain and tables disagree.
    pub differences: Vec<String>,
}

impl Reader {
    /// Folds every attempt of `period` anew, compares with runs and ticks, and checks the chain of batches.
    ///
    /// The record is what [`Self::record`] would give if its tables were made anew.
    ///
    /// # Errors
    /// [`StoreError`] if a file cannot be read. Damage to a batch is a difference.
    pub fn audit(&self, period: Interval) -> Result<(Record, Vec<Audited>), StoreError> {
        let views: Vec<View<'_>> = self.views()?.collect();
        let mut record = Record::default();
        let (mut read, mut audited) = (Vec::new(), Vec::new());
        for file in &self.files {
            record.plans.extend(file.planned()?.plans().clone());
        }
        for (at, view) in views.iter().enumerate() {
            record.agents.push(view.row.agent.clone());
            let found = view.audit(period).map_err(|fault| fault.at(view.place))?;
            let (series, one) = found;
            read.extend(series.into_iter().map(|series| (at, series)));
            audited.push(one);
        }
        record.interpolated = take_out(&views, &mut read, &Intervals::default())?;
        record.series = read.into_iter().map(|(_, series)| series).collect();
        record.agents.sort();
        record
            .series
            .sort_by(|a, b| (&a.agent, &a.probe).cmp(&(&b.agent, &b.probe)));
        audited.sort_by(|a, b| a.agent.cmp(&b.agent));
        Ok((record, audited))
    }
}

impl View<'_> {
    fn audit(&self, period: Interval) -> Result<(Vec<Series>, Audited), Fault> {
        let kept = self.series(period)?;
        let mut audited = Audited {
            agent: self.row.agent.clone(),
            batches: 0,
            pruned: 0,
            attempts: 0,
            rows: 0,
            differences: Vec::new(),
        };
        // What lies before and after decides how the ticks at the ends are kept.
        let around = self.planned.widest_context();
        let around = Millis(around.0.saturating_mul(4));
        let window = Interval::new(period.start - around, period.end + around);
        let folds = self.fold_anew(window, &mut audited)?;
        let Some(folds) = folds.filter(|_| audited.pruned == 0) else {
            return Ok((kept, audited));
        };
        let mut anew = Vec::new();
        for (probe, fold) in folds {
            let mut entries = fold.finish(self.planned.grids(&probe));
            entries.retain(|entry| touches(entry, period));
            if !entries.is_empty() {
                anew.push(Series {
                    agent: self.row.agent.name.clone(),
                    region: self.row.agent.region.clone(),
                    probe,
                    entries,
                });
            }
        }
        compare(&kept, &anew, period, &mut audited);
        Ok((anew, audited))
    }

    /// Unpacks and folds all attempts whose tick lies in `window`, and follows the chain of all batches.
    ///
    /// `None` if one of them cannot be unpacked: what is left would differ everywhere.
    fn fold_anew(
        &self,
        window: Interval,
        audited: &mut Audited,
    ) -> Result<Option<BTreeMap<Name, Fold>>, Fault> {
        let mut folds: BTreeMap<Name, Fold> = BTreeMap::new();
        let mut whole = true;
        let mut before = None;
        for link in chain::all(self.db, self.row.id)? {
            audited.batches += 1;
            audited.differences.extend(link.breaks(before.as_ref()));
            if link.ticks.intersect(window).is_some() {
                let body = chain::body(self.db, self.row.id, (link.epoch, link.number))?;
                match body {
                    // What was in it was never folded.
                    None if link.refused => {}
                    None => audited.pruned += 1,
                    Some(body) => match link.unpack(body, &self.row.agent.name) {
                        Ok(attempts) => self.push(&mut folds, &attempts, window, audited),
                        Err(what) => {
                            whole = false;
                            let number = link.number;
                            let told = format!("batch {number}: {what}; rows were not compared");
                            audited.differences.push(told);
                        }
                    },
                }
            }
            before = Some(link);
        }
        let tail = attempts::since(self.db, self.row.id, 0)?;
        self.push(&mut folds, &tail, window, audited);
        Ok(whole.then_some(folds))
    }

    fn push(
        &self,
        folds: &mut BTreeMap<Name, Fold>,
        attempts: &[Attempt],
        window: Interval,
        audited: &mut Audited,
    ) {
        for attempt in attempts.iter().filter(|one| window.contains(one.tick)) {
            audited.attempts += 1;
            let grids = self.planned.grids(&attempt.probe);
            match folds.get_mut(&attempt.probe) {
                Some(fold) => fold.push(attempt, grids),
                None => folds
                    .entry(attempt.probe.clone())
                    .or_default()
                    .push(attempt, grids),
            };
        }
    }
}

impl Link {
    /// What is wrong between the batch before, if there is one, and this one.
    pub(super) fn breaks(&self, before: Option<&Self>) -> Option<String> {
        let sequence = before.map_or(0, |before| before.last_sequence);
        // A new epoch begins a new chain, and may pass over attempts that only the hub has.
        let before = before.filter(|before| before.epoch == self.epoch);
        let number = before.map_or(0, |before| before.number);
        let hash = before.map_or(Hash::default(), |before| before.head.hash());
        let counted = match self.epoch {
            1 => self.first_sequence == sequence + 1,
            _ => self.first_sequence > sequence,
        };
        let follows = self.number == number + 1 && counted && self.head.header.previous == hash;
        (!follows).then(|| {
            format!(
                "batch {} does not follow batch {number}: the chain of hashes or numbers is broken",
                self.number
            )
        })
    }

    /// The attempts in `body`, if it is this batch of `agent`.
    fn unpack(&self, body: Vec<u8>, agent: &Name) -> Result<Vec<Attempt>, String> {
        let head = self.head.encode();
        let batch = Batch::open(&Sealed { head, body }).map_err(|error| error.to_string())?;
        let ticks = || batch.attempts.iter().map(|attempt| attempt.tick);
        let ends = batch.attempts.first().zip(batch.attempts.last());
        let numbers = ends.map(|(first, last)| (first.sequence, last.sequence));
        let oldest = ticks().min().unwrap_or_default();
        let newest = ticks().max().unwrap_or_default();
        let is_this = batch.header.agent == *agent
            && (batch.header.epoch, batch.header.number) == (self.epoch, self.number)
            && numbers == Some((self.first_sequence, self.last_sequence))
            && self.ticks == Interval::new(oldest, newest + Millis(1));
        if is_this {
            Ok(batch.attempts)
        } else {
            Err("what is packed is another batch than its row says".to_owned())
        }
    }
}

/// Notes where the series of the tables and those made anew disagree inside `period`.
fn compare(kept: &[Series], anew: &[Series], period: Interval, audited: &mut Audited) {
    let by_probe = |all: &[Series]| -> BTreeMap<Name, BTreeMap<(Timestamp, bool), Entry>> {
        let rows = |one: &Series| (one.probe.clone(), cut(&one.entries, period));
        all.iter().map(rows).collect()
    };
    let (kept, anew) = (by_probe(kept), by_probe(anew));
    let none = BTreeMap::new();
    let mut probes: Vec<&Name> = kept.keys().chain(anew.keys()).collect();
    probes.sort();
    probes.dedup();
    for probe in probes {
        let kept = kept.get(probe).unwrap_or(&none);
        let anew = anew.get(probe).unwrap_or(&none);
        audited.rows += kept.len().max(anew.len()) as u64;
        let mut keys: Vec<&(Timestamp, bool)> = kept.keys().chain(anew.keys()).collect();
        keys.sort();
        keys.dedup();
        keys.retain(|key| kept.get(key) != anew.get(key));
        let told = keys.iter().take(TOLD).map(|key| {
            let (kept, anew) = (outline(kept.get(key)), outline(anew.get(key)));
            let at = key.0;
            format!("{probe} {at}: the table has {kept}, the attempts make {anew}")
        });
        audited.differences.extend(told);
        if keys.len() > TOLD {
            let more = keys.len() - TOLD;
            let told = format!("{probe}: {more} more rows differ");
            audited.differences.push(told);
        }
    }
}

/// The rows inside `period`, by tick; of a run that reaches over its ends only what lies inside.
fn cut(entries: &[Entry], period: Interval) -> BTreeMap<(Timestamp, bool), Entry> {
    let inside = entries.iter().filter_map(|entry| match entry {
        Entry::Tick(tick) => period
            .contains(tick.tick)
            .then(|| ((tick.tick, tick.fast), entry.clone())),
        Entry::Run(run) => {
            let own = Interval::new(run.first_tick, run.last_tick + Millis(1));
            own.intersect(period)?;
            let run = run.within(period);
            Some(((run.first_tick, false), Entry::Run(run)))
        }
    });
    inside.collect()
}

impl Run {
    /// The same as far as it lies inside `period`; what is not known of a part is left out.
    fn within(&self, period: Interval) -> Self {
        let mut run = self.clone();
        let unknown = Interval::new(period.start, period.start);
        if run.first_tick < period.start {
            (run.first_tick, run.first, run.first_error) = (period.start, unknown, Millis::ZERO);
        }
        if run.last_tick >= period.end {
            (run.last_tick, run.last, run.last_error) = (period.end, unknown, Millis::ZERO);
        }
        if run != *self {
            (run.ticks, run.widest_gap, run.clock_error) = (0, Millis::ZERO, Millis::ZERO);
        }
        run
    }
}

fn outline(entry: Option<&Entry>) -> String {
    match entry {
        None => "no row".to_owned(),
        Some(Entry::Run(run)) => format!("a run to {} of {} ticks", run.last_tick, run.ticks),
        Some(Entry::Tick(tick)) => format!(
            "a tick, {}, {} attempts, evidence {} to {}",
            tick.verdict.as_str(),
            tick.attempts,
            tick.evidence.start,
            tick.last_evidence.end
        ),
    }
}

#[cfg(test)]
mod tests;
