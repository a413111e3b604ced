//! Numbers in bits, the highest first: few bits for small ones, and their way back with every bound checked.

/// How numbers too large for their code are written: so many ones, then so many bits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Escape {
    pub(super) ones: u32,
    pub(super) bits: u32,
}

/// Of any number.
const ANY: Escape = Escape { ones: 24, bits: 64 };

/// Bits being written.
#[derive(Debug, Default)]
pub(super) struct Sink {
    bytes: Vec<u8>,
    /// How many bits of the last byte are used; 0 for all.
    used: u32,
}

/// Bits being read.
#[derive(Debug)]
pub(super) struct Source<'a> {
    bytes: &'a [u8],
    /// The next bit.
    at: usize,
}

/// How large the numbers have been, so that the next one can be written in about as many bits as they needed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Habit {
    sum: u64,
    count: u64,
}

impl Habit {
    pub(super) const fn new() -> Self {
        Self { sum: 1, count: 1 }
    }

    /// How many low bits are written as they are: the mean, in bits.
    fn low(self) -> u32 {
        let whole = self.sum.div_ceil(self.count);
        whole.next_power_of_two().trailing_zeros()
    }

    fn learn(&mut self, value: u64) {
        self.sum = self.sum.saturating_add(value.min(1 << 40));
        self.count += 1;
        if self.count == 16 {
            (self.sum, self.count) = (self.sum.div_ceil(2).max(1), 8);
        }
    }
}

impl Sink {
    /// The lowest `count` bits of `value`.
    pub(super) fn bits(&mut self, value: u64, count: u32) {
        for place in (0..count).rev() {
            let bit = u8::from(value >> place & 1 == 1);
            match self.bytes.last_mut() {
                Some(last) if self.used > 0 => *last |= bit << (7 - self.used),
                _ => self.bytes.push(bit << 7),
            }
            self.used = (self.used + 1) % 8;
        }
    }

    /// Golomb-Rice: the bits above the lowest `low` as that many ones and a zero, then the lowest ones.
    pub(super) fn rice(&mut self, value: u64, low: u32, escape: Escape) {
        let high = value >> low;
        if high >= u64::from(escape.ones) {
            self.bits(u64::MAX, escape.ones);
            self.bits(value, escape.bits);
            return;
        }
        for _ in 0..high {
            self.bits(1, 1);
        }
        self.bits(0, 1);
        self.bits(value, low);
    }

    /// A number about as large as those before it.
    pub(super) fn usual(&mut self, value: u64, habit: &mut Habit) {
        self.rice(value, habit.low(), ANY);
        habit.learn(value);
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl<'a> Source<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// The next bits, at least 57 of them valid, the first one highest; zeros behind the end.
    fn peek(&self) -> u64 {
        let rest = self.bytes.get(self.at / 8..).unwrap_or(&[]);
        let word = match rest.first_chunk::<8>() {
            Some(word) => u64::from_be_bytes(*word),
            None => {
                let mut word = [0; 8];
                word[..rest.len()].copy_from_slice(rest);
                u64::from_be_bytes(word)
            }
        };
        word << (self.at % 8)
    }

    /// The next `count` bits, at most 64; `None` if fewer are left.
    pub(super) fn bits(&mut self, count: u32) -> Option<u64> {
        if count == 0 {
            return Some(0);
        }
        if count > 32 {
            let high = self.bits(count - 32)?;
            return Some(high << 32 | self.bits(32)?);
        }
        let bits = self.peek() >> (64 - count);
        self.skip(count)?;
        Some(bits)
    }

    /// What [`Sink::rice`] wrote.
    pub(super) fn rice(&mut self, low: u32, escape: Escape) -> Option<u64> {
        let high = self.peek().leading_ones().min(escape.ones);
        if high == escape.ones {
            self.skip(high)?;
            return self.bits(escape.bits);
        }
        self.skip(high + 1)?;
        let value = u64::from(high).checked_shl(low)?;
        Some(value | self.bits(low)?)
    }

    /// What [`Sink::usual`] wrote.
    pub(super) fn usual(&mut self, habit: &mut Habit) -> Option<u64> {
        let value = self.rice(habit.low(), ANY)?;
        habit.learn(value);
        Some(value)
    }

    /// Whether nothing is left but the unused bits of the last byte, which are zero.
    pub(super) fn is_at_end(&self) -> bool {
        self.bytes.len() == self.at.div_ceil(8) && self.peek() == 0
    }

    fn skip(&mut self, count: u32) -> Option<()> {
        self.at += usize::try_from(count).ok()?;
        (self.at <= self.bytes.len() * 8).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn numbers_come_back(values in prop::collection::vec((any::<u64>(), 0_u32..64, 0_u32..20), 0..50)) {
            let values: Vec<(u64, u32)> = values.into_iter().map(|(value, shift, low)| (value >> shift, low)).collect();
            let (mut sink, mut habit) = (Sink::default(), Habit::new());
            for (value, low) in &values {
                sink.rice(*value, *low, ANY);
                sink.usual(*value, &mut habit);
                sink.bits(*value, *low);
            }
            let bytes = sink.into_bytes();
            let (mut source, mut habit) = (Source::new(&bytes), Habit::new());
            for (value, low) in values {
                prop_assert_eq!(source.rice(low, ANY), Some(value));
                prop_assert_eq!(source.usual(&mut habit), Some(value));
                prop_assert_eq!(source.bits(low), Some(value & ((1 << low) - 1)));
            }
            prop_assert!(source.is_at_end());
            prop_assert_eq!(source.bits(8), None);
        }
    }
}
