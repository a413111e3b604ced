mod delivery;
mod fleet;

use fleet::{Fleet, NOW, SHARE};

use super::*;
use crate::intake::Parcel;
use crate::name::Name;
use crate::store::sample;
use crate::time::Millis;
use crate::wire::upload::{Outcome, Reason};

#[test]
fn a_batch_is_receipted_once_and_a_duplicate_gets_the_same_receipt() {
    let mut fleet = Fleet::new();
    let mut agent = fleet.enrol("eu-1");
    let plan = agent.plan();
    let batch = agent.seal(3);
    let first = fleet.send(&agent, &[plan.clone(), batch.clone()]);
    let again = fleet.send(&agent, &[plan, batch.clone()]);
    let receipts = |reply: &crate::wire::upload::Reply| -> Vec<_> {
        let outcomes = reply.outcomes.iter();
        outcomes
            .map(|outcome| match outcome {
                Outcome::Taken(receipt) => (true, *receipt),
                Outcome::Known(receipt) => (false, *receipt),
                other => panic!("{other:?}"),
            })
            .collect()
    };
    let (first, again) = (receipts(&first), receipts(&again));
    assert!(first.iter().all(|(fresh, _)| *fresh));
    assert!(again.iter().all(|(fresh, _)| !*fresh));
    assert_eq!(first[1].1, again[1].1);
    let hub = fleet.hub_id();
    let claim = batch.claim(&hub, &agent.name);
    assert!(claim.is_received(&fleet.hub_key(), &first[1].1));
    let leaves: Vec<u64> = first.iter().map(|(_, receipt)| receipt.leaf).collect();
    assert_eq!(leaves, [1, 2], "after the key of the agent");
}

#[test]
fn what_comes_past_a_gap_is_kept_and_folded_when_the_gap_is_closed() {
    let mut fleet = Fleet::new();
    let mut agent = fleet.enrol("eu-1");
    let plan = agent.plan();
    let batches: Vec<_> = (0..4).map(|_| agent.seal(130)).collect();
    let reply = fleet.send(&agent, &[plan, batches[3].clone(), batches[1].clone()]);
    assert_eq!(reply.standing.number, 0);
    assert_eq!(reply.standing.missing, [(1, 1), (3, 3)]);
    assert_eq!(reply.standing.last_sequence, 520);
    assert_eq!(fleet.hub.fold(Ripe::All).expect("folds"), 0);
    let reply = fleet.send(&agent, &[batches[0].clone()]);
    assert_eq!((reply.standing.number, reply.standing.highest), (2, 4));
    assert_eq!(fleet.hub.fold(Ripe::All).expect("folds"), 260);
    let reply = fleet.send(&agent, &[batches[2].clone()]);
    assert_eq!(
        (reply.standing.number, reply.standing.missing.len()),
        (4, 0)
    );
    assert_eq!(fleet.hub.fold(Ripe::All).expect("folds"), 260);
    assert_eq!(fleet.hub.fold(Ripe::All).expect("folds"), 0);
}

#[test]
fn two_batches_for_one_place_put_the_agent_into_quarantine_until_it_is_released() {
    let mut fleet = Fleet::new();
    let mut agent = fleet.enrol("eu-1");
    let plan = agent.plan();
    let mut copy = agent.clone();
    let batch = agent.seal(3);
    let other = copy.seal(4);
    let next = agent.seal(2);
    fleet.send(&agent, &[plan, batch.clone()]);
    let reply = fleet.send(&agent, &[other, next.clone(), batch]);
    assert!(matches!(
        reply.outcomes[0],
        Outcome::Refused(Reason::Fork, _)
    ));
    assert!(matches!(
        reply.outcomes[1],
        Outcome::Later(Reason::Quarantined, _)
    ));
    assert!(
        matches!(reply.outcomes[2], Outcome::Known(_)),
        "it is there"
    );
    let roll = fleet.hub.registry().roll(NOW).expect("reads");
    assert_eq!(
        (roll.agents[0].state.as_str(), roll.agents[0].forks),
        ("quarantined", 1)
    );
    let name = agent.name.clone();
    fleet.hub.registry().release(&name, NOW).expect("is in it");
    let reply = fleet.send(&agent, &[next]);
    assert!(matches!(reply.outcomes[0], Outcome::Taken(_)));
}

