//! What latencies say about the instants of an attempt; the same for writer and reader.

use crate::phases::Micros;

/// A length that was told in buckets: at least `low`, and below `low + width`. In microseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Length {
    pub(super) low: i64,
    pub(super) width: i64,
}

impl Length {
    /// Of one latency.
    pub(super) fn of(latency: Micros) -> Self {
        let significant = 32 - latency.get().leading_zeros();
        Self {
            low: i64::from(latency.get()),
            width: 1 << significant.saturating_sub(8),
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.low += other.low;
        self.width += other.width;
    }

    pub(super) fn middle(self) -> i64 {
        self.low + self.width / 2
    }

    /// How well it is known, in classes of doubled width: 0 for less than 256 µs, at most 7.
    pub(super) fn class(self) -> usize {
        let bits = 64 - (self.width >> 8).leading_zeros();
        usize::try_from(bits.min(7)).unwrap_or(7)
    }
}

/// The bucket of so many microseconds.
pub(super) fn bucket(micros: i64) -> i64 {
    let micros = u32::try_from(micros.max(1)).unwrap_or(Micros::MAX);
    i64::from(Micros::cut(micros).bucket())
}

/// The latency of a bucket that was read.
pub(super) fn latency(bucket: i64) -> Option<Micros> {
    Micros::of_bucket(u32::try_from(bucket).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bucket_has_one_latency_and_its_width() {
        let last = bucket(i64::from(Micros::MAX));
        for number in 1..last {
            let [this, next] =
                [number, number + 1].map(|number| latency(number).expect("in range"));
            assert_eq!(bucket(i64::from(this.get())), number);
            let length = Length::of(this);
            assert_eq!(length.low + length.width, i64::from(next.get()));
        }
        assert_eq!(latency(0), None);
        assert_eq!(latency(last + 1), None);
        assert_eq!(latency(i64::MAX), None);
    }
}
