//! Who signs in next: accounts in turn, within the login cap.

use ledger::attempt::Kind;
use ledger::name::Name;
use ledger::plan::Plan;
use ledger::time::Timestamp;

use crate::login_cap::{AccountKey, LoginCap};

/// The accounts that this agent may use, and how often it did.
#[derive(Debug)]
pub(crate) struct Accounts {
    personas: Vec<Rotation>,
    cap: LoginCap,
}

#[derive(Debug)]
struct Rotation {
    allowed: Vec<AccountKey>,
    turn: usize,
}

/// Who takes an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    /// This account signs in.
    Login(AccountKey),
    /// The cap is reached: only the login page is fetched, as this account would.
    PageOnly(AccountKey),
    /// The cap is reached and nothing useful is left to do.
    LeaveOut,
}

impl Accounts {
    /// The accounts of all personas that `region` may use. Regions start at different accounts.
    pub(crate) fn new(plan: &Plan, region: &Name) -> Self {
        let place = plan.regions.iter().position(|name| name == region);
        let personas = plan.personas.iter().enumerate();
        let rotations = personas.map(|(persona, of)| {
            let accounts = of.accounts.iter().enumerate();
            let allowed = accounts
                .filter(|(_, account)| {
                    account.regions.is_empty() || account.regions.contains(region)
                })
                .map(|(index, account)| AccountKey {
                    persona,
                    account: index,
                    regions: sharing(plan, &account.regions),
                })
                .collect();
            Rotation {
                allowed,
                turn: place.unwrap_or(0),
            }
        });
        Self {
            personas: rotations.collect(),
            cap: LoginCap::new(plan.site.login_cap),
        }
    }

    /// Whose turn it is among the accounts of `persona`, and counts the login. Retries and fast ticks leave room for the
    /// base slot at `next_base`; `not` is an account that was just refused, used again only if there is no other.
    pub(crate) fn choose(&mut self, wish: &Wish) -> Choice {
        let Some(rotation) = self.personas.get(wish.persona) else {
            return Choice::LeaveOut;
        };
        let turns = rotation.allowed.len();
        let mut order: Vec<AccountKey> = (0..turns)
            .map(|step| rotation.allowed[(rotation.turn + step) % turns])
            .collect();
        // Stable: the refused one goes last, the others stay in turn.
        order.sort_by_key(|account| Some(*account) == wish.not);
        let Some(first) = order.first().copied() else {
            return Choice::LeaveOut;
        };
        let free = order.iter().find(|account| self.may(**account, wish));
        match (free.copied(), wish.kind) {
            (Some(account), _) => {
                self.take(account, wish.now);
                Choice::Login(account)
            }
            (None, Kind::Retry) => Choice::LeaveOut,
            (None, Kind::Base | Kind::Fast) => Choice::PageOnly(first),
        }
    }

    /// Counts a login of `account` and passes the turn on.
    pub(crate) fn take(&mut self, account: AccountKey, now: Timestamp) {
        self.cap.take(account, now);
        if let Some(rotation) = self.personas.get_mut(account.persona) {
            let place = rotation.allowed.iter().position(|key| *key == account);
            rotation.turn = place.map_or(rotation.turn, |place| place + 1);
        }
    }

    fn may(&self, account: AccountKey, wish: &Wish) -> bool {
        if self.cap.room(account, wish.now) == 0 {
            return false;
        }
        if wish.kind == Kind::Base {
            return true;
        }
        let others = &self.personas[wish.persona].allowed;
        others.iter().any(|other| {
            let taken = usize::from(*other == account);
            self.cap.room(*other, wish.next_base) > taken
        })
    }
}

/// What an attempt wants.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    /// Index of the persona.
    pub(crate) persona: usize,
    /// Base slots go before everything else.
    pub(crate) kind: Kind,
    /// Now.
    pub(crate) now: Timestamp,
    /// When the probe's next base slot is due.
    pub(crate) next_base: Timestamp,
    /// An account that was just refused.
    pub(crate) not: Option<AccountKey>,
}

/// How many regions of the plan use an account.
fn sharing(plan: &Plan, regions: &[Name]) -> u32 {
    let count = if regions.is_empty() {
        plan.regions.len()
    } else {
        regions.len()
    };
    u32::try_from(count).unwrap_or(u32::MAX).max(1)
}
