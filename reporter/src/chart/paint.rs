//! Hands the marks of a drawing to any of plotters' backends.

use plotters::prelude::{
    Color, DrawingBackend, FontDesc, FontFamily, FontStyle, RGBColor, ShapeStyle, TextStyle,
};
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::palette::Pattern;
use super::{Anchor, Label, Mark};
use crate::escape::visible;

/// What plotters' SVG backend divides text sizes by; they are enlarged by as much before.
pub(super) const ENLARGED: f64 = 1.24;

/// A colour that nothing else has, which tells a backend that the pattern belongs there.
pub(super) const fn placeholder(pattern: Pattern) -> (u8, u8, u8) {
    match pattern {
        Pattern::Cross => (1, 2, 3),
        Pattern::Dots => (1, 2, 4),
        Pattern::Diagonal => (1, 2, 5),
        Pattern::Horizontal => (1, 2, 6),
    }
}

/// Paints a mark; false if the backend could not.
pub(super) fn paint<B: DrawingBackend>(backend: &mut B, mark: &Mark) -> bool {
    let painted = match mark {
        Mark::Fill(area, ink) => backend.draw_rect(
            (area.left.0, area.top.0),
            (area.right.0, area.bottom.0),
            &pen(ink.light(), 1),
            true,
        ),
        Mark::Texture(area, pattern) => backend.draw_rect(
            (area.left.0, area.top.0),
            (area.right.0, area.bottom.0),
            &pen(placeholder(*pattern), 1),
            true,
        ),
        Mark::Outline(area, ink) => backend.draw_rect(
            (area.left.0, area.top.0),
            (area.right.0, area.bottom.0),
            &pen(ink.light(), 1),
            false,
        ),
        Mark::Path(points, stroke) => backend.draw_path(
            points.iter().map(|(x, y)| (x.0, y.0)),
            &pen(stroke.ink.light(), stroke.width),
        ),
        Mark::Dot((x, y), radius, ink) => {
            backend.draw_circle((x.0, y.0), *radius, &pen(ink.light(), 1), true)
        }
        Mark::Label(label) => {
            let at = (label.at.0.0, label.at.1.0);
            backend.draw_text(&visible(&label.text), &letters(label), at)
        }
    };
    painted.is_ok()
}

fn pen((red, green, blue): (u8, u8, u8), width: u32) -> ShapeStyle {
    ShapeStyle::from(RGBColor(red, green, blue)).stroke_width(width)
}

fn letters(label: &Label) -> TextStyle<'static> {
    let side = match label.anchor {
        Anchor::Start => HPos::Left,
        Anchor::Middle => HPos::Center,
        Anchor::End => HPos::Right,
    };
    let weight = if label.face.bold {
        FontStyle::Bold
    } else {
        FontStyle::Normal
    };
    let (red, green, blue) = label.ink.light();
    let family = FontFamily::Name("system-ui, sans-serif");
    TextStyle {
        font: FontDesc::new(family, f64::from(label.face.size) * ENLARGED, weight),
        color: pen((red, green, blue), 1).color.to_backend_color(),
        pos: Pos::new(side, VPos::Center),
    }
}
