//! Issued revisions: directories `rev-1`, `rev-2` … that are written once, whole, and never again.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::{PublishError, left, sync, told, write};
use crate::report::basis::sha256;

/// The file that lists the SHA-256 of every other file of a revision, as `sha256sum -c` reads it.
pub const SUMS: &str = "SHA256SUMS";

/// The newest revision of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issued {
    /// Its number.
    pub number: u32,
    /// Where it is.
    pub directory: PathBuf,
    /// The names of its files, as [`SUMS`] lists them, without that one.
    pub files: Vec<String>,
    /// Its `report.json`.
    pub report: Vec<u8>,
}

/// One of the revisions of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Revision {
    /// Its number.
    pub number: u32,
    /// Where it is.
    pub directory: PathBuf,
    /// The names of its files, as [`SUMS`] lists them, without that one.
    pub files: Vec<String>,
}

/// All revisions in `directory`, oldest first, each as it was issued; none where there is no such directory.
///
/// # Errors
/// [`PublishError`] if a file of a revision was changed or cannot be read.
pub fn revisions(directory: &Path) -> Result<Vec<Revision>, PublishError> {
    let mut numbers = match numbers(directory) {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        numbers => numbers.map_err(unread(directory))?,
    };
    numbers.sort_unstable();
    let each = numbers.into_iter().map(|number| {
        let directory = place(directory, number);
        let files = verify(&directory)?;
        Ok(Revision {
            number,
            directory,
            files,
        })
    });
    each.collect()
}

/// Issues `files` as revision `number` in `directory`; gives their paths.
///
/// All are written to a temporary directory, which then gets its name: the revision is there whole or not at all,
/// and the name can be taken only once.
///
/// # Errors
/// [`PublishError`] if the revision is there already, or a file cannot be written; nothing is left behind.
pub fn issue(
    directory: &Path,
    number: u32,
    files: &[(String, Vec<u8>)],
) -> Result<Vec<PathBuf>, PublishError> {
    let place = place(directory, number);
    let sums = files
        .iter()
        .map(|(name, content)| format!("{}  {name}\n", sha256(content)));
    let sums = (SUMS.to_owned(), sums.collect::<String>().into_bytes());
    let all: Vec<(String, Vec<u8>)> = files.iter().cloned().chain([sums]).collect();
    left::sweep(directory, |name| name.starts_with("rev-"));
    let temporary = left::temporary(&place);
    let whole = begin(&temporary)
        .and_then(|_held| write(&temporary, &all).and_then(|_| take_place(&temporary, &place)));
    if whole.is_err() {
        // The first error is the one to tell; a leftover temporary directory is harmless.
        let _ = fs::remove_dir_all(&temporary);
    }
    whole?;
    sync(directory).map_err(told(directory))?;
    Ok(all.iter().map(|(name, _)| place.join(name)).collect())
}

/// A new directory that nobody takes for one that was left.
fn begin(temporary: &Path) -> Result<File, PublishError> {
    let held = fs::create_dir_all(temporary)
        .and_then(|()| File::open(temporary))
        .and_then(|held| left::hold(&held).map(|()| held));
    held.map_err(told(temporary))
}

/// Renaming a directory replaces no other one that holds a file.
fn take_place(temporary: &Path, place: &Path) -> Result<(), PublishError> {
    fs::rename(temporary, place).map_err(|source| {
        let path = place.to_owned();
        match source.kind() {
            ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty | ErrorKind::NotADirectory => {
                PublishError::Taken { path }
            }
            _ => PublishError::Write { path, source },
        }
    })
}

/// The newest revision in `directory`, after all of them were found to be as they were issued; `None` if there is none.
///
/// # Errors
/// [`PublishError`] if a file of a revision was changed or cannot be read.
pub fn issued(directory: &Path) -> Result<Option<Issued>, PublishError> {
    let Some(newest) = revisions(directory)?.pop() else {
        return Ok(None);
    };
    let path = newest.directory.join("report.json");
    let report = fs::read(&path).map_err(unread(&path))?;
    Ok(Some(Issued {
        number: newest.number,
        directory: newest.directory,
        files: newest.files,
        report,
    }))
}

