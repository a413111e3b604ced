//! Old batches lose what is packed in them; their hashes, and all that was folded from them, stay.

use super::Writer;
use crate::store::StoreError;
use crate::store::error::Fault;
use crate::store::table::{self, agents, batches, entries};
use crate::time::{Interval, Millis};

/// How many batches are looked at in one transaction, so that attempts never wait long for it.
const AT_ONCE: u32 = 16;

impl Writer {
    /// Prunes batches that are older than `keep`, as seen from the newest tick, the oldest first and a few at a time; says
    /// how many were looked at. To be called until that is none, or again later.
    ///
    /// Spared for good are batches near a single tick of any series of this file: what happened there may be asked for.
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
        let find = || -> Result<_, Fault> {
            let from = agents::pruned_before(&self.db, self.id)?;
            batches::older(&self.db, self.id, (from, before), AT_ONCE)
        };
        let mut found = find().map_err(|fault| fault.at(&self.place))?;
        // What the hub does not have is there for good, however long that takes.
        let unsent = self.unsent_from().map_err(|fault| fault.at(&self.place))?;
        let before_all = self.folded_before.min(unsent.unwrap_or(u64::MAX));
        found.retain(|batch| batch.last_sequence < before_all);
        let Some(last) = found.last().copied() else {
            // Nothing grows older than this before an hour of ticks has come.
            self.prune_next = Some(before + Millis::from_mins(60));
            return Ok(0);
        };
        let context = self.planned.widest_context();
        self.write(|transaction, id| {
            for batch in &found {
                let near = Interval::new(batch.ticks.start - context, batch.ticks.end + context);
                if !entries::any_tick_within(transaction, id, near)? {
                    batches::prune(transaction, id, *batch, newest)?;
                }
            }
            agents::move_pruned(transaction, id, last.last_sequence + 1)
        })?;
        Ok(u32::try_from(found.len()).unwrap_or(u32::MAX))
    }
}

#[cfg(test)]
mod tests;
