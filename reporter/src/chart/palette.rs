//! Every colour of a chart, by what it means, on light and on dark ground.
//!
//! States carry a pattern and stand beside a letter or name, because colour alone never carries meaning. The test
//! recomputes contrast, lightness and distance under four kinds of vision.

#[cfg(test)]
mod vision;

use ledger::state::State;

/// What a colour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ink {
    /// Words and numbers.
    Text,
    /// Words of less weight: axes, sources.
    Quiet,
    /// Grid lines.
    Grid,
    /// Axes and the outline of every state.
    Outline,
    /// Between midnight and midnight, every other day.
    Band,
    /// The service works.
    Up,
    /// Slow, intermittent, or down in part.
    Degraded,
    /// Down.
    Down,
    /// Perhaps down: between the earliest and the latest place of an edge.
    Doubt,
    /// Nobody could look.
    Unknown,
    /// Left out by the contract.
    Excluded,
    /// Behind curves: the service was down.
    Shade,
    /// Half of all logins were at most this long.
    P50,
    /// 95 of 100 logins were at most this long.
    P95,
    /// 99 of 100 logins were at most this long.
    P99,
    /// The first of several curves.
    First,
    /// The second of several curves.
    Second,
    /// The third of several curves.
    Third,
    /// Words on the darkest fills.
    Pale,
    /// A day without downtime.
    Day0,
    /// A day with up to ten minutes of it.
    Day1,
    /// Up to an hour.
    Day2,
    /// Up to four hours.
    Day3,
    /// More.
    Day4,
    /// Few sign-ins, and from here on ever more.
    Heat1,
    /// Second step.
    Heat2,
    /// Third step.
    Heat3,
    /// Fourth step.
    Heat4,
    /// Fifth step.
    Heat5,
    /// The most sign-ins.
    Heat6,
}

/// A state's texture, so that a grey copy still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Pattern {
    /// Two crossing lines.
    Cross,
    /// Dots.
    Dots,
    /// Diagonal lines.
    Diagonal,
    /// Horizontal lines.
    Horizontal,
}

impl Pattern {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Cross, Self::Dots, Self::Diagonal, Self::Horizontal];
}

impl Ink {
    /// All of them.
    pub const ALL: [Self; 30] = [
        Self::Text,
        Self::Quiet,
        Self::Grid,
        Self::Outline,
        Self::Band,
        Self::Up,
        Self::Degraded,
        Self::Down,
        Self::Doubt,
        Self::Unknown,
        Self::Excluded,
        Self::Shade,
        Self::P50,
        Self::P95,
        Self::P99,
        Self::First,
        Self::Second,
        Self::Third,
        Self::Pale,
        Self::Day0,
        Self::Day1,
        Self::Day2,
        Self::Day3,
        Self::Day4,
        Self::Heat1,
        Self::Heat2,
        Self::Heat3,
        Self::Heat4,
        Self::Heat5,
        Self::Heat6,
    ];

    /// Steps from few to many.
    pub const HEAT: [Self; 6] = [
        Self::Heat1,
        Self::Heat2,
        Self::Heat3,
        Self::Heat4,
        Self::Heat5,
        Self::Heat6,
    ];

    /// The colour on white, as `(red, green, blue)`.
    pub const fn light(self) -> (u8, u8, u8) {
        match self {
            Self::Text => (0x1A, 0x1D, 0x21),
            Self::Quiet => (0x55, 0x5B, 0x63),
            Self::Grid => (0xDD, 0xE1, 0xE5),
            Self::Outline => (0x3A, 0x3F, 0x45),
            Self::Band => (0xF6, 0xF7, 0xF9),
            Self::Up => (0x0F, 0x8B, 0x8D),
            Self::Degraded => (0xFF, 0xB0, 0x00),
            Self::Down => (0xB2, 0x18, 0x2B),
            Self::Doubt => (0xE9, 0xA9, 0xAF),
            Self::Unknown => (0xF2, 0xF2, 0xF2),
            Self::Excluded => (0x33, 0x22, 0x88),
            Self::Shade => (0xF7, 0xDF, 0xE1),
            Self::P50 => (0x60, 0x96, 0xC0),
            Self::P95 => (0x22, 0x60, 0x9A),
            Self::P99 => (0x0A, 0x25, 0x47),
            Self::First => (0x00, 0x72, 0xB2),
            Self::Second => (0xD5, 0x5E, 0x00),
            Self::Third => (0x00, 0x00, 0x00),
            Self::Pale => (0xFF, 0xFF, 0xFF),
            Self::Day0 => (0xCF, 0xE8, 0xE6),
            Self::Day1 => (0xFF, 0xF0, 0xB8),
            Self::Day2 => (0xF2, 0xA5, 0x41),
            Self::Day3 => (0xC2, 0x4A, 0x1A),
            Self::Day4 => (0x5C, 0x0B, 0x10),
            Self::Heat1 => (0xDC, 0xE9, 0xF4),
            Self::Heat2 => (0xB3, 0xCF, 0xE6),
            Self::Heat3 => (0x84, 0xAF, 0xD4),
            Self::Heat4 => (0x55, 0x8B, 0xBC),
            Self::Heat5 => (0x2E, 0x66, 0x99),
            Self::Heat6 => (0x14, 0x3E, 0x66),
        }
    }

