//! Downtime per day: how much, how sure, and on which days nobody looked.

use ledger::outage::Bounds;
use ledger::time::{Interval, Millis};

use super::frame::Frame;
use super::palette::Ink;
use super::scale::{LinearScale, TimeScale};
use super::text::Face;
use super::values::Values;
use super::{Anchor, Area, Drawing, Format, Label, Px, Scene, axis, coverage};
use crate::text::Text;
use crate::words;

/// One bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// The part of the day inside the period; not empty.
    pub interval: Interval,
    /// Counted downtime.
    pub down: Bounds,
    /// Where the best estimate of it stands in `report.json`.
    pub at: String,
}

const PLOT: Px = Px(210);
const HEADROOM: Px = Px(44);
const LEFT: Px = Px(82);

/// Bars from zero with whiskers from the lower to the upper bound, and below them who looked when.
///
/// Every bar whose length can be written near it without touching anything is labelled; the table has them all.
pub fn draw(bars: &[Bar], scene: &Scene, format: Format) -> Drawing {
    let mut frame = Frame::new(format, scene.caption.clone());
    let top = frame.top() + HEADROOM;
    let zero = top + PLOT;
    let time = TimeScale {
        window: scene.window,
        left: LEFT,
        right: frame.right(),
    };
    let most = bars.iter().map(|bar| bar.down.upper.0).max().unwrap_or(0);
    let value = values(&mut frame, (most, 5), (zero, top), (LEFT, time.right));
    coverage::exclusions(&mut frame, scene, &time, (top, zero));
    let mut taken: Vec<Area> = frame.taken();
    for bar in bars {
        taken.push(paint(&mut frame, bar, &time, &value));
    }
    label(&mut frame, bars, (&time, &value), &taken);
    let bottom = coverage::strip(&mut frame, scene, &time, zero + Px(6));
    axis::draw_days(&mut frame, &time, &scene.zone, bottom + Px(4));
    let bottom = coverage::key(&mut frame, scene, bottom + Px(4) + axis::HEIGHT);
    frame.close(bottom)
}

/// The vertical axis: lengths of time from zero to `most`, on at most `steps` round values.
pub(super) fn values(
    frame: &mut Frame,
    (most, steps): (i64, i64),
    rows: (Px, Px),
    columns: (Px, Px),
) -> LinearScale {
    let axis = Values {
        most,
        step: round_step(most, steps),
        rows,
        columns,
    };
    axis.draw(frame, |length| words::duration(Millis(length)))
}

/// A round length of time that goes at most so many times into `most`.
fn round_step(most: i64, steps: i64) -> i64 {
    const SECOND: i64 = 1_000;
    const MINUTE: i64 = 60 * SECOND;
    const HOUR: i64 = 60 * MINUTE;
    [
        SECOND,
        5 * SECOND,
        15 * SECOND,
        30 * SECOND,
        MINUTE,
        2 * MINUTE,
        5 * MINUTE,
        15 * MINUTE,
        30 * MINUTE,
        HOUR,
        2 * HOUR,
        4 * HOUR,
        6 * HOUR,
    ]
    .into_iter()
    .find(|step| 0 < most && most <= steps * step)
    .unwrap_or(if most > 0 { 12 * HOUR } else { HOUR })
}

/// Paints one bar with its whiskers and gives the room it takes.
fn paint(frame: &mut Frame, bar: &Bar, time: &TimeScale, value: &LinearScale) -> Area {
    let (left, right) = edges(bar, time);
    let middle = Px(i32::midpoint(left.0, right.0));
    let (low, high) = (value.place(bar.down.lower.0), value.place(bar.down.upper.0));
    let body = Area::new(
        (left, value.place(bar.down.estimate.0)),
        (right, value.zero),
    );
    if bar.down.estimate > Millis::ZERO {
        frame.state(body, Ink::Down);
    }
    if low - high >= Px(2) {
        frame.line((middle, low), (middle, high), Ink::Outline);
        for y in [low, high] {
            frame.line((middle - Px(3), y), (middle + Px(3), y), Ink::Outline);
        }
    }
    Area {
        top: body.top.min(high),
        ..body
    }
}

/// Where a bar begins and ends.
pub(super) fn edges(bar: &Bar, time: &TimeScale) -> (Px, Px) {
    let (from, to) = (time.x(bar.interval.start), time.x(bar.interval.end));
    let gap = Px(((to - from).0 / 6).clamp(1, 6));
    (from + gap, (to - gap).max(from + gap + Px(1)))
}

/// A label above a bar, and the line that leads from it to the bar if it does not sit on it.
struct Note {
    label: Label,
    leader: Option<Area>,
}

