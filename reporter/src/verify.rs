//! Checking a bundle of evidence without a network: what is in it, what that proves, and whether the report follows.

mod json;
mod table;

use std::io;
use std::path::{Path, PathBuf};

use ledger::bundle::{self, BundleError, Checked, Files, Known, tar};
use ledger::correction::Correction;
use ledger::exclusion::Exclusion;
use ledger::name::Name;
use ledger::note::Note;
use ledger::plan::{Plan, Problems};
use ledger::tally::Terms;
use serde_json::Value;

use crate::evidence::FILE;
use crate::gather;
use crate::period::Period;
use crate::recheck::strip;
use crate::report::json::document;
use crate::report::revision::{Change, diff, figures};

pub use json::render as json;
pub use table::render;

/// The largest bundle, in bytes.
const MAX_BUNDLE: u64 = 4 << 30;

/// Why nothing could be checked.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// A file cannot be read.
    #[error("cannot read {}", .path.display())]
    Read {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It is no bundle.
    #[error("cannot check {}", .path.display())]
    NoBundle {
        /// The file or directory.
        path: PathBuf,
        /// What is wrong.
        source: BundleError,
    },
    /// It is larger than any bundle.
    #[error("{} is larger than any bundle of evidence", .0.display())]
    TooLarge(PathBuf),
}

/// What was found.
#[derive(Debug)]
pub struct Verified {
    /// Of files, chains, signatures and log.
    pub checked: Checked,
    /// Of the report.
    pub report: Anew,
    /// Whether the keys were known from elsewhere.
    pub known: Known,
}

/// What became of the report when it was computed anew.
#[derive(Debug)]
pub enum Anew {
    /// Every figure was compared.
    Compared {
        /// How many figures it has.
        figures: usize,
        /// Those that differ; what the report says is the old value.
        changes: Vec<Change>,
        /// The versions of the time zone database that the report was made with, and that it was computed anew with.
        tzdb: [String; 2],
        /// Other periods that the report stands beside; evidence of one month says nothing of them.
        others: Vec<String>,
    },
    /// It could not be computed.
    Impossible(String),
}

impl Verified {
    /// Whether nothing was altered, and the report follows.
    pub fn agrees(&self) -> bool {
        let same = matches!(&self.report, Anew::Compared { changes, .. } if changes.is_empty());
        self.checked.flaws.is_empty() && same
    }
}

/// Reads a bundle: `evidence.tar`, a directory with that in it, or one that it was unpacked to.
///
/// A report beside it is taken along as the one that is judged.
///
/// # Errors
/// [`VerifyError`] if it cannot be read or is none.
pub fn read(path: &Path) -> Result<Files, VerifyError> {
    let unread = |path: &Path| {
        let path = path.to_owned();
        move |source| VerifyError::Read { path, source }
    };
    let inner = path.join(FILE);
    if !path.is_dir() || inner.is_file() {
        let file = if path.is_dir() { &inner } else { path };
        let length = std::fs::metadata(file).map_err(unread(file))?.len();
        if length > MAX_BUNDLE {
            return Err(VerifyError::TooLarge(file.to_owned()));
        }
        let packed = std::fs::read(file).map_err(unread(file))?;
        let path = file.to_owned();
        return tar::unpack(&packed).map_err(|source| VerifyError::NoBundle { path, source });
    }
    let mut files = Files::new();
    for entry in std::fs::read_dir(path).map_err(unread(path))? {
        let entry = entry.map_err(unread(path))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let content = std::fs::read(entry.path()).map_err(unread(&entry.path()))?;
        files.insert(name, content);
    }
    Ok(files)
}

/// Checks `files`, and computes the report anew.
///
/// # Errors
/// [`BundleError`] if they are no bundle at all. Damage is no error but a finding.
pub fn verify(files: &Files, known: Known) -> Result<Verified, BundleError> {
    let mut checked = bundle::check(files, &known)?;
    let report = anew(files, &mut checked).unwrap_or_else(|why| Anew::Impossible(why.0));
    Ok(Verified {
        checked,
        report,
        known,
    })
}

/// Holds the `report.json` beside a bundle against the one in it.
pub fn beside(path: &Path, files: &Files, checked: &mut Checked) {
    let beside = path.join(bundle::REPORT);
    let (true, true) = (path.join(FILE).is_file(), beside.is_file()) else {
        return;
    };
    if std::fs::read(&beside).ok().as_ref() != files.get(bundle::REPORT) {
        let what = format!("{} beside it is another report", beside.display());
        let file = bundle::REPORT.to_owned();
        checked.flaws.push(bundle::Flaw { file, what });
    }
}

