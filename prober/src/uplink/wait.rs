//! How long to wait: after failures, and so that a backlog does not flood the hub. Pure.

use std::time::Duration;

/// The first wait after a failure is at most this long ...
const FIRST: Duration = Duration::from_millis(500);
/// ... each further one at most twice as long as the one before, up to this.
const LONGEST: Duration = Duration::from_secs(60);
/// However long a server asks us to wait, we come back after this.
const ASKED_MOST: Duration = Duration::from_secs(600);

/// Numbers that look random and follow from a seed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Dice(u64);

/// Waits that grow from failure to failure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Backoff {
    dice: Dice,
    failures: u32,
}

/// How many records may be sent now: so many a second, and as many at once as a second brings.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    per_second: u32,
    /// In thousandths of a record.
    held: u64,
    filled: Duration,
}

impl Dice {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Anything up to `most`, all alike (`SplitMix64`).
    pub(super) fn up_to(&mut self, most: Duration) -> Duration {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = mixed ^ (mixed >> 31);
        let millis = u64::try_from(most.as_millis()).unwrap_or(u64::MAX - 1);
        Duration::from_millis(mixed % (millis + 1))
    }
}

impl Backoff {
    pub(super) const fn new(dice: Dice) -> Self {
        Self { dice, failures: 0 }
    }

    /// It worked: the next failure is a first one.
    pub(super) const fn reset(&mut self) {
        self.failures = 0;
    }

    /// How many failures there were in a row.
    pub(super) const fn failures(self) -> u32 {
        self.failures
    }

    /// How long to wait now: anything up to twice as long as last time (full jitter), but not less than the server asks
    /// for. What it asks for is spread a little, because it asks everybody.
    pub(super) fn next(&mut self, asked: Option<Duration>) -> Duration {
        let limit = FIRST.saturating_mul(1 << self.failures.min(7)).min(LONGEST);
        self.failures = self.failures.saturating_add(1);
        let own = self.dice.up_to(limit);
        let Some(asked) = asked else {
            return own;
        };
        let asked = asked.min(ASKED_MOST);
        own.max(asked + self.dice.up_to(asked / 4))
    }

    /// About so long: a wait that others do not end at the same instant.
    pub(super) fn about(&mut self, length: Duration) -> Duration {
        length / 4 * 3 + self.dice.up_to(length / 2)
    }
}

impl Bucket {
    pub(super) fn new(per_second: u32) -> Self {
        let per_second = per_second.max(1);
        Self {
            per_second,
            held: u64::from(per_second) * 1_000,
            filled: Duration::ZERO,
        }
    }

    /// How many may be sent at `now`.
    pub(super) fn holds(&mut self, now: Duration) -> usize {
        let passed = now.saturating_sub(self.filled);
        let passed = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        let most = u64::from(self.per_second) * 1_000;
        let come = passed.saturating_mul(u64::from(self.per_second));
        self.held = self.held.saturating_add(come).min(most);
        self.filled = self.filled.max(now);
        usize::try_from(self.held / 1_000).unwrap_or(usize::MAX)
    }

    /// So many are sent.
    pub(super) fn take(&mut self, records: usize) {
        let records = u64::try_from(records).unwrap_or(u64::MAX);
        self.held = self.held.saturating_sub(records.saturating_mul(1_000));
    }

    /// How many half a second brings.
    pub(super) fn half(&self) -> usize {
        usize::try_from(self.per_second / 2)
            .unwrap_or(usize::MAX)
            .clamp(1, super::core::MOST)
    }

    /// How long until so many may be sent.
    pub(super) fn wait(&self, records: usize) -> Duration {
        let records = u64::try_from(records).unwrap_or(u64::MAX);
        let missing = records.saturating_mul(1_000).saturating_sub(self.held);
        Duration::from_millis(missing.div_ceil(u64::from(self.per_second)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_minute_with_full_jitter() {
        for seed in 0..200 {
            let mut backoff = Backoff::new(Dice::new(seed));
            for limit in [
                500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000,
            ] {
                assert!(backoff.next(None) <= Duration::from_millis(limit));
            }
            backoff.reset();
            assert!(backoff.next(None) <= FIRST);
        }
        let mut first = (0..1_000).map(|seed| Backoff::new(Dice::new(seed)).next(None));
        assert!(
            first.any(|wait| wait < FIRST / 10),
            "full jitter begins at nothing"
        );
        let longest = (0..1_000)
            .map(|seed| Backoff::new(Dice::new(seed)).next(None))
            .max();
        assert!(longest > Some(FIRST / 10 * 9));
    }

    #[test]
    fn a_server_is_heard_within_reason() {
        for (asked, least) in [(7, 7), (600, 600), (86_400, 600)] {
            for seed in 0..100 {
                let wait = Backoff::new(Dice::new(seed)).next(Some(Duration::from_secs(asked)));
                let least = Duration::from_secs(least);
                assert!(
                    wait >= least && wait <= least + least / 4 + FIRST,
                    "{wait:?}"
                );
            }
        }
    }

    #[test]
    fn a_bucket_gives_its_rate_and_no_more() {
        for step in [1, 7, 20, 333, 1_700] {
            let mut bucket = Bucket::new(50);
            let mut sent = 0;
            for at in (0..=60_000).step_by(step) {
                let may = bucket.holds(Duration::from_millis(at));
                bucket.take(may);
                sent += may;
            }
            assert!(sent <= 50 + 60 * 50, "{step}: {sent}");
            if step <= 1_000 {
                assert!(sent >= 59 * 50, "{step}: {sent}");
            }
        }
    }
}
