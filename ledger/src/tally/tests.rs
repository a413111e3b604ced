//! The engine as a whole: stories in, assessments out.

mod corrections;
mod counting;
mod december;
mod estimators;
mod exclusions;
mod held;
mod properties;
mod states;
