//! Reading TOML by hand, so that every mistake is told at once, each with its line.

use std::collections::BTreeSet;
use std::fmt;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One mistake in a script.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// From 1.
    pub line: usize,
    /// The key, with the fault that it is in.
    pub place: String,
    /// What stands there.
    pub found: String,
    /// What should.
    pub expected: String,
}

/// A script that cannot be used, with all its mistakes by line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ScriptError {
    file: String,
    mistakes: Vec<Mistake>,
}

/// The mistakes so far.
pub(super) struct Notes<'t> {
    file: &'t str,
    text: &'t str,
    mistakes: Vec<Mistake>,
}

/// One table whose keys are taken one by one; those left at the end are unknown.
pub(super) struct Fields<'t> {
    table: &'t DeTable<'t>,
    taken: BTreeSet<&'static str>,
    place: String,
    /// Where the table begins, for keys that are missing.
    begin: usize,
}

type Value<'t> = Spanned<DeValue<'t>>;

impl ScriptError {
    /// All mistakes, by line.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }
}

impl fmt::Display for ScriptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, mistake) in self.mistakes.iter().enumerate() {
            let Mistake {
                line,
                place,
                found,
                expected,
            } = mistake;
            let end = if number + 1 < self.mistakes.len() {
                "\n"
            } else {
                ""
            };
            write!(
                f,
                "{}:{line}: {place}: found {found}; expected {expected}{end}",
                self.file
            )?;
        }
        Ok(())
    }
}

impl<'t> Notes<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        Self {
            file,
            text,
            mistakes: Vec::new(),
        }
    }

    /// Notes a mistake at a byte of the text.
    pub(super) fn note(
        &mut self,
        at: usize,
        place: String,
        found: String,
        expected: impl Into<String>,
    ) {
        let line = 1 + self
            .text
            .as_bytes()
            .iter()
            .take(at)
            .filter(|byte| **byte == b'\n')
            .count();
        self.mistakes.push(Mistake {
            line,
            place,
            found,
            expected: expected.into(),
        });
    }

    /// `value` if there was no mistake.
    pub(super) fn finish<T>(mut self, value: T) -> Result<T, ScriptError> {
        if self.mistakes.is_empty() {
            return Ok(value);
        }
        self.mistakes.sort_by_key(|mistake| mistake.line);
        Err(ScriptError {
            file: self.file.to_owned(),
            mistakes: self.mistakes,
        })
    }
}

impl<'t> Fields<'t> {
    pub(super) fn new(table: &'t DeTable<'t>, place: String, begin: usize) -> Self {
        Self {
            table,
            taken: BTreeSet::new(),
            place,
            begin,
        }
    }

    /// The value of `key` as `read` makes it out; `read` returns what it expected when it cannot.
    pub(super) fn take<T>(
        &mut self,
        notes: &mut Notes<'_>,
        key: &'static str,
        read: impl FnOnce(&DeValue<'_>) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.raw(key)?;
        match read(value.get_ref()) {
            Ok(read) => Some(read),
            Err(expected) => {
                notes.note(
                    value.span().start,
                    self.at(key),
                    shown(value.get_ref()),
                    expected,
                );
                None
            }
        }
    }

    /// The value of `key` as it stands.
    pub(super) fn raw(&mut self, key: &'static str) -> Option<&'t Value<'t>> {
        self.taken.insert(key);
        self.table.get(key)
    }

    /// Notes a mistake about `key`, which may be missing.
    pub(super) fn fault(&self, notes: &mut Notes<'_>, key: &str, expected: impl Into<String>) {
        let (at, found) = match self.table.get(key) {
            Some(value) => (value.span().start, shown(value.get_ref())),
            None => (self.begin, "nothing".to_owned()),
        };
        notes.note(at, self.at(key), found, expected);
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Notes every key that was not taken; `known` says which would have been.
    pub(super) fn finish(self, notes: &mut Notes<'_>, known: &[&str]) {
        for key in self
            .table
            .keys()
            .filter(|key| !self.taken.contains(key.get_ref().as_ref()))
        {
            let text = key.get_ref();
            let near = known.iter().max_by(|a, b| {
                strsim::jaro_winkler(a, text).total_cmp(&strsim::jaro_winkler(b, text))
            });
            let expected = match near.filter(|near| strsim::jaro_winkler(near, text) > 0.8) {
                Some(near) => format!("{near:?}, perhaps"),
                None => format!("one of {}", known.join(", ")),
            };
            notes.note(
                key.span().start,
                self.at(text),
                "a key that means nothing here".to_owned(),
                expected,
            );
        }
    }

    fn at(&self, key: &str) -> String {
        if self.place.is_empty() {
            key.to_owned()
        } else {
            format!("{}: {key}", self.place)
        }
    }
}

/// A value as a message shows it, cut short.
pub(super) fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => format!("{:?}", text.chars().take(60).collect::<String>()),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.to_string(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(instant) => instant.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
