//! What an agent that leaves hears of its hub.

use std::time::Duration;

use super::hub::{Hub, Mood};
use super::{MORNING, Watch};
use crate::clock::TokioClock;

#[tokio::test(start_paused = true)]
async fn who_leaves_hears_at_once_that_nobody_listens() {
    for (mood, at_once) in [(Mood::Shut, true), (Mood::Away, false), (Mood::Kind, false)] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("eu-1.db");
        let clock = TokioClock::starting_at(MORNING);
        let hub = Hub::new(&clock, 1, mood);
        let mut watch = Watch::begin(&path, &hub, &clock);
        // Long enough for waits of a minute between two tries.
        watch.look(900).await;
        let patience = Duration::from_millis(10);
        let heard = tokio::time::timeout(patience, watch.parting.nobody_listens()).await;
        assert_eq!(heard.is_ok(), at_once, "{mood:?}");
        watch.stop().await;
    }
}
