//! The incidents of a period, under the names of their months.

use std::collections::BTreeMap;

use ledger::calendar;

use super::{Asked, Input};
use crate::gather;
use crate::incidents::{self, Listed};

impl Input {
    /// Reads the records, judges the period, and names its incidents as the months' reports do.
    pub(in crate::cli) fn incidents(&self, asked: &Asked) -> anyhow::Result<Listed> {
        self.judge(|reader, terms, beside| {
            let zone = &terms.contract.zone;
            let period = asked.period(zone)?;
            let (report, now) = self.alone(reader, terms, (period, &beside.progress))?;
            let mut months = BTreeMap::new();
            for month in incidents::months(&report) {
                let whole = calendar::month(zone, &month)?;
                if whole != period {
                    beside.progress.step("counting the incidents of each month");
                    let found = gather::assessment(reader, terms, whole, now)?;
                    months.insert(month, found);
                }
            }
            let report = report.with_notes(beside.notes);
            Ok(incidents::named(report, &months))
        })
    }
}
