//! The engine as a whole: stories in, assessments out.

mod clocks;
mod contracts;
mod corrections;
mod counting;
mod december;
mod docket;
mod edges;
mod estimators;
mod exclusions;
mod held;
pub(crate) mod properties;
mod sessions;
mod states;
