//! One step against the next, without a record.

use super::super::{
    Alarm, AlarmRules, AlarmState, Condition, Conditions, Facts, Key, Phase, Severity, Truth, step,
};
use super::minute;
use crate::testing::name;
use crate::time::{Millis, Timestamp};

fn at(now: Timestamp, truths: &[(&Key, Truth)]) -> Conditions {
    let condition = |truth| Condition::new(truth, Severity::Notify, Facts::default());
    Conditions {
        at: now,
        all: truths
            .iter()
            .map(|(key, truth)| ((*key).clone(), condition(*truth)))
            .collect(),
        ..Conditions::default()
    }
}

fn keys() -> [Key; 3] {
    [
        (Alarm::Outage, "service"),
        (Alarm::Partial, "region:a"),
        (Alarm::BurnRate, "1h"),
    ]
    .map(|(alarm, scope)| Key::new(&name("example"), alarm, scope))
}

/// Which keys open and close when these conditions hold one step after the other.
fn told(story: &[[Truth; 3]], rules: &AlarmRules) -> Vec<String> {
    let keys = keys();
    let mut state = AlarmState::default();
    let mut lines = Vec::new();
    for (minutes, truths) in (0..).zip(story) {
        let truths: Vec<(&Key, Truth)> = keys.iter().zip(truths.iter().copied()).collect();
        let (events, next) = step(&state, &at(minute(minutes), &truths), rules);
        state = next;
        lines.extend(
            events
                .iter()
                .map(|event| format!("{minutes} {} {}", event.phase.as_str(), event.key.alarm)),
        );
    }
    lines
}

use Truth::{No, Unsure, Yes};

/// Rules that let a partial outage speak as soon as an outage is over.
fn prompt() -> AlarmRules {
    AlarmRules {
        aftermath: Millis::ZERO,
        ..AlarmRules::default()
    }
}

#[test]
fn regions_that_come_back_after_an_outage_are_no_partial_one() {
    let lasting = |minutes: usize| {
        let mut story = vec![[No, No, No], [Yes, Yes, No]];
        story.extend(std::iter::repeat_n([No, Yes, No], minutes));
        story.push([No, No, No]);
        told(&story, &AlarmRules::default())
    };
    assert_eq!(lasting(3), ["1 open outage", "2 close outage"]);
    assert_eq!(
        lasting(7),
        [
            "1 open outage",
            "2 close outage",
            "7 open partial",
            "9 close partial"
        ]
    );
}

#[test]
fn an_outage_silences_what_says_the_same_and_lets_it_speak_afterwards() {
    let story = [
        [No, Yes, No],
        [Yes, Yes, Yes],
        [Yes, No, Yes],
        [No, No, Yes],
        [No, No, No],
    ];
    let rules = prompt();
    assert_eq!(
        told(&story, &rules),
        [
            "0 open partial",
            "1 open outage",
            "3 close outage",
            "3 close partial",
            "3 open burn_rate",
            "4 close burn_rate",
        ]
    );
    let loud = AlarmRules {
        inhibits: false,
        ..rules
    };
    assert_eq!(
        told(&story, &loud),
        [
            "0 open partial",
            "1 open outage",
            "1 open burn_rate",
            "2 close partial",
            "3 close outage",
            "4 close burn_rate",
        ]
    );
}

#[test]
fn in_doubt_everything_stays_as_it_is() {
    let story = [
        [Unsure; 3],
        [Yes, No, No],
        [Unsure, No, No],
        [Unsure, Yes, No],
        [No, Yes, No],
    ];
    assert_eq!(
        told(&story, &prompt()),
        ["1 open outage", "4 close outage", "4 open partial"]
    );
}

#[test]
fn what_is_watched_no_more_is_closed() {
    let [outage, partial, _] = keys();
    let rules = AlarmRules::default();
    let (_, state) = step(
        &AlarmState::default(),
        &at(minute(0), &[(&outage, No), (&partial, Yes)]),
        &rules,
    );
    let (events, state) = step(&state, &at(minute(1), &[(&outage, No)]), &rules);
    assert_eq!(
        events
            .iter()
            .map(|event| (event.phase, event.number))
            .collect::<Vec<_>>(),
        [(Phase::Close, 2)]
    );
    assert_eq!(state.open().count(), 0);
}

#[test]
fn what_holds_until_an_instant_is_not_closed_before_it() {
    let key = Key::new(&name("example"), Alarm::Budget, "2018-12:50%");
    let rules = AlarmRules::default();
    let mut first = at(minute(0), &[(&key, Yes)]);
    first.all.get_mut(&key).unwrap().until = Some(minute(10));
    let (_, state) = step(&AlarmState::default(), &first, &rules);
    let (early, state) = step(&state, &at(minute(9), &[]), &rules);
    let (late, state) = step(&state, &at(minute(10), &[]), &rules);
    assert_eq!((early.len(), late.len()), (0, 1));
    assert_eq!(late[0].phase, Phase::Close);
    let mut again = first.clone();
    again.at = minute(11);
    let (events, _) = step(&state, &again, &rules);
    assert_eq!(
        events[0].number, 3,
        "numbers go on, whatever the clock does"
    );
}

#[test]
fn a_state_survives_being_kept() {
    let [outage, partial, _] = keys();
    let rules = AlarmRules {
        flap_within: Millis::from_mins(10),
        ..AlarmRules::default()
    };
    let (_, state) = step(
        &AlarmState::default(),
        &at(minute(0), &[(&outage, No), (&partial, Yes)]),
        &rules,
    );
    let text = serde_json::to_string(&state).unwrap();
    assert_eq!(serde_json::from_str::<AlarmState>(&text).unwrap(), state);
}
