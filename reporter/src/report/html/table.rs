//! Tables in HTML: a caption, heads with scope, rows whose first cell names them.

use super::text;
use crate::escape::tags;
use crate::report::page::{Cell, Row, Table};
use crate::text::Piece;

/// A table with everything escaped; nothing for one without rows.
pub(super) fn render(table: &Table) -> String {
    if table.rows.is_empty() {
        return String::new();
    }
    let heads = table.heads.iter().enumerate().map(|(column, head)| {
        let class = if table.is_words(column) {
            " class=\"words\""
        } else {
            ""
        };
        let head = tags(head.trim_end_matches('*'));
        format!("<th scope=\"col\"{class}>{head}</th>")
    });
    let rows = |rows: &[Row]| -> String { rows.iter().map(|one| row(table, one)).collect() };
    let total = table.total.as_ref().map_or_else(String::new, |total| {
        format!("<tfoot>\n{}</tfoot>\n", row(table, total))
    });
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"Table: {}\" tabindex=\"0\">\n<table>\n<caption>{}</caption>\n\
         <thead><tr>{}</tr></thead>\n<tbody>\n{}</tbody>\n{total}</table>\n</div>\n",
        tags(&table.caption.plain()),
        text(&table.caption),
        heads.collect::<String>(),
        rows(&table.rows),
    )
}

/// A row that has a name begins with a link to itself, so that one can be sent on.
fn row(table: &Table, row: &Row) -> String {
    let anchor = tags(&row.anchor);
    let cells = row.cells.iter().enumerate().map(|(column, cell)| {
        let (place, words) = content(cell);
        if column == 0 && !anchor.is_empty() {
            return format!("<th scope=\"row\"><a href=\"#{anchor}\"{place}>{words}</a></th>");
        }
        if column == 0 {
            return format!("<th scope=\"row\"{place}>{words}</th>");
        }
        let class = class(table, column, row);
        format!("<td{class}{place}>{words}</td>")
    });
    let class = if row.trouble {
        " class=\"trouble\""
    } else {
        ""
    };
    let id = match anchor.is_empty() {
        true => String::new(),
        false => format!(" id=\"{anchor}\""),
    };
    format!("<tr{id}{class}>{}</tr>\n", cells.collect::<String>())
}

/// The place of a cell that is one figure, and its content.
fn content(cell: &Cell) -> (String, String) {
    let (place, words) = match cell.text.pieces() {
        [Piece::Figure { text, at }] => (format!(" data-json=\"{}\"", tags(at)), tags(text)),
        _ => (String::new(), text(&cell.text)),
    };
    let notes = cell
        .notes
        .iter()
        .map(|note| format!("<small>{}</small>", text(note)));
    (place, words + &notes.collect::<String>())
}

fn class(table: &Table, column: usize, row: &Row) -> &'static str {
    let Some(cell) = row.cells.get(column) else {
        return "";
    };
    let plain = cell.text.plain();
    let nothing = plain == "0\u{a0}s" || plain == "100.000\u{a0}%";
    match (table.is_words(column), cell.down) {
        (true, _) => " class=\"words\"",
        (false, true) if row.trouble => " class=\"down\"",
        (false, _) if nothing => " class=\"zero\"",
        (false, true) => " class=\"down\"",
        (false, false) => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Text, say};

    #[test]
    fn cells_are_escaped_and_heads_have_scope() {
        let table = Table {
            caption: "a <b>".into(),
            heads: vec!["Name", "What*", "n"],
            rows: vec![Row::new([
                Cell::new("<i>"),
                Cell::new(say!["x & ", Text::figure("2", "/a")]),
                Cell::new(Text::figure("3", "/b")),
            ])],
            total: None,
        };
        let html = render(&table);
        assert!(html.contains(
            "<th scope=\"row\">&lt;i&gt;</th><td class=\"words\">x &amp; <span data-json=\"/a\">2</span></td>"
        ));
        assert!(html.contains("<td data-json=\"/b\">3</td>"));
        assert!(html.contains("<th scope=\"col\" class=\"words\">What</th>"));
        assert_eq!(render(&Table::default()), "");
    }

    #[test]
    fn a_row_with_a_name_links_to_itself_by_its_first_figure() {
        let row = Row::new([Cell::new(Text::figure("3", "/n")), Cell::new("x")]).anchored("here");
        let table = Table {
            heads: vec!["No.", "What*"],
            rows: vec![row],
            ..Table::default()
        };
        assert!(render(&table).contains(
            "<tr id=\"here\"><th scope=\"row\"><a href=\"#here\" data-json=\"/n\">3</a></th><td class=\"words\">x</td></tr>"
        ));
    }
}
