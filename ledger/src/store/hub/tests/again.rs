//! An agent that was set back sends what waited a second time, under other numbers: it counts once.

use super::super::fold::{work_out, write};
use super::super::plans::Plans;
use super::fleet::{self, Fleet};
use super::*;
use crate::evidence::Requests;
use crate::record::Record;
use crate::run::Entry;
use crate::store::table::{registry, sums};
use crate::store::{Latency, LatencyQuery, Reader};
use crate::tally::assess;
use crate::testing::{contract, weighted};
use crate::time::{Interval, Timestamp};

const DAY: Interval = Interval {
    start: sample::MORNING,
    end: Timestamp(sample::MORNING.0 + 86_400_000),
};

/// How often an agent sends what waits.
#[derive(Clone, Copy, PartialEq)]
enum Sent {
    Once,
    Twice,
}

/// What a hub says of an agent that has sent so, and that was folded before and, with `All`, afterwards.
fn told(sent: Sent, fold: Ripe) -> (Record, Vec<Latency>, Requests) {
    let (_directory, path) = sample::place();
    let mut plan = fleet::other_layer();
    plan.contracts = vec![contract("UTC")];
    let mut fleet = Fleet::at(path.clone(), &plan);
    let mut agent = fleet.enrol("eu-1");
    agent.plan = fleet::other_layer();
    let plan = agent.plan();
    // Trouble and quiet, over some hours.
    let batches: Vec<_> = (0..6).map(|_| agent.seal(150)).collect();
    fleet.send(&agent, &[plan]);
    let reply = fleet.send(&agent, &batches);
    while fleet.hub.fold(fold).expect("folds") > 0 {}
    if sent == Sent::Twice {
        // It knows of receipts for the first two batches.
        let records = agent.send_again(&reply.standing, 301, &[150, 150, 150, 150, 80]);
        fleet.send(&agent, &records);
    } else {
        let records = [agent.seal(80)];
        fleet.send(&agent, &records);
    }
    if fold == Ripe::All {
        while fleet.hub.fold(fold).expect("folds") > 0 {}
    }
    fleet.hub.close().expect("closes");
    let reader = Reader::open(&[path]).expect("opens");
    let record = reader.record(DAY).expect("reads");
    let query = LatencyQuery {
        zone: Some("UTC".to_owned()),
        ..LatencyQuery::success(Interval::new(DAY.start, DAY.start + Millis::from_mins(200)))
    };
    let latency = reader.latency(&query).expect("reads");
    let mut contract = contract("UTC");
    contract.regions = weighted(&[("eu", 1)]);
    let found = assess(&record, &contract, DAY, DAY.end).expect("is sound");
    let (_, audited) = reader.audit(DAY).expect("reads");
    assert!(
        audited.iter().all(|one| one.differences.is_empty()),
        "{audited:?}"
    );
    (record, latency, found.total.requests)
}

/// Numbers of attempts are those of the first time in both.
fn same(fold: Ripe) {
    let (once, twice) = (told(Sent::Once, fold), told(Sent::Twice, fold));
    let outline = |record: &Record| -> Vec<Vec<(Timestamp, Option<u32>)>> {
        let series = record.series.iter();
        let rows = series.map(|one| {
            let entries = one.entries.iter();
            let rows = entries.map(|entry| match entry {
                Entry::Run(run) => (run.first_tick, Some(run.ticks)),
                Entry::Tick(tick) => (tick.tick, None),
            });
            rows.collect()
        });
        rows.collect()
    };
    assert_eq!(outline(&once.0), outline(&twice.0));
    assert!(!once.1.is_empty() && once.2.obtained() > 400);
    assert_eq!(once.1, twice.1, "latencies");
    assert_eq!(once.2, twice.2, "requests");
}

#[test]
fn what_is_sent_twice_is_folded_once() {
    same(Ripe::All);
}

#[test]
fn what_is_sent_twice_counts_once_before_it_is_folded() {
    same(Ripe::Hours);
}

/// Folds all that there is; says how many attempts that was.
fn fold_all(fleet: &mut Fleet) -> u64 {
    let folds = std::iter::repeat_with(|| fleet.hub.fold(Ripe::All).expect("folds"));
    folds.take_while(|folded| *folded > 0).sum()
}

/// What came twice is looked up before the transaction, in rows that may be gone when it begins.
#[test]
fn what_came_twice_is_not_passed_over_for_rows_that_are_folded_anew_meanwhile() {
    let mut fleet = Fleet::new();
    let mut agent = fleet.enrol("eu-1");
    let (first, lost, third) = (agent.seal(150), agent.seal(5), agent.seal(150));
    let reply = fleet.send(&agent, &[agent.plan(), first, third]);
    let mut before = agent.clone();
    before.epoch = 1;
    let again = agent.send_again(&reply.standing, 156, &[75, 75]);
    fleet.send(&agent, &again[..1]);
    assert_eq!(fold_all(&mut fleet), 380, "5 of them are lost");
    fleet.send(&agent, &again[1..]);
    let mut plans = Plans::default();
    let db = fleet.hub.db();
    let known = registry::agents(db).expect("reads").remove(0);
    let planned = plans.planned(db, &[agent.plan.version()]).expect("reads");
    let worked_out = work_out(db, &known, Ripe::All, planned).expect("reads");
    let (basis, work) = worked_out.expect("it came again");
    // It was not lost after all: all is folded anew.
    fleet.send(&before, &[lost]);
    let db = &mut fleet.hub.registry().db;
    let written = db.transact(|db| write(db, &known, (basis, &work)));
    assert_eq!(written.expect("is read"), 0);
    assert_eq!(fold_all(&mut fleet), 455);
    let sql = "SELECT sum(good + failed) FROM latency WHERE span = 'hour'";
    let heard: i64 = fleet
        .hub
        .db()
        .one(sql, &[], |row| row.get(0))
        .expect("reads");
    assert_eq!(heard, 304, "each of 305 once, and one was void");
    sums::check(fleet.hub.db()).expect("is as it was written");
}

#[test]
fn what_is_damaged_does_not_look_sound_because_more_was_folded() {
    for (damage, table) in [
        (
            "UPDATE run SET ticks = ticks + 1 WHERE first_tick = (SELECT max(first_tick) FROM run)",
            "run",
        ),
        ("UPDATE latency SET good = good + 1", "latency"),
    ] {
        let mut fleet = Fleet::new();
        let mut agent = fleet.enrol("eu-1");
        let (plan, first) = (agent.plan(), agent.seal(150));
        fleet.send(&agent, &[plan, first]);
        assert_eq!(fleet.hub.fold(Ripe::All).expect("folds"), 150);
        sums::check(fleet.hub.db()).expect("is as it was written");
        assert!(fleet.hub.db().execute(damage, &[]).expect("is done") > 0);
        let second = agent.seal(20);
        fleet.send(&agent, &[second]);
        assert_eq!(fleet.hub.fold(Ripe::All).expect("folds"), 20);
        let found = sums::check(fleet.hub.db()).expect_err("is damaged");
        assert!(
            found.to_string().starts_with(&format!("a row of {table}:")),
            "{found}"
        );
    }
}
