//! What all charts have in common: title above, source below, grid and states in between.

use super::dash::dashed;
use super::palette::{Ink, Pattern};
use super::scale::TimeScale;
use super::text::{self, Face};
use super::{Anchor, Area, Drawing, Format, Label, Mark, Px, Stroke};
use crate::text::Text;

/// The words around a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caption {
    /// Names the chart on its page: `a-z`, `0-9` and `-`.
    pub id: String,
    /// What is shown, with its unit.
    pub title: Text,
    /// What is to be seen in it, in one sentence.
    pub desc: Text,
    /// Where the figures come from: contract, period, hash.
    pub source: Text,
}

/// A chart in the making.
#[derive(Debug)]
pub struct Frame {
    format: Format,
    caption: Caption,
    marks: Vec<Mark>,
    top: Px,
    time: Option<TimeScale>,
}

/// What stands before a word of a key.
#[derive(Clone, Copy, Debug)]
pub enum Swatch {
    /// A line.
    Line(Ink),
    /// A stretch of a state.
    State(Ink),
    /// What the contract leaves out.
    Excluded,
    /// A dashed line.
    Dashes(Ink),
    /// A class of days.
    Class(super::class::Class),
}

/// Free space at the edges of every drawing.
pub const MARGIN: Px = Px(8);

/// A state narrower than this is drawn this wide, so that it can be seen.
const LEAST_WIDTH: Px = Px(2);

impl Frame {
    /// Starts a chart with its title.
    pub fn new(format: Format, caption: Caption) -> Self {
        let mut frame = Self {
            format,
            caption,
            marks: Vec::new(),
            top: MARGIN + Px(8),
            time: None,
        };
        let room = frame.right() - frame.left();
        for line in text::lines(&frame.caption.title, Face::TITLE, room) {
            let at = (frame.left(), frame.top);
            frame.label(Label::said(at, Anchor::Start, line).face(Face::TITLE));
            frame.top = frame.top + text::LINE;
        }
        frame
    }

    /// The format it is drawn for.
    pub const fn format(&self) -> Format {
        self.format
    }

    /// The leftmost place that may be drawn on.
    pub const fn left(&self) -> Px {
        MARGIN
    }

    /// The rightmost place that may be drawn on.
    pub fn right(&self) -> Px {
        self.format.width() - MARGIN
    }

    /// The first free place below the title.
    pub const fn top(&self) -> Px {
        self.top
    }

    /// Paints a label.
    pub fn label(&mut self, label: Label) {
        self.marks.push(Mark::Label(label));
    }

    /// Paints any mark.
    pub fn mark(&mut self, mark: Mark) {
        self.marks.push(mark);
    }

    /// Paints a straight line of 1 px.
    pub fn line(&mut self, from: (Px, Px), to: (Px, Px), ink: Ink) {
        let stroke = Stroke { ink, width: 1 };
        self.marks.push(Mark::Path(vec![from, to], stroke));
    }

    /// Paints a stretch of a state: fill, texture where there is room for it, and an outline; never narrower than 2 px.
    pub fn state(&mut self, area: Area, ink: Ink) {
        let right = area.right.max(area.left + LEAST_WIDTH);
        let area = Area { right, ..area };
        self.marks.push(Mark::Fill(area, ink));
        let wide = right - area.left >= Px(6);
        if wide {
            self.marks
                .extend(ink.pattern().map(|pattern| Mark::Texture(area, pattern)));
        }
        if wide || ink == Ink::Unknown {
            self.marks.push(Mark::Outline(area, Ink::Outline));
        }
    }

    /// Says how time lies across the drawing.
    pub fn over(&mut self, time: TimeScale) {
        self.time = Some(time);
    }

    /// Lays what the contract leaves out over what was measured, which stays to be seen.
    pub fn excluded(&mut self, area: Area) {
        let right = area.right.max(area.left + LEAST_WIDTH);
        let area = Area { right, ..area };
        self.mark(Mark::Texture(area, Pattern::Horizontal));
        self.mark(Mark::Outline(area, Ink::Excluded));
    }

    /// A key of swatches and words, in lines as long as there is room; gives its lower edge.
    pub fn key(&mut self, entries: &[(Swatch, &str)], top: Px) -> Px {
        let at = (Px(0), Px(0));
        let label = |words: &str| Label::scale(at, Anchor::Start, words);
        let entries = entries
            .iter()
            .map(|(swatch, words)| (*swatch, label(words)));
        self.keys(entries.collect(), top)
    }

