//! Walking a parsed TOML file: sections and items that know their line and note what is wrong with them.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::Range;

use serde_spanned::Spanned;
use toml::de::{DeTable, DeValue};

use super::Languages;
use crate::plan::problems::Problem;
use crate::schedule::Schedule;

/// What has been found wrong so far, and how lines are told.
pub(super) struct Notes<'t> {
    text: &'t str,
    problems: RefCell<Vec<Problem>>,
    /// Schedules by their text: finding a spacing takes a while, and many probes share few schedules.
    pub(super) schedules: RefCell<BTreeMap<String, Schedule>>,
    /// Syntax checks handed in by the caller.
    pub(super) languages: Languages,
}

impl<'t> Notes<'t> {
    pub(super) fn new(text: &'t str, languages: Languages) -> Self {
        Self {
            text,
            problems: RefCell::default(),
            schedules: RefCell::default(),
            languages,
        }
    }

    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    /// Adds what `other`, made over the same file, has noted.
    pub(super) fn take_in(&self, other: Notes<'_>) {
        self.problems.borrow_mut().extend(other.into_problems());
    }

    /// Notes a mistake at a byte offset of the file.
    pub(super) fn add(&self, at: usize, (place, key): (&str, &str), found: String, hint: &str) {
        let before = self.text.as_bytes().iter().take(at);
        self.problems.borrow_mut().push(Problem {
            line: 1 + before.filter(|byte| **byte == b'\n').count(),
            place: place.to_owned(),
            key: key.to_owned(),
            found,
            hint: hint.to_owned(),
        });
    }
}

/// A table whose keys are fixed: what is never asked for is an unknown key.
pub(super) struct Section<'t> {
    notes: &'t Notes<'t>,
    table: &'t DeTable<'t>,
    at: usize,
    place: String,
    prefix: String,
    asked: RefCell<Vec<&'static str>>,
}

/// One value of the file.
#[derive(Clone)]
pub(super) struct Item<'t> {
    pub(super) notes: &'t Notes<'t>,
    pub(super) place: String,
    pub(super) key: String,
    at: usize,
    span: Range<usize>,
    value: &'t DeValue<'t>,
}

impl<'t> Section<'t> {
    /// The whole file.
    pub(super) fn top(notes: &'t Notes<'t>, table: &'t DeTable<'t>) -> Self {
        Self {
            notes,
            table,
            at: 0,
            place: String::new(),
            prefix: String::new(),
            asked: RefCell::default(),
        }
    }

    /// The same section under the name that its mistakes are told with from here on.
    pub(super) fn named(mut self, place: String) -> Self {
        self.place = place;
        self
    }

