//! States over time, and how the ticks of a region become one.

use serde::{Deserialize, Serialize};

use crate::time::{Interval, Intervals};

mod blip;
mod bracket;
mod machine;
mod region;
mod window;

pub use blip::{Lone, second, settle};
pub use bracket::{Bracket, Opening, Spell, Trail};
pub use region::{Failure, RegionState, observe};

/// The state of a region, a persona or the service at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Works.
    Up,
    /// Works, but slowly or not always.
    Degraded,
    /// Down for some regions or personas, not for the service.
    Partial,
    /// Does not work.
    Down,
    /// Nobody looked, or could look. Outside the order of badness.
    Unknown,
}

/// A state over time: segments that cover a period exactly, neighbours with different states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lane(pub Vec<Segment>);

/// A stretch of one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Where it lies.
    #[serde(flatten)]
    pub interval: Interval,
    /// What it is.
    pub state: State,
}

impl Lane {
    /// The instants in `state`.
    pub fn of(&self, state: State) -> Intervals {
        self.0
            .iter()
            .filter(|segment| segment.state == state)
            .map(|segment| segment.interval)
            .collect()
    }
}
