//! Saying what the log is.

use super::Hub;
use crate::checkpoint::Checkpoint;
use crate::store::StoreError;
use crate::store::error::Fault;
use crate::store::table::logs;
use crate::time::{Millis, Timestamp};

/// Checkpoints are made at most so often.
const PAUSE: Millis = Millis::from_secs(10);
/// After so long only one an hour is kept.
const FINE: Millis = Millis::from_mins(24 * 60);

impl Hub {
    /// Makes a checkpoint at `now` if the log has grown since the last one and that was made 10 s ago or longer; says whether.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written.
    pub fn checkpoint(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        let at = self.at();
        let newest = logs::newest(self.db()).map_err(&at)?;
        let log = logs::frontier(self.db()).map_err(&at)?;
        let (size, made) = newest.map_or((0, None), |(size, made, _)| (size, Some(made)));
        if log.size() <= size || made.is_some_and(|made| made <= now && now - made < PAUSE) {
            return Ok(false);
        }
        let checkpoint = Checkpoint {
            origin: self.own.id.clone(),
            size: log.size(),
            root: log.root(),
        };
        let note = checkpoint.sign(&self.own.key).to_string();
        let hour = |at: Timestamp| at.0.div_euclid(3_600_000);
        let _turn = self.turns.later();
        self.registry.write(|db| -> Result<(), Fault> {
            logs::add_checkpoint(db, log.size(), (now, &note))?;
            if made.is_none_or(|made| hour(made) != hour(now)) {
                logs::thin_checkpoints(db, now - FINE)?;
            }
            Ok(())
        })?;
        Ok(true)
    }

    /// How many entries the log has.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn log_size(&self) -> Result<u64, StoreError> {
        let log = logs::frontier(self.db()).map_err(self.at())?;
        Ok(log.size())
    }

    /// The newest checkpoint as a signed note; `None` before the first.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn newest_checkpoint(&self) -> Result<Option<String>, StoreError> {
        let newest = logs::newest(self.db()).map_err(self.at())?;
        Ok(newest.map(|(_, _, note)| note))
    }
}
