//! How the agents of a record stand with their hub.

use super::{Reader, Snapshot};
use crate::name::Name;
use crate::store::StoreError;
use crate::store::error::Fault;
use crate::store::shipping::Shipping;
use crate::store::table::agents::AgentRow;
use crate::store::table::{attempts, shipping};
use crate::time::{Interval, Millis};

/// Refusals that are told one by one.
const TOLD: u32 = 5;

impl Reader {
    /// What waits for the hub, what it has, and what it refuses, for each agent that is enrolled.
    ///
    /// # Errors
    /// [`StoreError`] if a file is damaged or cannot be read.
    pub fn shipping(&self) -> Result<Vec<(Name, Shipping)>, StoreError> {
        let mut found = Vec::new();
        for file in &self.files {
            for row in &file.agents {
                let shipping = file.shipping(row).map_err(|fault| fault.at(&file.place))?;
                found.extend(shipping.map(|shipping| (row.agent.name.clone(), shipping)));
            }
        }
        Ok(found)
    }
}

impl Snapshot {
    fn shipping(&self, row: &AgentRow) -> Result<Option<Shipping>, Fault> {
        let (hub, key) = (
            shipping::hub(&self.db)?,
            shipping::current_key(&self.db, row.id)?,
        );
        let Some(((hub, _), key)) = hub.zip(key) else {
            return Ok(None);
        };
        let (batches, sealed, ticks) = shipping::extent(&self.db, row.id)?;
        let (_, tail) = attempts::extent(&self.db, row.id)?;
        let fresh = attempts::ticks(&self.db, row.id, 0)?;
        let fresh = fresh.map(|(first, last)| Interval::new(first, last + Millis(1)));
        let ticks = match (ticks, fresh) {
            (Some(a), Some(b)) => Some(Interval::new(a.start.min(b.start), a.end.max(b.end))),
            (one, other) => one.or(other),
        };
        let (refused, reasons) = shipping::refused(&self.db, row.id, TOLD)?;
        Ok(Some(Shipping {
            hub,
            key,
            batches,
            attempts: sealed + u64::try_from(tail).unwrap_or(u64::MAX),
            ticks,
            received: shipping::last_receipt(&self.db, row.id)?,
            refused,
            reasons,
            checkpoint: shipping::checkpoint(&self.db)?.map(|(size, made, _)| (size, made)),
        }))
    }
}
