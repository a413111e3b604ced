//! A page as Markdown (`CommonMark` with tables). Everything that others wrote is escaped.

use super::layout::Printed;
use super::page::{Block, Cell, Episode, Fact, Page, Row, Table};
use crate::escape;
use crate::text::{Text, say};

/// The page, with the places of its figures.
pub fn page(page: &Page) -> Printed {
    let mut out = Printed::default();
    line(&mut out, "", &page.kicker.as_str().into());
    line(&mut out, "# ", &page.title.as_str().into());
    points(&mut out, &page.head);
    for section in &page.sections {
        line(&mut out, "## ", &section.heading);
        for one in &section.blocks {
            block(&mut out, one);
        }
    }
    out.words("---\n\n");
    line(&mut out, "", &page.foot);
    out.text.truncate(out.text.trim_end().len() + 1);
    out
}

fn block(out: &mut Printed, block: &Block) {
    match block {
        Block::Lead(words) => {
            out.words("**");
            out.text(words, escaped);
            out.words("**\n\n");
        }
        Block::Words(words) | Block::Nothing(words) => line(out, "", words),
        Block::Facts(facts) | Block::Terms(facts) => points(out, facts),
        Block::List(items) => {
            for item in items {
                out.words("- ");
                out.text(item, escaped);
                out.end_line();
            }
            out.words("\n");
        }
        Block::Table(one) => table(out, one),
        Block::Timeline(days) => days.iter().for_each(|day| episode(out, day)),
        // Pictures need a place of their own; every figure in them stands in a table, too.
        Block::Pictures(_) => {}
    }
}

fn line(out: &mut Printed, mark: &str, text: &Text) {
    out.words(mark);
    let start = out.text.len();
    out.text(text, escaped);
    // A service called "1. x" or "- x" is no list.
    let first = out.text[start..].chars().next();
    if first.is_some_and(|one| "-+=".contains(one)) {
        out.text.insert(start, '\\');
        shift(out);
    }
    out.end_line();
    out.words("\n");
}

/// The figures of the line that is being written stand one column further on.
fn shift(out: &mut Printed) {
    let this = out.text.matches('\n').count() + 1;
    for placed in out
        .figures
        .iter_mut()
        .rev()
        .take_while(|one| one.line == this)
    {
        placed.column += 1;
    }
}

fn points(out: &mut Printed, facts: &[Fact]) {
    for fact in facts {
        out.words("- **");
        out.text(&fact.label, escaped);
        out.words("**: ");
        out.text(&fact.value, escaped);
        if !fact.note.is_empty() {
            out.words(" (");
            out.text(&fact.note, escaped);
            out.words(")");
        }
        out.end_line();
    }
    out.words("\n");
}

fn table(out: &mut Printed, table: &Table) {
    if table.rows.is_empty() {
        return;
    }
    line(out, "### ", &table.caption);
    let heads = table.heads.iter().enumerate();
    let names = heads
        .clone()
        .map(|(_, head)| format!("| {} ", head.trim_end_matches('*')));
    out.words(&names.collect::<String>());
    out.words("|\n");
    let marks = heads.map(|(column, _)| match column == 0 || table.is_words(column) {
        true => "|---",
        false => "|---:",
    });
    out.words(&marks.collect::<String>());
    out.words("|\n");
    for one in table.rows.iter().chain(&table.total) {
        row(out, one);
    }
    out.words("\n");
}

fn row(out: &mut Printed, row: &Row) {
    for cell in &row.cells {
        out.words("| ");
        out.text(&whole(cell), escaped);
        out.words(" ");
    }
    out.words("|\n");
}

/// A cell with its small words in brackets.
fn whole(cell: &Cell) -> Text {
    if cell.notes.is_empty() {
        return cell.text.clone();
    }
    let notes = Text::joined(cell.notes.iter().cloned(), "; ");
    if cell.text.is_empty() {
        return notes;
    }
    say![cell.text.clone(), " (", notes, ")"]
}

fn episode(out: &mut Printed, day: &Episode) {
    line(out, "### ", &day.day);
    out.words("| Time | What happened | Known how | Down |\n|---|---|---|---:|\n");
    for moment in &day.moments {
        let cells = [
            moment.clock.clone(),
            moment.what.clone(),
            moment.source.clone(),
            moment.lost.clone(),
        ];
        row(out, &Row::new(cells.map(Cell::new)));
    }
    out.words("\n");
}

fn escaped(words: &str) -> String {
    escape::markdown(words)
}
