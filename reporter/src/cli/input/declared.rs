//! What people declare beside the record: exclusions, corrections, and notes about incidents.

use std::path::{Path, PathBuf};

use anyhow::Context;
use ledger::correction::Correction;
use ledger::exclusion::Exclusion;
use ledger::name::Name;
use ledger::note::Note;
use ledger::plan::Plan;

use super::Input;
use crate::evidence::Texts;

/// All of it; empty where no file is named and the usual one is not there.
pub(in crate::cli) struct Declared {
    pub(in crate::cli) exclusions: Vec<Exclusion>,
    pub(in crate::cli) corrections: Vec<Correction>,
    pub(in crate::cli) notes: Vec<Note>,
    /// The same as it was written.
    pub(in crate::cli) texts: Texts,
}

/// Reads the files that are named, or the usual ones.
pub(super) fn read(input: &Input, plan: &Plan) -> anyhow::Result<Declared> {
    let contracts: Vec<Name> = plan.contracts.iter().map(|one| one.id.clone()).collect();
    let exclusions = one_of(input.exclusions.as_deref(), "data/exclusions.toml");
    let corrections = one_of(input.corrections.as_deref(), "data/corrections.toml");
    let notes = one_of(input.notes.as_deref(), "data/incidents");
    let mut texts = Texts::default();
    let exclusions = match exclusions {
        Some(path) => {
            let text = texts.exclusions.insert(text_of(path, "exclusions")?);
            Exclusion::parse_all(text, &path.display().to_string(), &contracts)?
        }
        None => Vec::new(),
    };
    let corrections = match corrections {
        Some(path) => {
            let text = texts.corrections.insert(text_of(path, "corrections")?);
            Correction::parse_all(text, &path.display().to_string(), &contracts)?
        }
        None => Vec::new(),
    };
    let notes = match notes {
        Some(directory) => read_notes(directory, &contracts, &mut texts)?,
        None => Vec::new(),
    };
    Ok(Declared {
        exclusions,
        corrections,
        notes,
        texts,
    })
}

/// The path that is named, or the usual one if it is there.
fn one_of<'p>(named: Option<&'p Path>, usual: &'p str) -> Option<&'p Path> {
    named.or_else(|| Some(Path::new(usual)).filter(|path| path.exists()))
}

fn text_of(path: &Path, what: &str) -> anyhow::Result<String> {
    std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the {what} {}", path.display()))
}

/// All `*.md` of a directory, by name.
fn read_notes(
    directory: &Path,
    contracts: &[Name],
    texts: &mut Texts,
) -> anyhow::Result<Vec<Note>> {
    let unreadable = || format!("cannot read the notes in {}", directory.display());
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in std::fs::read_dir(directory).with_context(unreadable)? {
        let path = entry.with_context(unreadable)?.path();
        if path.extension().is_some_and(|extension| extension == "md") {
            paths.push(path);
        }
    }
    paths.sort();
    let read = |path: PathBuf| {
        let text = text_of(&path, "note")?;
        let note = Note::parse(&text, &path.display().to_string(), contracts)?;
        texts.notes.push(text);
        Ok(note)
    };
    paths.into_iter().map(read).collect()
}
