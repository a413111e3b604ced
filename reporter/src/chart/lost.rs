//! Availability by what is lost: each step down loses ten times more, and losing nothing has a line of its own.

use ledger::contract::Share;
use ledger::sla::Ratio;

use super::dash::dashed;
use super::frame::{Frame, Swatch};
use super::palette::Ink;
use super::scale::LogScale;
use super::{Anchor, Label, Mark, Px, Stroke};
use crate::text::{Text, say};

/// The least loss on the axis: 0.001 %, less than a second of a day.
const LEAST: f64 = 1e-5;
/// The room between the line of no loss and the rest of the axis.
const BREAK: Px = Px(22);

/// Places of availability between two rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct LostScale {
    none: Px,
    rest: LogScale,
}

impl LostScale {
    /// An axis from `top` (100 %) to `bottom` (0 %).
    pub(super) fn new(top: Px, bottom: Px) -> Self {
        Self {
            none: top,
            rest: LogScale {
                min: LEAST,
                max: 1.0,
                start: top + BREAK,
                end: bottom,
            },
        }
    }

    /// The place of an availability.
    pub(super) fn place(&self, availability: Ratio) -> Px {
        let lost = availability.denominator - availability.numerator;
        if lost <= 0 {
            return self.none;
        }
        self.rest
            .place(float(lost) / float(availability.denominator))
    }

    /// Grid lines with their words, and the mark that the axis is broken.
    pub(super) fn draw(&self, frame: &mut Frame, (left, right): (Px, Px)) {
        for (lost, words) in [
            (0.0, "100\u{a0}%"),
            (1e-4, "99.99\u{a0}%"),
            (1e-3, "99.9\u{a0}%"),
            (1e-2, "99\u{a0}%"),
            (1e-1, "90\u{a0}%"),
            (1.0, "0\u{a0}%"),
        ] {
            let y = if lost > 0.0 {
                self.rest.place(lost)
            } else {
                self.none
            };
            let ink = if lost < 1.0 { Ink::Grid } else { Ink::Outline };
            frame.line((left, y), (right, y), ink);
            let label = Label::scale((left - Px(6), y), Anchor::End, words);
            frame.label(label.ink(Ink::Quiet));
        }
        let middle = self.none + Px(BREAK.0 / 2);
        for y in [middle - Px(2), middle + Px(2)] {
            frame.line(
                (left - Px(4), y + Px(2)),
                (left + Px(4), y - Px(2)),
                Ink::Outline,
            );
        }
    }

    /// The dashed line of the target; the key names it.
    pub(super) fn target(&self, frame: &mut Frame, target: Share, (left, right): (Px, Px)) {
        let y = self.place(target.ratio());
        let stroke = Stroke {
            ink: Ink::Text,
            width: 1,
        };
        for piece in dashed(&[(left, y), (right, y)], 1) {
            frame.mark(Mark::Path(piece, stroke));
        }
    }
}

/// Names the line of the target; gives the lower edge.
pub(super) fn key(frame: &mut Frame, target: Share, top: Px) -> Px {
    let share = Text::figure(ledger::print::share(target), "/verdict/target");
    frame.key_said((Swatch::Dashes(Ink::Text), say!["target ", share]), top)
}

/// A count as what logarithms take.
pub(super) fn float(count: i64) -> f64 {
    // Periods are far below 2^53 ms; beyond that a pixel is not at stake.
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_times_the_loss_is_one_step_and_no_loss_stands_apart() {
        let scale = LostScale::new(Px(0), Px(122));
        let of = |numerator| Ratio {
            numerator,
            denominator: 100_000,
        };
        for (numerator, y) in [
            (100_000, 0),
            (99_999, 22),
            (99_990, 42),
            (99_900, 62),
            (99_000, 82),
            (90_000, 102),
            (0, 122),
        ] {
            assert_eq!(scale.place(of(numerator)), Px(y), "{numerator}");
        }
    }
}
