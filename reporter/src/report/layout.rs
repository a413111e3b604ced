//! Text for forms without markup: lines broken at spaces, and where each figure stands in them.

use serde::Serialize;

use crate::text::{Piece, Text};

/// A form as text, with the places of its figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Printed {
    /// The text.
    pub text: String,
    /// Its figures in order.
    pub figures: Vec<Placed>,
}

/// A figure on a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Placed {
    /// The line, from 1.
    pub line: usize,
    /// Its first character on the line, from 1.
    pub column: usize,
    /// What is printed.
    pub text: String,
    /// The JSON pointer of what it was printed from.
    pub json: String,
}

/// What stands between two places at which a line may break.
type Token = Vec<Piece>;

/// One line, or a part of one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Line(Vec<Piece>);

impl Printed {
    /// Adds words.
    pub(crate) fn words(&mut self, words: &str) {
        self.text.push_str(words);
    }

    /// Adds a piece, words as `escape` makes them.
    pub(crate) fn piece(&mut self, piece: &Piece, escape: impl Fn(&str) -> String) {
        match piece {
            Piece::Words(words) | Piece::Link { text: words, .. } => {
                self.text.push_str(&escape(words));
            }
            Piece::Figure { text, at } => {
                let start = self.text.rfind('\n').map_or(0, |at| at + 1);
                self.figures.push(Placed {
                    line: self.text.matches('\n').count() + 1,
                    column: self.text[start..].chars().count() + 1,
                    text: text.clone(),
                    json: at.clone(),
                });
                self.text.push_str(text);
            }
        }
    }

    /// Adds text in one line.
    pub(crate) fn text(&mut self, text: &Text, escape: impl Fn(&str) -> String) {
        for piece in text.pieces() {
            self.piece(piece, &escape);
        }
    }

    /// Adds a line as it is.
    pub(crate) fn line(&mut self, line: &Line) {
        for piece in &line.0 {
            self.piece(piece, str::to_owned);
        }
    }

    /// Ends the line, without blanks at its end.
    pub(crate) fn end_line(&mut self) {
        self.text.truncate(self.text.trim_end_matches(' ').len());
        self.text.push('\n');
    }
}

impl Line {
    /// How many columns it takes.
    pub(crate) fn width(&self) -> usize {
        self.0
            .iter()
            .map(|piece| piece.text().chars().count())
            .sum()
    }
}

/// `text` in lines of at most `width` columns, as far as its words allow; longer words are cut into pieces.
pub(crate) fn wrap(text: &Text, width: usize) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    for token in tokens(text) {
        for part in fitting(token, width) {
            let wide: usize = part.iter().map(|piece| piece.text().chars().count()).sum();
            let used = lines.last().map_or(0, Line::width);
            if used > 0 && used + 1 + wide > width {
                lines.push(Line::default());
            }
            if let Some(line) = lines.last_mut() {
                if !line.0.is_empty() {
                    line.0.push(Piece::Words(" ".into()));
                }
                line.0.extend(part);
            }
        }
    }
    lines
}

/// Words and figures parted at spaces; a figure of several words may be parted, too, and each part keeps its place.
fn tokens(text: &Text) -> Vec<Token> {
    let mut tokens: Vec<Token> = vec![Vec::new()];
    for piece in text.pieces() {
        for (index, word) in piece.text().split([' ', '\n']).enumerate() {
            if index > 0 {
                tokens.push(Vec::new());
            }
            if let Some(token) = tokens.last_mut().filter(|_| !word.is_empty()) {
                token.push(piece.with(word));
            }
        }
    }
    tokens.retain(|token| !token.is_empty());
    tokens
}

/// A word that is longer than a line, in pieces that are not.
fn fitting(token: Token, width: usize) -> Vec<Token> {
    match &token[..] {
        [piece] if piece.text().chars().count() > width => {
            let letters: Vec<char> = piece.text().chars().collect();
            let parts = letters.chunks(width.max(1));
            parts
                .map(|part| vec![piece.with(&part.iter().collect::<String>())])
                .collect()
        }
        _ => vec![token],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::say;

    #[test]
    fn figures_are_found_where_they_stand() {
        let text = say![
            "It was down for (",
            Text::figure("2\u{a0}h", "/down"),
            ") and more."
        ];
        let mut page = Printed::default();
        for line in wrap(&text, 18) {
            page.words("  ");
            page.line(&line);
            page.end_line();
        }
        assert_eq!(page.text, "  It was down for\n  (2\u{a0}h) and more.\n");
        let placed = &page.figures[0];
        assert_eq!((placed.line, placed.column), (2, 4));
        assert_eq!(
            (placed.text.as_str(), placed.json.as_str()),
            ("2\u{a0}h", "/down")
        );
        let long = wrap(&"x".repeat(40).as_str().into(), 18);
        assert!(long.iter().all(|line| line.width() <= 18) && long.len() == 3);
    }
}
