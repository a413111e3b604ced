//! The fonts that are shipped: IBM Plex for everything that it has, `DejaVu` Sans for what it lacks.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use krilla::text::Font;
use rustybuzz::ttf_parser::GlyphId;

use super::run::Run;

/// What a piece of text is set in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Face {
    /// Running text and figures: IBM Plex Sans, whose digits are all of one width.
    Text,
    /// What matters more: IBM Plex Sans `SemiBold`.
    Bold,
    /// Headings: IBM Plex Serif `SemiBold`.
    Head,
}

/// Where a glyph is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The font of the face.
    Own(Face),
    /// `DejaVu` Sans: other scripts and signs.
    Spare,
}

/// A font in both forms: to measure and shape with, and to be put into a document.
pub struct Loaded {
    pub(super) shaper: rustybuzz::Face<'static>,
    /// For the document.
    pub font: Font,
}

/// All fonts, read once, and the lines that were set in them: most are measured several times before they are drawn.
#[derive(Debug)]
pub struct Fonts {
    all: [Loaded; 4],
    lines: RefCell<HashMap<Face, Lines>>,
}

/// Glyphs by the words that they show.
type Lines = HashMap<String, Rc<[Run]>>;

const FILES: [&[u8]; 4] = [
    include_bytes!("../../fonts/IBMPlexSans-Regular.ttf"),
    include_bytes!("../../fonts/IBMPlexSans-SemiBold.ttf"),
    include_bytes!("../../fonts/IBMPlexSerif-SemiBold.ttf"),
    include_bytes!("../../fonts/DejaVuSans.ttf"),
];

impl Fonts {
    /// Reads the shipped fonts.
    ///
    /// # Panics
    /// Never: they are part of the program, and a test reads them.
    #[expect(
        clippy::new_without_default,
        reason = "it takes a while and is asked for by name"
    )]
    pub fn new() -> Self {
        Self {
            all: FILES.map(|file| Loaded {
                shaper: rustybuzz::Face::from_slice(file, 0).expect("a font that is shipped"),
                font: Font::new(file.into(), 0).expect("a font that is shipped"),
            }),
            lines: RefCell::default(),
        }
    }

    /// The glyphs of a line as they were before, or as they are now made.
    pub(super) fn shaped(
        &self,
        text: &str,
        face: Face,
        make: impl FnOnce() -> Rc<[Run]>,
    ) -> Rc<[Run]> {
        let known = |lines: &HashMap<Face, Lines>| lines.get(&face)?.get(text).cloned();
        if let Some(runs) = known(&self.lines.borrow()) {
            return runs;
        }
        let runs = make();
        let mut lines = self.lines.borrow_mut();
        let lines = lines.entry(face).or_default();
        lines.insert(text.to_owned(), Rc::clone(&runs));
        runs
    }

    /// One of them.
    pub fn get(&self, source: Source) -> &Loaded {
        match source {
            Source::Own(Face::Text) => &self.all[0],
            Source::Own(Face::Bold) => &self.all[1],
            Source::Own(Face::Head) => &self.all[2],
            Source::Spare => &self.all[3],
        }
    }

    /// Which font has the character, if any.
    pub(super) fn having(&self, character: char, face: Face) -> Option<Source> {
        let all = [Source::Own(face), Source::Spare];
        all.into_iter()
            .find(|source| self.get(*source).glyph(character).is_some())
    }
}

impl Loaded {
    pub(super) fn glyph(&self, character: char) -> Option<GlyphId> {
        let glyph = self.shaper.glyph_index(character)?;
        (glyph.0 != 0).then_some(glyph)
    }

    /// Units of an em.
    pub(super) fn em(&self) -> i32 {
        self.shaper.units_per_em()
    }

    /// Half the height of small letters in thousandths of the size: labels of charts are placed by it.
    pub fn half_x(&self) -> i32 {
        let height = self.shaper.x_height().map_or(self.em() / 2, i32::from);
        height * 500 / self.em().max(1)
    }
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "font of {} units", self.em())
    }
}
