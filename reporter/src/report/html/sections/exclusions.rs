//! What was left out, who declared it, and what that did: observed less excluded is counted.

use ledger::exclusion::Standing;
use ledger::tally::Excluded;
use ledger::time::Millis;

use super::super::table::{Cell, Row, Table};
use crate::escape::visible;
use crate::report::Report;
use crate::words;

/// The sum in one sentence.
pub(in super::super) fn exclusions(report: &Report) -> String {
    let found = &report.found;
    let (excluded, observed) = (found.total.excluded, found.observed.estimate);
    let counted = found.total.counted.estimate;
    if found.exclusions.is_empty() && found.outside_hours.is_empty() {
        return "Nothing was excluded: observed downtime is counted downtime.".into();
    }
    let outside: Millis = found.outside_hours.iter().map(|part| part.length()).sum();
    let hours = if outside > Millis::ZERO {
        format!(
            " ({} of it outside the service hours)",
            words::duration(outside)
        )
    } else {
        String::new()
    };
    format!(
        "{}{hours} left the calculation by the contract, on both sides of the fraction. Downtime observed {}, of that excluded {}, counted {}.",
        words::duration(excluded),
        words::duration(observed),
        words::duration(observed - counted),
        words::duration(counted),
    )
}

/// One row a declared window, also for those that left nothing out.
pub(in super::super) fn windows(report: &Report) -> Table {
    let declared = report.found.exclusions.iter().enumerate();
    Table {
        caption: format!("Declared exclusions, {}", report.span),
        heads: vec!["Window", "Reason*", "Notice*", "Left out", "Downtime in it"],
        rows: declared
            .map(|(index, one)| row(report, index, one))
            .collect(),
        total: None,
    }
}

fn row(report: &Report, index: usize, one: &Excluded) -> Row {
    let zone = &report.zone;
    let window = format!(
        "{} to {}",
        zone.table(one.window.start),
        zone.table(one.window.end)
    );
    let beyond = one.beyond_cap;
    let counts = (beyond > Millis::ZERO).then(|| {
        format!(
            "{} counts: the year\u{2019}s allowance was used up",
            words::duration(beyond)
        )
    });
    let at = |part: &str| format!("/exclusions/{index}/{part}");
    Row::new([
        Cell::new(window).note(Some(one.id.to_string())),
        Cell::new(visible(&one.reason)).note(Some(visible(&one.author))),
        Cell::new(notice(one)).note(Some(format!("announced {}", zone.table(one.announced)))),
        Cell::new(words::duration(one.removed))
            .note(counts)
            .at(at("removed_ms")),
        Cell::new(words::duration(one.downtime.estimate))
            .note(words::range(&one.downtime))
            .at(at("downtime_ms/estimate")),
    ])
    .marked(one.standing != Standing::InTime)
}

fn notice(one: &Excluded) -> String {
    let when = if one.notice < Millis::ZERO {
        format!("{} after its start", words::rounded(-one.notice))
    } else {
        format!("{} before", words::rounded(one.notice))
    };
    match one.standing {
        Standing::InTime => when,
        Standing::Late => format!("late, but agreed: {when}"),
        Standing::Refused => format!("too late, leaves nothing out: {when}"),
    }
}
