//! The site, its personas and the agent's own control checks.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::name::Name;
use crate::time::Millis;

/// Where the site is and how it wants to be treated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Site {
    /// Its name for people.
    pub name: String,
    /// Its origin: scheme, host and port.
    pub url: Url,
    /// PEM file of authorities trusted instead of the system's.
    #[serde(skip)]
    pub ca: Option<PathBuf>,
    /// Further origins that journeys may go to; credentials still stay with the origin they belong to.
    pub origins: Vec<Url>,
    /// Private, loopback or otherwise denied networks that may be connected to, as `address/bits`.
    pub allow_private: Vec<String>,
    /// Logins a minute and account, at most; 0 is off.
    pub login_cap: u32,
    /// How names are resolved.
    pub dns: DnsMode,
    /// Servers asked when the first resolver fails, as `address` or `address:port`.
    pub second_resolvers: Vec<String>,
    /// The `User-Agent` header.
    pub user_agent: String,
    /// Whether HTTP/2 is offered.
    pub http2: bool,
    /// Whether an unchanged certificate chain is verified anew on each connection (dates and signature always are).
    pub verify_chain_always: bool,
    /// Whether the hybrid post-quantum key exchange is offered first.
    pub post_quantum: bool,
}

/// How names are resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DnsMode {
    /// Cold lookups of our own against the configured servers.
    Own,
    /// The system's resolver, with its caches.
    System,
}

/// The agent's control checks, which tell its own dead network from a dead site.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Canary {
    /// `canary = "none"`: assumed to be fine, and printed.
    None,
    /// Controls on networks independent of the site.
    Controls(Controls),
}

/// What is asked to see whether the agent's own network works.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controls {
    /// At least two; any HTTP answer counts, and its `Date` header bounds the clock error.
    pub urls: Vec<Url>,
    /// A name that must resolve.
    pub resolve: Option<String>,
    /// How often they are asked.
    pub every: Millis,
    /// How long an answer may take.
    pub timeout: Millis,
    /// PEM file of authorities trusted for them instead of the system's.
    #[serde(skip)]
    pub ca: Option<PathBuf>,
}

/// A kind of person that signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Persona {
    /// Its name, such as `user` or `traveler`.
    pub name: Name,
    /// Its accounts, taken in turn.
    pub accounts: Vec<Account>,
}

/// One account of a persona. The record knows only its label.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name in records and reports.
    pub label: Name,
    /// Who signs in.
    #[serde(skip)]
    pub username: String,
    /// Where its password is kept.
    #[serde(skip)]
    pub password: SecretSource,
    /// The regions that use it; empty means all.
    pub regions: Vec<Name>,
}

/// Where a secret is kept. Never the secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SecretSource {
    /// Not told: the plan was read from the record.
    #[default]
    Untold,
    /// An environment variable.
    Env(String),
    /// A file of the agent's user with mode 0600 or stricter; a last line break is cut.
    File(PathBuf),
    /// A file of that name in the credential directory (`$CREDENTIALS_DIRECTORY`).
    Credential(String),
}
