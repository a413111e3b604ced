//! What an audit finds, and that it finds nothing where nothing is wrong.

use super::*;
use crate::store::both::{Backend, on_both};
use crate::store::sample::{self, ALWAYS, agent, attempts, plan};
use crate::store::{Place, Writer};

fn written(place: &Place) {
    let mut writer = Writer::open(place, &agent("eu-1"), &plan()).expect("the record opens");
    for part in 0..6_u64 {
        writer
            .append(&attempts(part * 500 + 1..=(part + 1) * 500))
            .expect("appended");
        writer.seal().expect("sealed");
    }
    writer.append(&attempts(3_001..=3_050)).expect("appended");
}

fn audit(place: &Place, period: Interval) -> (Record, Audited) {
    let reader = Reader::open(std::slice::from_ref(place)).expect("opens");
    let (record, mut audited) = reader.audit(period).expect("readable");
    (record, audited.remove(0))
}

/// What an audit says of a record that something was done to.
fn found(backend: Backend, spoil: &str) -> String {
    let made = backend.make();
    written(&made.place());
    sample::edit(made.place(), spoil);
    audit(&made.place(), ALWAYS).1.differences.join("\n")
}

fn a_sound_record_is_its_attempts_folded_anew(backend: Backend) {
    let made = backend.make();
    let place = made.place();
    written(&place);
    let (record, audited) = audit(&place, ALWAYS);
    assert_eq!(audited.differences, [""; 0]);
    assert_eq!(
        (audited.batches, audited.pruned, audited.attempts),
        (3, 0, 3_050)
    );
    let reader = Reader::open(std::slice::from_ref(&place)).expect("opens");
    assert_eq!(record, reader.record(ALWAYS).expect("readable"));
    // Parts of it as well, wherever they begin.
    for minute in (0..1_500).step_by(97) {
        let start = sample::MORNING + Millis::from_mins(minute);
        let part = Interval::new(start, start + Millis::from_mins(240));
        assert_eq!(
            audit(&place, part).1.differences,
            [""; 0],
            "from minute {minute}"
        );
    }
}

fn a_changed_row_is_named(backend: Backend) {
    insta::assert_snapshot!(
        found(backend, "UPDATE tick SET verdict = 'good' WHERE sequence = 97"),
        @"login 2018-12-14T00:48:00.000Z: the table has a tick, good, 1 attempts, evidence 2018-12-14T00:48:00.255Z to 2018-12-14T00:48:00.461Z, the attempts make a tick, bad, 1 attempts, evidence 2018-12-14T00:48:00.255Z to 2018-12-14T00:48:00.461Z"
    );
    insta::assert_snapshot!(
        found(backend, "DELETE FROM tick WHERE sequence = 194"),
        @"door 2018-12-14T01:36:30.000Z: the table has no row, the attempts make a tick, bad, 1 attempts, evidence 2018-12-14T01:36:30.254Z to 2018-12-14T01:36:30.457Z"
    );
    let runs = found(backend, "UPDATE run SET last_end = last_end + 1");
    assert!(runs.contains("the table has a run to"), "{runs}");
}

#[test]
fn a_broken_chain_and_a_changed_batch_are_named() {
    insta::assert_snapshot!(
        found(Backend::Files, "UPDATE batch SET hashes = (SELECT hashes FROM batch WHERE number = 1) WHERE number = 2"),
        @r"
        batch 2 does not follow batch 1: the chain of hashes or numbers is broken
        batch 2: the batch is damaged: its hash does not fit its bytes; rows were not compared
        batch 3 does not follow batch 2: the chain of hashes or numbers is broken
        "
    );
    insta::assert_snapshot!(
        found(Backend::Files, "UPDATE batch_body SET body = (SELECT body FROM batch_body WHERE id = 1) WHERE id = 3"),
        @"batch 3: the batch is damaged: its hash does not fit its bytes; rows were not compared"
    );
    insta::assert_snapshot!(
        found(Backend::Files, "UPDATE batch SET hashes = zeroblob(64) WHERE number = 1"),
        @r"
        batch 1: the batch is damaged: its hash does not fit its bytes; rows were not compared
        batch 2 does not follow batch 1: the chain of hashes or numbers is broken
        "
    );
}

fn pruned_time_is_taken_as_it_is(backend: Backend) {
    let made = backend.make();
    let place = made.place();
    written(&place);
    sample::edit(&place, crate::store::both::DROP_FIRST_BODY);
    let (record, audited) = audit(&place, ALWAYS);
    assert_eq!((audited.pruned, audited.differences.len()), (1, 0));
    let reader = Reader::open(&[place]).expect("opens");
    assert_eq!(record, reader.record(ALWAYS).expect("readable"));
}

on_both!(
    a_sound_record_is_its_attempts_folded_anew,
    a_changed_row_is_named,
    pruned_time_is_taken_as_it_is,
);
