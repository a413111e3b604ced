//! What lies on paper, before it is known on which sheet: strips, each as wide as the report, one below the other.

use std::rc::Rc;

use super::words::Line;
use crate::chart::Drawing;
use crate::typeset::{Pt, Voice};

/// A colour, as `(red, green, blue)`.
pub(crate) type Tint = (u8, u8, u8);

/// One thing on paper; its place counts from the upper left corner of its strip, or of the report's room on a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item<'p> {
    /// A line of text; `at` is the left end of its base.
    Words {
        at: (Pt, Pt),
        voice: Voice,
        line: Line,
        /// What it belongs to; `None` for what only repeats or adorns.
        part: Option<Part>,
    },
    /// A filled rectangle between two corners.
    Fill(Corners, Tint),
    /// A chart from its upper left corner, as wide as that.
    Chart {
        at: (Pt, Pt),
        wide: Pt,
        drawing: &'p Drawing,
        part: Part,
    },
}

/// Two opposite corners of a rectangle: the upper left and the lower right one.
pub(crate) type Corners = ((Pt, Pt), (Pt, Pt));

/// What is not parted by the end of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strip<'p> {
    /// How high it is.
    pub(crate) high: Pt,
    /// What is left free above it, but not at the top of a sheet.
    pub(crate) before: Pt,
    pub(crate) items: Vec<Item<'p>>,
    /// Whether it stands on the same sheet as the strip below.
    pub(crate) keep: bool,
    /// The head of its table, which is repeated where the table goes on.
    pub(crate) head: Option<Rc<Self>>,
    /// Whether it is such a head itself.
    pub(crate) heads: bool,
    /// The room that it and what follows would like to have on one sheet, if it is not much to ask.
    pub(crate) wish: Pt,
    /// A heading that it begins with, for the list of bookmarks.
    pub(crate) mark: Option<String>,
    /// How far a chart may shrink so that it fits, in hundredths; 0 if it may not.
    pub(crate) least: i32,
    /// Whether it has a sheet of its own, which lies on its side.
    pub(crate) landscape: bool,
}

/// A part of the document's structure, by its place in [`Parts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Part(pub(crate) usize);

/// What a part of the document is to who hears it instead of seeing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Section,
    /// A heading of that level.
    Heading(u16, String),
    Paragraph,
    List,
    Entry,
    /// What names an entry.
    Label,
    /// What an entry says.
    Body,
    Table,
    Caption,
    Heads,
    Rows,
    Totals,
    Row,
    ColumnHead,
    RowHead,
    Cell,
    /// A chart with the words that stand for it.
    Figure(String),
}

/// The structure of the document: each part with its role and the part that it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Parts(pub(crate) Vec<(Role, Option<Part>)>);

impl Parts {
    /// Adds a part.
    pub(crate) fn add(&mut self, role: Role, within: Option<Part>) -> Part {
        self.0.push((role, within));
        Part(self.0.len() - 1)
    }
}

impl<'p> Item<'p> {
    /// The same, moved.
    pub(crate) fn moved(mut self, (x, y): (Pt, Pt)) -> Self {
        let shift = |at: &mut (Pt, Pt)| *at = (at.0 + x, at.1 + y);
        match &mut self {
            Self::Words { at, .. } | Self::Chart { at, .. } => shift(at),
            Self::Fill((from, to), _) => {
                shift(from);
                shift(to);
            }
        }
        self
    }

    /// How far down it reaches.
    pub(crate) fn bottom(&self) -> Pt {
        match self {
            // A little more than letters reach below their base.
            Self::Words { at, voice, .. } => at.1 + voice.size.share(28, 100),
            Self::Fill((_, to), _) => to.1,
            Self::Chart {
                at, wide, drawing, ..
            } => at.1 + wide.share(drawing.height.0, drawing.width.0),
        }
    }

    /// The same without its part: it is repeated, and not told again.
    fn repeated(mut self) -> Self {
        if let Self::Words { part, .. } = &mut self {
            *part = None;
        }
        self
    }
}

impl<'p> Strip<'p> {
    /// Several strips as one that is not parted.
    pub(crate) fn joined(strips: Vec<Self>) -> Self {
        let mut whole = Self::default();
        for (index, strip) in strips.into_iter().enumerate() {
            if index == 0 {
                whole.before = strip.before;
                whole.mark = strip.mark;
            } else {
                whole.high += strip.before;
            }
            let down = (Pt::ZERO, whole.high);
            whole
                .items
                .extend(strip.items.into_iter().map(|item| item.moved(down)));
            whole.high += strip.high;
        }
        whole
    }

    /// The same as it stands at the top of a further sheet.
    pub(crate) fn again(&self) -> Self {
        let items = self.items.iter().cloned().map(Item::repeated);
        Self {
            high: self.high,
            items: items.collect(),
            ..Self::default()
        }
    }

    /// With strips below it on the same sheet.
    #[must_use]
    pub(crate) fn kept(self) -> Self {
        Self { keep: true, ..self }
    }

    /// In pieces no higher than `room`, parted between lines: for what no sheet could hold.
    pub(crate) fn parted(self, room: Pt) -> Vec<Self> {
        if self.high <= room
            || self
                .items
                .iter()
                .any(|item| matches!(item, Item::Chart { .. }))
        {
            return vec![self];
        }
        let mut ends: Vec<Pt> = self.items.iter().map(Item::bottom).collect();
        ends.sort_unstable();
        let crossed = |y: Pt| {
            self.items.iter().any(|item| match item {
                Item::Words { at, voice, .. } => at.1 - voice.size < y && item.bottom() > y,
                Item::Fill(..) | Item::Chart { .. } => false,
            })
        };
        let (mut top, mut pieces) = (Pt::ZERO, Vec::new());
        while top < self.high {
            let fits = ends
                .iter()
                .rev()
                .find(|y| **y > top && **y - top <= room && !crossed(**y));
            let end = match fits {
                Some(_) if self.high - top <= room => self.high,
                Some(end) => *end,
                None => (top + room).min(self.high),
            };
            pieces.push(self.between(top, end));
            top = end;
        }
        pieces
    }

    fn between(&self, top: Pt, end: Pt) -> Self {
        let up = (Pt::ZERO, Pt::ZERO - top);
        let items = self.items.iter().filter_map(|item| match item {
            Item::Fill((from, to), tint) => {
                let (above, below) = (from.1.max(top), to.1.min(end));
                (above < below).then_some(Item::Fill(((from.0, above), (to.0, below)), *tint))
            }
            Item::Words { at, .. } => (at.1 > top && at.1 <= end).then(|| item.clone()),
            Item::Chart { .. } => None,
        });
        Self {
            high: end - top,
            before: if top == Pt::ZERO {
                self.before
            } else {
                Pt::ZERO
            },
            items: items.map(|item| item.moved(up)).collect(),
            head: self.head.clone(),
            mark: self.mark.clone().filter(|_| top == Pt::ZERO),
            keep: self.keep && end == self.high,
            ..Self::default()
        }
    }
}
