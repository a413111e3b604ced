//! What is being done, on the standard error of a terminal, once it takes more than a second.

use std::io::IsTerminal as _;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Nothing is shown of what is done by then.
const PATIENCE: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_millis(120);

/// A line that is gone when this ends.
pub(super) struct Progress {
    bar: ProgressBar,
    watch: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Begins with a step such as `reading the records`.
    pub(super) fn new(step: &'static str) -> Self {
        let hidden = ProgressDrawTarget::hidden();
        let style = ProgressStyle::with_template("{spinner} {msg} ({elapsed})");
        let bar = ProgressBar::with_draw_target(None, hidden).with_message(step);
        let bar = match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        let watch = std::io::stderr().is_terminal().then(|| watch(&bar));
        Self { bar, watch }
    }

    /// The next step.
    pub(super) fn step(&self, step: &'static str) {
        self.bar.set_message(step);
    }

    /// Prints something that the line must not stand in the way of.
    pub(super) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }
}

/// Shows the line when patience is over, unless the sender is gone by then.
fn watch(bar: &ProgressBar) -> (Sender<()>, JoinHandle<()>) {
    let (sender, over) = mpsc::channel();
    let bar = bar.clone();
    let thread = std::thread::spawn(move || {
        if over.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
            bar.set_draw_target(ProgressDrawTarget::stderr());
            bar.enable_steady_tick(TICK);
        }
    });
    (sender, thread)
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((sender, thread)) = self.watch.take() {
            drop(sender);
            // It only draws; should it have panicked, there is nothing left to tell.
            let _ = thread.join();
        }
        self.bar.finish_and_clear();
    }
}
