//! Passwords and tokens: read from where the plan says they are kept, held in memory, never shown.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use aws_lc_rs::constant_time::verify_slices_are_equal;
use ledger::name::Name;
use ledger::plan::{Account, Check, Plan, Probe, SecretSource, Subject};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// Longest secret, in bytes.
const MAX: u64 = 64 * 1024;

/// Where secrets come from; made from the process once, or by hand in tests.
pub struct Keeper {
    env: Box<Variables>,
    credentials: Option<PathBuf>,
}

type Variables = dyn Fn(&str) -> Option<String> + Send + Sync;

/// All secrets of a plan that this agent may need.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    accounts: BTreeMap<(Name, Name), Credential>,
    bearers: BTreeMap<Name, SecretString>,
}

/// What an account signs in with.
#[derive(Clone)]
pub struct Credential {
    username: String,
    password: SecretString,
    version: u32,
}

/// A secret that cannot be had, and whose it is.
#[derive(Debug, thiserror::Error)]
#[error("{owner}: {reason}")]
pub struct SecretError {
    /// The account or probe.
    pub owner: String,
    /// Why.
    #[source]
    pub reason: Missing,
}

/// Why a secret cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum Missing {
    /// The plan came from a record, which holds no references to secrets.
    #[error("the plan does not say where the secret is kept")]
    Untold,
    /// The variable is not set.
    #[error("environment variable {0} is not set")]
    Env(String),
    /// There is no credential directory.
    #[error("credential {0:?} is asked for, but $CREDENTIALS_DIRECTORY is not set")]
    NoDirectory(String),
    /// A credential name that would leave the directory.
    #[error("credential {0:?} is not a plain file name")]
    BadName(String),
    /// The file cannot be read.
    #[error("{}: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: std::io::Error,
    },
    /// Others can read the file.
    #[error("{} has mode {mode:04o}; others could read it, use chmod 600", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file belongs to somebody else.
    #[error("{} belongs to user {owner}, not to the agent's user {user}", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Its owner's number.
        owner: u32,
        /// Ours.
        user: u32,
    },
    /// Nothing in it.
    #[error("the secret is empty")]
    Empty,
    /// Not text.
    #[error("the secret is not UTF-8 text of at most 64 KiB")]
    NotText,
}

impl Keeper {
    /// The process's environment and credential directory.
    pub fn of_process() -> Self {
        Self {
            env: Box::new(|name| std::env::var(name).ok()),
            credentials: std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from),
        }
    }

    /// A keeper with these variables only.
    pub fn with_env(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables: BTreeMap<String, String> = variables.into_iter().collect();
        Self {
            env: Box::new(move |name| variables.get(name).cloned()),
            credentials: None,
        }
    }

    /// Reads one secret.
    ///
    /// # Errors
    /// [`Missing`] with the reason; never with any part of the secret.
    pub fn fetch(&self, source: &SecretSource) -> Result<SecretString, Missing> {
        let text = match source {
            SecretSource::Untold => return Err(Missing::Untold),
            SecretSource::Env(name) => {
                (self.env)(name).ok_or_else(|| Missing::Env(name.clone()))?
            }
            SecretSource::File(path) => read(path, &[])?,
            SecretSource::Credential(name) => {
                let directory = self.credentials.as_ref();
                let directory = directory.ok_or_else(|| Missing::NoDirectory(name.clone()))?;
                if name.contains('/') || name.starts_with('.') || name.is_empty() {
                    return Err(Missing::BadName(name.clone()));
                }
                read(&directory.join(name), &[CREDENTIAL])?
            }
        };
        match text.is_empty() {
            true => Err(Missing::Empty),
            false => Ok(text.into()),
        }
    }
}

impl Secrets {
    /// Reads the secrets of all accounts used in `region` (of all, if none is given) and of all platform checks.
    ///
    /// # Errors
    /// Every secret that cannot be had, not only the first.
    pub fn load(
        plan: &Plan,
        region: Option<&Name>,
        keeper: &Keeper,
    ) -> Result<Self, Vec<SecretError>> {
        let here = |_: &Name, account: &Account| {
            let all = account.regions.is_empty();
            region.is_none_or(|region| all || account.regions.contains(region))
        };
        Self::load_where(plan, keeper, here, |_| true)
    }

