//! What the engine is told about the file that is being written, and what it makes of it.

use super::Writer;
use crate::name::Name;
use crate::record::Record;
use crate::store::reader::{View, take_out};
use crate::store::sqlite::agents::AgentRow;
use crate::store::sqlite::outages;
use crate::store::{Folded, Judged, OutageRow, StoreError};
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
        let row = AgentRow {
            id: self.id,
            agent: self.agent.clone(),
            folded_before: self.folded_before,
        };
        let view = View {
            path: &self.path,
            connection: &self.connection,
            row: &row,
            planned: &self.planned,
        };
        let series = view.series(period).map_err(|fault| fault.at(&self.path))?;
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
        outages::judged(&self.connection, contract).map_err(|fault| fault.at(&self.path))
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
}
