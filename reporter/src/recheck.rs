//! A report is computed twice before anybody sees it: from runs, ticks and histograms, and from the attempts themselves.
//!
//! Attempts stand in batches under a hash, so a flipped bit in them is an error; runs, ticks and histograms have none. Where the
//! two disagree the record is damaged, and no number of it is printed.

mod earlier;

use std::collections::BTreeMap;

use ledger::plan::Plan;
use ledger::store::{Evidence, Reader, StoreError};
use ledger::tally::Terms;
use ledger::time::{Interval, Timestamp};
use serde_json::Value;

use crate::gather::{self, AROUND, GatherError};
use crate::report::Report;
use crate::report::json::document;
use crate::report::revision::{Change, Edit, diff, figures};

pub use earlier::earlier;

/// The most attempts that are taken out for it: some seconds.
pub const MOST: u64 = 2_000_000;

/// What came of it, if it was no error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recheck {
    /// Every figure is the same.
    Agrees,
    /// There are too many attempts: as many. Runs, ticks and histograms are as they were written.
    TooMany(u64),
    /// Attempts of that time are pruned; runs, ticks and histograms are all there is, and as they were written.
    Pruned,
}

/// Why a report is not to be believed.
#[derive(Debug, thiserror::Error)]
pub enum RecheckError {
    /// The record cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The attempts cannot be judged.
    #[error(transparent)]
    Gather(#[from] GatherError),
    /// A plan cannot be read.
    #[error("plan {version:08x} of the record cannot be read")]
    Plan {
        /// Its version.
        version: u32,
        /// Why.
        source: serde_json::Error,
    },
    /// The two ways disagree.
    #[error(
        "the record is damaged: {path} is {kept} by its runs and ticks, {anew} by its attempts ({count} figures differ); `reporter audit` names the places"
    )]
    Disagrees {
        /// Where in report.json.
        path: String,
        /// What stands there.
        kept: String,
        /// What the attempts say.
        anew: String,
        /// How many figures differ.
        count: usize,
    },
}

/// Holds `report` against the attempts of its time.
///
/// # Errors
/// [`RecheckError`] if they say anything else, or cannot be read.
pub fn recheck(
    reader: &Reader,
    report: &Report,
    terms: Terms<'_>,
    (period, now): (Interval, Timestamp),
) -> Result<Recheck, RecheckError> {
    let restored = match anew(reader, period)? {
        Ok(restored) => restored,
        Err(cannot) => return Ok(cannot),
    };
    let anew = gather::report(&restored, terms, period, now)?;
    agrees(&compared(report), &compared(&anew))
}

/// The record around a period, made anew from its attempts alone; or why that cannot be, and then it is as it was written.
fn anew(reader: &Reader, period: Interval) -> Result<Result<Reader, Recheck>, RecheckError> {
    let around = Interval::new(period.start - AROUND, period.end + AROUND);
    let count = reader.count(around)?;
    if count > MOST {
        reader.must_be_as_written()?;
        return Ok(Err(Recheck::TooMany(count)));
    }
    let evidence = reader.evidence(around)?;
    if evidence.is_pruned() {
        reader.must_be_as_written()?;
        return Ok(Err(Recheck::Pruned));
    }
    let restored = Reader::restored(&plans(&evidence)?, evidence.restored())?;
    Ok(Ok(restored))
}

fn agrees(kept: &Value, anew: &Value) -> Result<Recheck, RecheckError> {
    let changes = diff(kept, anew);
    match changes.first() {
        None => Ok(Recheck::Agrees),
        Some(first) => Err(told(first, changes.len())),
    }
}

/// The figures of a report that follow from the record around its period.
///
/// Where the record ends does not: what is read anew ends with what was needed. Nor do the figures of other periods; those of the
/// days before it are held against theirs by [`earlier()`].
pub fn compared(report: &Report) -> Value {
    let mut document = figures(&document(report));
    strip(&mut document);
    document
}

/// As [`compared`], of a document.
pub fn strip(document: &mut Value) {
    if let Some(stage) = document.get_mut("stage").and_then(Value::as_object_mut) {
        stage.remove("record_until");
    }
    if let Some(members) = document.as_object_mut() {
        members.remove("compared");
        members.remove("recent");
    }
}

fn plans(evidence: &Evidence) -> Result<BTreeMap<u32, Plan>, RecheckError> {
    let plan = |(version, json): (&u32, &String)| {
        let version = *version;
        let plan = serde_json::from_str(json);
        Ok((
            version,
            plan.map_err(|source| RecheckError::Plan { version, source })?,
        ))
    };
    evidence.plans.iter().map(plan).collect()
}

fn told(change: &Change, count: usize) -> RecheckError {
    let nothing = || "nothing".to_owned();
    let (kept, anew) = match &change.edit {
        Edit::Add { value } => (nothing(), value.to_string()),
        Edit::Remove { old } => (old.to_string(), nothing()),
        Edit::Replace { old, value } => (old.to_string(), value.to_string()),
    };
    let path = change.path.clone();
    RecheckError::Disagrees {
        path,
        kept,
        anew,
        count,
    }
}

#[cfg(test)]
mod tests;
