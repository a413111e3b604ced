//! From the alarm clock to the outbox: what was announced and what has to be told are kept together.

use super::event::Event;
use super::state::AlarmState;
use super::walk::{Watched, advance};
use crate::store::{Letter, Outbox, StoreError};
use crate::tally::AssessError;
use crate::time::Timestamp;

/// Why alarms cannot be evaluated.
#[derive(Debug, thiserror::Error)]
pub enum AlarmError {
    /// The record cannot be judged.
    #[error(transparent)]
    Assess(#[from] AssessError),
    /// The outbox cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the outbox kept is not what this program wrote.
    #[error(
        "what was announced for contract {contract} cannot be read: {reason}; move the outbox away to begin a new one"
    )]
    State {
        /// The contract.
        contract: String,
        /// What is wrong with it.
        reason: String,
    },
}

/// Brings one contract's alarms up to `now` and commits what follows from it. Delivery is left to [`Outbox::deliver`].
///
/// # Errors
/// [`AlarmError`]; nothing is announced then, and the next call makes up for it.
pub fn evaluate(
    outbox: &mut Outbox,
    watched: &Watched<'_>,
    now: Timestamp,
) -> Result<Vec<Event>, AlarmError> {
    let contract = watched.terms.contract.id.as_str();
    let before = match outbox.state(contract)? {
        Some(json) => kept(contract, &json)?,
        None => AlarmState::default(),
    };
    let (events, state) = advance(watched, &before, now)?;
    if state != before {
        let letters: Vec<Letter> = events.iter().map(Event::letter).collect();
        outbox.commit((contract, &state.json()), &letters, now)?;
    }
    Ok(events)
}

/// The state that an outbox kept.
///
/// # Errors
/// [`AlarmError::State`] if it is none.
pub fn kept(contract: &str, json: &str) -> Result<AlarmState, AlarmError> {
    serde_json::from_str(json).map_err(|error| AlarmError::State {
        contract: contract.to_owned(),
        reason: error.to_string(),
    })
}

impl AlarmState {
    fn json(&self) -> String {
        serde_json::to_string(self).expect("its maps have text keys")
    }
}

impl Event {
    fn letter(&self) -> Letter {
        Letter {
            id: self.id(),
            key: self.key.to_string(),
            body: self.json().to_string(),
        }
    }
}
