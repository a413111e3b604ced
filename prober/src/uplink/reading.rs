//! What an answer says: whether it is the hub's, and what it means for each record.

use http::StatusCode;
use ledger::identity::HubId;
use ledger::name::Name;
use ledger::store::{Bond, Fate, Item, Parcel};
use ledger::wire::upload::{Outcome, Reason, Reply};
use ledger::wire::{Hash, WireError};

use super::core::Failure;
use crate::web::Answer;

/// What a reply means for the records that it is about.
#[derive(Debug, Default)]
pub(super) struct Meaning {
    /// What is to be written down.
    pub(super) fates: Vec<(Item, Fate)>,
    /// Batches whose plan the hub does not know: dead letters, unless that plan is on its way again.
    pub(super) planless: Vec<(Item, Fate)>,
    /// Some records are to be sent again later; why.
    pub(super) later: Option<String>,
    /// The hub does not want the agent; why.
    pub(super) unwanted: Option<String>,
}

/// Reads an answer to the upload `asked` of `parcels`: the hub's own word about these very records, or what failed.
pub(super) fn reply(
    answer: &Answer,
    asked: &[u8],
    parcels: &[Parcel],
    (bond, agent): (&Bond, &Name),
) -> Result<Reply, (Failure, String)> {
    let status = answer.status;
    let read = Reply::decode(&answer.body, &bond.hub, &bond.hub_key);
    let read = read.and_then(
        |reply| match is_about(&reply, asked, parcels, (bond, agent)) {
            true => Ok(reply),
            false => Err(WireError::Forged),
        },
    );
    read.map_err(|error| {
        let failure = match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::CONFLICT => {
                Failure::Unwanted
            }
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE => Failure::Unreadable,
            _ => Failure::Passing(answer.retry_after()),
        };
        let told = match status {
            StatusCode::OK => format!("the answer is not the hub's: {error}"),
            _ => format!("the hub answers {status}: {}", answer.words()),
        };
        (failure, told)
    })
}

/// Whether every part of the reply is about what was sent.
fn is_about(
    reply: &Reply,
    asked: &[u8],
    parcels: &[Parcel],
    (bond, agent): (&Bond, &Name),
) -> bool {
    let hub: &HubId = &bond.hub;
    let received = |(parcel, outcome): (&Parcel, &Outcome)| match outcome {
        Outcome::Taken(receipt) | Outcome::Known(receipt) => {
            let claim = parcel.signed.claim(hub, agent);
            claim.is_received(&bond.hub_key, receipt)
        }
        Outcome::Refused(..) | Outcome::Later(..) => true,
    };
    reply.request == Hash::of(asked)
        && reply.outcomes.len() == parcels.len()
        && parcels.iter().zip(&reply.outcomes).all(received)
}

/// What the outcomes mean.
pub(super) fn meaning(parcels: &[Parcel], outcomes: &[Outcome]) -> Meaning {
    let mut meaning = Meaning::default();
    for (parcel, outcome) in parcels.iter().zip(outcomes) {
        match outcome {
            Outcome::Taken(receipt) | Outcome::Known(receipt) => {
                meaning.fates.push((parcel.item, Fate::Received(*receipt)));
            }
            Outcome::Refused(Reason::Fork | Reason::Quarantined, text)
            | Outcome::Later(Reason::Quarantined, text) => meaning.unwanted = Some(text.clone()),
            Outcome::Refused(Reason::Plan, text) => {
                meaning
                    .planless
                    .push((parcel.item, Fate::Refused(text.clone())));
            }
            Outcome::Refused(_, text) => {
                meaning
                    .fates
                    .push((parcel.item, Fate::Refused(text.clone())));
            }
            Outcome::Later(_, text) => meaning.later = Some(text.clone()),
        }
    }
    meaning
}