#[test]
fn no_agent_moves_a_probe_to_another_layer() {
    let mut fleet = Fleet::new();
    let agent = fleet.enrol("eu-1");
    let other = fleet.enrol("us-1");
    fleet.send(&agent, &[agent.plan()]);
    let moved = other.sign_plan(&fleet::other_layer());
    let reply = fleet.send(&other, &[moved]);
    let Outcome::Refused(Reason::Layer, text) = &reply.outcomes[0] else {
        panic!("{reply:?}");
    };
    insta::assert_snapshot!(text, @"probe login is of the platform layer here, and this plan says service");
    // The hub's own plan counts as the first.
    let mut strict = Fleet::with_plan(&fleet::other_layer());
    let agent = strict.enrol("eu-1");
    let reply = strict.send(&agent, &[agent.plan()]);
    assert!(matches!(
        reply.outcomes[0],
        Outcome::Refused(Reason::Layer, _)
    ));
}

#[test]
fn what_nobody_promised_to_look_at_waits_for_its_plan() {
    let mut fleet = Fleet::new();
    let mut agent = fleet.enrol("eu-1");
    let batch = agent.seal(3);
    let reply = fleet.send(&agent, std::slice::from_ref(&batch));
    assert!(matches!(reply.outcomes[0], Outcome::Later(Reason::Plan, _)));
    let reply = fleet.send(&agent, &[agent.plan(), batch]);
    assert!(
        reply
            .outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Taken(_)))
    );
}

#[test]
fn what_can_never_be_taken_keeps_its_place_and_holds_nothing_up() {
    let mut fleet = Fleet::new();
    let mut agent = fleet.enrol("eu-1");
    let old = agent.seal(3);
    let later = agent.seal(3);
    let late = NOW + Millis::from_mins(36 * 24 * 60);
    fleet.now = late;
    let reply = fleet.send(&agent, &[agent.plan(), old.clone()]);
    assert!(matches!(
        reply.outcomes[1],
        Outcome::Refused(Reason::Old, _)
    ));
    assert_eq!(reply.standing.number, 1);
    let reply = fleet.send(&agent, &[old]);
    assert!(
        matches!(reply.outcomes[0], Outcome::Refused(Reason::Old, _)),
        "as before"
    );
    fleet.now = NOW;
    let reply = fleet.send(&agent, &[later]);
    assert!(matches!(reply.outcomes[0], Outcome::Taken(_)));
    assert_eq!(fleet.hub.fold(Ripe::All).expect("folds"), 6);
}

#[test]
fn a_rolled_back_agent_begins_a_new_epoch_and_what_the_old_one_lost_holds_nothing_up() {
    let mut fleet = Fleet::new();
    let mut agent = fleet.enrol("eu-1");
    let batches: Vec<_> = (0..3).map(|_| agent.seal(4)).collect();
    let reply = fleet.send(
        &agent,
        &[agent.plan(), batches[0].clone(), batches[2].clone()],
    );
    assert_eq!(reply.standing.missing, [(2, 2)]);
    agent.begin_epoch(&reply.standing);
    let fresh = agent.seal(5);
    let reply = fleet.send(&agent, &[fresh]);
    assert!(matches!(reply.outcomes[0], Outcome::Taken(_)), "{reply:?}");
    assert_eq!((reply.standing.epoch, reply.standing.number), (2, 1));
    assert_eq!(
        fleet.hub.fold(Ripe::All).expect("folds"),
        17,
        "4 of them are lost"
    );
    // It was not lost after all: all is folded anew.
    let reply = fleet.send(&agent, &[batches[1].clone()]);
    assert!(matches!(reply.outcomes[0], Outcome::Taken(_)), "{reply:?}");
    assert_eq!(fleet.hub.fold(Ripe::All).expect("folds"), 17);
}

#[test]
fn the_checkpoints_of_a_growing_log_continue_each_other() {
    use crate::checkpoint::Signed;
    use crate::merkle::verify_consistency;
    let mut fleet = Fleet::new();
    let mut agent = fleet.enrol("eu-1");
    let mut seen: Option<Signed> = None;
    fleet.send(&agent, &[agent.plan()]);
    for round in 0..700 {
        let batch = agent.seal(1);
        if round % 9 == 0 {
            fleet.now = fleet.now + Millis::from_secs(10);
            assert!(fleet.hub.checkpoint(fleet.now).expect("is made"));
            assert!(!fleet.hub.checkpoint(fleet.now).expect("reads"));
        }
        agent.seen = seen.as_ref().map_or(0, |note| note.checkpoint().size);
        let reply = fleet.send(&agent, &[batch]);
        let note = Signed::open(&reply.checkpoint, &fleet.hub_id(), &fleet.hub_key());
        let note = note.expect("is signed");
        if let Some(before) = &seen {
            let (old, new) = (before.checkpoint(), note.checkpoint());
            let holds =
                verify_consistency((old.size, &old.root), (new.size, &new.root), &reply.proof);
            assert_eq!(holds, Ok(()), "{} to {}", old.size, new.size);
        }
        if round % 5 == 0 {
            seen = Some(note);
        }
    }
}

