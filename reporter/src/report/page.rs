//! What a page says, whatever it is printed on: sections of words, facts, tables, timelines and pictures.
//!
//! The report and the customer's summary are made into a [`Page`] once; one renderer per form prints it.

use super::pictures::Picture;
use crate::text::Text;

/// A whole page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// A line above the title: what this is, and for whom.
    pub kicker: String,
    /// The title.
    pub title: String,
    /// Who, when, by which clock.
    pub head: Vec<Fact>,
    /// The sections, in order.
    pub sections: Vec<Section>,
    /// A line below everything.
    pub foot: Text,
    /// The line that runs over every printed sheet.
    pub running: String,
    /// What stands at the foot of every printed sheet, beside its number.
    pub seal: String,
}

/// A heading with what belongs to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Its name in links and style sheets: `a-z` and `-`.
    pub id: &'static str,
    /// The heading.
    pub heading: Text,
    /// Whether it is the box of the verdict, and which kind: `met`, `missed` …; else empty.
    pub verdict: &'static str,
    /// What it holds.
    pub blocks: Vec<Block>,
}

/// One thing in a section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A paragraph that says the most important thing.
    Lead(Text),
    /// A paragraph.
    Words(Text),
    /// A paragraph that says that there is nothing.
    Nothing(Text),
    /// Figures side by side.
    Facts(Vec<Fact>),
    /// Terms with explanations, one below the other.
    Terms(Vec<Fact>),
    /// Points.
    List(Vec<Text>),
    /// A table; nothing if it has no rows.
    Table(Table),
    /// What happened when, by day.
    Timeline(Vec<Episode>),
    /// Charts, each in both formats.
    Pictures(Vec<Picture>),
}

/// A label with a value and perhaps a note.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub label: Text,
    /// The figure.
    pub value: Text,
    /// Small words below.
    pub note: Text,
}

/// One day of a timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Episode {
    /// The day.
    pub day: Text,
    /// What happened, by time.
    pub moments: Vec<Moment>,
}

/// One line of a timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// The clock; empty where none was stated.
    pub clock: Text,
    /// What happened.
    pub what: Text,
    /// Measured or reported, and how exactly.
    pub source: Text,
    /// What was lost with it.
    pub lost: Text,
}

/// A table of words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// What it shows.
    pub caption: Text,
    /// Column heads; one that ends in `*` holds words instead of figures.
    pub heads: Vec<&'static str>,
    /// The rows.
    pub rows: Vec<Row>,
    /// The total.
    pub total: Option<Row>,
}

/// A row: its first cell is its name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    /// The cells.
    pub cells: Vec<Cell>,
    /// Whether something was wrong.
    pub trouble: bool,
    /// Its name in links: `a-z`, `0-9` and `-`; mostly empty.
    pub anchor: String,
}

/// A cell, with small words below.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// What it says.
    pub text: Text,
    /// Small words below, each on a line of its own.
    pub notes: Vec<Text>,
    /// Whether it is downtime.
    pub down: bool,
}

impl Section {
    /// A section like most.
    pub fn new(id: &'static str, heading: impl Into<Text>, blocks: Vec<Block>) -> Self {
        Self {
            id,
            heading: heading.into(),
            verdict: "",
            blocks,
        }
    }
}

impl Fact {
    /// A label and its value.
    pub fn new(label: impl Into<Text>, value: impl Into<Text>) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
            note: Text::default(),
        }
    }

    /// The same with small words below.
    #[must_use]
    pub fn noted(self, note: impl Into<Text>) -> Self {
        Self {
            note: note.into(),
            ..self
        }
    }
}

impl Cell {
    /// A cell of words or a figure.
    pub fn new(text: impl Into<Text>) -> Self {
        Self {
            text: text.into(),
            ..Self::default()
        }
    }

    /// With small words below; nothing if they are empty.
    #[must_use]
    pub fn note(mut self, note: impl Into<Text>) -> Self {
        let note = note.into();
        if !note.is_empty() {
            self.notes.push(note);
        }
        self
    }

    /// As downtime.
    #[must_use]
    pub fn down(self) -> Self {
        Self { down: true, ..self }
    }
}

impl Row {
    /// A row of cells.
    pub fn new(cells: impl IntoIterator<Item = Cell>) -> Self {
        Self {
            cells: cells.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The same under a name that links lead to.
    #[must_use]
    pub fn anchored(self, anchor: impl Into<String>) -> Self {
        Self {
            anchor: anchor.into(),
            ..self
        }
    }

    /// Marked if `trouble`.
    #[must_use]
    pub fn marked(mut self, trouble: impl Into<bool>) -> Self {
        self.trouble = trouble.into();
        self
    }
}

impl Table {
    /// Leaves out a column that would say nothing.
    #[must_use]
    pub fn without(mut self, column: usize) -> Self {
        self.heads.remove(column);
        for row in self.rows.iter_mut().chain(&mut self.total) {
            row.cells.remove(column);
        }
        self
    }

    /// Whether the column holds words instead of figures.
    pub fn is_words(&self, column: usize) -> bool {
        self.heads
            .get(column)
            .is_some_and(|head| head.ends_with('*'))
    }
}
