//! Many contracts by one record: what is heard once for all is what each would hear.

use proptest::prelude::*;

use super::properties::{any_history, period};
use crate::contract::{Contract, Rollup};
use crate::correction::Correction;
use crate::plan::Subject;
use crate::record::Record;
use crate::run::{Entry, TickVerdict};
use crate::tally::{Docket, ProberTrouble, Terms, assess};
use crate::testing::{Effect, History, contract, folded, name, span, weighted};
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;

/// Held ticks of any class, which are decided by what other personas and regions saw.
fn held() -> impl Strategy<Value = Vec<(i64, i64, Class, [Option<&'static str>; 2])>> {
    let class = prop::sample::select(vec![
        Class::Dns,
        Class::Rejected,
        Class::Script,
        Class::Throttled,
    ]);
    let persona = prop::sample::select(vec![None, Some("user"), Some("traveler")]);
    let region = prop::sample::select(vec![None, Some("a"), Some("b")]);
    let only = (persona, region).prop_map(|(persona, region)| [persona, region]);
    prop::collection::vec((0..350_i64, 1..40_i64, class, only), 0..4)
}

fn history() -> impl Strategy<Value = History> {
    let platform = prop::collection::vec((0..350_i64, 1..20_i64), 0..3);
    (any_history(), held(), 1..3_usize, platform).prop_map(|(history, held, agents, platform)| {
        let stretch = |start: i64, length: i64| {
            let start = period().start + Millis::from_mins(start);
            Interval::new(start, start + Millis::from_mins(length))
        };
        let mut all = history.personas(&[("user", 0), ("traveler", 30), ("guest", 10)]);
        for (start, length, class, [persona, region]) in held {
            let effect = Effect::Says(TickVerdict::Held, Some(class));
            all = all.fault(stretch(start, length), effect);
            all = persona.into_iter().fold(all, History::for_persona);
            all = region.into_iter().fold(all, History::in_region);
        }
        all.agents_per_region = agents;
        let platform = platform.into_iter();
        all.platform = platform
            .map(|(start, length)| stretch(start, length))
            .collect();
        all
    })
}

/// From `at` on a plan holds by which the probe of the users looks as a traveler.
fn replanned(mut record: Record, at: Timestamp) -> Record {
    let mut plan = record.plans.values().next().expect("a plan").clone();
    for probe in &mut plan.probes {
        if let Subject::Journey { persona, .. } = &mut probe.subject
            && *persona == name("user")
        {
            *persona = name("traveler");
        }
    }
    record.plans.insert(7, plan);
    for series in &mut record.series {
        for entry in &mut series.entries {
            match entry {
                Entry::Tick(tick) if tick.tick >= at => tick.plan = 7,
                Entry::Run(run) if run.first_tick >= at => run.plan = 7,
                _ => {}
            }
        }
    }
    record
}

fn of(personas: &[&str], gap_tenths: u32) -> Contract {
    let mut terms = contract("America/New_York");
    let named: Vec<(&str, u32)> = personas.iter().map(|one| (*one, 1)).collect();
    terms.personas = weighted(&named);
    terms.rules.gap_tenths = gap_tenths;
    terms.rules.rollup = Rollup::Any;
    terms
}

const CORRECTIONS: &str = r#"
[[correction]]
id = "one"
author = "A"
reason = "it was us"
written = 2018-12-21T00:00:00Z
ticks = { from = 2018-12-20T02:00:00Z, until = 2018-12-20T02:30:00Z, persona = "user" }
become = "void"
class = "prober.net"
"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn a_docket_judges_as_the_whole_record_does(
        history in history(),
        is_folded in any::<bool>(),
        change in prop::option::of(0..360_i64),
        now in 181..=360_i64,
        // What came before the period tells in which state it begins.
        begin in prop_oneof![Just(0), 1..180_i64],
        is_corrected in any::<bool>(),
        // A contract with another gap is judged all the same.
        gap in prop_oneof![Just(25), Just(600)],
    ) {
        let mut record = history.record();
        if is_folded {
            record = folded(&record, history.spacing, Millis::from_mins(22));
        }
        if let Some(change) = change {
            record = replanned(record, period().start + Millis::from_mins(change));
        }
        let judged = Interval::new(period().start + Millis::from_mins(begin), period().end);
        let now = period().start + Millis::from_mins(now);
        let docket = Docket::new(&record, &of(&[], 25).rules, judged, now).expect("it is sound");
        let corrections = if is_corrected { CORRECTIONS } else { "" };
        let corrections = Correction::parse_all(corrections, "corrections.toml", &[name("example")]);
        let corrections = corrections.expect("an entry, or none");
        for personas in [&["user"][..], &["guest", "traveler"], &["nobody"], &[]] {
            let terms = of(personas, gap);
            let terms = Terms { corrections: &corrections, ..Terms::from(&terms) };
            let whole = assess(&record, terms, judged, now);
            prop_assert_eq!(docket.assess(&record, terms), whole);
        }
    }
}

