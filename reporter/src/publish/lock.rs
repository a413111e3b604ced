//! One publisher at a time.

use std::fs::{File, OpenOptions};
use std::path::Path;

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::{PublishError, told};

/// A lock that is held until it is dropped, or the process ends, however it ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Lock {
    /// Takes the lock file at `path`, which is made if need be and stays; `what` is what it guards.
    ///
    /// # Errors
    /// [`PublishError::Busy`] if somebody holds it; [`PublishError::Write`] if it cannot be made.
    pub fn take(path: &Path, what: &Path) -> Result<Self, PublishError> {
        std::fs::create_dir_all(super::parent(path)).map_err(told(path))?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path)
            .map_err(told(path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(Self { _file: file }),
            Err(Errno::WOULDBLOCK) => Err(PublishError::Busy {
                path: what.to_owned(),
            }),
            Err(other) => Err(told(path)(other.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_one_is_told_and_may_come_later() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/.lock");
        let first = Lock::take(&path, Path::new("www")).unwrap();
        let second = Lock::take(&path, Path::new("www")).unwrap_err();
        assert_eq!(
            second.to_string(),
            "another `reporter publish` writes www now; run again when it is done"
        );
        drop(first);
        Lock::take(&path, Path::new("www")).unwrap();
    }
}
