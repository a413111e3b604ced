//! From words to glyphs. A character that no font has is shown as a replacement and stays itself in the text.

use std::rc::Rc;

use krilla::text::{GlyphId, KrillaGlyph};
use rustybuzz::{Direction, UnicodeBuffer};

use super::font::{Face, Fonts, Source};
use super::{Pt, Voice};

/// Glyphs of one font, left to right.
#[derive(Clone, Debug)]
pub struct Run {
    /// The font.
    pub source: Source,
    /// The words, in reading order.
    pub text: String,
    /// The glyphs, each with its part of the words.
    pub glyphs: Vec<KrillaGlyph>,
    /// How wide all of them are, in units of the font.
    units: i64,
}

/// A stretch of characters that are set alike.
struct Stretch {
    source: Source,
    /// No font has them.
    missing: bool,
    right_to_left: bool,
    text: String,
}

/// What stands for a character that no font has.
const REPLACEMENT: char = '\u{fffd}';

/// The glyphs of a line, left to right.
pub fn shape(text: &str, face: Face, fonts: &Fonts) -> Rc<[Run]> {
    fonts.shaped(text, face, || anew(text, face, fonts).into())
}

fn anew(text: &str, face: Face, fonts: &Fonts) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut turned = 0;
    for stretch in stretches(text, face, fonts) {
        // What is read from right to left stands so, too, where it is of several fonts.
        let place = runs.len() - if stretch.right_to_left { turned } else { 0 };
        turned = if stretch.right_to_left { turned + 1 } else { 0 };
        let run = match stretch.missing {
            true => replaced(stretch, fonts),
            false => shaped(stretch, fonts),
        };
        runs.insert(place, run);
    }
    runs
}

/// How wide a line is.
pub fn width(text: &str, voice: Voice, fonts: &Fonts) -> Pt {
    let runs = shape(text, voice.face, fonts);
    runs.iter().map(|run| run.width(voice.size, fonts)).sum()
}

impl Run {
    /// How wide it is at that size.
    pub fn width(&self, size: Pt, fonts: &Fonts) -> Pt {
        let em = i64::from(fonts.get(self.source).em().max(1));
        let width = self.units * i64::from(size.0);
        Pt(i32::try_from(width.div_euclid(em)).unwrap_or(i32::MAX))
    }
}

fn stretches(text: &str, face: Face, fonts: &Fonts) -> Vec<Stretch> {
    let characters: Vec<char> = text.chars().collect();
    let mut all: Vec<Stretch> = Vec::new();
    for (index, character) in characters.iter().enumerate() {
        let found = fonts.having(*character, face);
        let missing = found.is_none();
        let before = all.last().map(|last| last.source);
        let joins = is_mark(*character) && before.is_some();
        let source = match (found, before) {
            (Some(_), Some(before)) if joins && fonts.get(before).glyph(*character).is_some() => {
                before
            }
            (Some(source), _) => source,
            (None, _) => missing_from(face, fonts),
        };
        let right_to_left = is_turned(&characters, index);
        match all.last_mut() {
            Some(last)
                if last.source == source
                    && last.missing == missing
                    && last.right_to_left == right_to_left =>
            {
                last.text.push(*character);
            }
            _ => all.push(Stretch {
                source,
                missing,
                right_to_left,
                text: character.to_string(),
            }),
        }
    }
    all
}

/// The font whose replacement character stands for what is missing.
fn missing_from(face: Face, fonts: &Fonts) -> Source {
    fonts.having(REPLACEMENT, face).unwrap_or(Source::Spare)
}

fn shaped(stretch: Stretch, fonts: &Fonts) -> Run {
    let loaded = fonts.get(stretch.source);
    let mut buffer = UnicodeBuffer::new();
    buffer.push_str(&stretch.text);
    buffer.guess_segment_properties();
    buffer.set_direction(match stretch.right_to_left {
        true => Direction::RightToLeft,
        false => Direction::LeftToRight,
    });
    let shaped = rustybuzz::shape(&loaded.shaper, &[], buffer);
    let starts: Vec<usize> = shaped.glyph_infos().iter().map(start).collect();
    let mut order = starts.clone();
    order.sort_unstable();
    let mut units = 0;
    let glyphs = shaped.glyph_infos().iter().zip(shaped.glyph_positions());
    let glyphs = glyphs.zip(&starts).map(|((info, place), from)| {
        let next = order.partition_point(|start| start <= from);
        let to = order.get(next).map_or(stretch.text.len(), |next| *next);
        units += i64::from(place.x_advance);
        let part = |length: i32| ems(length, loaded.em());
        let (x, y) = (part(place.x_offset), part(place.y_offset));
        let advance = part(place.x_advance);
        KrillaGlyph::new(
            GlyphId::new(info.glyph_id),
            advance,
            x,
            y,
            0.0,
            *from..to,
            None,
        )
    });
    Run {
        source: stretch.source,
        glyphs: glyphs.collect(),
        text: stretch.text,
        units,
    }
}

fn start(info: &rustybuzz::GlyphInfo) -> usize {
    usize::try_from(info.cluster).unwrap_or(0)
}

