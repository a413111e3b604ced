//! The civil months of a period, as sums of its days.

use ledger::tally::Tally;

use super::Report;

/// What a month comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Month {
    /// `2018-12`.
    pub name: String,
    /// The sum of its days.
    pub tally: Tally,
    /// How many outages touch it.
    pub outages: usize,
}

/// The months that the period touches, oldest first.
pub fn of(report: &Report) -> Vec<Month> {
    let mut months: Vec<(Month, Vec<u32>)> = Vec::new();
    for day in &report.found.days {
        let name: String = day.date.chars().take(7).collect();
        if months.last().is_none_or(|(last, _)| last.name != name) {
            let tally = Tally::default();
            let outages = 0;
            months.push((
                Month {
                    name,
                    tally,
                    outages,
                },
                Vec::new(),
            ));
        }
        if let Some((month, seen)) = months.last_mut() {
            month.tally += day.tally;
            seen.extend(&day.outages);
            seen.sort_unstable();
            seen.dedup();
            month.outages = seen.len();
        }
    }
    months.into_iter().map(|(month, _)| month).collect()
}
