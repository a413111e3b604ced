//! One writer: a file beside the record, locked for as long as the writer lives.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::disk;
use crate::store::StoreError;

/// Makes the directory (0700) and the record (0600) where they are missing, and takes the lock on `FILE.lock`.
///
/// The kernel lets go of it when the process ends, however it ends.
pub(in crate::store) fn take(path: &Path) -> Result<File, StoreError> {
    let unreadable = |error: io::Error| StoreError::Unreadable {
        place: path.into(),
        reason: error.to_string(),
    };
    make_directory(parent(path)).map_err(unreadable)?;
    if let Some(kind) = disk::network(parent(path)) {
        return Err(StoreError::Network {
            place: path.into(),
            kind,
        });
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

/// Makes a directory that only we may use, and those above it, where they are missing. Each is known to the one above it when
/// this returns: a power cut must not take the directory away from under a record that was synced.
pub(in crate::store) fn make_directory(directory: &Path) -> io::Result<()> {
    let above = parent(directory);
    if directory.is_dir() {
        // A life before may have been killed before it could say so. Where that is not ours to do, it was not ours to make.
        if let Ok(above) = File::open(above) {
            let _ = above.sync_all();
        }
        return Ok(());
    }
    make_directory(above)?;
    match DirBuilder::new().mode(0o700).create(directory) {
        // Somebody else was faster.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && directory.is_dir() => Ok(()),
        Err(error) => Err(error),
        Ok(()) => File::open(above)?.sync_all(),
    }
}

/// Where a file or directory stands.
pub(in crate::store) fn parent(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
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
            File::open(parent(path))?.sync_all()
        }
    }
}

fn lock_path(path: &Path) -> PathBuf {
    let mut lock = path.as_os_str().to_owned();
    lock.push(".lock");
    PathBuf::from(lock)
}