    /// The colour on the dark ground `#111418`.
    pub const fn dark(self) -> (u8, u8, u8) {
        match self {
            Self::Text => (0xE8, 0xEA, 0xED),
            Self::Quiet => (0xA6, 0xAD, 0xB5),
            Self::Grid => (0x2C, 0x32, 0x39),
            Self::Outline => (0xC3, 0xC9, 0xD0),
            Self::Band => (0x17, 0x1B, 0x20),
            Self::Up => (0x2F, 0xB5, 0xB0),
            Self::Degraded => (0xFF, 0xC2, 0x33),
            Self::Down => (0xFF, 0x6B, 0x5E),
            Self::Doubt => (0x8A, 0x3D, 0x38),
            Self::Unknown => (0x3A, 0x3F, 0x45),
            Self::Excluded => (0x9D, 0x8C, 0xFF),
            Self::Shade => (0x3A, 0x20, 0x22),
            Self::P50 => (0x4F, 0x83, 0xAD),
            Self::P95 => (0x8F, 0xC1, 0xEA),
            Self::P99 => (0xEE, 0xF5, 0xFC),
            Self::First => (0x5A, 0xB4, 0xF0),
            Self::Second => (0xFF, 0x93, 0x4D),
            Self::Third => (0xFF, 0xFF, 0xFF),
            Self::Pale => (0x11, 0x14, 0x18),
            Self::Day0 => (0x0E, 0x4A, 0x50),
            Self::Day1 => (0x3E, 0x36, 0x08),
            Self::Day2 => (0x9A, 0x54, 0x18),
            Self::Day3 => (0xE8, 0x90, 0x5A),
            Self::Day4 => (0xFF, 0xDC, 0xCF),
            Self::Heat1 => (0x1A, 0x27, 0x33),
            Self::Heat2 => (0x24, 0x40, 0x5A),
            Self::Heat3 => (0x33, 0x60, 0x8A),
            Self::Heat4 => (0x4A, 0x86, 0xBB),
            Self::Heat5 => (0x7D, 0xB3, 0xE0),
            Self::Heat6 => (0xC4, 0xE2, 0xFA),
        }
    }

    /// The texture painted over it, if it means a state that has one.
    pub const fn pattern(self) -> Option<Pattern> {
        match self {
            Self::Degraded => Some(Pattern::Dots),
            Self::Down => Some(Pattern::Cross),
            Self::Unknown => Some(Pattern::Diagonal),
            Self::Excluded => Some(Pattern::Horizontal),
            _ => None,
        }
    }

    /// `#RRGGBB` on light ground, as plotters writes it.
    pub fn hex(self) -> String {
        hex(self.light())
    }
}

/// The ink of a state.
pub const fn ink_of(state: State) -> Ink {
    match state {
        State::Up => Ink::Up,
        State::Degraded | State::Partial => Ink::Degraded,
        State::Down => Ink::Down,
        State::Unknown => Ink::Unknown,
    }
}

/// Style rules that turn every chart on the page to its dark colours: the SVG's colours are attributes, which any
/// rule overrides.
pub fn dark_rules() -> String {
    Ink::ALL
        .iter()
        .map(|ink| {
            let (light, dark) = (ink.hex(), hex(ink.dark()));
            format!(
                "svg [fill=\"{light}\"]{{fill:{dark}}}svg [stroke=\"{light}\"]{{stroke:{dark}}}\n"
            )
        })
        .collect()
}

fn hex((red, green, blue): (u8, u8, u8)) -> String {
    format!("#{red:02X}{green:02X}{blue:02X}")
}

#[cfg(test)]
mod tests {
    use super::vision::{contrast, distance, lightness};
    use super::*;

    const STATES: [Ink; 5] = [
        Ink::Up,
        Ink::Degraded,
        Ink::Down,
        Ink::Unknown,
        Ink::Excluded,
    ];
    const WHITE: (u8, u8, u8) = (255, 255, 255);
    const GROUND: (u8, u8, u8) = (0x11, 0x14, 0x18);

