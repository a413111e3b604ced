//! How the program ends: exit codes after `sysexits.h`.

use ledger::calendar::CalendarError;
use ledger::plan::Problems;
use ledger::tally::AssessError;

use crate::civil::UnknownZone;

/// The command line asks for what cannot be.
pub(super) const USAGE: u8 = 64;
/// A file failed.
const IO: u8 = 74;
/// The plan or the contract is wrong.
const CONFIG: u8 = 78;

/// A mistake on the command line that clap cannot see.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);

/// The exit code of what went wrong, found by its type.
pub(super) fn code_of(error: &anyhow::Error) -> u8 {
    let mut causes = error.chain();
    causes
        .find_map(|cause| {
            if cause.is::<Usage>()
                || matches!(cause.downcast_ref(), Some(AssessError::NotYet { .. }))
            {
                Some(USAGE)
            } else if cause.is::<Problems>() || cause.is::<UnknownZone>() {
                Some(CONFIG)
            } else {
                match cause.downcast_ref() {
                    Some(CalendarError::UnknownZone(_)) => Some(CONFIG),
                    Some(_) => Some(USAGE),
                    None => None,
                }
            }
        })
        .unwrap_or(IO)
}
