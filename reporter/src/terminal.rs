//! Text on a terminal: how wide it is, and lines that stay inside it, whatever somebody called something.
//!
//! Widths are columns: letters of East Asian scripts and most emoji take two, combining marks none.

use unicode_width::UnicodeWidthStr as _;

/// How many columns there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width(usize);

/// Longer lines of prose are hard to read.
const PROSE: usize = 100;

impl Width {
    /// What every page fits into; pipes and files get this.
    pub const LEAST: Self = Self(80);

    /// So many columns, but never less than [`Self::LEAST`].
    pub fn new(columns: usize) -> Self {
        Self(columns.max(Self::LEAST.0))
    }

    /// All columns.
    pub const fn columns(self) -> usize {
        self.0
    }

    /// How wide lines of words become; one column stays free, as some terminals break a line that fills the last one.
    pub fn prose(self) -> usize {
        self.0.min(PROSE) - 1
    }
}

/// Two columns between a time and a name; a line may be broken at the second.
pub const APART: &str = "\u{a0} ";

/// How many columns a text takes.
pub fn columns(text: &str) -> usize {
    text.width()
}

/// The text with spaces behind it, up to so many columns.
pub fn left(text: &str, width: usize) -> String {
    let gap = width.saturating_sub(columns(text));
    format!("{text}{:gap$}", "")
}

/// The name of a row in a column so wide; a longer name gets a line of its own, and the row goes on below it.
pub fn beside(name: &str, width: usize) -> String {
    if columns(name) < width {
        return left(name, width);
    }
    format!("{name}\n{:width$}", "")
}

/// The text with spaces before it, up to so many columns.
pub fn right(text: &str, width: usize) -> String {
    let gap = width.saturating_sub(columns(text));
    format!("{:gap$}{text}", "")
}

/// The text, cut to so many columns with an ellipsis.
pub fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let kept = &text[..head(text, width.saturating_sub(1))];
    format!("{kept}…")
}

/// The text broken at spaces into lines of at most `width` columns, its first line indented by `indent`, the others by
/// `hang`. A word that is wider than a line is broken anywhere.
pub fn wrapped(text: &str, (indent, hang): (usize, usize), width: usize) -> String {
    let room = width.saturating_sub(indent.max(hang)).max(1);
    let words = text.split(' ').filter(|word| !word.is_empty());
    let mut page = String::new();
    let mut line = " ".repeat(indent);
    let mut filled = false;
    for word in words.flat_map(|word| pieces(word, room)) {
        if filled && columns(&line) + 1 + columns(word) > width {
            page.push_str(line.trim_end());
            page.push('\n');
            line = " ".repeat(hang);
            filled = false;
        }
        if filled {
            line.push(' ');
        }
        line.push_str(word);
        filled = true;
    }
    page.push_str(line.trim_end());
    page.push('\n');
    page
}

/// A word in pieces of at most `room` columns.
fn pieces(word: &str, room: usize) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while columns(rest) > room {
        // A letter of two columns in a room of one goes over the edge rather than round in circles.
        let least = rest.chars().next().map_or(1, char::len_utf8);
        let (first, behind) = rest.split_at(head(rest, room).max(least));
        pieces.push(first);
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(rest);
    }
    pieces
}

/// How many bytes of the text fit. A letter and what is drawn over it stay together.
fn head(text: &str, width: usize) -> usize {
    let mut ends = text.char_indices().map(|(at, one)| at + one.len_utf8());
    let mut fits = 0;
    while let Some(end) = ends.next().filter(|end| columns(&text[..*end]) <= width) {
        fits = end;
    }
    fits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_wider_than_asked_for() {
        let long = "x".repeat(10_000);
        let marks = format!("e{}", "\u{301}".repeat(500));
        for text in [
            "a few plain words that are broken at their spaces",
            "見出しがとても長いので折り返されます 東京 大阪",
            "👩‍🚀 emoji ❤️ and flags 🇩🇪🇫🇷 of two columns each",
            &long,
            &marks,
            "",
        ] {
            for width in [12, 30, 80] {
                for line in wrapped(text, (2, 4), width).lines() {
                    assert!(columns(line) <= width, "{width}: {line}");
                }
                assert!(columns(&cut(text, width)) <= width, "{text}");
            }
        }
    }

    #[test]
    fn nothing_is_lost_when_words_are_broken() {
        let text = "東京".repeat(100);
        let lines = wrapped(&text, (0, 2), 11);
        let joined: String = lines.lines().map(str::trim).collect();
        assert_eq!(joined, text);
        assert_eq!(wrapped("界", (0, 0), 1), "界\n");
    }

    #[test]
    fn columns_line_up_behind_wide_letters() {
        assert_eq!(left("東京", 6), "東京  ");
        assert_eq!(right("東京", 6), "  東京");
        assert_eq!(left("too long", 3), "too long");
        assert_eq!(cut("東京都庁", 5), "東京…");
    }
}
