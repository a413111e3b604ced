//! Exit codes, after `sysexits.h`.

use ledger::plan::Problems;

use crate::agent::AgentError;
use crate::central::CentralError;
use crate::dial::NetworkError;
use crate::looker::SetupError;
use crate::private::PrivateError;
use crate::secret::SecretError;
use crate::uplink::EnrolledError;
use crate::web;

/// The command line is wrong.
pub(super) const USAGE: u8 = 64;
/// A file, the database or the network of this machine failed.
const IO: u8 = 74;
/// The plan, a key or a secret is wrong.
const CONFIG: u8 = 78;

/// Something on the command line that only the plan can tell to be wrong.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct Usage(pub(super) String);

/// The exit code for what went wrong.
pub(super) fn code_of(error: &anyhow::Error) -> u8 {
    error.chain().find_map(of).unwrap_or(IO)
}

fn of(cause: &(dyn std::error::Error + 'static)) -> Option<u8> {
    if let Some(agent) = cause.downcast_ref::<AgentError>() {
        return Some(match agent {
            AgentError::Region { .. } => USAGE,
            AgentError::Setup(_) | AgentError::Canary(_) => CONFIG,
            AgentError::Journal(_) | AgentError::Thread(_) | AgentError::Ticker => IO,
        });
    }
    let config = cause.is::<Problems>()
        || cause.is::<SecretError>()
        || cause.is::<SetupError>()
        || cause.is::<NetworkError>()
        || cause.is::<EnrolledError>()
        || cause.is::<PrivateError>()
        || cause.is::<web::SetupError>()
        || cause
            .downcast_ref::<CentralError>()
            .is_some_and(CentralError::is_wrong);
    let usage = cause.is::<Usage>();
    usage.then_some(USAGE).or(config.then_some(CONFIG))
}
