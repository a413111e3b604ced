//! A drawing as an SVG document: plotters' SVG backend writes the marks, this module gives the document its head.
//!
//! plotters writes no `role`, title, description or pattern (0.3.7), divides text sizes by 1.24 and escapes markup but
//! not control characters; all of that is put right here and nowhere else. The same drawing gives the same bytes.

use plotters::prelude::{DrawingBackend, SVGBackend};

use super::frame::labels;
use super::paint::{ENLARGED, paint, placeholder};
use super::palette::{self, Pattern};
use super::{Drawing, Mark, Px, Source};
use crate::escape::{markup, tags};
use crate::text::{Piece, Text};

/// The document: text as text, one element per mark, no script, no reference outside itself.
pub fn render(drawing: &Drawing) -> String {
    let mut written = String::new();
    let size = (unsigned(drawing.width), unsigned(drawing.height));
    let mut backend = SVGBackend::with_string(&mut written, size);
    let painted = drawing.marks.iter().all(|mark| paint(&mut backend, mark));
    let painted = painted && backend.present().is_ok();
    debug_assert!(painted, "a backend that writes to a string cannot fail");
    drop(backend);
    let body = written.split_once('\n').map_or("", |(_, body)| body);
    let body = sourced(body, drawing);
    textured(&(head(drawing) + &body), &drawing.id)
}

/// The text elements with the places of their figures; they come in the order of the labels.
fn sourced(body: &str, drawing: &Drawing) -> String {
    let mut elements = body.split("<text ");
    let mut document = elements.next().unwrap_or("").to_owned();
    for (element, label) in elements.zip(labels(&drawing.marks)) {
        let figures = match &label.source {
            Source::Words => None,
            Source::Scale => {
                document.push_str("<text class=\"scale\" ");
                document.push_str(element);
                continue;
            }
            Source::Figures(said) => Some(said),
        };
        document.push_str("<text ");
        let parts = element
            .split_once(">\n")
            .and_then(|(head, rest)| Some((head, rest.split_once("\n</text>")?.1)));
        match (figures, parts) {
            (Some(said), Some((head, tail))) => {
                for part in [head, ">\n", &pieces(said), "\n</text>", tail] {
                    document.push_str(part);
                }
            }
            _ => document.push_str(element),
        }
    }
    document
}

/// Escaped words, figures with their place.
fn pieces(said: &Text) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Words(words) | Piece::Link { text: words, .. } => markup(words),
        Piece::Figure { text, at } => {
            format!("<tspan data-json=\"{}\">{}</tspan>", tags(at), markup(text))
        }
    };
    said.pieces().iter().map(piece).collect()
}

/// A document that stands alone: on a ground of its own, which turns dark where the reader's system is.
pub fn standalone(drawing: &Drawing) -> String {
    let rules = palette::dark_rules();
    let ground = format!(
        "<style>@media (prefers-color-scheme:dark){{svg .over{{stroke:#111418}}\n{rules}}}</style>\n\
         <rect width=\"{}\" height=\"{}\" fill=\"{}\"/>\n",
        drawing.width.0,
        drawing.height.0,
        palette::Ink::Pale.hex(),
    );
    let document = render(drawing);
    match document.split_once("</desc>\n") {
        Some((head, body)) => format!("{head}</desc>\n{ground}{body}"),
        None => document,
    }
}

fn head(drawing: &Drawing) -> String {
    let id = &drawing.id;
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" role=\"img\" \
         aria-labelledby=\"{id}-title {id}-desc\">\n<title id=\"{id}-title\">{}</title>\n\
         <desc id=\"{id}-desc\"{}>{}</desc>\n{}",
        drawing.width.0,
        drawing.height.0,
        markup(&drawing.title),
        places(&drawing.finding),
        markup(&drawing.desc),
        definitions(drawing),
    )
}

/// The places of the figures of a sentence, in their order.
fn places(said: &Text) -> String {
    let places = said.pieces().iter().filter_map(|piece| match piece {
        Piece::Words(_) | Piece::Link { .. } => None,
        Piece::Figure { at, .. } => Some(tags(at)),
    });
    match places.collect::<Vec<_>>().join(" ") {
        none if none.is_empty() => none,
        places => format!(" data-json=\"{places}\""),
    }
}

/// The patterns that the drawing uses, named after it so that several drawings may share a page.
fn definitions(drawing: &Drawing) -> String {
    let mut used: Vec<Pattern> = Vec::new();
    for mark in &drawing.marks {
        match mark {
            Mark::Texture(_, pattern) if !used.contains(pattern) => used.push(*pattern),
            _ => {}
        }
    }
    used.sort_unstable();
    let patterns: String = used
        .iter()
        .map(|pattern| definition(*pattern, &drawing.id))
        .collect();
    if patterns.is_empty() {
        String::new()
    } else {
        format!("<defs>\n{patterns}</defs>\n")
    }
}

