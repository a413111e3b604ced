//! A drawing on a page of a PDF document: a second backend of plotters, beside its own for SVG.
//!
//! Patterns are lines and dots of their own, so that a grey copy shows what the screen shows.

use std::convert::Infallible;

use krilla::color::rgb;
use krilla::geom::{Path, PathBuilder, Point, Rect};
use krilla::num::NormalizedF32;
use krilla::paint::{Fill, FillRule, LineJoin, Stroke};
use krilla::surface::Surface;
use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind,
    FontStyle,
};

use super::Drawing;
use super::paint::{ENLARGED, paint, placeholder};
use super::palette::Pattern;
use crate::typeset::font::{Face, Fonts, Source};
use crate::typeset::run::{shape, width};
use crate::typeset::{Pt, Voice};

/// The side of a pattern's tile, and half of it.
const TILE: i32 = 8;

/// A surface on which a pixel of the drawing is a unit; its owner scales it.
struct Sheet<'s, 'd> {
    surface: &'s mut Surface<'d>,
    fonts: &'s Fonts,
    size: (u32, u32),
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

/// Paints the drawing from the origin, a unit a pixel.
pub fn draw(drawing: &Drawing, surface: &mut Surface<'_>, fonts: &Fonts) {
    let side = |length: i32| u32::try_from(length).unwrap_or(0);
    let mut sheet = Sheet {
        surface,
        fonts,
        size: (side(drawing.width.0), side(drawing.height.0)),
    };
    let painted = drawing.marks.iter().all(|mark| paint(&mut sheet, mark));
    debug_assert!(painted, "a backend that writes to memory cannot fail");
}

impl DrawingBackend for Sheet<'_, '_> {
    type ErrorType = Infallible;

    fn get_size(&self) -> (u32, u32) {
        self.size
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, (x, y): BackendCoord, color: BackendColor) -> Drawn {
        self.draw_rect((x, y), (x + 1, y + 1), &color, true)
    }

    fn draw_line<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
    ) -> Drawn {
        self.draw_path([from, to], style)
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        from: BackendCoord,
        to: BackendCoord,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let tint = style.color().rgb;
        let pattern = Pattern::ALL.iter().find(|one| placeholder(**one) == tint);
        match pattern {
            Some(pattern) => self.texture((from, to), *pattern),
            None if fill => self.fill(rectangle((from, to)), tint, NormalizedF32::ONE),
            None => self.line(rectangle((from, to)), style),
        }
        Ok(())
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        let mut line = PathBuilder::new();
        for (index, (x, y)) in path.into_iter().enumerate() {
            match index {
                0 => line.move_to(unit(x), unit(y)),
                _ => line.line_to(unit(x), unit(y)),
            }
        }
        self.line(line.finish(), style);
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        fill: bool,
    ) -> Drawn {
        let radius = i32::try_from(radius).unwrap_or(0);
        let mut line = PathBuilder::new();
        circle(&mut line, (unit(x), unit(y)), unit(radius));
        let (path, tint) = (line.finish(), style.color().rgb);
        match fill {
            true => self.fill(path, tint, NormalizedF32::ONE),
            false => self.line(path, style),
        }
        Ok(())
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        let mut line = PathBuilder::new();
        for (index, (x, y)) in corners.into_iter().enumerate() {
            match index {
                0 => line.move_to(unit(x), unit(y)),
                _ => line.line_to(unit(x), unit(y)),
            }
        }
        line.close();
        self.fill(line.finish(), style.color().rgb, NormalizedF32::ONE);
        Ok(())
    }

    /// The place is at half the height of small letters, as in the SVG.
    fn draw_text<T: BackendTextStyle>(
        &mut self,
        text: &str,
        style: &T,
        (x, y): BackendCoord,
    ) -> Drawn {
        let face = match style.style() {
            FontStyle::Bold => Face::Bold,
            _ => Face::Text,
        };
        let ink = style.color().rgb;
        let size = Pt(thousandths(style.size() / ENLARGED));
        let voice = Voice {
            face,
            size,
            leading: size,
            ink,
        };
        let wide = width(text, voice, self.fonts);
        let left = Pt(x * 1_000)
            - match style.anchor().h_pos {
                HPos::Left => Pt::ZERO,
                HPos::Center => wide.share(1, 2),
                HPos::Right => wide,
            };
        let half = self.fonts.get(Source::Own(face)).half_x();
        let base = Pt(y * 1_000) + size.share(half, 1_000);
        write(self.surface, self.fonts, (text, voice), (left, base));
        Ok(())
    }
}

/// Writes a line with its left end at a place; gives its right end.
pub(crate) fn write(
    surface: &mut Surface<'_>,
    fonts: &Fonts,
    (text, voice): (&str, Voice),
    (mut x, y): (Pt, Pt),
) -> Pt {
    surface.set_stroke(None);
    surface.set_fill(Some(filled(voice.ink)));
    for run in shape(text, voice.face, fonts).iter() {
        let font = fonts.get(run.source).font.clone();
        let at = Point::from_xy(x.points(), y.points());
        let size = voice.size.points();
        surface.draw_glyphs(at, &run.glyphs, font, &run.text, size, false);
        x += run.width(voice.size, fonts);
    }
    x
}

