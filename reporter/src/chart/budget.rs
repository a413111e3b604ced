//! Will the budget last? What is left of it over the period, from all of it to far below nothing.

use ledger::time::{Interval, Timestamp};

use super::dash::dashed;
use super::frame::Frame;
use super::palette::Ink;
use super::scale::{RangeScale, TimeScale};
use super::text::{self, Face};
use super::{Anchor, Area, Drawing, Format, Label, Mark, Px, Scene, Stroke, axis, coverage};
use crate::text::Text;

/// What is left at each change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burn {
    /// What the target allows in the whole period.
    pub allowed: i64,
    /// What is left, by time, if anything is allowed: first and last point are the ends of what is known. Straight lines lie between.
    pub left: Vec<(Timestamp, i64)>,
    /// Where incidents begin, with their names.
    pub incidents: Vec<(Interval, Text)>,
    /// What is left in the end, in words.
    pub rest: Text,
}

const PLOT: Px = Px(220);
const LEFT: Px = Px(74);

/// Percent of the budget on the axis: never clamped, shaded below zero; the dashed line spends it evenly.
pub fn draw(burn: &Burn, scene: &Scene, format: Format) -> Drawing {
    let mut frame = Frame::new(format, scene.caption.clone());
    let top = frame.top() + Px(14);
    let floor = top + PLOT;
    let percent = |left: i64| percent(left, burn.allowed);
    let least = burn.left.iter().map(|(_, left)| percent(*left)).min();
    let range = range(least.unwrap_or(0).min(0));
    let longest = text::width(&words(range.0), Face::PLAIN);
    let time = TimeScale {
        window: scene.window,
        left: LEFT.max(frame.left() + longest + Px(6)),
        right: frame.right() - Px(6),
    };
    let scale = values(&mut frame, range, (floor, top), &time);
    coverage::exclusions(&mut frame, scene, &time, (top, floor));
    if burn.allowed > 0 {
        let ideal = [(time.left, scale.place(100)), (time.right, scale.place(0))];
        stroke(&mut frame, &ideal, (Ink::Quiet, 1, 1));
    } else {
        let at = (time.left + Px(8), top + Px(PLOT.0 / 2));
        frame.label(Label::new(at, Anchor::Start, "There is no budget."));
    }
    let curve: Vec<(Px, Px)> = burn
        .left
        .iter()
        .map(|(at, left)| (time.x(*at), scale.place(percent(*left))))
        .collect();
    stroke(&mut frame, &curve, (Ink::First, 2, 0));
    end(&mut frame, burn, &curve, (&time, top));
    incidents(&mut frame, burn, &time, &scale);
    let bottom = coverage::strip(&mut frame, scene, &time, floor + Px(6));
    axis::draw(&mut frame, &time, &scene.zone, bottom + Px(4));
    let bottom = coverage::key(&mut frame, scene, bottom + Px(4) + axis::HEIGHT);
    frame.close(bottom)
}

/// `left` in percent of `allowed`, rounded down: nothing is shown as left that is not.
fn percent(left: i64, allowed: i64) -> i64 {
    let exact = (i128::from(left) * 100).div_euclid(i128::from(allowed.max(1)));
    i64::try_from(exact).unwrap_or(i64::MIN / 4)
}

/// The lowest value of the axis, zero or a round one below the least, and the step from tick to tick.
fn range(least: i64) -> (i64, i64) {
    let depth = 100 - least;
    let step = (0..15)
        .map(|power| 10_i64.pow(power))
        .flat_map(|ten| [ten, 2 * ten, 5 * ten])
        .find(|step| *step >= 20 && depth <= 6 * step)
        .unwrap_or(depth);
    (least.div_euclid(step) * step, step)
}

fn words(percent: i64) -> String {
    format!("{percent}\u{a0}%").replace('-', "−")
}

