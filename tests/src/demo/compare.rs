//! Holds what was measured against what was true.

use std::fmt::Write as _;
use std::path::PathBuf;

use ledger::outage::Bounds;
use ledger::plan::Plan;
use ledger::print;
use ledger::store::Reader;
use ledger::tally::{Assessment, assess};
use ledger::time::{Interval, Millis};

use super::watched;
use crate::product::Persona;
use crate::truth::Truth;

/// How far an estimate of a day may be from the truth.
const TOLERANCE: Millis = Millis::from_secs(30);

/// What was measured, beside what was true.
#[derive(Debug)]
pub struct Comparison {
    /// One line per day.
    pub days: Vec<Compared>,
    /// One line per true outage.
    pub outages: Vec<Compared>,
}

/// One length, true and measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// A date, or an outage.
    pub what: String,
    /// The truth.
    pub truth: Millis,
    /// What the engine says.
    pub measured: Bounds,
}

impl Compared {
    /// Estimate less truth.
    pub fn error(&self) -> Millis {
        self.measured.estimate - self.truth
    }

    /// Whether the bounds hold the truth, and the estimate is near it.
    pub fn holds(&self) -> bool {
        let inside = self.measured.lower <= self.truth && self.truth <= self.measured.upper;
        inside && self.error().0.abs() <= TOLERANCE.0
    }
}

impl Comparison {
    /// Assesses the records and lays the truth beside it.
    ///
    /// # Errors
    /// If a record cannot be read.
    pub fn of(
        plan: &Plan,
        records: &[PathBuf],
        period: Interval,
        truth: &Truth,
    ) -> anyhow::Result<Self> {
        let watched = watched(period);
        let record = Reader::open(records)?.record(watched)?;
        let assessment = assess(&record, &plan.contracts[0], period, watched.end)?;
        let true_down = truth
            .down_for(Persona::User)
            .union(&truth.down_for(Persona::Traveler));
        Ok(Self {
            days: assessment
                .days
                .iter()
                .map(|day| Compared {
                    what: day.date.clone(),
                    truth: true_down.within(day.interval).measure(),
                    measured: day.tally.counted,
                })
                .collect(),
            outages: true_down
                .iter()
                .map(|outage| compare(outage, &assessment))
                .collect(),
        })
    }

    /// Whether every day and every outage holds.
    pub fn holds(&self) -> bool {
        self.days.iter().chain(&self.outages).all(Compared::holds)
    }

    /// The comparison as a table of 80 columns.
    pub fn table(&self) -> String {
        let mut table = format!(
            "{:<26} {:>12} {:>19} {:>8}  {}\n",
            "", "true", "measured", "error", "in bounds"
        );
        for line in self.days.iter().chain(&self.outages) {
            let (truth, measured) = (
                print::table(line.truth),
                print::table(line.measured.estimate),
            );
            let error = format!("{:+.1} s", seconds(line.error()));
            let holds = if line.holds() { "yes" } else { "NO" };
            // Writing to a string cannot fail.
            let _ = writeln!(
                table,
                "{:<26} {truth:>12} {measured:>19} {error:>8}  {holds}",
                line.what
            );
        }
        table
    }
}

/// The measured outage that overlaps the true one; none measured is a length of zero.
fn compare(outage: Interval, assessment: &Assessment) -> Compared {
    let overlaps = |measured: &&ledger::outage::Outage| {
        let span = Interval::new(measured.start.earliest, measured.end.latest);
        span.intersect(outage).is_some()
    };
    Compared {
        what: format!("outage of {:.16}", outage.start.to_string()),
        truth: outage.length(),
        measured: assessment
            .outages
            .iter()
            .find(overlaps)
            .map_or(Bounds::default(), |found| found.length),
    }
}

/// Whole and tenths of seconds, for print.
#[expect(
    clippy::cast_precision_loss,
    reason = "an error of an outage is far below 2^52 ms"
)]
fn seconds(length: Millis) -> f64 {
    length.0 as f64 / 1_000.0
}
