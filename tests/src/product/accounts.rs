//! The fixed table of accounts.

use std::collections::BTreeMap;
use std::fmt;

/// Who signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Persona {
    /// Staff of a travel group.
    User,
    /// Somebody who travels with one.
    Traveler,
}

/// One account. Its password shows in no `Debug` text.
#[derive(Clone)]
pub struct Account {
    /// Label and username, such as `user-1`.
    pub label: &'static str,
    /// Which login it belongs to.
    pub persona: Persona,
    /// The name on its dashboard.
    pub name: &'static str,
    password: String,
}

/// All accounts, and the token of the platform's API.
#[derive(Clone)]
pub struct Accounts {
    list: Vec<Account>,
    platform_token: String,
}

/// The label under which the platform's token is kept.
pub const PLATFORM_TOKEN: &str = "platform";

const TABLE: [(&str, Persona, &str); 12] = [
    ("user-1", Persona::User, "Ana Reyes"),
    ("user-2", Persona::User, "Bilal Khan"),
    ("user-3", Persona::User, "Chloe Martin"),
    ("user-4", Persona::User, "Daniel Weiss"),
    ("user-5", Persona::User, "Efua Mensah"),
    ("user-6", Persona::User, "Felix Novak"),
    ("traveler-1", Persona::Traveler, "Grace Liu"),
    ("traveler-2", Persona::Traveler, "Hugo Santos"),
    ("traveler-3", Persona::Traveler, "Ines Costa"),
    ("traveler-4", Persona::Traveler, "Jonas Berg"),
    ("traveler-5", Persona::Traveler, "Keiko Mori"),
    ("traveler-6", Persona::Traveler, "Liam Murphy"),
];

impl Persona {
    /// As it is written in scripts and in the truth.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Traveler => "traveler",
        }
    }
}

impl Account {
    /// Whether `attempt` is the password; compares all bytes whatever they are.
    pub fn password_is(&self, attempt: &str) -> bool {
        let (kept, given) = (self.password.as_bytes(), attempt.as_bytes());
        kept.len() == given.len()
            && kept.iter().zip(given).fold(0, |all, (a, b)| all | (a ^ b)) == 0
    }

    /// The password, to be written where a prober will read it.
    pub fn reveal(&self) -> &str {
        &self.password
    }
}

impl Accounts {
    /// The table with passwords drawn from `seed`.
    pub fn seeded(seed: u64) -> Self {
        Self::with(&BTreeMap::new(), seed)
    }

    /// The table with the secrets in `kept` by label; those that are missing are drawn from `seed`.
    pub fn with(kept: &BTreeMap<String, String>, seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed ^ 0x5EC2_E7C0_FFEE_0001);
        let mut secret = |label: &str| {
            let fresh: String = (0..24).map(|_| rng.alphanumeric()).collect();
            kept.get(label).cloned().unwrap_or(fresh)
        };
        let list = TABLE
            .map(|(label, persona, name)| Account {
                label,
                persona,
                name,
                password: secret(label),
            })
            .to_vec();
        Self {
            list,
            platform_token: secret(PLATFORM_TOKEN),
        }
    }

    /// All accounts, users first.
    pub fn iter(&self) -> impl Iterator<Item = &Account> {
        self.list.iter()
    }

    /// The account with this username.
    pub fn find(&self, username: &str) -> Option<&Account> {
        self.list.iter().find(|account| account.label == username)
    }

    /// The bearer token that the platform's API accepts.
    pub fn platform_token(&self) -> &str {
        &self.platform_token
    }

    pub(super) fn position(&self, username: &str) -> Option<(usize, &Account)> {
        self.list
            .iter()
            .enumerate()
            .find(|(_, account)| account.label == username)
    }

    pub(super) fn at(&self, index: usize) -> Option<&Account> {
        self.list.get(index)
    }
}

/// Whether an account of this label exists in every table.
pub(crate) fn exists(label: &str) -> bool {
    TABLE.iter().any(|(known, ..)| *known == label)
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Account").field(&self.label).finish()
    }
}

impl fmt::Debug for Accounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.list).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_secrets_win_and_the_rest_follow_the_seed() {
        let kept = BTreeMap::from([("user-1".to_owned(), "kept".to_owned())]);
        let (first, second) = (Accounts::seeded(7), Accounts::with(&kept, 7));
        assert!(second.find("user-1").unwrap().password_is("kept"));
        assert_eq!(
            first.find("user-2").unwrap().reveal(),
            second.find("user-2").unwrap().reveal()
        );
        assert_ne!(first.platform_token(), Accounts::seeded(8).platform_token());
        assert!(!format!("{first:?}").contains(first.find("user-1").unwrap().reveal()));
    }
}
