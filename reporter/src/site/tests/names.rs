//! Incidents keep their names, whatever later data does to them.

use ledger::time::Interval;

use super::*;
use register::{Fate, Found};

const COVERED: Interval = Interval {
    start: Timestamp(0),
    end: Timestamp(1_000_000),
};

fn found(name: &str, start: i64, end: i64) -> Found {
    Found {
        name: name.into(),
        span: Interval::new(Timestamp(start), Timestamp(end)),
        title: name.to_uppercase(),
        told: format!("{start} {end}"),
        settled: Timestamp(end),
    }
}

fn ids(register: &Register) -> Vec<(&str, &Fate)> {
    let all = register.incidents.iter();
    all.map(|kept| (kept.id.as_str(), &kept.fate)).collect()
}

#[test]
fn the_same_incident_keeps_its_name_when_its_edges_move() {
    let mut register = Register::default();
    register.enter(
        &[found("a", 100, 200), found("b", 500, 600)],
        COVERED,
        Timestamp(700),
    );
    let before = register.clone();
    register.enter(
        &[found("a", 100, 200), found("b", 500, 600)],
        COVERED,
        Timestamp(900),
    );
    assert_eq!(register, before, "nothing is told anew without news");
    let places = register.enter(
        &[found("a0", 60, 200), found("b", 500, 600)],
        COVERED,
        Timestamp(950),
    );
    assert_eq!(places, [0, 1]);
    assert_eq!(ids(&register), [("a", &Fate::Stands), ("b", &Fate::Stands)]);
    let [a, b] = &register.incidents[..] else {
        panic!("two")
    };
    assert_eq!(
        (a.first, a.updated),
        (Timestamp(200), Timestamp(1_200)),
        "a second later at least"
    );
    assert_eq!((b.first, b.updated), (Timestamp(600), Timestamp(600)));
}

#[test]
fn what_is_no_incident_any_more_says_so_and_leaves_its_name_to_no_other() {
    let mut register = Register::default();
    register.enter(
        &[found("a", 100, 200), found("b", 500, 600)],
        COVERED,
        Timestamp(700),
    );
    register.enter(&[found("b", 500, 600)], COVERED, Timestamp(50_000));
    assert_eq!(ids(&register)[0], ("a", &Fate::Withdrawn));
    assert_eq!(register.incidents[0].updated, Timestamp(50_000));
    // Another one that would be called the same.
    register.enter(
        &[found("a", 300, 400), found("b", 500, 600)],
        COVERED,
        Timestamp(60_000),
    );
    assert_eq!(
        ids(&register),
        [
            ("a", &Fate::Withdrawn),
            ("b", &Fate::Stands),
            ("a-2", &Fate::Stands)
        ]
    );
    assert_eq!(
        register.incidents[0].updated,
        Timestamp(50_000),
        "said once"
    );
    // It was one after all.
    register.enter(
        &[
            found("a", 100, 200),
            found("a", 300, 400),
            found("b", 500, 600),
        ],
        COVERED,
        Timestamp(70_000),
    );
    assert_eq!(ids(&register)[0], ("a", &Fate::Stands));
    assert_eq!(register.incidents[0].updated, Timestamp(70_000));
}

#[test]
fn incidents_that_become_one_are_told_under_the_first_name() {
    let mut register = Register::default();
    register.enter(
        &[found("a", 100, 200), found("b", 300, 400)],
        COVERED,
        Timestamp(500),
    );
    register.enter(&[found("whole", 90, 400)], COVERED, Timestamp(50_000));
    assert_eq!(
        ids(&register),
        [("a", &Fate::Stands), ("b", &Fate::PartOf("a".into()))]
    );
    // And apart again.
    register.enter(
        &[found("a", 100, 200), found("b", 300, 400)],
        COVERED,
        Timestamp(60_000),
    );
    assert_eq!(ids(&register), [("a", &Fate::Stands), ("b", &Fate::Stands)]);
}

#[test]
fn without_the_records_of_its_time_an_incident_stands() {
    let mut register = Register::default();
    register.enter(&[found("a", 100, 200)], COVERED, Timestamp(500));
    let later = Interval::new(Timestamp(400), Timestamp(900));
    register.enter(&[], later, Timestamp(900));
    assert_eq!(ids(&register), [("a", &Fate::Stands)]);
}

#[test]
fn an_incident_over_the_end_of_a_month_is_one() {
    let zone = "America/New_York";
    let outage = fixture::outage(1, ny("2018-11-30T23:30"), ny("2018-12-01T01:00"));
    let unseen = Interval::new(ny("2018-12-27T03:00"), ny("2018-12-27T03:12"));
    let month = |from: &str, to: &str| {
        let period = Interval::new(ny(from), ny(to));
        fixture::report(fixture::made(period, zone, vec![outage.clone()], unseen))
    };
    let months = [
        month("2018-11-01T00:00", "2018-12-01T00:00"),
        month("2018-12-01T00:00", "2019-01-01T00:00"),
    ];
    let groups = incident::groups(&months);
    assert_eq!(groups.len(), 1);
    assert_eq!((groups[0].first, groups[0].last), (0, 1));
}
