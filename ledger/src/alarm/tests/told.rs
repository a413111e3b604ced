//! Histories and what is told of them.

use insta::assert_snapshot;

use super::*;
use crate::contract::Share;
use crate::testing::{Effect, folded, weighted};

#[test]
fn an_outage_opens_when_it_is_confirmed_and_closes_after_n_up() {
    let history = watch().down(minutes(60, 75));
    let mut evaluator = Evaluator::new(&history);
    evaluator.over(minutes(55, 120));
    assert_snapshot!(evaluator.lines(), @r"
    01:00:30 open  page   example/outage/service#1
    01:09:00 open  ticket example/budget/2018-12:50%#1
    01:13:00 open  ticket example/budget/2018-12:75%#1
    01:15:30 close page   example/outage/service#2
    01:15:30 open  ticket example/burn_rate/1d#1
    01:15:30 open  page   example/burn_rate/1h#1
    01:15:30 open  ticket example/burn_rate/3d#1
    01:15:30 open  page   example/burn_rate/6h#1
    01:20:00 close page   example/burn_rate/1h#2
    01:45:00 close page   example/burn_rate/6h#2
    ");
    let outage = &evaluator.told[0];
    let start = outage.facts.start.expect("it began");
    assert!(
        start.estimate < outage.facts.confirmed.unwrap()
            && outage.facts.confirmed.unwrap() <= outage.at
    );
    assert_snapshot!(evaluator.summaries(), @r"
    example/outage/service#1: Groupdesk is down since 2018-12-20 00:59:53 UTC (known to 1 min 7 s) for user, seen from a and b: status
    example/budget/2018-12:50%#1: Groupdesk has been down for 9 min 7 s in 2018-12: 50 % of the 17 min 17 s that the target of 99.9 % allows in the month are used up
    example/budget/2018-12:75%#1: Groupdesk has been down for 13 min 7 s in 2018-12: 75 % of the 17 min 17 s that the target of 99.9 % allows in the month are used up
    example/outage/service#2: Groupdesk works again since 2018-12-20 01:14:58 UTC; it was down for 15 min 5 s (14 min 50 s to 15 min 20 s)
    example/burn_rate/1d#1: Groupdesk uses up its allowed downtime too fast: 200.7 times as fast as its target allows over 24 h, 200.7 times over 2 h; the limit is 3.0
    example/burn_rate/1h#1: Groupdesk uses up its allowed downtime too fast: 251.3 times as fast as its target allows over 1 h, 893.3 times over 5 min; the limit is 14.4
    example/burn_rate/3d#1: Groupdesk uses up its allowed downtime too fast: 200.7 times as fast as its target allows over 72 h, 200.7 times over 6 h; the limit is 1.0
    example/burn_rate/6h#1: Groupdesk uses up its allowed downtime too fast: 200.7 times as fast as its target allows over 6 h, 502.7 times over 30 min; the limit is 6.0
    example/burn_rate/1h#2: Groupdesk uses up its allowed downtime no longer too fast: 251.3 times as fast as its target allows over 1 h, 0.0 times over 5 min; the limit is 14.4
    example/burn_rate/6h#2: Groupdesk uses up its allowed downtime no longer too fast: 144.1 times as fast as its target allows over 6 h, 0.0 times over 30 min; the limit is 6.0
    ");
}

#[test]
fn an_event_carries_what_is_known() {
    let history = watch()
        .personas(&[("user", 0), ("traveler", 30)])
        .down(minutes(60, 75));
    let mut evaluator = Evaluator::new(&history);
    evaluator.over(minutes(55, 65));
    let event = &evaluator.told[0];
    assert_snapshot!(serde_json::to_string_pretty(&event.json()).unwrap(), @r#"
    {
      "alarm": "outage",
      "at": "2018-12-20T01:00:30.000Z",
      "causes": {
        "status": 4
      },
      "confirmed": "2018-12-20T01:00:23.000Z",
      "contract": "example",
      "id": "example/outage/service#1",
      "key": "example/outage/service",
      "length_ms": {
        "estimate": 37000,
        "lower": 0,
        "upper": 67000
      },
      "number": 1,
      "personas": [
        "user"
      ],
      "phase": "open",
      "regions": [
        "a",
        "b"
      ],
      "schema": 1,
      "scope": "service",
      "severity": "page",
      "start": {
        "earliest": "2018-12-20T00:59:23.000Z",
        "estimate": "2018-12-20T00:59:53.000Z",
        "latest": "2018-12-20T01:00:30.000Z"
      },
      "summary": "Groupdesk is down since 2018-12-20 00:59:53 UTC (known to 1 min 7 s) for user, seen from a and b: status"
    }
    "#);
}

#[test]
fn one_region_is_a_partial_outage_until_the_service_is_down() {
    let history = watch()
        .down(minutes(60, 110))
        .in_region("a")
        .down(minutes(80, 90))
        .in_region("b");
    let mut evaluator = Evaluator::new(&history);
    evaluator.contract.target = Share(900_000);
    evaluator.over(minutes(55, 120));
    assert_snapshot!(evaluator.lines(), @r"
    01:00:30 open  notify example/partial/region:a#1
    01:20:30 open  page   example/outage/service#1
    01:30:30 close page   example/outage/service#2
    01:30:30 open  ticket example/burn_rate/3d#1
    01:41:30 close ticket example/burn_rate/3d#2
    01:50:30 close notify example/partial/region:a#2
    ");
}

#[test]
fn slowness_in_a_majority_of_regions_is_degraded() {
    let history = watch().fault(minutes(60, 70), Effect::Slow);
    let mut evaluator = Evaluator::new(&history);
    evaluator.over(minutes(55, 80));
    assert_snapshot!(evaluator.lines(), @r"
    01:02:30 open  notify example/degraded/persona:user#1
    01:12:30 close notify example/degraded/persona:user#2
    ");
}

#[test]
fn an_alarm_that_flaps_is_one_notice_until_one_state_has_held() {
    let history = (0..4).fold(watch(), |history, turn| {
        history.down(minutes(30 + 10 * turn, 34 + 10 * turn))
    });
    let mut evaluator = Evaluator::new(&history);
    evaluator.contract.target = Share(0);
    evaluator.over(minutes(20, 150));
    assert_snapshot!(evaluator.lines(), @r"
    00:30:30 open  page   example/outage/service#1
    00:34:30 close page   example/outage/service#2
    00:40:30 open  page   example/outage/service#3
    00:44:30 close page   example/outage/service#4
    00:50:30 open  page   example/unstable/outage:service#1
    01:34:30 close page   example/unstable/outage:service#2
    ");
}

#[test]
fn a_flapping_alarm_that_settles_open_is_told_then() {
    let history = watch()
        .down(minutes(30, 34))
        .down(minutes(40, 44))
        .down(minutes(50, 110));
    let mut evaluator = Evaluator::new(&history);
    evaluator.contract.target = Share(0);
    evaluator.over(minutes(20, 150));
    assert_snapshot!(evaluator.lines(), @r"
    00:30:30 open  page   example/outage/service#1
    00:34:30 close page   example/outage/service#2
    00:40:30 open  page   example/outage/service#3
    00:44:30 close page   example/outage/service#4
    00:50:30 open  page   example/unstable/outage:service#1
    01:20:30 close page   example/unstable/outage:service#2
    01:20:30 open  page   example/outage/service#5
    01:50:30 close page   example/outage/service#6
    ");
}

#[test]
fn silence_is_told_by_agent_region_and_all_and_not_all_at_once() {
    let mut evaluator = Evaluator::new(&watch());
    for series in &mut evaluator.record.series {
        let alone = series.region.as_str() == "b";
        series.entries.retain(|entry| {
            let at = entry.span().start;
            !(minutes(110, 130).contains(at) || alone && minutes(60, 90).contains(at))
        });
    }
    evaluator.over(minutes(55, 140));
    assert_snapshot!(evaluator.lines(), @r"
    01:02:30 open  notify example/region_dark/region:b#1
    01:30:00 close notify example/region_dark/region:b#2
    01:52:30 open  notify example/region_dark/region:a#1
    01:52:30 open  notify example/region_dark/region:b#3
    01:53:00 open  page   example/no_result/service#1
    02:10:00 close page   example/no_result/service#2
    02:10:00 close notify example/region_dark/region:a#2
    02:10:00 close notify example/region_dark/region:b#4
    ");
}

#[test]
fn an_outage_that_nobody_sees_the_end_of_stays_open() {
    let history = watch()
        .down(minutes(60, 75))
        .fault(minutes(70, 100), Effect::Nothing);
    let mut evaluator = Evaluator::new(&history);
    evaluator.contract.target = Share(0);
    evaluator.over(minutes(55, 110));
    assert_snapshot!(evaluator.lines(), @r"
    01:00:30 open  page   example/outage/service#1
    01:40:30 close page   example/outage/service#2
    ");
}

#[test]
fn a_dark_region_of_the_contract_needs_no_agent_to_be_missed() {
    let mut evaluator = Evaluator::new(&watch());
    evaluator.contract.regions = weighted(&[("a", 1), ("b", 1), ("c", 1), ("north", 1)]);
    evaluator.at(minute(60));
    assert_snapshot!(evaluator.summaries(), @r"
    example/region_dark/region:north#1: no agent of region north records anything
    ");
}

#[test]
fn thresholds_of_the_month_are_told_once_and_close_with_it() {
    let mut history = watch().down(minutes(60, 85)).down(minutes(90, 110));
    history.span.end = span("2018-12-20T00:00:00Z", "2019-01-01T01:00:00Z").end;
    history.fast = None;
    let mut evaluator = Evaluator::new(&history);
    // Days of single ticks would only take time.
    evaluator.record = folded(&evaluator.record, history.spacing, Millis::from_mins(20));
    evaluator.rules.burn.clear();
    evaluator.over(minutes(55, 130));
    let end = span("2018-12-31T23:50:00Z", "2019-01-01T00:10:00Z");
    evaluator.over(end);
    let events = evaluator
        .told
        .iter()
        .filter(|event| event.key.alarm.is_of_a_month());
    let lines: String = events
        .map(|event| {
            format!(
                "{} {:5} {}: {}\n",
                event.at,
                event.phase.as_str(),
                event.id(),
                event.facts.summary
            )
        })
        .collect();
    assert_snapshot!(lines, @r"
    2018-12-20T01:09:00.000Z open  example/budget/2018-12:50%#1: Groupdesk has been down for 9 min 7 s in 2018-12: 50 % of the 17 min 17 s that the target of 99.9 % allows in the month are used up
    2018-12-20T01:13:00.000Z open  example/budget/2018-12:75%#1: Groupdesk has been down for 13 min 7 s in 2018-12: 75 % of the 17 min 17 s that the target of 99.9 % allows in the month are used up
    2018-12-20T01:17:00.000Z open  example/credit/2018-12:10%:possible#1: Groupdesk may come to a credit of 10% for 2018-12: down for 17 min 7 s (16 min 20 s to 17 min 17 s) so far
    2018-12-20T01:17:30.000Z open  example/budget/2018-12:100%#1: Groupdesk has been down for 17 min 37 s in 2018-12: 100 % of the 17 min 17 s that the target of 99.9 % allows in the month are used up
    2018-12-20T01:17:30.000Z open  example/credit/2018-12:10%#1: Groupdesk comes to a credit of 10% for 2018-12: down for 17 min 37 s (17 min to 17 min 47 s) so far
    2019-01-01T00:00:00.000Z close example/credit/2018-12:10%:possible#2: credit 2018-12:10%:possible: the month is over
    2019-01-01T00:00:30.000Z close example/budget/2018-12:100%#2: budget 2018-12:100%: the month is over
    2019-01-01T00:00:30.000Z close example/budget/2018-12:50%#2: budget 2018-12:50%: the month is over
    2019-01-01T00:00:30.000Z close example/budget/2018-12:75%#2: budget 2018-12:75%: the month is over
    2019-01-01T00:00:30.000Z close example/credit/2018-12:10%#2: credit 2018-12:10%: the month is over
    ");
}
