//! Figures about the measurement itself.

use std::collections::BTreeMap;

use ledger::name::Name;
use ledger::sla::Ratio;
use ledger::tally::TickCount;
use ledger::time::Millis;
use ledger::verdict::Class;

use super::Report;

/// Unknown time of one region for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The region.
    pub region: Name,
    /// The reason; no data at all if `None`.
    pub class: Option<Class>,
    /// How often.
    pub times: usize,
    /// How long, all agents of the region added.
    pub length: Millis,
}

/// What was obtained of what was planned, and what was good at once of what was obtained.
pub fn shares(ticks: &TickCount) -> [Option<Ratio>; 2] {
    let share = |part: u64, whole: u64| {
        let (part, whole) = (i64::try_from(part).ok()?, i64::try_from(whole).ok()?);
        Ratio::of_counts(part, whole)
    };
    [
        share(ticks.obtained, ticks.planned),
        share(ticks.good, ticks.obtained),
    ]
}

/// The agents' own trouble added up, longest first.
pub fn by_cause(report: &Report) -> Vec<Cause> {
    let mut sums: BTreeMap<(&Name, Option<Class>), (usize, Millis)> = BTreeMap::new();
    for trouble in &report.found.prober_trouble {
        let sum = sums.entry((&trouble.region, trouble.class)).or_default();
        sum.0 += 1;
        sum.1 += trouble.interval.length();
    }
    let causes = sums.into_iter();
    let mut causes: Vec<Cause> = causes
        .map(|((region, class), (times, length))| Cause {
            region: region.clone(),
            class,
            times,
            length,
        })
        .collect();
    causes.sort_by_key(|one| std::cmp::Reverse(one.length));
    causes
}