    /// A key of one entry that says a figure.
    pub fn key_said(&mut self, (swatch, said): (Swatch, Text), top: Px) -> Px {
        let label = Label::said((Px(0), Px(0)), Anchor::Start, said);
        self.keys(vec![(swatch, label)], top)
    }

    fn keys(&mut self, entries: Vec<(Swatch, Label)>, top: Px) -> Px {
        let (mut x, mut y) = (self.left(), top);
        for (swatch, label) in entries {
            let mut label = label.ink(Ink::Quiet);
            label.at = (x + Px(26), y);
            if label.area().right > self.right() {
                (x, y) = (self.left(), y + text::LINE);
                label.at = (x + Px(26), y);
            }
            let box_of = |half| Area::new((x, y - half), (x + Px(20), y + half));
            match swatch {
                Swatch::Line(ink) => self.mark(Mark::Fill(box_of(Px(1)), ink)),
                Swatch::State(ink) => self.state(box_of(Px(6)), ink),
                Swatch::Excluded => self.excluded(box_of(Px(6))),
                Swatch::Class(class) => {
                    class.paint(self, box_of(Px(8)));
                }
                Swatch::Dashes(ink) => {
                    let stroke = Stroke { ink, width: 1 };
                    for piece in dashed(&[(x, y), (x + Px(22), y)], 1) {
                        self.mark(Mark::Path(piece, stroke));
                    }
                }
            }
            x = label.area().right + Px(16);
            self.label(label);
        }
        y + Px(8)
    }

    /// The labels so far, as boxes.
    pub fn taken(&self) -> Vec<Area> {
        labels(&self.marks).map(Label::area).collect()
    }

    /// Ends the chart below `bottom` with its source line.
    pub fn close(mut self, bottom: Px) -> Drawing {
        let room = self.right() - self.left();
        let mut y = bottom + Px(16);
        for line in text::lines(&self.caption.source, Face::SMALL, room) {
            let at = (self.left(), y);
            let label = Label::said(at, Anchor::Start, line).face(Face::SMALL);
            self.label(label.ink(Ink::Quiet));
            y = y + text::LINE;
        }
        Drawing {
            id: format!("{}-{}", self.caption.id, self.format.as_str()),
            title: self.caption.title.plain(),
            desc: self.caption.desc.plain(),
            heading: self.caption.title,
            finding: self.caption.desc,
            width: self.format.width(),
            height: y,
            marks: self.marks,
            time: self.time,
        }
    }
}

/// All labels among `marks`.
pub fn labels(marks: &[Mark]) -> impl Iterator<Item = &Label> {
    marks.iter().filter_map(|mark| match mark {
        Mark::Label(label) => Some(label),
        _ => None,
    })
}

/// What every drawing must keep: labels of 11 px or more that neither overlap nor leave it, and all marks inside.
///
/// # Panics
/// With the first mark that breaks a rule.
#[cfg(test)]
pub(crate) fn assert_sound(drawing: &Drawing) {
    let page = Area::new((Px(0), Px(0)), (drawing.width, drawing.height));
    let labels: Vec<&Label> = labels(&drawing.marks).collect();
    for (index, label) in labels.iter().enumerate() {
        assert!(label.face.size >= 11, "{label:?}");
        assert!(page.encloses(label.area()), "outside: {label:?}");
        for other in &labels[index + 1..] {
            let apart = !label.area().overlaps(other.area());
            assert!(
                apart,
                "{:?} and {:?} overlap in {}",
                label.text, other.text, drawing.id
            );
        }
    }
    for mark in &drawing.marks {
        let inside = match mark {
            Mark::Fill(area, _) | Mark::Texture(area, _) | Mark::Outline(area, _) => {
                page.encloses(*area)
            }
            Mark::Path(points, _) => points.iter().all(|at| page.encloses(Area::new(*at, *at))),
            Mark::Dot(at, _, _) => page.encloses(Area::new(*at, *at)),
            Mark::Label(_) => true,
        };
        assert!(inside, "outside: {mark:?}");
    }
    assert!(
        drawing.marks.len() <= 1_500,
        "{} marks",
        drawing.marks.len()
    );
}
