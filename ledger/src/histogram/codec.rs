//! One distribution in bits: which buckets are filled, by the gaps between them, and how often each.
//!
//! Compared with a compressed `HdrHistogram` V2 of the same buckets it takes about a third of the space and a tenth of the
//! time (docs/PERFORMANCE.md), because it says nothing about what every distribution has in common.
//!
//! 12 bits: how many buckets are filled. 3 bits: the Rice parameter of the gaps. 1 bit: whether counts stand as they are
//! (0) or as differences from the one before (1). Then, for each filled bucket, the number of empty ones before it and its
//! count less one, or the difference, zigzag.

use super::Distribution;
use super::bits::{Escape, Habit, Sink, Source, usual_cost};
use crate::phases::Micros;

/// Bytes that are no distributions of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HistogramError {
    /// They begin with another format's number, or end too early.
    #[error("it is of no known format")]
    Foreign,
    /// Its counts make no sense.
    #[error("its counts cannot be read")]
    Counts,
}

/// A gap is at most 2,560; the first one is mostly long, and one before an outlier.
const GAP: Escape = Escape { ones: 10, bits: 12 };

/// How counts are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Counts {
    Plain,
    Differences,
}

impl Distribution {
    /// The distribution in bits; the same bytes for equal distributions.
    pub fn encode(&self) -> Vec<u8> {
        let gaps: Vec<u32> = self.gaps().collect();
        let (low, bits) = best_gap(&gaps);
        let bytes = |counts| {
            let bits = 16 + bits + usual_cost(self.numbers(counts));
            bits.div_ceil(8)
        };
        // Where both take as many bytes, counts stand as they are.
        let counts = match bytes(Counts::Differences) < bytes(Counts::Plain) {
            true => Counts::Differences,
            false => Counts::Plain,
        };
        self.write(&gaps, low, counts)
    }

    /// Reads what [`Self::encode`] wrote.
    ///
    /// # Errors
    /// [`HistogramError`] if the bytes are anything else; nothing is allocated on their word.
    pub fn decode(bytes: &[u8]) -> Result<Self, HistogramError> {
        Self::read(bytes).ok_or(HistogramError::Counts)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut source = Source::new(bytes);
        let filled = usize::try_from(source.bits(12)?).ok()?;
        let low = u32::try_from(source.bits(3)?).ok()?;
        let differ = source.bits(1)? == 1;
        let mut habit = Habit::new();
        let (mut place, mut before) = (0_u32, 1_u64);
        let mut values = Vec::with_capacity(filled.min(bytes.len() * 8));
        for _ in 0..filled {
            let gap = u32::try_from(source.rice(low, GAP)?).ok()?;
            place = place.checked_add(gap)?.checked_add(1)?;
            let number = source.usual(&mut habit)?;
            let count = if differ {
                before.checked_add_signed(unfold(number))?
            } else {
                number.checked_add(1)?
            };
            if count == 0 {
                return None;
            }
            values.push((Micros::of_bucket(place)?, count));
            before = count;
        }
        source.is_at_end().then_some(Self(values))
    }

    fn write(&self, gaps: &[u32], low: u32, counts: Counts) -> Vec<u8> {
        let mut sink = Sink::default();
        sink.bits(self.0.len() as u64, 12);
        sink.bits(u64::from(low), 3);
        sink.bits(u64::from(counts == Counts::Differences), 1);
        let mut habit = Habit::new();
        for (gap, number) in gaps.iter().zip(self.numbers(counts)) {
            sink.rice(u64::from(*gap), low, GAP);
            sink.usual(number, &mut habit);
        }
        sink.into_bytes()
    }

    /// What is written for the counts.
    fn numbers(&self, counts: Counts) -> impl Iterator<Item = u64> + '_ {
        let mut before = 1_u64;
        self.iter().map(move |(_, count)| match counts {
            Counts::Plain => count - 1,
            Counts::Differences => {
                let away = count.wrapping_sub(before).cast_signed();
                before = count;
                fold(away)
            }
        })
    }

    /// How many empty buckets lie before each filled one.
    fn gaps(&self) -> impl Iterator<Item = u32> + '_ {
        let mut before = 0;
        self.iter().map(move |(latency, _)| {
            let place = latency.bucket();
            let gap = place - before - 1;
            before = place;
            gap
        })
    }
}

/// The Rice parameter with which gaps take the fewest bits, and how many those are.
fn best_gap(gaps: &[u32]) -> (u32, u64) {
    let mut best = (0, u64::MAX);
    for low in 0..8 {
        let least = gaps.len() as u64 * u64::from(low + 1);
        if least >= best.1 {
            break;
        }
        let costs = gaps.iter().map(|gap| GAP.cost(*gap, low));
        // A few thousand gaps of a few bits each.
        let bits = u64::from(costs.sum::<u32>());
        if bits < best.1 {
            best = (low, bits);
        }
    }
    best
}

/// Zigzag: 0, -1, 1, -2, 2 become 0, 1, 2, 3, 4.
fn fold(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

fn unfold(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn distributions_come_back_as_they_were(
            values in prop::collection::vec((1..=Micros::MAX, 1_u64..u64::MAX, 0_u32..64), 0..300),
        ) {
            let mut distribution = Distribution::default();
            for (latency, count, shift) in values {
                distribution.record(Micros::cut(latency), (count >> shift).max(1));
            }
            prop_assert_eq!(Distribution::decode(&distribution.encode()), Ok(distribution));
        }

        #[test]
        fn hostile_bytes_are_refused_or_harmless(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(read) = Distribution::decode(&bytes) {
                prop_assert!(read.iter().all(|(latency, count)| latency.get() <= Micros::MAX && count > 0));
                prop_assert_eq!(Distribution::decode(&read.encode()), Ok(read));
            }
        }
    }

    #[test]
    fn an_hour_is_small_and_a_month_not_much_more() {
        // Around 200 ms, half of them within 40 % of it, as logins are.
        let spread = |values: u32| -> Distribution {
            let of = |n: u32| {
                let parts = [7_919, 104_729, 1_299_709].map(|prime| n.wrapping_mul(prime) % 997);
                Micros::cut(60_000 + 100 * parts.iter().sum::<u32>())
            };
            (0..values).map(of).collect()
        };
        let [hour, month] = [120, 86_400].map(|values| spread(values).encode().len());
        assert!(hour <= 75, "{hour} bytes");
        assert!(month <= 340, "{month} bytes");
    }

    #[test]
    fn bytes_that_are_cut_or_go_on_are_refused() {
        let bytes = (1..60).map(Micros::cut).collect::<Distribution>().encode();
        let cut = Distribution::decode(&bytes[..bytes.len() - 1]);
        assert_eq!(cut, Err(HistogramError::Counts));
        let longer = [bytes.as_slice(), &[0]].concat();
        assert_eq!(Distribution::decode(&longer), Err(HistogramError::Counts));
        assert_eq!(Distribution::decode(b""), Err(HistogramError::Counts));
    }
}
