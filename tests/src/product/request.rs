//! What was asked: the route, the persona it belongs to, its fields and credentials.

use std::borrow::Cow;

use bytes::Bytes;
use http::header::{AUTHORIZATION, COOKIE};
use http::{HeaderMap, Method};

use super::Persona;

/// The pages there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    Front,
    LoginForm(Persona),
    Login(Persona),
    Dashboard(Persona),
    Logout(Persona),
    ApiLogin,
    ApiTrips,
    ApiLogout,
    NotFound,
    WrongMethod,
}

/// One request, read to its end.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) route: Route,
}

impl Route {
    fn of(method: &Method, path: &str) -> Self {
        let (get, post) = (
            method == Method::GET || method == Method::HEAD,
            method == Method::POST,
        );
        let read = |route| if get { route } else { Self::WrongMethod };
        let write = |route| if post { route } else { Self::WrongMethod };
        match path {
            "/" => read(Self::Front),
            "/login" if post => Self::Login(Persona::User),
            "/login" => read(Self::LoginForm(Persona::User)),
            "/home" => read(Self::Dashboard(Persona::User)),
            "/logout" => write(Self::Logout(Persona::User)),
            "/traveler/login" if post => Self::Login(Persona::Traveler),
            "/traveler/login" => read(Self::LoginForm(Persona::Traveler)),
            "/trips" => read(Self::Dashboard(Persona::Traveler)),
            "/traveler/logout" => write(Self::Logout(Persona::Traveler)),
            "/api/traveler/login" => write(Self::ApiLogin),
            "/api/trips" => read(Self::ApiTrips),
            "/api/logout" => write(Self::ApiLogout),
            _ => Self::NotFound,
        }
    }

    /// Whether a refused login may show in its answer.
    pub(crate) fn belongs_to_login(self) -> bool {
        matches!(
            self,
            Self::Login(_) | Self::ApiLogin | Self::Dashboard(_) | Self::ApiTrips
        )
    }
}

impl Asked {
    pub(crate) fn new(head: http::request::Parts, body: Bytes) -> Self {
        let path = head.uri.path().to_owned();
        Self {
            route: Route::of(&head.method, &path),
            path,
            method: head.method,
            headers: head.headers,
            body,
        }
    }

    /// Whose page it is, as its path says.
    pub(crate) fn persona(&self) -> Persona {
        let travelers = ["/traveler/", "/trips", "/api/"];
        if travelers.iter().any(|prefix| self.path.starts_with(prefix)) {
            Persona::Traveler
        } else {
            Persona::User
        }
    }

    /// A field of the form or of the JSON object in the body.
    pub(crate) fn field(&self, name: &str) -> Option<String> {
        if self.route == Route::ApiLogin {
            let value: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
            return value.get(name)?.as_str().map(str::to_owned);
        }
        let text = std::str::from_utf8(&self.body).ok()?;
        let pair = text.split('&').filter_map(|pair| pair.split_once('='));
        pair.into_iter()
            .find(|(key, _)| *key == name)
            .map(|(_, value)| decode(value).into_owned())
    }

    /// The value of a cookie.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        let texts = self
            .headers
            .get_all(COOKIE)
            .into_iter()
            .filter_map(|value| value.to_str().ok());
        texts
            .flat_map(|text| text.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find_map(|(key, value)| (key == name).then_some(value))
    }

    /// The bearer token.
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.headers
            .get(AUTHORIZATION)?
            .to_str()
            .ok()?
            .strip_prefix("Bearer ")
    }

    /// The token of the session that it claims.
    pub(crate) fn session_token(&self) -> Option<&str> {
        match self.route {
            Route::ApiTrips | Route::ApiLogout => self.bearer(),
            _ => self.cookie(session_cookie(self.persona())),
        }
    }
}

/// The name of a persona's session cookie.
pub(crate) fn session_cookie(persona: Persona) -> &'static str {
    match persona {
        Persona::User => "groupdesk_session",
        Persona::Traveler => "traveler_session",
    }
}

/// Undoes `application/x-www-form-urlencoded`; bytes that are no text become U+FFFD.
fn decode(value: &str) -> Cow<'_, str> {
    if !value.contains(['%', '+']) {
        return Cow::Borrowed(value);
    }
    let (mut plain, mut rest) = (Vec::with_capacity(value.len()), value.as_bytes());
    while let [first, tail @ ..] = rest {
        let hex = tail
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        match (
            first,
            hex.and_then(|pair| u8::from_str_radix(pair, 16).ok()),
        ) {
            (b'%', Some(byte)) => {
                plain.push(byte);
                rest = &tail[2..];
            }
            (b'+', _) => {
                plain.push(b' ');
                rest = tail;
            }
            (byte, _) => {
                plain.push(*byte);
                rest = tail;
            }
        }
    }
    Cow::Owned(String::from_utf8_lossy(&plain).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        for (encoded, plain) in [
            ("a", "a"),
            ("a+b%21", "a b!"),
            ("%C3%A9", "é"),
            ("100%", "100%"),
            ("%zz", "%zz"),
        ] {
            assert_eq!(decode(encoded), plain, "{encoded}");
        }
    }
}
