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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use http::{HeaderMap, HeaderValue, header};
    use ledger::identity::SecretKey;
    use ledger::time::Timestamp;
    use ledger::wire::upload::Standing;

    use super::*;

    const ASKED: &[u8] = b"what was asked";

    fn secret(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32]).unwrap()
    }

    fn read(answer: &Answer) -> Result<Reply, (Failure, String)> {
        let bond = Bond {
            hub: HubId::new("hub").unwrap(),
            hub_key: secret(2).public(),
            key: secret(1),
        };
        reply(answer, ASKED, &[], (&bond, &Name::new("eu-1").unwrap()))
    }

    fn answer(status: u16, body: impl Into<Vec<u8>>) -> Answer {
        let wait = (header::RETRY_AFTER, HeaderValue::from_static("7"));
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::from_iter([wait]),
            body: body.into().into(),
        }
    }

    /// What a hub says to an upload of no record, about `asked` and by the key of `seed`.
    fn word(asked: &[u8], seed: u8) -> Vec<u8> {
        let reply = Reply {
            heard: Timestamp(1),
            answered: Timestamp(2),
            request: Hash::of(asked),
            outcomes: Vec::new(),
            standing: Standing::default(),
            checkpoint: String::new(),
            proof: Vec::new(),
        };
        let hub = HubId::new("hub").unwrap();
        reply.encode(&hub, &secret(seed)).unwrap()
    }

    /// Whatever stands between an agent and its hub may say any of this: none of it makes a dead letter of more than one record,
    /// or is taken for a receipt.
    #[test]
    fn a_status_says_when_to_come_back_and_nothing_else() {
        let later = Failure::Passing(Some(Duration::from_secs(7)));
        for (status, expected) in [
            (200, later),
            (204, later),
            (301, later),
            (302, later),
            (307, later),
            (400, Failure::Unreadable),
            (401, Failure::Unwanted),
            (403, Failure::Unwanted),
            (404, later),
            (405, later),
            (407, later),
            (408, later),
            (409, Failure::Unwanted),
            (411, later),
            (413, Failure::Unreadable),
            (421, later),
            (425, later),
            (429, later),
            (431, later),
            (451, later),
            (500, later),
            (501, later),
            (502, later),
            (503, later),
            (504, later),
            (507, later),
            (511, later),
        ] {
            for body in [&b"<html>Please sign in</html>"[..], b"", b"GLR1"] {
                let (failure, told) = read(&answer(status, body)).unwrap_err();
                assert_eq!(failure, expected, "{status}: {told}");
                assert!(!told.is_empty());
            }
        }
    }

    #[test]
    fn the_hubs_own_word_is_believed_under_any_status_and_nobody_elses_under_none() {
        for status in [200, 403, 409, 500] {
            assert!(read(&answer(status, word(ASKED, 2))).is_ok(), "{status}");
            let stranger = read(&answer(status, word(ASKED, 3)));
            assert!(stranger.is_err(), "{status}");
            let replayed = read(&answer(status, word(b"what was asked before", 2)));
            assert!(replayed.is_err(), "{status}");
        }
    }
}
