//! `report.map.json`: where each figure of the forms without markup stands in `report.json`.

use serde_json::{Value, json};

use super::csv;
use super::layout::Printed;
use super::pdf::OnSheet;

/// The map of the text forms, of the PDF and of the tables.
///
/// # Panics
/// Never: all keys are text.
pub fn render(forms: &[(&str, &Printed)], on_paper: &[OnSheet]) -> String {
    let mut map = serde_json::Map::new();
    map.insert("schema".into(), json!(1));
    for (name, printed) in forms {
        map.insert((*name).to_owned(), json!(printed.figures));
    }
    if !on_paper.is_empty() {
        map.insert("report.pdf".into(), json!(on_paper));
    }
    let columns = |columns: &[(&str, &str)]| -> Value {
        let places = columns.iter();
        places
            .map(|(name, place)| json!({ "column": name, "json": place }))
            .collect()
    };
    map.insert("days.csv".into(), columns(&csv::days::COLUMNS));
    map.insert("incidents.csv".into(), columns(&csv::incidents::COLUMNS));
    let text = serde_json::to_string_pretty(&Value::Object(map)).expect("all keys are text");
    text + "\n"
}
