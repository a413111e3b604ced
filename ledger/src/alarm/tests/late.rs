//! Alarms of the platform and of the agents themselves, maintenance, and data that comes late.

use insta::assert_snapshot;

use super::*;
use crate::contract::Share;
use crate::exclusion::{Exclusion, When};
use crate::run::TickVerdict;
use crate::testing::{Effect, name};
use crate::verdict::Class;

#[test]
fn p33_platform_trouble_warns_links_and_counts_nothing() {
    let mut history = watch();
    history.platform.push(minutes(30, 34));
    let quiet = watch().assess(&contract("UTC"), period());
    let mut evaluator = Evaluator::new(&history);
    evaluator.over(minutes(20, 220));
    assert_snapshot!(evaluator.summaries(), @r"
    example/early_warning/platform#1: platform check platform has failed 6 times since 2018-12-20 00:30:00 UTC, seen from a, b and c: status; customers are not counted as affected
    example/early_warning/platform#2: platform check platform works again; no customer impact
    ");
    let warned = history.assess(&contract("UTC"), period());
    assert_eq!(
        (warned.total, warned.sla, warned.outages),
        (quiet.total, quiet.sla, quiet.outages)
    );
}

#[test]
fn a_warning_before_an_outage_is_its_precursor() {
    let mut history = watch().down(minutes(80, 90));
    history.platform.push(minutes(30, 34));
    let mut evaluator = Evaluator::new(&history);
    evaluator.contract.target = Share(0);
    evaluator.over(minutes(20, 170));
    assert_snapshot!(evaluator.summaries(), @r"
    example/early_warning/platform#1: platform check platform has failed 6 times since 2018-12-20 00:30:00 UTC, seen from a, b and c: status; customers are not counted as affected
    example/outage/service#1: Groupdesk is down since 2018-12-20 01:19:53 UTC (known to 1 min 7 s) for user, seen from a and b: status
    example/outage/service#2: Groupdesk works again since 2018-12-20 01:29:58 UTC; it was down for 10 min 5 s (9 min 50 s to 10 min 20 s)
    example/early_warning/platform#2: platform check platform works again; it failed before the outage of 2018-12-20 01:19:53 UTC
    ");
}

#[test]
fn an_account_that_is_refused_alone_is_the_agents_own_trouble() {
    let history = watch()
        .fault(
            minutes(60, 90),
            Effect::Says(TickVerdict::Held, Some(Class::Rejected)),
        )
        .for_account("one");
    let mut evaluator = Evaluator::new(&history);
    evaluator.over(minutes(55, 120));
    assert_snapshot!(evaluator.lines(), @r"
    01:01:30 open  notify example/prober/agent-a-0:prober.account#1
    01:02:00 open  notify example/prober/agent-b-0:prober.account#1
    01:02:00 open  notify example/prober/agent-c-0:prober.account#1
    01:44:30 close notify example/prober/agent-b-0:prober.account#2
    01:44:30 close notify example/prober/agent-c-0:prober.account#2
    01:45:00 close notify example/prober/agent-a-0:prober.account#2
    ");
}

#[test]
fn an_agent_that_fails_alone_beside_its_neighbour_is_not_believed() {
    let mut history = watch();
    history.agents_per_region = 2;
    history.fast = None;
    let mut evaluator = Evaluator::new(&history);
    for series in &mut evaluator.record.series {
        if series.agent.as_str() == "agent-a-1" && series.probe.as_str() == "login-user" {
            for entry in &mut series.entries {
                if let crate::run::Entry::Tick(tick) = entry
                    && minutes(60, 100).contains(tick.tick)
                {
                    (tick.verdict, tick.class) = (TickVerdict::Bad, Some(Class::Connect));
                }
            }
        }
    }
    evaluator.over(minutes(55, 130));
    assert_snapshot!(evaluator.lines(), @r"
    01:04:30 open  notify example/partial/region:a#1
    01:09:30 close notify example/partial/region:a#2
    01:09:30 open  notify example/prober/agent-a-1:quarantine#1
    02:04:30 close notify example/prober/agent-a-1:quarantine#2
    ");
}

#[test]
fn maintenance_wakes_nobody_but_its_overrun_does() {
    let history = watch().down(minutes(60, 100));
    let mut evaluator = Evaluator::new(&history);
    evaluator.contract.target = Share(0);
    let window = Exclusion {
        id: name("release"),
        contracts: Vec::new(),
        author: "Jo Miller".to_owned(),
        reason: "Release".to_owned(),
        announced: minute(0) - Millis::from_mins(60 * 24 * 10),
        late: false,
        when: When::Once(minutes(55, 85)),
    };
    let mut now = minute(50);
    while now <= minute(110) {
        let watched = Watched {
            record: &evaluator.record,
            terms: Terms {
                exclusions: std::slice::from_ref(&window),
                ..Terms::from(&evaluator.contract)
            },
            rules: &evaluator.rules,
        };
        let (events, state) = advance(&watched, &evaluator.state, now).unwrap();
        evaluator.told.extend(events);
        evaluator.state = state;
        now = now + Millis::from_mins(5);
    }
    assert_snapshot!(evaluator.lines(), @r"
    01:25:30 open  page   example/outage/service#1
    01:40:30 close page   example/outage/service#2
    ");
}

#[test]
fn late_data_tells_what_is_new_and_nothing_that_is_old() {
    let history = watch().down(minutes(60, 66));
    let quiet = watch().record();
    for (arrival, told) in [(70, 2), (80, 0)] {
        let mut evaluator = Evaluator::new(&history);
        evaluator.contract.target = Share(0);
        let late = std::mem::replace(&mut evaluator.record, quiet.clone());
        evaluator.over(minutes(50, arrival));
        assert_eq!(evaluator.lines(), "", "nobody knows yet");
        evaluator.record = late;
        evaluator.at(minute(arrival) + Millis::from_secs(30));
        let outages = evaluator
            .told
            .iter()
            .filter(|event| event.key.alarm == super::super::Alarm::Outage);
        assert_eq!(
            outages.count(),
            told,
            "arrived at {arrival}: {}",
            evaluator.lines()
        );
    }
}

#[test]
fn after_a_long_pause_only_what_goes_on_is_told() {
    let history = watch().down(minutes(60, 70)).down(minutes(100, 200));
    let mut evaluator = Evaluator::new(&history);
    evaluator.contract.target = Share(0);
    evaluator.at(minute(50)).at(minute(150));
    assert_snapshot!(evaluator.lines(), @r"
    02:15:00 open  page   example/outage/service#1
    ");
}

#[test]
fn a_clock_that_was_wrong_does_not_silence_alarms_for_good() {
    let mut evaluator = Evaluator::new(&watch().down(minutes(60, 75)));
    evaluator.contract.target = Share(0);
    evaluator.at(minute(230)).at(minute(65));
    assert_eq!(evaluator.told.len(), 1, "{}", evaluator.lines());
}
