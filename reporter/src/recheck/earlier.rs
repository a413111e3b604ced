//! The days before a period, which its report shows beside it, are looked at twice like the period itself.

use ledger::store::Reader;
use ledger::tally::Terms;
use ledger::time::Timestamp;
use serde_json::json;

use super::{Recheck, RecheckError, agrees, anew};
use crate::gather;
use crate::report::Report;
use crate::report::json;
use crate::report::recent::{self, Earlier};

/// Holds the days before `report`'s period against the attempts of their time. Where it tells of none, nothing disagrees.
///
/// # Errors
/// [`RecheckError`] if they say anything else, or cannot be read.
pub fn earlier(
    reader: &Reader,
    report: &Report,
    terms: Terms<'_>,
    now: Timestamp,
) -> Result<Recheck, RecheckError> {
    let told = report.earlier.as_ref().filter(|one| !one.days.is_empty());
    let before = recent::before(&report.zone, report.found.period);
    let (Some(told), Some(period)) = (told, before) else {
        return Ok(Recheck::Agrees);
    };
    let restored = match anew(reader, period)? {
        Ok(restored) => restored,
        Err(cannot) => return Ok(cannot),
    };
    let found = gather::assessment(&restored, terms, period, now)?;
    let other = Report {
        earlier: Some(Earlier::of(&found, told.days[0].interval.start)),
        ..report.clone()
    };
    let shown = |report: &Report| json!({ "recent": json::recent(report) });
    agrees(&shown(report), &shown(&other))
}
