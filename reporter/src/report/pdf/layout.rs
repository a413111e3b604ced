//! From a page to sheets with everything in its place. A pure function.

use super::blocks;
use super::desk::{Desk, base};
use super::item::{Item, Parts};
use super::sheet::{EDGE, SIDE};
use super::sheets::{self, Sheet};
use super::words::{Line, cut};
use super::{OnSheet, Paper, style};
use crate::report::page::Page;
use crate::typeset::Pt;
use crate::typeset::font::Fonts;
use crate::typeset::run::width;

/// All sheets, with the structure of what lies on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Laid<'p> {
    pub(super) sheets: Vec<Sheet<'p>>,
    pub(super) parts: Parts,
    pub(super) paper: Paper,
}

/// Lays a page out.
pub(super) fn laid<'p>(page: &'p Page, paper: Paper, fonts: &Fonts) -> Laid<'p> {
    let sheet = paper.upright();
    let mut desk = Desk {
        fonts,
        parts: Parts::default(),
        room: sheet.room(),
        high: sheet.bottom() - sheet.top(),
        broad: paper.on_its_side().room(),
    };
    let strips = blocks::strips(page, &mut desk);
    let mut sheets = sheets::lay(strips, paper);
    let count = sheets.len();
    for (sheet, number) in sheets.iter_mut().zip(1..) {
        repeat(sheet, page, (number, count), (paper, fonts));
    }
    Laid {
        sheets,
        parts: desk.parts,
        paper,
    }
}

/// The running head, but not over the title, and the foot with the number of the sheet.
fn repeat(
    sheet: &mut Sheet<'_>,
    page: &Page,
    (number, count): (usize, usize),
    (paper, fonts): (Paper, &Fonts),
) {
    const GAP: Pt = Pt(20_000);
    let size = sheet.size(paper);
    let voice = style::RUNNING;
    let mut put = |x: Pt, y: Pt, line: Line| {
        sheet.items.push(Item::Words {
            at: (x, y),
            voice,
            line,
            part: None,
        });
    };
    if number > 1 {
        let head = cut(&page.running, size.room(), voice, fonts);
        put(SIDE, EDGE + base(voice), head);
    }
    let foot = size.high - EDGE - voice.leading + base(voice);
    let number = format!("page {number} of {count}");
    let number = cut(&number, size.room(), voice, fonts);
    let seal = size.room() - number.width - GAP;
    put(size.wide - SIDE - number.width, foot, number);
    put(SIDE, foot, cut(&page.seal, seal, voice, fonts));
}

/// Where each figure stands.
pub(super) fn figures(laid: &Laid<'_>, fonts: &Fonts) -> Vec<OnSheet> {
    let mut all = Vec::new();
    for (sheet, page) in laid.sheets.iter().zip(1..) {
        for item in &sheet.items {
            let Item::Words {
                at, voice, line, ..
            } = item
            else {
                continue;
            };
            let mut before = String::new();
            for bit in &line.bits {
                if !bit.at.is_empty() {
                    let left = at.0 + width(&before, *voice, fonts);
                    all.push(OnSheet {
                        page,
                        left: left.0 / 1_000,
                        base: at.1.0 / 1_000,
                        text: bit.text.clone(),
                        json: bit.at.clone(),
                    });
                }
                before.push_str(&bit.text);
            }
        }
    }
    all
}
