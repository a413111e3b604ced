//! What pruning drops, spares and leaves the same.

use crate::attempt::Attempt;
use crate::store::both::{Backend, on_both};
use crate::store::sample::{self, ALWAYS, agent, name, plan};
use crate::store::{LatencyQuery, Place, Reader, Writer};
use crate::time::Millis;
use crate::verdict::Verdict;

/// Attempts of both probes without any trouble but where `bad` says so.
fn attempts(numbers: std::ops::RangeInclusive<u64>, bad: &[u64]) -> Vec<Attempt> {
    let attempt = |number: u64| {
        let good = !bad.contains(&number);
        Attempt {
            verdict: if good { Verdict::Good } else { Verdict::Bad },
            class: (!good).then_some(crate::verdict::Class::Status),
            step: None,
            total: sample::attempt(1).total,
            ..sample::attempt(number)
        }
    };
    numbers.map(attempt).collect()
}

/// Thirty batches of 200 attempts (100 minutes each); something happened in the eleventh.
fn written(place: &Place) -> Writer {
    let mut writer = Writer::open(place, &agent("eu-1"), &plan()).expect("the record opens");
    for batch in 0..30_u64 {
        let numbers = batch * 200 + 1..=(batch + 1) * 200;
        writer
            .append(&attempts(numbers, &[2_101]))
            .expect("appended");
        writer.close().expect("closed");
        writer = Writer::open(place, &agent("eu-1"), &plan()).expect("the record opens");
    }
    writer
}

fn packed(place: &Place) -> Vec<String> {
    sample::texts(
        place,
        "SELECT string_agg(CAST(number AS TEXT), ' ' ORDER BY number) FROM whole_batch WHERE body IS NOT NULL",
    )
}

fn old_batches_lose_their_bodies_and_nothing_else(backend: Backend) {
    let made = backend.make();
    let place = made.place();
    let mut writer = written(&place);
    let all = |place: &Place| {
        let reader = Reader::open(std::slice::from_ref(place)).expect("opens");
        let latency = reader.latency(&LatencyQuery::success(ALWAYS));
        (
            reader.record(ALWAYS).expect("readable"),
            latency.expect("readable"),
        )
    };
    let chain = format!(
        "SELECT concat_ws(' ', number, first_sequence, last_sequence, first_tick, last_tick, {}) FROM batch ORDER BY number",
        backend.hex("head")
    );
    let before = (all(&place), sample::texts(&place, &chain));
    let mut looked_at = Vec::new();
    loop {
        let count = writer.prune(Millis::from_mins(1_000)).expect("pruned");
        looked_at.push(count);
        if count == 0 {
            break;
        }
        assert_eq!((all(&place), sample::texts(&place, &chain)), before);
    }
    assert_eq!(
        looked_at,
        [16, 3, 0],
        "a few at a time, until all are younger than 1,000 minutes"
    );
    // 11 holds what happened, 20 is the first that is young enough.
    assert_eq!(packed(&place), ["11 20 21 22 23 24 25 26 27 28 29 30"]);
    let reader = Reader::open(&[place]).expect("opens");
    let left = reader.attempts(&name("login"), ALWAYS).expect("readable");
    assert_eq!(
        left.len(),
        12 * 100,
        "attempts one by one are those of the batches that are left"
    );
}

fn a_crash_between_two_steps_of_pruning_is_made_good_by_the_next(backend: Backend) {
    let made = backend.make();
    let place = made.place();
    let mut writer = written(&place);
    assert_eq!(writer.prune(Millis::ZERO).expect("pruned"), 16);
    drop(writer);
    let mut writer = Writer::open(&place, &agent("eu-1"), &plan()).expect("opens");
    assert_eq!(writer.prune(Millis::ZERO).expect("pruned"), 13);
    assert_eq!(writer.prune(Millis::ZERO).expect("nothing is left"), 0);
    assert_eq!(packed(&place), ["11 30"], "the newest batch always stays");
    writer
        .append(&attempts(6_001..=6_200, &[]))
        .expect("the record goes on");
    writer.close().expect("closed");
    assert_eq!(packed(&place), ["11 30 31"]);
}

#[test]
fn a_pruned_record_is_still_a_copy_of_the_whole_one() {
    let (directory, path) = sample::place();
    let mut writer = written(&path.clone().into());
    let copy = directory.path().join("copy.db");
    writer.backup(&copy).expect("copied");
    while writer.prune(Millis::ZERO).expect("pruned") > 0 {}
    let both = Reader::open(&[copy, path]).expect("their hashes agree");
    assert_eq!(both.agents(), [agent("eu-1")]);
}

on_both!(
    old_batches_lose_their_bodies_and_nothing_else,
    a_crash_between_two_steps_of_pruning_is_made_good_by_the_next,
);
