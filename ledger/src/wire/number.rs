//! Numbers as decisions: how many bits a number has is learned, and so are its highest ones; the rest stands as it is.

use super::range::{Bit, Code};

/// What numbers of one kind have been so far.
#[derive(Clone, Debug)]
pub(super) struct Number {
    kind: Kind,
    any: Bit,
    /// A tree of four decisions: 0 to 14 bits, or more.
    lengths: [Bit; 16],
    /// For each length, a tree of decisions about the bits after the first.
    highest: [[Bit; 4]; 16],
    signs: [Bit; SHORT],
}

/// What is expected of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// To be zero, mostly: then one decision tells it.
    Small,
    /// Not to be.
    Wide,
}

/// Longer numbers tell their length in full.
const LONG: u32 = 15;
/// Below this length, two bits after the first are learned, and the sign; from here on, one bit, for each costs time.
const SHORT: usize = 5;

impl Number {
    /// Numbers that are mostly zero.
    pub(super) const fn new() -> Self {
        Self::of(Kind::Small)
    }

    /// Numbers that scatter.
    pub(super) const fn wide() -> Self {
        Self::of(Kind::Wide)
    }

    const fn of(kind: Kind) -> Self {
        Self {
            kind,
            any: Bit::NEW,
            lengths: [Bit::NEW; 16],
            highest: [[Bit::NEW; 4]; 16],
            signs: [Bit::NEW; SHORT],
        }
    }

    pub(super) fn unsigned(&mut self, code: &mut impl Code, value: u64) -> u64 {
        let length = self.length(code, 64 - value.leading_zeros());
        self.below(code, value, length)
    }

    pub(super) fn signed(&mut self, code: &mut impl Code, value: i64) -> i64 {
        let size = value.unsigned_abs();
        let length = self.length(code, 64 - size.leading_zeros());
        if length == 0 {
            return 0;
        }
        let negative = match self.signs.get_mut(place(length)) {
            Some(sign) => code.bit(sign, value < 0),
            None => code.raw(u64::from(value < 0), 1) == 1,
        };
        let size = self.below(code, size, length).cast_signed();
        if negative { size.wrapping_neg() } else { size }
    }

    /// A number of this machine's; what does not fit is too large for any table.
    pub(super) fn size(&mut self, code: &mut impl Code, value: usize) -> usize {
        let value = u64::try_from(value).unwrap_or(u64::MAX);
        usize::try_from(self.unsigned(code, value)).unwrap_or(usize::MAX)
    }

    /// How many bits: 0 to 64.
    fn length(&mut self, code: &mut impl Code, length: u32) -> u32 {
        if self.kind == Kind::Small && !code.bit(&mut self.any, length > 0) {
            return 0;
        }
        let short = length.min(LONG);
        let mut node = 1;
        for place in (0..4).rev() {
            let bit = code.bit(&mut self.lengths[node], short >> place & 1 == 1);
            node = node << 1 | usize::from(bit);
        }
        let short = u32::try_from(node & 15).unwrap_or(LONG);
        if short < LONG {
            return short;
        }
        let more = code.raw(u64::from(length.saturating_sub(LONG)), 6);
        (LONG + u32::try_from(more).unwrap_or(0)).min(64)
    }

    /// The bits after the first one of a number of `length` bits.
    fn below(&mut self, code: &mut impl Code, value: u64, length: u32) -> u64 {
        let Some(mut left) = length.checked_sub(1) else {
            return 0;
        };
        let learned = if place(length) < SHORT { 4 } else { 2 };
        let (mut read, mut node) = (1, 1);
        let tree = &mut self.highest[place(length)];
        while left > 0 && node < learned {
            left -= 1;
            let bit = code.bit(&mut tree[node], value >> left & 1 == 1);
            node = node << 1 | usize::from(bit);
            read = read << 1 | u64::from(bit);
        }
        let low = code.raw(value & !(u64::MAX << left), left);
        read << left | low
    }
}

fn place(length: u32) -> usize {
    usize::try_from(length.min(LONG)).unwrap_or(0)
}

/// A mean that is known to both sides, in 256ths.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mean {
    value: i64,
    seen: u32,
}

/// A mean never gets slower than the last 64 values.
const SLOWEST: u32 = 64;
/// 2^16 by each number that a mean is divided by.
const PARTS: [i64; 65] = parts();

const fn parts() -> [i64; 65] {
    let mut parts = [65_536; 65];
    let (mut part, mut divisor) = (1, 1);
    while part < 65 {
        parts[part] = 65_536 / divisor;
        part += 1;
        divisor += 1;
    }
    parts
}

impl Mean {
    /// As if `value` had been seen once.
    pub(super) const fn of(value: i64) -> Self {
        Self {
            value: value.wrapping_shl(8),
            seen: 1,
        }
    }

    /// The nearest whole number.
    pub(super) const fn whole(self) -> i64 {
        self.value.wrapping_add(128) >> 8
    }

    pub(super) fn learn(&mut self, value: i64) {
        self.seen = (self.seen + 1).min(SLOWEST);
        let part = PARTS[usize::try_from(self.seen).unwrap_or(64)];
        let away = value.wrapping_shl(8).wrapping_sub(self.value);
        self.value = self.value.wrapping_add(away.wrapping_mul(part) >> 16);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::range::{Decoder, Encoder};
    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(values in prop::collection::vec((any::<u64>(), 0..64_u32), 0..200)) {
            let values: Vec<u64> = values.into_iter().map(|(value, shift)| value >> shift).collect();
            let (mut encoder, mut model, mut wide) = (Encoder::default(), Number::new(), Number::wide());
            for value in &values {
                model.unsigned(&mut encoder, *value);
                wide.signed(&mut encoder, value.cast_signed());
                model.signed(&mut encoder, value.cast_signed());
            }
            let bytes = encoder.finish();
            let (mut decoder, mut model, mut wide) = (Decoder::new(&bytes), Number::new(), Number::wide());
            for value in values {
                prop_assert_eq!(model.unsigned(&mut decoder, 0), value);
                prop_assert_eq!(wide.signed(&mut decoder, 0), value.cast_signed());
                prop_assert_eq!(model.signed(&mut decoder, 0), value.cast_signed());
            }
            prop_assert_eq!(decoder.end(), Ok(()));
        }
    }

    #[test]
    fn a_mean_follows_what_it_sees() {
        let mut mean = Mean::default();
        (0..1_000).for_each(|n| mean.learn(100 + n % 3));
        assert_eq!(mean.whole(), 101);
        mean.learn(i64::MIN);
        mean.learn(i64::MAX);
    }
}
