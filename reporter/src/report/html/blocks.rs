//! Each kind of block in HTML.

use super::{table, text};
use crate::chart::data::Datum;
use crate::chart::{Format, svg};
use crate::escape::tags;
use crate::report::page::{Block, Cell, Episode, Fact, Moment, Row, Table};
use crate::report::pictures::Picture;
use crate::text::{Text, say};

/// One block.
pub(super) fn block(block: &Block) -> String {
    match block {
        Block::Lead(words) => format!("<p class=\"sentence\">{}</p>\n", text(words)),
        Block::Words(words) => format!("<p>{}</p>\n", text(words)),
        Block::Nothing(words) => format!("<p class=\"none\">{}</p>\n", text(words)),
        Block::Facts(facts) => list("facts", facts.iter().map(fact)),
        Block::Terms(terms) => list("method", terms.iter().map(term)),
        Block::List(points) => {
            let points = points.iter().map(|one| format!("<li>{}</li>\n", text(one)));
            format!("<ul>\n{}</ul>\n", points.collect::<String>())
        }
        Block::Table(table) => table::render(table),
        Block::Timeline(days) => story(days),
        Block::Pictures(pictures) => pictures.iter().map(figure).collect(),
    }
}

fn list(class: &str, entries: impl Iterator<Item = String>) -> String {
    format!(
        "<dl class=\"{class}\">\n{}</dl>\n",
        entries.collect::<String>()
    )
}

fn fact(fact: &Fact) -> String {
    let note = match fact.note.is_empty() {
        true => String::new(),
        false => format!("<small>{}</small>", text(&fact.note)),
    };
    let (label, value) = (text(&fact.label), text(&fact.value));
    format!("<div><dt>{label}</dt><dd>{value}{note}</dd></div>\n")
}

fn term(fact: &Fact) -> String {
    let (label, value) = (text(&fact.label), text(&fact.value));
    format!("<dt>{label}</dt><dd>{value}</dd>\n")
}

/// The days of a timeline. Their columns are the same, and as wide as the longest clock needs.
fn story(days: &[Episode]) -> String {
    let mut moments = days.iter().flat_map(|day| &day.moments);
    let long = moments.any(|one| one.clock.plain().chars().count() > 5);
    let class = if long { "story long" } else { "story" };
    days.iter().map(|day| episode(day, class)).collect()
}

/// A day as a table: clock, what happened and how that is known, what was lost.
fn episode(day: &Episode, class: &str) -> String {
    let caption = text(&day.day);
    let label = tags(&day.day.plain());
    let rows: String = day.moments.iter().map(moment).collect();
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"Table: {label}\" tabindex=\"0\">\n<table class=\"{class}\">\n\
         <caption>{caption}</caption>\n<thead><tr><th scope=\"col\">Time</th><th scope=\"col\" class=\"words\">What happened</th>\
         <th scope=\"col\">Down</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</div>\n"
    )
}

fn moment(moment: &Moment) -> String {
    format!(
        "<tr><th scope=\"row\">{}</th><td class=\"words\">{}<small>{}</small></td><td class=\"down\">{}</td></tr>\n",
        text(&moment.clock),
        text(&moment.what),
        text(&moment.source),
        text(&moment.lost)
    )
}

/// Both formats of a chart, of which the style sheet shows one, and its figures as a table.
fn figure(picture: &Picture) -> String {
    let drawings: String = Format::ALL
        .into_iter()
        .map(|format| {
            let class = format!("<svg class=\"{}\" ", format.as_str());
            svg::render(picture.drawing(format)).replacen("<svg ", &class, 1)
        })
        .collect();
    let caption = text(&picture.drawing(Format::Wide).finding);
    let table = match data(picture) {
        table if table.is_empty() => table,
        table => {
            format!("<details>\n<summary>Figures of this chart</summary>\n{table}</details>\n")
        }
    };
    let class = match picture.broad.is_some() {
        true => " class=\"broad\"",
        false => "",
    };
    format!("<figure{class}>\n{drawings}<figcaption>{caption}</figcaption>\n{table}</figure>\n")
}

/// The figures of a chart; those that stand in the document have their place.
fn data(picture: &Picture) -> String {
    let cell = |cell: &Datum| match cell.pointer.is_empty() {
        true => Cell::new(&*cell.text),
        false => Cell::new(Text::figure(&*cell.text, &*cell.pointer)),
    };
    let rows = picture.data.rows.iter();
    table::render(&Table {
        caption: say![picture.drawing(Format::Wide).heading.clone(), " (figures)"],
        heads: picture.data.heads.clone(),
        rows: rows.map(|row| Row::new(row.iter().map(cell))).collect(),
        total: None,
    })
}
