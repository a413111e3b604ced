//! Origins: scheme, host and port. Credentials, cookies and tokens never leave the one they belong to.

use std::fmt;

use url::{Host, Url};

/// Scheme, host and port of a URL, compared exactly.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    tls: bool,
    host: Host<String>,
    port: u16,
}

/// Why a URL has no origin that the prober goes to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OriginError {
    /// Neither `http` nor `https`.
    #[error("scheme {0:?} is neither http nor https")]
    Scheme(String),
    /// A user name or password stands in the URL.
    #[error("the URL carries a user name or password")]
    UserInfo,
    /// There is no host.
    #[error("the URL has no host")]
    NoHost,
}

impl Origin {
    /// The origin of `url`.
    ///
    /// # Errors
    /// [`OriginError`] unless it is `http` or `https` with a host and without user name and password.
    pub fn of(url: &Url) -> Result<Self, OriginError> {
        let tls = match url.scheme() {
            "https" => true,
            "http" => false,
            other => return Err(OriginError::Scheme(other.to_owned())),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err(OriginError::UserInfo);
        }
        let host = url.host().ok_or(OriginError::NoHost)?.to_owned();
        let port = url.port_or_known_default().ok_or(OriginError::NoHost)?;
        Ok(Self { tls, host, port })
    }

    /// Whether it is `https`.
    pub const fn is_tls(&self) -> bool {
        self.tls
    }

    /// The host: a name or an address.
    pub const fn host(&self) -> &Host<String> {
        &self.host
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.host)?;
        match (self.tls, self.port) {
            (true, 443) | (false, 80) => Ok(()),
            (_, port) => write!(f, ":{port}"),
        }
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(url: &str) -> Result<Origin, OriginError> {
        Origin::of(&Url::parse(url).expect("test URLs parse"))
    }

    #[test]
    fn origins_are_exact() {
        let home = origin("https://example.com/login").expect("valid");
        for (url, same) in [
            ("https://example.com:443/x?y", true),
            ("https://EXAMPLE.com", true),
            ("http://example.com", false),
            ("https://example.com:8443", false),
            ("https://www.example.com", false),
            ("https://example.com.evil.test", false),
        ] {
            assert_eq!(origin(url).expect("valid") == home, same, "{url}");
        }
        assert_eq!(home.to_string(), "https://example.com");
    }

    #[test]
    fn odd_urls_have_none() {
        for (url, expected) in [
            ("file:///etc/passwd", OriginError::Scheme("file".into())),
            (
                "javascript:alert(1)",
                OriginError::Scheme("javascript".into()),
            ),
            ("https://user:pw@example.com/", OriginError::UserInfo),
            ("https://example.com@evil.test/", OriginError::UserInfo),
        ] {
            assert_eq!(origin(url), Err(expected), "{url}");
        }
    }

    #[test]
    fn numbers_in_disguise_are_addresses() {
        for url in [
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://127.1/",
        ] {
            let host = origin(url).expect("valid").host().to_owned();
            assert_eq!(host, Host::<String>::Ipv4([127, 0, 0, 1].into()), "{url}");
        }
    }
}
