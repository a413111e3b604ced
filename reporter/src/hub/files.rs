//! Files that only their owner may read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

/// The largest key or certificate file.
const MOST: u64 = 1 << 20;

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The system refuses.
    #[error("cannot {} {}: {reason}", .what, .path.display())]
    Io {
        /// What was tried.
        what: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        reason: String,
    },
    /// Others may read or write it.
    #[error("{} holds a secret and others may use it (mode {mode:o}); run: chmod 600 {}", .path.display(), .path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Its content is something else.
    #[error("{}: {reason}", .path.display())]
    Odd {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
}

impl FileError {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "errors and texts are handed over and told"
    )]
    pub(super) fn odd(path: &Path, reason: impl ToString) -> Self {
        Self::Odd {
            path: path.to_owned(),
            reason: reason.to_string(),
        }
    }
}

/// Makes a directory that only we may enter, where there is none.
pub(super) fn directory(path: &Path) -> Result<(), FileError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
    made.map_err(|error| io_error("make", path, &error))
}

/// Reads a secret, which nobody else may be able to read; `None` if there is no such file.
pub(super) fn secret(path: &Path) -> Result<Option<String>, FileError> {
    let Some(mut file) = open(path)? else {
        return Ok(None);
    };
    let metadata = file.metadata();
    let metadata = metadata.map_err(|error| io_error("read", path, &error))?;
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        let path = path.to_owned();
        return Err(FileError::Open { path, mode });
    }
    text(&mut file, path).map(Some)
}

/// Reads a file that is no secret; `None` if there is none.
pub(super) fn public(path: &Path) -> Result<Option<String>, FileError> {
    let Some(mut file) = open(path)? else {
        return Ok(None);
    };
    text(&mut file, path).map(Some)
}

/// Writes a file that only we may read, whole or not at all, in the place of an older one.
pub(super) fn write(path: &Path, text: &str) -> Result<(), FileError> {
    let mut fresh = path.as_os_str().to_owned();
    fresh.push(".new");
    let fresh = PathBuf::from(fresh);
    let written = || -> io::Result<()> {
        // A rest of an earlier try; it may not be followed if it is a link.
        match fs::remove_file(&fresh) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = OpenOptions::new();
        let mut file = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&fresh)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&fresh, path)?;
        let directory = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty());
        File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
    };
    written().map_err(|error| io_error("write", path, &error))
}

fn open(path: &Path) -> Result<Option<File>, FileError> {
    let mut options = OpenOptions::new();
    let flags = i32::try_from(OFlags::NOFOLLOW.bits()).unwrap_or(0);
    match options.read(true).custom_flags(flags).open(path) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(io_error("read", path, &error)),
    }
}

fn text(file: &mut File, path: &Path) -> Result<String, FileError> {
    let mut text = String::new();
    let read = file.take(MOST).read_to_string(&mut text);
    read.map_err(|error| io_error("read", path, &error))?;
    Ok(text)
}

fn io_error(what: &'static str, path: &Path, error: &io::Error) -> FileError {
    FileError::Io {
        what,
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_secret_is_written_for_its_owner_alone_and_read_only_if_it_stayed_so() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("hub.key");
        assert_eq!(secret(&path).expect("is missing"), None);
        write(&path, "one").expect("is written");
        write(&path, "two").expect("is written over");
        assert_eq!(secret(&path).expect("is read").as_deref(), Some("two"));
        let mode = fs::metadata(&path).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("is ours");
        assert!(matches!(
            secret(&path),
            Err(FileError::Open { mode: 0o640, .. })
        ));
    }

    #[test]
    fn links_are_not_followed() {
        let directory = tempfile::tempdir().expect("a directory");
        let (real, link) = (directory.path().join("real"), directory.path().join("link"));
        write(&real, "one").expect("is written");
        symlink(&real, &link).expect("is made");
        assert!(matches!(secret(&link), Err(FileError::Io { .. })));
    }
}
