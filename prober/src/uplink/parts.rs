//! What an uplink is made of.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use ledger::name::Name;
use ledger::store::Bond;

use super::parting::Parting;
use crate::clock::{HubClock, WallClock};
use crate::journal::Desk;
use crate::web::{Answer, Ask, Web, WebError};

/// Carries an upload to the hub and its answer back.
pub trait Carrier: fmt::Debug + Send + Sync + 'static {
    /// One request, whole and in time, or an error.
    fn carry(&self, upload: Bytes) -> BoxFuture<'_, Result<Answer, WebError>>;
}

impl Carrier for Web {
    fn carry(&self, upload: Bytes) -> BoxFuture<'_, Result<Answer, WebError>> {
        async move {
            let ask = Ask {
                path: "/v1/upload",
                body: Some(("application/octet-stream", upload)),
                known: None,
            };
            self.ask(&ask).await
        }
        .boxed()
    }
}

/// What an uplink is made of.
#[derive(Clone, Debug)]
pub struct Parts {
    /// The agent's name.
    pub agent: Name,
    /// What it has agreed on with its hub.
    pub bond: Arc<Bond>,
    /// Batches of a backlog that are sent in a second.
    pub rate: u32,
    /// Decides the jitter.
    pub seed: u64,
    /// The way there.
    pub carrier: Arc<dyn Carrier>,
    /// The record.
    pub desk: Desk,
    /// The wall clock.
    pub clock: Arc<dyn WallClock>,
    /// What is learnt of the hub's clock.
    pub hub_clock: Arc<HubClock>,
    /// How leave is taken of it.
    pub parting: Arc<Parting>,
    /// Where the records and keys are, if they are on disk.
    pub directory: Option<PathBuf>,
}
