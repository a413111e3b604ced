//! A page as the text of an e-mail: at most 76 columns, plain spaces, nothing but letters and line breaks.

mod table;

use super::layout::{Line, Printed, wrap};
use super::page::{Block, Episode, Fact, Moment, Page};
use crate::text::{Text, say};

/// No line is longer.
pub const WIDTH: usize = 76;

/// The column of figures beside their labels.
const LABEL: usize = 22;

/// The page, with the places of its figures.
pub fn page(page: &Page) -> Printed {
    let mut out = Printed::default();
    paragraph(&mut out, &page.kicker.as_str().into(), 0);
    heading(&mut out, &page.title.as_str().into(), '=');
    for fact in &page.head {
        labelled(&mut out, fact, 0);
    }
    for section in &page.sections {
        out.words("\n\n");
        heading(&mut out, &section.heading, '-');
        for one in &section.blocks {
            block(&mut out, one);
        }
    }
    out.words("\n\n-- \n");
    paragraph(&mut out, &page.foot, 0);
    // Whoever copies a figure from here wants no spaces that are none.
    out.text = out.text.replace('\u{a0}', " ");
    for placed in &mut out.figures {
        placed.text = placed.text.replace('\u{a0}', " ");
    }
    out
}

fn block(out: &mut Printed, block: &Block) {
    match block {
        Block::Lead(words) | Block::Words(words) | Block::Nothing(words) => {
            out.words("\n");
            paragraph(out, words, 0);
        }
        Block::Facts(facts) => {
            out.words("\n");
            facts.iter().for_each(|fact| labelled(out, fact, 2));
        }
        Block::Terms(terms) => {
            for term in terms {
                out.words("\n");
                paragraph(out, &term.label, 0);
                paragraph(out, &term.value, 2);
            }
        }
        Block::List(points) => {
            out.words("\n");
            for point in points {
                hanging(out, "  - ", point);
            }
        }
        Block::Table(one) => table::print(out, one),
        Block::Timeline(days) => {
            let moments = days.iter().flat_map(|day| &day.moments);
            let clocks = moments.map(|one| one.clock.plain().chars().count());
            let widest = clocks.max().unwrap_or(0);
            days.iter().for_each(|day| episode(out, day, widest));
        }
        Block::Pictures(_) => {}
    }
}

fn heading(out: &mut Printed, text: &Text, mark: char) {
    let lines = wrap(text, WIDTH);
    let widest = lines.iter().map(Line::width).max().unwrap_or(0);
    for line in &lines {
        out.line(line);
        out.end_line();
    }
    out.words(&mark.to_string().repeat(widest));
    out.words("\n");
}

fn paragraph(out: &mut Printed, text: &Text, indent: usize) {
    hanging(out, &" ".repeat(indent), text);
}

/// A paragraph whose first line begins with `mark`; the others stand below its words.
fn hanging(out: &mut Printed, mark: &str, text: &Text) {
    let indent = mark.chars().count();
    for (index, line) in wrap(text, WIDTH - indent).iter().enumerate() {
        match index {
            0 => out.words(mark),
            _ => out.words(&" ".repeat(indent)),
        }
        out.line(line);
        out.end_line();
    }
}

/// A label with its figure, and a note in brackets.
fn labelled(out: &mut Printed, fact: &Fact, indent: usize) {
    let mut value = fact.value.clone();
    if !fact.note.is_empty() {
        value = say![value, " (", fact.note.clone(), ")"];
    }
    let mark = " ".repeat(indent);
    let label = fact.label.plain();
    if label.chars().count() + indent > LABEL {
        hanging(out, &mark, &fact.label);
        hanging(out, &" ".repeat(LABEL + 2), &value);
        return;
    }
    let lines = wrap(&value, WIDTH - LABEL - 2);
    for (index, line) in lines.iter().enumerate() {
        match index {
            0 => {
                out.words(&mark);
                out.text(&fact.label, str::to_owned);
                out.words(&" ".repeat(LABEL + 2 - indent - label.chars().count()));
            }
            _ => out.words(&" ".repeat(LABEL + 2)),
        }
        out.line(line);
        out.end_line();
    }
}

fn episode(out: &mut Printed, day: &Episode, widest: usize) {
    out.words("\n");
    paragraph(out, &day.day, 0);
    for one in &day.moments {
        moment(out, one, widest);
    }
}

/// `  17:15  sign-in fails for users and travelers          (measured, ± 10 s)`: the source at the right edge, on a line
/// of its own if it does not fit. What happened stands in one column, behind the `widest` clock.
fn moment(out: &mut Printed, moment: &Moment, widest: usize) {
    let indent = widest.max(5) + 4;
    let clock = &moment.clock;
    out.words(&" ".repeat((indent - 2).saturating_sub(clock.plain().chars().count())));
    out.text(clock, str::to_owned);
    out.words("  ");
    let mut last = 0;
    for (index, line) in wrap(&moment.what, WIDTH - indent).iter().enumerate() {
        if index > 0 {
            out.end_line();
            out.words(&" ".repeat(indent));
        }
        out.line(line);
        last = indent + line.width();
    }
    let mut right = match moment.source.is_empty() {
        true => Text::default(),
        false => say!["(", moment.source.clone(), ")"],
    };
    if !moment.lost.is_empty() {
        right = say![right, "\u{a0}\u{a0} down\u{a0}", moment.lost.clone()];
    }
    if !right.is_empty() {
        at_the_right(out, &right, last);
    }
    out.end_line();
}

/// `right` at the right edge of the line, which is `used` columns long, or below it.
fn at_the_right(out: &mut Printed, right: &Text, used: usize) {
    let wide = right.plain().chars().count();
    if used + 2 + wide <= WIDTH {
        out.words(&" ".repeat(WIDTH - used - wide));
        out.text(right, str::to_owned);
        return;
    }
    for line in wrap(right, WIDTH - 9) {
        out.end_line();
        out.words(&" ".repeat(WIDTH - line.width()));
        out.line(&line);
    }
}
