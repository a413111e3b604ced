//! Other periods beside the one that is told of: the one before, and the longer one that it belongs to.

use jiff::Span;
use jiff::civil::Date;
use ledger::sla::Sla;
use ledger::tally::{Assessment, Tally};
use ledger::time::Interval;

use super::{Report, ends, is_months, name_of, span_of};
use crate::civil::Zone;

/// What another period comes to under the same contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// `2018-11`.
    pub name: String,
    /// `November 2018`.
    pub span: String,
    /// The whole of it, as far as the record goes.
    pub period: Interval,
    /// What it comes to.
    pub total: Tally,
    /// That held against the contract.
    pub sla: Sla,
    /// How many incidents it had.
    pub incidents: usize,
}

impl Compared {
    /// An assessment of `asked`, without what only its own report tells.
    pub fn of(zone: &Zone, asked: Interval, found: &Assessment) -> Self {
        Self {
            name: name_of(zone, asked),
            span: span_of(zone, asked),
            period: found.period,
            total: found.total,
            sla: found.sla,
            incidents: found.incidents.len(),
        }
    }
}

/// What a month, quarter or year is held against: the one before it, and the quarter or year that it lies in.
///
/// The latter only up to the period's own end, because what comes later would make every report anew. Where nothing comes before,
/// it is the period itself and left out.
pub fn wanted(zone: &Zone, period: Interval) -> Vec<Interval> {
    let (first, last) = ends(zone, period);
    let Some(months) = is_months(first, last) else {
        return Vec::new();
    };
    let around = match months {
        1 => Some(quarter(first)),
        3 => Date::new(first.year(), 1, 1).ok(),
        _ => None,
    };
    let around = around.filter(|start| *start < first);
    let around = around.map(|start| Interval::new(zone.start_of(start), period.end));
    let before = first.checked_sub(Span::new().months(months)).ok();
    let before = before.map(|start| Interval::new(zone.start_of(start), period.start));
    before.into_iter().chain(around).collect()
}

/// The first day of the quarter of a month.
fn quarter(first: Date) -> Date {
    let back = Span::new().months(i32::from((first.month() - 1) % 3));
    first.checked_sub(back).unwrap_or(first)
}

impl Report {
    /// The same beside other periods.
    #[must_use]
    pub fn with_compared(self, compared: Vec<Compared>) -> Self {
        Self { compared, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_held_against_the_month_before_and_their_quarter() {
        let zone = Zone::find("America/New_York").unwrap();
        let names = |first: &str, next: &str| -> Vec<String> {
            let period = Interval::new(
                zone.start_of(first.parse().unwrap()),
                zone.start_of(next.parse().unwrap()),
            );
            let wanted = wanted(&zone, period).into_iter();
            wanted.map(|one| name_of(&zone, one)).collect()
        };
        assert_eq!(names("2018-12-01", "2019-01-01"), ["2018-11", "2018-Q4"]);
        assert_eq!(
            names("2018-11-01", "2018-12-01"),
            ["2018-10", "2018-10-01_2018-11-30"]
        );
        assert_eq!(names("2019-01-01", "2019-02-01"), ["2018-12"]);
        assert_eq!(names("2018-10-01", "2019-01-01"), ["2018-Q3", "2018"]);
        assert_eq!(names("2018-01-01", "2019-01-01"), ["2017"]);
        assert!(names("2018-12-14", "2018-12-17").is_empty());
    }
}