/// A fill of that colour.
pub(crate) fn filled((red, green, blue): (u8, u8, u8)) -> Fill {
    Fill {
        paint: rgb::Color::new(red, green, blue).into(),
        opacity: NormalizedF32::ONE,
        rule: FillRule::NonZero,
    }
}

impl Sheet<'_, '_> {
    fn line<S: BackendStyle>(&mut self, path: Option<Path>, style: &S) {
        let width = i32::try_from(style.stroke_width()).unwrap_or(1);
        let ink = (style.color().rgb, unit(width));
        self.stroke(path, ink, NormalizedF32::ONE);
    }

    fn fill(&mut self, path: Option<Path>, tint: (u8, u8, u8), opacity: NormalizedF32) {
        let Some(path) = path else { return };
        self.surface.set_stroke(None);
        self.surface.set_fill(Some(Fill {
            opacity,
            ..filled(tint)
        }));
        self.surface.draw_path(&path);
    }

    fn stroke(
        &mut self,
        path: Option<Path>,
        ((red, green, blue), width): ((u8, u8, u8), f32),
        opacity: NormalizedF32,
    ) {
        let Some(path) = path else { return };
        self.surface.set_fill(None);
        self.surface.set_stroke(Some(Stroke {
            paint: rgb::Color::new(red, green, blue).into(),
            width,
            opacity,
            line_join: LineJoin::Round,
            ..Stroke::default()
        }));
        self.surface.draw_path(&path);
    }

    /// The lines of a pattern that fall into a rectangle; tiles count from the corner of the drawing.
    fn texture(&mut self, corners: (BackendCoord, BackendCoord), pattern: Pattern) {
        let Some(clip) = rectangle(corners) else {
            return;
        };
        let share = |share| NormalizedF32::new(share).unwrap_or(NormalizedF32::ONE);
        let mut lines = PathBuilder::new();
        match pattern {
            Pattern::Cross => tiles(corners, |x, y| {
                segment(&mut lines, (x + 1, y + 1), (x + 7, y + 7));
                segment(&mut lines, (x + 7, y + 1), (x + 1, y + 7));
            }),
            Pattern::Dots => tiles(corners, |x, y| {
                circle(&mut lines, (unit(x + 3), unit(y + 3)), 1.2);
            }),
            Pattern::Diagonal => diagonals(corners, &mut lines),
            Pattern::Horizontal => {
                let ((left, top), (right, bottom)) = corners;
                let first = top.div_euclid(TILE) * TILE + 2;
                for y in (first..bottom).step_by(4).filter(|y| *y >= top) {
                    segment(&mut lines, (left, y), (right, y));
                }
            }
        }
        let path = lines.finish();
        self.surface.push_clip_path(&clip, &FillRule::NonZero);
        match pattern {
            Pattern::Cross => self.stroke(path, ((255, 255, 255), 1.0), share(0.45)),
            Pattern::Dots => self.fill(path, (1, 1, 1), share(0.55)),
            Pattern::Diagonal => self.stroke(path, ((0x3a, 0x3f, 0x45), 1.0), share(0.6)),
            Pattern::Horizontal => self.stroke(path, ((0x33, 0x22, 0x88), 1.0), share(1.0)),
        }
        self.surface.pop();
    }
}

/// The corner of each tile that has a part in the rectangle.
fn tiles(
    ((left, top), (right, bottom)): (BackendCoord, BackendCoord),
    mut tile: impl FnMut(i32, i32),
) {
    let step = 8;
    for y in (top.div_euclid(TILE) * TILE..bottom).step_by(step) {
        for x in (left.div_euclid(TILE) * TILE..right).step_by(step) {
            tile(x, y);
        }
    }
}

/// Lines on which `x + y` is a multiple of the tile's side.
fn diagonals(
    ((left, top), (right, bottom)): (BackendCoord, BackendCoord),
    lines: &mut PathBuilder,
) {
    let first = (left + top).div_euclid(TILE) * TILE;
    for sum in (first..=right + bottom + TILE).step_by(8) {
        segment(lines, (sum - top, top), (sum - bottom, bottom));
    }
}

fn segment(lines: &mut PathBuilder, from: (i32, i32), to: (i32, i32)) {
    lines.move_to(unit(from.0), unit(from.1));
    lines.line_to(unit(to.0), unit(to.1));
}

/// Four curves, which no eye tells from a circle.
fn circle(line: &mut PathBuilder, (x, y): (f32, f32), radius: f32) {
    let bend = radius * 0.552_284_8;
    line.move_to(x + radius, y);
    line.cubic_to(x + radius, y + bend, x + bend, y + radius, x, y + radius);
    line.cubic_to(x - bend, y + radius, x - radius, y + bend, x - radius, y);
    line.cubic_to(x - radius, y - bend, x - bend, y - radius, x, y - radius);
    line.cubic_to(x + bend, y - radius, x + radius, y - bend, x + radius, y);
    line.close();
}

fn rectangle(((left, top), (right, bottom)): (BackendCoord, BackendCoord)) -> Option<Path> {
    let mut line = PathBuilder::new();
    line.push_rect(Rect::from_ltrb(
        unit(left),
        unit(top),
        unit(right),
        unit(bottom),
    )?);
    line.finish()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a place on a drawing has few digits"
)]
fn unit(length: i32) -> f32 {
    length as f32
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the size of a letter has few digits"
)]
fn thousandths(size: f64) -> i32 {
    (size * 1_000.0).round() as i32
}
