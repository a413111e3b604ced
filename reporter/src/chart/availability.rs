//! Availability per day with its bounds against the target, and below it the downtime that it is made of, from zero.

use ledger::contract::Share;
use ledger::outage::Bounds;
use ledger::sla::Range;
use ledger::time::{Interval, Millis};

use super::downtime::{self, Bar};
use super::frame::Frame;
use super::lost::LostScale;
use super::palette::Ink;
use super::scale::TimeScale;
use super::text::Face;
use super::{Anchor, Area, Drawing, Format, Label, Mark, Px, Scene, Stroke, axis, coverage};

/// One day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    /// The part of the day inside the period; not empty.
    pub interval: Interval,
    /// Its availability; `None` if nothing of it is known.
    pub range: Option<Range>,
    /// Counted downtime.
    pub down: Bounds,
}

const LEFT: Px = Px(82);
const ABOVE: Px = Px(150);
const BELOW: Px = Px(70);

/// Dots with whiskers over bars; a day of which nothing is known has neither.
pub fn draw(points: &[Point], target: Share, scene: &Scene, format: Format) -> Drawing {
    let mut frame = Frame::new(format, scene.caption.clone());
    let time = TimeScale {
        window: scene.window,
        left: LEFT,
        right: frame.right() - Px(4),
    };
    let top = frame.top() + Px(4);
    let floor = top + ABOVE;
    let scale = LostScale::new(top, floor);
    scale.draw(&mut frame, (time.left, time.right));
    scale.target(&mut frame, target, (time.left, time.right));
    for point in points {
        dot(&mut frame, point, &time, (&scale, target));
    }
    let heading =
        Label::new((time.left, floor + Px(22)), Anchor::Start, "Downtime").face(Face::BOLD);
    frame.label(heading);
    let (end, zero) = (floor + Px(42), floor + Px(42) + BELOW);
    let most = points.iter().map(|point| point.down.estimate.0).max();
    let value = downtime::values(
        &mut frame,
        (most.unwrap_or(0), 2),
        (zero, end),
        (time.left, time.right),
    );
    for point in points.iter().filter(|one| one.down.estimate > Millis::ZERO) {
        let bar = Bar {
            interval: point.interval,
            down: point.down,
            at: String::new(),
        };
        let (left, right) = downtime::edges(&bar, &time);
        let area = Area::new(
            (left, value.place(point.down.estimate.0)),
            (right, value.zero),
        );
        frame.state(area, Ink::Down);
    }
    coverage::exclusions(&mut frame, scene, &time, (top, zero));
    let bottom = coverage::strip(&mut frame, scene, &time, zero + Px(6));
    axis::draw_days(&mut frame, &time, &scene.zone, bottom + Px(4));
    let bottom = super::lost::key(&mut frame, target, bottom + Px(4) + axis::HEIGHT + Px(8));
    let bottom = coverage::key(&mut frame, scene, bottom + Px(2));
    frame.close(bottom)
}

/// The best estimate as a dot, full where it reaches the target and a cross where not, on its range.
fn dot(frame: &mut Frame, point: &Point, time: &TimeScale, (scale, target): (&LostScale, Share)) {
    let Some(range) = point.range else {
        return;
    };
    let x = time.x(point.interval.start + Millis(point.interval.length().0 / 2));
    let (low, high) = (scale.place(range.lowest), scale.place(range.highest));
    if low - high >= Px(2) {
        frame.line((x, high), (x, low), Ink::Quiet);
        for y in [high, low] {
            frame.line((x - Px(2), y), (x + Px(2), y), Ink::Quiet);
        }
    }
    let y = scale.place(range.estimate);
    if range.estimate.reaches(target) {
        frame.mark(Mark::Dot((x, y), 3, Ink::First));
        return;
    }
    let stroke = Stroke {
        ink: Ink::Down,
        width: 2,
    };
    let arm = Px(4);
    for slope in [1, -1] {
        let rise = Px(arm.0 * slope);
        frame.mark(Mark::Path(
            vec![(x - arm, y - rise), (x + arm, y + rise)],
            stroke,
        ));
    }
}
