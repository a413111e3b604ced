//! The table against the engine, however it came about.

use proptest::prelude::*;

use super::*;
use crate::attempt::Attempt;
use crate::store::both::{Backend, on_both};
use crate::store::sample::{self, ALWAYS, MORNING};
use crate::store::{Place, Reader};
use crate::testing::name;
use crate::verdict::Verdict;

/// Two personas, each looked at every minute in two regions, and a contract with both regions.
pub(crate) fn plan() -> Plan {
    let persona = |name: &str| {
        format!(
            "[[persona]]\nname = \"{name}\"\n[[persona.account]]\nlabel = \"{name}-1\"\nusername = \"x\"\npassword = {{ env = \"X\" }}\n\
            [[probe]]\nname = \"{name}-login\"\njourney = \"login\"\npersona = \"{name}\"\nschedule = \"0 * * * * *\"\n"
        )
    };
    let text = [
        "regions = [\"eu\", \"us\"]\ncanary = \"none\"\n[site]\nname = \"x\"\nurl = \"https://x.test\"\nlogin_cap = 0\n",
        "[[journey]]\nname = \"login\"\n[[journey.step]]\nname = \"in\"\nget = \"/\"\nexpect.status = 200\n",
        &persona("user"),
        &persona("traveler"),
        "[[contract]]\nid = \"gold\"\ncustomer = \"X\"\nzone = \"Europe/Paris\"\ntarget = 99.9\n",
    ]
    .concat();
    Plan::parse(&text, "probes.toml").unwrap_or_else(|problems| panic!("{problems}"))
}

/// A fault from one minute to another, for one persona or both.
#[derive(Clone, Debug)]
struct Fault {
    from: i64,
    to: i64,
    of: Option<&'static str>,
    verdict: Verdict,
}

fn down(from: i64, to: i64) -> Fault {
    Fault {
        from,
        to,
        of: None,
        verdict: Verdict::Bad,
    }
}

