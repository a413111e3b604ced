//! What a revision changes, and why.

use super::super::table::{Cell, Row, Table};
use crate::report::revision::{Differences, lines, sentences};
use crate::report::{Report, json};

/// The number of the revision before, why numbers changed since, and every changed one; nothing of a first issue.
pub(in super::super) fn differences(report: &Report) -> (u32, Vec<String>, Table) {
    let Some(differences) = of(report) else {
        return (0, Vec::new(), Table::default());
    };
    let document = json::document(report);
    let rows = lines(&differences.changes, &document, &report.zone);
    let table = Table {
        caption: format!(
            "Every figure that changed since revision {}",
            differences.number
        ),
        heads: vec!["Figure", "Before*", "Now*"],
        rows: rows
            .into_iter()
            .map(|line| {
                Row::new([
                    Cell::new(line.what).note(Some(line.path)),
                    Cell::new(line.before),
                    Cell::new(line.now),
                ])
            })
            .collect(),
        total: None,
    };
    let causes = sentences(&differences.causes, &report.zone);
    (differences.number, causes, table)
}

fn of(report: &Report) -> Option<&Differences> {
    report.revision.as_ref()?.replaces.as_ref()
}
