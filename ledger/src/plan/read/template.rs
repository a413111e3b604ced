//! Templates: `{{name}}` in text must be something that an earlier step took.

use super::cursor::{Item, nearest};
use crate::plan::Template;

/// The names that a template may use at some step.
pub(super) struct Scope {
    taken: Vec<String>,
    /// Whether anything so far used the password.
    pub(super) signs_in: bool,
}

impl Scope {
    pub(super) fn new() -> Self {
        Self {
            taken: vec!["username".to_owned(), "password".to_owned()],
            signs_in: false,
        }
    }

    /// Makes `name` usable from here on; `item` is what takes it.
    pub(super) fn take(&mut self, name: &str, item: &Item<'_>) {
        let fits = name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-'));
        if !fits || name.is_empty() || name.len() > 64 {
            item.hidden("is not a name", "use 1 to 64 of a-z, A-Z, 0-9, _ and -");
        } else if matches!(name, "username" | "password") {
            item.hidden(
                "hides the account's own",
                "take it under another name, such as \"session_user\"",
            );
        } else if !self.taken.iter().any(|taken| taken == name) {
            self.taken.push(name.to_owned());
        }
    }

    /// Reads a template at `item`.
    pub(super) fn template(&mut self, item: &Item<'_>) -> Option<Template> {
        let text = item.text()?.to_owned();
        self.check(&text, item);
        Some(Template(text))
    }

    /// Like [`Self::template`], for values that would be a secret if they were written out.
    pub(super) fn secret_template(&mut self, item: &Item<'_>) -> Option<Template> {
        let text = item.text()?;
        if !text.contains("{{") {
            item.hidden(
                "holds a secret itself, which a plan must not",
                "use {{password}} or something that an earlier step takes",
            );
            return None;
        }
        self.template(item)
    }

    /// Notes every name in `text` that nothing takes.
    pub(super) fn check(&mut self, text: &str, item: &Item<'_>) {
        let mut rest = text;
        while let Some((_, tail)) = rest.split_once("{{") {
            let Some((name, tail)) = tail.split_once("}}") else {
                item.hidden("opens {{ without }}", "write it as {{name}}");
                return;
            };
            rest = tail;
            let name = name.trim();
            self.signs_in |= name == "password";
            if self.taken.iter().any(|taken| taken == name) {
                continue;
            }
            let near = nearest(name, self.taken.iter().map(String::as_str));
            let hint = near.map_or_else(
                || format!("usable here: {}", self.taken.join(", ")),
                |near| format!("did you mean {{{{{near}}}}}?"),
            );
            item.hidden(
                format_args!("uses {{{{{name}}}}}, which no earlier step takes"),
                hint,
            );
        }
    }
}
