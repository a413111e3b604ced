//! The book that is an agent's record on disk, and what it still knows when the agent starts again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use ledger::attempt::{Attempt, Kind};
use ledger::name::Name;
use ledger::plan::Plan;
use ledger::record::Agent;
use ledger::store::{StoreError, Writer};
use ledger::time::{Interval, Millis, Timestamp};

use super::{Book, OpenBook, Trouble};

/// How far back a starting agent looks: older gaps are seen as gaps, older secrets prove nothing.
const RECENT: Millis = Millis::from_mins(60);

/// What a record knew when it was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known {
    /// The last base tick of each probe in the past hour.
    pub last_ticks: BTreeMap<Name, Timestamp>,
    /// The credential version that each account was last seen with in the past hour.
    pub credential_versions: BTreeMap<Name, u32>,
}

/// Opens (or makes) the record at `path` once to see that it is fine and what it knows, and says how to open it for writing.
///
/// # Errors
/// [`StoreError`] if the file is foreign, newer, damaged, of another agent, being written, or cannot be written.
pub fn record_at(
    path: PathBuf,
    agent: &Agent,
    plan: &Arc<Plan>,
    now: Timestamp,
) -> Result<(OpenBook, Known), StoreError> {
    let mut first = Some(Writer::open(&path, agent, plan)?);
    let known = match &first {
        Some(writer) => known(writer, now)?,
        None => Known::default(),
    };
    let (agent, plan) = (agent.clone(), Arc::clone(plan));
    let open = move || -> Result<Box<dyn Book>, Trouble> {
        let writer = match first.take() {
            Some(writer) => writer,
            None => Writer::open(&path, &agent, &plan)?,
        };
        Ok(Box::new(writer))
    };
    Ok((Box::new(open), known))
}

/// A record in memory, gone with the agent; for simulations that only look at what was asked.
pub fn record_in_memory(agent: &Agent, plan: &Arc<Plan>) -> OpenBook {
    let (agent, plan) = (agent.clone(), Arc::clone(plan));
    Box::new(move || Ok(Box::new(Writer::in_memory(&agent, &plan)?)))
}

fn known(writer: &Writer, now: Timestamp) -> Result<Known, StoreError> {
    let recent = Interval::new(now - RECENT, now + RECENT);
    let mut known = Known::default();
    for attempt in writer.attempts(recent)? {
        if let Some(account) = attempt.account {
            let version = known.credential_versions.entry(account.label).or_default();
            *version = account.credential_version.max(*version);
        }
        if attempt.kind == Kind::Base {
            let last = known.last_ticks.entry(attempt.probe);
            let last = last.or_insert(attempt.tick);
            *last = attempt.tick.max(*last);
        }
    }
    Ok(known)
}

impl Book for Writer {
    fn next_sequence(&self) -> u64 {
        Self::next_sequence(self)
    }

    fn append(&mut self, attempts: &[Attempt]) -> Result<(), Trouble> {
        Ok(Self::append(self, attempts)?)
    }

    fn seal(&mut self) -> Result<(), Trouble> {
        Ok(Self::seal(self)?)
    }

    fn close(self: Box<Self>) -> Result<(), Trouble> {
        Ok(Self::close(*self)?)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self {
            full: matches!(error, StoreError::Full(_)),
            source: Box::new(error),
        }
    }
}
