//! Waiting in real time, in a test that has no runtime.

use std::sync::mpsc;
use std::time::Duration;

use tokio::time::Instant;

/// Longer than anything takes that is waited for on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// Does nothing for so long.
pub(crate) fn pause(length: Duration) {
    let (_kept, never) = mpsc::channel::<()>();
    let _ = never.recv_timeout(length);
}

/// Tries until something is found; `missing` says what is not there if it never is.
pub(crate) fn find<T>(mut look: impl FnMut() -> Option<T>, missing: impl Fn() -> String) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "{}", missing());
        pause(Duration::from_millis(100));
    }
}
