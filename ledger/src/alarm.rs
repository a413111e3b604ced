//! Alarms: who has to be told what, and when (semantics §12). Pure, and without effect on any figure.
//!
//! What holds at an instant is read from the assessment as of that instant ([`conditions`]); [`step`] compares it with
//! what was announced and says what has to be told: strictly alternating open and close per [`Key`]. [`advance`] takes
//! every step of the alarm clock that has passed since the last evaluation, each with what was known by then, so it
//! does not matter how often it is called. State and events are plain values, to be kept together in one transaction
//! ([`crate::store::Outbox`]).

mod as_of;
mod budget;
mod burn;
mod condition;
mod event;
mod key;
mod lookers;
mod machine;
mod platform;
mod post;
mod rules;
mod service;
mod state;
#[cfg(test)]
mod tests;
mod walk;
mod words;

pub use condition::{Condition, Conditions, Truth};
pub use event::{Event, Facts, Phase, Severity};
pub use key::{Alarm, InvalidKey, Key};
pub use machine::step;
pub use post::{AlarmError, evaluate, kept};
pub use rules::{AlarmRules, BurnRule};
pub use state::{AlarmState, Opened};
pub use walk::{Watched, advance, conditions, needed};
