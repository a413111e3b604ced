//! The bundle of evidence that a month's report is issued with: `evidence.tar` beside `report.json`.

use ledger::bundle::{self, Bundle, BundleError, Files, Manifest, tar};
use ledger::contract::Contract;
use ledger::plan::Plan;
use ledger::store::{Evidence, Reader, StoreError};
use ledger::time::{Interval, Millis, Timestamp};

use crate::gather::AROUND;

/// The file.
pub const FILE: &str = "evidence.tar";

/// What people declared, as they wrote it.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// The exclusions, if there are any.
    pub exclusions: Option<String>,
    /// The corrections, if there are any.
    pub corrections: Option<String>,
    /// The notes, in the order of their files.
    pub notes: Vec<String>,
}

/// What a report was made of, beside the record.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// The plan with the contract.
    pub plan: &'a Plan,
    /// The contract.
    pub contract: &'a Contract,
    /// What was declared.
    pub texts: &'a Texts,
    /// The month, such as `2018-12`.
    pub month: &'a str,
    /// Its first instant, and the one after it.
    pub period: Interval,
    /// As of when it was judged.
    pub now: Timestamp,
}

/// All of a bundle but the report, which knows its number only when it is issued.
#[derive(Debug)]
pub struct Proofs(Bundle);

/// Collects the evidence of a month.
///
/// # Errors
/// [`StoreError`] if a record is damaged or cannot be read.
///
/// # Panics
/// Never: a plan's maps have text keys.
pub fn collect(reader: &Reader, terms: Terms<'_>) -> Result<Proofs, StoreError> {
    let period = terms.period;
    let found = reader.evidence(Interval::new(period.start - AROUND, period.end + AROUND))?;
    let Evidence {
        shown,
        hub,
        keys,
        agents,
        plans,
        log,
    } = found;
    let manifest = Manifest {
        format: Manifest::FORMAT,
        program: concat!("reporter ", env!("CARGO_PKG_VERSION")).into(),
        contract: terms.contract.id.clone(),
        month: terms.month.to_owned(),
        as_of: pinned(terms),
        shown,
        hub,
        agents: keys,
    };
    let mut others = Files::new();
    let plan = serde_json::to_vec(terms.plan).expect("a plan's maps have text keys");
    others.insert(bundle::PLAN.to_owned(), plan);
    let mut put = |name: String, text: &str| others.insert(name, text.as_bytes().to_vec());
    if let Some(text) = &terms.texts.exclusions {
        put(bundle::EXCLUSIONS.to_owned(), text);
    }
    if let Some(text) = &terms.texts.corrections {
        put(bundle::CORRECTIONS.to_owned(), text);
    }
    for (number, text) in (1..).zip(&terms.texts.notes) {
        put(bundle::note_file(number), text);
    }
    Ok(Proofs(Bundle {
        manifest,
        agents,
        plans,
        log,
        others,
    }))
}

impl Proofs {
    /// The bundle for this `report.json`.
    ///
    /// # Errors
    /// [`BundleError`] if a file does not fit into it.
    pub fn with(mut self, report: &[u8]) -> Result<Vec<u8>, BundleError> {
        self.0
            .others
            .insert(bundle::REPORT.to_owned(), report.to_vec());
        tar::pack(&self.0.files())
    }
}

/// The instant as of which the report says what it says; the same for whoever makes it later.
fn pinned(terms: Terms<'_>) -> Timestamp {
    let read = terms.period.end + AROUND + Millis(1);
    terms
        .now
        .min(read.max(terms.period.end + terms.contract.rules.lateness))
}
