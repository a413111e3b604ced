//! What the uplink last knew, for `prober status`: `DIR/NAME.uplink.json`. Nothing depends on it.

use std::path::{Path, PathBuf};

use ledger::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What the uplink last knew.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// When this was written, in milliseconds since 1970.
    pub at: i64,
    /// When the hub last answered.
    pub answered: Option<i64>,
    /// Failures in a row since then.
    pub failures: u32,
    /// The last failure, while the hub does not answer.
    pub trouble: Option<String>,
    /// Why the hub does not want this agent.
    pub unwanted: Option<String>,
    /// Why the hub's log is not believed.
    pub distrust: Option<String>,
    /// The hub's clock less ours, in milliseconds ...
    pub offset: Option<i64>,
    /// ... give or take so much.
    pub doubt: Option<i64>,
}

impl State {
    /// Where it is kept for the agent of that name.
    pub fn path(directory: &Path, agent: &str) -> PathBuf {
        directory.join(format!("{agent}.uplink.json"))
    }

    /// What was written last; `None` if nothing was, or if it cannot be read.
    pub fn read(path: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(path).ok()?).ok()
    }

    /// Writes it. That this may fail troubles nobody.
    pub(super) fn write(&mut self, path: &Path, now: Timestamp) {
        self.at = now.0;
        let aside = path.with_extension("json.new");
        let written = serde_json::to_vec(self).map_err(std::io::Error::from);
        let written = written.and_then(|text| std::fs::write(&aside, text));
        if let Err(error) = written.and_then(|()| std::fs::rename(&aside, path)) {
            tracing::debug!(%error, "the state of the uplink is not kept");
        }
    }
}
