//! The models of published algorithms, on one outage that can be worked out by hand.

use groupdesk::accuracy::design::Design;
use groupdesk::accuracy::models::{Model, Site, all};
use groupdesk::accuracy::schedule::{Schedule, Sort};
use groupdesk::accuracy::world::{Own, OwnTrouble, Symptom, Trouble, World};
use ledger::time::{Interval, Millis, Timestamp};

const NOON: Timestamp = Timestamp(1_544_788_800_000);

/// A day from noon, of which the site is down from 18:00 to 20:00, watched every minute from three regions.
fn two_hours() -> Schedule {
    let at = |hours: i64| NOON + Millis::from_mins(hours * 60);
    let period = Interval::new(NOON, at(24));
    let outage = Trouble {
        span: Interval::new(at(6), at(8)),
        region: None,
        persona: None,
        symptom: Symptom::Fails,
    };
    Schedule {
        sort: Sort::Clean,
        design: Design::plain(60).regions(3),
        world: World {
            troubles: vec![outage],
            own: Vec::new(),
        },
        period,
        span: period,
    }
}

fn minutes(model: &dyn Model, schedule: &Schedule) -> i64 {
    let told = model.downtime(&mut Site::new(schedule, 1));
    told.down.0 / 60_000
}

fn model(name: &str) -> &'static dyn Model {
    all()
        .into_iter()
        .find(|model| model.name() == name)
        .expect(name)
}

#[test]
fn two_hours_are_two_hours_where_checks_are_even() {
    for name in ["Gatus", "Uptime Kuma", "blackbox, average", "OpenStatus"] {
        let told = minutes(model(name), &two_hours());
        assert!((119..=121).contains(&told), "{name}: {told}");
    }
    let told = minutes(model("Upptime"), &two_hours());
    assert!((115..=125).contains(&told), "{told}");
}

#[test]
fn retries_weigh_an_outage_more_than_it_was() {
    // Three beats of 20 s before it counts as down: 120 min of beats every minute, and three more.
    let mut schedule = two_hours();
    schedule.world.troubles[0].span.end =
        schedule.world.troubles[0].span.start + Millis::from_mins(5);
    let plain = minutes(model("Uptime Kuma"), &schedule);
    let retried = minutes(model("Kuma, retries"), &schedule);
    assert!(
        (4..=6).contains(&plain) && retried > plain,
        "{plain} {retried}"
    );
}

#[test]
fn only_gatus_asks_whether_it_is_offline_itself() {
    let mut schedule = two_hours();
    schedule.world.troubles.clear();
    schedule.world.own = (0..3)
        .map(|region| OwnTrouble {
            span: Interval::new(NOON + Millis::from_mins(60), NOON + Millis::from_mins(120)),
            region,
            what: Own::Network,
        })
        .collect();
    assert_eq!(minutes(model("Gatus"), &schedule), 0);
    for name in ["Uptime Kuma", "blackbox, average", "OpenStatus"] {
        let told = minutes(model(name), &schedule);
        assert!((58..=61).contains(&told), "{name}: {told}");
    }
}

#[test]
fn half_of_the_regions_are_enough_for_openstatus() {
    let mut schedule = two_hours();
    schedule.design.regions = 2;
    schedule.world.troubles[0].region = Some(1);
    let told = minutes(model("OpenStatus"), &schedule);
    // Down by one of two at one instant, up by the other one at its next change only.
    assert!(told >= 119, "{told}");
}
