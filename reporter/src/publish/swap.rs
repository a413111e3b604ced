//! A directory of files that is replaced as a whole: whoever reads it sees the old one or the new one.
//!
//! The new one is built beside it and synced, then the two change places in one step of the file system. What was there before
//! stays beside it until the next time, for readers who have just opened it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::{PublishError, parent, sync, told};

/// The file by which a site is known as one.
const MARK: &str = ".reporter-site";
const MARKED: &[u8] = b"Made by `reporter publish`, which replaces this directory as a whole.\n";

/// What is to be in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// This.
    Bytes(Vec<u8>),
    /// What this file holds.
    File(PathBuf),
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Swapped {
    /// How many files there are.
    pub files: usize,
    /// How many of them are new or other than before; if none is and none had to go, nothing was touched.
    pub changed: usize,
    /// How many were there before and are no more.
    pub gone: usize,
}

/// The steps, for tests that stop between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Cleared,
    Wrote,
    Synced,
    Exchanged,
    Done,
}

/// Puts `files`, by their paths below it, in the place of all that is in `directory`.
///
/// Files that are as before are kept as they are, so that web servers go on knowing them. A crash at any step leaves the old site
/// or the new one; what else it leaves lies beside it and is cleared away the next time.
///
/// # Errors
/// [`PublishError`] if `directory` holds something else than a site, or a file cannot be read or written.
pub fn swap(directory: &Path, files: &BTreeMap<String, Source>) -> Result<Swapped, PublishError> {
    swap_by(directory, files, &mut |_| Ok(()))
}

type Cut<'c> = &'c mut dyn FnMut(Step) -> Result<(), PublishError>;

fn swap_by(
    directory: &Path,
    files: &BTreeMap<String, Source>,
    cut: Cut<'_>,
) -> Result<Swapped, PublishError> {
    must_be_ours(directory)?;
    let directory = &resolved(directory)?;
    let before = paths(directory).map_err(told(directory))?;
    let other = beside(directory);
    must_be_ours(&other)?;
    let mut all: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for (path, source) in files {
        all.insert(path, content(source)?);
    }
    all.insert(MARK, MARKED.to_vec());
    let same = |path: &str, content: &[u8]| {
        before.contains(path) && fs::read(directory.join(path)).is_ok_and(|old| old == content)
    };
    let kept: BTreeSet<&str> = all
        .iter()
        .filter(|(path, content)| same(path, content))
        .map(|(path, _)| *path)
        .collect();
    let gone = before
        .iter()
        .filter(|path| !all.contains_key(path.as_str()));
    let swapped = Swapped {
        files: files.len(),
        changed: all
            .keys()
            .filter(|path| **path != MARK && !kept.contains(*path))
            .count(),
        gone: gone.count(),
    };
    if kept.len() == all.len() && swapped.gone == 0 {
        return Ok(swapped);
    }
    clear(&other).map_err(told(&other))?;
    cut(Step::Cleared)?;
    build(&other, directory, (&all, &kept), cut)?;
    exchange(&other, directory)?;
    cut(Step::Exchanged)?;
    sync(parent(directory)).map_err(told(directory))?;
    cut(Step::Done)?;
    Ok(swapped)
}

/// What a link leads to; the directory itself where it is none.
fn resolved(directory: &Path) -> Result<PathBuf, PublishError> {
    match fs::canonicalize(directory) {
        Ok(path) => Ok(path),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let above = parent(directory);
            fs::create_dir_all(above).map_err(told(above))?;
            let above = fs::canonicalize(above).map_err(told(above))?;
            let name = directory.file_name().ok_or_else(|| PublishError::Foreign {
                path: directory.to_owned(),
            })?;
            Ok(above.join(name))
        }
        Err(error) => Err(told(directory)(error)),
    }
}

/// Where the new site is built, and the old one stays.
fn beside(directory: &Path) -> PathBuf {
    let name = directory.file_name().unwrap_or_default().to_string_lossy();
    directory.with_file_name(format!(".{name}.other"))
}

/// It is a site, or empty, or not there.
fn must_be_ours(directory: &Path) -> Result<(), PublishError> {
    let foreign = || PublishError::Foreign {
        path: directory.to_owned(),
    };
    match fs::read_dir(directory) {
        Ok(mut entries) => match directory.join(MARK).is_file() || entries.next().is_none() {
            true => Ok(()),
            false => Err(foreign()),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => Err(foreign()),
        Err(error) => Err(told(directory)(error)),
    }
}

/// All files below a directory, by their paths.
fn paths(directory: &Path) -> io::Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    let mut waiting = vec![(directory.to_owned(), String::new())];
    while let Some((at, prefix)) = waiting.pop() {
        let entries = match fs::read_dir(&at) {
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
            match entry.file_type()?.is_dir() {
                true => waiting.push((entry.path(), format!("{path}/"))),
                false => {
                    found.insert(path);
                }
            }
        }
    }
    Ok(found)
}

fn content(source: &Source) -> Result<Vec<u8>, PublishError> {
    match source {
        Source::Bytes(bytes) => Ok(bytes.clone()),
        Source::File(path) => fs::read(path).map_err(|source| PublishError::Read {
            path: path.clone(),
            source,
        }),
    }
}

fn clear(directory: &Path) -> io::Result<()> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Writes all files below `other`; those in `kept` are the same files as in `old`.
fn build(
    other: &Path,
    old: &Path,
    (all, kept): (&BTreeMap<&str, Vec<u8>>, &BTreeSet<&str>),
    cut: Cut<'_>,
) -> Result<(), PublishError> {
    let mut directories: BTreeSet<PathBuf> = [other.to_owned()].into();
    fs::create_dir(other).map_err(told(other))?;
    // The mark comes first: what a crash leaves is known as ours.
    for path in [MARK]
        .into_iter()
        .chain(all.keys().copied().filter(|path| *path != MARK))
    {
        let at = other.join(path);
        let above = parent(&at);
        if !directories.contains(above) {
            fs::create_dir_all(above).map_err(told(above))?;
            let ancestors = above.ancestors().take_while(|one| *one != other);
            directories.extend(ancestors.map(Path::to_owned));
        }
        let linked = kept.contains(path) && fs::hard_link(old.join(path), &at).is_ok();
        if !linked && let Some(content) = all.get(path) {
            let written = File::create_new(&at)
                .and_then(|mut file| file.write_all(content).and_then(|()| file.sync_all()));
            written.map_err(told(&at))?;
        }
        cut(Step::Wrote)?;
    }
    // The deepest first.
    for directory in directories.iter().rev() {
        sync(directory).map_err(told(directory))?;
    }
    sync(parent(other)).map_err(told(other))?;
    cut(Step::Synced)
}

/// The two change places; where there was nothing, the new one takes it.
fn exchange(other: &Path, directory: &Path) -> Result<(), PublishError> {
    let flags = match directory.exists() {
        true => RenameFlags::EXCHANGE,
        false => RenameFlags::NOREPLACE,
    };
    renameat_with(CWD, other, CWD, directory, flags).map_err(|error| PublishError::Exchange {
        path: directory.to_owned(),
        source: error.into(),
    })
}

#[cfg(test)]
mod tests;
