//! Charts: pure functions from figures to drawings, and one module that writes a drawing as SVG.
//!
//! A chart reads no clock, file or network. It makes a [`Drawing`], a list of marks in whole pixels, which tests can
//! measure; `paint` hands the marks to a backend of plotters: its own for SVG, and ours for PDF. Each chart is drawn twice, for wide and for narrow pages.

pub mod availability;
pub mod axis;
pub mod bars;
pub mod budget;
pub mod calendar;
pub mod catalogue;
pub mod causes;
pub mod class;
pub mod coverage;
mod dash;
pub mod data;
pub mod downtime;
pub mod frame;
pub mod gantt;
pub mod heat;
pub mod incident;
pub mod latency;
mod lost;
mod paint;
pub mod palette;
#[cfg(feature = "pdf")]
pub mod pdf;
pub mod percentiles;
pub mod scale;
pub mod svg;
pub mod text;
mod values;
pub mod windows;

use std::ops::{Add, Sub};

use ledger::time::{Interval, Intervals};
use palette::Ink;
use text::Face;

use crate::civil::Zone;
use crate::text::Text;

/// A length or place in pixels of the drawing; y grows downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Px(pub i32);

/// The page a drawing is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Screens from 740 px on, and paper.
    Wide,
    /// Telephones.
    Narrow,
    /// Paper on its side, for what is too detailed elsewhere.
    Broad,
}

/// What all charts over time have in common.
#[derive(Clone, Debug)]
pub struct Scene {
    /// The zone of the axis.
    pub zone: Zone,
    /// The stretch of time shown.
    pub window: Interval,
    /// Who looked when.
    pub known: coverage::Known,
    /// What the contract leaves out.
    pub excluded: Intervals,
    /// The words around the chart.
    pub caption: frame::Caption,
}

/// A finished chart: marks in the order in which they are painted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawing {
    /// Unique on its page: `a-z`, `0-9` and `-`.
    pub id: String,
    /// What is shown.
    pub title: String,
    /// What is to be seen in it, in one sentence.
    pub desc: String,
    /// The title with the places of its figures.
    pub heading: Text,
    /// The sentence with the places of its figures.
    pub finding: Text,
    /// Width of the drawing.
    pub width: Px,
    /// Height of the drawing.
    pub height: Px,
    /// What is painted.
    pub marks: Vec<Mark>,
    /// How time lies across it, if it does.
    pub time: Option<scale::TimeScale>,
}

/// A rectangle: `left <= right` and `top <= bottom`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Area {
    /// Left edge.
    pub left: Px,
    /// Upper edge.
    pub top: Px,
    /// Right edge.
    pub right: Px,
    /// Lower edge.
    pub bottom: Px,
}

/// One thing on the drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A filled rectangle.
    Fill(Area, Ink),
    /// The texture of a state over its filled rectangle.
    Texture(Area, palette::Pattern),
    /// The edge of a rectangle, 1 px.
    Outline(Area, Ink),
    /// A line through points.
    Path(Vec<(Px, Px)>, Stroke),
    /// A filled dot of that radius.
    Dot((Px, Px), u32, Ink),
    /// A label.
    Label(Label),
}

/// How a line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stroke {
    /// Its colour.
    pub ink: Ink,
    /// Its width in pixels.
    pub width: u32,
}

/// A line of text; `at` is its anchor at half the height of small letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub at: (Px, Px),
    /// The side that `at` is on.
    pub anchor: Anchor,
    /// How its letters look.
    pub face: Face,
    /// Its colour.
    pub ink: Ink,
    /// What it says.
    pub text: String,
    /// Where its numbers come from.
    pub source: Source,
}

/// Where the numbers of a label come from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// It has none but those in names and in the words of a title.
    #[default]
    Words,
    /// They are places on a scale, such as the ticks of an axis or the steps of a key, and not what was found.
    Scale,
    /// What was found: the same text, with the place of each figure in `report.json`.
    Figures(Text),
}

/// Which part of a label its place means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    /// Its left end.
    Start,
    /// Its middle.
    Middle,
    /// Its right end.
    End,
}

impl Format {
    /// Those of screens, in the order in which they stand on a page.
    pub const ALL: [Self; 2] = [Self::Wide, Self::Narrow];

    /// Width of every drawing of this format.
    pub const fn width(self) -> Px {
        match self {
            Self::Wide => Px(760),
            Self::Narrow => Px(316),
            Self::Broad => Px(1_160),
        }
    }

    /// The name in identifiers and style sheets.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Wide => "wide",
            Self::Narrow => "narrow",
            Self::Broad => "broad",
        }
    }
}

impl Area {
    /// The rectangle between two corners, whichever way round they are.
    pub fn new(a: (Px, Px), b: (Px, Px)) -> Self {
        Self {
            left: a.0.min(b.0),
            top: a.1.min(b.1),
            right: a.0.max(b.0),
            bottom: a.1.max(b.1),
        }
    }

    /// Whether the two have more than an edge in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    /// Whether the two have a point in common; lines are rectangles without a width.
    pub fn touches(self, other: Self) -> bool {
        self.left <= other.right
            && other.left <= self.right
            && self.top <= other.bottom
            && other.top <= self.bottom
    }

    /// Whether `other` lies inside, edges included.
    pub fn encloses(self, other: Self) -> bool {
        self.left <= other.left
            && self.top <= other.top
            && self.right >= other.right
            && self.bottom >= other.bottom
    }
}

impl Label {
    /// A plain label in the colour of text.
    pub fn new(at: (Px, Px), anchor: Anchor, text: impl Into<String>) -> Self {
        Self {
            at,
            anchor,
            face: Face::PLAIN,
            ink: Ink::Text,
            text: text.into(),
            source: Source::Words,
        }
    }

    /// A label with figures in it.
    pub fn said(at: (Px, Px), anchor: Anchor, said: Text) -> Self {
        let text = said.plain();
        Self {
            source: Source::Figures(said),
            ..Self::new(at, anchor, text)
        }
    }

    /// A number of an axis or of a key.
    pub fn scale(at: (Px, Px), anchor: Anchor, text: impl Into<String>) -> Self {
        Self {
            source: Source::Scale,
            ..Self::new(at, anchor, text)
        }
    }

    /// The same in another face.
    #[must_use]
    pub fn face(self, face: Face) -> Self {
        Self { face, ..self }
    }

    /// The same in another colour.
    #[must_use]
    pub fn ink(self, ink: Ink) -> Self {
        Self { ink, ..self }
    }

    /// The box that it takes up, by the widths of `text`.
    pub fn area(&self) -> Area {
        let width = text::width(&self.text, self.face);
        let left = match self.anchor {
            Anchor::Start => self.at.0,
            Anchor::Middle => self.at.0 - Px(width.0 / 2),
            Anchor::End => self.at.0 - width,
        };
        let half = Px(i32::from(self.face.size) / 2 + 1);
        Area {
            left,
            top: self.at.1 - half,
            right: left + width,
            bottom: self.at.1 + half,
        }
    }
}

impl Add for Px {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Px {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}
