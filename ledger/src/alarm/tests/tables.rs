//! Burn rates and keys, as tables.

use super::super::burn::is_over;
use super::super::{Alarm, AlarmRules, Key};
use super::{period, watch};
use crate::contract::Share;
use crate::state::{Lane, Segment, State};
use crate::tally::Assessment;
use crate::testing::{contract, name};
use crate::time::{Interval, Millis, Timestamp};

const NOW: Timestamp = Timestamp(1_545_300_000_000);

/// Three days up to now, up but for these lengths of time, one after the other, at their end.
fn ending(target: u32, last: &[(State, Millis)]) -> Assessment {
    let mut found = watch().assess(&contract("UTC"), period());
    found.sla.target = Share(target);
    found.period = Interval::new(NOW - Millis::from_mins(3 * 24 * 60), NOW);
    let mut lane = Vec::new();
    let mut end = NOW;
    for (state, length) in last.iter().rev() {
        let interval = Interval::new(end - *length, end);
        let state = *state;
        lane.insert(0, Segment { interval, state });
        end = interval.start;
    }
    let interval = Interval::new(found.period.start, end);
    let state = State::Up;
    lane.insert(0, Segment { interval, state });
    found.service = Lane(lane);
    found
}

/// Seconds of total outage after which each rule is met, searched to the millisecond and rounded up.
fn trips_after(target: u32) -> Vec<Option<i64>> {
    let rules = AlarmRules::default();
    let calm = ending(target, &[(State::Down, Millis::ZERO)]);
    let over = |rule: &_, millis| {
        let mut found = calm.clone();
        let start = NOW - Millis(millis);
        found.service.0[0].interval.end = start;
        found.service.0[1].interval.start = start;
        is_over(rule, &found, NOW)
    };
    rules
        .burn
        .iter()
        .map(|rule| {
            let (mut low, mut high) = (0, rule.long.0);
            if !over(rule, high) {
                return None;
            }
            while high - low > 1 {
                let middle = i64::midpoint(low, high);
                if over(rule, middle) {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            Some((high + 999) / 1_000)
        })
        .collect()
}

#[test]
fn a_total_outage_trips_each_burn_rate_after_its_time() {
    // At 99.9 %: 14.4 · 0.001 · 1 h = 51.84 s; 6 · 0.001 · 6 h = 129.6 s; 3 · 0.001 · 1 d = 259.2 s and as much for 3 d.
    assert_eq!(
        trips_after(999_000),
        [Some(52), Some(130), Some(260), Some(260)]
    );
    assert_eq!(
        trips_after(990_000),
        [Some(519), Some(1_297), Some(2_593), Some(2_593)]
    );
}

#[test]
fn the_fastest_burn_rate_cannot_be_reached_below_9306_percent() {
    for (target, reached) in [(930_600, true), (930_500, false), (500_000, false)] {
        let rules = AlarmRules::default();
        let [fastest, ..] = &rules.burn[..] else {
            panic!("there are four")
        };
        assert_eq!(!fastest.is_out_of_reach(Share(target)), reached, "{target}");
        assert_eq!(trips_after(target)[0].is_some(), reached, "{target}");
    }
}

#[test]
fn unknown_time_is_left_out_of_a_burn_rate_and_a_quiet_short_window_stops_it() {
    let rules = AlarmRules::default();
    let over = |last: &[(State, Millis)]| is_over(&rules.burn[0], &ending(999_000, last), NOW);
    let (down, half) = (Millis::from_secs(30), Millis::from_mins(30));
    assert!(!over(&[(State::Down, down)]));
    let blind = [
        (State::Unknown, half),
        (State::Up, half - down),
        (State::Down, down),
    ];
    assert!(over(&blind), "30 s of the 30 min that are known");
    let minute = (State::Down, Millis::from_mins(1));
    assert!(over(&[minute, (State::Up, Millis::from_mins(4))]));
    assert!(
        !over(&[minute, (State::Up, Millis::from_mins(5))]),
        "nothing in the last 5 min"
    );
}

#[test]
fn keys_survive_the_way_to_text_and_back() {
    for alarm in Alarm::ALL {
        let key = Key::new(&name("example"), alarm, "region:east");
        assert_eq!(Key::try_from(key.to_string()), Ok(key));
    }
    for wrong in [
        "",
        "example",
        "example/outage",
        "example/outage/",
        "Example/outage/service",
        "example/lunch/service",
    ] {
        assert!(Key::try_from(wrong.to_owned()).is_err(), "{wrong:?}");
    }
}
