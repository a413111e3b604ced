//! The figures of a chart as a plain table, for who cannot see it and for every form that prints tables.

use std::fmt::Write as _;

use crate::text::{Piece, Text};

/// A table of words: the first cell of a row names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Data {
    /// What it shows.
    pub caption: String,
    /// Column heads.
    pub heads: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Vec<Datum>>,
}

/// A cell, and the place of its number in `report.json` where it stands there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Datum {
    /// What is printed.
    pub text: String,
    /// A JSON pointer, or nothing.
    pub pointer: String,
}

impl Datum {
    /// A cell whose number stands at `pointer` of `report.json`.
    pub fn at(text: impl Into<String>, pointer: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            pointer: pointer.into(),
        }
    }
}

impl From<String> for Datum {
    fn from(text: String) -> Self {
        Self::at(text, "")
    }
}

impl From<&str> for Datum {
    fn from(text: &str) -> Self {
        Self::at(text, "")
    }
}

/// A figure with its place; words with figures among them have none.
impl From<Text> for Datum {
    fn from(text: Text) -> Self {
        match text.pieces() {
            [Piece::Figure { text, at }] => Self::at(&**text, &**at),
            _ => text.plain().into(),
        }
    }
}

impl Data {
    /// A table without rows.
    pub fn new(caption: impl Into<String>, heads: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            caption: caption.into(),
            heads: heads.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    /// With one more row.
    pub fn push(&mut self, cells: impl IntoIterator<Item = Datum>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// The table as GitHub prints it; bars and line breaks in cells are kept from ending them.
    pub fn markdown(&self) -> String {
        let mut text = String::new();
        let line = |cells: &mut dyn Iterator<Item = String>| {
            format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
        };
        let quoted = |words: &str| crate::escape::visible(words).replace('|', "\\|");
        let _ = writeln!(text, "{}\n", quoted(&self.caption));
        text += &line(&mut self.heads.iter().map(|head| quoted(head)));
        text += &line(
            &mut (0..self.heads.len()).map(|index| if index == 0 { "---" } else { "---:" }.into()),
        );
        for row in &self.rows {
            text += &line(&mut row.iter().map(|cell| quoted(&cell.text)));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_print_as_markdown_and_cells_cannot_end_early() {
        let mut data = Data::new("Downtime", ["Day", "Down"]);
        data.push(["2018-12-14".into(), Datum::at("2 h", "/days/13")]);
        data.push(["a|b".into(), "–".into()]);
        insta::assert_snapshot!(data.markdown(), @r"
        Downtime

        | Day | Down |
        | --- | ---: |
        | 2018-12-14 | 2 h |
        | a\|b | – |
        ");
    }
}
