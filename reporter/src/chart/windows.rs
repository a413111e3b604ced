//! One long outage or many short ones? The worst availability of any window, by the window's length.

use ledger::contract::Share;
use ledger::sla::Ratio;
use ledger::time::Millis;

use super::frame::{Caption, Frame};
use super::lost::{LostScale, float};
use super::palette::Ink;
use super::scale::LogScale;
use super::text::Face;
use super::{Anchor, Drawing, Format, Label, Mark, Px, Stroke};

/// Window lengths that are named on the axis.
const NAMED: [(i64, &str); 10] = [
    (1, "1\u{a0}min"),
    (5, "5\u{a0}min"),
    (15, "15\u{a0}min"),
    (60, "1\u{a0}h"),
    (4 * 60, "4\u{a0}h"),
    (24 * 60, "1\u{a0}day"),
    (7 * 24 * 60, "7\u{a0}days"),
    (30 * 24 * 60, "30\u{a0}days"),
    (90 * 24 * 60, "90\u{a0}days"),
    (365 * 24 * 60, "365\u{a0}days"),
];
const PLOT: Px = Px(210);
const LEFT: Px = Px(74);

/// Lengths of windows for a period, ten in each factor of ten, from a minute to the whole.
pub fn lengths(period: Millis) -> Vec<Millis> {
    const TENTHS: [i64; 10] = [1000, 1259, 1585, 1995, 2512, 3162, 3981, 5012, 6310, 7943];
    let all = (0..8).flat_map(|power| TENTHS.map(|tenth| Millis(60 * tenth * 10_i64.pow(power))));
    let named = NAMED.map(|(minutes, _)| Millis::from_mins(minutes));
    let mut lengths: Vec<Millis> = all
        .chain(named)
        .filter(|length| *length < period)
        .chain([period])
        .collect();
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

/// A curve over a logarithmic axis of lengths, with the target.
pub fn draw(
    points: &[(Millis, Ratio)],
    target: Share,
    caption: &Caption,
    format: Format,
) -> Drawing {
    let mut frame = Frame::new(format, caption.clone());
    let top = frame.top() + Px(4);
    let floor = top + PLOT;
    let longest = points.last().map_or(60_000, |(length, _)| length.0);
    let x = LogScale {
        min: 60_000.0,
        max: float(longest.max(600_000)),
        start: LEFT,
        end: frame.right() - Px(26),
    };
    let y = LostScale::new(top, floor);
    across(&mut frame, &x, (top, floor));
    y.draw(&mut frame, (x.start, x.end));
    y.target(&mut frame, target, (x.start, x.end));
    if points.is_empty() {
        let at = (LEFT + Px(8), floor - Px(14));
        frame.label(
            Label::new(at, Anchor::Start, "Nothing is known of the period.").face(Face::SMALL),
        );
    }
    let place = |(length, ratio): &(Millis, Ratio)| (x.place(float(length.0)), y.place(*ratio));
    let mut curve: Vec<(Px, Px)> = points.iter().map(place).collect();
    curve.dedup();
    if curve.len() > 1 {
        let stroke = Stroke {
            ink: Ink::First,
            width: 2,
        };
        frame.mark(Mark::Path(curve, stroke));
    }
    let named = |length: &Millis| {
        NAMED
            .iter()
            .any(|(minutes, _)| *length == Millis::from_mins(*minutes))
    };
    let whole = |length: &Millis| length.0 == longest;
    for point in points
        .iter()
        .filter(|(length, _)| named(length) || whole(length))
    {
        frame.mark(Mark::Dot(place(point), 3, Ink::First));
    }
    let bottom = super::lost::key(&mut frame, target, floor + Px(56));
    frame.close(bottom)
}

/// Named lengths below, as many as fit beside each other, and what they are.
fn across(frame: &mut Frame, x: &LogScale, (top, floor): (Px, Px)) {
    let mut free = Px(0);
    for (minutes, words) in NAMED {
        let length = float(minutes * 60_000);
        if length > x.max {
            break;
        }
        let at = x.place(length);
        frame.line((at, top), (at, floor + Px(5)), Ink::Grid);
        let label = Label::scale((at, floor + Px(16)), Anchor::Middle, words).ink(Ink::Quiet);
        let area = label.area();
        if area.left >= free && area.right <= frame.right() + super::frame::MARGIN {
            free = area.right + Px(8);
            frame.label(label);
        }
    }
    let words = Label::new(
        (x.start, floor + Px(36)),
        Anchor::Start,
        "length of the window",
    );
    frame.label(words.ink(Ink::Quiet));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_rise_from_a_minute_to_the_period_and_hold_the_named_ones() {
        let month = Millis::from_mins(31 * 24 * 60);
        let lengths = lengths(month);
        assert_eq!(
            (lengths[0], lengths[lengths.len() - 1]),
            (Millis::from_mins(1), month)
        );
        assert!(lengths.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(lengths.contains(&Millis::from_mins(7 * 24 * 60)));
        assert!(lengths.len() < 70, "{}", lengths.len());
    }
}
