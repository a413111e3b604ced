//! Writing TOML line by line.

use std::fmt::{Display, Write as _};
use std::path::Path;

/// A document that grows.
#[derive(Default)]
pub(super) struct Text(String);

impl Text {
    /// Begins a table, with an empty line before it.
    pub(super) fn table(&mut self, header: &str) {
        self.0.push('\n');
        self.0.push_str(header);
        self.0.push('\n');
    }

    /// Adds a key whose value is TOML already.
    pub(super) fn key(&mut self, key: &str, value: impl Display) {
        writeln!(self.0, "{key} = {value}").expect("text takes all that is written to it");
    }

    pub(super) fn maybe(&mut self, key: &str, value: Option<String>) {
        if let Some(value) = value {
            self.key(key, value);
        }
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// Text as a TOML string.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// A path as a TOML string; one that is no text cannot have come out of a plan.
pub(super) fn path(path: &Path) -> String {
    quoted(&path.to_string_lossy())
}

/// A list of values that are TOML already.
pub(super) fn list(values: impl IntoIterator<Item = impl Display>) -> String {
    let values: Vec<String> = values.into_iter().map(|value| value.to_string()).collect();
    format!("[{}]", values.join(", "))
}

/// An inline table of values that are TOML already, in this order.
pub(super) fn inline<K: AsRef<str>>(keys: impl IntoIterator<Item = (K, String)>) -> String {
    let keys: Vec<String> = keys
        .into_iter()
        .map(|(key, value)| format!("{} = {value}", self::key(key.as_ref())))
        .collect();
    format!("{{ {} }}", keys.join(", "))
}

fn key(key: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !key.is_empty() && key.bytes().all(bare) {
        return key.to_owned();
    }
    // A quoted key is a string on one line.
    let escaped = key.chars().flat_map(|c| match c {
        '"' | '\\' => vec!['\\', c],
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)).chars().collect(),
        c => vec![c],
    });
    format!("\"{}\"", escaped.collect::<String>())
}
