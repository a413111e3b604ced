//! Tables of 76 columns; those that cannot be so narrow become a list of their rows.

use super::{WIDTH, hanging};
use crate::report::layout::{Line, Printed, wrap};
use crate::report::page::{Cell, Row, Table};
use crate::text::{Text, say};

/// Between two columns.
const GAP: usize = 2;
/// A column of words is not narrower.
const LEAST: usize = 16;

/// The table below its caption; nothing if it has no rows.
pub(super) fn print(out: &mut Printed, table: &Table) {
    if table.rows.is_empty() {
        return;
    }
    out.words("\n");
    hanging(out, "", &table.caption);
    match widths(table, Small::Below).or_else(|| widths(table, Small::Apart)) {
        Some(shape) => columns(out, table, &shape),
        None => entries(out, table),
    }
}

/// Where the small words below figures stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Small {
    /// In the column of their figure.
    Below,
    /// On lines of their own, across the columns.
    Apart,
}

/// How a table fits.
struct Shape {
    /// The width of each column.
    columns: Vec<usize>,
    small: Small,
}

/// How wide each column is, with the small words below figures or apart; `None` if they do not fit side by side.
fn widths(table: &Table, small: Small) -> Option<Shape> {
    let count = table.heads.len();
    let natural = |column: usize| {
        let rows = table.rows.iter().chain(&table.total);
        let cells = rows.filter_map(|row| row.cells.get(column));
        let small = match table.is_words(column) {
            true => Small::Below,
            false => small,
        };
        let widest = cells.map(|cell| widest(cell, small)).max().unwrap_or(0);
        widest.max(head(table, column).chars().count())
    };
    let mut widths: Vec<usize> = (0..count).map(natural).collect();
    let room = WIDTH.checked_sub(GAP * (count - 1))?;
    let words: Vec<usize> = (0..count)
        .filter(|column| table.is_words(*column))
        .collect();
    let fixed: usize = (0..count)
        .filter(|column| !words.contains(column))
        .map(|column| widths[column])
        .sum();
    if fixed + words.iter().map(|column| widths[*column]).sum::<usize>() <= room {
        let columns = widths;
        return Some(Shape { columns, small });
    }
    let each = room.checked_sub(fixed)?.checked_div(words.len())?;
    if each < LEAST {
        return None;
    }
    for column in words {
        widths[column] = widths[column].min(each);
    }
    let columns = widths;
    Some(Shape { columns, small })
}

fn head(table: &Table, column: usize) -> &'static str {
    table.heads[column].trim_end_matches('*')
}

/// The widest line of a cell that is not broken, its small words left out if they stand apart.
fn widest(cell: &Cell, small: Small) -> usize {
    let notes = cell.notes.iter().filter(|_| small == Small::Below);
    let parts = [&cell.text].into_iter().chain(notes);
    let widths = parts.map(|text| text.plain().chars().count());
    widths.max().unwrap_or(0)
}

fn columns(out: &mut Printed, table: &Table, shape: &Shape) {
    let widths = &shape.columns;
    let heads = (0..widths.len()).map(|column| Cell::new(head(table, column)));
    let heads = Row::new(heads);
    let rule: usize = widths.iter().sum::<usize>() + GAP * (widths.len() - 1);
    row(out, table, &heads, shape);
    out.words(&"-".repeat(rule));
    out.words("\n");
    for one in &table.rows {
        row(out, table, one, shape);
    }
    if let Some(total) = &table.total {
        out.words(&"-".repeat(rule));
        out.words("\n");
        row(out, table, total, shape);
    }
}

fn row(out: &mut Printed, table: &Table, row: &Row, shape: &Shape) {
    let widths = &shape.columns;
    let is_apart = |column: usize| shape.small == Small::Apart && !table.is_words(column);
    let cells: Vec<Vec<Line>> = row
        .cells
        .iter()
        .zip(widths)
        .enumerate()
        .map(|(column, (cell, width))| {
            let notes = cell.notes.iter().filter(|_| !is_apart(column));
            let parts = [&cell.text].into_iter().chain(notes);
            parts
                .filter(|text| !text.is_empty())
                .flat_map(|text| wrap(text, *width))
                .collect()
        })
        .collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or(0);
    for at in 0..height {
        for (column, (lines, width)) in cells.iter().zip(widths).enumerate() {
            if column > 0 {
                out.words(&" ".repeat(GAP));
            }
            let blank = Line::default();
            let line = lines.get(at).unwrap_or(&blank);
            let rest = " ".repeat(width.saturating_sub(line.width()));
            let left = column == 0 || table.is_words(column);
            if !left {
                out.words(&rest);
            }
            out.line(line);
            if left {
                out.words(&rest);
            }
        }
        out.end_line();
    }
    let cells = row.cells.iter().enumerate();
    let apart = cells.filter(|(column, _)| is_apart(*column));
    let notes: Vec<Text> = apart.flat_map(|(_, cell)| cell.notes.clone()).collect();
    if !notes.is_empty() {
        hanging(out, "    ", &Text::joined(notes, "; "));
    }
}

/// Each row as a paragraph: its name, then each column with its head.
fn entries(out: &mut Printed, table: &Table) {
    for row in table.rows.iter().chain(&table.total) {
        out.words("\n");
        for (column, cell) in row.cells.iter().enumerate() {
            let notes = Text::joined(cell.notes.iter().cloned(), "; ");
            let mut text = cell.text.clone();
            if !notes.is_empty() {
                text = say![text, " (", notes, ")"];
            }
            match (column, text.is_empty()) {
                (_, true) => {}
                (0, false) => hanging(out, "  ", &text),
                _ => hanging(out, "    ", &say![head(table, column), ": ", text]),
            }
        }
    }
}
