//! The fonts that are shipped: IBM Plex for everything that it has, `DejaVu` Sans for what it lacks.

use krilla::text::Font;
use rustybuzz::ttf_parser::GlyphId;

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

/// All fonts, read once.
#[derive(Debug)]
pub struct Fonts([Loaded; 4]);

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
        Self(FILES.map(|file| Loaded {
            shaper: rustybuzz::Face::from_slice(file, 0).expect("a font that is shipped"),
            font: Font::new(file.into(), 0).expect("a font that is shipped"),
        }))
    }

    /// One of them.
    pub fn get(&self, source: Source) -> &Loaded {
        match source {
            Source::Own(Face::Text) => &self.0[0],
            Source::Own(Face::Bold) => &self.0[1],
            Source::Own(Face::Head) => &self.0[2],
            Source::Spare => &self.0[3],
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
