//! A flaw of our own on the way to the hub.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use futures_util::future::BoxFuture;

use super::hub::{Hub, Mood};
use super::{Carrier, MORNING, TokioClock, Watch};
use crate::web::{Answer, WebError};

/// A way that a flaw of ours lies in.
#[derive(Debug)]
struct Crashes {
    left: AtomicU32,
    hub: Arc<Hub>,
}

impl Carrier for Crashes {
    fn carry(&self, upload: Bytes) -> BoxFuture<'_, Result<Answer, WebError>> {
        let left = self.left.load(Ordering::Relaxed);
        self.left.store(left.saturating_sub(1), Ordering::Relaxed);
        assert_eq!(left, 0, "planted");
        self.hub.carry(upload)
    }
}

#[tokio::test(start_paused = true)]
async fn an_uplink_that_crashes_is_followed_by_another_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("eu-1.db");
    let clock = TokioClock::starting_at(MORNING);
    let hub = Hub::new(&clock, 1, Mood::Kind);
    let crashes = Crashes {
        left: 3.into(),
        hub: Arc::clone(&hub),
    };
    let mut watch = Watch::with(&path, Arc::new(crashes), &clock);
    watch.look(600).await;
    let seen = watch.stop().await;
    let held = hub.ticks();
    assert!(
        held.len() + 7 >= seen.len(),
        "{} of {}",
        held.len(),
        seen.len()
    );
    assert_eq!(held, seen[..held.len()]);
}
