//! Integers in as few bytes as they need, and their way back with every bound checked.

use super::WireError;
use crate::name::Name;

/// Bytes being written.
#[derive(Debug, Default)]
pub(super) struct Sink(Vec<u8>);

/// Bytes being read.
#[derive(Clone, Debug)]
pub(super) struct Source<'a>(&'a [u8]);

const SHORT: WireError = WireError::Malformed("it ends too early");

impl Sink {
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// LEB128: seven bits a byte, lowest first.
    pub(super) fn unsigned(&mut self, mut value: u64) {
        loop {
            let low = u8::try_from(value & 0x7f).expect("seven bits fit in a byte");
            value >>= 7;
            self.0.push(if value == 0 { low } else { low | 0x80 });
            if value == 0 {
                return;
            }
        }
    }

    /// Zigzag: 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4.
    pub(super) fn signed(&mut self, value: i64) {
        self.unsigned(((value << 1) ^ (value >> 63)).cast_unsigned());
    }

    pub(super) fn size(&mut self, value: usize) {
        self.unsigned(u64::try_from(value).expect("sizes have at most 64 bits"));
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.size(bytes.len());
        self.raw(bytes);
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl<'a> Source<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn unsigned(&mut self) -> Result<u64, WireError> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (byte, rest) = self.0.split_first().ok_or(SHORT)?;
            self.0 = rest;
            let low = u64::from(byte & 0x7f);
            if shift == 63 && low > 1 {
                break;
            }
            value |= low << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(WireError::Malformed("an integer is too long"))
    }

    pub(super) fn signed(&mut self) -> Result<i64, WireError> {
        let value = self.unsigned()?;
        Ok((value >> 1).cast_signed() ^ -((value & 1).cast_signed()))
    }

    pub(super) fn size(&mut self) -> Result<usize, WireError> {
        usize::try_from(self.unsigned()?).map_err(|_| SHORT)
    }

    /// How many items follow, when each has at least one byte: never more than the bytes that are left.
    pub(super) fn count(&mut self) -> Result<usize, WireError> {
        let count = self.size()?;
        if count > self.0.len() {
            return Err(SHORT);
        }
        Ok(count)
    }

    pub(super) fn bytes(&mut self) -> Result<&'a [u8], WireError> {
        let length = self.size()?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(SHORT)?;
        self.0 = rest;
        Ok(bytes)
    }

    pub(super) fn text(&mut self) -> Result<&'a str, WireError> {
        std::str::from_utf8(self.bytes()?).map_err(|_| WireError::Malformed("a text is no UTF-8"))
    }

    pub(super) fn name(&mut self) -> Result<Name, WireError> {
        Name::new(self.text()?).map_err(|_| WireError::Malformed("a name has other characters"))
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], WireError> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(SHORT)?;
        self.0 = rest;
        Ok(*bytes)
    }

    pub(super) fn end(&self) -> Result<(), WireError> {
        if self.0.is_empty() {
            return Ok(());
        }
        Err(WireError::Malformed("there is something after its end"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn integers_come_back(unsigned: u64, signed: i64) {
            let mut sink = Sink::default();
            sink.unsigned(unsigned);
            sink.signed(signed);
            let bytes = sink.into_bytes();
            let mut source = Source::new(&bytes);
            prop_assert_eq!(source.unsigned(), Ok(unsigned));
            prop_assert_eq!(source.signed(), Ok(signed));
            prop_assert_eq!(source.end(), Ok(()));
        }
    }

    #[test]
    fn integers_that_are_cut_or_too_long_are_refused() {
        assert!(Source::new(&[0x80]).unsigned().is_err());
        assert!(Source::new(&[0xff; 11]).unsigned().is_err());
        assert_eq!(
            Source::new(&[0x05, 1]).count(),
            Err(SHORT),
            "5 items in 1 byte"
        );
    }
}