fn definition(pattern: Pattern, id: &str) -> String {
    let name = name(pattern);
    let inside = match pattern {
        Pattern::Cross => {
            "<path class=\"over\" d=\"M1 1L7 7M7 1L1 7\" stroke=\"#FFFFFF\" stroke-opacity=\"0.45\"/>"
        }
        Pattern::Dots => {
            "<circle cx=\"3\" cy=\"3\" r=\"1.2\" fill=\"#010101\" fill-opacity=\"0.55\"/>"
        }
        Pattern::Diagonal => {
            "<path d=\"M-2 2L2 -2M0 8L8 0M6 10L10 6\" stroke=\"#3A3F45\" stroke-opacity=\"0.6\"/>"
        }
        Pattern::Horizontal => "<path d=\"M0 2H8M0 6H8\" stroke=\"#332288\" stroke-width=\"1\"/>",
    };
    format!(
        "<pattern id=\"{id}-{name}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\">{inside}</pattern>\n"
    )
}

const fn name(pattern: Pattern) -> &'static str {
    match pattern {
        Pattern::Cross => "cross",
        Pattern::Dots => "dots",
        Pattern::Diagonal => "diagonal",
        Pattern::Horizontal => "horizontal",
    }
}

/// Puts patterns where their placeholders are, and text sizes back to what they were before plotters divided them.
fn textured(document: &str, id: &str) -> String {
    let sized = [12, 13, 14_u8]
        .iter()
        .fold(document.to_owned(), |text, size| {
            let divided = f64::from(*size) * ENLARGED / ENLARGED;
            text.replace(
                &format!("font-size=\"{divided}\""),
                &format!("font-size=\"{size}\""),
            )
        });
    Pattern::ALL.iter().fold(sized, |text, pattern| {
        let (red, green, blue) = placeholder(*pattern);
        let fill = format!("fill=\"#{red:02X}{green:02X}{blue:02X}\"");
        text.replace(&fill, &format!("fill=\"url(#{id}-{})\"", name(*pattern)))
    })
}

fn unsigned(length: Px) -> u32 {
    u32::try_from(length.0).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::palette::Ink;
    use super::super::{Anchor, Area, Label, Stroke};
    use super::*;

    #[test]
    fn a_small_drawing_reads_as_written() {
        let area = Area::new((Px(10), Px(10)), (Px(50), Px(30)));
        let drawing = Drawing {
            id: "small".into(),
            title: "A <b> & c".into(),
            desc: "One box.".into(),
            heading: "A <b> & c".into(),
            finding: "One box.".into(),
            width: Px(100),
            height: Px(40),
            marks: vec![
                Mark::Fill(area, Ink::Down),
                Mark::Texture(area, Pattern::Cross),
                Mark::Outline(area, Ink::Outline),
                Mark::Path(
                    vec![(Px(0), Px(39)), (Px(99), Px(39))],
                    Stroke {
                        ink: Ink::P99,
                        width: 2,
                    },
                ),
                Mark::Label(Label::new(
                    (Px(60), Px(20)),
                    Anchor::Start,
                    "1 < 2\u{202e}\u{7}",
                )),
            ],
            time: None,
        };
        assert_snapshot!(render(&drawing), @r##"
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 40" role="img" aria-labelledby="small-title small-desc">
        <title id="small-title">A &lt;b&gt; &amp; c</title>
        <desc id="small-desc">One box.</desc>
        <defs>
        <pattern id="small-cross" width="8" height="8" patternUnits="userSpaceOnUse"><path class="over" d="M1 1L7 7M7 1L1 7" stroke="#FFFFFF" stroke-opacity="0.45"/></pattern>
        </defs>
        <rect x="10" y="10" width="40" height="20" opacity="1" fill="#B2182B" stroke="none"/>
        <rect x="10" y="10" width="40" height="20" opacity="1" fill="url(#small-cross)" stroke="none"/>
        <rect x="10" y="10" width="40" height="20" opacity="1" fill="none" stroke="#3A3F45"/>
        <polyline fill="none" opacity="1" stroke="#0A2547" stroke-width="2" points="0,39 99,39 "/>
        <text x="60" y="20" dy="0.5ex" text-anchor="start" font-family="system-ui, sans-serif" font-size="13" opacity="1" fill="#1A1D21">
        1 &lt; 2��
        </text>
        </svg>
        "##);
    }
}
