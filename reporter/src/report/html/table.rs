//! Tables: a caption, heads with scope, rows whose first cell names them.

use std::fmt;

use crate::escape::markup;

/// A table of words.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// What it shows.
    pub(super) caption: String,
    /// Column heads; one that ends in `*` holds words instead of figures.
    pub(super) heads: Vec<&'static str>,
    /// The rows.
    pub(super) rows: Vec<Row>,
    /// The total.
    pub(super) total: Option<Row>,
}

/// A row: its first cell is its name.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// The cells.
    pub(super) cells: Vec<Cell>,
    /// Whether something was wrong.
    pub(super) trouble: bool,
}

/// A cell with a note below it, and the place of its number in `report.json`.
#[derive(Clone, Debug, Default)]
pub(super) struct Cell {
    text: String,
    note: String,
    lines: Vec<String>,
    pointer: String,
    down: bool,
}

impl Cell {
    /// A cell of words or a figure.
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// With small words below.
    pub(super) fn note(self, note: Option<String>) -> Self {
        Self {
            note: note.unwrap_or_default(),
            ..self
        }
    }

    /// With more small words, each on lines of their own.
    pub(super) fn lines(self, lines: Vec<String>) -> Self {
        Self { lines, ..self }
    }

    /// With the JSON pointer of its number.
    pub(super) fn at(self, pointer: String) -> Self {
        Self { pointer, ..self }
    }

    /// As downtime.
    pub(super) fn down(self) -> Self {
        Self { down: true, ..self }
    }
}

impl Row {
    /// A row of cells.
    pub(super) fn new(cells: impl IntoIterator<Item = Cell>) -> Self {
        Self {
            cells: cells.into_iter().collect(),
            trouble: false,
        }
    }

    /// Marked if `trouble`.
    pub(super) fn marked(mut self, trouble: impl Into<bool>) -> Self {
        self.trouble = trouble.into();
        self
    }
}

impl Table {
    /// Leaves out a column that would say nothing.
    pub(super) fn without(mut self, column: usize) -> Self {
        self.heads.remove(column);
        for row in self.rows.iter_mut().chain(&mut self.total) {
            row.cells.remove(column);
        }
        self
    }

    fn row(&self, row: &Row, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if row.trouble {
            "<tr class=\"trouble\">"
        } else {
            "<tr>"
        })?;
        for (index, cell) in row.cells.iter().enumerate() {
            let words = self
                .heads
                .get(index)
                .is_some_and(|head| head.ends_with('*'));
            let class = match (words, cell.down) {
                (true, _) => " class=\"words\"",
                (false, true) if row.trouble => " class=\"down\"",
                (false, _) if cell.text == "0\u{a0}s" || cell.text == "100.000\u{a0}%" => {
                    " class=\"zero\""
                }
                (false, true) => " class=\"down\"",
                (false, false) => "",
            };
            let pointer = match cell.pointer.as_str() {
                "" => String::new(),
                pointer => format!(" data-json=\"{}\"", markup(pointer)),
            };
            let small = [&cell.note].into_iter().chain(&cell.lines);
            let note: String = small
                .filter(|words| !words.is_empty())
                .map(|words| format!("<small>{}</small>", markup(words)))
                .collect();
            let text = markup(&cell.text);
            if index == 0 {
                write!(f, "<th scope=\"row\">{text}{note}</th>")?;
            } else {
                write!(f, "<td{class}{pointer}>{text}{note}</td>")?;
            }
        }
        f.write_str("</tr>\n")
    }
}

impl fmt::Display for Table {
    /// HTML with everything escaped; nothing for a table without rows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows.is_empty() {
            return Ok(());
        }
        let caption = markup(&self.caption);
        writeln!(
            f,
            "<div class=\"scroll\" role=\"region\" aria-label=\"{caption}\" tabindex=\"0\">"
        )?;
        writeln!(f, "<table>\n<caption>{caption}</caption>")?;
        f.write_str("<thead><tr>")?;
        for head in &self.heads {
            let class = if head.ends_with('*') {
                " class=\"words\""
            } else {
                ""
            };
            write!(
                f,
                "<th scope=\"col\"{class}>{}</th>",
                markup(head.trim_end_matches('*'))
            )?;
        }
        f.write_str("</tr></thead>\n<tbody>\n")?;
        for row in &self.rows {
            self.row(row, f)?;
        }
        f.write_str("</tbody>\n")?;
        if let Some(total) = &self.total {
            f.write_str("<tfoot>\n")?;
            self.row(total, f)?;
            f.write_str("</tfoot>\n")?;
        }
        f.write_str("</table>\n</div>\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_escaped_and_heads_have_scope() {
        let table = Table {
            caption: "a <b>".into(),
            heads: vec!["Name", "What*"],
            rows: vec![Row::new([Cell::new("<i>"), Cell::new("x & y")])],
            total: None,
        };
        let html = table.to_string();
        assert!(
            html.contains("<th scope=\"row\">&lt;i&gt;</th><td class=\"words\">x &amp; y</td>")
        );
        assert!(html.contains("<th scope=\"col\" class=\"words\">What</th>"));
        assert_eq!(Table::default().to_string(), "");
    }
}
