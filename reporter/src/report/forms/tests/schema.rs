//! `report.json` follows the schema that is shipped, and the schema refuses what is none.

use serde_json::Value;

use super::reports;
use crate::fixture::{self, cases};
use crate::report::basis::sha256;
use crate::report::json;
use crate::report::revision::{Differences, Revision, causes, diff, revised};

/// What of `value` its schema does not allow, with the places; members that it does not name are not allowed either.
#[expect(clippy::too_many_lines, reason = "a branch for each word of a schema")]
fn mistakes(value: &Value, schema: &Value, root: &Value, at: &str, found: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let place = name.trim_start_matches('#');
        let target = root.pointer(place).unwrap_or_else(|| panic!("no {name}"));
        return mistakes(value, target, root, at, found);
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let fits = choices.iter().any(|one| {
            let mut own = Vec::new();
            mistakes(value, one, root, at, &mut own);
            own.is_empty()
        });
        // What a null excuses is told of the other choice.
        match choices.first() {
            Some(first) if !fits => mistakes(value, first, root, at, found),
            _ => {}
        }
        return;
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => vec![kind],
    };
    if !kinds.contains(&kind) {
        found.push(format!("{at} is {kind}, not {kinds:?}"));
    }
    let listed = schema["enum"].as_array();
    if listed.is_some_and(|all| !all.contains(value)) {
        found.push(format!("{at} = {value} is not listed"));
    }
    if schema.get("const").is_some_and(|only| only != value) {
        found.push(format!("{at} = {value} is another"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        if let Some(items) = schema.get("items") {
            mistakes(item, items, root, &format!("{at}/{index}"), found);
        }
    }
    let required = schema["required"].as_array().filter(|_| value.is_object());
    for name in required.into_iter().flatten() {
        if value.get(name.as_str().unwrap()).is_none() {
            found.push(format!("{at} lacks {name}"));
        }
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        let at = format!("{at}/{name}");
        match (
            schema["properties"].get(name),
            &schema["additionalProperties"],
        ) {
            (Some(known), _) => mistakes(member, known, root, &at, found),
            (None, Value::Bool(false)) => found.push(format!("{at} is not described")),
            (None, Value::Object(_)) => {
                mistakes(member, &schema["additionalProperties"], root, &at, found);
            }
            (None, _) => {}
        }
    }
}

/// The schema that is shipped.
fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../../docs/report.schema.json")).unwrap()
}

#[test]
fn every_document_follows_the_schema_that_is_shipped() {
    let schema = schema();
    for (name, report) in reports() {
        let mut found = Vec::new();
        mistakes(&json::document(&report), &schema, &schema, "", &mut found);
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    let schema = schema();
    let document = json::document(&fixture::report(fixture::december()));
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut document = document.clone();
        change(&mut document);
        let mut found = Vec::new();
        mistakes(&document, &schema, &schema, "", &mut found);
        found.join("; ")
    };
    assert_eq!(
        refused(&|document| document["schema"] = 2.into()),
        "/schema = 2 is another"
    );
    let found = refused(&|document| document["days"][3]["tally"]["up_ms"] = "1 h".into());
    assert_eq!(found, "/days/3/tally/up_ms is string, not [\"integer\"]");
    let found = refused(&|document| document["extra"] = true.into());
    assert_eq!(found, "/extra is not described");
    let found = refused(&|document| drop(document.as_object_mut().map(|all| all.remove("hash"))));
    assert_eq!(found, " lacks \"hash\"");
}

#[test]
fn a_revision_follows_the_schema_with_all_its_changes() {
    let schema = schema();
    let first = fixture::report(fixture::december());
    let before = json::document(&first);
    let mut report = fixture::report(cases::maintained());
    report.basis.read_until.0 += 1;
    let now = json::document(&report);
    let changes = diff(&revised(&before), &revised(&now));
    assert!(changes.len() > 20, "{changes:#?}");
    let causes = causes((&before, &now), (&first.basis, &report.basis), &changes);
    assert!(causes.len() > 1, "{causes:?}");
    report.revision = Some(Revision {
        number: 2,
        replaces: Some(Differences {
            number: 1,
            sha256: sha256(before.to_string().as_bytes()),
            causes,
            changes,
        }),
    });
    let mut found = Vec::new();
    let document = json::document(&report);
    mistakes(&document, &schema, &schema, "", &mut found);
    assert!(found.is_empty(), "{found:#?}");
    let mut broken = document;
    broken["revision"]["replaces"]["changes"][0]["op"] = "swap".into();
    mistakes(&broken, &schema, &schema, "", &mut found);
    assert!(
        !found.is_empty(),
        "another word than add, remove and replace"
    );
}