/// A replacement for each character, which a reader that copies the words gets as it was.
fn replaced(stretch: Stretch, fonts: &Fonts) -> Run {
    let loaded = fonts.get(stretch.source);
    let glyph = loaded.glyph(REPLACEMENT).unwrap_or_default();
    let wide = i32::from(loaded.shaper.glyph_hor_advance(glyph).unwrap_or(0));
    let mut units = 0;
    let glyphs = stretch.text.char_indices().map(|(from, character)| {
        units += i64::from(wide);
        let to = from + character.len_utf8();
        let id = GlyphId::new(u32::from(glyph.0));
        KrillaGlyph::new(id, ems(wide, loaded.em()), 0.0, 0.0, 0.0, from..to, None)
    });
    Run {
        source: stretch.source,
        glyphs: glyphs.collect(),
        text: stretch.text,
        units,
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "the units of a font have few digits"
)]
fn ems(units: i32, em: i32) -> f32 {
    units as f32 / em.max(1) as f32
}

/// Whether the character is read from right to left, or stands between others that are.
fn is_turned(characters: &[char], index: usize) -> bool {
    let strong = |one: &&char| is_right_to_left(**one) || one.is_alphanumeric();
    let turned = |one: Option<&char>| one.is_some_and(|one| is_right_to_left(*one));
    let own = characters.get(index);
    if own.as_ref().is_some_and(strong) {
        return turned(own);
    }
    let before = characters.iter().take(index).rev().find(strong);
    let after = characters.iter().skip(index).find(strong);
    turned(before) && turned(after)
}

fn is_right_to_left(character: char) -> bool {
    matches!(character, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// Whether it stands on the character before it.
fn is_mark(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}'
        | '\u{64b}'..='\u{65f}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::text as measured;

    const VOICE: Voice = Voice {
        face: Face::Text,
        size: Pt(10_000),
        leading: Pt(13_000),
        ink: (0, 0, 0),
    };

    /// How wide a word is at 100 points, and how wide charts take it to be.
    fn both(word: &str, fonts: &Fonts) -> (Pt, Pt) {
        let size = Pt(100_000);
        let voice = Voice { size, ..VOICE };
        let face = measured::Face {
            size: 100,
            bold: false,
        };
        let taken = measured::width(word, face);
        (width(word, voice, fonts), Pt(taken.0 * 1_000))
    }

    #[test]
    fn few_letters_are_wider_than_charts_take_them_to_be() {
        let fonts = Fonts::new();
        let letters = ('0'..='9').chain('a'..='z').chain('A'..='Z');
        let mut wider = String::new();
        for letter in letters.chain(" .,:;()[]%+·…−±≤→?#".chars()) {
            let (own, taken) = both(&letter.to_string(), &fonts);
            if own > taken {
                wider.push(letter);
            }
        }
        // That no label of a chart is wider is tried on all of them (`report::pdf`).
        assert_eq!(wider, "·");
    }

    #[test]
    fn digits_have_one_width() {
        let fonts = Fonts::new();
        for face in [Face::Text, Face::Bold, Face::Head] {
            let wide = |digit: char| width(&digit.to_string(), Voice { face, ..VOICE }, &fonts);
            assert!(
                ('0'..='9').all(|digit| wide(digit) == wide('0')),
                "{face:?}"
            );
        }
    }

    #[test]
    fn what_a_font_lacks_comes_from_another_or_is_seen_as_missing() {
        let fonts = Fonts::new();
        let sources = |text: &str| {
            let runs = shape(text, Face::Text, &fonts);
            let all = runs.iter().map(|run| (run.source, run.text.clone()));
            all.collect::<Vec<_>>()
        };
        let own = Source::Own(Face::Text);
        assert_eq!(sources("Żółw 2 h ± 3 s"), [(own, "Żółw 2 h ± 3 s".into())]);
        assert_eq!(
            sources("Acme שלום"),
            [(own, "Acme ".into()), (Source::Spare, "שלום".into())]
        );
        let runs = shape("東京", Face::Text, &fonts);
        let glyphs: Vec<_> = runs.iter().flat_map(|run| &run.glyphs).collect();
        assert_eq!(glyphs.len(), 2, "each is seen");
        assert_eq!(glyphs[0].glyph_id, glyphs[1].glyph_id);
        assert_eq!(runs[0].text, "東京", "and is there for who copies it");
    }

    #[test]
    fn words_from_right_to_left_stand_so() {
        let fonts = Fonts::new();
        let runs = shape("by אב גד, Ltd", Face::Text, &fonts);
        let texts: Vec<&str> = runs.iter().map(|run| run.text.as_str()).collect();
        assert_eq!(texts.concat().chars().count(), 13);
        let hebrew = runs.iter().find(|run| run.text.contains('א')).unwrap();
        let starts: Vec<usize> = hebrew
            .glyphs
            .iter()
            .map(|one| one.text_range.start)
            .collect();
        let first = starts.first().unwrap();
        assert!(
            starts.iter().all(|start| start <= first),
            "the last letter stands left"
        );
    }
}
