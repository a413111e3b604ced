//! Identifiers that people write in plans and that may stand on public pages.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// An identifier of an agent, region, persona, journey, step, probe, account or contract: `[a-z0-9-]{1,64}`.
///
/// Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(Arc<str>);

/// A text that is no [`Name`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a name; use 1 to 64 of a-z, 0-9 and -")]
pub struct InvalidName(String);

impl Name {
    /// Checks and keeps `text`.
    ///
    /// # Errors
    /// [`InvalidName`] unless `text` is 1 to 64 of `a-z`, `0-9` and `-`.
    pub fn new(text: &str) -> Result<Self, InvalidName> {
        let fits = (1..=64).contains(&text.len())
            && text
                .bytes()
                .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        if fits {
            Ok(Self(Arc::from(text)))
        } else {
            Err(InvalidName(text.chars().take(80).collect()))
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl TryFrom<String> for Name {
    type Error = InvalidName;
    fn try_from(text: String) -> Result<Self, InvalidName> {
        Self::new(&text)
    }
}

impl std::str::FromStr for Name {
    type Err = InvalidName;
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        Self::new(text)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_short_and_plain() {
        for (text, fits) in [
            ("eu-west-1", true),
            ("", false),
            ("Users", false),
            ("a b", false),
            ("é", false),
            ("<b>", false),
        ] {
            assert_eq!(Name::new(text).is_ok(), fits, "{text:?}");
        }
        assert!(Name::new(&"x".repeat(64)).is_ok() && Name::new(&"x".repeat(65)).is_err());
    }
}
