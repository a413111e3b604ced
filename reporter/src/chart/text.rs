//! How wide text is, without a font at hand: the advances of `DejaVu` Sans, which are wider than those of other
//! usual sans-serif fonts. A label that fits by this measure fits in the reader's font.

use super::Px;
use crate::text::{Piece, Text};

/// How letters look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Face {
    /// Their size in pixels, 11 or more.
    pub size: u8,
    /// Whether they are bold.
    pub bold: bool,
}

impl Face {
    /// Titles.
    pub const TITLE: Self = Self {
        size: 14,
        bold: true,
    };
    /// Labels that matter most.
    pub const BOLD: Self = Self {
        size: 13,
        bold: true,
    };
    /// Labels.
    pub const PLAIN: Self = Self {
        size: 13,
        bold: false,
    };
    /// Sources and notes.
    pub const SMALL: Self = Self {
        size: 12,
        bold: false,
    };
}

/// From one line to the next.
pub const LINE: Px = Px(18);

/// Advances of U+0020 to U+007E in thousandths of the size (`hmtx` of `DejaVu` Sans 2.37, rounded up; I and J of `IBM Plex`
/// Sans, which have serifs there).
const ADVANCES: [u16; 95] = [
    318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361, 318, 337, 637, 637, 637,
    637, 637, 637, 637, 637, 637, 637, 337, 337, 838, 838, 838, 531, 1000, 685, 687, 699, 771, 632,
    576, 775, 752, 400, 510, 656, 558, 863, 749, 788, 604, 788, 695, 635, 611, 732, 685, 989, 686,
    611, 686, 391, 337, 391, 838, 500, 500, 613, 635, 550, 635, 616, 353, 635, 634, 278, 278, 580,
    278, 975, 634, 612, 635, 635, 412, 521, 393, 634, 592, 818, 592, 592, 525, 637, 337, 637, 838,
];

/// The width of `text`, rounded up. Bold is taken as a tenth wider, characters outside ASCII as one em.
pub fn width(text: &str, face: Face) -> Px {
    let thousandths: u32 = text.chars().map(advance).sum();
    let scaled = thousandths * u32::from(face.size) * if face.bold { 11 } else { 10 };
    Px(i32::try_from(scaled.div_ceil(10_000)).unwrap_or(i32::MAX))
}

/// Breaks `text` at spaces into lines no wider than `room`; a longer word is cut with an ellipsis. A figure with spaces in
/// it stands in parts at the same place.
pub fn lines(text: &Text, face: Face, room: Px) -> Vec<Text> {
    let mut lines: Vec<Text> = Vec::new();
    for word in words(text) {
        let wide = |line: &Text| width(&line.plain(), face) > room;
        let word = fitted(&word, face, room);
        match lines.last_mut() {
            Some(line) if !wide(&line.clone().and(" ").and(word.clone())) => {
                *line = std::mem::take(line).and(" ").and(word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

/// What stands between spaces.
fn words(text: &Text) -> Vec<Text> {
    let mut words = vec![Text::default()];
    for piece in text.pieces() {
        for (index, part) in piece.text().split(' ').enumerate() {
            if index > 0 {
                words.push(Text::default());
            }
            if let (false, Some(word)) = (part.is_empty(), words.last_mut()) {
                *word = std::mem::take(word).and(Text::from(piece.with(part)));
            }
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// `text` with its end replaced by an ellipsis if it is wider than `room`.
pub fn fitted(text: &Text, face: Face, room: Px) -> Text {
    let mut rest = cut(&text.plain(), face, room);
    if rest == text.plain() {
        return text.clone();
    }
    let mut kept = Text::default();
    for piece in text.pieces() {
        match rest.strip_prefix(piece.text()) {
            Some(more) => {
                kept = kept.and(Text::from(piece.clone()));
                rest = more.to_owned();
            }
            // A figure that is cut is none.
            None if matches!(piece, Piece::Figure { .. }) => return kept.and("…"),
            None => return kept.and(rest),
        }
    }
    kept
}

/// `text` with its end replaced by an ellipsis if it is wider than `room`.
pub fn cut(text: &str, face: Face, room: Px) -> String {
    if width(text, face) <= room {
        return text.to_owned();
    }
    let mut kept: String = text.to_owned();
    while !kept.is_empty() && width(&format!("{kept}…"), face) > room {
        kept.pop();
    }
    kept + "…"
}

fn advance(character: char) -> u32 {
    match character {
        '\u{a0}' | '·' => 318,
        '–' => 500,
        _ => u32::from(character)
            .checked_sub(0x20)
            .and_then(|index| usize::try_from(index).ok())
            .and_then(|index| ADVANCES.get(index))
            .map_or(1_000, |advance| u32::from(*advance)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::say;

    #[test]
    fn width_grows_with_text_size_and_weight() {
        assert_eq!(
            width("00:00", Face::PLAIN),
            Px(38),
            "13 × (4 × 0.637 + 0.337)"
        );
        assert!(width("Users", Face::BOLD) > width("Users", Face::PLAIN));
        assert_eq!(width("", Face::TITLE), Px(0));
    }

    #[test]
    fn lines_and_cut_words_fit_their_room() {
        let room = Px(120);
        let text = format!("Downtime per day in hours {}", "w".repeat(400));
        for line in lines(&text.into(), Face::PLAIN, room) {
            let line = line.plain();
            assert!(width(&line, Face::PLAIN) <= room, "{line}");
        }
        assert_eq!(cut("eu-west-1", Face::PLAIN, Px(300)), "eu-west-1");
        assert!(cut("eu-west-1", Face::PLAIN, Px(40)).ends_with('…'));
    }

    #[test]
    fn figures_keep_their_places_in_lines_and_are_never_cut() {
        let said = say!["down ", Text::figure("2 h 30", "/down"), ", in all"];
        let broken = lines(&said, Face::PLAIN, width("down 2", Face::PLAIN));
        assert_eq!(broken[0], say!["down ", Text::figure("2", "/down")]);
        let all: Vec<String> = broken.iter().map(Text::plain).collect();
        assert_eq!(all, ["down 2", "h 30,", "in all"]);
        let short = fitted(&said, Face::PLAIN, width("down 2 h…", Face::PLAIN));
        assert_eq!(short, "down …".into(), "no part of the figure");
        assert_eq!(fitted(&said, Face::PLAIN, Px(500)), said);
    }
}
