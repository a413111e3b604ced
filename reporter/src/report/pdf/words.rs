//! Lines of words with figures in them, as wide as they are on paper.

use crate::escape::printable;
use crate::text::{Piece, Text};
use crate::typeset::font::Fonts;
use crate::typeset::run::width;
use crate::typeset::{Pt, Voice};

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bit {
    /// What is printed.
    pub(crate) text: String,
    /// The JSON pointer of what it was printed from; empty for words.
    pub(crate) at: String,
    /// The address that it leads to; mostly empty.
    pub(crate) link: String,
}

/// A line, with the room that it takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) bits: Vec<Bit>,
    pub(crate) width: Pt,
    /// Whether the same text goes on below.
    pub(crate) goes_on: bool,
}

/// What stands between two places at which a line may break.
type Token = Vec<Bit>;

impl Line {
    /// What is printed.
    pub(crate) fn text(&self) -> String {
        self.bits.iter().map(|bit| bit.text.as_str()).collect()
    }

    fn measured(bits: Vec<Bit>, voice: Voice, fonts: &Fonts) -> Self {
        let mut line = Self {
            bits,
            ..Self::default()
        };
        line.width = width(&line.text(), voice, fonts);
        line
    }
}

/// `text` in lines no wider than `room`; longer words are cut into pieces.
pub(crate) fn lines(text: &Text, room: Pt, voice: Voice, fonts: &Fonts) -> Vec<Line> {
    let space = width(" ", voice, fonts);
    let mut lines: Vec<Line> = Vec::new();
    let words = tokens(text);
    let parts = words
        .into_iter()
        .flat_map(|token| fitting(token, room, voice, fonts));
    for part in parts {
        match lines.last_mut() {
            Some(line) if line.width + space + part.width <= room => {
                line.bits.push(Bit::words(" "));
                line.bits.extend(part.bits);
                // The sum is at least the true width but for kerning beside the space, which is nothing one sees.
                line.width = line.width + space + part.width;
            }
            _ => lines.push(part),
        }
    }
    let last = lines.len().saturating_sub(1);
    for (index, line) in lines.iter_mut().enumerate() {
        line.goes_on = index < last;
        line.width = width(&line.text(), voice, fonts);
    }
    lines
}

/// The widest word, and the whole text in one line.
pub(crate) fn widths(text: &Text, voice: Voice, fonts: &Fonts) -> (Pt, Pt) {
    let space = width(" ", voice, fonts);
    let (mut widest, mut whole) = (Pt::ZERO, Pt::ZERO);
    for (index, token) in tokens(text).into_iter().enumerate() {
        let wide = Line::measured(token, voice, fonts).width;
        widest = widest.max(wide);
        whole += if index > 0 { space + wide } else { wide };
    }
    (widest, whole)
}

/// One line, its end replaced by an ellipsis if it is wider than `room`.
pub(crate) fn cut(text: &str, room: Pt, voice: Voice, fonts: &Fonts) -> Line {
    let mut kept = printable(text);
    let mut shown = kept.clone();
    while width(&shown, voice, fonts) > room && !kept.is_empty() {
        kept.pop();
        shown = format!("{}…", kept.trim_end());
    }
    Line::measured(vec![Bit::words(&shown)], voice, fonts)
}

impl Bit {
    fn words(text: &str) -> Self {
        Self {
            text: text.to_owned(),
            at: String::new(),
            link: String::new(),
        }
    }

    fn part(&self, text: String) -> Self {
        Self {
            text,
            ..self.clone()
        }
    }
}

/// Words and figures parted at spaces; a figure of several words may be parted, too, and each part keeps its place.
fn tokens(text: &Text) -> Vec<Token> {
    let mut tokens: Vec<Token> = vec![Vec::new()];
    for piece in text.pieces() {
        let at = match piece {
            Piece::Words(_) | Piece::Link { .. } => "",
            Piece::Figure { at, .. } => at,
        };
        for (index, word) in piece.text().split([' ', '\n']).enumerate() {
            if index > 0 {
                tokens.push(Vec::new());
            }
            if let Some(token) = tokens.last_mut().filter(|_| !word.is_empty()) {
                // A space that does not break is one that is not seen as such by who copies it.
                token.push(Bit {
                    text: printable(word),
                    at: at.to_owned(),
                    link: address(word),
                });
            }
        }
    }
    tokens.retain(|token| !token.is_empty());
    tokens
}

/// The address that a word is, without the marks of the sentence around it; empty if it is none.
fn address(word: &str) -> String {
    let bare = word.trim_matches(|one: char| "()<>[],;:.!?\"'".contains(one));
    let rest = ["https://", "http://"]
        .iter()
        .find_map(|scheme| bare.strip_prefix(scheme));
    let harmless = |one: char| one.is_ascii_graphic() && !"<>\"\\^`{|}".contains(one);
    match rest {
        Some(rest) if !rest.is_empty() && bare.chars().all(harmless) => bare.to_owned(),
        _ => String::new(),
    }
}

/// A word that is wider than a line, in pieces that are not.
fn fitting(token: Token, room: Pt, voice: Voice, fonts: &Fonts) -> Vec<Line> {
    let whole = Line::measured(token, voice, fonts);
    if whole.width <= room {
        return vec![whole];
    }
    let mut lines: Vec<Line> = Vec::new();
    let mut open = Line::default();
    for bit in &whole.bits {
        for character in bit.text.chars() {
            let wide = width(&character.to_string(), voice, fonts);
            if open.width + wide > room && !open.bits.is_empty() {
                lines.push(std::mem::take(&mut open));
            }
            open.width += wide;
            match open.bits.last_mut() {
                Some(last) if last.at == bit.at && last.link == bit.link => {
                    last.text.push(character);
                }
                _ => open.bits.push(bit.part(character.to_string())),
            }
        }
    }
    lines.push(open);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::say;
    use crate::typeset::font::Face;

    const VOICE: Voice = Voice {
        face: Face::Text,
        size: Pt(10_000),
        leading: Pt(13_000),
        ink: (0, 0, 0),
    };

    #[test]
    fn lines_fit_and_figures_keep_their_places() {
        let fonts = Fonts::new();
        let text = say![
            "It was down for (",
            Text::figure("2\u{a0}h", "/down"),
            ") and more, see https://example.org/a. ",
            "x".repeat(80)
        ];
        let room = Pt(100_000);
        let found = lines(&text, room, VOICE, &fonts);
        assert!(found.iter().all(|line| line.width <= room), "{found:?}");
        let all: Vec<String> = found.iter().map(Line::text).collect();
        assert!(
            all.join(" ")
                .contains("down for (2 h) and more, see https://example.org/a.")
        );
        let figure = found
            .iter()
            .flat_map(|line| &line.bits)
            .find(|bit| bit.at == "/down");
        assert_eq!(figure.unwrap().text, "2 h");
        let links: Vec<&str> = found
            .iter()
            .flat_map(|line| &line.bits)
            .map(|bit| bit.link.as_str())
            .filter(|link| !link.is_empty())
            .collect();
        assert_eq!(links, ["https://example.org/a"]);
    }

    #[test]
    fn what_is_no_plain_address_is_no_link() {
        for word in [
            "javascript:alert(1)",
            "http://",
            "https://a\"b",
            "ftp://x",
            "https://ex\u{202e}ample",
        ] {
            assert_eq!(address(word), "", "{word}");
        }
    }
}
