//! Regions to personas, personas to the service: one sweep, three answers at once (semantics §5, §6).

mod fuse;
mod level;
mod quorum;
mod survey;
mod timeline;

pub use level::{Fall, Joint, Level, join};
pub use quorum::{Member, RegionFall, Weights, arithmetic, track_level};
pub use survey::{Survey, TrackView};
pub use timeline::{Partly, Timeline, View, flags};
