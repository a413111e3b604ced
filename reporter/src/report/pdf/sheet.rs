//! Sheets of paper and what is left free on them.

use super::Paper;
use crate::typeset::Pt;

/// A sheet as it is held: `wide` and `high`, with the room for a report on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Size {
    /// Its width.
    pub(super) wide: Pt,
    /// Its height.
    pub(super) high: Pt,
}

/// 17 mm at both sides, which nothing leaves.
pub(super) const SIDE: Pt = Pt(48_189);
/// 15 mm above and below, where the running head and the foot stand.
pub(super) const EDGE: Pt = Pt(42_520);
/// From there to the report itself.
const BAND: Pt = Pt(20_000);

impl Paper {
    /// A sheet of it as one holds a letter.
    pub(super) const fn upright(self) -> Size {
        let (wide, high) = match self {
            Self::A4 => (Pt(595_276), Pt(841_890)),
            Self::Letter => (Pt(612_000), Pt(792_000)),
        };
        Size { wide, high }
    }

    /// A sheet of it on its side.
    pub(super) const fn on_its_side(self) -> Size {
        let Size { wide, high } = self.upright();
        Size {
            wide: high,
            high: wide,
        }
    }
}

impl Size {
    /// The width of the report on it.
    pub(super) fn room(self) -> Pt {
        self.wide - SIDE - SIDE
    }

    /// Where the report begins.
    pub(super) fn top(self) -> Pt {
        EDGE + BAND
    }

    /// Where it must end.
    pub(super) fn bottom(self) -> Pt {
        self.high - EDGE - BAND
    }
}
