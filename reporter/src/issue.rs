//! From a report to its files: provisional ones are replaced, issued ones stay, and what has changed since becomes a
//! new revision that says what and why.

use std::path::{Path, PathBuf};

use ledger::bundle::BundleError;
use serde_json::Value;

use crate::evidence::{self, Proofs};
use crate::publish::{self, Issued, PublishError};
use crate::report::basis::{Basis, sha256};
use crate::report::pdf::{Paper, PdfError};
use crate::report::revision::{self, Differences, Revision, causes, diff, revised};
use crate::report::{self, Report, Stage, json};

/// What a revision changes in the one before, in words; it stands in its directory alone.
pub const CHANGES: &str = "changes.txt";

/// What is written beside the report.
#[derive(Debug, Default)]
pub struct With {
    /// What others need to check it.
    pub proofs: Option<Proofs>,
    /// The size of the sheets of its PDF.
    pub paper: Paper,
}

/// What was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// More data is waited for: these files were written and may be replaced.
    Provisional(Vec<PathBuf>),
    /// A revision was issued.
    Issued {
        /// Its number.
        number: u32,
        /// Its files.
        files: Vec<PathBuf>,
        /// How many numbers it changes in the one before.
        changes: usize,
    },
    /// The revision that is there says the same; no issued file was touched.
    Unchanged {
        /// Its number.
        number: u32,
        /// Its directory.
        directory: PathBuf,
    },
}

