//! Properties 31 and 32 over random histories.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::{Key, Phase};
use super::*;
use crate::run::TickVerdict;
use crate::testing::{Effect, folded};
use crate::verdict::Class;

/// Up to six stretches of anything that may happen, in one region or in all.
fn history() -> impl Strategy<Value = History> {
    let effect = prop_oneof![
        4 => Just(Effect::Says(TickVerdict::Bad, Some(Class::Status))),
        1 => Just(Effect::Says(TickVerdict::Void, Some(Class::ProberNet))),
        1 => Just(Effect::Nothing),
        1 => Just(Effect::Slow),
        1 => Just(Effect::Says(TickVerdict::Held, Some(Class::Throttled))),
    ];
    let region = prop_oneof![2 => Just(None), 1 => prop::sample::select(vec![Some("a"), Some("b"), Some("c")])];
    let trouble = (0..45 * 60_i64, 20..1_200_i64, effect, region);
    (
        prop::collection::vec(trouble, 0..6),
        0..20_000_i64,
        any::<bool>(),
    )
        .prop_map(|(troubles, length, fast)| {
            let mut history = watch();
            history.span = span("2018-12-20T00:00:00Z", "2018-12-20T01:00:00Z");
            history.evidence = (Millis(200), Millis(length));
            if !fast {
                history.fast = None;
            }
            for (start, length, effect, region) in troubles {
                let start = history.span.start + Millis::from_secs(start);
                history = history.fault(
                    Interval::new(start, start + Millis::from_secs(length)),
                    effect,
                );
                if let Some(region) = region {
                    history = history.in_region(region);
                }
            }
            history
        })
}

/// Instants of evaluation, each at most 15 minutes after the one before.
fn instants() -> impl Strategy<Value = Vec<Timestamp>> {
    prop::collection::vec(1..900_i64, 8..24).prop_map(|waits| {
        let mut now = minute(5);
        let all = waits.into_iter().map(|wait| {
            now = now + Millis::from_secs(wait);
            now
        });
        all.filter(|at| *at < minute(60))
            .chain([minute(60)])
            .collect()
    })
}

fn alternate(events: &[Event]) -> Result<(), TestCaseError> {
    let mut last: BTreeMap<Key, u64> = BTreeMap::new();
    for event in events {
        let number = last.entry(event.key.clone()).or_default();
        *number += 1;
        prop_assert_eq!(event.number, *number, "{}", event.id());
        prop_assert_eq!(event.phase, Phase::from(*number % 2 == 1), "{}", event.id());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn p31_alarms_alternate_whenever_they_are_evaluated(history in history(), instants in instants(), late in 0..30_i64) {
        let mut evaluator = Evaluator::new(&history);
        let whole = evaluator.record.clone();
        for now in instants {
            // Data comes late by up to half an hour, and sometimes is as if it had never been there.
            let window = Interval::new(minute(0), now - Millis::from_mins(late * (now.0 / 1_000 % 3)));
            evaluator.record = super::super::as_of::observed(&whole, window);
            evaluator.at(now);
        }
        alternate(&evaluator.told)?;
        let open = evaluator.state.open().count();
        let opened = evaluator.told.iter().filter(|event| event.phase == Phase::Open).count();
        prop_assert_eq!(opened - (evaluator.told.len() - opened), open);
    }

    #[test]
    fn evaluating_rarely_tells_the_same_as_evaluating_at_every_step(history in history(), instants in instants()) {
        let mut often = Evaluator::new(&history);
        let mut rarely = Evaluator::new(&history);
        let whole = often.record.clone();
        let first = instants[0];
        let mut now = first;
        while now <= minute(60) {
            // Only what was there then.
            often.record = super::super::as_of::observed(&whole, Interval::new(minute(0), now));
            often.at(now);
            now = now + Millis::from_secs(30);
        }
        often.record = whole;
        often.at(minute(60));
        for now in instants {
            rarely.at(now);
        }
        prop_assert_eq!(&rarely.told, &often.told);
        prop_assert_eq!(rarely.state, often.state);
    }

    #[test]
    fn runs_and_ticks_alarm_like_every_tick(history in history()) {
        let mut ticks = Evaluator::new(&history);
        let mut runs = Evaluator::new(&history);
        runs.record = folded(&runs.record, history.spacing, Millis::from_mins(20));
        ticks.over(minutes(5, 60));
        runs.over(minutes(5, 60));
        prop_assert_eq!(runs.lines(), ticks.lines());
    }

    #[test]
    fn p32_alarm_rules_touch_no_measure(history in history(), settles in 1..60_i64, opens in 1..5_usize, inhibits in any::<bool>()) {
        let judged = |history: &History| serde_json::to_vec(&history.assess(&contract("UTC"), history.span)).unwrap();
        let before = judged(&history);
        let mut evaluator = Evaluator::new(&history);
        evaluator.rules = AlarmRules {
            step: Millis::from_mins(settles),
            flap_opens: opens,
            flap_settles: Millis::from_mins(settles),
            silent_spacings: u32::try_from(opens).unwrap(),
            inhibits,
            ..AlarmRules::default()
        };
        let record = evaluator.record.clone();
        evaluator.over(minutes(5, 60));
        prop_assert_eq!(&evaluator.record, &record);
        prop_assert_eq!(judged(&history), before);
        alternate(&evaluator.told)?;
    }
}

#[test]
fn p32_alarm_rules_do_change_what_is_told() {
    let history = (0..4).fold(watch(), |history, turn| {
        history.down(minutes(10 + 10 * turn, 14 + 10 * turn))
    });
    let lines = |rules: AlarmRules| {
        let mut evaluator = Evaluator::new(&history);
        evaluator.rules = rules;
        evaluator.over(minutes(5, 60));
        evaluator.lines()
    };
    let usual = lines(AlarmRules::default());
    assert_ne!(
        usual,
        lines(AlarmRules {
            inhibits: false,
            ..AlarmRules::default()
        })
    );
    assert_ne!(
        usual,
        lines(AlarmRules {
            flap_opens: 9,
            ..AlarmRules::default()
        })
    );
    assert_ne!(
        usual,
        lines(AlarmRules {
            step: Millis::from_mins(7),
            ..AlarmRules::default()
        })
    );
}
