//! The way to the hub: what an agent recorded goes there, signed, until the hub has given a receipt for it.
//!
//! [`Enrolled`] is what was agreed at enrolment. The core decides what is sent when (pure, like the agent's own core), the
//! journal keeps the books, and [`Uplink`] does what the core says, one thing at a time. Nothing that measures ever waits
//! for any of it.

mod books;
mod core;
mod drive;
mod enrolled;
mod parting;
mod parts;
mod reading;
mod state;
mod wait;
mod watched;

pub use drive::Uplink;
pub use enrolled::{Enrolled, EnrolledError};
pub use parting::Parting;
pub use parts::{Carrier, Parts};
pub use state::State;

pub(crate) use core::RATE;

#[cfg(test)]
mod tests;
