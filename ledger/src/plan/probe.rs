//! Probes: a journey by a persona, or a platform check, on a schedule.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use url::Url;

use super::site::SecretSource;
use crate::name::Name;
use crate::schedule::Schedule;
use crate::time::Millis;

/// What is looked at, when, and how long it may take.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// Its name.
    pub name: Name,
    /// What it looks at; this also decides its layer.
    pub subject: Subject,
    /// When: cron in UTC with a seconds field.
    pub schedule: Schedule,
    /// Spacing of the faster ticks while suspect or down; `None` leaves them out.
    pub fast: Option<Millis>,
    /// Hard deadline *D* of one attempt, from DNS to last byte.
    pub timeout: Millis,
    /// Further attempts inside a tick, made only if they can end before the next base slot.
    pub retries: u32,
    /// Wait before a retry.
    pub retry_after: Millis,
    /// A good attempt that took longer is slow.
    pub slow_after: Millis,
    /// Region stagger is on unless the plan says `stagger = false`.
    pub stagger: bool,
    /// Jitter in thousandths of the spacing, each way; 50 unless said otherwise.
    pub jitter_permille: u32,
    /// The regions it runs in; empty means all.
    pub regions: Vec<Name>,
    /// Whether each attempt opens its own connection without TLS resumption.
    pub fresh: bool,
}

/// What a probe looks at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A journey by a persona: the service layer, which counts.
    Journey {
        /// Which journey.
        journey: Name,
        /// By whom.
        persona: Name,
        /// Keeps its session from tick to tick.
        session: Option<Session>,
    },
    /// A platform check: early warning, which cannot count.
    Platform(Check),
}

/// How long a kept session may be expected to live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The site ends sessions after this; ending earlier is `session_lost`.
    pub max_age: Millis,
}

/// The layer that a probe belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// What customers use; counts.
    Service,
    /// What the service stands on; early warning only.
    Platform,
}

/// A check of the platform below the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// One HTTPS exchange, such as `/readyz` of a Kubernetes API.
    Https {
        /// What is fetched.
        url: Url,
        /// Where a bearer token is kept.
        #[serde(skip)]
        bearer: Option<SecretSource>,
        /// PEM file of authorities trusted instead of the site's.
        #[serde(skip)]
        ca: Option<PathBuf>,
        /// Status codes that are fine.
        status: Vec<u16>,
        /// Text that the body must contain.
        text: Option<String>,
    },
    /// A `SelfSubjectReview` against a Kubernetes API: does its authentication work?
    SelfSubjectReview {
        /// The API's origin.
        url: Url,
        /// Where the bearer token is kept.
        #[serde(skip)]
        bearer: Option<SecretSource>,
        /// PEM file of authorities trusted instead of the site's.
        #[serde(skip)]
        ca: Option<PathBuf>,
        /// The user name that must come back.
        username: Option<String>,
    },
    /// A TCP connection can be opened.
    Tcp {
        /// Host name or address.
        host: String,
        /// Port.
        port: u16,
    },
    /// A name resolves, to one of these addresses if any are given.
    Dns {
        /// The name.
        host: String,
        /// Allowed answers.
        addresses: Vec<std::net::IpAddr>,
    },
    /// The served certificate chain is valid for at least `days`.
    Certificate {
        /// Host name.
        host: String,
        /// Port.
        port: u16,
        /// Days left, at least.
        days: u32,
        /// PEM file of authorities trusted instead of the site's.
        #[serde(skip)]
        ca: Option<PathBuf>,
    },
}

impl Probe {
    /// The layer it belongs to.
    pub const fn layer(&self) -> Layer {
        match self.subject {
            Subject::Journey { .. } => Layer::Service,
            Subject::Platform(_) => Layer::Platform,
        }
    }

    /// The persona it acts as; platform checks have none.
    pub const fn persona(&self) -> Option<&Name> {
        match &self.subject {
            Subject::Journey { persona, .. } => Some(persona),
            Subject::Platform(_) => None,
        }
    }

    /// Whether it keeps a session from tick to tick.
    pub const fn is_session(&self) -> bool {
        matches!(
            self.subject,
            Subject::Journey {
                session: Some(_),
                ..
            }
        )
    }
}
