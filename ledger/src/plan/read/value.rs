//! Single values: text, numbers, durations, shares, names, addresses and references to secrets.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use toml::de::DeValue;
use url::Url;

use super::cursor::{Item, nearest};
use crate::contract::Share;
use crate::name::Name;
use crate::plan::SecretSource;
use crate::time::Millis;

const DURATION_HINT: &str =
    "write a whole number and a unit, such as \"500ms\", \"30s\", \"5m\", \"8h\" or \"2d\"";
const SECRET_HINT: &str = "say where it is kept: { env = \"NAME\" }, { file = \"path\" } or \
                           { credential = \"name\" }";

impl Item<'_> {
    /// Text that is not empty.
    pub(super) fn text(&self) -> Option<&str> {
        let Some(text) = self.value().as_str() else {
            self.mistyped("text", "put it in quotes");
            return None;
        };
        if text.is_empty() {
            self.hidden("is empty", "");
            return None;
        }
        Some(text)
    }

    pub(super) fn owned(&self) -> Option<String> {
        self.text().map(str::to_owned)
    }

    pub(super) fn bool(&self) -> Option<bool> {
        let value = self.value().as_bool();
        if value.is_none() {
            self.mistyped("true or false", "write true or false, without quotes");
        }
        value
    }

    /// A whole number inside of `range`.
    pub(super) fn number(&self, range: std::ops::RangeInclusive<u32>) -> Option<u32> {
        let Some(integer) = self.value().as_integer() else {
            self.mistyped("a whole number", "");
            return None;
        };
        let value = u32::from_str_radix(integer.as_str(), integer.radix()).ok();
        let fits = value.filter(|value| range.contains(value));
        if fits.is_none() {
            let (low, high) = range.into_inner();
            self.wrong("is out of range", format!("use {low} to {high}"));
        }
        fits
    }

    /// A duration of at least `least`.
    pub(super) fn duration(&self, least: Millis) -> Option<Millis> {
        let Some(text) = self.value().as_str() else {
            self.mistyped("a duration", DURATION_HINT);
            return None;
        };
        let Some(length) = duration(text) else {
            self.wrong("is not a duration", DURATION_HINT);
            return None;
        };
        if length < least {
            self.wrong(
                "is too short",
                format!("use {} or more", show_duration(least)),
            );
            return None;
        }
        Some(length)
    }

    /// A share of one, written as percent, with or without the sign.
    pub(super) fn share(&self) -> Option<Share> {
        let hint = "write a percentage from 0 to 100, such as 99.9 or \"99.9 %\"";
        let parsed = match self.value() {
            DeValue::String(text) => fixed(text.trim().trim_end_matches('%').trim_end(), 4),
            DeValue::Integer(integer) if integer.radix() == 10 => fixed(integer.as_str(), 4),
            DeValue::Float(float) => fixed(float.as_str(), 4),
            _ => {
                self.mistyped("a percentage", hint);
                return None;
            }
        };
        match parsed {
            Ok(millionths) if millionths <= 1_000_000 => Some(Share(millionths)),
            Ok(_) | Err(FixedError::TooLarge) => {
                self.wrong("is more than 100 %", hint);
                None
            }
            Err(FixedError::TooFine) => {
                self.wrong("is finer than a millionth", "use at most 4 decimals");
                None
            }
            Err(FixedError::Syntax) => {
                self.wrong("is not a percentage", hint);
                None
            }
        }
    }

    /// A number with one decimal, in tenths.
    pub(super) fn tenths(&self) -> Option<u32> {
        let parsed = match self.value() {
            DeValue::Integer(integer) if integer.radix() == 10 => fixed(integer.as_str(), 1).ok(),
            DeValue::Float(float) => fixed(float.as_str(), 1).ok(),
            _ => None,
        };
        if parsed.is_none() {
            self.wrong("is not a number of tenths", "write it as 2.5");
        }
        parsed
    }

    pub(super) fn name(&self) -> Option<Name> {
        let text = self.text()?;
        let name = Name::new(text).ok();
        if name.is_none() {
            self.wrong("is not a name", "use 1 to 64 of a-z, 0-9 and -");
        }
        name
    }

    /// The name of one of the `known`; `kind` says of what.
    pub(super) fn reference(&self, kind: &str, known: &[Name]) -> Option<Name> {
        let name = self.name()?;
        if known.contains(&name) {
            return Some(name);
        }
        let hint = match nearest(name.as_str(), known.iter().map(Name::as_str)) {
            Some(near) => format!("did you mean {near:?}?"),
            None if known.is_empty() => format!("the plan has no {kind}"),
            None => {
                let names: Vec<&str> = known.iter().map(Name::as_str).collect();
                format!("the plan has {}", names.join(", "))
            }
        };
        self.wrong(format_args!("is no {kind} of this plan"), hint);
        None
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&self, words: &[(&str, T)]) -> Option<T> {
        let text = self.text()?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            let all: Vec<String> = words.iter().map(|(word, _)| format!("{word:?}")).collect();
            self.wrong("is unknown", format!("use {}", all.join(" or ")));
        }
        found.map(|(_, value)| *value)
    }

    /// An `http` or `https` URL without user name and password.
    pub(super) fn url(&self) -> Option<Url> {
        let text = self.text()?;
        let hint = "write it as \"https://host\" or \"https://host:port/path\"";
        // What stands before an @ may be a password, so such a value is not repeated.
        match Url::parse(text) {
            Ok(url) if !url.username().is_empty() || url.password().is_some() => {
                self.hidden(
                    "carries a user name or password",
                    "take them out; accounts belong to a [[persona]]",
                );
                None
            }
            Ok(url) if matches!(url.scheme(), "http" | "https") => Some(url),
            _ if text.contains('@') => {
                self.hidden("is not an http or https URL", hint);
                None
            }
            _ => {
                self.wrong("is not an http or https URL", hint);
                None
            }
        }
    }

    /// A URL without path, query and fragment.
    pub(super) fn origin(&self) -> Option<Url> {
        let url = self.url()?;
        if url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            self.wrong(
                "is more than an origin",
                format!("use {:?}", url.origin().ascii_serialization()),
            );
            return None;
        }
        Some(url)
    }

    /// `host:port`; an IPv6 address stands in brackets.
    pub(super) fn host_port(&self) -> Option<(String, u16)> {
        let text = self.text()?;
        let split = text.rsplit_once(':').and_then(|(host, port)| {
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let port = port.parse().ok().filter(|port| *port != 0)?;
            plausible_host(host).then(|| (host.to_owned(), port))
        });
        if split.is_none() {
            self.wrong("is not host:port", "write it as \"host:443\"");
        }
        split
    }

    /// A host name or an address.
    pub(super) fn host(&self) -> Option<String> {
        let text = self.text()?;
        if plausible_host(text) {
            return Some(text.to_owned());
        }
        self.wrong(
            "is not a host name",
            "write it without scheme, port and path",
        );
        None
    }

    /// `address/bits`.
    pub(super) fn network(&self) -> Option<String> {
        let text = self.text()?;
        let fits = text.split_once('/').is_some_and(|(address, bits)| {
            let most = match address.parse() {
                Ok(IpAddr::V4(_)) => 32,
                Ok(IpAddr::V6(_)) => 128,
                Err(_) => return false,
            };
            bits.parse::<u8>().is_ok_and(|bits| bits <= most)
        });
        if !fits {
            self.wrong(
                "is not a network",
                "write it as \"10.0.0.0/8\" or \"::1/128\"",
            );
        }
        fits.then(|| text.to_owned())
    }

    /// The address of a name server, with or without a port.
    pub(super) fn resolver(&self) -> Option<String> {
        let text = self.text()?;
        let fits = text.parse::<IpAddr>().is_ok() || text.parse::<SocketAddr>().is_ok();
        if !fits {
            self.wrong(
                "is not the address of a name server",
                "write it as \"9.9.9.9\" or \"9.9.9.9:53\"",
            );
        }
        fits.then(|| text.to_owned())
    }

    pub(super) fn path(&self) -> Option<PathBuf> {
        self.text().map(PathBuf::from)
    }

    /// Where a secret is kept. A secret itself is refused and not repeated.
    pub(super) fn secret(&self) -> Option<SecretSource> {
        if self.value().as_table().is_none() {
            self.hidden("holds a secret itself, which a plan must not", SECRET_HINT);
            return None;
        }
        let section = self.section("a table")?;
        let found = section.one_of(&["env", "file", "credential"], SECRET_HINT);
        section.finish();
        let found = found?;
        let text = found.text()?;
        match found.key.rsplit('.').next() {
            Some("env") => Some(SecretSource::Env(text.to_owned())),
            Some("file") => Some(SecretSource::File(PathBuf::from(text))),
            _ if text.contains('/') || text == ".." => {
                found.wrong("is not a file name", "name a file, without directories");
                None
            }
            _ => Some(SecretSource::Credential(text.to_owned())),
        }
    }

    /// Every element that `read` accepts; what it refuses it has noted.
    pub(super) fn each<T>(&self, read: impl Fn(&Self) -> Option<T>) -> Vec<T> {
        self.elements().iter().filter_map(read).collect()
    }
}

