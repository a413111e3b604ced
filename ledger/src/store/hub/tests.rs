mod again;
mod delivery;
mod fleet;
mod rules;
mod shown;

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