#[test]
fn a_token_works_once_and_for_15_minutes() {
    let mut fleet = Fleet::new();
    let agent = sample::agent("eu-1");
    let registry = fleet.hub.registry();
    let key = |seed| SecretKey::from_seed(&[seed; 32]).expect("a key").public();
    let until = registry.invite(&agent, "one", NOW).expect("is new");
    assert_eq!(until, NOW + Millis::from_mins(15));
    let refused = registry.enrol("two", &key(1), NOW).map(drop);
    assert!(matches!(refused, Err(EnrolError::Unknown)));
    let refused = registry.enrol("one", &key(1), until).map(drop);
    assert!(matches!(refused, Err(EnrolError::Expired)));
    assert_eq!(registry.enrol("one", &key(1), NOW).expect("enrols"), agent);
    let refused = registry.enrol("one", &key(2), NOW).map(drop);
    assert!(matches!(refused, Err(EnrolError::Used)));
    let refused = registry.invite(&agent, "three", NOW);
    assert!(matches!(refused, Err(RegistryError::Exists(..))));
    // A key belongs to one agent.
    let other = sample::agent("us-1");
    registry.invite(&other, "four", NOW).expect("is new");
    let refused = registry.enrol("four", &key(1), NOW).map(drop);
    assert!(matches!(refused, Err(EnrolError::KeyTaken)));
    assert_eq!(
        registry.enrol("four", &key(3), NOW).expect("goes on"),
        other
    );
}

#[test]
fn a_new_key_takes_over_with_its_first_upload_and_a_revoked_agent_is_heard_no_more() {
    let mut fleet = Fleet::new();
    let mut agent = fleet.enrol("eu-1");
    let before = agent.clone();
    let name = agent.name.clone();
    let (_, until) = fleet
        .hub
        .registry()
        .rotate(&name, "new", NOW)
        .expect("is known");
    assert!(until > NOW);
    agent.key = fleet::secret("another");
    let public = agent.key.public();
    fleet
        .hub
        .registry()
        .enrol("new", &public, NOW)
        .expect("enrols");
    fleet.send(&before, &[before.plan()]);
    // Signed by the old key, sent by the new one.
    let mut old = before.clone();
    let batch = old.seal(2);
    (agent.number, agent.next, agent.previous) = (old.number, old.next, old.previous);
    let reply = fleet.send(&agent, &[batch]);
    assert!(matches!(reply.outcomes[0], Outcome::Taken(_)));
    assert_eq!(fleet.answer(&before, &[]), Answer::UnknownKey);
    fleet
        .hub
        .registry()
        .revoke(&name, "sold", NOW)
        .expect("is known");
    assert_eq!(
        fleet.answer(&agent, &[]),
        Answer::Revoked("sold".to_owned())
    );
    let again = fleet.hub.registry().revoke(&name, "sold", NOW);
    assert!(matches!(again, Err(RegistryError::State(..))));
    assert!(matches!(
        fleet.hub.registry().release(&name, NOW),
        Err(RegistryError::State(..))
    ));
}

#[test]
fn a_forged_record_is_refused_and_a_forged_upload_is_not_read() {
    let mut fleet = Fleet::new();
    let mut agent = fleet.enrol("eu-1");
    let mut thief = fleet.enrol("us-1");
    let batch = agent.seal(2);
    // Another agent sends it as its own; its signature names the agent.
    let reply = fleet.send(&thief, &[thief.plan(), batch.clone()]);
    assert!(matches!(
        reply.outcomes[1],
        Outcome::Refused(Reason::Signature, _)
    ));
    // Or signs what says to be another's.
    thief.name = agent.name.clone();
    let stolen = thief.seal(2);
    thief.name = Name::new("us-1").expect("a name");
    let signed = thief.resign(stolen);
    let reply = fleet.send(&thief, &[signed]);
    assert!(matches!(
        reply.outcomes[0],
        Outcome::Refused(Reason::Malformed, _)
    ));
    // Meant for another hub.
    let other = HubId::new("elsewhere").expect("a name");
    let bytes = agent.upload(&other, &[batch]);
    let keys = [agent.key.public()];
    let limits = (&Limits::default(), NOW);
    let opened = Parcel::open(&bytes, &fleet.hub_id(), &keys, limits);
    assert!(matches!(opened, Err(crate::wire::WireError::Forged)));
}

