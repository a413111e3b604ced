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
    /// Bits that stand in no byte yet are the lowest ones.
    word: u64,
    /// How many: fewer than 32.
    open: u32,
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
        // The least power of two that is no less than the mean: without a division, as this is asked for each number.
        let bits = |value: u64| 64 - value.leading_zeros();
        let low = bits(self.sum).saturating_sub(bits(self.count));
        low + u32::from(self.count << low < self.sum)
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
        if count > 32 {
            self.bits(value >> 32, count - 32);
            return self.bits(value, 32);
        }
        self.word = self.word << count | (value & ((1 << count) - 1));
        self.open += count;
        if self.open >= 32 {
            self.open -= 32;
            let [.., a, b, c, d] = (self.word >> self.open).to_be_bytes();
            self.bytes.extend_from_slice(&[a, b, c, d]);
        }
    }

    /// Golomb-Rice: the bits above the lowest `low` as that many ones and a zero, then the lowest ones.
    pub(super) fn rice(&mut self, value: u64, low: u32, escape: Escape) {
        let high = value >> low;
        match u32::try_from(high) {
            Ok(high) if high < escape.ones => {
                let ones = (1 << (high + 1)) - 2;
                if high + 1 + low > 32 {
                    self.bits(ones, high + 1);
                    return self.bits(value, low);
                }
                self.bits(ones << low | (value & ((1 << low) - 1)), high + 1 + low);
            }
            _ => {
                self.bits(u64::MAX, escape.ones);
                self.bits(value, escape.bits);
            }
        }
    }

    /// A number about as large as those before it.
    pub(super) fn usual(&mut self, value: u64, habit: &mut Habit) {
        self.rice(value, habit.low(), ANY);
        habit.learn(value);
    }

    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        let rest = self.word.checked_shl(64 - self.open).unwrap_or(0);
        let bytes = self.open.div_ceil(8) as usize;
        self.bytes.extend_from_slice(&rest.to_be_bytes()[..bytes]);
        self.bytes
    }
}

impl Escape {
    /// How many bits [`Sink::rice`] needs for a number of 32 bits.
    pub(super) const fn cost(self, value: u32, low: u32) -> u32 {
        let high = value >> low;
        if high < self.ones {
            high + 1 + low
        } else {
            self.ones + self.bits
        }
    }
}

/// How many bits [`Sink::usual`] needs for numbers.
pub(super) fn usual_cost(numbers: impl Iterator<Item = u64>) -> u64 {
    let mut habit = Habit::new();
    let costs = numbers.map(|number| {
        let low = habit.low();
        let high = number >> low;
        habit.learn(number);
        match high < u64::from(ANY.ones) {
            true => high + 1 + u64::from(low),
            false => u64::from(ANY.ones + ANY.bits),
        }
    });
    costs.sum()
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

        #[test]
        fn costs_are_known_beforehand(values in prop::collection::vec((any::<u32>(), 0_u32..32), 0..50), low in 0_u32..8) {
            let values: Vec<u32> = values.into_iter().map(|(value, shift)| value >> shift).collect();
            let (mut rice, mut usual, mut habit) = (Sink::default(), Sink::default(), Habit::new());
            for value in &values {
                rice.rice(u64::from(*value), low, ANY);
                usual.usual(u64::from(*value), &mut habit);
            }
            let costs: u32 = values.iter().map(|value| ANY.cost(*value, low)).sum();
            prop_assert_eq!(rice.into_bytes().len() as u64, u64::from(costs).div_ceil(8));
            let cost = usual_cost(values.iter().map(|value| u64::from(*value)));
            prop_assert_eq!(usual.into_bytes().len() as u64, cost.div_ceil(8));
        }
    }
}
