//! The kinds of fault, and which keys each of them takes.

use ledger::time::Millis;

use crate::product::Attack;

/// What a fault does. Those marked *connection* meet all visitors of a region alike, whatever they ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `status`: every request is answered with it (default 503).
    Status(u16),
    /// `refused`, connection: nobody listens; open connections are reset.
    Refused,
    /// `reset`: the connection is reset when the request has been read.
    Reset,
    /// `hang`: accepted, never answered.
    Hang,
    /// `slow`: `delay` before the answer, and up to `jitter` more by the seed.
    Slow {
        /// At least so long.
        delay: Millis,
        /// At most so much longer.
        jitter: Millis,
    },
    /// `tls_expired`, connection: the certificate ran out.
    TlsExpired,
    /// `tls_wrong_host`, connection: the certificate is another site's.
    TlsWrongHost,
    /// `new_certificate`: good, but another one than before; no fault at all.
    NewCertificate,
    /// `login_refused`: 401 for the right password, and for logins still under way.
    LoginRefused,
    /// `login_page_again`: 200 and the login page for the right password.
    LoginPageAgain,
    /// `account_locked`: as `login_refused`, for one account.
    AccountLocked,
    /// `sessions_dropped`: at `from` all sessions end; up to `until` none is honoured.
    SessionsDropped,
    /// `wrong_content`: 200 with a page of something else.
    WrongContent,
    /// `truncated`: the body ends half-way through its announced length.
    Truncated,
    /// `throttled`: 429.
    Throttled,
    /// A server that means harm: `huge_headers`, `endless_body`, `drip`, `redirect_loop`, `redirect_away`, `form_away`,
    /// `garbage`.
    Hostile(Attack),
    /// `agent_network`: nothing from these regions connects or resolves, to anything. No fault of the site.
    AgentNetwork,
    /// `platform_auth`: the platform's API fails to authenticate (default 401).
    PlatformAuth(u16),
    /// `platform_down`: the platform's API refuses connections.
    PlatformDown,
}

/// A kind by name, with the keys it takes beside `kind`, `from`, `until`, `for` and `note`.
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) keys: &'static [&'static str],
    /// Must be there.
    pub(super) needs: &'static [&'static str],
    /// May go on to the end of the script, so `until` may be left out.
    pub(super) open: bool,
}

const REQUEST: &[&str] = &[
    "region", "persona", "account", "path", "share", "period", "on",
];
const LOGIN: &[&str] = &["region", "persona", "account", "share", "period", "on"];
const CONNECTION: &[&str] = &["region", "period", "on"];

pub(super) const RULES: [Rule; 25] = [
    rule(
        "status",
        &[
            "status", "region", "persona", "account", "path", "share", "period", "on",
        ],
    ),
    rule("refused", &["region", "share", "period", "on"]),
    rule("reset", REQUEST),
    rule("hang", REQUEST),
    Rule {
        needs: &["delay"],
        ..rule(
            "slow",
            &[
                "delay", "jitter", "region", "persona", "account", "path", "share", "period", "on",
            ],
        )
    },
    rule("tls_expired", CONNECTION),
    rule("tls_wrong_host", CONNECTION),
    Rule {
        open: true,
        ..rule("new_certificate", &["region"])
    },
    rule("login_refused", LOGIN),
    rule("login_page_again", LOGIN),
    Rule {
        needs: &["account"],
        ..rule("account_locked", &["account", "region", "period", "on"])
    },
    Rule {
        open: true,
        ..rule("sessions_dropped", &["persona", "account"])
    },
    rule("wrong_content", REQUEST),
    rule("truncated", REQUEST),
    rule("throttled", REQUEST),
    rule("huge_headers", REQUEST),
    rule("endless_body", REQUEST),
    rule("drip", REQUEST),
    rule("redirect_loop", REQUEST),
    rule("redirect_away", REQUEST),
    rule("form_away", REQUEST),
    rule("garbage", REQUEST),
    Rule {
        needs: &["region"],
        ..rule("agent_network", CONNECTION)
    },
    rule(
        "platform_auth",
        &["status", "region", "share", "period", "on"],
    ),
    rule("platform_down", CONNECTION),
];

const fn rule(name: &'static str, keys: &'static [&'static str]) -> Rule {
    Rule {
        name,
        keys,
        needs: &[],
        open: false,
    }
}

impl Kind {
    /// As scripts and the truth write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Status(_) => "status",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Hang => "hang",
            Self::Slow { .. } => "slow",
            Self::TlsExpired => "tls_expired",
            Self::TlsWrongHost => "tls_wrong_host",
            Self::NewCertificate => "new_certificate",
            Self::LoginRefused => "login_refused",
            Self::LoginPageAgain => "login_page_again",
            Self::AccountLocked => "account_locked",
            Self::SessionsDropped => "sessions_dropped",
            Self::WrongContent => "wrong_content",
            Self::Truncated => "truncated",
            Self::Throttled => "throttled",
            Self::Hostile(attack) => {
                let named = Attack::ALL.iter().find(|(_, known)| *known == attack);
                named.map_or("hostile", |(name, _)| name)
            }
            Self::AgentNetwork => "agent_network",
            Self::PlatformAuth(_) => "platform_auth",
            Self::PlatformDown => "platform_down",
        }
    }

    /// Whether it concerns the machines behind the product and not the product.
    pub fn is_platform(self) -> bool {
        matches!(self, Self::PlatformAuth(_) | Self::PlatformDown)
    }

    /// Whether a login that it meets fails; `patience` decides for slowness.
    pub fn breaks_login(self, patience: Millis) -> bool {
        match self {
            Self::Slow { delay, .. } => delay >= patience,
            Self::NewCertificate
            | Self::AgentNetwork
            | Self::PlatformAuth(_)
            | Self::PlatformDown => false,
            Self::Status(_)
            | Self::Refused
            | Self::Reset
            | Self::Hang
            | Self::TlsExpired
            | Self::TlsWrongHost
            | Self::LoginRefused
            | Self::LoginPageAgain
            | Self::AccountLocked
            | Self::SessionsDropped
            | Self::WrongContent
            | Self::Truncated
            | Self::Throttled
            | Self::Hostile(_) => true,
        }
    }
}
