//! Sessions kept signed in from tick to tick, to tell "logged out" from "cannot log in".

use std::time::Duration;

use ledger::verdict::Class;
use tokio::time::Instant;

use crate::cookies::Cookies;
use crate::fault::Fault;
use crate::template::Values;

/// A session that a probe keeps between its ticks; empty until the first login works.
///
/// It holds what the site gave (cookies, tokens), so it is never written anywhere: after a restart the probe signs in anew.
#[derive(Debug, Default)]
pub struct KeptSession {
    pub(crate) live: Option<Live>,
}

/// A session that was alive when last seen.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) account: usize,
    pub(crate) since: Instant,
    pub(crate) values: Values,
    pub(crate) cookies: Cookies,
}

/// What the end of a kept session means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It ended before its time.
    Lost(Duration),
    /// It was old enough to end; no statement about the site.
    Aged(Duration),
}

impl KeptSession {
    /// How long ago the session was begun, if there is one.
    pub fn age(&self) -> Option<Duration> {
        self.live.as_ref().map(|live| live.since.elapsed())
    }

    /// The account that is signed in, as an index into its persona's accounts.
    pub fn account(&self) -> Option<usize> {
        self.live.as_ref().map(|live| live.account)
    }

    /// Takes the session out if it is of `account`; one of another account is forgotten.
    pub(crate) fn take(&mut self, account: usize) -> Option<Live> {
        self.live.take().filter(|live| live.account == account)
    }
}

impl End {
    pub(crate) fn of(live: &Live, max_age: Duration) -> Self {
        let age = live.since.elapsed();
        match age < max_age {
            true => Self::Lost(age),
            false => Self::Aged(age),
        }
    }

    /// What is recorded once a fresh login has worked.
    pub(crate) fn fault(self) -> Fault {
        match self {
            Self::Lost(age) => Fault::new(
                Class::SessionLost,
                format!("session ended after {} s; a new login works", age.as_secs()),
            ),
            Self::Aged(age) => Fault::new(
                Class::ProberSession,
                format!("session ended at its age of {} s", age.as_secs()),
            ),
        }
    }
}
