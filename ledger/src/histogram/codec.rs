//! Distributions as `HdrHistogram` V2, deflated: 1 µs to 60 s, 2 digits. Foreign bytes are checked before the library
//! sees them, because it allocates what a header asks for.

use std::fmt;
use std::io::Read as _;

use flate2::{Compress, Compression, FlushCompress, Status};
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer as _, V2Serializer};

use super::Distribution;
use crate::phases::Micros;

/// Bytes that are no histogram of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistogramError {
    /// The outer header or the compression is wrong.
    #[error("it is no compressed HdrHistogram V2")]
    Foreign,
    /// The inner header asks for another range, precision or length.
    #[error("it is not of 1 µs to 60 s with 2 digits")]
    Layout,
    /// The counts make no sense.
    #[error("its counts cannot be read")]
    Counts,
}

const DIGITS: u8 = 2;
/// Version 2 with counts as variable-length integers (the `0x10`).
const COMPRESSED_COOKIE: [u8; 4] = 0x1c84_9314_u32.to_be_bytes();
const COOKIE: [u8; 4] = 0x1c84_9313_u32.to_be_bytes();
/// Cookie, payload length, offset, digits, lowest, highest, ratio.
const HEADER: usize = 40;
/// 2,560 counts of at most 9 bytes.
const MAX_PAYLOAD: usize = 2_560 * 9;

/// Writes distributions one after the other; its working memory (a third of a megabyte) is set up once.
pub struct Encoder {
    dense: Histogram<u64>,
    serializer: V2Serializer,
    plain: Vec<u8>,
    deflate: Compress,
}

impl Encoder {
    /// An encoder at rest.
    pub fn new() -> Self {
        Self {
            dense: empty(),
            serializer: V2Serializer::new(),
            plain: Vec::new(),
            deflate: Compress::new(Compression::default(), true),
        }
    }

    /// A distribution as a compressed `HdrHistogram` V2; the same bytes whatever was encoded before.
    ///
    /// # Panics
    /// If a count reaches 2^63; at a thousand attempts a second that takes 292 million years.
    pub fn encode(&mut self, distribution: &Distribution) -> Vec<u8> {
        self.dense.reset();
        for (latency, count) in distribution.iter() {
            let latency = u64::from(latency.get());
            self.dense.saturating_record_n(latency, count);
        }
        self.plain.clear();
        self.serializer
            .serialize(&self.dense, &mut self.plain)
            .expect("a vector takes all bytes and counts stay below 2^63");
        let mut bytes = COMPRESSED_COOKIE.to_vec();
        bytes.extend([0; 4]);
        // More than deflate ever adds to what it cannot compress.
        bytes.reserve(self.plain.len() + self.plain.len() / 100 + 64);
        self.deflate.reset();
        let ended = (self.deflate).compress_vec(&self.plain, &mut bytes, FlushCompress::Finish);
        assert!(matches!(ended, Ok(Status::StreamEnd)), "there is room");
        let length = u32::try_from(bytes.len() - 8).expect("at most 23 kB");
        bytes[4..8].copy_from_slice(&length.to_be_bytes());
        bytes
    }
}

impl Default for Encoder {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").finish_non_exhaustive()
    }
}

