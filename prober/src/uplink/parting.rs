//! An agent that leaves tries its hub once more, and does not wait where nobody listens.

use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkUnreachable};

use tokio::sync::Notify;

use crate::web::WebError;

/// What the agent and its uplink say to each other when the agent leaves.
#[derive(Debug, Default)]
pub struct Parting {
    begun: Notify,
    refused: Notify,
}

impl Parting {
    /// Has the uplink try at once, however long it would have rested after a failure, and ends when the hub's machine has said
    /// that nobody listens there. Never ends otherwise.
    pub async fn nobody_listens(&self) {
        self.begun.notify_one();
        self.refused.notified().await;
    }

    /// Ends when the agent leaves.
    pub(super) async fn begun(&self) {
        self.begun.notified().await;
    }

    /// What came of a try while the agent leaves.
    pub(super) fn failed(&self, error: &WebError) {
        let WebError::Connect { error, .. } = error else {
            return;
        };
        // There was an answer at once, and it was that nobody listens.
        let nobody = [ConnectionRefused, HostUnreachable, NetworkUnreachable];
        if nobody.contains(&error.kind()) {
            self.refused.notify_one();
        }
    }
}
