//! What a revision changes, and why.

use super::section as make;
use crate::report::figures::number;
use crate::report::page::{Block, Cell, Row, Section, Table};
use crate::report::revision::{Differences, lines, sentences};
use crate::report::{Report, json};
use crate::text::{Text, say};

/// Why numbers changed since the revision before, and every changed one; nothing of a first issue.
pub(super) fn section(report: &Report) -> Option<Section> {
    let differences = report.revision.as_ref()?.replaces.as_ref()?;
    let causes = sentences(&differences.causes, &report.zone);
    let causes = causes
        .into_iter()
        .enumerate()
        .map(|(index, cause)| Text::figure(cause, format!("/revision/replaces/causes/{index}")));
    let blocks = vec![
        Block::List(causes.collect()),
        Block::Table(table(report, differences)),
    ];
    let mut section = make("differences", "", blocks);
    section.heading = say![
        "Differences from revision ",
        number(differences.number, "/revision/replaces/number")
    ];
    Some(section)
}

fn table(report: &Report, differences: &Differences) -> Table {
    let document = json::document(report);
    let rows = lines(&differences.changes, &document, &report.zone);
    let rows = rows.into_iter().enumerate().map(|(index, line)| {
        let at = |side: &str| format!("/revision/replaces/changes/{index}/{side}");
        Row::new([
            Cell::new(line.what).note(line.path),
            Cell::new(Text::figure(line.before, at("old"))),
            Cell::new(Text::figure(line.now, at("value"))),
        ])
    });
    Table {
        caption: say![
            "Every figure that changed since revision ",
            number(differences.number, "/revision/replaces/number")
        ],
        heads: vec!["Figure*", "Before*", "Now*"],
        rows: rows.collect(),
        total: None,
    }
}