/// Why a text is no fixed-point number.
enum FixedError {
    Syntax,
    TooFine,
    TooLarge,
}

/// Reads decimal text exactly, in units of 10^-places.
fn fixed(text: &str, places: usize) -> Result<u32, FixedError> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(fraction) || text.ends_with('.') {
        return Err(FixedError::Syntax);
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > places {
        return Err(FixedError::TooFine);
    }
    format!("{whole}{fraction:0<places$}")
        .parse()
        .map_err(|_| FixedError::TooLarge)
}

fn duration(text: &str) -> Option<Millis> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = UNITS.iter().find(|(name, _)| *name == unit.trim_start())?;
    let length = number.parse::<i64>().ok()?.checked_mul(unit.1)?;
    // A century is more than any schedule reaches, and keeps sums far from overflow.
    (length <= 36_525 * 86_400_000).then_some(Millis(length))
}

/// Units of durations, longest first.
const UNITS: [(&str, i64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// A duration as the plan writes it, in the longest unit that divides it.
pub(in crate::plan) fn show_duration(length: Millis) -> String {
    let unit = UNITS
        .iter()
        .find(|(_, unit)| length.0 != 0 && length.0 % unit == 0);
    match unit {
        Some((name, unit)) => format!("{}{name}", length.0 / unit),
        None => "0s".to_owned(),
    }
}

fn plausible_host(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':');
    let name = !text.is_empty() && text.len() <= 253 && text.bytes().all(fits);
    name && (!text.contains(':') || text.parse::<IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_are_read_exactly() {
        for (text, expected) in [
            ("99.9", Some(999_000)),
            ("99.9999", Some(999_999)),
            ("99.99990", Some(999_999)),
            ("100", Some(1_000_000)),
            ("0.0001", Some(1)),
            ("99.99999", None),
            ("1e2", None),
            ("-1", None),
            ("9.", None),
            (".9", None),
            ("nan", None),
        ] {
            assert_eq!(fixed(text, 4).ok(), expected, "{text}");
        }
    }

    #[test]
    fn durations_print_as_they_are_read() {
        for (text, millis) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("5m", 300_000),
            ("8h", 28_800_000),
            ("2d", 172_800_000),
            ("1500ms", 1_500),
        ] {
            assert_eq!(duration(text), Some(Millis(millis)), "{text}");
            assert_eq!(show_duration(Millis(millis)), text);
        }
        for text in [
            "",
            "5",
            "s",
            "-5s",
            "1.5s",
            "5 minutes",
            "99999999999d",
            "36526d",
        ] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
