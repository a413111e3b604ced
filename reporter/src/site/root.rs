//! The page above all contracts: one row for each, and where its page is.

use ledger::state::State;
use ledger::time::Millis;
use serde_json::{Value, json};

use super::document::{self, subjects};
use super::now::word;
use super::{Service, Site, subject};
use crate::escape::visible;
use crate::report::figures::{availability, instant, length};
use crate::report::page::{Block, Cell, Fact, Page, Row, Section, Table};
use crate::text::{Text, say};

/// The page, and the document that its figures stand in.
pub(super) fn page(site: &Site) -> (Page, Value) {
    let rows = site.services.iter().enumerate().map(row);
    let table = Table {
        caption: "Each by the clock of its contract".into(),
        heads: vec!["Service", "Now*", "Down today", "90 days"],
        rows: rows.collect(),
        total: None,
    };
    let mut head = Vec::new();
    if let Some(first) = site.services.first() {
        let zone = &first.recent.zone;
        let as_of = say![
            instant(zone, site.as_of, "/as_of"),
            format!(" ({})", zone.name())
        ];
        head.push(Fact::new("As of", as_of));
    }
    let page = Page {
        kicker: "Status".into(),
        title: "Services".into(),
        head,
        sections: vec![Section::new("services", "Now", vec![Block::Table(table)])],
        foot: say![
            "Not kept up to date by itself: load it again for what is newer. Every figure stands in ",
            Text::link("status.json", "status.json"),
            "."
        ],
        running: "Status of all services".into(),
        seal: String::new(),
    };
    (page, document(site))
}

fn row((index, service): (usize, &Service)) -> Row {
    let subjects = subject::subjects(service);
    let name = visible(&service.recent.contract.service);
    let link = Cell::new(Text::link(name, format!("{}/index.html", service.id())));
    let Some(whole) = subjects.first() else {
        return Row::new([link]);
    };
    let at = |part: &str| format!("/services/{index}/subjects/0/{part}");
    let seen = whole.now.seen.filter(|_| whole.now.state == State::Unknown);
    let seen = seen.map(|seen| {
        say![
            "looked at last ",
            instant(&service.recent.zone, seen, &at("seen"))
        ]
    });
    let days = whole.days.availability.map_or_else(
        || "no data".into(),
        |share| availability(share, &at("days/availability")),
    );
    Row::new([
        link,
        Cell::new(Text::figure(word(whole.now.state), at("state"))).note(seen.unwrap_or_default()),
        Cell::new(length(whole.today.down, &at("today/down_ms"))).down(),
        Cell::new(days),
    ])
    .marked(whole.today.down > Millis::ZERO)
}

fn document(site: &Site) -> Value {
    let services = site.services.iter().map(|service| {
        json!({
            "contract": service.id(),
            "service": service.recent.contract.service,
            "path": format!("{}/index.html", service.id()),
            "zone": service.recent.zone.name(),
            "subjects": subjects(service),
        })
    });
    let zone = site.services.first().map(|one| &one.recent.zone);
    json!({
        "schema": document::SCHEMA,
        "as_of": zone.map(|zone| zone.iso(site.as_of)),
        "services": services.collect::<Value>(),
    })
}
