//! The directory of a hub: its key, its certificates, and what its operator's other commands must know.

use std::path::{Path, PathBuf};

use ledger::identity::{HubId, SecretKey};
use ledger::store::{HubKey, Place};
use serde::{Deserialize, Serialize};

use super::files::{self, FileError};

/// Where a hub keeps what is its own.
#[derive(Clone, Debug)]
pub struct Home {
    path: PathBuf,
}

/// What `serve` leaves for `reporter agents`: `serve.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The hub's name.
    pub name: String,
    /// Where agents reach it.
    pub url: String,
    /// The certificate of the authority that agents must be given; none if they know it already.
    pub ca: Option<PathBuf>,
}

impl Home {
    /// The directory at `path`, which need not be there yet.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// The record: the database named, or else a file in here.
    pub fn store(&self, named: Option<&Place>) -> Place {
        let own = || Place::from(self.file("hub.db"));
        named.cloned().unwrap_or_else(own)
    }

    /// What `serve` has left.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be read, or `serve` never ran.
    pub fn known(&self) -> Result<Known, FileError> {
        let path = self.file("serve.json");
        let text = files::public(&path)?.ok_or_else(|| {
            FileError::odd(
                &self.path,
                "no hub has run here yet; `reporter serve` makes one",
            )
        })?;
        serde_json::from_str(&text).map_err(|error| FileError::odd(&path, error))
    }

    /// The certificate of the hub's own authority (PEM).
    ///
    /// # Errors
    /// [`FileError`] if `serve` never ran, or the hub shows a certificate of its operator's.
    pub fn authority(&self) -> Result<String, FileError> {
        if self.known()?.ca.is_none() {
            return Err(FileError::odd(
                &self.path,
                "this hub shows a certificate of its operator's (--tls-cert); agents are given the authority of that one",
            ));
        }
        let path = self.file("ca.pem");
        files::public(&path)?.ok_or_else(|| FileError::odd(&path, "there is no such file"))
    }

    pub(super) fn make(&self) -> Result<(), FileError> {
        files::directory(&self.path)
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(super) fn tell(&self, known: &Known) -> Result<(), FileError> {
        let path = self.file("serve.json");
        let text = serde_json::to_string_pretty(known);
        let text = text.map_err(|error| FileError::odd(&path, error))?;
        files::write(&path, &(text + "\n"))
    }

    /// The hub's own key, made at the first time.
    pub(super) fn key(&self, id: &HubId) -> Result<HubKey, FileError> {
        let path = self.file("hub.key");
        let id = id.clone();
        if let Some(text) = files::secret(&path)? {
            let key = SecretKey::from_pem(&text).map_err(|error| FileError::odd(&path, error))?;
            return Ok(HubKey { id, key });
        }
        let made = SecretKey::generate().and_then(|key| Ok((key.to_pem()?, key)));
        let (text, key) = made.map_err(|error| FileError::odd(&path, error))?;
        files::write(&path, &text)?;
        Ok(HubKey { id, key })
    }
}
