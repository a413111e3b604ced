//! Personas and regions, each by itself, worst first.

use ledger::contract::{EdgeMode, Rollup};
use ledger::time::Millis;

use super::section as make;
use crate::report::Report;
use crate::report::figures::{availability, estimate, length, range};
use crate::report::lanes::{self, Sum};
use crate::report::page::{Block, Cell, Row, Section, Table};

/// How they become the service's state, then both tables.
pub(super) fn section(report: &Report) -> Section {
    let personas = lanes::personas(report);
    let regions = lanes::regions(report);
    let blocks = vec![
        Block::Words(rollup(report).into()),
        Block::Table(table("Personas, worst first", "Persona", &personas)),
        Block::Table(table(
            "Personas by region, worst first",
            "Persona and region",
            &regions,
        )),
    ];
    make("personas", "Personas and regions", blocks)
}

fn rollup(report: &Report) -> String {
    let personas = match report.contract.rules.rollup {
        Rollup::Any => "if any persona is",
        Rollup::All => "if all personas are",
        Rollup::Weighted => "by the weighted mean of its personas where they are",
    };
    let edges = match report.contract.rules.edges {
        EdgeMode::Fused => "edges seen by several regions are intersected where all agree",
        EdgeMode::Quorum => "edges are those of the quorum",
    };
    let excluded = match report.found.total.excluded {
        Millis::ZERO => "",
        _ => " and before anything is excluded",
    };
    format!(
        "The service is down {personas} down in a quorum of the regions; {edges}. Figures below are each lane's own, before that{excluded}."
    )
}

fn table(caption: &'static str, name: &'static str, lanes: &[Sum]) -> Table {
    let mut lanes: Vec<&Sum> = lanes.iter().collect();
    lanes.sort_by_key(|one| std::cmp::Reverse(one.down.estimate));
    Table {
        caption: caption.into(),
        heads: vec![name, "Downtime", "Unknown", "Availability"],
        rows: lanes.into_iter().map(row).collect(),
        total: None,
    }
}

fn row(lane: &Sum) -> Row {
    let at = |part: &str| format!("{}/{part}", lane.at);
    let available = match lane.availability {
        Some(ratio) => availability(ratio, &at("availability")),
        None => "no data".into(),
    };
    Row::new([
        Cell::new(&*lane.name),
        Cell::new(estimate(&lane.down, &at("down_ms")))
            .note(range(&lane.down, &at("down_ms")))
            .down(),
        Cell::new(length(lane.unknown, &at("unknown_ms"))),
        Cell::new(available),
    ])
    .marked(lane.down.estimate.0 > 0)
}
