//! The second look at what was read, and whether there is anything to look at.

use std::io::Write as _;

use anyhow::Context;
use ledger::calendar;
use ledger::store::Reader;
use ledger::tally::Terms;
use ledger::time::{Interval, Millis, Timestamp};

use super::Input;
use crate::civil::Zone;
use crate::cli::exit::Usage;
use crate::cli::progress::Progress;
use crate::explain::what::What;
use crate::gather::{self, Later};
use crate::recheck::{self, Recheck, recheck};
use crate::report::Report;

/// Holds a report against the attempts, and says on standard error if that was not possible.
pub(in crate::cli) fn rechecked(
    reader: &Reader,
    report: &Report,
    terms: Terms<'_>,
    (when, progress): ((Interval, Timestamp), &Progress),
) -> anyhow::Result<()> {
    told(recheck(reader, report, terms, when)?, OWN, progress)
}

/// Holds the days before a report's period, where it shows them, against the attempts; says if that was not possible.
pub(in crate::cli) fn earlier_rechecked(
    reader: &Reader,
    report: &Report,
    terms: Terms<'_>,
    (now, progress): (Timestamp, &Progress),
) -> anyhow::Result<()> {
    let found = recheck::earlier(reader, report, terms, now)?;
    told(found, EARLIER, progress)
}

/// How it begins where the figures of the period itself were not held against the attempts.
pub(in crate::cli) const OWN: &str = "Not";

/// The same of the days before it.
pub(in crate::cli) const EARLIER: &str = "The days before it are not";

/// Says on standard error why something was not held against the attempts, unless it was.
pub(in crate::cli) fn told(found: Recheck, not: &str, progress: &Progress) -> anyhow::Result<()> {
    let why = match found {
        Recheck::Agrees => return Ok(()),
        Recheck::TooMany(count) => format!("there are {count} of them; `reporter audit` does that"),
        Recheck::Pruned => "some of them are pruned".to_owned(),
    };
    let told = format!("{not} held against the attempts: {why}.");
    let said = progress.aside(|| writeln!(anstream::stderr(), "{told}"));
    said.context("cannot write to standard error")
}

impl Input {
    /// Whether the service failed again between a report's period and the record's end.
    pub(in crate::cli) fn later(&self, report: &Report) -> anyhow::Result<Later> {
        self.judge(|reader, terms, beside| {
            beside.progress.step("looking whether it failed again");
            let from = report.asked.end;
            Ok(gather::later(reader, terms, from, self.now())?)
        })
    }
}

/// A day, a month or an instant of which the records say nothing has nothing to be explained.
pub(super) fn inside(reader: &Reader, what: &What, zone: &Zone) -> anyhow::Result<()> {
    let asked = match what {
        What::Day(date) => calendar::dates(zone.name(), &date.to_string(), &date.to_string())?,
        What::Month(month) | What::Outage(month, _) => calendar::month(zone.name(), month)?,
        What::Instant(at) => Interval::new(*at, *at + Millis(1)),
    };
    let outside = match reader.extent()? {
        Some(extent) if asked.start < extent.end && extent.start <= asked.end => return Ok(()),
        Some(extent) => format!(
            "the records tell of {} to {}; {what} lies outside",
            zone.table(extent.start),
            zone.table(extent.end)
        ),
        None => "the records hold no attempt yet".into(),
    };
    Err(Usage(outside).into())
}
