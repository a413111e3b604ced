//! What a writer who was killed left behind. Whoever writes the same next removes it.
//!
//! A temporary file or directory is locked while somebody works on it, and a lock ends with its process: what is not locked
//! was left.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

const END: &str = ".tmp";

/// A name beside `path` that is this process's own.
pub(super) fn temporary(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}{END}", std::process::id()))
}

/// Says that somebody works on it, until it is dropped.
pub(super) fn hold(temporary: &File) -> io::Result<()> {
    Ok(flock(temporary, FlockOperation::NonBlockingLockExclusive)?)
}

/// Removes what was left in `directory` of files and directories that are `named` so. What cannot be removed does no harm.
pub(super) fn sweep(directory: &Path, named: impl Fn(&str) -> bool) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let meant = name.to_str().and_then(meant);
        if meant.is_some_and(&named) {
            // The first who comes removes it; another one finds it gone.
            let _ = remove(&entry.path());
        }
    }
}

/// The name for which a temporary one stands.
fn meant(temporary: &str) -> Option<&str> {
    let inner = temporary.strip_prefix('.')?.strip_suffix(END)?;
    let (name, process) = inner.rsplit_once('.')?;
    process.parse::<u32>().is_ok().then_some(name)
}

fn remove(path: &Path) -> io::Result<()> {
    let left = File::open(path)?;
    hold(&left)?;
    match left.metadata()?.is_dir() {
        true => fs::remove_dir_all(path),
        false => fs::remove_file(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_goes_and_what_somebody_works_on_stays() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let names = [
            ".report.html.77.tmp",
            ".other.html.77.tmp",
            ".report.html.mine.tmp",
            ".report.html.77",
        ];
        for name in names {
            fs::write(root.join(name), "half").unwrap();
        }
        fs::create_dir(root.join(".rev-1.77.tmp")).unwrap();
        fs::write(root.join(".rev-1.77.tmp/report.html"), "half").unwrap();
        let working = File::create(root.join(".report.html.78.tmp")).unwrap();
        hold(&working).unwrap();
        let there = || {
            let entries = fs::read_dir(root).unwrap();
            let mut names: Vec<String> = entries
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            names
        };
        let sweep = || sweep(root, |name| name == "report.html" || name == "rev-1");
        sweep();
        let kept = [
            ".other.html.77.tmp",
            ".report.html.77",
            ".report.html.78.tmp",
            ".report.html.mine.tmp",
        ];
        assert_eq!(there(), kept);
        drop(working);
        sweep();
        assert_eq!(there().len(), 3, "{:?}", there());
    }
}