    /// Reads what one attempt through `probe` needs and no more: the secret of `account`, or the check's token.
    ///
    /// # Errors
    /// The secret, if it cannot be had.
    pub fn load_for(
        plan: &Plan,
        probe: &Probe,
        account: Option<&Name>,
        keeper: &Keeper,
    ) -> Result<Self, Vec<SecretError>> {
        let persona = probe.persona();
        Self::load_where(
            plan,
            keeper,
            |of, its| Some(of) == persona && Some(&its.label) == account,
            |other| other.name == probe.name,
        )
    }

    fn load_where(
        plan: &Plan,
        keeper: &Keeper,
        accounts: impl Fn(&Name, &Account) -> bool,
        probes: impl Fn(&Probe) -> bool,
    ) -> Result<Self, Vec<SecretError>> {
        let mut secrets = Self::default();
        let mut errors = Vec::new();
        for persona in &plan.personas {
            let wanted = persona.accounts.iter();
            for account in wanted.filter(|account| accounts(&persona.name, account)) {
                match keeper.fetch(&account.password) {
                    Ok(password) => {
                        let credential = Credential {
                            username: account.username.clone(),
                            password,
                            version: 1,
                        };
                        let key = (persona.name.clone(), account.label.clone());
                        secrets.accounts.insert(key, credential);
                    }
                    Err(reason) => errors.push(SecretError {
                        owner: format!("persona {}, account {}", persona.name, account.label),
                        reason,
                    }),
                }
            }
        }
        for probe in plan.probes.iter().filter(|probe| probes(probe)) {
            match bearer_of(&probe.subject).map(|source| keeper.fetch(source)) {
                None => {}
                Some(Ok(token)) => {
                    secrets.bearers.insert(probe.name.clone(), token);
                }
                Some(Err(reason)) => errors.push(SecretError {
                    owner: format!("probe {}", probe.name),
                    reason,
                }),
            }
        }
        if errors.is_empty() {
            Ok(secrets)
        } else {
            Err(errors)
        }
    }

    /// Numbers the credentials after an older state of the same agent: an account whose secret is unchanged keeps its
    /// version, any other gets the next one.
    #[must_use]
    pub fn succeeding(mut self, older: &Self) -> Self {
        for (key, credential) in &mut self.accounts {
            if let Some(before) = older.accounts.get(key) {
                let same = verify_slices_are_equal(
                    credential.password.expose_secret().as_bytes(),
                    before.password.expose_secret().as_bytes(),
                );
                credential.version = before.version + u32::from(same.is_err());
            }
        }
        self
    }

    /// Numbers the credentials after what the record last said of each account label. After a restart nothing proves
    /// that a secret is the same, so each account gets a number that it never had.
    #[must_use]
    pub fn after_restart(mut self, last: impl Fn(&Name) -> Option<u32>) -> Self {
        for ((_, label), credential) in &mut self.accounts {
            credential.version = last(label).map_or(1, |version| version.saturating_add(1));
        }
        self
    }

    /// The credential of an account of a persona.
    pub fn account(&self, persona: &Name, label: &Name) -> Option<&Credential> {
        self.accounts.get(&(persona.clone(), label.clone()))
    }

    /// The bearer token of a platform check.
    pub fn bearer(&self, probe: &Name) -> Option<&SecretString> {
        self.bearers.get(probe)
    }
}

impl Credential {
    /// Who signs in.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// With what.
    pub fn password(&self) -> &SecretString {
        &self.password
    }

    /// Counts the secrets that the account has had.
    pub const fn version(&self) -> u32 {
        self.version
    }
}

fn bearer_of(subject: &Subject) -> Option<&SecretSource> {
    match subject {
        Subject::Platform(
            Check::Https { bearer, .. } | Check::SelfSubjectReview { bearer, .. },
        ) => bearer.as_ref(),
        Subject::Platform(Check::Tcp { .. } | Check::Dns { .. } | Check::Certificate { .. })
        | Subject::Journey { .. } => None,
    }
}

