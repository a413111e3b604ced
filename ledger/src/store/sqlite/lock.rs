//! One writer: a file beside the record, locked for as long as the writer lives.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use crate::store::StoreError;

/// Makes the directory (0700) and the record (0600) where they are missing, and takes the lock on `FILE.lock`.
///
/// The kernel lets go of it when the process ends, however it ends.
pub(in crate::store) fn take(path: &Path) -> Result<File, StoreError> {
    let unreadable = |error: io::Error| StoreError::Unreadable {
        place: path.into(),
        reason: error.to_string(),
    };
    if let Some(directory) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
    {
        let mut builder = DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(directory).map_err(unreadable)?;
    }
    let lock = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .mode(0o600)
        .open(lock_path(path))
        .map_err(unreadable)?;
    flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
        Errno::WOULDBLOCK => StoreError::Locked(path.into()),
        other => unreadable(other.into()),
    })?;
    create(path).map_err(unreadable)?;
    Ok(lock)
}

/// Makes an empty file that only we may read. An existing one is not touched: closing a second descriptor of it would
/// drop SQLite's own locks.
pub(in crate::store) fn create(path: &Path) -> io::Result<()> {
    let made = OpenOptions::new()
        .create_new(true)
        .write(true)
        .mode(0o600)
        .open(path);
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        Err(_) => Ok(()),
        Ok(file) => {
            file.sync_all()?;
            let directory = path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty());
            File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
        }
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    PathBuf::from(lock)
}
