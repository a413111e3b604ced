//! Early warnings as people read them: lasting ones one by one, single failures as a count.

use std::collections::BTreeMap;

use ledger::name::Name;
use ledger::tally::EarlyWarning;
use ledger::time::Millis;

use super::Report;
use super::figures::number;
use crate::text::{Text, say};

/// The lasting warnings by time, and how many single failures each probe had besides.
pub(crate) fn grouped(
    warnings: &[EarlyWarning],
) -> (impl Iterator<Item = &EarlyWarning>, BTreeMap<&Name, usize>) {
    let mut single = BTreeMap::new();
    for one in warnings.iter().filter(|one| one.is_single()) {
        *single.entry(&one.probe).or_default() += 1;
    }
    (warnings.iter().filter(|one| !one.is_single()), single)
}

/// A sentence about ticks that some clock put into the future; nothing if there are none.
pub(crate) fn future(report: &Report) -> Option<Text> {
    match report.found.from_the_future {
        0 => None,
        ticks => Some(say![
            "Ticks planned for later than this report was made: ",
            number(ticks, "/from_the_future"),
            ". The clock of an agent was ahead; they are kept and say nothing before their time.",
        ]),
    }
}

/// After a warning the platform is watched closely for so long.
const WATCH: Millis = Millis::from_mins(12 * 60);

/// The incident that followed a warning within twelve hours, or was going on: its place in the list, and by how much the
/// warning came first.
pub(crate) fn followed_by(report: &Report, warning: &EarlyWarning) -> Option<(usize, Millis)> {
    let incidents = report.found.incidents.iter().enumerate();
    let start = warning.interval.start;
    let near = incidents.filter(|(_, one)| start < one.span.end && one.span.start <= start + WATCH);
    near.map(|(index, one)| (index, (one.span.start - start).max(Millis::ZERO)))
        .next()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn single_failures_are_counted_and_lasting_ones_are_listed() {
        let mut warnings = fixture::december().assessment.early_warnings;
        let lasting = warnings.len();
        for minute in 0..3 {
            let mut single = warnings[0].clone();
            single.bad = 1;
            single.interval.start = single.interval.start + Millis::from_mins(minute);
            warnings.push(single);
        }
        let (listed, single) = grouped(&warnings);
        assert_eq!(listed.count(), lasting);
        assert_eq!(single.values().copied().collect::<Vec<_>>(), [3]);
    }
}
