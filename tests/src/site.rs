//! Everything that one stand-in is made of, shared by all of its connections.

use std::sync::Arc;

use ledger::time::{Interval, Timestamp};
use prober::clock::WallClock;

use crate::authority::{Authority, AuthorityError};
use crate::faults::Faults;
use crate::product::{Accounts, Product};
use crate::script::Script;
use crate::server::tls::Certificates;
use crate::truth::Truth;

/// Where a visitor knocks. Each has an address of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Door {
    /// Groupdesk.
    Product,
    /// The machines that keep Groupdesk's machines.
    Platform,
    /// A control that has nothing to do with either.
    ControlA,
    /// Another such control.
    ControlB,
}

/// A stand-in without its listeners.
#[derive(Debug)]
pub struct Site {
    pub(crate) clock: Arc<dyn WallClock>,
    pub(crate) faults: Faults,
    pub(crate) product: Product,
    pub(crate) certificates: Certificates,
    started: Timestamp,
}

impl Door {
    /// All doors.
    pub const ALL: [Self; 4] = [
        Self::Product,
        Self::Platform,
        Self::ControlA,
        Self::ControlB,
    ];

    /// The name that leads to it.
    pub fn host(self) -> &'static str {
        match self {
            Self::Product => "groupdesk.test",
            Self::Platform => "platform.groupdesk.test",
            Self::ControlA => "control-a.test",
            Self::ControlB => "control-b.test",
        }
    }
}

impl Site {
    /// A stand-in that starts now, by `clock`, and enacts `script`.
    ///
    /// # Errors
    /// [`AuthorityError`] if a certificate cannot be signed.
    pub fn new(
        clock: Arc<dyn WallClock>,
        script: &Script,
        accounts: Accounts,
        authority: &Authority,
    ) -> Result<Arc<Self>, AuthorityError> {
        let started = clock.now();
        Ok(Arc::new(Self {
            faults: Faults::new(script, started),
            product: Product::new(accounts, script.seed),
            certificates: Certificates::new(authority, started)?,
            clock,
            started,
        }))
    }

    /// What goes wrong, and whom it met.
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// The product behind the first door.
    pub fn product(&self) -> &Product {
        &self.product
    }

    /// When it started: from here the offsets of a script without a start of its own count.
    pub fn started(&self) -> Timestamp {
        self.started
    }

    /// What was true from the start of the server to `end`.
    pub fn truth(&self, end: Timestamp) -> Truth {
        Truth::of(&self.faults, Interval::new(self.started, end))
    }
}