/// Why nothing was issued.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// A file stood in the way.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The evidence does not fit into a bundle.
    #[error("the evidence cannot be bundled; --no-evidence leaves it out")]
    Bundle(#[from] BundleError),
    /// The directory holds issued reports of something else.
    #[error(
        "{directory} holds the issued report of {found}; write that of {asked} to another directory"
    )]
    OtherReport {
        /// The directory.
        directory: PathBuf,
        /// What it holds.
        found: String,
        /// What was to be written.
        asked: String,
    },
    /// It was final already.
    #[error(
        "{directory} holds revision {number}, which was issued; a provisional report is no more written beside it. Leave out --as-of, or name another directory"
    )]
    AlreadyFinal {
        /// The directory.
        directory: PathBuf,
        /// The newest revision.
        number: u32,
    },
    /// There is no PDF.
    #[error(transparent)]
    Pdf(#[from] PdfError),
    /// An issued document is none.
    #[error("{path} is no report that this program can compare with: {why}")]
    Unreadable {
        /// The document.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// Writes a report into `directory`, as its stage and what was issued there ask for.
///
/// The directory itself always shows the newest report; `rev-1`, `rev-2` … hold what was issued.
///
/// # Errors
/// [`IssueError`] if a file cannot be written, an issued one was changed, or the directory belongs to another report.
pub fn write(directory: &Path, mut report: Report, with: With) -> Result<Outcome, IssueError> {
    let newest = publish::issued(directory)?;
    let before = newest.as_ref().map(read).transpose()?;
    if let Some(before) = &before {
        must_be_of(directory, before, &report)?;
    }
    match (report.stage, newest.zip(before)) {
        (Stage::Provisional { .. }, None) => {
            let files = render(&report, with)?;
            Ok(Outcome::Provisional(publish::write(directory, &files)?))
        }
        (Stage::Provisional { .. }, Some((issued, _))) => Err(IssueError::AlreadyFinal {
            directory: directory.to_owned(),
            number: issued.number,
        }),
        (Stage::Final, None) => {
            report.revision = Some(Revision::FIRST);
            issue(directory, &report, with)
        }
        (Stage::Final, Some((issued, before))) => {
            let Some(differences) = differences(&issued, &before, &report)? else {
                mend(directory, &issued.directory, &issued.files)?;
                return Ok(Outcome::Unchanged {
                    number: issued.number,
                    directory: issued.directory,
                });
            };
            report.revision = Some(Revision {
                number: issued.number + 1,
                replaces: Some(differences),
            });
            issue(directory, &report, with)
        }
    }
}

/// Whether [`write()`] would issue a revision of a report that is final.
///
/// # Errors
/// As [`write()`].
pub fn is_due(directory: &Path, report: &Report) -> Result<bool, IssueError> {
    let Some(issued) = publish::issued(directory)? else {
        return Ok(report.stage == Stage::Final);
    };
    let before = read(&issued)?;
    must_be_of(directory, &before, report)?;
    let changes = || differences(&issued, &before, report);
    Ok(report.stage == Stage::Final && changes()?.is_some())
}

/// All forms of a report by the names of their files, without evidence.
///
/// # Errors
/// As [`write()`].
pub fn forms(report: &Report, paper: Paper) -> Result<Vec<(String, Vec<u8>)>, IssueError> {
    let proofs = None;
    render(report, With { proofs, paper })
}

/// What `report` changes in the issued one; `None` if nothing.
fn differences(
    issued: &Issued,
    before: &Value,
    report: &Report,
) -> Result<Option<Differences>, IssueError> {
    let now = json::document(report);
    let changes = diff(&revised(before), &known(before, revised(&now)));
    if changes.is_empty() {
        return Ok(None);
    }
    let basis: Basis = serde_json::from_value(before["basis"].clone())
        .map_err(|error| unreadable(issued, &error))?;
    Ok(Some(Differences {
        number: issued.number,
        sha256: sha256(&issued.report),
        causes: causes((before, &now), (&basis, &report.basis), &changes),
        changes,
    }))
}

/// Of the figures of `now` those members that `before` has, too: a newer program that tells more has changed no number.
fn known(before: &Value, mut now: Value) -> Value {
    if let Some(members) = now.as_object_mut() {
        members.retain(|name, _| before.get(name).is_some());
    }
    now
}

fn issue(directory: &Path, report: &Report, with: With) -> Result<Outcome, IssueError> {
    let revision = report.revision.as_ref().unwrap_or(&Revision::FIRST);
    let mut files = render(report, with)?;
    let copies = files.clone();
    if let Some(differences) = &revision.replaces {
        let document = json::document(report);
        let text = revision::text(differences, &document, &report.zone);
        files.push((CHANGES.into(), text.into_bytes()));
    }
    std::fs::create_dir_all(directory).map_err(|source| PublishError::Write {
        path: directory.to_owned(),
        source,
    })?;
    let issued = publish::issue(directory, revision.number, &files)?;
    publish::write(directory, &copies)?;
    Ok(Outcome::Issued {
        number: revision.number,
        files: issued,
        changes: revision
            .replaces
            .as_ref()
            .map_or(0, |one| one.changes.len()),
    })
}

/// Makes `directory` show its newest revision, which has these files, where somebody was killed before it did.
///
/// # Errors
/// [`PublishError`] if a file cannot be read or written.
pub fn mend(directory: &Path, newest: &Path, files: &[String]) -> Result<(), PublishError> {
    let copies = files.iter().map(String::as_str);
    publish::mend(directory, newest, copies.filter(|name| *name != CHANGES))
}

fn render(report: &Report, with: With) -> Result<Vec<(String, Vec<u8>)>, IssueError> {
    let mut files: Vec<(String, Vec<u8>)> = report::forms::all(report, with.paper)?
        .into_iter()
        .map(|(name, content)| (name.to_owned(), content))
        .collect();
    if let Some(proofs) = with.proofs {
        let json = json::render(report).into_bytes();
        files.push((evidence::FILE.into(), proofs.with(&json)?));
    }
    Ok(files)
}

fn read(issued: &Issued) -> Result<Value, IssueError> {
    serde_json::from_slice(&issued.report).map_err(|error| unreadable(issued, &error))
}

fn unreadable(issued: &Issued, error: &serde_json::Error) -> IssueError {
    IssueError::Unreadable {
        path: issued.directory.join("report.json"),
        why: error.to_string(),
    }
}

fn must_be_of(directory: &Path, before: &Value, report: &Report) -> Result<(), IssueError> {
    let text = |value: &Value| value.as_str().unwrap_or("?").to_owned();
    let told = |contract: &str, name: &str| format!("contract {contract} for {name}");
    let found = told(&text(&before["contract"]["id"]), &text(&before["name"]));
    let asked = told(report.contract.id.as_str(), &report.name);
    if found == asked {
        return Ok(());
    }
    Err(IssueError::OtherReport {
        directory: directory.to_owned(),
        found,
        asked,
    })
}
