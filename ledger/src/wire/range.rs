//! An adaptive binary range coder: a decision that is nearly always the same costs nearly nothing.
//!
//! The arithmetic is that of LZMA's, with probabilities of 15 bits that move fast at first and then ever less, as the mean of
//! what was seen. Writer and reader share every line that decides anything: [`Code`] is both, and what is to be written is
//! ignored by who reads.

use super::WireError;

/// What a decision has been so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bit {
    /// How probable "no" is, of 2^15.
    no: u16,
    /// How many were seen, up to the length of [`RATES`].
    seen: u8,
}

/// Something that takes decisions and gives them back: the writer the same one, the reader the one that was written.
pub(super) trait Code {
    /// A decision.
    #[expect(
        clippy::fn_params_excessive_bools,
        reason = "yes or no is all that it is"
    )]
    fn bit(&mut self, model: &mut Bit, bit: bool) -> bool;

    /// The lowest `count` bits of a value, at most 64, each as likely as not.
    fn raw(&mut self, value: u64, count: u32) -> u64;

    /// Fails if more was read than there is.
    fn check(&self) -> Result<(), WireError>;
}

/// Writes.
#[derive(Debug)]
pub(super) struct Encoder {
    low: u64,
    range: u32,
    /// The last byte that a carry may still change, and how many 0xff follow it; none before the first.
    held: Option<u8>,
    full: usize,
    bytes: Vec<u8>,
}

/// Reads.
#[derive(Debug)]
pub(super) struct Decoder<'a> {
    code: u32,
    range: u32,
    bytes: &'a [u8],
    /// The next byte; beyond the end there are zeros.
    at: usize,
}

const ONE: u32 = 15;
/// No decision is ever surer than this many in 2^15.
const LEAST: u32 = 24;
/// Below this, a byte of the range is settled.
const SETTLED: u32 = 1 << 24;
/// How far a probability moves towards what it sees, in 2^16: the more it has seen, the less.
const RATES: [u32; 128] = rates();

const fn rates() -> [u32; 128] {
    let mut rates = [0; 128];
    let (mut seen, mut twice) = (0, 3);
    while seen < 128 {
        rates[seen] = 65_536 * 2 / twice;
        seen += 1;
        twice += 2;
    }
    rates
}

impl Bit {
    pub(super) const NEW: Self = Self {
        no: 1 << (ONE - 1),
        seen: 0,
    };

    /// Where the range is cut: "no" below, "yes" above.
    fn cut(self, range: u32) -> u32 {
        (range >> ONE) * u32::from(self.no)
    }

    #[expect(
        clippy::cast_possible_truncation,
        reason = "a probability has 15 bits, and 127 fit in 8"
    )]
    fn learn(&mut self, yes: Mask) {
        let rate = RATES[usize::from(self.seen & 127)];
        let no = u32::from(self.no);
        let room = yes.choose(no - LEAST, (1 << ONE) - LEAST - no);
        self.no = yes.minus(no, (room * rate) >> 16) as u16;
        self.seen = (self.seen + 1).min(RATES.len() as u8 - 1);
    }
}

/// A decision as a number, all ones for "yes": what is made of it is computed, because a branch that nobody can foresee costs more
/// than all of that.
#[derive(Clone, Copy)]
struct Mask(u32);

impl From<bool> for Mask {
    fn from(yes: bool) -> Self {
        Self(u32::from(yes).wrapping_neg())
    }
}

impl Mask {
    /// One of two.
    const fn choose(self, yes: u32, no: u32) -> u32 {
        no ^ ((no ^ yes) & self.0)
    }

    /// `value` less `step`, or `step` more if it is "no".
    const fn minus(self, value: u32, step: u32) -> u32 {
        value.wrapping_add((step ^ self.0).wrapping_sub(self.0))
    }

    const fn is_yes(self) -> bool {
        self.0 != 0
    }
}

impl Default for Encoder {
    fn default() -> Self {
        Self {
            low: 0,
            range: u32::MAX,
            held: None,
            full: 0,
            bytes: Vec::new(),
        }
    }
}

impl Encoder {
    /// Settles the highest byte of `low`, with what a carry does to those before.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "bytes are taken out of their word"
    )]
    fn shift(&mut self) {
        let carry = (self.low >> 32) as u8;
        let byte = (self.low >> 24) as u8;
        if byte == 0xff && carry == 0 {
            self.full += 1;
        } else {
            if let Some(held) = self.held {
                self.bytes.push(held.wrapping_add(carry));
            }
            self.bytes
                .resize(self.bytes.len() + self.full, 0xff_u8.wrapping_add(carry));
            self.full = 0;
            self.held = Some(byte);
        }
        self.low = (self.low & 0x00ff_ffff) << 8;
    }

    fn settle(&mut self) {
        while self.range < SETTLED {
            self.range <<= 8;
            self.shift();
        }
    }

    /// What was written: four bytes and one for each that was settled.
    pub(super) fn finish(mut self) -> Vec<u8> {
        // The last one pushes the fourth out of what is held.
        for _ in 0..5 {
            self.shift();
        }
        self.bytes
    }
}