/// Why a report cannot be computed, in words.
struct Why(String);

impl<E: std::error::Error> From<E> for Why {
    fn from(error: E) -> Self {
        let mut text = error.to_string();
        let mut cause = error.source();
        while let Some(inner) = cause {
            text = format!("{text}: {inner}");
            cause = inner.source();
        }
        Self(text)
    }
}

fn anew(files: &Files, checked: &mut Checked) -> Result<Anew, Why> {
    let get = |name: &str| {
        let content = files.get(name).map(Vec::as_slice);
        content.ok_or_else(|| Why(format!("{name} is missing")))
    };
    let told: Value = serde_json::from_slice(get(bundle::REPORT)?)?;
    let plan: Plan = serde_json::from_slice(get(bundle::PLAN)?)?;
    let pruned: u64 = checked.agents.iter().map(|one| one.pruned).sum();
    if pruned > 0 {
        return Err(Why(format!("the attempts of {pruned} batches are pruned")));
    }
    let anew = Declared::read(files, &plan)?.judge(&plan, checked)?;
    let others = told["compared"].as_array().into_iter().flatten();
    let others = others.filter_map(|one| one["name"].as_str());
    let others = others.map(str::to_owned).collect();
    let (mut old, mut new) = (figures(&told), figures(&anew));
    strip(&mut old);
    strip(&mut new);
    let version = |document: &Value| document["tzdb"].as_str().unwrap_or("?").to_owned();
    Ok(Anew::Compared {
        figures: count(&new),
        changes: diff(&old, &new),
        tzdb: [version(&told), version(&anew)],
        others,
    })
}

/// What was declared beside the record.
struct Declared {
    exclusions: Vec<Exclusion>,
    corrections: Vec<Correction>,
    notes: Vec<Note>,
}

impl Declared {
    fn read(files: &Files, plan: &Plan) -> Result<Self, Why> {
        let contracts: Vec<Name> = plan.contracts.iter().map(|one| one.id.clone()).collect();
        let text = |name: &str| {
            let content = files.get(name).cloned();
            content.map(String::from_utf8).transpose()
        };
        let exclusions = text(bundle::EXCLUSIONS)?;
        let exclusions =
            exclusions.map(|text| Exclusion::parse_all(&text, bundle::EXCLUSIONS, &contracts));
        let corrections = text(bundle::CORRECTIONS)?;
        let corrections =
            corrections.map(|text| Correction::parse_all(&text, bundle::CORRECTIONS, &contracts));
        let notes = files.iter().filter(|(name, _)| name.starts_with("note-"));
        let notes = notes.map(|(name, content)| {
            let text = String::from_utf8_lossy(content);
            Note::parse(&text, name, &contracts)
        });
        Ok(Self {
            exclusions: exclusions.transpose()?.unwrap_or_default(),
            corrections: corrections.transpose()?.unwrap_or_default(),
            notes: notes.collect::<Result<_, Problems>>()?,
        })
    }

    /// Folds every attempt of the bundle, which is taken out of it, and judges the month.
    fn judge(self, plan: &Plan, checked: &mut Checked) -> Result<Value, Why> {
        let agents = checked.agents.iter_mut();
        let restored = agents.map(|one| one.restored.take()).collect();
        let manifest = &checked.manifest;
        let mut contracts = plan.contracts.iter();
        let contract = contracts.find(|contract| contract.id == manifest.contract);
        let contract = contract.ok_or_else(|| {
            Why(format!(
                "{} has no contract {}",
                bundle::PLAN,
                manifest.contract
            ))
        })?;
        let terms = Terms {
            contract,
            exclusions: &self.exclusions,
            corrections: &self.corrections,
        };
        let period = manifest.month.parse::<Period>().map_err(Why)?;
        let period = period.interval(&contract.zone)?;
        let when = (period, manifest.as_of);
        let anew = gather::Anew::of(checked.plans.clone(), restored, &[contract], when)?;
        Ok(document(&anew.report(terms)?.with_notes(self.notes)))
    }
}

/// How many single values a document has.
fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(members) => members.values().map(count).sum(),
        _ => 1,
    }
}