#[test]
fn what_is_too_large_or_to_come_is_not_taken() {
    let mut fleet = Fleet::new();
    let mut agent = fleet.enrol("eu-1");
    let large = agent.seal(1_001);
    let reply = fleet.send(&agent, &[agent.plan(), large]);
    assert!(matches!(
        reply.outcomes[1],
        Outcome::Refused(Reason::Large, _)
    ));
    let soon = agent.seal(10);
    fleet.now = sample::MORNING;
    let reply = fleet.send(&agent, std::slice::from_ref(&soon));
    assert!(
        matches!(reply.outcomes[0], Outcome::Later(Reason::Future, _)),
        "it is a matter of hours"
    );
    fleet.now = sample::MORNING - Millis::from_mins(2 * 24 * 60);
    let reply = fleet.send(&agent, &[soon]);
    assert!(matches!(
        reply.outcomes[0],
        Outcome::Refused(Reason::Future, _)
    ));
}

#[test]
fn no_more_than_so_many_wait_for_a_gap() {
    let mut fleet = Fleet::new();
    let limits = Limits {
        parked: 2,
        ..Limits::default()
    };
    fleet.hub.limits = limits;
    let mut agent = fleet.enrol("eu-1");
    let batches: Vec<_> = (0..4).map(|_| agent.seal(SHARE)).collect();
    let reply = fleet.send(&agent, &[&[agent.plan()], &batches[1..]].concat());
    assert!(matches!(
        reply.outcomes[3],
        Outcome::Later(Reason::Parked, _)
    ));
    let reply = fleet.send(&agent, &[batches[0].clone(), batches[3].clone()]);
    assert!(
        reply
            .outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Taken(_)))
    );
    assert_eq!(reply.standing.number, 4);
}

#[test]
fn the_record_of_another_hub_is_refused() {
    let (_directory, path) = sample::place();
    let open = |name: &str, seed: &str| {
        let own = HubKey {
            id: HubId::new(name).expect("a name"),
            key: fleet::secret(seed),
        };
        Hub::open(&path, own, None)
    };
    open("one", "a").expect("is new").close().expect("closes");
    open("one", "a")
        .expect("is the same")
        .close()
        .expect("closes");
    assert!(matches!(
        open("two", "a"),
        Err(StoreError::OtherAgent { .. })
    ));
    assert!(matches!(
        open("one", "b"),
        Err(StoreError::OtherAgent { .. })
    ));
}

#[test]
fn nothing_is_receipted_when_the_commit_fails() {
    let mut fleet = Fleet::new();
    let mut agent = fleet.enrol("eu-1");
    let records = [agent.plan(), agent.seal(3)];
    let parcel = fleet.parcel(&agent, &records);
    let refuse = |fleet: &mut Fleet, on: bool| {
        let connection = fleet.hub.registry().db.connection_mut();
        let hook = on.then_some(|| true);
        connection.commit_hook(hook).map(drop).expect("is set");
    };
    refuse(&mut fleet, true);
    let accepted = fleet.hub.accept(&[parcel], NOW);
    assert!(accepted.is_err(), "{accepted:?}");
    refuse(&mut fleet, false);
    let reply = fleet.send(&agent, &records);
    assert!(
        reply
            .outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Taken(_))),
        "{reply:?}"
    );
    assert_eq!(reply.standing.number, 1);
}

#[test]
fn a_region_that_the_contract_names_and_nobody_looks_from_is_unknown() {
    use crate::store::Reader;
    use crate::tally::assess;
    use crate::testing::{contract, weighted};
    let (_directory, path) = sample::place();
    let mut plan = fleet::other_layer();
    plan.contracts = vec![contract("UTC")];
    let mut fleet = Fleet::at(path.clone(), &plan);
    let mut agent = fleet.enrol("eu-1");
    agent.plan = fleet::other_layer();
    let records = [agent.plan(), agent.seal(90)];
    fleet.send(&agent, &records);
    let reader = Reader::open(&[path]).expect("opens");
    assert_eq!(
        reader.latest_plan().expect("reads"),
        Some(plan.version()),
        "the hub's"
    );
    let day = crate::time::Interval::new(sample::MORNING, sample::MORNING + Millis::from_mins(30));
    let record = reader.record(day).expect("reads");
    let judged = |regions: &[(&str, u32)]| {
        let mut contract = contract("UTC");
        contract.regions = weighted(regions);
        assess(&record, &contract, day, day.end)
            .expect("is sound")
            .total
    };
    let seen = judged(&[("eu", 1)]);
    assert!(seen.up > Millis::from_mins(20), "{seen:?}");
    let unseen = judged(&[("us", 1)]);
    assert_eq!((unseen.up, unseen.unknown), (Millis::ZERO, day.length()));
    let half = judged(&[("eu", 1), ("us", 3)]);
    assert_eq!(half.down, seen.down, "who does not look says nothing bad");
}
