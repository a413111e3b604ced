//! The distribution of login time by percentile, after `HdrHistogram`'s plot: x = 1/(1 − q), logarithmic ("nines").

use super::dash::dashed;
use super::frame::{Caption, Frame};
use super::latency::login_times;
use super::palette::Ink;
use super::scale::{LinearScale, LogScale};
use super::text::{self, Face};
use super::{Anchor, Drawing, Format, Label, Mark, Px, Stroke};
use crate::text::{Text, say};

/// One curve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Curve {
    /// Whose logins.
    pub name: String,
    /// `(count of logins at most this long, microseconds)`, rising; the last count is all of them.
    pub steps: Vec<(u64, u32)>,
    /// Where the number of all of them stands in `report.json`.
    pub at: String,
}

const PLOT: Px = Px(220);
const LEFT: Px = Px(74);
const NINES: [(f64, &str); 7] = [
    (1.0, "0 %"),
    (2.0, "50 %"),
    (10.0, "90 %"),
    (100.0, "99 %"),
    (1_000.0, "99.9 %"),
    (10_000.0, "99.99 %"),
    (100_000.0, "99.999 %"),
];
const STROKES: [Stroke; 3] = [
    Stroke {
        ink: Ink::First,
        width: 2,
    },
    Stroke {
        ink: Ink::Second,
        width: 2,
    },
    Stroke {
        ink: Ink::Third,
        width: 2,
    },
];

/// At most three curves; each ends at the largest percentile its number of logins supports, the maximum is a dot.
pub fn draw(curves: &[Curve], caption: Caption, format: Format) -> Drawing {
    let mut frame = Frame::new(format, caption);
    let top = legend(&mut frame, curves) + Px(14);
    let zero = top + PLOT;
    let curves: Vec<&Curve> = curves
        .iter()
        .take(STROKES.len())
        .filter(|curve| !curve.steps.is_empty())
        .collect();
    let most = curves
        .iter()
        .filter_map(|curve| curve.steps.last())
        .map(|(n, _)| *n)
        .max()
        .unwrap_or(1);
    let x = LogScale {
        min: 1.0,
        max: nines(most).max(10.0),
        start: LEFT,
        end: frame.right() - Px(24),
    };
    let y = values(&mut frame, &curves, (zero, top), x.end);
    across(&mut frame, &x, (zero, top));
    for (index, (curve, stroke)) in curves.iter().zip(STROKES).enumerate() {
        let points = line(curve, &x, &y);
        for piece in dashed(&points, index) {
            frame.mark(Mark::Path(piece, stroke));
        }
        if let (Some(end), Some((_, max))) = (points.last(), curve.steps.last()) {
            frame.mark(Mark::Dot((end.0, y.place(i64::from(*max))), 4, stroke.ink));
        }
    }
    frame.close(zero + Px(26))
}

/// The scale runs in powers of ten: 1/(1 − q) of the largest quantile that `n` logins support is `n`.
fn nines(n: u64) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX)).min(100_000.0)
}

/// The curve in pixels, one point at most for each of them: steps at 1/(1 − q) = n/(n − count).
fn line(curve: &Curve, x: &LogScale, y: &LinearScale) -> Vec<(Px, Px)> {
    let Some((n, _)) = curve.steps.last().copied() else {
        return vec![];
    };
    let mut points: Vec<(Px, Px)> = Vec::new();
    let mut from = x.start;
    for (count, micros) in &curve.steps {
        let rest = n.saturating_sub(*count).max(1);
        let to = x.place(nines(n) / nines(rest));
        let height = y.place(i64::from(*micros));
        for at in [(from, height), (to, height)] {
            if points.last() != Some(&at) {
                points.push(at);
            }
        }
        from = to;
    }
    points
}

fn values(frame: &mut Frame, curves: &[&Curve], rows: (Px, Px), right: Px) -> LinearScale {
    let most = curves
        .iter()
        .filter_map(|curve| curve.steps.last())
        .map(|(_, micros)| i64::from(*micros))
        .max()
        .unwrap_or(0);
    login_times(frame, most, rows, right)
}

/// The percentiles below, as many as fit beside each other.
fn across(frame: &mut Frame, x: &LogScale, (zero, top): (Px, Px)) {
    let mut free = Px(0);
    for (nines, words) in NINES.iter().filter(|(nines, _)| *nines <= x.max) {
        let at = x.place(*nines);
        frame.line((at, top), (at, zero + Px(5)), Ink::Grid);
        let label = Label::scale((at, zero + Px(17)), Anchor::Middle, *words).ink(Ink::Quiet);
        let area = label.area();
        if area.left >= free && area.right <= frame.right() + super::frame::MARGIN {
            free = area.right + Px(6);
            frame.label(label);
        }
    }
}

/// The names of the curves with a piece of each line; gives the lower edge.
fn legend(frame: &mut Frame, curves: &[Curve]) -> Px {
    let (mut x, mut y) = (frame.left(), frame.top());
    for (index, (curve, stroke)) in curves.iter().zip(STROKES).enumerate() {
        let n = curve.steps.last().map_or(0, |(n, _)| *n);
        let n = Text::figure(n.to_string(), &*curve.at);
        let said = say![format!("{} (n = ", curve.name), n, ")"];
        let said = text::fitted(&said, Face::PLAIN, frame.right() - frame.left() - Px(36));
        let mut label = Label::said((x + Px(36), y), Anchor::Start, said);
        if label.area().right > frame.right() {
            (x, y) = (frame.left(), y + text::LINE);
            label.at = (x + Px(36), y);
        }
        for piece in dashed(&[(x, y), (x + Px(30), y)], index) {
            frame.mark(Mark::Path(piece, stroke));
        }
        x = label.area().right + Px(20);
        frame.label(label);
    }
    y + Px(8)
}

#[cfg(test)]
mod tests {
    use super::super::frame::assert_sound;
    use super::*;

    fn curve(name: &str, n: u64) -> Curve {
        let steps = (1..=40)
            .map(|step| {
                (
                    n * step / 40,
                    200_000 + u32::try_from(step * step * step).unwrap() * 40,
                )
            })
            .collect();
        Curve {
            name: name.into(),
            steps,
            at: String::new(),
        }
    }

    fn drawn(curves: &[Curve], format: Format) -> Drawing {
        let caption = Caption {
            id: "percentiles".into(),
            title: "Login time by percentile".into(),
            desc: "A short tail.".into(),
            source: "UTC".into(),
        };
        draw(curves, caption, format)
    }

    #[test]
    fn curves_of_any_size_are_sound() {
        for format in Format::ALL {
            for curves in [
                vec![],
                vec![curve("users", 1)],
                vec![curve("users", 80_000), curve("travelers", 12)],
                vec![
                    curve(&"w".repeat(200), 2_000),
                    curve("b", 3),
                    curve("c", 4),
                    curve("d", 5),
                ],
            ] {
                assert_sound(&drawn(&curves, format));
            }
        }
    }

    #[test]
    fn a_curve_ends_at_the_percentile_its_logins_support() {
        let drawing = drawn(
            &[curve("users", 1_000), curve("travelers", 10)],
            Format::Wide,
        );
        let ends: Vec<Px> = drawing
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Dot((x, _), _, _) => Some(*x),
                _ => None,
            })
            .collect();
        let x = LogScale {
            min: 1.0,
            max: 1_000.0,
            start: LEFT,
            end: Format::Wide.width() - Px(8 + 24),
        };
        assert_eq!(ends, [x.place(1_000.0), x.place(10.0)]);
    }
}
