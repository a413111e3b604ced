//! One attempt in the air: a task of its own, with a deadline that nothing inside can outlast.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use ledger::attempt::Attempt;
use ledger::time::Millis;

use super::action::Start;

/// Time for what does not count: the closing logout, the canary, the second resolver.
const GRACE: Duration = Duration::from_secs(15);

/// Makes attempts. The journeys do; tests have a scripted one.
pub(crate) trait Look: fmt::Debug + Send + Sync + 'static {
    /// Makes the attempt that was ordered. Must end a little after the probe's deadline.
    fn look(self: Arc<Self>, start: Start) -> BoxFuture<'static, Landed>;

    /// Upper bound of the clock error now.
    fn clock_error(&self) -> Millis;

    /// The wall clock was set: what was known of its error is void.
    fn clock_moved(&self) {}

    /// Ends the sessions that are kept, so that the site is not left with them.
    fn leave(&self) -> BoxFuture<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Landed {
    /// The record, without its sequence number.
    pub(crate) attempt: Attempt,
    /// A session is left to be kept.
    pub(crate) keeps_session: bool,
    /// The account signed in although a session was kept.
    pub(crate) signed_in_anew: bool,
}

/// Makes the attempt, at most `timeout` and a grace long; `None` if it did not end by itself.
pub(crate) async fn fly(look: Arc<dyn Look>, start: Start, timeout: Duration) -> Option<Landed> {
    let limit = timeout + GRACE;
    tokio::time::timeout(limit, look.look(start)).await.ok()
}
