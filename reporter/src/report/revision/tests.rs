use proptest::prelude::*;
use serde_json::json;

use super::*;

/// Documents of the shapes that reports have: members, lists of entries, instants, ratios, bounds.
fn documents() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0_i64..6).prop_map(Value::from),
        (0_i64..3).prop_map(|ms| json!({ "ms": ms, "utc": ms.to_string(), "local": "x" })),
        (0_i64..3).prop_map(|n| json!({ "numerator": n.to_string(), "denominator": "7" })),
        "[a-c~/]{0,2}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 60, 6, |inner| {
        let names = prop_oneof![Just("a"), Just("b_ms"), Just("c/d"), Just("e~f")];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(names.prop_map(str::to_owned), inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn p36_a_diff_applied_to_the_old_document_gives_the_new_one(old in documents(), new in documents()) {
        let changes = diff(&old, &new);
        prop_assert_eq!(apply(&old, &changes).unwrap(), new.clone());
        prop_assert_eq!(changes.is_empty(), old == new);
        let written = serde_json::to_string(&changes).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<Change>>(&written).unwrap(), changes);
    }

    #[test]
    fn p36_no_entry_is_without_a_change(old in documents(), new in documents()) {
        for change in diff(&old, &new) {
            if let Edit::Replace { old, value } = change.edit {
                prop_assert_ne!(old, value);
            }
        }
    }

    /// Leaving out any one entry leaves the documents different: none is too many.
    #[test]
    fn p36_every_entry_is_needed(old in documents(), new in documents(), which in any::<prop::sample::Index>()) {
        let mut changes = diff(&old, &new);
        prop_assume!(!changes.is_empty());
        changes.remove(which.index(changes.len()));
        prop_assert!(apply(&old, &changes).ok() != Some(new));
    }
}

#[test]
fn one_more_outage_is_one_entry_and_its_followers_get_new_numbers() {
    let outage = |number: u32, at: i64| json!({ "number": number, "start": at, "end": at + 60, "class": "status" });
    let old = json!({ "outages": [outage(1, 500), outage(2, 900)], "down_ms": 120 });
    let new =
        json!({ "outages": [outage(1, 100), outage(2, 500), outage(3, 900)], "down_ms": 180 });
    let changes = diff(&old, &new);
    let places: Vec<(&str, bool)> = changes
        .iter()
        .map(|change| {
            (
                change.path.as_str(),
                matches!(change.edit, Edit::Add { .. }),
            )
        })
        .collect();
    assert_eq!(
        places,
        [
            ("/down_ms", false),
            ("/outages/0", true),
            ("/outages/1/number", false),
            ("/outages/2/number", false),
        ]
    );
}

#[test]
fn an_instant_and_a_ratio_change_as_one() {
    let old = json!({ "at": { "ms": 1, "utc": "a", "local": "b" }, "a": { "numerator": "1", "denominator": "2" } });
    let new = json!({ "at": { "ms": 2, "utc": "c", "local": "d" }, "a": { "numerator": "1", "denominator": "3" } });
    let changes = diff(&old, &new);
    let places: Vec<&str> = changes.iter().map(|change| change.path.as_str()).collect();
    assert_eq!(places, ["/a", "/at"]);
}

#[test]
fn a_list_of_changes_fits_its_own_document_only() {
    let changes = diff(&json!({ "a": 1 }), &json!({ "a": 2 }));
    let error = apply(&json!({ "b": 1 }), &changes).unwrap_err();
    assert_eq!(error, NoSuchPlace("/a".into()));
}
