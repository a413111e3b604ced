//! When to leave, and what is still to be done then.

use std::time::Duration;

use anyhow::Context as _;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use crate::journal::Desk;
use crate::uplink::Parting;

/// How often the record is asked whether anything still waits.
const PAUSE: Duration = Duration::from_millis(50);

/// How often this agent was told to leave.
pub(super) struct Leave(watch::Receiver<u32>);

impl Leave {
    /// Hears SIGTERM and Ctrl-C from now on, and ends after `span`.
    pub(super) fn heard(span: Option<Duration>) -> anyhow::Result<Self> {
        let mut terminate = signal(SignalKind::terminate()).context("cannot hear SIGTERM")?;
        let mut interrupt = signal(SignalKind::interrupt()).context("cannot hear Ctrl-C")?;
        let over = span.map(|span| Instant::now() + span);
        let (tell, told) = watch::channel(0);
        tokio::spawn(async move {
            let (mut over, mut times) = (over, 0);
            loop {
                let end = async {
                    match over {
                        Some(over) => tokio::time::sleep_until(over).await,
                        None => std::future::pending().await,
                    }
                };
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                    // That the time is over is said once, and is no reason to hurry.
                    () = end => {
                        over = None;
                        if times > 0 {
                            continue;
                        }
                    }
                }
                times += 1;
                tell.send_replace(times);
            }
        });
        Ok(Self(told))
    }

    /// Waits until the agent is to leave in order.
    pub(super) async fn in_order(&self) {
        self.times(1).await;
    }

    /// Waits until it was told so a second time.
    pub(super) async fn at_once(&self) {
        self.times(2).await;
    }

    async fn times(&self, wanted: u32) {
        let mut told = self.0.clone();
        if told.wait_for(|times| *times >= wanted).await.is_err() {
            // Nobody listens any more: the runtime ends.
            std::future::pending::<()>().await;
        }
    }
}

/// Waits until the hub has all that is sealed, for `patience` at most, and not at all if nobody listens there.
pub(super) async fn flushed(desk: &Desk, parting: &Parting, patience: Duration) {
    let until = Instant::now() + patience;
    if is_empty(desk).await {
        return;
    }
    let goes = async {
        while !is_empty(desk).await {
            tokio::time::sleep(PAUSE).await;
        }
    };
    let gone = tokio::select! {
        biased;
        gone = timeout_at(until, goes) => gone.is_ok(),
        () = parting.nobody_listens() => false,
    };
    if !gone {
        tracing::warn!(
            "the hub does not have all of the record yet; the rest is sent at the next start"
        );
    }
}

/// Whether nothing waits. No answer is none: the journal may have no time just now.
async fn is_empty(desk: &Desk) -> bool {
    let waiting = desk.ask(|writer| writer.has_waiting()).await;
    matches!(waiting, Some(Ok(false)))
}
