//! Letters on paper: the fonts that are shipped, text shaped with them, and lengths in points.
//!
//! Everything here is pure. Lengths are whole thousandths of a point, so that the same text takes the same room everywhere.

pub mod font;
pub mod run;

use std::iter::Sum;
use std::ops::{Add, AddAssign, Mul, Sub};

/// A length or place on paper in thousandths of a point (1/72 inch); y grows downwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pt(pub i32);

/// How letters look and how far lines lie apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Voice {
    /// Which font.
    pub face: font::Face,
    /// Its size.
    pub size: Pt,
    /// From one line to the next.
    pub leading: Pt,
    /// Its colour, as `(red, green, blue)`.
    pub ink: (u8, u8, u8),
}

impl Pt {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many tenths of a point.
    pub const fn tenths(tenths: i32) -> Self {
        Self(tenths * 100)
    }

    /// For a document, which counts in points.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a place on paper has few digits"
    )]
    pub fn points(self) -> f32 {
        self.0 as f32 / 1_000.0
    }

    /// `self * part / whole`, rounded down.
    #[must_use]
    pub fn share(self, part: i32, whole: i32) -> Self {
        let product = i64::from(self.0) * i64::from(part);
        Self(i32::try_from(product.div_euclid(i64::from(whole.max(1)))).unwrap_or(i32::MAX))
    }
}

impl Add for Pt {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Pt {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Mul<i32> for Pt {
    type Output = Self;
    fn mul(self, times: i32) -> Self {
        Self(self.0 * times)
    }
}

impl AddAssign for Pt {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sum for Pt {
    fn sum<I: Iterator<Item = Self>>(lengths: I) -> Self {
        lengths.fold(Self::ZERO, Add::add)
    }
}
