//! What changed between two issues of a report: every number that did, and nothing else.
//!
//! The list is a JSON patch (RFC 6902) with the old values beside the new ones: applied to the figures of the old
//! document it gives those of the new one.

mod align;
mod cause;
mod words;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use align::{Pair, align};

pub use cause::{Cause, Deed, Late, causes};
pub use words::{Line, lines, sentences, text};

/// Members of `report.json` that tell how it came about and are no figures: they are not compared.
const NOT_COMPARED: [&str; 5] = ["basis", "read_until", "revision", "schema", "tzdb"];

/// Members that only say again, for charts, what other members say, or what lies before the period: their changes would be
/// listed twice, or make a new revision of a month because another one has changed.
const SAID_AGAIN: [&str; 2] = ["drawn", "recent"];

/// One changed place of `report.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The place as a JSON pointer (RFC 6901) into the new document; of what was taken out, where it would be.
    pub path: String,
    /// What became of it.
    #[serde(flatten)]
    pub edit: Edit,
}

/// What became of a value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Edit {
    /// It is new.
    Add {
        /// The new value.
        value: Value,
    },
    /// It is gone.
    Remove {
        /// The old value.
        old: Value,
    },
    /// It is another one.
    Replace {
        /// The old value.
        old: Value,
        /// The new value.
        value: Value,
    },
}

/// Which issue of a report this is, and what it changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Counts from 1.
    pub number: u32,
    /// What it stands in for; `None` of the first.
    pub replaces: Option<Differences>,
}

/// How a revision differs from the one before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Differences {
    /// The number of the one before.
    pub number: u32,
    /// SHA-256 of its `report.json`, in hexadecimal.
    pub sha256: String,
    /// Why its numbers can have changed.
    pub causes: Vec<Cause>,
    /// Every changed number.
    pub changes: Vec<Change>,
}

impl Revision {
    /// The first issue.
    pub const FIRST: Self = Self {
        number: 1,
        replaces: None,
    };
}

/// The members of a document that are compared.
pub fn figures(document: &Value) -> Value {
    let mut figures = document.clone();
    if let Value::Object(members) = &mut figures {
        members.retain(|name, _| !NOT_COMPARED.contains(&name.as_str()));
        // How a report is told, and where, changes no number of it.
        if let Some(Value::Object(contract)) = members.get_mut("contract") {
            contract.remove("locale");
        }
        leave_out(members, "incidents", &["link"]);
    }
    figures
}

/// Those of [`figures`] whose changes a revision lists.
pub fn revised(document: &Value) -> Value {
    let mut figures = figures(document);
    if let Value::Object(members) = &mut figures {
        members.retain(|name, _| !SAID_AGAIN.contains(&name.as_str()));
        // Which incidents a day has follows from its outages and theirs, and how one is called from its start.
        leave_out(members, "days", &["incidents"]);
        leave_out(members, "months", &["incidents"]);
        leave_out(members, "incidents", &["anchor"]);
    }
    figures
}

/// Takes members out of every entry of a list.
fn leave_out(document: &mut Map<String, Value>, list: &str, names: &[&str]) {
    let entries = document.get_mut(list).and_then(Value::as_array_mut);
    let entries = entries.into_iter().flatten();
    for entry in entries.filter_map(Value::as_object_mut) {
        entry.retain(|name, _| !names.contains(&name.as_str()));
    }
}

/// Every changed value from `old` to `new`, in the order of the document.
///
/// An instant or a ratio is one value, though it has several members. A list is aligned before it is compared, so
/// that one more outage does not change all that follow it.
pub fn diff(old: &Value, new: &Value) -> Vec<Change> {
    let mut changes = Vec::new();
    compare(old, new, &mut String::new(), &mut changes);
    changes
}

/// A place that a list of changes names and the document does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the document has nothing at {0} that could be changed")]
pub struct NoSuchPlace(pub String);