/// The mode of a file that systemd's `LoadCredential=` hands to a service with a user of its own: root's, with an access
/// control list for that user, whose mask `stat` shows as the group's bits.
const CREDENTIAL: u32 = 0o440;

/// The text of a file that is its owner's alone, or has one of the modes in `shared`.
fn read(path: &Path, shared: &[u32]) -> Result<String, Missing> {
    let failed = |error| Missing::Read {
        path: path.to_owned(),
        error,
    };
    let file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    let mode = about.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 && !shared.contains(&mode) {
        return Err(Missing::Open {
            path: path.to_owned(),
            mode,
        });
    }
    let user = rustix::process::geteuid().as_raw();
    if about.uid() != user && user != 0 && about.uid() != 0 {
        return Err(Missing::Foreign {
            path: path.to_owned(),
            owner: about.uid(),
            user,
        });
    }
    let mut bytes = Zeroizing::new(Vec::new());
    file.take(MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX) {
        return Err(Missing::NotText);
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| Missing::NotText)?;
    let text = text.strip_suffix('\n').unwrap_or(text);
    Ok(text.strip_suffix('\r').unwrap_or(text).to_owned())
}

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credential")
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .field("credentials", &self.credentials)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_must_be_for_their_owner_alone() {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let keeper = Keeper {
            env: Box::new(|_| None),
            credentials: Some(dir.path().to_owned()),
        };
        let path = dir.path().join("pw");
        fs::write(&path, "s3cret\r\n").expect("written");
        for (mode, file, credential) in [
            (0o600, true, true),
            (0o400, true, true),
            (0o440, false, true), // systemd's list for the service's user
            (0o640, false, false),
            (0o444, false, false),
            (0o604, false, false),
        ] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("changed");
            for (source, fits) in [
                (SecretSource::File(path.clone()), file),
                (SecretSource::Credential("pw".into()), credential),
            ] {
                let fetched = keeper.fetch(&source);
                assert_eq!(fetched.is_ok(), fits, "{mode:o} {source:?}");
                if let Ok(secret) = fetched {
                    assert_eq!(secret.expose_secret(), "s3cret");
                }
            }
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let keeper = Keeper::with_env([("EMPTY".to_owned(), String::new())]);
        for (source, said) in [
            (
                SecretSource::Env("PW".into()),
                "environment variable PW is not set",
            ),
            (SecretSource::Env("EMPTY".into()), "the secret is empty"),
            (
                SecretSource::File("/nowhere/pw".into()),
                "/nowhere/pw: No such file or directory (os error 2)",
            ),
            (
                SecretSource::Credential("pw".into()),
                "credential \"pw\" is asked for, but $CREDENTIALS_DIRECTORY is not set",
            ),
            (
                SecretSource::Untold,
                "the plan does not say where the secret is kept",
            ),
        ] {
            let missing = keeper.fetch(&source).expect_err("nothing is there");
            assert_eq!(missing.to_string(), said);
        }
    }

    #[test]
    fn versions_count_changes_and_nothing_shows_the_secret() {
        let with = |password: &str| Secrets {
            accounts: BTreeMap::from([(
                (name("user"), name("ann")),
                Credential {
                    username: "ann".into(),
                    password: password.to_owned().into(),
                    version: 1,
                },
            )]),
            bearers: BTreeMap::new(),
        };
        let version = |secrets: &Secrets| {
            let account = secrets.account(&name("user"), &name("ann"));
            account.expect("there").version()
        };
        let first = with("hunter2");
        let same = with("hunter2").succeeding(&first);
        let changed = with("hunter3").succeeding(&same);
        let back = with("hunter2").succeeding(&changed);
        assert_eq!(
            [&first, &same, &changed, &back].map(version),
            [1, 1, 2, 3],
            "an old secret that comes back counts as new: only the last one is kept"
        );
        assert_eq!(version(&with("x").after_restart(|_| Some(7))), 8);
        assert!(!format!("{first:?}").contains("hunter"));
    }

    fn name(text: &str) -> Name {
        Name::new(text).expect("test names are valid")
    }
}
