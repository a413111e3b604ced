//! The incidents for programs: members of `report.json`, and the names beside them.

use serde_json::{Value, json};

use super::{Listed, of};
use crate::report::json::document;

/// The schema that [`render`] writes; a change that could break a reader raises it.
const SCHEMA: u32 = 1;

/// What is taken over from `report.json` as it is.
const SAME: [&str; 8] = [
    "name",
    "period",
    "zone",
    "stage",
    "outages",
    "session_outages",
    "borderline_outages",
    "blips",
];

/// The document, indented, ending in a line break.
///
/// # Panics
/// Never: all keys are text.
pub fn render(listed: &Listed) -> String {
    let report = &listed.report;
    let mut whole = document(report);
    let mut incidents = whole["incidents"].take();
    let all = report.found.incidents.iter().zip(&listed.names);
    for (value, (incident, name)) in incidents.as_array_mut().into_iter().flatten().zip(all) {
        let month = &name.month;
        let explained = name.outages.iter().map(|one| format!("{month}#{one}"));
        let last = of(&report.found, incident).pop();
        value["name"] = json!(name.to_string());
        value["explained_as"] = explained.collect();
        value["open"] = json!(last.is_some_and(|last| last.open));
    }
    let length: ledger::outage::Bounds = report.found.incidents.iter().map(|one| one.length).sum();
    let mut found = json!({
        "schema": SCHEMA,
        "contract": report.contract.id,
        "service": report.contract.service,
        "incidents": incidents,
        "total": {
            "incidents": report.found.incidents.len(),
            "length_ms": length,
            "counted_ms": whole["total"]["counted_down_ms"].take(),
        },
    });
    for name in SAME {
        found[name] = whole[name].take();
    }
    serde_json::to_string_pretty::<Value>(&found).expect("all keys are text") + "\n"
}