    /// The same section as a place of its own, whose keys are told without the way to them.
    pub(super) fn rooted(mut self, place: String) -> Self {
        self.prefix.clear();
        self.named(place)
    }

    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// The value of `key`, if it is there.
    pub(super) fn get(&self, key: &'static str) -> Option<Item<'t>> {
        self.asked.borrow_mut().push(key);
        let (name, value) = self.table.get_key_value(key)?;
        Some(Item {
            notes: self.notes,
            place: self.place.clone(),
            key: format!("{}{key}", self.prefix),
            at: name.span().start,
            span: value.span(),
            value: value.get_ref(),
        })
    }

    /// The value of `key`; its absence is noted with `hint`.
    pub(super) fn need(&self, key: &'static str, hint: &str) -> Option<Item<'t>> {
        let item = self.get(key);
        if item.is_none() {
            self.wrong(&format!("{}{key} is missing", self.prefix), hint);
        }
        item
    }

    /// The only one of `keys` that is there; none, or several, is noted with `hint`.
    pub(super) fn one_of(&self, keys: &[&'static str], hint: &str) -> Option<Item<'t>> {
        let mut found: Vec<Item<'t>> = keys.iter().filter_map(|key| self.get(key)).collect();
        match found.len() {
            0 => {
                let (prefix, keys) = (self.within(), keys.join(", "));
                self.wrong(&format!("{prefix}none of {keys} is there"), hint);
            }
            1 => return found.pop(),
            _ => {
                let keys: Vec<&str> = found.iter().map(|item| item.key.as_str()).collect();
                self.wrong(&format!("{} exclude each other", keys.join(" and ")), hint);
            }
        }
        None
    }

    /// Notes a mistake of the section as a whole.
    pub(super) fn wrong(&self, found: &str, hint: &str) {
        let key = self.prefix.trim_end_matches('.');
        self.notes
            .add(self.at, (&self.place, key), found.to_owned(), hint);
    }

    /// The tables of `[[key]]`; a missing key is an empty list.
    pub(super) fn sections(&self, key: &'static str) -> Vec<Self> {
        let Some(item) = self.get(key) else {
            return Vec::new();
        };
        if let Some(array) = item.value.as_array() {
            let place = |index| {
                let comma = if self.place.is_empty() { "" } else { ", " };
                format!("{}{comma}{key} {}", self.place, index + 1)
            };
            let elements = array.iter().enumerate();
            return elements
                .filter_map(|(index, value)| {
                    let element = item.element(format!("{key}[{index}]"), value);
                    Some(element.section("a table")?.rooted(place(index)))
                })
                .collect();
        }
        item.mistyped("a list of tables", &format!("begin each with [[{key}]]"));
        Vec::new()
    }

    /// The section's own key and a colon, for mistakes of the section as a whole.
    fn within(&self) -> String {
        match self.prefix.strip_suffix('.') {
            Some(key) => format!("{key}: "),
            None => String::new(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// Notes every key that nobody asked for, with the nearest one that exists.
    pub(super) fn finish(&self) {
        let known = self.asked.take();
        for key in self.table.keys() {
            let name: &str = key.get_ref();
            if known.contains(&name) {
                continue;
            }
            let path = format!("{}{}", self.prefix, cut(name));
            let near = nearest(name, known.iter().copied());
            let (found, hint) = match near.map(|near| format!("{}{near}", self.prefix)) {
                Some(near) => (
                    format!("unknown key {path:?}; did you mean {near:?}?"),
                    String::new(),
                ),
                None => (
                    format!("unknown key {path:?}"),
                    format!("known here: {}", sorted(&known)),
                ),
            };
            self.notes
                .add(key.span().start, (&self.place, &path), found, &hint);
        }
    }
}

impl<'t> Item<'t> {
    /// Notes that the value `found`, which is shown before it: `key = value found`.
    pub(super) fn wrong(&self, found: impl Display, hint: impl AsRef<str>) {
        self.hidden(format!("= {} {found}", self.shown()), hint);
    }

    /// Notes a mistake without showing the value: `key found`.
    pub(super) fn hidden(&self, found: impl Display, hint: impl AsRef<str>) {
        let found = format!("{} {found}", self.key);
        self.notes
            .add(self.at, (&self.place, &self.key), found, hint.as_ref());
    }

    /// Notes that the value is of another type than `wanted`. The value is not shown: it may be a secret gone astray.
    pub(super) fn mistyped(&self, wanted: &str, hint: &str) {
        let found = self.value.type_str();
        let article = if matches!(found.as_bytes(), [b'a' | b'i', ..]) {
            "an"
        } else {
            "a"
        };
        self.hidden(format!("is {article} {found}, not {wanted}"), hint);
    }

    pub(super) fn value(&self) -> &'t DeValue<'t> {
        self.value
    }

    /// The value as it stands in the file, cut to one line.
    pub(super) fn shown(&self) -> String {
        let text = self.notes.text.get(self.span.clone()).unwrap_or_default();
        cut(text.lines().next().unwrap_or_default())
    }

    /// The value as a table with fixed keys, noted if it is none.
    pub(super) fn section(&self, wanted: &str) -> Option<Section<'t>> {
        let Some(table) = self.value.as_table() else {
            self.mistyped(wanted, "");
            return None;
        };
        Some(Section {
            notes: self.notes,
            table,
            at: self.at,
            place: self.place.clone(),
            prefix: format!("{}.", self.key),
            asked: RefCell::default(),
        })
    }

    /// The entries of a table with free keys, in the order of the file.
    pub(super) fn entries(&self, hint: &str) -> Vec<(String, Self)> {
        let Some(table) = self.value.as_table() else {
            self.mistyped("a table", hint);
            return Vec::new();
        };
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        entries
            .into_iter()
            .map(|(key, value)| {
                let name = key.get_ref().to_string();
                let mut item = self.element(format!("{}.{}", self.key, cut(&name)), value);
                item.at = key.span().start;
                (name, item)
            })
            .collect()
    }

    /// The elements of a list; a single value is a list of one.
    pub(super) fn elements(&self) -> Vec<Self> {
        match self.value.as_array() {
            Some(array) => array
                .iter()
                .enumerate()
                .map(|(index, value)| self.element(format!("{}[{index}]", self.key), value))
                .collect(),
            None => vec![self.clone()],
        }
    }

    fn element(&self, key: String, value: &'t Spanned<DeValue<'t>>) -> Self {
        Self {
            notes: self.notes,
            place: self.place.clone(),
            key,
            at: value.span().start,
            span: value.span(),
            value: value.get_ref(),
        }
    }
}

/// The candidate that `text` most looks like, if no more than a third of its letters differ.
pub(super) fn nearest<'a>(
    text: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    let scored = candidates.map(|candidate| (strsim::osa_distance(text, candidate), candidate));
    scored
        .filter(|(distance, candidate)| distance * 3 <= candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}

fn sorted(names: &[&str]) -> String {
    let mut names = names.to_vec();
    names.sort_unstable();
    names.dedup();
    names.join(", ")
}

/// At most 60 characters of `text`, control characters escaped.
fn cut(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(60)
        .flat_map(|c| {
            let escaped = c.is_control().then(|| c.escape_default());
            let plain = escaped.is_none().then_some(c);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect();
    if text.chars().count() > 60 {
        short.push('…');
    }
    short
}
