//! A page as one self-contained HTML file: no script, no font, nothing fetched.

mod blocks;
mod table;

use askama::Template;

use super::Report;
use super::page::{Fact, Page, Section};
use crate::chart::palette;
use crate::escape::{css, tags};
use crate::text::{Piece, Text};

#[derive(Template)]
#[template(path = "report.html")]
struct Document<'p> {
    title: &'p str,
    kicker: &'p str,
    heading: &'p str,
    head: String,
    main: String,
    foot: String,
    running: String,
    seal: String,
    dark_rules: String,
    frame: &'p Frame,
}

/// What a page of a site has around it, as HTML; nothing for a page that stands alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Links in the head.
    pub links: String,
    /// What stands above the page.
    pub navigation: String,
    /// More rules of style.
    pub style: &'static str,
}

/// The report. The same report gives the same bytes.
pub fn render(report: &Report) -> String {
    page(&super::sections::page(report))
}

/// Any page. The same page gives the same bytes.
pub fn page(page: &Page) -> String {
    framed(page, &Frame::default())
}

/// The same as a page of a site.
///
/// # Panics
/// Never: the template writes to memory.
pub fn framed(page: &Page, frame: &Frame) -> String {
    let document = Document {
        title: &page.running,
        kicker: &page.kicker,
        heading: &page.title,
        head: head(&page.head),
        main: page.sections.iter().map(section).collect(),
        foot: text(&page.foot),
        running: css(&page.running),
        seal: css(&page.seal),
        dark_rules: palette::dark_rules(),
        frame,
    };
    document.render().expect("the template writes to memory")
}

fn head(facts: &[Fact]) -> String {
    let facts = facts.iter().map(|fact| {
        let (label, value) = (text(&fact.label), text(&fact.value));
        format!("<dt>{label}</dt><dd>{value}</dd>\n")
    });
    format!("<dl class=\"head\">\n{}</dl>", facts.collect::<String>())
}

fn section(section: &Section) -> String {
    let id = section.id;
    let class = match section.verdict {
        "" => String::new(),
        kind => format!(" class=\"verdict {kind}\""),
    };
    let blocks = section.blocks.iter().map(blocks::block);
    format!(
        "<section{class} aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{}</h2>\n{}</section>\n\n",
        text(&section.heading),
        blocks.collect::<String>()
    )
}

/// Escaped words; figures with their place.
fn text(text: &Text) -> String {
    let pieces = text.pieces().iter().map(|piece| match piece {
        Piece::Words(words) => tags(words),
        Piece::Figure { text, at } => {
            format!("<span data-json=\"{}\">{}</span>", tags(at), tags(text))
        }
        // On paper a link is followed by its address, unless it is one.
        Piece::Link { text, to } if text == to => {
            format!("<a class=\"own\" href=\"{}\">{}</a>", tags(to), tags(text))
        }
        Piece::Link { text, to } => format!("<a href=\"{}\">{}</a>", tags(to), tags(text)),
    });
    pieces.collect()
}

#[cfg(test)]
mod tests;
