//! Days in five classes by their counted downtime, told by colour and by how high they are filled.

use jiff::civil::Date;
use ledger::time::{Interval, Millis};

use super::frame::Frame;
use super::palette::Ink;
use super::scale::LinearScale;
use super::{Area, Mark, Px};

/// How much downtime a day had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// None at all.
    None,
    /// Up to ten minutes.
    TenMinutes,
    /// Up to an hour.
    Hour,
    /// Up to four hours.
    FourHours,
    /// More than four hours.
    More,
}

/// A day as charts of many days show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfDay {
    /// The date.
    pub date: Date,
    /// The part of the day inside the period; not empty.
    pub interval: Interval,
    /// Length of the whole civil day.
    pub day_length: Millis,
    /// Counted downtime, best estimate.
    pub down: Millis,
    /// Time in which nobody could look.
    pub unknown: Millis,
    /// Time that the contract leaves out.
    pub excluded: Millis,
    /// Whether the day is not over where the record ends.
    pub open: bool,
    /// Where its downtime stands in `report.json`.
    pub down_at: String,
    /// Where the length of the day stands there.
    pub length_at: String,
}

impl OfDay {
    /// Its class; `None` if nothing of it is known or counts.
    pub fn class(&self) -> Option<Class> {
        let known = self.interval.length() - self.unknown - self.excluded;
        (known > Millis::ZERO || self.down > Millis::ZERO).then(|| Class::of(self.down))
    }

    /// A length of it on `whole` pixels; at least two if there is any.
    pub(super) fn share(&self, part: Millis, whole: Px) -> Px {
        let scale = LinearScale {
            max: self.interval.length().0.max(1),
            zero: Px(0),
            end: whole,
        };
        match part {
            Millis::ZERO => Px(0),
            _ => scale.place(part.0).max(Px(2)),
        }
    }
}

impl Class {
    /// All of them, from the best.
    pub const ALL: [Self; 5] = [
        Self::None,
        Self::TenMinutes,
        Self::Hour,
        Self::FourHours,
        Self::More,
    ];

    /// The class of a day's counted downtime.
    pub const fn of(down: Millis) -> Self {
        const MINUTE: i64 = 60_000;
        match down.0 {
            i64::MIN..=0 => Self::None,
            1..=600_000 => Self::TenMinutes,
            600_001..=3_600_000 => Self::Hour,
            _ if down.0 <= 240 * MINUTE => Self::FourHours,
            _ => Self::More,
        }
    }

    /// Its colour.
    pub const fn ink(self) -> Ink {
        match self {
            Self::None => Ink::Day0,
            Self::TenMinutes => Ink::Day1,
            Self::Hour => Ink::Day2,
            Self::FourHours => Ink::Day3,
            Self::More => Ink::Day4,
        }
    }

    /// The colour of words on it.
    pub const fn words_ink(self) -> Ink {
        match self {
            Self::None | Self::TenMinutes | Self::Hour => Ink::Text,
            Self::FourHours | Self::More => Ink::Pale,
        }
    }

    /// How high its mark is, in fifths: what tells classes apart without colour.
    pub const fn fifths(self) -> i32 {
        match self {
            Self::None => 1,
            Self::TenMinutes => 2,
            Self::Hour => 3,
            Self::FourHours => 4,
            Self::More => 5,
        }
    }

    /// What it holds.
    pub const fn words(self) -> &'static str {
        match self {
            Self::None => "no downtime",
            Self::TenMinutes => "up to 10 min",
            Self::Hour => "up to 1 h",
            Self::FourHours => "up to 4 h",
            Self::More => "more than 4 h",
        }
    }

    /// Fills `area` from below, as high as the class is bad, with an edge on top; gives what is filled.
    pub(super) fn paint(self, frame: &mut Frame, area: Area) -> Area {
        let height = (area.bottom - area.top).0;
        let top = area.bottom - Px((height * self.fifths() / 5).max(2));
        let filled = Area { top, ..area };
        frame.mark(Mark::Fill(filled, self.ink()));
        if area.right - area.left >= Px(6) {
            frame.mark(Mark::Outline(filled, Ink::Outline));
        } else {
            frame.line((area.left, top), (area.right, top), Ink::Outline);
        }
        filled
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_belong_to_the_better_class() {
        for (millis, class) in [
            (0, Class::None),
            (1, Class::TenMinutes),
            (600_000, Class::TenMinutes),
            (600_001, Class::Hour),
            (3_600_000, Class::Hour),
            (3_600_001, Class::FourHours),
            (14_400_000, Class::FourHours),
            (14_400_001, Class::More),
        ] {
            assert_eq!(Class::of(Millis(millis)), class, "{millis}");
        }
    }
}