/// The axis up to 100 %, shaded below zero.
fn values(
    frame: &mut Frame,
    (lowest, step): (i64, i64),
    (floor, top): (Px, Px),
    time: &TimeScale,
) -> RangeScale {
    let scale = RangeScale {
        min: lowest,
        max: 100,
        start: floor,
        end: top,
    };
    if lowest < 0 {
        let area = Area::new((time.left, scale.place(0)), (time.right, floor));
        frame.mark(Mark::Fill(area, Ink::Shade));
    }
    let ticks = (0..)
        .map(|tick| lowest + tick * step)
        .take_while(|value| *value < 100);
    let rest = 100 - lowest;
    for value in ticks.chain([100]) {
        let y = scale.place(value);
        let ink = if value == 0 { Ink::Outline } else { Ink::Grid };
        frame.line((time.left, y), (time.right, y), ink);
        // A tick too near to 100 % would touch its words.
        if value == 100 || (100 - value) * i64::from(PLOT.0) >= 18 * rest {
            let at = (time.left - Px(6), y);
            let label = Label::scale(at, Anchor::End, words(value));
            frame.label(label.ink(Ink::Quiet));
        }
    }
    scale
}

fn stroke(frame: &mut Frame, points: &[(Px, Px)], (ink, width, dash): (Ink, u32, usize)) {
    for piece in dashed(points, dash) {
        frame.mark(Mark::Path(piece, Stroke { ink, width }));
    }
}

/// A dot where the curve ends, its value beside it, and a line if the record ends before the period.
fn end(frame: &mut Frame, burn: &Burn, curve: &[(Px, Px)], (time, top): (&TimeScale, Px)) {
    let (Some(last), Some((at, _))) = (curve.last(), burn.left.last()) else {
        return;
    };
    frame.mark(Mark::Dot(*last, 4, Ink::First));
    if *at < time.window.end {
        let floor = top + PLOT;
        frame.line((last.0, top), (last.0, floor), Ink::Quiet);
    }
    // The first place near the end of the curve that the curve does not cross.
    let floor = top + PLOT;
    let rows = [-14, 14].map(|shift| last.1 + Px(shift));
    let further = (0..20).map(|step| floor - Px(12) - Px(10 * step));
    for y in rows.into_iter().chain(further) {
        let label = Label::said((last.0 - Px(4), y), Anchor::End, burn.rest.clone());
        let label = label.face(Face::BOLD);
        let area = label.area();
        let inside = area.top >= top && area.bottom <= floor && area.left >= time.left;
        if inside
            && !curve
                .windows(2)
                .any(|pair| Area::new(pair[0], pair[1]).touches(area))
        {
            frame.label(label);
            return;
        }
    }
}

/// A tick on the upper edge where each incident begins, with its name above it, or close beside the name before, where there is room.
fn incidents(frame: &mut Frame, burn: &Burn, time: &TimeScale, scale: &RangeScale) {
    let top = scale.end;
    let mut before = frame.left() - Px(3);
    for (span, name) in &burn.incidents {
        let Some(seen) = span.intersect(time.window) else {
            continue;
        };
        let x = time.x(seen.start);
        frame.line((x, top - Px(6)), (x, top), Ink::Down);
        let named = |x: Px, anchor| {
            let label = Label::said((x, top - Px(13)), anchor, name.clone());
            label.face(Face::SMALL)
        };
        let beside = before + Px(3);
        let near = beside - x <= Px(12);
        let places = [
            Some(named(x, Anchor::Middle)),
            near.then(|| named(beside, Anchor::Start)),
        ];
        let taken = frame.taken();
        let free = |label: &Label| {
            let area = label.area();
            let inside = area.left >= frame.left() && area.right <= frame.right();
            inside && !taken.iter().any(|other| other.overlaps(area))
        };
        if let Some(label) = places.into_iter().flatten().find(free) {
            before = label.area().right;
            frame.label(label);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_rounded_down_and_never_clamped() {
        for (left, allowed, shown) in [
            (2_678_400, 2_678_400, 100),
            (2_678_399, 2_678_400, 99),
            (-1, 2_678_400, -1),
            (-24_321_600, 2_678_400, -909),
            (0, 0, 0),
        ] {
            assert_eq!(percent(left, allowed), shown, "{left} of {allowed}");
        }
    }
}
