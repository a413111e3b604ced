//! Property 31, second half: whatever crashes, every event is delivered, and twice only under the same id.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::evaluate;
use super::*;
use crate::store::{Outbox, Point};

/// Instants at which an evaluator wakes up.
fn wakings() -> Vec<Timestamp> {
    (0..14).map(|turn| minute(55 + 5 * turn)).collect()
}

/// One life of the evaluator: until it crashes, or until the wakings end. Gives the wakings that are left.
fn live(
    path: &Path,
    wakings: &[Timestamp],
    crash: Option<Point>,
    delivered: &mut Vec<(String, String)>,
) -> usize {
    let history = watch().down(minutes(60, 75)).down(minutes(80, 90));
    let (record, contract) = (history.record(), contract("UTC"));
    let rules = AlarmRules {
        step: Millis::from_mins(5),
        ..AlarmRules::default()
    };
    let watched = Watched {
        record: &record,
        terms: Terms::from(&contract),
        rules: &rules,
    };
    let mut outbox = Outbox::open(path).unwrap();
    outbox.crash_at(crash);
    for (turn, now) in wakings.iter().enumerate() {
        let mut receiver = 0;
        let done = evaluate(&mut outbox, &watched, *now)
            .map_err(|error| error.to_string())
            .and_then(|_| {
                let delivery = outbox.deliver(*now, |letter| {
                    receiver += 1;
                    // The receiver fails now and then, too.
                    if receiver % 3 == 2 {
                        return Err("busy".to_owned());
                    }
                    delivered.push((letter.id.clone(), letter.body.clone()));
                    Ok(())
                });
                delivery.map_err(|error| error.to_string())
            });
        match done {
            Ok(_) => {}
            Err(error) if error.contains("crashed at") => return wakings.len() - turn,
            Err(error) => panic!("{error}"),
        }
    }
    0
}

fn by_id(delivered: &[(String, String)]) -> BTreeMap<&str, Vec<&str>> {
    let mut all: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (id, body) in delivered {
        all.entry(id).or_default().push(body);
    }
    all
}

#[test]
fn p31_a_crash_at_any_step_loses_no_event_and_invents_none() {
    let wakings = wakings();
    let directory = tempfile::tempdir().unwrap();
    let mut undisturbed = Vec::new();
    assert_eq!(
        live(
            &directory.path().join("undisturbed"),
            &wakings,
            None,
            &mut undisturbed
        ),
        0
    );
    let expected = by_id(&undisturbed);
    assert!(
        expected.len() >= 4,
        "two outages open and close: {expected:?}"
    );
    assert!(expected.values().all(|bodies| bodies.len() == 1));
    let points = [
        Point::Begun,
        Point::EventsWritten,
        Point::StateWritten,
        Point::Committed,
        Point::Acknowledging,
        Point::Acknowledged,
        Point::Failing,
    ];
    let mut again = 0;
    for point in points {
        let path = directory.path().join(format!("{point:?}"));
        let mut delivered = Vec::new();
        let (mut rest, mut crashes) = (&wakings[..], 0);
        while !rest.is_empty() {
            // Every other life crashes at this point, as soon as it gets there.
            let crash = (crashes % 2 == 0).then_some(point);
            let left = live(&path, rest, crash, &mut delivered);
            crashes += 1;
            rest = &rest[rest.len() - left..];
            assert!(crashes < 100, "{point:?}");
        }
        assert!(crashes > 1, "{point:?} is never met");
        let found = by_id(&delivered);
        for bodies in found.values() {
            assert!(
                bodies.iter().all(|body| *body == bodies[0]),
                "{point:?}: the same id says the same: {bodies:?}"
            );
            again += bodies.len() - 1;
        }
        let once: Vec<(&str, &str)> = found.iter().map(|(id, bodies)| (*id, bodies[0])).collect();
        let wanted: Vec<(&str, &str)> = expected
            .iter()
            .map(|(id, bodies)| (*id, bodies[0]))
            .collect();
        assert_eq!(
            once, wanted,
            "{point:?}: who drops repeated ids has each event exactly once"
        );
    }
    assert!(again > 0, "some crashes make it deliver again");
}
