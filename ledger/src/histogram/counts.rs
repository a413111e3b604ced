//! A distribution that is still being counted: one number a bucket, so that counting a value searches for nothing.

use super::Distribution;
use crate::phases::Micros;

/// How often each latency was seen so far. Takes up to 10 KiB, whatever is counted; a [`Distribution`] is what to keep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(Vec<u32>);

impl Counts {
    /// Counts one value.
    pub fn push(&mut self, latency: Micros) {
        let bucket = latency.bucket() as usize;
        if bucket >= self.0.len() {
            self.0.resize(bucket + 1, 0);
        }
        self.0[bucket] = self.0[bucket].saturating_add(1);
    }

    /// What was counted.
    pub fn distribution(&self) -> Distribution {
        let mut distribution = Distribution::default();
        for (bucket, count) in (0..).zip(&self.0) {
            if let Some(latency) = Micros::of_bucket(bucket).filter(|_| *count > 0) {
                distribution.record(latency, u64::from(*count));
            }
        }
        distribution
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counting_by_bucket_is_counting_by_latency(raw in prop::collection::vec(0..=Micros::MAX, 0..300)) {
            let latencies: Vec<Micros> = raw.into_iter().map(Micros::cut).collect();
            let mut counts = Counts::default();
            latencies.iter().for_each(|latency| counts.push(*latency));
            prop_assert_eq!(counts.distribution(), latencies.into_iter().collect::<Distribution>());
        }
    }
}
