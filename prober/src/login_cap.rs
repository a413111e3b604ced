//! The login cap: never look like the attack one watches for.
//!
//! A plan's cap is per account, but an agent knows only its own logins, so the regions that use an account share its cap
//! evenly (semantics §2: 3 regions sharing 2 accounts at 6 a minute reach 15 s, a pair per region 10 s).

use std::collections::{BTreeMap, VecDeque};

use ledger::time::{Millis, Timestamp};

/// Counts logins by account in a sliding window.
#[derive(Debug)]
pub(crate) struct LoginCap {
    cap: u32,
    used: BTreeMap<AccountKey, VecDeque<Timestamp>>,
}

/// An account by its place in the plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AccountKey {
    /// Index of the persona.
    pub(crate) persona: usize,
    /// Index of the account in it.
    pub(crate) account: usize,
    /// How many regions share it, at least 1.
    pub(crate) regions: u32,
}

impl LoginCap {
    /// At most `cap` logins a minute and account over all regions; 0 is off.
    pub(crate) const fn new(cap: u32) -> Self {
        Self {
            cap,
            used: BTreeMap::new(),
        }
    }

    /// Counts a login.
    pub(crate) fn take(&mut self, account: AccountKey, at: Timestamp) {
        if self.cap == 0 {
            return;
        }
        let (most, window) = self.share(account);
        let used = self.used.entry(account).or_default();
        used.retain(|login| within(*login, at, window));
        used.push_back(at);
        // After a burst that the base slots forced, older logins than these cannot matter.
        while used.len() > most.saturating_mul(2) {
            used.pop_front();
        }
    }

    /// How many more logins the account has at `at`, beyond those counted already.
    pub(crate) fn room(&self, account: AccountKey, at: Timestamp) -> usize {
        if self.cap == 0 {
            return usize::MAX;
        }
        let (most, window) = self.share(account);
        let used = self.used.get(&account).map_or(0, |used| {
            used.iter()
                .filter(|login| within(**login, at, window))
                .count()
        });
        most.saturating_sub(used)
    }

    /// This agent's share: so many logins in such a window.
    fn share(&self, account: AccountKey) -> (usize, Millis) {
        let regions = account.regions.max(1);
        let logins = (self.cap / regions).max(1);
        let minutes = i64::from(regions) * i64::from(logins);
        let window = Millis(60_000 * minutes / i64::from(self.cap));
        (usize::try_from(logins).unwrap_or(usize::MAX), window)
    }
}

/// Whether a login counts at `at`; one from the future (the clock went back) does not.
fn within(login: Timestamp, at: Timestamp, window: Millis) -> bool {
    login <= at && at - login < window
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many logins go through in ten minutes if one is wanted each second.
    fn logins_in_ten_minutes(cap: u32, regions: u32) -> usize {
        let mut logins = LoginCap::new(cap);
        let account = AccountKey {
            persona: 0,
            account: 0,
            regions,
        };
        let wanted = (0..600).map(|second| Timestamp(second * 1_000));
        wanted
            .filter(|at| {
                let free = logins.room(account, *at) > 0;
                if free {
                    logins.take(account, *at);
                }
                free
            })
            .count()
    }

    #[test]
    fn regions_share_the_cap_of_an_account() {
        for (cap, regions, expected) in [
            (6, 1, 60),  // alone
            (6, 3, 20),  // a third each
            (1, 3, 4),   // every third minute, from the first on
            (4, 3, 14),  // 4/3 a minute: one every 45 s
            (0, 3, 600), // off
        ] {
            assert_eq!(
                logins_in_ten_minutes(cap, regions),
                expected,
                "cap {cap}, {regions} regions"
            );
        }
    }
}
