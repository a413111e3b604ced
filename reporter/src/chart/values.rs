//! The vertical axis of a chart of amounts: from zero to a round value at or above the largest.

use super::frame::Frame;
use super::palette::Ink;
use super::scale::LinearScale;
use super::{Anchor, Label, Px};

/// Where the axis stands and what it must hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Values {
    /// The largest amount shown.
    pub(super) most: i64,
    /// From one grid line to the next; at least 1.
    pub(super) step: i64,
    /// Where zero and the topmost value are.
    pub(super) rows: (Px, Px),
    /// Where grid lines begin and end.
    pub(super) columns: (Px, Px),
}

impl Values {
    /// Draws grid lines with `words` beside them; gives the scale.
    pub(super) fn draw(self, frame: &mut Frame, words: impl Fn(i64) -> String) -> LinearScale {
        let ticks = (self.most + self.step - 1).div_euclid(self.step).max(1);
        let ((zero, end), (left, right)) = (self.rows, self.columns);
        let scale = LinearScale {
            max: ticks * self.step,
            zero,
            end,
        };
        for tick in 0..=ticks {
            let y = scale.place(tick * self.step);
            let ink = if tick == 0 { Ink::Outline } else { Ink::Grid };
            frame.line((left, y), (right, y), ink);
            let label = Label::scale((left - Px(6), y), Anchor::End, words(tick * self.step));
            frame.label(label.ink(Ink::Quiet));
        }
        scale
    }
}
