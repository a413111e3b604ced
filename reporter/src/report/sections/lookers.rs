//! How well the agents could look.

use ledger::sla::Ratio;
use ledger::time::Millis;

use super::section as make;
use crate::report::figures::{availability, length, number, span};
use crate::report::page::{Block, Cell, Row, Section, Table};
use crate::report::warnings::future;
use crate::report::{Report, pictures, quality};
use crate::text::Text;
use crate::words;

/// Planned and obtained looks, unknown time by cause, and each time an agent was ill.
pub(super) fn section(report: &Report) -> Section {
    let troubles = troubles(report);
    let pictures = Block::Pictures(pictures::of_quality(report));
    let mut blocks = vec![
        pictures,
        Block::Table(coverage(report)),
        Block::Table(clocks(report)),
    ];
    if troubles.rows.is_empty() {
        let nothing = match report.found.total.unknown {
            Millis::ZERO => "All agents could look all the time.",
            _ => {
                "No agent noted trouble of its own. Of the time that is unknown there is no record."
            }
        };
        blocks.push(Block::Nothing(nothing.into()));
    } else {
        blocks.push(Block::Table(by_cause(report)));
        blocks.push(Block::Table(troubles));
    }
    blocks.extend(future(report).map(Block::Words));
    make("quality", "Quality of the measurement", blocks)
}

fn coverage(report: &Report) -> Table {
    let share = |ratio: Option<Ratio>, at: String| match ratio {
        Some(ratio) => availability(ratio, &at),
        None => Text::from("no data"),
    };
    let rows = report.found.coverage.iter().map(|(region, ticks)| {
        let at = |part: &str| format!("/coverage/{region}/{part}");
        let [obtained, good] = quality::shares(ticks);
        Row::new([
            Cell::new(region.to_string()),
            Cell::new(number(ticks.planned, &at("planned"))),
            Cell::new(number(ticks.obtained, &at("obtained"))),
            Cell::new(share(obtained, at("obtained_share"))),
            Cell::new(share(good, at("good_share"))),
        ])
    });
    Table {
        caption: "Scheduled looks by region".into(),
        heads: vec![
            "Region",
            "Planned",
            "Obtained",
            "Obtained of planned",
            "Good at once of obtained",
        ],
        rows: rows.collect(),
        total: None,
    }
}

fn clocks(report: &Report) -> Table {
    let rows = report.clocks.iter().enumerate().map(|(index, one)| {
        let error = match one.error {
            Some(error) => {
                let at = format!("/clocks/{index}/error_ms");
                Text::figure(words::within(error), at)
            }
            None => "not measured".into(),
        };
        Row::new([
            Cell::new(one.agent.to_string()),
            Cell::new(one.region.to_string()),
            Cell::new(error),
        ])
    });
    Table {
        caption: "Clocks of the agents while they looked, held against others' clocks".into(),
        heads: vec!["Agent", "Region*", "Off by at most"],
        rows: rows.collect(),
        total: None,
    }
}

fn by_cause(report: &Report) -> Table {
    let rows = quality::by_cause(report);
    let rows = rows.iter().enumerate().map(|(index, one)| {
        let at = |part: &str| format!("/trouble_by_cause/{index}/{part}");
        Row::new([
            Cell::new(one.region.to_string()),
            Cell::new(one.class.map_or("no data", words::class)),
            Cell::new(number(one.times, &at("times"))),
            Cell::new(length(one.length, &at("length_ms"))),
        ])
    });
    Table {
        caption: "Unknown time by region and cause; agents of one region may overlap".into(),
        heads: vec!["Region", "Cause*", "Times", "Length"],
        rows: rows.collect(),
        total: None,
    }
}

fn troubles(report: &Report) -> Table {
    let all = report.found.prober_trouble.iter().enumerate();
    let rows = all.map(|(index, trouble)| {
        let at = format!("/prober_trouble/{index}/span");
        Row::new([
            Cell::new(span(&report.zone, trouble.interval, &at)),
            Cell::new(length(
                trouble.interval.length(),
                &format!("{at}/length_ms"),
            )),
            Cell::new(trouble.agent.to_string()),
            Cell::new(trouble.class.map_or("no data", words::class)),
        ])
    });
    Table {
        caption: "Agents' own trouble: unknown, never downtime".into(),
        heads: vec!["When", "Length", "Agent*", "Why*"],
        rows: rows.collect(),
        total: None,
    }
}
