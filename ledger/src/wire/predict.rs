//! What the values before it say about the next one; the same for writer and reader.

use std::collections::BTreeMap;

use super::WireError;
use crate::attempt::StepPhases;
use crate::phases::{Micros, Phase};

/// The last values of a batch, by probe where that helps. All arithmetic wraps, so any value survives.
#[derive(Debug, Default)]
pub(super) struct Before {
    pub(super) sequence: i64,
    pub(super) clock_error: i64,
    ticks: BTreeMap<usize, (i64, i64)>,
}

impl Before {
    /// Where the next tick of `probe` would be if its last spacing came again.
    pub(super) fn tick(&self, probe: usize) -> i64 {
        self.ticks
            .get(&probe)
            .map_or(0, |(tick, step)| tick.wrapping_add(*step))
    }

    pub(super) fn ticked(&mut self, probe: usize, tick: i64) {
        let step = self
            .ticks
            .get(&probe)
            .map_or(0, |(last, _)| tick.wrapping_sub(*last));
        self.ticks.insert(probe, (tick, step));
    }
}

/// The measured length of all steps, in milliseconds.
pub(super) fn length(steps: &[StepPhases]) -> i64 {
    micros(steps) / 1_000
}

/// The measured length of all steps, in microseconds.
pub(super) fn micros(steps: &[StepPhases]) -> i64 {
    steps.iter().map(|step| sum(step, &Phase::ALL)).sum()
}

/// From the last request to its answer, in milliseconds.
pub(super) fn last_exchange(steps: &[StepPhases]) -> i64 {
    let exchange = [Phase::FirstByte, Phase::Body];
    steps.last().map_or(0, |step| sum(step, &exchange)) / 1_000
}

fn sum(step: &StepPhases, phases: &[Phase]) -> i64 {
    let lengths = phases.iter().filter_map(|phase| step.phases.of(*phase));
    lengths.map(|length| i64::from(length.get())).sum()
}

/// The bucket that a total of so many microseconds would fall in.
pub(super) fn total(micros: i64) -> i64 {
    bucket(Micros::cut(
        u32::try_from(micros.max(1)).unwrap_or(Micros::MAX),
    ))
}

/// The number of a latency's histogram bucket: 256 of 1 µs, then 128 of each doubled width.
pub(super) fn bucket(latency: Micros) -> i64 {
    let width_bits = 32_u32
        .saturating_sub(latency.get().leading_zeros())
        .saturating_sub(8);
    i64::from(128 * width_bits + (latency.get() >> width_bits))
}

/// The latency at a bucket's lower edge.
pub(super) fn latency(bucket: i64) -> Result<Micros, WireError> {
    const OUT: WireError = WireError::Malformed("a latency is out of range");
    let bucket = u32::try_from(bucket).map_err(|_| OUT)?;
    let value = match (bucket / 128).checked_sub(1) {
        None | Some(0) => Some(bucket),
        Some(width_bits) if width_bits < 24 => Some((128 + bucket % 128) << width_bits),
        Some(_) => None,
    };
    value
        .filter(|value| (1..=Micros::MAX).contains(value))
        .map(Micros::cut)
        .ok_or(OUT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bucket_has_one_latency() {
        let last = bucket(Micros::cut(Micros::MAX));
        for number in 1..=last {
            assert_eq!(latency(number).map(bucket), Ok(number));
        }
        assert!(latency(0).is_err() && latency(last + 1).is_err() && latency(i64::MAX).is_err());
    }
}
