//! The cookies of one attempt, one RFC 6265 jar per exact origin, within limits.

use std::collections::BTreeMap;

use cookie_store::{CookieStore, RawCookie};
use http::header::{HeaderMap, HeaderValue, SET_COOKIE};
use ledger::time::{Millis, Timestamp};
use url::Url;

use crate::origin::Origin;

/// Longest `Set-Cookie` that is kept, in bytes (RFC 6265 §6.1 asks for at least this).
const MAX_LENGTH: usize = 4096;

/// Most cookies of one origin (RFC 6265 §6.1).
const MAX_PER_ORIGIN: usize = 50;

/// Most cookies of one attempt.
const MAX_TOTAL: usize = 200;

/// Cookies by origin: they never go anywhere else, whatever their `Domain` says.
#[derive(Clone, Default)]
pub(crate) struct Cookies {
    jars: BTreeMap<Origin, CookieStore>,
}

impl Cookies {
    /// Keeps what a response from `url` sets. What RFC 6265 refuses, and what exceeds the limits, is left out.
    pub(crate) fn keep(&mut self, url: &Url, headers: &HeaderMap, now: Timestamp) {
        let mut set = headers.get_all(SET_COOKIE).iter().peekable();
        if set.peek().is_none() {
            return;
        }
        let Ok(origin) = Origin::of(url) else { return };
        for value in set.take(MAX_PER_ORIGIN) {
            let text = std::str::from_utf8(value.as_bytes()).ok();
            let cookie = text
                .filter(|text| text.len() <= MAX_LENGTH)
                .and_then(|text| RawCookie::parse(text).ok());
            let Some(mut cookie) = cookie else { continue };
            settle_expiry(&mut cookie, now);
            let total: usize = self.jars.values().map(size).sum();
            let jar = self.jars.entry(origin.clone()).or_default();
            let full = size(jar) >= MAX_PER_ORIGIN || total >= MAX_TOTAL;
            let known = jar.iter_any().any(|other| other.name() == cookie.name());
            if !full || known {
                // A refused cookie is a cookie not set; what depends on it will show.
                let _: Result<_, _> = jar.insert_raw(&cookie, url);
            }
        }
    }

    /// The `Cookie` header of a request to `url`.
    pub(crate) fn header(&self, url: &Url) -> Option<HeaderValue> {
        let jar = self.jars.get(&Origin::of(url).ok()?)?;
        let mut text = String::new();
        for (name, value) in jar.get_request_values(url) {
            if !text.is_empty() {
                text.push_str("; ");
            }
            text.push_str(name);
            text.push('=');
            text.push_str(value);
        }
        let mut header = HeaderValue::from_str(&text).ok()?;
        header.set_sensitive(true);
        (!text.is_empty()).then_some(header)
    }
}

/// The value of the cookie `name` that a response sets.
pub(crate) fn set_by(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|value| RawCookie::parse(std::str::from_utf8(value.as_bytes()).ok()?).ok())
        .filter(|cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
        .next_back()
}

fn size(jar: &CookieStore) -> usize {
    jar.iter_any().count()
}

/// Judges `Expires` by the prober's clock, which the store does not know.
fn settle_expiry(cookie: &mut RawCookie<'_>, now: Timestamp) {
    if cookie.max_age().is_some() {
        return;
    }
    let Some(expires) = cookie.expires_datetime() else {
        return;
    };
    if Timestamp(0) + Millis::from_secs(expires.unix_timestamp()) <= now {
        cookie.make_removal();
    } else {
        cookie.unset_expires();
    }
}

impl std::fmt::Debug for Cookies {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts = self.jars.iter().map(|(origin, jar)| (origin, size(jar)));
        f.debug_map().entries(counts).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_544_825_700_000);

    fn after(from: &str, set: &[&str]) -> Cookies {
        let mut headers = HeaderMap::new();
        for text in set {
            headers.append(SET_COOKIE, text.parse().expect("test headers are valid"));
        }
        let mut cookies = Cookies::default();
        cookies.keep(&url(from), &headers, NOW);
        cookies
    }

    fn url(text: &str) -> Url {
        Url::parse(text).expect("test URLs parse")
    }

    fn sent(cookies: &Cookies, to: &str) -> String {
        let header = cookies.header(&url(to));
        header.map_or_else(String::new, |value| {
            value.to_str().expect("test cookies are text").to_owned()
        })
    }

    #[test]
    fn cookies_stay_with_their_origin() {
        let cookies = after(
            "https://app.example.com/login",
            &["sid=1; Path=/; Domain=example.com; HttpOnly; Secure"],
        );
        for (to, expected) in [
            ("https://app.example.com/", "sid=1"),
            ("https://app.example.com:8443/", ""),
            ("http://app.example.com/", ""),
            ("https://www.example.com/", ""),
            ("https://example.com/", ""),
        ] {
            assert_eq!(sent(&cookies, to), expected, "{to}");
        }
    }

    #[test]
    fn rfc_6265_decides_what_is_kept() {
        for (set, to, expected) in [
            ("a=1; Domain=other.test", "https://a.test/", ""),
            ("a=1; Path=/x", "https://a.test/y", ""),
            ("a=1; Path=/x", "https://a.test/x/y", "a=1"),
            ("a=1; Max-Age=0", "https://a.test/", ""),
            (
                "a=1; Expires=Fri, 14 Dec 2018 00:00:00 GMT",
                "https://a.test/",
                "",
            ),
            (
                "a=1; Expires=Sat, 15 Dec 2018 00:00:00 GMT",
                "https://a.test/",
                "a=1",
            ),
            ("a=1; Secure; Path=/", "https://a.test/", "a=1"),
            ("=", "https://a.test/", ""),
        ] {
            assert_eq!(
                sent(&after("https://a.test/", &[set]), to),
                expected,
                "{set}"
            );
        }
    }

    #[test]
    fn a_flood_is_cut() {
        let many: Vec<String> = (0..10_000).map(|n| format!("c{n}=x")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let cookies = after("https://a.test/", &many);
        assert_eq!(
            sent(&cookies, "https://a.test/").split("; ").count(),
            MAX_PER_ORIGIN
        );
        let huge = format!("a={}", "x".repeat(MAX_LENGTH));
        assert_eq!(
            sent(&after("https://a.test/", &[&huge]), "https://a.test/"),
            ""
        );
    }
}
