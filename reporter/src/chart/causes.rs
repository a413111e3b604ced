//! What fails? Counted downtime by what was seen, longest first.

use ledger::time::Millis;

use super::frame::{Caption, Frame};
use super::palette::Ink;
use super::scale::LinearScale;
use super::text::{self, Face};
use super::{Anchor, Area, Drawing, Format, Label, Px};
use crate::text::Text;
use crate::words;

/// One bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// What was seen.
    pub name: String,
    /// Its part of the counted downtime.
    pub down: Millis,
    /// Whether nobody can say.
    pub unknown: bool,
    /// Where its downtime stands in `report.json`.
    pub at: String,
}

/// More causes than this share a last bar.
const MOST: usize = 12;

/// Bars from zero, each with its name and length above it.
pub fn draw(causes: &[Cause], caption: &Caption, format: Format) -> Drawing {
    let mut frame = Frame::new(format, caption.clone());
    let scale = LinearScale {
        max: causes
            .iter()
            .map(|cause| cause.down.0)
            .max()
            .unwrap_or(0)
            .max(1),
        zero: frame.left(),
        end: frame.right() - Px(2),
    };
    let mut y = frame.top() + Px(4);
    if causes.is_empty() {
        let at = (frame.left(), y);
        frame.label(Label::new(
            at,
            Anchor::Start,
            "There was no counted downtime.",
        ));
        return frame.close(y + Px(8));
    }
    let shown = shown(causes);
    // As in tables: what is printed adds up to what is printed of all.
    let printed = words::rows(shown.iter().map(|cause| cause.down));
    for (cause, printed) in shown.iter().zip(printed) {
        let said = Text::figure(words::duration(printed), &*cause.at);
        let length = Label::said((scale.end, y), Anchor::End, said);
        let length = length.face(Face::BOLD);
        let room = length.area().left - scale.zero - Px(12);
        let name = text::cut(&cause.name, Face::PLAIN, room);
        frame.label(Label::new((scale.zero, y), Anchor::Start, name));
        frame.label(length);
        let bar = Area::new(
            (scale.zero, y + Px(11)),
            (scale.place(cause.down.0), y + Px(25)),
        );
        let ink = if cause.unknown {
            Ink::Unknown
        } else {
            Ink::Down
        };
        frame.state(bar, ink);
        y = y + Px(42);
    }
    frame.close(y - Px(16))
}

/// The longest ones, and the rest as one.
fn shown(causes: &[Cause]) -> Vec<Cause> {
    if causes.len() <= MOST {
        return causes.to_vec();
    }
    let (kept, rest) = causes.split_at(MOST - 1);
    let mut shown = kept.to_vec();
    shown.push(Cause {
        name: "others".into(),
        at: String::new(),
        down: rest.iter().map(|cause| cause.down).sum(),
        unknown: false,
    });
    shown
}
