//! `incidents.csv`: one row an incident, by time.

use ledger::outage::{Incident, Outage};

use crate::escape;
use crate::report::{Report, links};

/// The columns, and where their cells stand in `report.json`.
pub const COLUMNS: [(&str, &str); 19] = [
    ("contract", "/contract/id"),
    ("service", "/contract/service"),
    ("number", "/incidents/{row}/number"),
    ("zone", "/zone"),
    ("start_utc", "/incidents/{row}/span/start/utc"),
    ("end_utc", "/incidents/{row}/span/end/utc"),
    ("start_local", "/incidents/{row}/span/start/local"),
    ("end_local", "/incidents/{row}/span/end/local"),
    ("open", "/outages"),
    ("length_ms", "/incidents/{row}/length_ms/estimate"),
    ("length_lower_ms", "/incidents/{row}/length_ms/lower"),
    ("length_upper_ms", "/incidents/{row}/length_ms/upper"),
    ("outages", "/incidents/{row}/outages"),
    ("personas", "/incidents/{row}/personas"),
    ("regions", "/incidents/{row}/regions"),
    ("classes", "/incidents/{row}/bad_ticks"),
    ("title", "/incidents/{row}/notes/0/title"),
    ("cause", "/incidents/{row}/notes/0/cause"),
    ("link", "/incidents/{row}/link"),
];

/// The file.
pub fn render(report: &Report) -> String {
    let incidents = report.found.incidents.iter();
    super::file(&COLUMNS, incidents.map(|one| row(report, one)))
}

fn row(report: &Report, incident: &Incident) -> Vec<String> {
    let zone = &report.zone;
    let outages = report.found.outages.iter();
    let own: Vec<&Outage> = outages
        .filter(|outage| incident.outages.contains(&outage.number))
        .collect();
    let (start, end) = (incident.span.start, incident.span.end);
    let note = report.notes_about(incident).next();
    let said = |text: Option<&str>| text.map_or_else(String::new, escape::csv);
    let numbers: Vec<String> = incident.outages.iter().map(u32::to_string).collect();
    let length = incident.length;
    vec![
        escape::csv(report.contract.id.as_str()),
        escape::csv(&report.contract.service),
        incident.number.to_string(),
        escape::csv(zone.name()),
        start.to_string(),
        end.to_string(),
        zone.iso(start),
        zone.iso(end),
        own.last().is_some_and(|last| last.open).to_string(),
        length.estimate.0.to_string(),
        length.lower.0.to_string(),
        length.upper.0.to_string(),
        numbers.join(" "),
        words(own.iter().flat_map(|one| &one.personas)),
        words(own.iter().flat_map(|one| &one.regions)),
        words(
            own.iter()
                .flat_map(|one| one.classes.keys().map(|class| class.as_str())),
        ),
        said(note.map(|note| note.title.as_str())),
        said(note.and_then(|note| note.cause.as_deref())),
        said(links::lasting(report, incident)),
    ]
}

/// Each once, sorted, with spaces between them.
fn words<T: ToString>(items: impl Iterator<Item = T>) -> String {
    let words: std::collections::BTreeSet<String> = items.map(|item| item.to_string()).collect();
    let words: Vec<String> = words.into_iter().collect();
    escape::csv(&words.join(" "))
}
