//! Who may send, what, and how much.

use super::*;

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
    let planned = agent.plan.probes.len();
    fleet.hub.limits.probes = planned - 1;
    let reply = fleet.send(&agent, &[agent.plan()]);
    assert!(matches!(
        reply.outcomes[0],
        Outcome::Refused(Reason::Large, _)
    ));
    fleet.hub.limits.probes = planned;
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
fn what_was_refused_is_no_pruned_time() {
    use crate::store::Reader;
    use crate::time::{Interval, Timestamp};
    let (_directory, path) = sample::place();
    let mut fleet = Fleet::at(path.clone(), &sample::plan());
    let mut agent = fleet.enrol("eu-1");
    let batches = [agent.seal(150), agent.seal(1_001), agent.seal(150)];
    let reply = fleet.send(&agent, &[&[agent.plan()], &batches[..]].concat());
    let large = &reply.outcomes[2];
    assert!(matches!(large, Outcome::Refused(Reason::Large, _)));
    while fleet.hub.fold(Ripe::All).expect("folds") > 0 {}
    let pruned = || {
        let reader = Reader::open(std::slice::from_ref(&path)).expect("opens");
        let always = Interval::new(Timestamp(0), Timestamp(i64::MAX / 4));
        let (_, audited) = reader.audit(always).expect("reads");
        assert_eq!(audited[0].differences, [""; 0]);
        (audited[0].pruned, audited[0].attempts)
    };
    assert_eq!(pruned(), (0, 300));
    let more = agent.seal(3_000);
    fleet.now = fleet.now + Millis::from_mins(2 * 24 * 60);
    fleet.send(&agent, &[more]);
    while fleet.hub.prune(Millis::ZERO).expect("prunes") > 0 {}
    let sql = "SELECT count(*) FROM batch WHERE refused IS NOT NULL AND pruned_at IS NOT NULL";
    let count = fleet.hub.db().one(sql, &[], |row| row.get::<u64>(0));
    assert_eq!(count.expect("reads"), 0, "it has nothing to lose");
}

#[test]
fn a_head_in_other_bytes_is_refused() {
    let mut fleet = Fleet::new();
    let mut agent = fleet.enrol("eu-1");
    let mut batch = agent.seal(3);
    // The number 1 as two bytes of LEB128: it means the same, and its hash is another one.
    let name = agent.name.as_str().len();
    assert_eq!(batch.what[5 + name..7 + name], [1, 1], "epoch and number");
    batch.what.splice(6 + name..7 + name, [0x81, 0]);
    let signed = agent.resign(batch);
    let reply = fleet.send(&agent, &[agent.plan(), signed]);
    let Outcome::Refused(Reason::Malformed, text) = &reply.outcomes[1] else {
        panic!("{:?}", reply.outcomes);
    };
    assert!(text.contains("other bytes"), "{text}");
}

/// Leaves are found by an index that has few of them.
#[test]
fn the_leaves_of_the_log_are_found_wherever_one_begins() {
    use crate::store::table::logs;
    let mut fleet = Fleet::new();
    fleet.now = fleet.now + Millis::from_mins(10 * 24 * 60);
    let mut agents = ["eu-1", "eu-2", "eu-3"].map(|name| fleet.enrol(name));
    for agent in &agents {
        fleet.send(agent, &[agent.plan()]);
    }
    for round in 0..40 {
        for agent in &mut agents {
            // Leaves that are no batch lie between, and rows without a leaf.
            let large = if round % 9 == 4 { 1_001 } else { 1 };
            let batch = agent.seal(large);
            fleet.send(agent, &[batch]);
        }
        if round % 10 == 7 {
            let name = format!("late-{round}");
            fleet.enrol(&name);
        }
    }
    let db = fleet.hub.db();
    let size = logs::frontier(db).expect("reads").size();
    let all = logs::leaves(db, 0, size).expect("reads");
    assert!(size > 100 && all.len() as u64 == size);
    for from in 0..size {
        let near = (from..from + 3).chain(from + 30..from + 35);
        for until in near.chain([size]).filter(|until| *until <= size) {
            let found = logs::leaves(db, from, until).expect("reads");
            let place = |leaf: u64| usize::try_from(leaf).expect("few");
            assert_eq!(found, all[place(from)..place(until)], "{from} to {until}");
        }
    }
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

/// What is heavy is worked out before the transaction, so something may come in between.
#[test]
fn a_fold_is_not_written_if_something_has_come_that_belongs_into_it() {
    use super::super::fold::{work_out, write};
    use super::super::plans::Plans;
    use crate::store::table::registry;
    let mut fleet = Fleet::new();
    let mut agent = fleet.enrol("eu-1");
    let (first, lost, third) = (agent.seal(5), agent.seal(5), agent.seal(5));
    let standing = fleet.send(&agent, &[agent.plan(), first, third]).standing;
    let mut before = agent.clone();
    before.epoch = 1;
    agent.begin_epoch(&standing);
    let newest = agent.seal(5);
    fleet.send(&agent, &[newest]);
    let mut plans = Plans::default();
    let db = fleet.hub.db();
    let known = registry::agents(db).expect("reads").remove(0);
    let planned = plans.planned(db, &[agent.plan.version()]).expect("reads");
    let worked_out = work_out(db, &known, Ripe::All, planned).expect("reads");
    let (basis, work) = worked_out.expect("what was given up for lost holds nothing up");
    fleet.send(&before, &[lost]);
    let db = &mut fleet.hub.registry().db;
    let written = db.transact(|db| write(db, &known, (basis, &work)));
    assert_eq!(written.expect("is read"), 0, "one is missing in it");
    assert_eq!(fleet.hub.fold(Ripe::All).expect("is folded"), 20);
    assert_eq!(fleet.hub.fold(Ripe::All).expect("there is nothing left"), 0);
}