/// Makes the files `names` in `directory` those of a revision in it: who was killed after issuing that has left older ones.
///
/// # Errors
/// [`PublishError`] if a file cannot be read or written.
pub fn mend<'n>(
    directory: &Path,
    revision: &Path,
    names: impl IntoIterator<Item = &'n str>,
) -> Result<(), PublishError> {
    let mut stale = Vec::new();
    for name in names {
        let path = revision.join(name);
        let issued = fs::read(&path).map_err(unread(&path))?;
        if !fs::read(directory.join(name)).is_ok_and(|copy| copy == issued) {
            stale.push((name.to_owned(), issued));
        }
    }
    match stale.is_empty() {
        true => Ok(()),
        false => write(directory, &stale).map(|_| ()),
    }
}

fn place(directory: &Path, number: u32) -> PathBuf {
    directory.join(format!("rev-{number}"))
}

fn numbers(directory: &Path) -> io::Result<Vec<u32>> {
    let mut numbers = Vec::new();
    for entry in fs::read_dir(directory)? {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| name.strip_prefix("rev-"));
        numbers.extend(number.and_then(|number| number.parse::<u32>().ok()));
    }
    Ok(numbers)
}

/// Checks every file of a revision; gives their names.
fn verify(place: &Path) -> Result<Vec<String>, PublishError> {
    let mut names = Vec::new();
    let sums = place.join(SUMS);
    let listed = fs::read_to_string(&sums).map_err(unread(&sums))?;
    for line in listed.lines() {
        let altered = |path: PathBuf| PublishError::Altered { path };
        let (sum, name) = line.split_once("  ").ok_or_else(|| altered(sums.clone()))?;
        let path = place.join(name);
        let content = fs::read(&path).map_err(unread(&path))?;
        if sha256(&content) != sum {
            return Err(altered(path));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

fn unread(path: &Path) -> impl FnOnce(io::Error) -> PublishError + use<> {
    let path = path.to_owned();
    move |source| PublishError::Read { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(content: &str) -> Vec<(String, Vec<u8>)> {
        vec![("report.json".to_owned(), content.as_bytes().to_vec())]
    }

    #[test]
    fn an_issued_revision_is_never_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        assert_eq!(issued(&root.join("nowhere")).unwrap(), None);
        assert_eq!(issued(root).unwrap(), None);
        issue(root, 1, &files("first")).unwrap();
        let again = issue(root, 1, &files("second")).unwrap_err();
        assert!(
            again.to_string().contains("rev-1 is there already"),
            "{again}"
        );
        let newest = issued(root).unwrap().unwrap();
        assert_eq!((newest.number, newest.report), (1, b"first".to_vec()));
        for number in 2..=11 {
            issue(root, number, &files(&number.to_string())).unwrap();
        }
        assert_eq!(issued(root).unwrap().unwrap().number, 11, "10 follows 9");
        assert_eq!(
            fs::read_dir(root).unwrap().count(),
            11,
            "nothing is left behind"
        );
    }

    #[test]
    fn copies_of_the_newest_revision_are_made_good() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        issue(root, 1, &files("first")).unwrap();
        let copy = root.join("report.json");
        for old in [None, Some("older"), Some("first")] {
            if let Some(old) = old {
                fs::write(&copy, old).unwrap();
            }
            mend(root, &root.join("rev-1"), ["report.json"]).unwrap();
            assert_eq!(fs::read_to_string(&copy).unwrap(), "first");
        }
        let names = ["missing.json"];
        assert!(mend(root, &root.join("rev-1"), names).is_err());
    }

    #[test]
    fn a_changed_or_missing_file_of_any_revision_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        issue(root, 1, &files("first")).unwrap();
        issue(root, 2, &files("second")).unwrap();
        let first = root.join("rev-1/report.json");
        fs::write(&first, "forged").unwrap();
        let error = issued(root).unwrap_err();
        assert!(
            matches!(&error, PublishError::Altered { path } if *path == first),
            "{error}"
        );
        fs::remove_file(&first).unwrap();
        let error = issued(root).unwrap_err();
        assert!(
            matches!(&error, PublishError::Read { path, .. } if *path == first),
            "{error}"
        );
    }
}
