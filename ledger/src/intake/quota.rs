//! How much one agent may send: token buckets.

use std::collections::BTreeMap;

use crate::name::Name;
use crate::time::{Millis, Timestamp};

/// What an agent may send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Attempts a minute.
    pub attempts: u64,
    /// Bytes a day.
    pub bytes: u64,
}

impl Default for Share {
    fn default() -> Self {
        Self {
            attempts: 1_000_000,
            bytes: 4 << 30,
        }
    }
}

/// What each agent has sent lately. A bucket holds what may be sent at once and is full at first.
#[derive(Clone, Debug, Default)]
pub struct Quota {
    share: Share,
    agents: BTreeMap<Name, (Bucket, Bucket)>,
}

const MINUTE: Millis = Millis::from_mins(1);
const DAY: Millis = Millis::from_mins(24 * 60);

/// Holds `most` units at most, and as many again in each `period`. Counts in units × milliseconds, so that nothing is lost.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    held: u128,
    at: Timestamp,
}

impl Quota {
    /// Nothing was sent yet.
    pub fn new(share: Share) -> Self {
        Self {
            share,
            agents: BTreeMap::new(),
        }
    }

    /// Takes what an agent sends at `now` from its share.
    ///
    /// # Errors
    /// How long to wait, if that is more than is left of it; nothing is taken then.
    pub fn take(
        &mut self,
        agent: &Name,
        (attempts, bytes): (u64, u64),
        now: Timestamp,
    ) -> Result<(), Millis> {
        let share = self.share;
        let full = |most: u64, period: Millis| Bucket {
            held: units(most, period),
            at: now,
        };
        let buckets = self
            .agents
            .entry(agent.clone())
            .or_insert_with(|| (full(share.attempts, MINUTE), full(share.bytes, DAY)));
        buckets.0.fill(share.attempts, MINUTE, now);
        buckets.1.fill(share.bytes, DAY, now);
        let wait = buckets.0.wait(attempts, share.attempts, MINUTE);
        let wait = wait.max(buckets.1.wait(bytes, share.bytes, DAY));
        if wait > Millis::ZERO {
            return Err(wait);
        }
        buckets.0.held -= units(attempts, MINUTE).min(buckets.0.held);
        buckets.1.held -= units(bytes, DAY).min(buckets.1.held);
        Ok(())
    }
}

impl Bucket {
    fn fill(&mut self, most: u64, period: Millis, now: Timestamp) {
        let passed = u128::try_from((now - self.at).0).unwrap_or(0);
        let more = passed.saturating_mul(u128::from(most));
        self.held = self.held.saturating_add(more).min(units(most, period));
        self.at = self.at.max(now);
    }

    /// How long until `wanted` units are there. More than a whole bucket is let through when it is full.
    fn wait(&self, wanted: u64, most: u64, period: Millis) -> Millis {
        let wanted = units(wanted.min(most), period);
        let missing = wanted.saturating_sub(self.held);
        let wait = missing.div_ceil(u128::from(most.max(1)));
        Millis(i64::try_from(wait).unwrap_or(i64::MAX))
    }
}

fn units(count: u64, period: Millis) -> u128 {
    u128::from(count) * u128::try_from(period.0).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quota() -> (Quota, Name) {
        let share = Share {
            attempts: 60,
            bytes: 86_400,
        };
        (Quota::new(share), Name::new("eu-1").expect("a name"))
    }

    #[test]
    fn a_share_is_spent_and_comes_back_with_time() {
        let (mut quota, agent) = quota();
        let at = |seconds: i64| Timestamp(seconds * 1_000);
        assert_eq!(quota.take(&agent, (60, 10), at(0)), Ok(()));
        assert_eq!(quota.take(&agent, (10, 10), at(0)), Err(Millis(10_000)));
        assert_eq!(quota.take(&agent, (10, 10), at(9)), Err(Millis(1_000)));
        assert_eq!(quota.take(&agent, (10, 10), at(10)), Ok(()));
        assert_eq!(quota.take(&agent, (1, 10), at(10)), Err(Millis(1_000)));
    }

    #[test]
    fn bytes_are_counted_by_the_day_and_a_refusal_takes_nothing() {
        let (mut quota, agent) = quota();
        let at = Timestamp(0);
        assert_eq!(quota.take(&agent, (1, 86_400), at), Ok(()));
        assert_eq!(quota.take(&agent, (1, 60), at), Err(Millis(60_000)));
        assert_eq!(quota.take(&agent, (59, 0), at), Ok(()));
    }

    #[test]
    fn other_agents_have_shares_of_their_own_and_a_clock_set_back_gives_nothing() {
        let (mut quota, agent) = quota();
        let other = Name::new("us-1").expect("a name");
        let at = Timestamp(1_000_000);
        assert_eq!(quota.take(&agent, (60, 0), at), Ok(()));
        assert_eq!(quota.take(&other, (60, 0), at), Ok(()));
        assert!(quota.take(&agent, (1, 0), Timestamp(0)).is_err());
        assert!(quota.take(&agent, (1, 0), at).is_err());
    }
}
