//! What pruning drops, spares and leaves the same.

use std::collections::BTreeMap;

use crate::attempt::Attempt;
use crate::histogram::Measure;
use crate::plan::Plan;
use crate::store::both::{Backend, on_both};
use crate::store::sample::{self, ALWAYS, agent, name, plan};
use crate::store::{LatencyQuery, Place, Reader, Writer};
use crate::time::{Interval, Millis, Timestamp};
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
        backend.hex("hashes")
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
    let tick = |number: usize| left[number].1.tick;
    let pruned = |start, end| reader.is_pruned(Interval::new(start, end)).expect("reads");
    assert!(pruned(ALWAYS.start, ALWAYS.end));
    assert!(!pruned(tick(0), tick(99)), "all of batch 11 is left");
    assert!(pruned(tick(0), tick(100)), "12 to 19 lie between");
    assert!(
        !pruned(tick(100), ALWAYS.end),
        "20 is left, and all later ones"
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

/// Five probes every five minutes, and a contract in UTC.
fn five() -> Plan {
    let head = "regions = [\"eu\"]\ncanary = \"none\"\n[site]\nname = \"x\"\nurl = \"https://x.test\"\nlogin_cap = 0\n\
        [[persona]]\nname = \"user\"\n[[persona.account]]\nlabel = \"user-1\"\nusername = \"x\"\npassword = { env = \"X\" }\n\
        [[journey]]\nname = \"login\"\n[[journey.step]]\nname = \"land\"\nget = \"/\"\nexpect.status = 200\n\
        [[contract]]\nid = \"gold\"\ncustomer = \"X\"\nzone = \"UTC\"\ntarget = 99.9\n";
    let probe = |number| {
        format!(
            "[[probe]]\nname = \"p{number}\"\njourney = \"login\"\npersona = \"user\"\nschedule = \"0 */5 * * * *\"\n"
        )
    };
    let text: String = std::iter::once(head.to_owned())
        .chain((0..5).map(probe))
        .collect();
    Plan::parse(&text, "probes.toml").expect("a plan")
}

/// The last but one day of a year.
const START: Timestamp = Timestamp(sample::MORNING.0 + 16 * 86_400_000);

/// Four days of them; `p2` fails once, in the eleventh hour.
fn four_days(place: &Place) -> Writer {
    let plan = five();
    let version = plan.version();
    let mut writer = Writer::open(place, &agent("eu-1"), &plan).expect("the record opens");
    for hour in 0..96_u64 {
        let of_hour = |number: u64| {
            let (probe, minute) = ((number - 1) % 5, (number - 1) / 5 * 5);
            let at = START + Millis::from_mins(i64::try_from(minute).expect("few"));
            let mut attempt = attempts(1..=1, &[if number == 603 { 1 } else { 0 }]).remove(0);
            let later = at - attempt.tick;
            attempt.evidence = Interval::new(attempt.start + later, attempt.end + later);
            (attempt.start, attempt.end) = (attempt.evidence.start, attempt.evidence.end);
            (attempt.tick, attempt.due) = (at, attempt.due + later);
            (attempt.plan, attempt.sequence) = (version, number);
            attempt.probe = name(&format!("p{probe}"));
            attempt
        };
        let numbers = hour * 60 + 1..=(hour + 1) * 60;
        let all: Vec<Attempt> = numbers.map(of_hour).collect();
        writer.append(&all).expect("appended");
        while writer.unsealed() > 0 {
            writer.seal_all().expect("sealed");
        }
        writer.fold().expect("folded");
    }
    writer
}

fn of_a_large_batch_what_lies_near_trouble_of_its_probe_is_left(backend: Backend) {
    let made = backend.make();
    let place = made.place();
    let mut writer = four_days(&place);
    let reader = || Reader::open(std::slice::from_ref(&place)).expect("opens");
    let record = || reader().record(ALWAYS).expect("readable");
    let attempts = |probe: &str| reader().attempts(&name(probe), ALWAYS).expect("readable");
    let (before, troubled) = (record(), attempts("p2"));
    while writer.prune(Millis::ZERO).expect("pruned") > 0 {}
    assert_eq!(packed(&place), ["96"], "the newest batch stays");
    let kept = "SELECT concat_ws(' ', number, attempts) FROM excerpt ORDER BY number";
    // Single ticks are up to 110 minutes from it.
    let near: Vec<String> = (9..=12).map(|number| format!("{number} 12")).collect();
    assert_eq!(sample::texts(&place, kept), near);
    assert_eq!(record(), before);
    assert_eq!(attempts("p1").len(), 12, "of the newest batch");
    let left = attempts("p2");
    assert_eq!(left.len(), 5 * 12);
    assert!(left.iter().all(|attempt| troubled.contains(attempt)));
    assert!(
        left.iter()
            .any(|(_, attempt)| attempt.verdict == Verdict::Bad)
    );
}

fn latencies_of_pruned_hours_are_told_by_day(backend: Backend) {
    let made = backend.make();
    let place = made.place();
    let mut writer = four_days(&place);
    let ask = |period: Interval| {
        let reader = Reader::open(std::slice::from_ref(&place)).expect("opens");
        let query = LatencyQuery {
            zone: Some("UTC".to_owned()),
            by_hour: true,
            ..LatencyQuery::success(period)
        };
        let mut spans: BTreeMap<&str, u64> = BTreeMap::new();
        for found in reader.latency(&query).expect("readable") {
            if found.key.measure == Measure::Total {
                *spans.entry(found.key.slice.span.as_str()).or_default() +=
                    found.distribution.count();
            }
        }
        spans
    };
    // With a whole month, of which days are told all the same.
    let days = Interval::new(
        START - Millis::from_mins(29 * 1_440),
        START + Millis::from_mins(4 * 1_440),
    );
    let day = 288 * 5;
    let good = 4 * day - 1;
    assert_eq!(ask(days), BTreeMap::from([("hour", good)]));
    while writer.prune(Millis::from_mins(2_000)).expect("pruned") > 0 {}
    // 62 hours and 35 minutes are older than 2,000 minutes: two days whole, and 14 hours of the third.
    assert_eq!(
        ask(days),
        BTreeMap::from([("day", good - day), ("hour", day)])
    );
    let third = Interval::new(START + Millis::from_mins(2 * 1_440), days.end);
    assert_eq!(ask(third), BTreeMap::from([("day", day), ("hour", day)]));
}

on_both!(
    old_batches_lose_their_bodies_and_nothing_else,
    a_crash_between_two_steps_of_pruning_is_made_good_by_the_next,
    of_a_large_batch_what_lies_near_trouble_of_its_probe_is_left,
    latencies_of_pruned_hours_are_told_by_day,
);
