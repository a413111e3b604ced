//! Sessions in memory, with an end.

use std::collections::{BTreeMap, VecDeque};

use ledger::time::{Millis, Timestamp};

use super::Mood;

/// How long a session lasts.
const LIFETIME: Millis = Millis::from_mins(8 * 60);

/// Somebody who is signed in.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) account: usize,
    /// The hidden field of its forms.
    pub(super) csrf: String,
    opened: Timestamp,
    /// Whether a page was ever asked for with it; until then its login is still under way.
    used: bool,
}

/// All sessions by token.
#[derive(Debug)]
pub(super) struct Sessions {
    open: BTreeMap<String, Session>,
    /// Tokens in the order in which they run out.
    order: VecDeque<(Timestamp, String)>,
    rng: fastrand::Rng,
}

impl Sessions {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            open: BTreeMap::new(),
            order: VecDeque::new(),
            rng: fastrand::Rng::with_seed(seed),
        }
    }

    /// A value that nobody guesses by chance. No defence against an attacker: this is a stand-in.
    pub(super) fn token(&mut self) -> String {
        format!("{:016x}{:016x}", self.rng.u64(..), self.rng.u64(..))
    }

    /// Opens a session for `account` and returns its token.
    pub(super) fn open(&mut self, account: usize, at: Timestamp) -> String {
        while self.order.front().is_some_and(|(end, _)| *end <= at) {
            if let Some((_, token)) = self.order.pop_front() {
                self.open.remove(&token);
            }
        }
        let (token, csrf) = (self.token(), self.token());
        self.open.insert(
            token.clone(),
            Session {
                account,
                csrf,
                opened: at,
                used: false,
            },
        );
        self.order.push_back((at + LIFETIME, token.clone()));
        token
    }

    /// The account of a session, whether or not it is still honoured.
    pub(super) fn peek(&self, token: &str) -> Option<usize> {
        self.open.get(token).map(|session| session.account)
    }

    /// The session of `token` if it is honoured; one that is not is gone for good.
    pub(super) fn present(&mut self, token: &str, mood: Mood) -> Option<Session> {
        let session = self.open.get_mut(token)?;
        let over = session.opened + LIFETIME <= mood.at || session.opened < mood.sessions_since;
        if over || (mood.rejection.is_some() && !session.used) {
            self.open.remove(token);
            return None;
        }
        if mood.sessions_void {
            return None;
        }
        session.used = true;
        Some(session.clone())
    }

    pub(super) fn close(&mut self, token: &str) {
        self.open.remove(token);
    }

    pub(super) fn open_count(&self) -> usize {
        self.open.len()
    }
}
