//! The directory in which a stand-in keeps its authority and the secrets that a prober will read.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ledger::time::Timestamp;

use crate::authority::{Authority, AuthorityError};
use crate::product::Accounts;
use crate::product::accounts::PLATFORM_TOKEN;

/// What a state directory holds.
#[derive(Debug)]
pub struct State {
    /// The root that signs the site's certificates; `ca.pem` and `ca-key.pem`.
    pub authority: Authority,
    /// The accounts with their passwords; `passwords/LABEL` and `platform-token`.
    pub accounts: Accounts,
}

/// A state directory that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The certificate authority is damaged.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

impl State {
    /// Opens the directory at `dir` and makes what is missing: the directory with mode 0700, files with 0600.
    ///
    /// New passwords are drawn from `seed`; those that are there stay as they are.
    ///
    /// # Errors
    /// [`StateError`] with the path that cannot be used.
    pub fn open(dir: &Path, seed: u64, now: Timestamp) -> Result<Self, StateError> {
        let passwords = dir.join("passwords");
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(&passwords).map_err(at(&passwords))?;
        let authority = authority(dir, now)?;
        let mut kept = BTreeMap::new();
        let fresh = Accounts::seeded(seed);
        let labels = fresh
            .iter()
            .map(|account| account.label)
            .chain([PLATFORM_TOKEN]);
        for label in labels {
            if let Some(secret) = read(&secret_path(dir, label))? {
                kept.insert(label.to_owned(), secret.trim_end().to_owned());
            }
        }
        let accounts = Accounts::with(&kept, seed);
        let secrets = accounts
            .iter()
            .map(|account| (account.label, account.reveal()));
        for (label, secret) in secrets.chain([(PLATFORM_TOKEN, accounts.platform_token())]) {
            if !kept.contains_key(label) {
                create(&secret_path(dir, label), secret)?;
            }
        }
        Ok(Self {
            authority,
            accounts,
        })
    }
}

/// Replaces the file at `path` with `text`, whole or not at all.
///
/// # Errors
/// [`StateError::Io`] if it cannot be written.
pub fn replace(path: &Path, text: &str) -> Result<(), StateError> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let draft = PathBuf::from(name);
    fs::write(&draft, text).map_err(at(&draft))?;
    fs::rename(&draft, path).map_err(at(path))
}

fn authority(dir: &Path, now: Timestamp) -> Result<Authority, StateError> {
    let (certificate, key) = (dir.join("ca.pem"), dir.join("ca-key.pem"));
    if let (Some(certificate), Some(key)) = (read(&certificate)?, read(&key)?) {
        return Ok(Authority::from_pem(&certificate, &key)?);
    }
    let authority = Authority::generate(now)?;
    create(&key, &authority.key_pem())?;
    create(&certificate, authority.certificate_pem())?;
    Ok(authority)
}

fn secret_path(dir: &Path, label: &str) -> PathBuf {
    if label == PLATFORM_TOKEN {
        dir.join("platform-token")
    } else {
        dir.join("passwords").join(label)
    }
}

fn read(path: &Path) -> Result<Option<String>, StateError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(at(path)(source)),
    }
}

fn create(path: &Path, text: &str) -> Result<(), StateError> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let written = options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    written.map_err(at(path))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> StateError {
    let path = path.to_owned();
    |source| StateError::Io { path, source }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn secrets_are_made_once_and_kept_private() {
        let dir = tempfile::tempdir().unwrap();
        let place = dir.path().join("groupdesk");
        let first = State::open(&place, 1, Timestamp(0)).unwrap();
        let second = State::open(&place, 2, Timestamp(0)).unwrap();
        let password = |state: &State| state.accounts.find("user-1").unwrap().reveal().to_owned();
        assert_eq!(password(&first), password(&second));
        assert_eq!(
            first.authority.certificate(),
            second.authority.certificate()
        );
        for (path, mode) in [
            ("", 0o700),
            ("passwords", 0o700),
            ("passwords/user-1", 0o600),
            ("ca-key.pem", 0o600),
        ] {
            let found = fs::metadata(place.join(path)).unwrap().permissions().mode();
            assert_eq!(found & 0o777, mode, "{path}");
        }
    }
}
