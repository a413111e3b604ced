//! Records that several contracts are judged by: read once.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::Arc;

use super::Reader;
use crate::record::Record;
use crate::store::StoreError;
use crate::time::Interval;

/// The records of the periods that were asked for last.
#[derive(Debug, Default)]
pub(super) struct Shared {
    most: usize,
    known: RefCell<VecDeque<(Interval, Arc<Record>)>>,
}

impl Reader {
    /// Keeps the records of the last so many periods in memory. For who judges many contracts by one record; whoever
    /// judges one has no use for them.
    #[must_use]
    pub fn sharing(mut self, periods: usize) -> Self {
        self.shared.most = periods;
        self
    }

    /// As [`Self::record`]; one that is kept is not read again.
    ///
    /// # Errors
    /// [`StoreError`] if a file is damaged or cannot be read.
    pub fn shared(&self, period: Interval) -> Result<Arc<Record>, StoreError> {
        let known = |(known, record): &(Interval, Arc<Record>)| {
            (*known == period).then(|| Arc::clone(record))
        };
        if let Some(record) = self.shared.known.borrow().iter().find_map(known) {
            return Ok(record);
        }
        let record = Arc::new(self.record(period)?);
        if self.shared.most > 0 {
            let mut known = self.shared.known.borrow_mut();
            known.truncate(self.shared.most - 1);
            known.push_front((period, Arc::clone(&record)));
        }
        Ok(record)
    }
}
