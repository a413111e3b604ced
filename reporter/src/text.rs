//! Words with figures in them. A figure knows its place in the document that it is printed from, in every form.

/// A stretch of text, in pieces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(Vec<Piece>);

/// Words, or a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words between figures.
    Words(String),
    /// A number, a length, a share or an instant as it is printed.
    Figure {
        /// What stands on the page.
        text: String,
        /// The JSON pointer of what it was printed from.
        at: String,
    },
    /// Words that lead to another page of the same site; HTML links them, other forms print them.
    Link {
        /// What stands on the page.
        text: String,
        /// Where it leads, relative to the page.
        to: String,
    },
}

/// Puts words and figures together: `say!["down ", length, " in all"]`.
macro_rules! say {
    ($($part:expr),* $(,)?) => {
        $crate::text::Text::default()$(.and($part))*
    };
}
pub(crate) use say;

impl Text {
    /// A figure alone.
    pub fn figure(text: impl Into<String>, at: impl Into<String>) -> Self {
        Self(vec![Piece::Figure {
            text: text.into(),
            at: at.into(),
        }])
    }

    /// Words that lead to another page.
    pub fn link(text: impl Into<String>, to: impl Into<String>) -> Self {
        Self(vec![Piece::Link {
            text: text.into(),
            to: to.into(),
        }])
    }

    /// The same with more behind it.
    #[must_use]
    pub fn and(mut self, more: impl Into<Self>) -> Self {
        for piece in more.into().0 {
            match (self.0.last_mut(), piece) {
                (Some(Piece::Words(words)), Piece::Words(more)) => words.push_str(&more),
                (_, piece) => self.0.push(piece),
            }
        }
        self
    }

    /// `a, b and c`; `none` of nothing.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        let mut items: Vec<Self> = items.into_iter().collect();
        let Some(last) = items.pop() else {
            return "none".into();
        };
        let Some(first) = items.pop() else {
            return last;
        };
        items.push(first);
        Self::joined(items, ", ").and(" and ").and(last)
    }

    /// The items with `between` between them.
    pub fn joined(items: impl IntoIterator<Item = Self>, between: &str) -> Self {
        let mut all = Self::default();
        for item in items {
            if !all.is_empty() {
                all = all.and(between);
            }
            all = all.and(item);
        }
        all
    }

    /// Whether there is nothing to print.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pieces in order.
    pub fn pieces(&self) -> &[Piece] {
        &self.0
    }

    /// What is printed, without the places.
    pub fn plain(&self) -> String {
        self.0.iter().map(Piece::text).collect()
    }
}

impl Piece {
    /// What is printed.
    pub fn text(&self) -> &str {
        match self {
            Self::Words(text) | Self::Figure { text, .. } | Self::Link { text, .. } => text,
        }
    }

    /// A part of it, at the same place.
    pub(crate) fn with(&self, part: &str) -> Self {
        match self {
            Self::Words(_) => Self::Words(part.to_owned()),
            Self::Figure { at, .. } => Self::Figure {
                text: part.to_owned(),
                at: at.clone(),
            },
            Self::Link { to, .. } => Self::Link {
                text: part.to_owned(),
                to: to.clone(),
            },
        }
    }
}

impl From<String> for Text {
    fn from(words: String) -> Self {
        if words.is_empty() {
            return Self::default();
        }
        Self(vec![Piece::Words(words)])
    }
}

impl From<&str> for Text {
    fn from(words: &str) -> Self {
        words.to_owned().into()
    }
}

impl From<Piece> for Text {
    fn from(piece: Piece) -> Self {
        Self(vec![piece])
    }
}

impl From<Option<Self>> for Text {
    fn from(text: Option<Self>) -> Self {
        text.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_run_together_and_figures_stay_apart() {
        let text = say!["down ", "for ", Text::figure("2 h", "/down"), "."];
        assert_eq!(text.plain(), "down for 2 h.");
        assert_eq!(text.pieces().len(), 3);
        let list = |items: &[&str]| Text::list(items.iter().map(|one| Text::from(*one))).plain();
        assert_eq!(list(&[]), "none");
        assert_eq!(list(&["a"]), "a");
        assert_eq!(list(&["a", "b"]), "a and b");
        assert_eq!(list(&["a", "b", "c"]), "a, b and c");
    }
}
