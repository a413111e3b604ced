//! Wall time of one HTTP exchange, cut where it was measured.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A latency in microseconds, 1 to 60,000,000, already cut to its 2-digit histogram bucket.
///
/// Journal, batch and histogram hold the same integer, so a figure can be rebuilt from any of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Micros(u32);

/// One stretch of an exchange; the five do not overlap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// From asking the resolver to its last needed answer.
    Dns,
    /// From the first SYN to a connected socket.
    Connect,
    /// From `ClientHello` to a usable TLS connection, HTTP preface included.
    Tls,
    /// From the request's first byte to the whole response head.
    FirstByte,
    /// From the response head to the last byte of the body.
    Body,
}

/// The phases of one step. `None`: it did not happen (connection reused, plain HTTP) or was not finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Phases {
    /// See [`Phase::Dns`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dns: Option<Micros>,
    /// See [`Phase::Connect`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connect: Option<Micros>,
    /// See [`Phase::Tls`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls: Option<Micros>,
    /// See [`Phase::FirstByte`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_byte: Option<Micros>,
    /// See [`Phase::Body`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Micros>,
}

impl Micros {
    /// The largest latency kept: 60 s. Longer ones are recorded as this.
    pub const MAX: u32 = 60_000_000;

    /// Cuts a measured duration to its bucket: at least 1 µs, at most 60 s, 2 significant digits.
    pub fn measured(duration: Duration) -> Self {
        Self::cut(u32::try_from(duration.as_micros()).unwrap_or(Self::MAX))
    }

    /// Cuts microseconds to the lowest value of their bucket in a histogram of 1 µs to 60 s with 2 digits.
    ///
    /// `HdrHistogram` with 2 digits has 256 buckets of 1 µs, then 128 of each doubled width
    /// (`lowest_equivalent_value` of hdrhistogram 7.6; a test holds the two equal).
    pub fn cut(micros: u32) -> Self {
        let clamped = micros.clamp(1, Self::MAX);
        let width_bits = 32_u32
            .saturating_sub(clamped.leading_zeros())
            .saturating_sub(8);
        Self((clamped >> width_bits) << width_bits)
    }

    /// The place of its bucket among all buckets, from 1 on.
    pub(crate) fn bucket(self) -> u32 {
        let width_bits = 32_u32
            .saturating_sub(self.0.leading_zeros())
            .saturating_sub(8);
        width_bits * 128 + (self.0 >> width_bits)
    }

    /// The lowest latency of the bucket at a place; `None` if there is no such bucket.
    pub(crate) fn of_bucket(place: u32) -> Option<Self> {
        let width_bits = (place / 128).saturating_sub(1);
        let lowest = u64::from(place - width_bits * 128) << width_bits.min(32);
        let lowest = u32::try_from(lowest).ok()?;
        (1..=Self::MAX).contains(&lowest).then_some(Self(lowest))
    }

    /// Microseconds.
    pub const fn get(self) -> u32 {
        self.0
    }
}

impl Phase {
    /// All five, in the order in which they happen.
    pub const ALL: [Self; 5] = [
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::FirstByte,
        Self::Body,
    ];

    /// The name used in records, reports and exports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::FirstByte => "first_byte",
            Self::Body => "body",
        }
    }
}

impl Phases {
    /// One phase by name.
    pub const fn of(&self, phase: Phase) -> Option<Micros> {
        match phase {
            Phase::Dns => self.dns,
            Phase::Connect => self.connect,
            Phase::Tls => self.tls,
            Phase::FirstByte => self.first_byte,
            Phase::Body => self.body,
        }
    }

    /// The place of one phase, to fill it in.
    pub const fn slot(&mut self, phase: Phase) -> &mut Option<Micros> {
        match phase {
            Phase::Dns => &mut self.dns,
            Phase::Connect => &mut self.connect,
            Phase::Tls => &mut self.tls,
            Phase::FirstByte => &mut self.first_byte,
            Phase::Body => &mut self.body,
        }
    }
}

#[cfg(test)]
mod tests {
    use hdrhistogram::Histogram;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn buckets_are_those_of_the_histogram(micros in 1..=Micros::MAX) {
            let histogram = Histogram::<u64>::new_with_bounds(1, u64::from(Micros::MAX), 2).expect("bounds are valid");
            prop_assert_eq!(u64::from(Micros::cut(micros).get()), histogram.lowest_equivalent(u64::from(micros)));
        }

        #[test]
        fn buckets_lie_side_by_side(micros in 1..=Micros::MAX) {
            let cut = Micros::cut(micros);
            prop_assert_eq!(Micros::of_bucket(cut.bucket()), Some(cut));
            let next = Micros::of_bucket(cut.bucket() + 1);
            prop_assert!(next.is_none_or(|next| micros < next.get()));
        }
    }

    #[test]
    fn durations_outside_the_range_are_recorded_at_its_edges() {
        assert_eq!(Micros::measured(Duration::ZERO).get(), 1);
        assert_eq!(
            Micros::measured(Duration::from_secs(100)),
            Micros::cut(Micros::MAX)
        );
    }
}
