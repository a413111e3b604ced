//! What was left out, who declared it, and what that did: observed less excluded is counted.

use ledger::exclusion::Standing;
use ledger::tally::Excluded;
use ledger::time::Millis;

use super::{corrections as own, section as make};
use crate::escape::visible;
use crate::report::figures::{estimate, instant, length, range};
use crate::report::page::{Block, Cell, Row, Section, Table};
use crate::report::{Report, corrections};
use crate::text::{Text, say};
use crate::words;

/// The sums in words, each window, and each correction.
pub(super) fn section(report: &Report) -> Section {
    let blocks = vec![
        Block::Words(sum(report)),
        Block::Table(windows(report)),
        Block::Words(corrections::text(report)),
        Block::Table(own::measured(report)),
        Block::Table(own::corrected(report)),
    ];
    make("exclusions", "Exclusions and corrections", blocks)
}

/// The sum in one sentence.
fn sum(report: &Report) -> Text {
    let found = &report.found;
    if found.exclusions.is_empty() && found.outside_hours.is_empty() {
        return "Nothing was excluded: observed downtime is counted downtime.".into();
    }
    let outside: Millis = found.outside_hours.iter().map(|part| part.length()).sum();
    let hours = if outside > Millis::ZERO {
        let outside = length(outside, "/outside_hours_ms");
        say![" (", outside, " of it outside the service hours)"]
    } else {
        Text::default()
    };
    let (observed, counted) = (found.observed, found.total.counted);
    say![
        length(found.total.excluded, "/total/excluded_ms"),
        hours,
        " left the calculation by the contract, on both sides of the fraction. Downtime observed ",
        estimate(&observed, "/observed_down_ms"),
        ", of that excluded ",
        length(observed.estimate - counted.estimate, "/excluded_down_ms"),
        ", counted ",
        estimate(&counted, "/total/counted_down_ms"),
        ".",
    ]
}

/// One row a declared window, also for those that left nothing out.
fn windows(report: &Report) -> Table {
    let declared = report.found.exclusions.iter().enumerate();
    Table {
        caption: format!("Declared exclusions, {}", report.span).into(),
        heads: vec!["Window", "Reason*", "Notice*", "Left out", "Downtime in it"],
        rows: declared
            .map(|(index, one)| row(report, index, one))
            .collect(),
        total: None,
    }
}

fn row(report: &Report, index: usize, one: &Excluded) -> Row {
    let zone = &report.zone;
    let at = |part: &str| format!("/exclusions/{index}/{part}");
    let window = say![
        instant(zone, one.window.start, &at("window/start")),
        " to ",
        instant(zone, one.window.end, &at("window/end")),
    ];
    let announced = say!["announced ", instant(zone, one.announced, &at("announced"))];
    let beyond = match one.beyond_cap > Millis::ZERO {
        false => Text::default(),
        true => say![
            length(one.beyond_cap, &at("beyond_cap_ms")),
            " counts: the year\u{2019}s allowance was used up",
        ],
    };
    Row::new([
        Cell::new(window).note(one.id.to_string()),
        Cell::new(visible(&one.reason)).note(visible(&one.author)),
        Cell::new(notice(one, &at("notice_ms"))).note(announced),
        Cell::new(length(one.removed, &at("removed_ms"))).note(beyond),
        Cell::new(estimate(&one.downtime, &at("downtime_ms")))
            .note(range(&one.downtime, &at("downtime_ms"))),
    ])
    .marked(one.standing != Standing::InTime)
}

fn notice(one: &Excluded, at: &str) -> Text {
    let when = if one.notice < Millis::ZERO {
        say![
            Text::figure(words::rounded(-one.notice), at),
            " after its start"
        ]
    } else {
        say![Text::figure(words::rounded(one.notice), at), " before"]
    };
    match one.standing {
        Standing::InTime => when,
        Standing::Late => say!["late, but agreed: ", when],
        Standing::Refused => say!["too late, leaves nothing out: ", when],
    }
}