/// The control: a held tick of one contract is decided by the other's. Each counts its own.
#[test]
fn others_are_called_where_a_tick_is_held() {
    let hour = span("2018-12-20T01:00:00Z", "2018-12-20T02:00:00Z");
    let held = Effect::Says(TickVerdict::Held, Some(Class::Dns));
    let history = History::every(60, period())
        .phases(&[0, 20, 40])
        .personas(&[("user", 0), ("traveler", 30)])
        .fault(hour, held)
        .for_persona("user")
        .in_region("a")
        .fault(hour, held)
        .for_persona("traveler")
        .in_region("b");
    let (record, terms) = (history.record(), of(&["user"], 25));
    let docket = Docket::new(&record, &terms.rules, period(), period().end).expect("it is sound");
    let found = docket.assess(&record, &terms).expect("it is judged");
    // Region a of the users is down by what the travelers saw in region b.
    let lane = &found.regions[&name("user")][&name("a")];
    assert!(lane.of(crate::state::State::Down).measure() > Millis::from_mins(50));
    assert_eq!(found.coverage[&name("a")].planned, 360);
}

#[test]
fn a_contract_is_told_of_no_other_customers_looks() {
    let hour = span("2018-12-20T01:00:00Z", "2018-12-20T02:00:00Z");
    let locked = Effect::Says(TickVerdict::Void, Some(Class::ProberAccount));
    let history = History::every(60, period())
        .phases(&[0, 10, 20])
        .personas(&[("user", 0), ("traveler", 30)])
        .fault(hour, locked)
        .for_persona("traveler");
    let (record, all) = (history.record(), of(&[], 25));
    let docket = Docket::new(&record, &all.rules, period(), period().end).expect("it is sound");
    let told = |personas: &[&str], regions: &[(&str, u32)]| {
        let mut terms = of(personas, 25);
        terms.regions = weighted(regions);
        let found = docket.assess(&record, &terms).expect("it is judged");
        assert_eq!(
            Ok(&found),
            assess(&record, &terms, period(), period().end).as_ref()
        );
        let mut looked = found.coverage.values();
        let (planned, obtained) = looked.by_ref().fold((0, 0), |(planned, obtained), one| {
            (planned + one.planned, obtained + one.obtained)
        });
        let class = |one: &ProberTrouble| one.class == Some(Class::ProberAccount);
        let trouble = found.prober_trouble.iter().filter(|one| class(one)).count();
        (planned, obtained, trouble)
    };
    assert_eq!(told(&["user"], &[]), (3 * 360, 3 * 360, 0));
    assert_eq!(told(&["traveler"], &[]), (3 * 360, 3 * 300, 3));
    assert_eq!(told(&[], &[]), (6 * 360, 3 * 660, 3));
    assert_eq!(told(&["traveler"], &[("b", 1)]), (360, 300, 1));
}
