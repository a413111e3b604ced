//! By what and over which time a record is judged.

use super::docket::Docket;
use crate::calendar::{self, CalendarError};
use crate::contract::Contract;
use crate::correction::Correction;
use crate::evidence::EvidenceError;
use crate::exclusion::Exclusion;
use crate::time::{Interval, Timestamp};

/// Why a period cannot be assessed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AssessError {
    /// The record does not hold together.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// Days cannot be cut.
    #[error(transparent)]
    Calendar(#[from] CalendarError),
    /// Nothing of the period has happened yet.
    #[error("the period begins at {start}, later than {end}, up to which it can be judged")]
    NotYet {
        /// Start of the period.
        start: Timestamp,
        /// End of the record.
        end: Timestamp,
    },
}

/// What a record is judged by: the contract, and what was declared beside it.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'t> {
    /// What was promised.
    pub contract: &'t Contract,
    /// Time to be left out; those of other contracts are passed over.
    pub exclusions: &'t [Exclusion],
    /// What operators corrected; those of other contracts are passed over.
    pub corrections: &'t [Correction],
}

impl<'t> From<&'t Contract> for Terms<'t> {
    /// The contract alone.
    fn from(contract: &'t Contract) -> Self {
        Self {
            contract,
            exclusions: &[],
            corrections: &[],
        }
    }
}

/// By what and over which time a record is judged.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case<'t> {
    pub(super) terms: Terms<'t>,
    pub(super) period: Interval,
    pub(super) now: Timestamp,
    /// What was heard of the record before, for other contracts.
    pub(super) docket: Option<&'t Docket>,
}

impl<'t> Case<'t> {
    /// A period that reaches past `now` is cut there.
    pub(crate) fn new(
        terms: Terms<'t>,
        period: Interval,
        now: Timestamp,
    ) -> Result<Self, AssessError> {
        calendar::check(&terms.contract.zone)?;
        let period = Interval::new(period.start, period.end.min(now));
        if period.is_empty() {
            return Err(AssessError::NotYet {
                start: period.start,
                end: now,
            });
        }
        Ok(Self {
            terms,
            period,
            now,
            docket: None,
        })
    }

    /// The same of a record that was changed since it was heard.
    pub(super) const fn amended(self) -> Self {
        Self {
            docket: None,
            ..self
        }
    }

    /// The corrections that concern its contract, in the order written.
    pub(super) fn corrections(&self) -> Vec<&'t Correction> {
        let own = self.terms.corrections.iter();
        own.filter(|one| one.concerns(&self.terms.contract.id))
            .collect()
    }
}
