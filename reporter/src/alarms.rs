//! Alarms for people: how they leave this program, and which are open.

mod exec;
mod list;

pub use exec::deliver;
pub use list::{json, opened, posted};