    #[test]
    fn states_have_the_contrast_and_lightness_they_are_said_to_have() {
        for (ink, on_white, l) in [
            (Ink::Up, 4.12, 52.0),
            (Ink::Degraded, 1.83, 77.0),
            (Ink::Down, 6.87, 38.0),
            (Ink::Unknown, 1.12, 95.0),
            (Ink::Excluded, 12.17, 22.0),
            (Ink::P50, 3.2, 60.0),
            (Ink::P95, 6.6, 39.5),
            (Ink::P99, 15.4, 14.7),
        ] {
            let measured = contrast(ink.light(), WHITE);
            assert!((measured - on_white).abs() < 0.06, "{ink:?}: {measured}");
            let measured = lightness(ink.light());
            assert!((measured - l).abs() < 1.0, "{ink:?}: L* {measured}");
        }
    }

    #[test]
    fn any_two_states_differ_for_every_eye_and_on_a_grey_copy() {
        for (index, a) in STATES.into_iter().enumerate() {
            for b in STATES.into_iter().skip(index + 1) {
                let far = distance(a.light(), b.light());
                assert!(far >= 26.0, "{a:?} {b:?}: {far}");
                let grey = (lightness(a.light()) - lightness(b.light())).abs();
                assert!(grey >= 14.0, "{a:?} {b:?}: L* differs by {grey}");
                let far = distance(a.dark(), b.dark());
                assert!(far >= 14.0, "{a:?} {b:?} on dark: {far}");
            }
        }
    }

    #[test]
    fn words_lines_and_outlines_stand_out_on_their_ground() {
        for (ink, least) in [
            (Ink::Text, 7.0),
            (Ink::Quiet, 4.5),
            (Ink::Outline, 7.0),
            (Ink::P50, 3.0),
            (Ink::P95, 3.0),
            (Ink::P99, 3.0),
            (Ink::First, 3.0),
            (Ink::Second, 3.0),
            (Ink::Third, 3.0),
        ] {
            for (colour, ground) in [(ink.light(), WHITE), (ink.dark(), GROUND)] {
                let measured = contrast(colour, ground);
                assert!(measured >= least, "{ink:?} on {ground:?}: {measured}");
            }
        }
        for (a, b) in [(Ink::P50, Ink::P95), (Ink::P95, Ink::P99)] {
            assert!(distance(a.light(), b.light()) >= 18.0, "{a:?} {b:?}");
        }
    }

    #[test]
    fn classes_of_days_differ_from_their_neighbours_and_carry_readable_figures() {
        use super::super::class::Class;
        for pair in Class::ALL.windows(2) {
            let [a, b] = [pair[0].ink(), pair[1].ink()];
            let far = distance(a.light(), b.light());
            assert!(far >= 16.0, "{a:?} {b:?}: {far}");
            let far = distance(a.dark(), b.dark());
            assert!(far >= 14.0, "{a:?} {b:?} on dark: {far}");
        }
        for class in Class::ALL {
            let (fill, words) = (class.ink(), class.words_ink());
            for (fill, words) in [(fill.light(), words.light()), (fill.dark(), words.dark())] {
                let measured = contrast(fill, words);
                assert!(measured >= 4.5, "{class:?}: {measured}");
            }
        }
    }

    #[test]
    fn more_sign_ins_are_drawn_ever_farther_from_the_ground() {
        for pair in Ink::HEAT.windows(2) {
            let step = lightness(pair[0].light()) - lightness(pair[1].light());
            assert!(step >= 8.0, "{pair:?}: {step}");
            let step = lightness(pair[1].dark()) - lightness(pair[0].dark());
            assert!(step >= 8.0, "{pair:?} on dark: {step}");
        }
    }

    #[test]
    fn without_fills_every_state_has_a_texture_or_height_of_its_own() {
        use super::super::class::Class;
        let heights: Vec<i32> = Class::ALL.iter().map(|class| class.fifths()).collect();
        assert!(heights.windows(2).all(|pair| pair[0] < pair[1]));
        let patterns: Vec<Option<Pattern>> = STATES.iter().map(|ink| ink.pattern()).collect();
        for (index, pattern) in patterns.iter().enumerate() {
            assert!(!patterns[..index].contains(pattern), "{pattern:?} twice");
        }
    }

    #[test]
    fn no_two_meanings_share_a_colour_that_dark_rules_could_not_tell_apart() {
        let mut seen: Vec<String> = Ink::ALL.iter().map(|ink| ink.hex()).collect();
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), Ink::ALL.len());
    }
}
