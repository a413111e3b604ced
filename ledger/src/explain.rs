//! How every figure of an assessment came about, down to the ticks: the same judgement, told.
//!
//! Nothing is judged here. What an [`Explanation`] shows is read from the value that the assessment is read from, so the
//! two cannot disagree; a reader with paper and pencil can go from its evidence to its figures.

mod account;
mod outage;
mod spell;
#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::contract::Contract;
use crate::evidence::Rows;
use crate::record::Record;
use crate::sla::Sla;
use crate::tally::{
    AssessError, Assessment, Case, Corrected, Excluded, Judged, Settled, Terms, settle,
};
use crate::time::{Interval, Millis, Timestamp};

pub use account::{Account, Formula, Kind, Part, Piece, Place, Stretch};
pub use outage::{FallAccount, LevelAccount, OutageAccount, Step, TrackAccount};
pub use spell::{RegionAccount, Second, SpellAccount};

/// A period under a contract, with everything that its figures rest on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The terms.
    pub contract: Contract,
    /// The period, cut where the record ends.
    pub period: Interval,
    /// The whole period.
    pub total: Account,
    /// The whole period held against the contract.
    pub sla: Sla,
    /// One entry per civil day, oldest first.
    pub days: Vec<DayAccount>,
    /// The outages that touch the period.
    pub outages: Vec<OutageAccount>,
    /// Declared windows that touch the period, also those that leave nothing out.
    pub exclusions: Vec<Excluded>,
    /// What operators corrected; the evidence that is told is the corrected one.
    pub corrections: Vec<Corrected>,
}

/// One civil day.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DayAccount {
    /// The date, `YYYY-MM-DD`.
    pub date: String,
    /// The part of the day inside the period.
    pub interval: Interval,
    /// Length of the whole civil day; zero for a date that the zone skipped.
    pub day_length: Millis,
    /// Numbers of the outages that touch it.
    pub outages: Vec<u32>,
    /// How its figures came about.
    #[serde(flatten)]
    pub account: Account,
}

/// Judges `period` as [`crate::tally::assess`] does, and tells how.
///
/// # Errors
/// [`AssessError`] if the period cannot be assessed.
pub fn explain<'t>(
    record: &Record,
    terms: impl Into<Terms<'t>>,
    period: Interval,
    now: Timestamp,
) -> Result<(Assessment, Explanation), AssessError> {
    let case = Case::new(terms.into(), period, now)?;
    let Settled {
        record,
        edges,
        found,
    } = settle(record, &case)?;
    let (judged, _) = Judged::new(&record, &case, &edges)?;
    let rows = Rows::of(&judged.service);
    let outages = found.outages.iter();
    let explanation = Explanation {
        contract: judged.contract.clone(),
        period: found.period,
        total: Account::new(&judged, &found, found.period, &found.total),
        sla: found.sla,
        days: found
            .days
            .iter()
            .map(|day| DayAccount {
                date: day.date.clone(),
                interval: day.interval,
                day_length: day.day_length,
                outages: day.outages.clone(),
                account: Account::new(&judged, &found, day.interval, &day.tally),
            })
            .collect(),
        outages: outages
            .map(|one| OutageAccount::new(&judged, &rows, one))
            .collect(),
        exclusions: found.exclusions.clone(),
        corrections: found.corrections.clone(),
    };
    Ok((found, explanation))
}