impl Code for Encoder {
    fn bit(&mut self, model: &mut Bit, bit: bool) -> bool {
        let cut = model.cut(self.range);
        let yes = Mask::from(bit);
        self.low += u64::from(yes.choose(cut, 0));
        self.range = yes.choose(self.range - cut, cut);
        model.learn(yes);
        self.settle();
        bit
    }

    fn raw(&mut self, value: u64, count: u32) -> u64 {
        let mut left = count;
        while left > 0 {
            let some = left.min(16);
            left -= some;
            self.range >>= some;
            self.low += u64::from(self.range) * (value >> left & ((1 << some) - 1));
            self.settle();
        }
        value
    }

    fn check(&self) -> Result<(), WireError> {
        Ok(())
    }
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut decoder = Self {
            code: 0,
            range: u32::MAX,
            bytes,
            at: 0,
        };
        for _ in 0..4 {
            decoder.shift();
        }
        decoder
    }

    fn shift(&mut self) {
        let byte = self.bytes.get(self.at).copied().unwrap_or(0);
        self.code = self.code << 8 | u32::from(byte);
        self.at += 1;
    }

    fn settle(&mut self) {
        while self.range < SETTLED {
            self.range <<= 8;
            self.shift();
        }
    }

    /// Fails unless exactly what there is was read.
    pub(super) fn end(&self) -> Result<(), WireError> {
        self.check()?;
        if self.at < self.bytes.len() {
            return Err(WireError::Malformed("there is something after its end"));
        }
        Ok(())
    }
}

impl Code for Decoder<'_> {
    fn bit(&mut self, model: &mut Bit, _: bool) -> bool {
        let cut = model.cut(self.range);
        let yes = Mask::from(self.code >= cut);
        self.code -= yes.choose(cut, 0);
        self.range = yes.choose(self.range - cut, cut);
        model.learn(yes);
        self.settle();
        yes.is_yes()
    }

    fn raw(&mut self, _: u64, count: u32) -> u64 {
        let (mut left, mut value) = (count, 0);
        while left > 0 {
            let some = left.min(16);
            left -= some;
            self.range >>= some;
            // Bytes that nobody wrote may lie beyond the range.
            let bits = (self.code / self.range).min((1 << some) - 1);
            self.code -= bits * self.range;
            value = value << some | u64::from(bits);
            self.settle();
        }
        value
    }

    fn check(&self) -> Result<(), WireError> {
        if self.at > self.bytes.len() {
            return Err(WireError::Malformed("it ends too early"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn decisions_come_back(decisions in prop::collection::vec((0..3_usize, any::<bool>(), any::<u64>(), 0..=64_u32), 0..300)) {
            let (mut encoder, mut models) = (Encoder::default(), [Bit::NEW; 3]);
            for (model, bit, value, count) in &decisions {
                encoder.bit(&mut models[*model], *bit);
                encoder.raw(*value, *count);
            }
            let bytes = encoder.finish();
            let (mut decoder, mut models) = (Decoder::new(&bytes), [Bit::NEW; 3]);
            for (model, bit, value, count) in decisions {
                prop_assert_eq!(decoder.bit(&mut models[model], false), bit);
                let kept = if count == 64 { value } else { value & ((1 << count) - 1) };
                prop_assert_eq!(decoder.raw(0, count), kept);
            }
            prop_assert_eq!(decoder.end(), Ok(()));
        }

        #[test]
        fn bytes_that_nobody_wrote_are_read_to_their_end_and_no_further(bytes in prop::collection::vec(any::<u8>(), 0..20), counts in prop::collection::vec(0..=64_u32, 0..50)) {
            let (mut decoder, mut model) = (Decoder::new(&bytes), Bit::NEW);
            for count in counts {
                decoder.bit(&mut model, false);
                let value = decoder.raw(0, count);
                prop_assert!(count == 64 || value < 1 << count);
            }
            prop_assert!(decoder.at <= bytes.len() || decoder.end().is_err());
        }
    }

    #[test]
    fn what_never_changes_costs_next_to_nothing() {
        let (mut encoder, mut model) = (Encoder::default(), Bit::NEW);
        for _ in 0..10_000 {
            encoder.bit(&mut model, true);
        }
        let length = encoder.finish().len();
        assert!(length <= 12, "{length} bytes");
    }
}
