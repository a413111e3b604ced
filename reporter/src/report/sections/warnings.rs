//! What the platform below the service showed; counted nowhere.

use ledger::tally::EarlyWarning;
use ledger::time::Millis;

use super::section as make;
use crate::report::Report;
use crate::report::figures::{count, length, number, span};
use crate::report::page::{Block, Cell, Row, Section, Table};
use crate::report::warnings::{followed_by, grouped};
use crate::text::{Text, say};
use crate::words;

/// The list by time, and what came of each.
pub(super) fn section(report: &Report) -> Section {
    let table = table(report);
    let about = "What the machines under the service showed. It is counted nowhere.";
    let list = match table.rows.is_empty() {
        true => Block::Nothing("There was none.".into()),
        false => Block::Table(table),
    };
    let blocks = vec![Block::Words(about.into()), list];
    make("warnings", "Early warnings", blocks)
}

fn table(report: &Report) -> Table {
    let all = report.found.early_warnings.iter().enumerate();
    let lasting = all.filter(|(_, one)| !one.is_single());
    let lasting = lasting.map(|(index, one)| row(report, index, one));
    let (_, single) = grouped(&report.found.early_warnings);
    let besides = single.into_iter().map(|(probe, failures)| {
        Row::new([
            Cell::new("besides"),
            Cell::new(probe.to_string()),
            Cell::new(count(
                failures,
                "single failure",
                &format!("/single_warnings/{probe}"),
            )),
            Cell::new("good again at the next look"),
        ])
    });
    Table {
        caption: "Early warnings".into(),
        heads: vec!["When*", "Probe*", "What*", "Customers*"],
        rows: lasting.chain(besides).collect(),
        total: None,
    }
}

fn row(report: &Report, index: usize, warning: &EarlyWarning) -> Row {
    let at = format!("/early_warnings/{index}");
    Row::new([
        Cell::new(span(&report.zone, warning.interval, &format!("{at}/span"))),
        Cell::new(warning.probe.to_string()),
        Cell::new(words::class(warning.class))
            .note(format!("seen from {}", words::list(&warning.regions))),
        Cell::new(customers(report, index, warning)),
    ])
}

/// Whether people noticed, and which incident came after it or was going on.
fn customers(report: &Report, index: usize, warning: &EarlyWarning) -> Text {
    let at = |part: &str| format!("/early_warnings/{index}/{part}");
    let state = match warning.no_customer_impact {
        true => "all personas stayed up",
        false => "near an outage",
    };
    let Some((place, lead)) = followed_by(report, warning) else {
        return state.into();
    };
    let incident = say![
        "incident ",
        number(report.found.incidents[place].number, &at("incident")),
    ];
    if lead > Millis::ZERO {
        let lead = length(lead, &at("lead_ms"));
        return say![state, "; ", incident, " began ", lead, " later"];
    }
    say!["during ", incident]
}
