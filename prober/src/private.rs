//! Files that are nobody else's: keys, and what was agreed with a hub. Never followed through a link, never readable by
//! others, and on disk, name and all, before anybody relies on them.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use ledger::identity::{KeyError, SecretKey};
use rustix::fs::{Mode, OFlags};
use zeroize::Zeroizing;

/// The largest such file.
const MAX: u64 = 64 << 10;

/// Why a private file cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum PrivateError {
    /// The system refuses.
    #[error("{}: {error}", path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// It is there already.
    #[error("{} is there already and is never overwritten; move it away first", .0.display())]
    There(PathBuf),
    /// Others can read it.
    #[error("{} has mode {mode:04o}; others could read it, use chmod 600", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It is no plain file of ours.
    #[error("{} is {what}; a plain file of this program's own user is needed", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// It holds no key.
    #[error("{}: {error}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: KeyError,
    },
}

/// Reads a private file.
///
/// # Errors
/// [`PrivateError`] if it cannot be read, is a link or no plain file, belongs to somebody else, or others could read it.
pub fn read(path: &Path) -> Result<Zeroizing<String>, PrivateError> {
    let system = |error| PrivateError::System {
        path: path.to_owned(),
        error,
    };
    let foreign = |what| PrivateError::Foreign {
        path: path.to_owned(),
        what,
    };
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(rustix::io::Errno::LOOP) => return Err(foreign("a symbolic link")),
        Err(error) => return Err(system(error.into())),
    };
    let about = file.metadata().map_err(system)?;
    if !about.is_file() {
        return Err(foreign("no plain file"));
    }
    let user = rustix::process::geteuid().as_raw();
    if about.uid() != user && about.uid() != 0 {
        return Err(foreign("somebody else's"));
    }
    let mode = about.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        let path = path.to_owned();
        return Err(PrivateError::Open { path, mode });
    }
    let mut text = Zeroizing::new(String::new());
    file.take(MAX).read_to_string(&mut text).map_err(system)?;
    Ok(text)
}

/// Writes a private file that is not there yet.
///
/// # Errors
/// [`PrivateError::There`] if it is, other [`PrivateError`] if it cannot be written.
pub fn create(path: &Path, text: &str) -> Result<(), PrivateError> {
    let system = |error| PrivateError::System {
        path: path.to_owned(),
        error,
    };
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::RUSR | Mode::WUSR) {
        Ok(file) => file,
        Err(rustix::io::Errno::EXIST) => return Err(PrivateError::There(path.to_owned())),
        Err(error) => return Err(system(error.into())),
    };
    let mut file = File::from(file);
    let written = file.write_all(text.as_bytes());
    written.and_then(|()| file.sync_all()).map_err(system)?;
    sync_directory(path)
}

/// Writes a private file in the place of one that may be there: at every instant, one or the other is whole.
///
/// # Errors
/// [`PrivateError`] if it cannot be written.
pub fn replace(path: &Path, text: &str) -> Result<(), PrivateError> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(".new");
    let aside = PathBuf::from(aside);
    // What an earlier try has left is worth nothing.
    match std::fs::remove_file(&aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(PrivateError::System { path: aside, error });
        }
        _ => {}
    }
    create(&aside, text)?;
    rename(&aside, path)
}

/// Gives a file another name, in the place of what had that name.
///
/// # Errors
/// [`PrivateError::System`] if the system refuses.
pub fn rename(from: &Path, to: &Path) -> Result<(), PrivateError> {
    std::fs::rename(from, to).map_err(|error| PrivateError::System {
        path: to.to_owned(),
        error,
    })?;
    sync_directory(to)
}

/// Makes the names in the file's directory durable.
fn sync_directory(path: &Path) -> Result<(), PrivateError> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let synced = File::open(directory).and_then(|directory| directory.sync_all());
    synced.map_err(|error| PrivateError::System {
        path: directory.to_owned(),
        error,
    })
}

/// Reads a secret key.
///
/// # Errors
/// As [`read`], and [`PrivateError::Key`] if there is none in it.
pub fn read_key(path: &Path) -> Result<SecretKey, PrivateError> {
    let text = read(path)?;
    SecretKey::from_pem(&text).map_err(|error| PrivateError::Key {
        path: path.to_owned(),
        error,
    })
}

/// Makes a secret key and keeps it in a new file.
///
/// # Errors
/// As [`create`], and [`PrivateError::Key`] if the system has no randomness.
pub fn make_key(path: &Path) -> Result<SecretKey, PrivateError> {
    let odd = |error| PrivateError::Key {
        path: path.to_owned(),
        error,
    };
    let key = SecretKey::generate().map_err(odd)?;
    create(path, &Zeroizing::new(key.to_pem().map_err(odd)?))?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_kept_where_only_its_owner_reads_it() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("east.key");
        let key = make_key(&path).unwrap();
        let mode = path.metadata().unwrap().permissions().mode() & 0o7777;
        assert_eq!(mode, 0o600);
        assert_eq!(read_key(&path).unwrap().public(), key.public());
        let again = make_key(&path).unwrap_err();
        assert!(matches!(again, PrivateError::There(_)), "{again}");
        assert_eq!(read_key(&path).unwrap().public(), key.public());
    }

    #[test]
    fn what_others_could_read_or_put_there_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("east.key");
        make_key(&path).unwrap();
        for mode in [0o640, 0o604, 0o660, 0o644] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
            let refused = read_key(&path).unwrap_err().to_string();
            assert!(refused.contains("chmod 600"), "{refused}");
        }
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        let link = directory.path().join("link.key");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let refused = read_key(&link).unwrap_err().to_string();
        assert!(refused.contains("a symbolic link"), "{refused}");
        let refused = read(directory.path()).unwrap_err().to_string();
        assert!(refused.contains("no plain file"), "{refused}");
    }

    #[test]
    fn replacing_leaves_one_whole_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("east.hub.toml");
        for text in ["one", "two, which is longer", "3"] {
            replace(&path, text).unwrap();
            assert_eq!(read(&path).unwrap().as_str(), text);
        }
        let names = std::fs::read_dir(directory.path()).unwrap();
        assert_eq!(names.count(), 1);
    }
}
