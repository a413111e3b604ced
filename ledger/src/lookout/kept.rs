//! The days of each series kept in the file that they were made of, as table `day`.
//!
//! Kept is only what nothing can change any more: what lies before the last long calm of a series. The rest is judged when it
//! is asked for. So a row is written once for each month and grows; it is the same whether it was written bit by bit or at
//! once, and can be rebuilt at any time.

use std::collections::{BTreeMap, BTreeSet};

use super::{Lookout, LookoutError, reaches, terms};
use crate::calendar::{self, CalendarError};
use crate::contract::Contract;
use crate::evidence::Probes;
use crate::name::Name;
use crate::plan::{Layer, Plan};
use crate::store::{DaySums, Until, Writer};
use crate::time::{Interval, Millis, Timestamp};

/// Keeps the days of one agent's series.
#[derive(Debug)]
pub struct Keeper {
    /// By the hash of their terms, one contract each.
    contracts: BTreeMap<String, Contract>,
    service: BTreeMap<Name, Millis>,
    platform: BTreeSet<Name>,
}

impl Keeper {
    /// The days of all probes of `plan` by the terms of its contracts.
    pub fn new(plan: &Plan) -> Self {
        let contracts = plan.contracts.iter();
        let layer = |wanted: Layer| {
            plan.probes
                .iter()
                .filter(move |probe| probe.layer() == wanted)
        };
        let reaches = reaches(plan);
        let reach = |name: &Name| reaches.get(name).copied().unwrap_or(Millis::ZERO);
        let service = layer(Layer::Service).map(|probe| (probe.name.clone(), reach(&probe.name)));
        Self {
            contracts: contracts
                .map(|contract| (terms(contract), contract.clone()))
                .collect(),
            service: service.collect(),
            platform: layer(Layer::Platform)
                .map(|probe| probe.name.clone())
                .collect(),
        }
    }

    /// Brings the days of all series up to date with what `writer` has folded.
    ///
    /// # Errors
    /// [`LookoutError`]; the record is safe all the same, and the next call tries again.
    pub fn refresh(&self, writer: &mut Writer) -> Result<(), LookoutError> {
        let hashes: Vec<&str> = self.contracts.keys().map(String::as_str).collect();
        writer.keep_days_of(&hashes)?;
        for (hash, contract) in &self.contracts {
            self.refresh_terms(writer, hash, contract)?;
        }
        Ok(())
    }

    fn refresh_terms(
        &self,
        writer: &mut Writer,
        hash: &str,
        contract: &Contract,
    ) -> Result<(), LookoutError> {
        let known = writer.days_until(hash)?;
        let mut found = Vec::new();
        let mut calendar = Calendar::of(&contract.zone);
        let probes = Probes::of(writer.plans());
        for (name, reach) in &self.service {
            let from = known.get(name).copied();
            let begin = from.map_or(Timestamp(i64::MIN / 2), |from| from - *reach);
            let series = writer.folded(name, Interval::new(begin, Timestamp(i64::MAX / 2)))?;
            let Some(now) = series.entries.iter().map(|entry| entry.span().end).max() else {
                continue;
            };
            let start = from.unwrap_or(now);
            let lookout = Lookout::of(&series, &probes, &contract.rules, (start, now))?;
            let Some(lookout) = lookout else {
                continue;
            };
            let start = from.unwrap_or(lookout.first);
            let Some(until) = lookout.border(*reach).filter(|until| *until > start) else {
                continue;
            };
            found.push(Until {
                probe: name.clone(),
                until,
                days: lookout.days(&mut calendar, Interval::new(start, until))?,
            });
        }
        let new = self
            .platform
            .iter()
            .filter(|name| !known.contains_key(*name));
        let platform: Vec<Name> = new.cloned().collect();
        Ok(writer.add_days((hash, &contract.zone), &found, &platform)?)
    }
}

/// The days of a zone, worked out once for all series.
struct Calendar<'a> {
    zone: &'a str,
    over: Interval,
    /// Each day, the first instant of its month, and its place in the month.
    days: Vec<(Interval, Timestamp, u8)>,
}

impl<'a> Calendar<'a> {
    fn of(zone: &'a str) -> Self {
        let never = Timestamp(0);
        Self {
            zone,
            over: Interval::new(never, never),
            days: Vec::new(),
        }
    }

    /// The days that `span` touches.
    fn within(&mut self, span: Interval) -> Result<&[(Interval, Timestamp, u8)], CalendarError> {
        if self.over.is_empty() {
            self.over = Interval::new(span.start, span.start);
        }
        if span.start < self.over.start || span.end > self.over.end {
            let (start, end) = (self.over.start.min(span.start), self.over.end.max(span.end));
            self.over = Interval::new(start, end);
            self.days = self.read()?;
        }
        let from = self.days.partition_point(|(day, ..)| day.end <= span.start);
        let to = self.days.partition_point(|(day, ..)| day.start < span.end);
        Ok(&self.days[from..to])
    }

    fn read(&self) -> Result<Vec<(Interval, Timestamp, u8)>, CalendarError> {
        let mut days = Vec::new();
        let mut month = Interval::new(self.over.start, self.over.start);
        for day in calendar::days(self.zone, self.over)? {
            if !month.contains(day.whole.start) {
                [_, month] = calendar::around(self.zone, day.whole.start)?;
            }
            let place = u8::try_from(day.date.day()).unwrap_or(0);
            if !day.whole.is_empty() {
                days.push((day.whole, month.start, place));
            }
        }
        Ok(days)
    }
}

impl Lookout {
    /// What it comes to on each day that `span` touches.
    fn days(
        &self,
        calendar: &mut Calendar<'_>,
        span: Interval,
    ) -> Result<Vec<DaySums>, CalendarError> {
        let days = calendar.within(span)?.iter();
        let days = days.filter_map(|(whole, month, day)| {
            Some(DaySums {
                month: *month,
                day: *day,
                sums: self.sums(whole.intersect(span)?),
            })
        });
        Ok(days.collect())
    }
}
