//! How wide text is, without a font at hand: the advances of `DejaVu` Sans, which are wider than those of other
//! usual sans-serif fonts. A label that fits by this measure fits in the reader's font.

use super::Px;

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

/// Advances of U+0020 to U+007E in thousandths of the size (`hmtx` of `DejaVu` Sans 2.37, rounded up).
const ADVANCES: [u16; 95] = [
    318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361, 318, 337, 637, 637, 637,
    637, 637, 637, 637, 637, 637, 637, 337, 337, 838, 838, 838, 531, 1000, 685, 687, 699, 771, 632,
    576, 775, 752, 295, 295, 656, 558, 863, 749, 788, 604, 788, 695, 635, 611, 732, 685, 989, 686,
    611, 686, 391, 337, 391, 838, 500, 500, 613, 635, 550, 635, 616, 353, 635, 634, 278, 278, 580,
    278, 975, 634, 612, 635, 635, 412, 521, 393, 634, 592, 818, 592, 592, 525, 637, 337, 637, 838,
];

/// The width of `text`, rounded up. Bold is taken as a tenth wider, characters outside ASCII as one em.
pub fn width(text: &str, face: Face) -> Px {
    let thousandths: u32 = text.chars().map(advance).sum();
    let scaled = thousandths * u32::from(face.size) * if face.bold { 11 } else { 10 };
    Px(i32::try_from(scaled.div_ceil(10_000)).unwrap_or(i32::MAX))
}

/// Breaks `text` at spaces into lines no wider than `room`; a longer word is cut with an ellipsis.
pub fn wrap(text: &str, face: Face, room: Px) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let word = cut(word, face, room);
        match lines.last_mut() {
            Some(line) if width(&format!("{line} {word}"), face) <= room => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
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
        for line in wrap(&text, Face::PLAIN, room) {
            assert!(width(&line, Face::PLAIN) <= room, "{line}");
        }
        assert_eq!(cut("eu-west-1", Face::PLAIN, Px(300)), "eu-west-1");
        assert!(cut("eu-west-1", Face::PLAIN, Px(40)).ends_with('…'));
    }
}
