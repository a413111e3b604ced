//! How the program ends: exit codes after `sysexits.h`.

use ledger::alarm::AlarmError;
use ledger::calendar::CalendarError;
use ledger::lookout::LookoutError;
use ledger::plan::Problems;
use ledger::tally::AssessError;

use crate::civil::UnknownZone;
use crate::explain::what::NoSuch;
use crate::gather::GatherError;
use crate::issue::IssueError;
use crate::publish::PublishError;
use crate::summary::SummaryError;

/// The command line asks for what cannot be.
pub(super) const USAGE: u8 = 64;
/// An audit found a difference.
const DIFFERS: u8 = 1;
/// A file failed.
const IO: u8 = 74;
/// It may work later.
const LATER: u8 = 75;
/// The plan or the contract is wrong.
const CONFIG: u8 = 78;

/// A mistake on the command line that clap cannot see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);

/// Alarms that did not arrive.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Undelivered(pub(super) String);
/// What an audit found, in a line.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Differs(pub(super) String);

/// The exit code of what went wrong, found by its type.
pub(super) fn code_of(error: &anyhow::Error) -> u8 {
    error.chain().find_map(code_of_cause).unwrap_or(IO)
}

fn code_of_cause(cause: &(dyn std::error::Error + 'static)) -> Option<u8> {
    if cause.is::<Usage>() || cause.is::<NoSuch>() || cause.is::<SummaryError>() {
        return Some(USAGE);
    }
    if cause.is::<Undelivered>() {
        return Some(LATER);
    }
    match cause.downcast_ref() {
        Some(PublishError::Busy { .. }) => return Some(LATER),
        Some(PublishError::Foreign { .. }) => return Some(USAGE),
        _ => {}
    }
    if let Some(AlarmError::Assess(AssessError::Calendar(_))) = cause.downcast_ref() {
        return Some(CONFIG);
    }
    if cause.is::<Differs>() {
        return Some(DIFFERS);
    }
    if cause.is::<Problems>() || cause.is::<UnknownZone>() {
        return Some(CONFIG);
    }
    if let Some(IssueError::OtherReport { .. } | IssueError::AlreadyFinal { .. }) =
        cause.downcast_ref()
    {
        return Some(USAGE);
    }
    match cause.downcast_ref() {
        Some(GatherError::Assess(AssessError::NotYet { .. })) => return Some(USAGE),
        Some(GatherError::Assess(AssessError::Calendar(_)) | GatherError::Zone(_)) => {
            return Some(CONFIG);
        }
        Some(GatherError::Assess(AssessError::Evidence(_)) | GatherError::Store(_)) | None => {}
    }
    if let Some(LookoutError::Calendar(_)) = cause.downcast_ref() {
        return Some(CONFIG);
    }
    match cause.downcast_ref()? {
        CalendarError::UnknownZone(_) => Some(CONFIG),
        CalendarError::Date(_) => Some(USAGE),
    }
}