/// The document that `changes` make of `old`.
///
/// # Errors
/// [`NoSuchPlace`] if they were not made for it.
pub fn apply(old: &Value, changes: &[Change]) -> Result<Value, NoSuchPlace> {
    let mut document = old.clone();
    for change in changes {
        let place = || NoSuchPlace(change.path.clone());
        edit(&mut document, change).ok_or_else(place)?;
    }
    Ok(document)
}

fn edit(document: &mut Value, change: &Change) -> Option<()> {
    let Some((parent, last)) = change.path.rsplit_once('/') else {
        let Edit::Replace { value, .. } = &change.edit else {
            return None;
        };
        *document = value.clone();
        return Some(());
    };
    let name = unescaped(last);
    match document.pointer_mut(parent)? {
        Value::Object(members) => match &change.edit {
            Edit::Add { value } => members.insert(name, value.clone()).is_none(),
            Edit::Remove { .. } => members.remove(&name).is_some(),
            Edit::Replace { value, .. } => members.insert(name, value.clone()).is_some(),
        },
        Value::Array(items) => {
            let at: usize = name.parse().ok()?;
            match &change.edit {
                Edit::Add { value } if at <= items.len() => items.insert(at, value.clone()),
                Edit::Remove { .. } if at < items.len() => drop(items.remove(at)),
                Edit::Replace { value, .. } => *items.get_mut(at)? = value.clone(),
                Edit::Add { .. } | Edit::Remove { .. } => return None,
            }
            true
        }
        _ => false,
    }
    .then_some(())
}

fn compare(old: &Value, new: &Value, path: &mut String, changes: &mut Vec<Change>) {
    if old == new {
        return;
    }
    match (old, new) {
        (Value::Object(a), Value::Object(b)) if !is_one_value(a) && !is_one_value(b) => {
            members(a, b, path, changes);
        }
        (Value::Array(a), Value::Array(b)) => items(a, b, path, changes),
        _ => changes.push(Change {
            path: path.clone(),
            edit: Edit::Replace {
                old: old.clone(),
                value: new.clone(),
            },
        }),
    }
}

fn members(
    old: &Map<String, Value>,
    new: &Map<String, Value>,
    path: &mut String,
    changes: &mut Vec<Change>,
) {
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort_unstable();
    names.dedup();
    for name in names {
        inside(path, name, |path| match (old.get(name), new.get(name)) {
            (Some(old), Some(new)) => compare(old, new, path, changes),
            (old, new) => changes.extend(one_sided(path, old, new)),
        });
    }
}

fn items(old: &[Value], new: &[Value], path: &mut String, changes: &mut Vec<Change>) {
    // Places count in the list as it is when all that comes before has been changed.
    let mut at = 0;
    for pair in align(old, new) {
        inside(path, &at.to_string(), |path| match pair {
            Pair::Both(old, new) => compare(old, new, path, changes),
            Pair::Old(old) => changes.extend(one_sided(path, Some(old), None)),
            Pair::New(new) => changes.extend(one_sided(path, None, Some(new))),
        });
        at += usize::from(!matches!(pair, Pair::Old(_)));
    }
}

fn one_sided(path: &str, old: Option<&Value>, new: Option<&Value>) -> Option<Change> {
    let edit = match (old.cloned(), new.cloned()) {
        (None, Some(value)) => Edit::Add { value },
        (Some(old), None) => Edit::Remove { old },
        _ => return None,
    };
    Some(Change {
        path: path.to_owned(),
        edit,
    })
}

/// Goes one step down, and comes back.
fn inside(path: &mut String, name: &str, visit: impl FnOnce(&mut String)) {
    let length = path.len();
    path.push('/');
    path.push_str(&name.replace('~', "~0").replace('/', "~1"));
    visit(path);
    path.truncate(length);
}

fn unescaped(name: &str) -> String {
    name.replace("~1", "/").replace("~0", "~")
}

/// Whether the members are forms of one value: an instant by several clocks, or a fraction.
fn is_one_value(members: &Map<String, Value>) -> bool {
    let are = |names: &[&str]| {
        members.len() == names.len() && names.iter().all(|name| members.contains_key(*name))
    };
    are(&["ms", "utc", "local"]) || are(&["numerator", "denominator"])
}

#[cfg(test)]
mod tests;
