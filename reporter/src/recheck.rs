//! A report is computed twice before anybody sees it: from runs, ticks and histograms, and from the attempts themselves.
//!
//! Attempts stand in batches under a hash, so a flipped bit in them is an error; runs, ticks and histograms have none. Where the
//! two disagree the record is damaged, and no number of it is printed.

mod earlier;

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use ledger::contract::Contract;
use ledger::plan::Plan;
use ledger::store::{Evidence, Reader, StoreError};
use ledger::tally::Terms;
use ledger::time::{Interval, Timestamp};
use serde_json::Value;

use crate::gather::{AROUND, Anew, GatherError};
use crate::report::Report;
use crate::report::json::document;
use crate::report::revision::{Change, Edit, diff, figures};

pub use earlier::{before, earlier};

/// The most attempts that are taken out for it: some seconds.
pub const MOST: u64 = 2_000_000;

/// Second looks that are kept: those at the month that is over, its quarter and its year, at this month, and at the days before each.
const KEPT: usize = 8;

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

/// Every attempt of a period and the week on both sides, folded anew, to hold the reports of some contracts against.
#[derive(Debug)]
pub struct Second(Looked);

#[derive(Debug)]
enum Looked {
    /// Nobody looked, for this reason.
    Not(Recheck),
    Anew(Box<Anew>),
}

impl Second {
    /// Looks at every attempt once, however many contracts there are.
    ///
    /// # Errors
    /// [`RecheckError`] if the attempts cannot be read.
    pub fn look(
        reader: &Reader,
        contracts: &[&Contract],
        (period, now): (Interval, Timestamp),
    ) -> Result<Self, RecheckError> {
        let around = Interval::new(period.start - AROUND, period.end + AROUND);
        let count = reader.count(around)?;
        if count > MOST {
            reader.must_be_as_written()?;
            return Ok(Self(Looked::Not(Recheck::TooMany(count))));
        }
        let evidence = reader.evidence(around)?;
        if evidence.is_pruned() {
            reader.must_be_as_written()?;
            return Ok(Self(Looked::Not(Recheck::Pruned)));
        }
        let plans = plans(&evidence)?;
        let anew = Anew::of(plans, evidence.restored(), contracts, (period, now))?;
        Ok(Self(Looked::Anew(Box::new(anew))))
    }

    /// Holds the report of that period by one of the contracts against what was seen.
    ///
    /// # Errors
    /// [`RecheckError`] if the attempts say anything else.
    pub fn hold(&self, report: &Report, terms: Terms<'_>) -> Result<Recheck, RecheckError> {
        let anew = match &self.0 {
            Looked::Not(why) => return Ok(*why),
            Looked::Anew(anew) => anew.report(terms)?,
        };
        agrees(&compared(report), &compared(&anew))
    }
}

/// Holds the only report of a period against the attempts of its time.
///
/// # Errors
/// [`RecheckError`] if they say anything else, or cannot be read.
pub fn recheck(
    reader: &Reader,
    report: &Report,
    terms: Terms<'_>,
    when: (Interval, Timestamp),
) -> Result<Recheck, RecheckError> {
    Second::look(reader, &[terms.contract], when)?.hold(report, terms)
}

/// Second looks at several periods for the same contracts; the last few are kept for the next contract.
#[derive(Debug)]
pub struct Seconds<'r> {
    reader: &'r Reader,
    contracts: &'r [&'r Contract],
    now: Timestamp,
    known: RefCell<VecDeque<(Interval, Arc<Second>)>>,
}

impl<'r> Seconds<'r> {
    /// None yet.
    pub const fn new(reader: &'r Reader, contracts: &'r [&'r Contract], now: Timestamp) -> Self {
        Self {
            reader,
            contracts,
            now,
            known: RefCell::new(VecDeque::new()),
        }
    }

    /// The second look at `period`, which is taken unless it was before.
    ///
    /// # Errors
    /// As [`Second::look`].
    pub fn at(&self, period: Interval) -> Result<Arc<Second>, RecheckError> {
        let mut known = self.known.borrow_mut();
        if let Some((_, second)) = known.iter().find(|(of, _)| *of == period) {
            return Ok(Arc::clone(second));
        }
        let second = Second::look(self.reader, self.contracts, (period, self.now))?;
        let second = Arc::new(second);
        known.truncate(KEPT - 1);
        known.push_front((period, Arc::clone(&second)));
        Ok(second)
    }
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
/// Where the record ends does not: what is read anew ends with what was needed. Nor do the errors of clocks, which runs keep of other
/// ticks than of those that were needed, nor the figures of other periods; those of the
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
        members.remove("clocks");
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
