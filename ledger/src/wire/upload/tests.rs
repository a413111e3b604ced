//! Uploads and replies come back as they were, to the right hub, from the right sender, and not a bit of them changed.

use proptest::prelude::*;

use super::super::record::{Claim, Receipt};
use super::*;

fn hub() -> HubId {
    HubId::new("hub.example.org/groupdesk").expect("a name")
}

fn key(seed: u8) -> SecretKey {
    SecretKey::from_seed(&[seed; 32]).expect("a key")
}

fn name() -> Name {
    Name::new("east").expect("a name")
}

prop_compose! {
    fn upload()(
        asked: i64, seen: u64,
        cosignature in prop::option::of(Just(vec![7; 72])),
        records in prop::collection::vec((1..=2_u64, prop::collection::vec(any::<u8>(), 0..40), prop::collection::vec(any::<u8>(), 0..40)), 0..5),
    ) -> Upload {
        let records = records.into_iter().map(|(kind, what, body)| {
            let kind = Kind::of(kind).expect("a kind");
            let claim = Claim { hub: &hub(), agent: &name(), kind, hash: Hash::of(&what) };
            Signed { kind, signature: claim.sign(&key(1)), what, body }
        });
        Upload { agent: name(), key: key(1).public().id(), asked: Timestamp(asked), seen, cosignature, records: records.collect() }
    }
}

fn receipt(leaf: u64, received: i64) -> Receipt {
    let claim = Claim {
        hub: &hub(),
        agent: &name(),
        kind: Kind::Batch,
        hash: Hash::of(b"head"),
    };
    claim.receipt(leaf, Timestamp(received), &key(2))
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let reason = prop::sample::select(vec![Reason::Malformed, Reason::Fork, Reason::Large]);
    prop_oneof![
        any::<(u64, i64)>().prop_map(|(leaf, at)| Outcome::Taken(receipt(leaf, at))),
        any::<(u64, i64)>().prop_map(|(leaf, at)| Outcome::Known(receipt(leaf, at))),
        (reason.clone(), ".{0,20}").prop_map(|(reason, text)| Outcome::Refused(reason, text)),
        (reason, ".{0,20}").prop_map(|(reason, text)| Outcome::Later(reason, text)),
    ]
}

prop_compose! {
    fn reply()(
        (heard, answered) in any::<(i64, i64)>(),
        outcomes in prop::collection::vec(outcome(), 0..4),
        (epoch, number, last_sequence, highest) in any::<(u32, u64, u64, u64)>(),
        missing in prop::collection::vec(any::<(u64, u64)>(), 0..4),
        plans in prop::collection::vec(any::<u32>(), 0..4),
        checkpoint in ".{0,40}",
        proof in prop::collection::vec(any::<[u8; 32]>().prop_map(Hash), 0..4),
    ) -> Reply {
        Reply {
            heard: Timestamp(heard),
            answered: Timestamp(answered),
            request: Hash::of(b"the upload"),
            outcomes,
            standing: Standing { epoch, number, hash: Hash::of(b"the last"), last_sequence, highest, missing, plans },
            checkpoint,
            proof,
        }
    }
}

proptest! {
    #[test]
    fn uploads_and_replies_come_back(upload in upload(), reply in reply()) {
        let bytes = upload.encode(&hub(), &key(1)).expect("small");
        prop_assert_eq!(Upload::sender(&bytes), Ok((name(), key(1).public().id())));
        prop_assert_eq!(Upload::decode(&bytes, &hub(), &key(1).public()), Ok(upload));
        let bytes = reply.encode(&hub(), &key(2)).expect("small");
        prop_assert_eq!(Reply::decode(&bytes, &hub(), &key(2).public()), Ok(reply));
    }

    #[test]
    fn a_changed_bit_another_hub_and_another_sender_are_forgeries(upload in upload(), reply in reply(), at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let whole = upload.encode(&hub(), &key(1)).expect("small");
        let other = HubId::new("other").expect("a name");
        let (sender, stranger) = (key(1).public(), key(3).public());
        prop_assert_eq!(Upload::decode(&whole, &other, &sender), Err(WireError::Forged));
        prop_assert_eq!(Upload::decode(&whole, &hub(), &stranger), Err(WireError::Forged));
        let mut bytes = whole.clone();
        bytes[at.index(whole.len())] ^= 1 << bit;
        prop_assert!(Upload::decode(&bytes, &hub(), &sender).is_err());
        prop_assert!(Upload::decode(&whole[..at.index(whole.len())], &hub(), &sender).is_err());
        let mut bytes = reply.encode(&hub(), &key(2)).expect("small");
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(Reply::decode(&bytes, &hub(), &key(2).public()).is_err());
    }

    /// Whoever holds a key may sign nonsense.
    #[test]
    fn nonsense_under_a_right_signature_is_an_error(content in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut sink = Sink::default();
        sink.raw(MAGIC);
        sink.raw(&content);
        let bytes = sign(sink, "upload", &hub(), &key(1));
        prop_assert!(Upload::decode(&bytes, &hub(), &key(1).public()).is_err_and(|error| error != WireError::Forged));
    }
}

#[test]
fn a_receipt_holds_for_one_record_of_one_agent_at_one_place() {
    let hub = hub();
    let (east, west) = (name(), Name::new("west").expect("a name"));
    let claim = |agent, hash| Claim {
        hub: &hub,
        agent,
        kind: Kind::Batch,
        hash,
    };
    let head = Hash::of(b"head");
    let receipt = claim(&east, head).receipt(7, Timestamp(5), &key(2));
    assert!(claim(&east, head).is_received(&key(2).public(), &receipt));
    assert!(!claim(&west, head).is_received(&key(2).public(), &receipt));
    assert!(!claim(&east, Hash::of(b"other")).is_received(&key(2).public(), &receipt));
    assert!(!claim(&east, head).is_received(&key(1).public(), &receipt));
    let elsewhere = Receipt { leaf: 8, ..receipt };
    assert!(!claim(&east, head).is_received(&key(2).public(), &elsewhere));
}