/// The attempts of `minutes` minutes, two each.
fn attempts(version: u32, minutes: i64, faults: &[Fault]) -> Vec<Attempt> {
    let places = (0..minutes).flat_map(|minute| [(minute, "user"), (minute, "traveler")]);
    let attempt = |(number, (minute, persona)): (u64, (i64, &'static str))| {
        let fault = faults.iter().find(|fault| {
            (fault.from..fault.to).contains(&minute) && fault.of.is_none_or(|of| of == persona)
        });
        let verdict = fault.map_or(Verdict::Good, |fault| fault.verdict);
        let tick = MORNING + Millis::from_mins(minute);
        let shift = Millis(if persona == "user" { 100 } else { 30_100 });
        let (start, end) = (tick + shift, tick + shift + Millis(200));
        Attempt {
            sequence: number,
            probe: name(&format!("{persona}-login")),
            plan: version,
            tick,
            due: start,
            start,
            end,
            evidence: Interval::new(start, end),
            verdict,
            class: (verdict == Verdict::Bad).then_some(Class::Status),
            ..sample::attempt(1)
        }
    };
    (1..).zip(places).map(attempt).collect()
}

fn open(place: impl Into<Place>) -> (Writer, OwnView) {
    let agent = sample::agent("eu-1");
    let writer = Writer::open(place, &agent, &plan()).expect("the record opens");
    (writer, OwnView::new(&agent, &plan()))
}

/// The table as it would be if the engine judged the whole record at once.
fn expected(place: impl Into<Place>) -> Vec<String> {
    let reader = Reader::open(&[place.into()]).expect("opens");
    let record = reader.record(ALWAYS).expect("readable");
    let Some(extent) = extent(&record) else {
        return Vec::new();
    };
    let mut contract = plan().contracts[0].clone();
    contract.regions.retain(|one| one.name.as_str() == "eu");
    let found = assess(&record, &contract, extent, extent.end).expect("can be judged");
    let text = |outage: &Outage| {
        let row = row(outage);
        let numbers = |numbers: [i64; 3]| numbers.map(|number| number.to_string()).join(" ");
        let flag = u8::from;
        format!(
            "gold {} {} {} {} {} {} {} {} {} {} {} {} {}",
            outage.number,
            numbers(row.start.map(|at| at.0)),
            numbers(row.end.map(|at| at.0)),
            flag(row.open),
            numbers(row.length.map(|length| length.0)),
            numbers(row.counted.map(|length| length.0)),
            row.edges,
            row.personas,
            row.regions,
            row.classes,
            flag(row.session_only),
            flag(row.borderline),
            row.confirmed.0,
        )
    };
    found.outages.iter().map(text).collect()
}

fn faults() -> impl Strategy<Value = Vec<Fault>> {
    let persona =
        prop_oneof![3 => Just(None), 1 => Just(Some("user")), 1 => Just(Some("traveler"))];
    let verdict = prop_oneof![3 => Just(Verdict::Bad), 1 => Just(Verdict::Void)];
    let fault =
        (0_i64..600, 1_i64..40, persona, verdict).prop_map(|(from, length, of, verdict)| Fault {
            from,
            to: from + length,
            of,
            verdict,
        });
    prop::collection::vec(fault, 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]
    #[test]
    fn p07_after_each_arrival_it_is_what_the_engine_says_of_the_whole(
        faults in faults(),
        parts in prop::collection::vec((1_usize..400, any::<bool>()), 1..8),
    ) {
        let (_directory, path) = sample::place();
        let (mut writer, mut view) = open(&path);
        let all = attempts(plan().version(), 600, &faults);
        let mut rest = &all[..];
        for (length, crash) in parts {
            if rest.is_empty() {
                // Nothing comes after a crash at the end, so nothing would be judged.
                break;
            }
            let (part, later) = rest.split_at(length.min(rest.len()));
            rest = later;
            writer.append(part).expect("appended");
            writer.fold().expect("folded");
            if crash {
                drop(writer);
                (writer, view) = open(&path);
                // What was folded by one that crashed before it judged is judged with what comes next.
                let (part, later) = rest.split_at(2.min(rest.len()));
                rest = later;
                writer.append(part).expect("appended");
                writer.fold().expect("folded");
            }
            view.refresh(&mut writer).expect("judged");
            if !crash || !rest.is_empty() {
                prop_assert_eq!(sample::outages(&path), expected(&path));
            }
        }
    }
}

fn an_outage_can_be_read_by_hand(backend: Backend) {
    let made = backend.make();
    let place = made.place();
    let (mut writer, mut view) = open(&place);
    let faults = [down(100, 107), down(300, 302), down(480, 500)];
    let all = attempts(plan().version(), 500, &faults);
    writer.append(&all).expect("appended");
    writer.seal().expect("folds what is whole hours");
    view.refresh(&mut writer).expect("judged");
    assert_eq!(sample::outages(&place), expected(&place));
    let rows = sample::texts(
        &place,
        "SELECT concat_ws(' ', contract, number, start, \"end\", length, at_least, at_most, counted, personas, classes, as_of) \
        FROM readable_outage",
    );
    insta::assert_snapshot!(rows.join("\n"), @r#"
    gold 1 2018-12-14T01:39:45Z 2018-12-14T01:46:45Z 0:07:00 0:06:29 0:08:30 0:07:00 ["traveler","user"] {"status":14} 2018-12-14T08:19:30Z
    gold 2 2018-12-14T04:59:45Z 2018-12-14T05:01:45Z 0:02:00 0:01:29 0:03:30 0:02:00 ["traveler","user"] {"status":4} 2018-12-14T08:19:30Z
    gold 3 2018-12-14T07:59:45Z open 0:19:45 0:19:29 0:20:30 0:19:45 ["traveler","user"] {"status":40} 2018-12-14T08:19:30Z
    "#);
}

fn quiet_hours_are_not_judged_again(backend: Backend) {
    let made = backend.make();
    let place = made.place();
    let (mut writer, mut view) = open(&place);
    let all = attempts(plan().version(), 600, &[down(10, 20), down(400, 403)]);
    let mut until = Vec::new();
    for hour in all.chunks(120) {
        writer.append(hour).expect("appended");
        writer.fold().expect("folded");
        view.refresh(&mut writer).expect("judged");
        let judged = writer
            .judged(&name("gold"))
            .expect("readable")
            .expect("known");
        until.push((judged.judged_until - MORNING).0 / 3_600_000 + 1);
    }
    // In the first hour and in the seventh something happened; the seventh ended too soon after it to settle it.
    assert_eq!(until, [1, 1, 1, 1, 1, 1, 7, 8, 8, 8]);
    assert_eq!(sample::outages(&place), expected(&place));
}

fn other_terms_judge_the_whole_record_anew_and_contracts_that_are_gone_leave(backend: Backend) {
    let made = backend.make();
    let place = made.place();
    let (mut writer, mut view) = open(&place);
    writer
        .append(&attempts(plan().version(), 300, &[down(10, 20)]))
        .expect("appended");
    writer.fold().expect("folded");
    view.refresh(&mut writer).expect("judged");
    assert_eq!(sample::outages(&place).len(), 1);
    let mut changed = plan();
    changed.contracts[0].rules.n_down = 30;
    let mut bad = attempts(plan().version(), 301, &[]).split_off(600);
    let fold_with = |writer: &mut Writer, plan: &Plan, bad: &mut Vec<Attempt>| {
        writer.append(bad).expect("appended");
        writer.fold().expect("folded");
        let mut view = OwnView::new(&sample::agent("eu-1"), plan);
        for attempt in bad {
            attempt.sequence += 2;
            attempt.tick = attempt.tick + Millis::from_mins(1);
        }
        view.refresh(writer)
    };
    fold_with(&mut writer, &changed, &mut bad).expect("judged");
    assert_eq!(
        sample::texts(&place, "SELECT start FROM readable_outage"),
        [""; 0]
    );
    changed.contracts[0].zone = "Mars/Olympus".to_owned();
    let error = fold_with(&mut writer, &changed, &mut bad).expect_err("no such zone");
    insta::assert_snapshot!(error, @r#"the outages of contract gold cannot be told: "Mars/Olympus" is no time zone; use an IANA name such as "Europe/Paris" or "UTC""#);
    changed.contracts[0].id = name("tin");
    changed.contracts[0].zone = "UTC".to_owned();
    fold_with(&mut writer, &changed, &mut bad).expect("judged");
    assert_eq!(
        sample::texts(&place, "SELECT contract FROM judged"),
        ["tin"]
    );
}

#[test]
fn a_contract_of_other_regions_says_nothing_here() {
    let mut contract = plan().contracts[0].clone();
    assert!(alone(&contract, &name("eu")).is_some());
    assert!(alone(&contract, &name("asia")).is_none());
    contract.regions.clear();
    assert!(alone(&contract, &name("asia")).is_some(), "all regions");
}

#[test]
fn two_contracts_stand_beside_each_other_as_they_would_alone() {
    let mut both = plan();
    let mut silver = both.contracts[0].clone();
    silver.id = name("silver");
    silver.zone = "UTC".to_owned();
    silver.personas.retain(|one| one.name.as_str() == "user");
    silver.rules.n_down = 4;
    both.contracts.push(silver);
    let of = |keep: &[&str]| {
        let (_directory, path) = sample::place();
        let mut own = both.clone();
        own.contracts.retain(|one| keep.contains(&one.id.as_str()));
        let agent = sample::agent("eu-1");
        let mut writer = Writer::open(&path, &agent, &own).expect("the record opens");
        let faults = [down(100, 107), down(300, 302)];
        let all = attempts(own.version(), 500, &faults);
        writer.append(&all).expect("appended");
        writer.fold().expect("folded");
        let mut view = OwnView::new(&agent, &own);
        view.refresh(&mut writer).expect("judged");
        sample::outages(&path)
    };
    let (gold, silver) = (of(&["gold"]), of(&["silver"]));
    assert_eq!((gold.len(), silver.len()), (2, 1));
    assert_eq!(of(&["gold", "silver"]), [gold, silver].concat());
}

on_both!(
    an_outage_can_be_read_by_hand,
    quiet_hours_are_not_judged_again,
    other_terms_judge_the_whole_record_anew_and_contracts_that_are_gone_leave,
);
