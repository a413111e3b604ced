//! Where a record is kept: in a file, or in a PostgreSQL database.

use std::fmt;
use std::path::{Path, PathBuf};

/// A file, or a database named by its URL.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// An SQLite file.
    File(PathBuf),
    /// `postgres://USER@HOST:PORT/DATABASE`, as PostgreSQL's own programs take it. It is never shown with its password.
    Postgres(String),
}

impl Place {
    /// A text that begins with `postgres://` or `postgresql://` is a URL, any other one a path.
    pub fn parse(text: &str) -> Self {
        let is_url = ["postgres://", "postgresql://"];
        if is_url.iter().any(|scheme| text.starts_with(scheme)) {
            Self::Postgres(text.to_owned())
        } else {
            Self::File(PathBuf::from(text))
        }
    }

    /// The path of a file.
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Postgres(_) => None,
        }
    }

    /// What may be done where a record is damaged.
    pub(super) fn way_out(&self) -> &'static str {
        match self {
            Self::File(_) => "move it away and keep it, an agent then begins a new one",
            Self::Postgres(_) => "keep the database as it is and restore a backup beside it",
        }
    }

    /// What names another place.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::File(_) => "file",
            Self::Postgres(_) => "database",
        }
    }
}

impl std::str::FromStr for Place {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self::parse(text))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Postgres(url) => f.write_str(&without_password(url)),
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl From<PathBuf> for Place {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<&PathBuf> for Place {
    fn from(path: &PathBuf) -> Self {
        Self::File(path.clone())
    }
}

impl From<&Path> for Place {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl From<&Self> for Place {
    fn from(place: &Self) -> Self {
        place.clone()
    }
}

/// The URL with `***` in the place of every password: behind the user's name, and in the parameters.
fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
    // A password may hold what should have been escaped: all up to the last `@` is taken for user and password.
    let (user, rest) = match rest.rsplit_once('@') {
        // Or that `@` is one of a parameter.
        Some((user, _)) if user.contains('?') => return format!("{scheme}://***"),
        Some((user, host)) => {
            let shown = user.split_once(':').map(|(user, _)| format!("{user}:***@"));
            (shown.unwrap_or_else(|| format!("{user}@")), host)
        }
        None => (String::new(), rest),
    };
    let (host, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let hidden = parameters.split('&').map(|one| match one.split_once('=') {
        Some((key, _)) if key.contains("password") => format!("{key}=***"),
        _ => one.to_owned(),
    });
    let parameters = hidden.collect::<Vec<_>>().join("&");
    let mark = if parameters.is_empty() { "" } else { "?" };
    format!("{scheme}://{user}{host}{mark}{parameters}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_told_from_a_path_and_never_shows_a_password() {
        let shown = |text: &str| {
            let place = Place::parse(text);
            let kind = if place.path().is_some() {
                "file"
            } else {
                "URL"
            };
            format!("{kind} {place} {place:?}")
        };
        let texts = [
            "data/eu-1.db",
            "postgres://hub@db.example/record",
            "postgres://hub:s3cret@db.example:5433/record?sslmode=disable",
            "postgresql:///record?host=/run/postgresql&user=hub&password=s3cret&sslpassword=s3cret",
            "postgres://hub:s3/c?r@et@db.example/record",
        ];
        let all = texts.map(shown).join("\n");
        assert!(!all.contains("s3") && !all.contains("et@"), "{all}");
        insta::assert_snapshot!(all, @"
        file data/eu-1.db data/eu-1.db
        URL postgres://hub@db.example/record postgres://hub@db.example/record
        URL postgres://hub:***@db.example:5433/record?sslmode=disable postgres://hub:***@db.example:5433/record?sslmode=disable
        URL postgresql:///record?host=/run/postgresql&user=hub&password=***&sslpassword=*** postgresql:///record?host=/run/postgresql&user=hub&password=***&sslpassword=***
        URL postgres://*** postgres://***
        ");
    }
}
