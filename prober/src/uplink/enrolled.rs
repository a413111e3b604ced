//! What was agreed at enrolment, as it is kept beside the record: `DIR/NAME.hub.toml` and `DIR/NAME.key`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::identity::{HubId, KeyError, PublicKey};
use ledger::name::{InvalidName, Name};
use ledger::store::Bond;
use serde::{Deserialize, Serialize};
use url::Url;

use super::core::RATE;
use crate::private::{self, PrivateError};
use crate::web::Trust;

/// An agent that a hub knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// Where the hub is.
    pub url: Url,
    /// Its name.
    pub hub: HubId,
    /// Its key.
    pub key: PublicKey,
    /// Whom to believe on the way there, and how to show who we are.
    pub trust: Trust,
    /// The agent's name.
    pub agent: Name,
    /// Its region.
    pub region: Name,
    /// Batches of a backlog that are sent in a second.
    pub rate: u32,
}

/// Why an enrolment cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum EnrolledError {
    /// The file cannot be had.
    #[error(transparent)]
    File(#[from] PrivateError),
    /// The file makes no sense.
    #[error("{}: {what}; `prober enroll` writes it", path.display())]
    Odd {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    url: Url,
    hub: String,
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_cert: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_key: Option<PathBuf>,
    agent: String,
    region: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    batches_per_second: Option<u32>,
}

const PREAMBLE: &str = "\
# Written by `prober enroll`: the hub that this agent reports to, and the key that its receipts must be signed with.
# batches_per_second = 50 may be added: how fast a backlog is sent.
";

impl Enrolled {
    /// Where it is kept for the agent of that name.
    pub fn path(directory: &Path, agent: &str) -> PathBuf {
        directory.join(format!("{agent}.hub.toml"))
    }

    /// Where the agent's key is kept.
    pub fn key_path(directory: &Path, agent: &str) -> PathBuf {
        directory.join(format!("{agent}.key"))
    }

    /// Where the key before it is kept, until the hub has heard of the new one.
    pub fn old_key_path(directory: &Path, agent: &str) -> PathBuf {
        directory.join(format!("{agent}.key.old"))
    }

    /// The agents that are enrolled in `directory`, by name.
    pub fn all(directory: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let names = names.filter_map(|name| name.strip_suffix(".hub.toml").map(str::to_owned));
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// Reads the enrolment of `agent`; `None` if it is not enrolled.
    ///
    /// # Errors
    /// [`EnrolledError`] if the file cannot be read or makes no sense.
    pub fn find(directory: &Path, agent: &str) -> Result<Option<Self>, EnrolledError> {
        let path = Self::path(directory, agent);
        let missing = |error: std::io::Error| {
            use std::io::ErrorKind::{NotADirectory, NotFound};
            matches!(error.kind(), NotADirectory | NotFound)
        };
        if std::fs::symlink_metadata(&path).is_err_and(missing) {
            return Ok(None);
        }
        let text = private::read(&path)?;
        let odd = |what: String| EnrolledError::Odd {
            path: path.clone(),
            what,
        };
        let written: Written = toml::from_str(&text).map_err(|error| odd(error.to_string()))?;
        let found = Self::of(written).map_err(&odd)?;
        if found.agent.as_str() != agent {
            return Err(odd(format!("it is the enrolment of agent {}", found.agent)));
        }
        Ok(Some(found))
    }

    /// Writes it.
    ///
    /// # Errors
    /// [`PrivateError`] if that cannot be done.
    pub fn write(&self, directory: &Path) -> Result<(), PrivateError> {
        let (client_cert, client_key) = self.trust.client.clone().unzip();
        let written = Written {
            url: self.url.clone(),
            hub: self.hub.to_string(),
            key: self.key.to_string(),
            ca: self.trust.ca.clone(),
            client_cert,
            client_key,
            agent: self.agent.to_string(),
            region: self.region.to_string(),
            batches_per_second: (self.rate != RATE).then_some(self.rate),
        };
        // Nothing in it can fail to be TOML but a path that is no text.
        let text = toml::to_string(&written).unwrap_or_default();
        let path = Self::path(directory, self.agent.as_str());
        private::replace(&path, &format!("{PREAMBLE}{text}"))
    }

    /// The same with the agent's key, as the record needs it.
    ///
    /// # Errors
    /// [`PrivateError`] if the key cannot be read.
    pub fn bond(&self, directory: &Path) -> Result<Arc<Bond>, PrivateError> {
        let key = private::read_key(&Self::key_path(directory, self.agent.as_str()))?;
        Ok(Arc::new(Bond {
            hub: self.hub.clone(),
            hub_key: self.key,
            key,
        }))
    }

    fn of(written: Written) -> Result<Self, String> {
        let name = |text: &str| {
            let named = Name::new(text);
            named.map_err(|error: InvalidName| error.to_string())
        };
        let told = |error: KeyError| error.to_string();
        let client = match (written.client_cert, written.client_key) {
            (Some(certificate), Some(key)) => Some((certificate, key)),
            (None, None) => None,
            _ => return Err("client_cert and client_key belong together".to_owned()),
        };
        if written.batches_per_second == Some(0) {
            return Err("batches_per_second must be 1 or more".to_owned());
        }
        Ok(Self {
            url: written.url,
            hub: HubId::new(&written.hub).map_err(told)?,
            key: PublicKey::parse(&written.key).map_err(told)?,
            trust: Trust {
                ca: written.ca,
                client,
            },
            agent: name(&written.agent)?,
            region: name(&written.region)?,
            rate: written.batches_per_second.unwrap_or(RATE),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::identity::SecretKey;

    fn enrolled() -> Enrolled {
        Enrolled {
            url: Url::parse("https://hub.example.org:8448").unwrap(),
            hub: HubId::new("groupdesk-hub").unwrap(),
            key: SecretKey::from_seed(&[2; 32]).unwrap().public(),
            trust: Trust {
                ca: Some(PathBuf::from("/etc/prober/hub-ca.pem")),
                client: None,
            },
            agent: Name::new("east").unwrap(),
            region: Name::new("east").unwrap(),
            rate: RATE,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let directory = tempfile::tempdir().unwrap();
        assert!(Enrolled::find(directory.path(), "east").unwrap().is_none());
        let client = (PathBuf::from("a.pem"), PathBuf::from("a.key"));
        let mut other = enrolled();
        (other.trust.client, other.rate) = (Some(client), 7);
        for enrolled in [enrolled(), other] {
            enrolled.write(directory.path()).unwrap();
            let read = Enrolled::find(directory.path(), "east").unwrap();
            assert_eq!(read, Some(enrolled));
        }
        assert_eq!(Enrolled::all(directory.path()), ["east"]);
        let text = std::fs::read_to_string(directory.path().join("east.hub.toml")).unwrap();
        insta::assert_snapshot!(text, @r#"
        # Written by `prober enroll`: the hub that this agent reports to, and the key that its receipts must be signed with.
        # batches_per_second = 50 may be added: how fast a backlog is sent.
        url = "https://hub.example.org:8448/"
        hub = "groupdesk-hub"
        key = "gTl3Dqh9F19Wo1Rmw0x+zMuNipG07jeiXfYPW4/Js5Q="
        ca = "/etc/prober/hub-ca.pem"
        client_cert = "a.pem"
        client_key = "a.key"
        agent = "east"
        region = "east"
        batches_per_second = 7
        "#);
    }

    #[test]
    fn mistakes_name_the_file_and_what_writes_it() {
        let directory = tempfile::tempdir().unwrap();
        enrolled().write(directory.path()).unwrap();
        let (path, other) = (
            directory.path().join("east.hub.toml"),
            directory.path().join("west.hub.toml"),
        );
        std::fs::copy(&path, &other).unwrap();
        let told = Enrolled::find(directory.path(), "west")
            .unwrap_err()
            .to_string();
        assert!(
            told.ends_with(
                "west.hub.toml: it is the enrolment of agent east; `prober enroll` writes it"
            ),
            "{told}"
        );
        let text = std::fs::read_to_string(&path).unwrap();
        for (from, to) in [
            ("hub = ", "hug = "),
            ("region = \"east\"", "region = \"\""),
            ("key = \"", "key = \"x"),
        ] {
            std::fs::write(&path, text.replace(from, to)).unwrap();
            let told = Enrolled::find(directory.path(), "east")
                .unwrap_err()
                .to_string();
            assert!(
                told.contains("east.hub.toml: ") && told.contains("prober enroll"),
                "{told}"
            );
        }
    }
}