impl Distribution {
    /// The distribution as a compressed `HdrHistogram` V2. For many, an [`Encoder`] is cheaper.
    ///
    /// # Panics
    /// As [`Encoder::encode`].
    pub fn encode(&self) -> Vec<u8> {
        Encoder::new().encode(self)
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// [`HistogramError`] if the bytes are anything else; nothing is allocated on their word.
    pub fn decode(bytes: &[u8]) -> Result<Self, HistogramError> {
        let plain = inflate(bytes)?;
        check_layout(&plain)?;
        let histogram: Histogram<u64> = Deserializer::new()
            .deserialize(&mut plain.as_slice())
            .map_err(|_| HistogramError::Counts)?;
        let mut distribution = Self::default();
        for step in histogram.iter_recorded() {
            let latency = histogram.lowest_equivalent(step.value_iterated_to());
            let latency = u32::try_from(latency).map_err(|_| HistogramError::Counts)?;
            distribution.record(Micros::cut(latency), step.count_at_value());
        }
        Ok(distribution)
    }
}

fn empty() -> Histogram<u64> {
    Histogram::new_with_bounds(1, u64::from(Micros::MAX), DIGITS)
        .expect("1 µs to 60 s with 2 digits are valid bounds")
}

fn inflate(bytes: &[u8]) -> Result<Vec<u8>, HistogramError> {
    let rest = bytes
        .strip_prefix(&COMPRESSED_COOKIE)
        .ok_or(HistogramError::Foreign)?;
    let (length, deflated) = rest.split_first_chunk().ok_or(HistogramError::Foreign)?;
    if usize::try_from(u32::from_be_bytes(*length)) != Ok(deflated.len()) {
        return Err(HistogramError::Foreign);
    }
    let limit = u64::try_from(HEADER + MAX_PAYLOAD + 1).map_err(|_| HistogramError::Layout)?;
    let mut plain = Vec::new();
    flate2::read::ZlibDecoder::new(deflated)
        .take(limit)
        .read_to_end(&mut plain)
        .map_err(|_| HistogramError::Foreign)?;
    Ok(plain)
}

fn check_layout(plain: &[u8]) -> Result<(), HistogramError> {
    let mut expected = COOKIE.to_vec();
    let payload = plain
        .len()
        .checked_sub(HEADER)
        .filter(|length| *length <= MAX_PAYLOAD)
        .and_then(|length| u32::try_from(length).ok())
        .ok_or(HistogramError::Layout)?;
    expected.extend_from_slice(&payload.to_be_bytes());
    expected.extend_from_slice(&0_u32.to_be_bytes());
    expected.extend_from_slice(&u32::from(DIGITS).to_be_bytes());
    expected.extend_from_slice(&1_u64.to_be_bytes());
    expected.extend_from_slice(&u64::from(Micros::MAX).to_be_bytes());
    expected.extend_from_slice(&1.0_f64.to_be_bytes());
    if !plain.starts_with(&expected) {
        return Err(HistogramError::Layout);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use flate2::write::ZlibEncoder;
    use hdrhistogram::serialization::V2DeflateSerializer;
    use proptest::prelude::*;
    use std::io::Write as _;

    use super::*;

    fn pack(plain: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(plain).expect("a vector takes all bytes");
        let deflated = encoder.finish().expect("a vector takes all bytes");
        let mut bytes = COMPRESSED_COOKIE.to_vec();
        bytes.extend_from_slice(&u32::try_from(deflated.len()).expect("short").to_be_bytes());
        bytes.extend_from_slice(&deflated);
        bytes
    }

    proptest! {
        #[test]
        fn distributions_come_back_as_they_were(values in prop::collection::vec((1..=Micros::MAX, 1_u64..1_000), 0..300)) {
            let mut distribution = Distribution::default();
            for (latency, count) in values {
                distribution.record(Micros::cut(latency), count);
            }
            prop_assert_eq!(Distribution::decode(&distribution.encode()), Ok(distribution));
        }

        #[test]
        fn a_used_encoder_writes_what_the_library_does(
            before in prop::collection::vec((1..=Micros::MAX, 1_u64..1_000), 0..300),
            values in prop::collection::vec((1..=Micros::MAX, 1_u64..1_000), 0..300),
        ) {
            let mut encoder = Encoder::new();
            for values in [before, values] {
                let (mut distribution, mut dense) = (Distribution::default(), empty());
                for (latency, count) in values {
                    let latency = Micros::cut(latency);
                    distribution.record(latency, count);
                    dense.saturating_record_n(u64::from(latency.get()), count);
                }
                let mut bytes = Vec::new();
                V2DeflateSerializer::new().serialize(&dense, &mut bytes).expect("a vector takes all bytes");
                prop_assert_eq!(encoder.encode(&distribution), bytes);
            }
        }

        #[test]
        fn hostile_bytes_are_refused_or_harmless(edits in prop::collection::vec((0_usize..60, any::<u8>()), 1..4)) {
            let few: Distribution = (1..60).map(Micros::cut).collect();
            let mut plain = inflate(&few.encode()).expect("ours");
            for (at, byte) in edits {
                let at = at.min(plain.len() - 1);
                plain[at] = byte;
            }
            if let Ok(read) = Distribution::decode(&pack(&plain)) {
                prop_assert!(read.max().is_none_or(|max| max.get() <= Micros::MAX));
            }
        }
    }

    #[test]
    fn headers_that_ask_for_memory_are_refused() {
        let plain = inflate(&Distribution::default().encode()).expect("ours");
        for (at, bytes, what) in [
            (
                4,
                0x4000_0000_u32.to_be_bytes().to_vec(),
                "1 GiB of payload",
            ),
            (12, 5_u32.to_be_bytes().to_vec(), "5 digits"),
            (24, (1_u64 << 62).to_be_bytes().to_vec(), "a huge range"),
        ] {
            let mut plain = plain.clone();
            plain[at..at + bytes.len()].copy_from_slice(&bytes);
            assert_eq!(
                Distribution::decode(&pack(&plain)),
                Err(HistogramError::Layout),
                "{what}"
            );
        }
        let bomb = pack(&vec![0; 100 << 20]);
        assert_eq!(Distribution::decode(&bomb), Err(HistogramError::Layout));
        assert_eq!(Distribution::decode(b"PNG"), Err(HistogramError::Foreign));
    }
}
