//! The days before a period, which its report shows beside it, are looked at twice like the period itself.

use ledger::store::Reader;
use ledger::tally::Terms;
use ledger::time::{Interval, Timestamp};
use serde_json::json;

use super::{Looked, Recheck, RecheckError, Second, agrees};
use crate::report::Report;
use crate::report::json;
use crate::report::recent::{self, Earlier};

/// The stretch whose days `report` tells of beside its period; `None` where it tells of none.
pub fn before(report: &Report) -> Option<Interval> {
    let told = report.earlier.as_ref();
    told.filter(|one| !one.days.is_empty())?;
    recent::before(&report.zone, report.found.period)
}

impl Second {
    /// Holds the days before `report`'s period against what was seen of them: this must be the look at [`before`].
    ///
    /// # Errors
    /// [`RecheckError`] if the attempts say anything else.
    pub fn earlier(&self, report: &Report, terms: Terms<'_>) -> Result<Recheck, RecheckError> {
        let found = match &self.0 {
            Looked::Not(why) => return Ok(*why),
            Looked::Anew(anew) => anew.assessment(terms)?,
        };
        let days = report.earlier.iter().flat_map(|one| &one.days);
        let Some(first) = days.map(|day| day.interval.start).next() else {
            return Ok(Recheck::Agrees);
        };
        let other = Report {
            earlier: Some(Earlier::of(&found, first)),
            ..report.clone()
        };
        let shown = |report: &Report| json!({ "recent": json::recent(report) });
        agrees(&shown(report), &shown(&other))
    }
}

/// Holds the days before the only report's period against the attempts of their time. Where it tells of none, nothing disagrees.
///
/// # Errors
/// [`RecheckError`] if they say anything else, or cannot be read.
pub fn earlier(
    reader: &Reader,
    report: &Report,
    terms: Terms<'_>,
    now: Timestamp,
) -> Result<Recheck, RecheckError> {
    let Some(before) = before(report) else {
        return Ok(Recheck::Agrees);
    };
    Second::look(reader, &[terms.contract], (before, now))?.earlier(report, terms)
}
