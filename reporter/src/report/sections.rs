//! What stands in each section of a report, whatever it is printed on.

mod budget;
mod corrections;
mod days;
mod differences;
mod exclusions;
mod head;
mod incidents;
mod latency;
mod lookers;
mod measures;
mod method;
mod personas;
mod warnings;

use super::Report;
use super::page::{Block, Page, Section};
use crate::escape::visible;

pub(super) use head::stage;

/// The whole report, in the order of its eleven sections.
pub fn page(report: &Report) -> Page {
    let contract = &report.contract;
    let service = visible(&contract.service);
    let mut sections = vec![
        head::verdict(report),
        days::section(report),
        incidents::section(report),
        personas::section(report),
        latency::section(report),
        budget::section(report),
        warnings::section(report),
        exclusions::section(report),
        lookers::section(report),
    ];
    sections.extend(differences::section(report));
    sections.push(method::section(report));
    Page {
        kicker: format!("Availability report for {}", visible(&contract.customer)),
        title: format!("{service}, {}", report.span),
        head: head::facts(report),
        sections,
        foot: head::foot(report),
        running: format!("{service}: availability, {}", report.span),
        seal: format!("{}, figures {}", stage(report).plain(), report.short_hash()),
    }
}

/// A section with its blocks, those that would show nothing left out.
fn section(id: &'static str, heading: &str, blocks: Vec<Block>) -> Section {
    let shown = blocks.into_iter().filter(|block| match block {
        Block::Table(table) => !table.rows.is_empty(),
        Block::Pictures(pictures) => !pictures.is_empty(),
        Block::List(points) => !points.is_empty(),
        Block::Facts(facts) | Block::Terms(facts) => !facts.is_empty(),
        Block::Timeline(days) => !days.is_empty(),
        Block::Lead(_) | Block::Words(_) | Block::Nothing(_) => true,
    });
    Section::new(id, heading, shown.collect())
}
