//! Truth inside the bounds, nothing missed, nothing made up.

use groupdesk::accuracy::close;
use groupdesk::accuracy::judge::{Judged, judge};
use groupdesk::accuracy::real::{self, Extent};
use groupdesk::accuracy::schedule::Sort;
use groupdesk::accuracy::{for_each, print, summary};
use ledger::time::Millis;

const SCHEDULES: u64 = 120;

fn judged(seed: u64, count: u64) -> Vec<Judged> {
    for_each(count, |number| {
        judge(seed, number).expect("records are sound").1
    })
}

#[test]
fn p02_the_truth_lies_inside_wherever_it_is_promised() {
    let all = judged(2, SCHEDULES);
    for (number, judged) in all.iter().enumerate() {
        assert_eq!(judged.broken(), Vec::<String>::new(), "schedule {number}");
    }
    let promised = all.iter().filter(|judged| judged.promised);
    let outages: Vec<_> = promised
        .clone()
        .flat_map(|judged| &judged.outages)
        .collect();
    let compared = outages
        .iter()
        .filter(|outage| outage.alone.is_some())
        .count();
    // The test says something: most schedules are promised, and nearly all of their outages were compared.
    assert!(promised.count() * 10 > all.len() * 7);
    assert!(
        compared > 400 && compared * 20 > outages.len() * 19,
        "{compared}"
    );
    let long = all.iter().flat_map(|judged| &judged.outages);
    assert!(long.filter(|outage| outage.must_be_found).count() > 500);
}

/// Schedules of the whole run that were found broken: retries beyond the end of an outage, retries of held attempts, and an
/// edge on the far side of unknown time.
#[test]
fn p02_schedules_that_broke_once_hold() {
    for number in [1854, 2508, 2856, 4503, 5390, 4438, 3507] {
        let (text, holds) = close::tell(2018, number).expect("records are sound");
        assert!(holds, "{text}");
    }
}

#[test]
fn p18_agents_that_fail_make_no_downtime() {
    let all = judged(18, SCHEDULES);
    let ill: Vec<&Judged> = all
        .iter()
        .filter(|judged| judged.sort == Sort::OwnOnly)
        .collect();
    assert!(ill.len() > 5 && ill.iter().any(|judged| judged.unknown));
    for judged in ill {
        assert_eq!(judged.phantoms, []);
        for day in &judged.days {
            assert_eq!(day.measured.estimate, Millis::ZERO);
            assert_eq!(day.measured.lower, Millis::ZERO);
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_figures() {
    let tables = |seed| print::promises(&summary::run(seed, 12).expect("sound"));
    assert_eq!(tables(7), tables(7));
    assert_ne!(tables(7), tables(8));
}

#[test]
fn p02_the_truth_lies_inside_what_real_agents_recorded() {
    let dir = tempfile::tempdir().unwrap();
    let extent = Extent {
        schedules: 5,
        ticks: 60,
        least_spacing: 30,
    };
    let found = real::run(2, extent, dir.path()).unwrap();
    assert_eq!(found.broken, []);
    assert_eq!(found.phantoms, 0);
    assert!(
        found.outages >= 3 && found.inside + found.cut == found.outages,
        "{found:?}"
    );
}
