//! `reporter explain` on records of three agents, and its arithmetic done again from what it prints.

use insta::assert_snapshot;
use serde_json::Value;

use super::{records, reporter, text};

fn printed(line: &str) -> String {
    let directory = tempfile::tempdir().expect("a directory");
    records::write(directory.path());
    let output = reporter(directory.path(), line);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn number(value: &Value) -> i64 {
    value
        .as_i64()
        .unwrap_or_else(|| panic!("no number: {value}"))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The latest of the evidence before and the earliest of that after, of all regions: [a, b, a', b'].
fn fuse(regions: &[Value], before: &str, after: &str) -> [i64; 4] {
    let of = |look: &str, end: &str| -> Vec<i64> {
        let spells = regions.iter().flat_map(|region| list(&region["spells"]));
        spells
            .map(|spell| number(&spell[look]["evidence"][end]))
            .collect()
    };
    let latest = |values: Vec<i64>| values.into_iter().max().expect("three regions");
    let earliest = |values: Vec<i64>| values.into_iter().min().expect("three regions");
    [
        latest(of(before, "start")),
        latest(of(before, "end")),
        earliest(of(after, "start")),
        earliest(of(after, "end")),
    ]
}

/// The midpoint rule of semantics §6.
fn middle([_, b, a, _]: [i64; 4]) -> i64 {
    (b.min(a) + a).div_euclid(2)
}

/// An expert with paper and pencil and nothing but the JSON form.
#[test]
fn the_printed_figures_can_be_redone_from_the_evidence_alone() {
    let document: Value = serde_json::from_str(&printed("explain 2018-12-14 --json")).unwrap();
    let told = &document["explanation"];
    let [outage] = list(&told["outages"]) else {
        panic!("one outage");
    };
    // Each login: all three regions agree, so their edges are fused.
    let tracks = list(&outage["tracks"]);
    let starts: Vec<[i64; 4]> = tracks
        .iter()
        .map(|track| fuse(list(&track["regions"]), "good_before", "first_bad"))
        .collect();
    let ends: Vec<[i64; 4]> = tracks
        .iter()
        .map(|track| fuse(list(&track["regions"]), "last_bad", "good_after"))
        .collect();
    assert_eq!(starts.len(), 2, "users and travelers");
    // Personas share a cause: the best edges are those that both allow.
    let both = |all: &[[i64; 4]]| {
        let [one, other] = [all[0], all[1]];
        middle([
            one[0].max(other[0]),
            one[1].max(other[1]),
            one[2].min(other[2]),
            one[3].min(other[3]),
        ])
    };
    let (start, end) = (both(&starts), both(&ends));
    // The bounds are those of the roll-up `any`: the union of what is sure and of what is possible.
    let least = |all: &[[i64; 4]], which: usize| all.iter().map(|one| one[which]).min().unwrap();
    let most = |all: &[[i64; 4]], which: usize| all.iter().map(|one| one[which]).max().unwrap();
    let lower = most(&ends, 0).min(end) - least(&starts, 3).max(start);
    let upper = most(&ends, 3) - least(&starts, 0);
    let length = &outage["outage"]["length"];
    assert_eq!(number(&length["estimate"]), end - start);
    assert_eq!(number(&length["lower"]), lower);
    assert_eq!(number(&length["upper"]), upper);
    // The day: all of the outage lies in it and nothing is excluded.
    let [day] = list(&told["days"]) else {
        panic!("one day");
    };
    let whole = number(&day["interval"]["end"]) - number(&day["interval"]["start"]);
    let unknown: i64 = list(&day["stretches"])
        .iter()
        .filter(|stretch| stretch["kind"] == "unknown")
        .map(|stretch| number(&stretch["end"]) - number(&stretch["start"]))
        .sum();
    let counted = &day["tally"]["counted"];
    assert_eq!(number(&counted["estimate"]), end - start);
    assert_eq!(
        (number(&counted["lower"]), number(&counted["upper"])),
        (lower, upper)
    );
    let known = whole - unknown;
    let millionths = (known - (end - start)) * 100_000 / known;
    let availability = format!("{}.{:03} %", millionths / 1_000, millionths % 1_000);
    let page = printed("explain 2018-12-14");
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        page.contains(&format!("= {availability}")),
        "{availability} in {page}"
    );
    let table = printed("days --from 2018-12-14");
    assert!(table.contains(&availability), "{availability} in {table}");
}

#[test]
fn attempts_are_listed_where_they_are_kept() {
    let page = printed("explain 2018-12#1 --attempts");
    let (_, attempts) = page.split_once("Attempts in the outage\n").unwrap();
    let first: Vec<&str> = attempts.lines().take(6).collect();
    assert_snapshot!(first.join("\n"), @r#"
    central 2069 user-login base: good 200, evidence 17:14:18.692 to
        17:14:19.081, total 387.072 ms, account user-1
        home: first byte 387.072 ms
    central 2070 traveler-login base: good 200, evidence 17:14:48.178 to
        17:14:48.478, total 299.008 ms, account traveler-1
        home: first byte 299.008 ms
    "#);
}

#[test]
fn what_cannot_be_explained_is_told_with_a_way_out() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let said: Vec<String> = [
        "explain 2018-12#7",
        "explain 2018-12-14T12:00:00Z",
        "explain 2018-11-01",
        "explain friday",
    ]
    .into_iter()
    .map(|line| {
        let output = reporter(directory.path(), line);
        let code = output.status.code().unwrap_or(-1);
        format!("{line}\n  {code}: {}", text(&output.stderr).trim_end())
    })
    .collect();
    assert_snapshot!(said.join("\n"), @r#"
    explain 2018-12#7
      64: reporter: there is no outage 2018-12#7; 2018-12 has 2018-12#1 from 2018-12-14 17:14:54
    explain 2018-12-14T12:00:00Z
      64: reporter: the service was not down at 2018-12-14T07:00:00.000-05:00; 2018-12 has 2018-12#1 from 2018-12-14 17:14:54
    explain 2018-11-01
      64: reporter: the records tell of 2018-12-14 00:00 to 2018-12-15 00:00; 2018-11-01 lies outside
    explain friday
      64: error: invalid value 'friday' for '<WHAT>': "friday" is no day, month or outage; write a date (2018-12-14), a month (2018-12), an outage by its number in a month (2018-12#2), or an instant inside one (2018-12-14T17:30:00-05:00)

    For more information, try '--help'.
    "#);
}
