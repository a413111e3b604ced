//! One page for each incident, under an address that stays.

use ledger::outage::{Incident, Outage};
use ledger::time::{Interval, Millis, Timestamp};

use super::pages::fate;
use super::register::{Fate, Found, Register};
use super::{Service, Told};
use crate::escape::visible;
use crate::report::Report;
use crate::report::basis::sha256;
use crate::report::figures::instant;
use crate::report::links::Links;
use crate::report::page::{Block, Fact, Page, Section};
use crate::summary::Summary;
use crate::text::{Text, say};

/// An incident in the reports of one or several months that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// An instant inside of it.
    pub at: Timestamp,
    /// Where it lies, edges at their farthest.
    pub span: Interval,
    /// The first month that tells of it, by its place.
    pub first: usize,
    /// The last.
    pub last: usize,
}

/// The incidents of `months`, by time. One that lies in several months is one.
pub fn groups<'r>(months: impl IntoIterator<Item = &'r Report>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for (index, report) in months.into_iter().enumerate() {
        for incident in &report.found.incidents {
            let span = extent(report, incident);
            let known = groups
                .iter_mut()
                .find(|one| one.span.intersect(span).is_some());
            match known {
                Some(group) => {
                    group.span.start = group.span.start.min(span.start);
                    group.span.end = group.span.end.max(span.end);
                    group.last = index;
                }
                None => groups.push(Group {
                    at: incident.span.start,
                    span,
                    first: index,
                    last: index,
                }),
            }
        }
    }
    groups.sort_by_key(|one| one.span.start);
    groups
}

/// Where a site at `base` tells of the incidents of a report, as the register calls them.
pub fn links(report: &Report, register: &Register, base: &str) -> Links {
    let all = report.found.incidents.iter();
    let links = all.filter_map(|incident| {
        let span = extent(report, incident);
        let mut kept = register.incidents.iter();
        let kept =
            kept.find(|one| one.fate == Fate::Stands && one.span.intersect(span).is_some())?;
        let address = format!("{base}incidents/{}.html", kept.id);
        Some((incident.number, address))
    });
    links.collect()
}

/// From the earliest start to the latest end.
fn extent(report: &Report, incident: &Incident) -> Interval {
    let outages = report.found.outages.iter();
    let own: Vec<&Outage> = outages
        .filter(|outage| incident.outages.contains(&outage.number))
        .collect();
    let start = own.iter().map(|one| one.start.earliest).min();
    let end = own.iter().map(|one| one.end.latest).max();
    Interval::new(
        start.unwrap_or(incident.span.start),
        // An outage that was seen at the last instant only has some length all the same.
        end.unwrap_or(incident.span.end)
            .max(incident.span.start + Millis(1)),
    )
}

/// What the register needs to know of an incident.
pub fn found(group: &Group, summary: &Summary, evidence: Timestamp) -> Found {
    let name = crate::summary::blank::file_name(summary);
    let end = summary.periods.last().map(|one| one.outage.end.latest);
    Found {
        name: name.trim_end_matches(".md").to_owned(),
        span: group.span,
        title: summary.page().title,
        told: sha256(matters(summary).as_bytes()),
        settled: match summary.is_open() {
            true => evidence,
            false => end.unwrap_or(evidence),
        },
    }
}

/// What readers of a feed want to hear of: that it began, that it is over, whom it hit, what people wrote. Not that an open one is
/// a minute longer.
fn matters(summary: &Summary) -> String {
    let periods = summary.periods.iter().map(|one| {
        let outage = &one.outage;
        let span = one.span();
        let end = (!outage.open).then_some(span.end);
        (span.start, end, &outage.personas)
    });
    let periods: Vec<_> = periods.collect();
    format!("{periods:?} {:?}", summary.notes)
}

/// The page of an incident; `index` is its place in the document.
pub(super) fn page(service: &Service, (index, told): (usize, &Told)) -> Page {
    match &told.summary {
        Some(summary) => summary.page(),
        None => gone(service, index, told),
    }
}

/// What is left to say of one that is none any more.
fn gone(service: &Service, index: usize, told: &Told) -> Page {
    let zone = &service.recent.zone;
    let kept = &told.kept;
    let words = match &kept.fate {
        Fate::Withdrawn => say![
            "By what is known now there was no such incident: later evidence, or a correction that the month's report lists, \
             has withdrawn it."
        ],
        Fate::PartOf(id) => say![
            "It is told as a part of ",
            Text::link("another incident", format!("{id}.html")),
            "."
        ],
        Fate::Stands => say![
            "The records of that time are not kept any more; ",
            Text::link("the report of its month", "../reports/index.html"),
            " tells of it."
        ],
    };
    let title = visible(&kept.title);
    let start = instant(
        zone,
        kept.span.start,
        &format!("/incidents/{index}/span/start"),
    );
    Page {
        kicker: "Incident".into(),
        head: vec![
            Fact::new("Start, as it was told", start),
            Fact::new("Times", zone.name()),
        ],
        sections: vec![Section::new(
            "quick",
            super::pages::capital(fate(&kept.fate)),
            vec![Block::Lead(words)],
        )],
        foot: say![
            "Contract ",
            Text::figure(service.id().to_string(), "/contract"),
            ". Figures stand in ",
            Text::link("status.json", "../status.json"),
            "."
        ],
        running: title.clone(),
        seal: String::new(),
        title,
    }
}
