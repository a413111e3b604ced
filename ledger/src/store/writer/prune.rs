//! Pruning the record of one agent.

use super::Writer;
use crate::store::StoreError;
use crate::store::pruning::Pruning;
use crate::store::table;
use crate::time::Millis;

impl Writer {
    /// Prunes batches that are older than `keep`, as seen from the newest tick, the oldest first and a few at a time; says
    /// how many were looked at. To be called until that is none, or again later.
    ///
    /// Spared for good are attempts beside single ticks of their series: what happened there may be asked for. A batch stays
    /// whole if those near them are half of it or more, or if a tick near it is held, which others decide.
    /// Latencies by hour go with them; those by day and month stay.
    ///
    /// One transaction drops the bodies and moves the mark, so a crash leaves nothing half done.
    ///
    /// # Errors
    /// [`StoreError`] if the file is damaged or cannot be written; it may be called again.
    pub fn prune(&mut self, keep: Millis) -> Result<u32, StoreError> {
        let newest = table::newest_tick(&self.db, self.id);
        let Some(newest) = newest.map_err(|fault| fault.at(&self.place))? else {
            return Ok(0);
        };
        let before = newest - keep;
        if self.prune_next.is_some_and(|next| before < next) {
            return Ok(0);
        }
        // What the hub does not have is there for good, however long that takes.
        let unsent = self.unsent_from().map_err(|fault| fault.at(&self.place))?;
        let before_all = self.folded_before.min(unsent.unwrap_or(u64::MAX));
        let (folded, age) = (
            (self.id, before_all),
            (before, self.planned.widest_context()),
        );
        let pruning = Pruning::work_out(&self.db, folded, age);
        let Some(pruning) = pruning.map_err(|fault| fault.at(&self.place))? else {
            // Nothing grows older than this before an hour of ticks has come.
            self.prune_next = Some(before + Millis::from_mins(60));
            return Ok(0);
        };
        let looked = self.write(|transaction, _| pruning.write(transaction, newest))?;
        Ok(u32::try_from(looked).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests;