/// Writes lengths near their bars, in the way that finds room for most of them.
fn label(frame: &mut Frame, bars: &[Bar], scales: (&TimeScale, &LinearScale), taken: &[Area]) {
    let orders = [
        [Anchor::Middle, Anchor::End, Anchor::Start],
        [Anchor::End, Anchor::Middle, Anchor::Start],
        [Anchor::Start, Anchor::Middle, Anchor::End],
    ];
    let ways = orders.map(|order| notes(frame, bars, scales, (taken, order)));
    let most = ways.iter().map(Vec::len).max().unwrap_or(0);
    let best = ways.into_iter().find(|notes| notes.len() == most);
    for note in best.unwrap_or_default() {
        if let Some(leader) = note.leader {
            let x = leader.left + Px(1);
            frame.line((x, leader.top), (x, leader.bottom), Ink::Quiet);
        }
        frame.label(note.label);
    }
}

/// Labels from the longest bar on that touch neither bars nor each other, nor each other's leaders.
fn notes(
    frame: &Frame,
    bars: &[Bar],
    (time, value): (&TimeScale, &LinearScale),
    (taken, order): (&[Area], [Anchor; 3]),
) -> Vec<Note> {
    let mut longest: Vec<&Bar> = bars
        .iter()
        .filter(|bar| bar.down.estimate > Millis::ZERO)
        .collect();
    longest.sort_by_key(|bar| (-bar.down.estimate.0, bar.interval.start));
    let (mut taken, mut notes) = (taken.to_vec(), Vec::new());
    for bar in longest {
        let (left, right) = edges(bar, time);
        let high = value.place(bar.down.upper.max(bar.down.estimate).0);
        let page = Area::new((LEFT, frame.top() - Px(8)), (frame.right(), high));
        let said = Text::figure(words::rounded(bar.down.estimate), &*bar.at);
        if let Some(note) = place(&said, (left, right, high), (page, &taken), order) {
            let area = note.label.area();
            taken.push(Area {
                left: area.left - Px(2),
                right: area.right + Px(2),
                ..area
            });
            taken.extend(note.leader);
            notes.push(note);
        }
    }
    notes
}

/// The lowest free place above a bar.
fn place(
    said: &Text,
    (left, right, high): (Px, Px, Px),
    (page, taken): (Area, &[Area]),
    order: [Anchor; 3],
) -> Option<Note> {
    let middle = Px(i32::midpoint(left.0, right.0));
    let rows = (0..).map(|row| high - Px(11) - Px(row * 4));
    let notes = rows.take_while(|y| *y > page.top).flat_map(|y| {
        order.map(|anchor| {
            let x = match anchor {
                Anchor::Start => left,
                Anchor::Middle => middle,
                Anchor::End => right,
            };
            let label = Label::said((x, y), anchor, said.clone()).face(Face::BOLD);
            let bottom = label.area().bottom;
            let leader = (high - bottom > Px(8))
                .then(|| Area::new((middle - Px(1), bottom), (middle + Px(1), high - Px(3))));
            Note { label, leader }
        })
    });
    let free = |area: Area| !taken.iter().any(|other| other.overlaps(area));
    notes.into_iter().find(|note| {
        let area = note.label.area();
        page.encloses(area) && free(area) && note.leader.is_none_or(free)
    })
}

#[cfg(test)]
mod tests {
    use super::super::frame::assert_sound;
    use super::super::{Mark, svg};
    use super::*;
    use crate::fixture;

    fn drawn(format: Format) -> Drawing {
        let story = fixture::december();
        let stage = fixture::stage(&story.assessment, "Downtime per day");
        draw(&fixture::bars(&story), &stage, format)
    }

    #[test]
    fn the_december_weekend_is_drawn_and_labelled_soundly() {
        for format in Format::ALL {
            let drawing = drawn(format);
            assert_sound(&drawing);
            let labels: Vec<&str> = super::super::frame::labels(&drawing.marks)
                .filter(|label| label.face.bold)
                .map(|label| label.text.as_str())
                .collect();
            assert_eq!(
                labels,
                [
                    "Downtime per day",
                    "4\u{a0}h",
                    "2\u{a0}h",
                    "1\u{a0}h 30\u{a0}min"
                ]
                .map(|l| l.replace("h 30", "h\u{a0}30"))
            );
        }
    }

    #[test]
    fn heights_are_in_proportion_to_lengths() {
        let drawing = drawn(Format::Wide);
        let heights: Vec<i32> = drawing
            .marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Fill(area, Ink::Down) => Some((area.bottom - area.top).0),
                _ => None,
            })
            .collect();
        let [friday, saturday, sunday] = heights[..] else {
            panic!("three bars, not {heights:?}");
        };
        assert!((2 * friday - sunday).abs() <= 2, "{heights:?}");
        assert!((4 * saturday - 3 * friday).abs() <= 4, "{heights:?}");
    }

    #[test]
    fn the_same_days_give_the_same_bytes() {
        assert_eq!(
            svg::render(&drawn(Format::Wide)),
            svg::render(&drawn(Format::Wide))
        );
    }
}
