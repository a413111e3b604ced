//! What the engine is told about the file that is being written, and what it makes of it.

use std::collections::BTreeMap;

use super::Writer;
use crate::name::Name;
use crate::plan::Plan;
use crate::record::Record;
use crate::run::Series;
use crate::store::error::Fault;
use crate::store::reader::{View, take_out};
use crate::store::table::agents::AgentRow;
use crate::store::table::{self, days, outages};
use crate::store::{Folded, Judged, OutageRow, StoreError, Until};
use crate::time::{Interval, Intervals, Timestamp};

impl Writer {
    /// What was folded since this was last asked.
    pub fn take_folded(&mut self) -> Folded {
        std::mem::take(&mut self.folded)
    }

    /// What the engine needs to judge `period`, as [`crate::store::Reader::record`] would say.
    ///
    /// # Errors
    /// [`StoreError`] if the file is damaged or cannot be read.
    pub fn record(&self, period: Interval) -> Result<Record, StoreError> {
        let row = self.row();
        let view = self.view(&row);
        let series = view.series(period).map_err(|fault| fault.at(&self.place))?;
        let mut read: Vec<_> = series.into_iter().map(|series| (0, series)).collect();
        let interpolated = take_out(&[view], &mut read, &Intervals::default())?;
        Ok(Record {
            agents: vec![row.agent.clone()],
            plans: self.planned.plans().clone(),
            series: read.into_iter().map(|(_, series)| series).collect(),
            interpolated,
        })
    }

    /// Up to where the outages of a contract are known; `None` if nothing is.
    ///
    /// # Errors
    /// [`StoreError`] if the file is damaged or cannot be read.
    pub fn judged(&self, contract: &Name) -> Result<Option<Judged>, StoreError> {
        outages::judged(&self.db, contract).map_err(|fault| fault.at(&self.place))
    }

    /// Keeps `outages`, oldest first, in the place of all of the contract that ended after `from`.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn write_outages(
        &mut self,
        judged: &Judged,
        from: Timestamp,
        outages: &[OutageRow],
    ) -> Result<(), StoreError> {
        self.write(|transaction, _| outages::replace(transaction, judged, from, outages))
    }

    /// Removes the outages of all contracts but these.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn keep_outages_of(&mut self, contracts: &[Name]) -> Result<(), StoreError> {
        self.write(|transaction, _| outages::keep_only(transaction, contracts))
    }

    /// What was folded of one probe inside `period`, without what decides nothing.
    ///
    /// # Errors
    /// [`StoreError`] if the file is damaged or cannot be read.
    pub fn folded(&self, probe: &Name, period: Interval) -> Result<Series, StoreError> {
        let row = self.row();
        let place = self.probes.get(probe);
        let found = place.map(|place| self.view(&row).glance((probe, *place), &[], period));
        let found = found.transpose().map_err(|fault| fault.at(&self.place))?;
        Ok(found.unwrap_or_else(|| Series {
            agent: self.agent.name.clone(),
            region: self.agent.region.clone(),
            probe: probe.clone(),
            entries: Vec::new(),
        }))
    }

    /// All plan versions.
    pub fn plans(&self) -> &BTreeMap<u32, Plan> {
        self.planned.plans()
    }

    /// The newest tick that is folded, or one not much newer; `None` if there is none.
    ///
    /// # Errors
    /// [`StoreError`] if the file is damaged or cannot be read.
    pub fn newest_folded(&self) -> Result<Option<Timestamp>, StoreError> {
        let last = self.folded_before.saturating_sub(1);
        let ticks = table::ticks_since(&self.db, self.id, last);
        let ticks = ticks.map_err(|fault| fault.at(&self.place))?;
        Ok(ticks.map(|(_, newest)| newest))
    }

    /// Up to where the days of each probe are kept by the terms with this hash.
    ///
    /// # Errors
    /// [`StoreError`] if the file is damaged or cannot be read.
    pub fn days_until(&self, hash: &str) -> Result<BTreeMap<Name, Timestamp>, StoreError> {
        let read = || -> Result<BTreeMap<Name, Timestamp>, Fault> {
            let Some(terms) = days::place(&self.db, hash)? else {
                return Ok(BTreeMap::new());
            };
            let until = days::until(&self.db, (terms, self.id))?;
            let named = self.probes.iter();
            let named = named.filter_map(|(name, place)| Some((name.clone(), *until.get(place)?)));
            Ok(named.collect())
        };
        read().map_err(|fault| fault.at(&self.place))
    }

    /// Adds days of single series by the terms with this hash in a zone, and notes the platform checks, which have none.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be written.
    pub fn add_days(
        &mut self,
        terms: (&str, &str),
        settled: &[Until],
        platform: &[Name],
    ) -> Result<(), StoreError> {
        if settled.is_empty() && platform.is_empty() {
            return Ok(());
        }
        self.write(|transaction, id| days::add(transaction, id, terms, (settled, platform)))
    }

    /// Removes the days of all terms but those with these hashes.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn keep_days_of(&mut self, hashes: &[&str]) -> Result<(), StoreError> {
        self.write(|transaction, _| days::keep_only(transaction, hashes))
    }

    fn row(&self) -> AgentRow {
        AgentRow {
            id: self.id,
            agent: self.agent.clone(),
            folded_before: self.folded_before,
        }
    }

    fn view<'a>(&'a self, row: &'a AgentRow) -> View<'a> {
        View {
            place: &self.place,
            db: &self.db,
            row,
            planned: &self.planned,
        }
    }
}
