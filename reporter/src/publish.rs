//! The only writer of files: a report appears under its name whole, or not at all, and one that was issued stays.

mod issued;
mod left;
mod lock;
mod swap;

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

pub use issued::{Issued, Revision, SUMS, issue, issued, mend, revisions};
pub use lock::Lock;
pub use swap::{Source, Swapped, swap};

/// A file that could not be written, or that may not be.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The machine refused.
    #[error("cannot write {path}")]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An issued file cannot be read.
    #[error("cannot read {path}, which was issued; restore it from a copy")]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The revision is there already.
    #[error(
        "{path} is there already, and what was issued is never replaced; if somebody else issued it just now, run again"
    )]
    Taken {
        /// Its directory.
        path: PathBuf,
    },
    /// A file of that name is there.
    #[error("{path} is there already and is not overwritten; change it, or take it away first")]
    There {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else is at it.
    #[error("another `reporter publish` writes {path} now; run again when it is done")]
    Busy {
        /// What it writes.
        path: PathBuf,
    },
    /// A directory that no site was written to.
    #[error(
        "{path} holds files that are no site of `reporter publish`, which would vanish; name a directory that is empty or not there yet"
    )]
    Foreign {
        /// The directory.
        path: PathBuf,
    },
    /// The file system cannot exchange two directories.
    #[error(
        "cannot put the new site in the place of {path} at once; it must be an ordinary directory (no mount point) on a file system like ext4, XFS, Btrfs or tmpfs"
    )]
    Exchange {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An issued file is not what it was.
    #[error(
        "{path} is not as it was issued (its SHA-256 is another one than in {SUMS}); restore it from a copy"
    )]
    Altered {
        /// The file.
        path: PathBuf,
    },
}

/// Writes `files` (name and content) into `directory`, which is made if need be; gives their paths.
///
/// Each is written to a temporary file beside it, synced and renamed; the directory is synced at the end. An older
/// file of that name is replaced at once; a reader sees either the old or the new one. What somebody who was killed left of
/// files of these names is removed.
///
/// # Errors
/// [`PublishError`] with the path that could not be written; temporary files are removed.
pub fn write(directory: &Path, files: &[(String, Vec<u8>)]) -> Result<Vec<PathBuf>, PublishError> {
    fs::create_dir_all(directory).map_err(told(directory))?;
    left::sweep(directory, |name| files.iter().any(|(one, _)| one == name));
    let mut written = Vec::new();
    for (name, content) in files {
        let path = directory.join(name);
        replace(&path, content).map_err(told(&path))?;
        written.push(path);
    }
    sync(directory).map_err(told(directory))?;
    Ok(written)
}

/// Writes a file that is not there yet; the directory is made if need be.
///
/// # Errors
/// [`PublishError`] if the file is there already, or cannot be written.
pub fn create(path: &Path, content: &[u8]) -> Result<(), PublishError> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory).map_err(told(directory))?;
    let mut file = File::create_new(path).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => PublishError::There {
            path: path.to_owned(),
        },
        _ => told(path)(source),
    })?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    written.map_err(told(path))?;
    sync(directory).map_err(told(directory))
}

/// The directory that `path` is in.
fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

fn told(path: &Path) -> impl FnOnce(io::Error) -> PublishError + use<> {
    let path = path.to_owned();
    move |source| PublishError::Write { path, source }
}

fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory).and_then(|opened| opened.sync_all())
}

fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let temporary = left::temporary(path);
    let whole = File::create(&temporary).and_then(|mut file| {
        left::hold(&file)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    });
    if whole.is_err() {
        // The first error is the one to tell; a leftover temporary file is harmless.
        let _ = fs::remove_file(&temporary);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_replaced_whole_and_nothing_is_left_behind() {
        let directory = tempfile::tempdir().unwrap();
        let inner = directory.path().join("2018-12");
        for content in ["first", "second"] {
            let files = [("a.html".to_owned(), content.as_bytes().to_vec())];
            let paths = write(&inner, &files).unwrap();
            assert_eq!(fs::read_to_string(&paths[0]).unwrap(), content);
        }
        assert_eq!(fs::read_dir(&inner).unwrap().count(), 1);
    }

    #[test]
    fn a_path_that_cannot_be_written_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("file");
        fs::write(&file, "in the way").unwrap();
        let error = write(&file, &[]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot write {}", file.display())
        );
    }
}
