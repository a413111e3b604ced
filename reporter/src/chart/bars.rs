//! Has it been good lately? One bar a day over many days, one row for the service and each persona.

use ledger::time::{Interval, Millis};

use super::class::{Class, OfDay};
use super::frame::{Frame, Swatch};
use super::palette::Ink;
use super::scale::TimeScale;
use super::text::{self, Face};
use super::{Anchor, Area, Drawing, Format, Label, Mark, Px, Scene, axis, coverage};
use crate::text::Text;

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Whose days these are.
    pub name: String,
    /// The figure over all of them, and how it is now, which is another fact.
    pub figure: Text,
    /// The days, oldest first.
    pub days: Vec<OfDay>,
}

/// Height of the highest bar.
const HIGH: Px = Px(35);
/// Bars of all rows together; more days than that are joined.
const MOST: usize = 400;

/// Bars higher and darker the longer the downtime; a day without evidence is a gap.
pub fn draw(rows: &[Row], scene: &Scene, format: Format) -> Drawing {
    let mut frame = Frame::new(format, scene.caption.clone());
    let time = TimeScale {
        window: scene.window,
        left: frame.left(),
        right: frame.right() - Px(2),
    };
    frame.over(time);
    let longest = rows.iter().map(|row| row.days.len()).max().unwrap_or(0);
    let bin = (longest * rows.len()).div_ceil(MOST).max(1);
    let mut y = frame.top() + Px(8);
    for row in rows {
        y = heading(&mut frame, row, y) + Px(10);
        let floor = y + HIGH;
        for days in row.days.chunks(bin) {
            day(&mut frame, days, &time, floor);
        }
        frame.line((time.left, floor), (time.right, floor), Ink::Outline);
        y = floor + Px(22);
    }
    let bottom = coverage::thin(&mut frame, scene, &time, y - Px(12)) + Px(4);
    axis::draw_days(&mut frame, &time, &scene.zone, bottom);
    let bottom = key(&mut frame, rows, scene, bottom + axis::HEIGHT + Px(4));
    let bottom = coverage::key(&mut frame, scene, bottom + Px(2));
    frame.close(bottom)
}

/// The name and the figure on one line, or on two where there is no room; gives the last line.
fn heading(frame: &mut Frame, row: &Row, y: Px) -> Px {
    let (left, right) = (frame.left(), frame.right());
    let name = text::cut(&row.name, Face::BOLD, right - left);
    let name = Label::new((left, y), Anchor::Start, name).face(Face::BOLD);
    let mut figure = Label::said((right, y), Anchor::End, row.figure.clone());
    let mut last = y;
    if figure.area().left < name.area().right + Px(12) {
        last = y + text::LINE;
        let said = text::fitted(&row.figure, Face::PLAIN, right - left);
        figure = Label::said((left, last), Anchor::Start, said);
    }
    frame.label(name);
    frame.label(figure);
    last
}

/// One bar for a day, or for the worst of a few.
fn day(frame: &mut Frame, days: &[OfDay], time: &TimeScale, floor: Px) {
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return;
    };
    let span = Interval::new(first.interval.start, last.interval.end);
    let (from, to) = (time.x(span.start), time.x(span.end));
    let gap = Px(i32::from(to - from >= Px(3)) + i32::from(to - from >= Px(12)));
    let area = Area::new(
        (from + gap, floor - HIGH),
        ((to).max(from + gap + Px(1)), floor),
    );
    let blind = days.iter().max_by_key(|one| one.unknown).unwrap_or(first);
    let worst = days.iter().filter_map(OfDay::class).max();
    let bar = match worst {
        Some(class) => class.paint(frame, area),
        None => area,
    };
    let hidden = blind.share(blind.unknown, bar.bottom - bar.top);
    if hidden > Px(0) {
        let bottom = (bar.top + hidden.max(Px(3))).min(bar.bottom);
        frame.state(Area { bottom, ..bar }, Ink::Unknown);
    }
    let left_out = days.iter().all(|one| one.excluded >= one.interval.length());
    if left_out {
        frame.excluded(area);
    }
    if last.open {
        frame.mark(Mark::Outline(area, Ink::Outline));
    }
}

/// Names the classes that are there, and hatching where the strip below does not.
fn key(frame: &mut Frame, rows: &[Row], scene: &Scene, top: Px) -> Px {
    let days = || rows.iter().flat_map(|row| &row.days);
    let mut entries: Vec<(Swatch, &str)> = Class::ALL
        .into_iter()
        .filter(|class| days().any(|day| day.class() == Some(*class)))
        .map(|class| (Swatch::Class(class), class.words()))
        .collect();
    let mut regions = scene.known.0.iter();
    let named = regions.any(|region| !region.blind.within(scene.window).is_empty());
    if !named && days().any(|day| day.unknown > Millis::ZERO) {
        entries.push((Swatch::State(Ink::Unknown), "nobody could look (?)"));
    }
    frame.key(&entries, top)
}
