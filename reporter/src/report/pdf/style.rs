//! The voices and measures of a printed page, of the same house as the style sheet of the HTML form.

use super::item::Tint;
use crate::typeset::font::Face;
use crate::typeset::{Pt, Voice};

/// Words.
pub(super) const TEXT: Tint = (0x1a, 0x1d, 0x21);
/// Words of less weight.
pub(super) const QUIET: Tint = (0x55, 0x5b, 0x63);
/// Hairlines.
pub(super) const LINE: Tint = (0xd5, 0xda, 0xde);
/// Behind the verdict.
pub(super) const PANEL: Tint = (0xf6, 0xf7, 0xf9);
/// Downtime.
pub(super) const DOWN: Tint = (0xb2, 0x18, 0x2b);
/// A verdict that is met.
pub(super) const UP: Tint = (0x0b, 0x74, 0x76);
/// Addresses.
pub(super) const LINK: Tint = (0x0b, 0x5c, 0x9e);

const fn voice(face: Face, size: i32, leading: i32, ink: Tint) -> Voice {
    Voice {
        face,
        size: Pt::tenths(size),
        leading: Pt::tenths(leading),
        ink,
    }
}

/// The line above the title.
pub(super) const KICKER: Voice = voice(Face::Text, 95, 130, QUIET);
/// The title.
pub(super) const TITLE: Voice = voice(Face::Head, 220, 265, TEXT);
/// The heading of a section.
pub(super) const HEADING: Voice = voice(Face::Head, 150, 190, TEXT);
/// The verdict itself.
pub(super) const VERDICT: Voice = voice(Face::Head, 190, 230, TEXT);
/// The most important thing.
pub(super) const LEAD: Voice = voice(Face::Text, 112, 158, TEXT);
/// Running text.
pub(super) const BODY: Voice = voice(Face::Text, 94, 134, TEXT);
/// Running text that says that there is nothing.
pub(super) const NOTHING: Voice = voice(Face::Text, 94, 134, QUIET);
/// Terms that are explained.
pub(super) const TERM: Voice = voice(Face::Bold, 94, 134, TEXT);
/// Who, when, by which clock.
pub(super) const HEAD: Voice = voice(Face::Text, 86, 122, QUIET);
/// The label of a figure.
pub(super) const LABEL: Voice = voice(Face::Text, 80, 108, QUIET);
/// A figure that stands by itself.
pub(super) const FIGURE: Voice = voice(Face::Bold, 110, 148, TEXT);
/// Small words below a figure, and below a chart.
pub(super) const NOTE: Voice = voice(Face::Text, 78, 104, QUIET);
/// What a chart shows.
pub(super) const UNDER: Voice = voice(Face::Text, 84, 114, QUIET);
/// What a table shows.
pub(super) const CAPTION: Voice = voice(Face::Bold, 88, 118, TEXT);
/// The line below everything.
pub(super) const FOOT: Voice = voice(Face::Text, 78, 108, QUIET);
/// What repeats on every sheet.
pub(super) const RUNNING: Voice = voice(Face::Text, 76, 100, QUIET);

/// Lines of running text are no longer than this, whatever the sheet.
pub(super) const MEASURE: Pt = Pt(410_000);
/// A hairline.
pub(super) const HAIR: Pt = Pt(400);
/// A line that parts.
pub(super) const THIN: Pt = Pt(900);
/// A line above a section.
pub(super) const THICK: Pt = Pt(2_000);

/// The voices of a table, at a size in tenths of a point.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfTable {
    pub(super) head: Voice,
    pub(super) cell: Voice,
    pub(super) strong: Voice,
    pub(super) note: Voice,
}

impl OfTable {
    /// From the size that reads best to the smallest that one may print.
    pub(super) const SIZES: [i32; 4] = [84, 79, 74, 68];

    pub(super) const fn of(size: i32) -> Self {
        Self {
            head: voice(Face::Bold, size - 4, size + 24, QUIET),
            cell: voice(Face::Text, size, size + 28, TEXT),
            strong: voice(Face::Bold, size, size + 28, TEXT),
            note: voice(Face::Text, size - 8, size + 16, QUIET),
        }
    }
}
