//! The list of incidents as people and programs read it.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use ledger::note::Note;
use ledger::outage::Bounds;
use serde_json::Value;

use super::*;
use crate::fixture::{self, cases};
use crate::terminal::{Width, columns};

/// December with the note that is shipped.
fn december() -> Listed {
    let text = include_str!("../../../data/incidents/2018-12-14-weekend.md");
    let note = Note::parse(text, "2018-12-14-weekend.md", &[]).unwrap();
    let report = fixture::report(fixture::december()).with_notes([note]);
    named(report, &BTreeMap::new())
}

/// The page without colours, no line of which is wider than the terminal.
fn plain(listed: &Listed, width: usize) -> String {
    let page = table(listed, Width::new(width));
    let page = anstream::adapter::strip_str(&page).to_string();
    for line in page.lines() {
        assert!(columns(line) <= width, "too wide: {line}");
    }
    page.replace('\u{a0}', " ")
}

#[test]
fn the_december_weekend_at_80_columns() {
    assert_snapshot!(plain(&december(), 80), @r"
    Groupdesk, incidents of December 2018
    contract groupdesk of Example Travel Ltd, times of America/New_York

    No.         Start                End         Length
    2018-12#1   Fri 14 Dec 17:14:53  19:14:53    2 h
                start ± 10 s, end ± 10 s, length 1 h 59 min 40 s to 2 h 20 s
                travelers and users from ap-south, eu-west and us-east: no answer
                in time, error page and signed out early
                note: Sign-in failed three times from Friday to Sunday (Groupdesk
                operations, final)
    2018-12#2   Sat 15 Dec 22:29:53  23:59:53    1 h 30 min
                start ± 10 s, end ± 10 s, length 1 h 29 min 40 s to 1 h 30 min 20 s
                travelers and users from ap-south, eu-west and us-east: no answer
                in time, error page and signed out early
                note: Sign-in failed three times from Friday to Sunday, as above
    2018-12#3   Sun 16 Dec 09:59:53  13:59:53    4 h
                start ± 10 s, end ± 10 s, length 3 h 59 min 40 s to 4 h 20 s
                travelers and users from ap-south, eu-west and us-east: no answer
                in time, error page and signed out early
                note: Sign-in failed three times from Friday to Sunday, as above
    Total       3 incidents                      7 h 30 min
                7 h 29 min to 7 h 31 min

    Sign-in did not work for 7 h 30 min in 3 incidents: availability 98.991 %, the
    target of 99.9 % is missed.

    ───────────────────────────────────────────────────────────────────────────────
    1 single failure, seen by one region once; no incident
      Wed 5 Dec 11:20  users-login of users from eu-west: no answer in time
    ");
}

#[test]
fn the_december_weekend_on_a_wide_terminal() {
    assert_snapshot!(plain(&december(), 150), @r"
    Groupdesk, incidents of December 2018
    contract groupdesk of Example Travel Ltd, times of America/New_York

    No.         Start                ±           End         ±           Length      At least and at most
    2018-12#1   Fri 14 Dec 17:14:53  ± 10 s      19:14:53    ± 10 s      2 h         1 h 59 min 40 s to 2 h 20 s
                travelers and users from ap-south, eu-west and us-east: no answer in time, error page
                and signed out early
                note: Sign-in failed three times from Friday to Sunday (Groupdesk operations, final)
    2018-12#2   Sat 15 Dec 22:29:53  ± 10 s      23:59:53    ± 10 s      1 h 30 min  1 h 29 min 40 s to 1 h 30 min 20 s
                travelers and users from ap-south, eu-west and us-east: no answer in time, error page
                and signed out early
                note: Sign-in failed three times from Friday to Sunday, as above
    2018-12#3   Sun 16 Dec 09:59:53  ± 10 s      13:59:53    ± 10 s      4 h         3 h 59 min 40 s to 4 h 20 s
                travelers and users from ap-south, eu-west and us-east: no answer in time, error page
                and signed out early
                note: Sign-in failed three times from Friday to Sunday, as above
    Total       3 incidents                                              7 h 30 min  7 h 29 min to 7 h 31 min

    Sign-in did not work for 7 h 30 min in 3 incidents: availability 98.991 %, the target of 99.9 % is
    missed.

    ───────────────────────────────────────────────────────────────────────────────────────────────────
    1 single failure, seen by one region once; no incident
      Wed 5 Dec 11:20  users-login of users from eu-west: no answer in time
    ");
}

#[test]
fn one_that_is_not_over_says_so_far_and_when_was_looked() {
    let (_, report) = cases::all()
        .into_iter()
        .find(|(name, _)| *name == "over the month's end")
        .unwrap();
    let listed = named(report, &BTreeMap::new());
    assert_snapshot!(plain(&listed, 80), @r"
    Groupdesk, incidents of December 2018
    contract groupdesk of Example Travel Ltd, times of America/New_York

    No.         Start                End                 Length
    2018-12#1   Fri 30 Nov 21:09:53  Sat 1 Dec 03:39:53  6 h 30 min
                start ± 10 s, end ± 10 s, length 6 h 29 min 40 s to 6 h 30 min 20 s
                Fri 30 Nov 2 h 50 min 7 s, Sat 1 Dec 3 h 39 min 53 s
                travelers and users from ap-south, eu-west and us-east: no answer
                in time, error page and signed out early
    2018-12#2   Mon 31 Dec 22:19:53  still down          1 h 39 min 40 s so far
                start ± 10 s; sign-in still failed at the last look, Tue 1 Jan
                00:00:03
                Mon 31 Dec 1 h 40 min 7 s, Tue 1 Jan 3 s
                travelers and users from ap-south, eu-west and us-east: no answer
                in time, error page and signed out early
    Total       2 incidents                              8 h 10 min so far
                8 h 9 min 20 s to 8 h 10 min 40 s
                of the period itself and counted: 5 h 20 min (5 h 19 min 40 s to
                5 h 20 min 20 s)

    Sign-in did not work for 5 h 20 min in 2 incidents: availability 99.283 %, the
    target of 99.9 % is missed.
    ");
    let document: Value = serde_json::from_str(&json(&listed)).unwrap();
    let open: Vec<_> = document["incidents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["open"])
        .collect();
    assert_eq!(open, [false, true]);
}

#[test]
fn a_quiet_month_has_none() {
    let listed = named(fixture::report(cases::quiet()), &BTreeMap::new());
    assert_snapshot!(plain(&listed, 80), @r"
    Groupdesk, incidents of October 2018
    contract groupdesk of Example Travel Ltd, times of America/New_York

    There was no incident.

    No downtime was measured: availability 100.000 %, the target of 99.9 % is met.
    ");
}

#[test]
fn numbers_are_those_of_the_month_whatever_is_asked_for() {
    let month = fixture::december().assessment;
    let days = fixture::told(("2018-12-16T00:00", "2018-12-18T00:00"), "America/New_York");
    let mut report = fixture::report(days);
    // As the engine tells of two days: only what lies in them, counted from 1.
    report.found.outages.drain(..2);
    report.found.incidents.drain(..2);
    report.found.outages[0].number = 1;
    report.found.incidents[0].number = 1;
    report.found.incidents[0].outages = vec![1];
    assert_eq!(months(&report), ["2018-12"]);
    let listed = named(report, &BTreeMap::from([("2018-12".to_owned(), month)]));
    assert_eq!(listed.names[0].to_string(), "2018-12#3");
    assert_eq!(listed.names[0].outages, [3]);
}

#[test]
fn an_incident_of_several_outages_names_them() {
    let mut story = fixture::december();
    let found = &mut story.assessment;
    let length: Bounds = found.outages[1..].iter().map(|one| one.length).sum();
    let last = found.incidents.pop().unwrap();
    let merged = found.incidents.last_mut().unwrap();
    (merged.outages, merged.length) = (vec![2, 3], length);
    merged.span.end = last.span.end;
    let page = plain(&named(fixture::report(story), &BTreeMap::new()), 80);
    let (_, second) = page.split_once("2018-12#2").unwrap();
    let (second, _) = second.split_once("Total").unwrap();
    assert_snapshot!(second, @r"
    Sat 15 Dec 22:29:53  Sun 16 Dec 13:59:53  5 h 30 min
             start ± 10 s, end ± 10 s, length 5 h 29 min 20 s to 5 h 30 min 40 s
             Sat 15 Dec 1 h 30 min, Sun 16 Dec 4 h
             travelers and users from ap-south, eu-west and us-east: no answer
             in time, error page and signed out early
             2 outages, to be explained as 2018-12#2 and 2018-12#3
    ");
}

#[test]
fn no_name_breaks_the_page() {
    for hostile in [
        "東京グループデスク".repeat(40),
        "x".repeat(10_000),
        "\u{1b}[31m\u{202e}red\n".repeat(50),
        "e\u{301}".repeat(90),
    ] {
        let mut listed = december();
        let report = &mut listed.report;
        report.contract.service.clone_from(&hostile);
        report.contract.customer.clone_from(&hostile);
        report.notes[0].title.clone_from(&hostile);
        report.notes[0].author.clone_from(&hostile);
        let long = fixture::name(&"n".repeat(64));
        report.found.outages[0].personas = vec![long.clone(); 3];
        report.found.blips[0].probe = long;
        for width in [80, 120, 160] {
            let page = plain(&listed, width);
            assert!(!page.contains(['\u{1b}', '\u{202e}']), "{page}");
        }
    }
}

#[test]
fn programs_read_the_same_figures_as_in_the_report() {
    let listed = december();
    let found: Value = serde_json::from_str(&json(&listed)).unwrap();
    let report = crate::report::json::document(&listed.report);
    assert_eq!(found["incidents"][1]["name"], "2018-12#2");
    assert_eq!(found["incidents"][1]["explained_as"][0], "2018-12#2");
    assert_eq!(
        found["incidents"][1]["length_ms"],
        report["incidents"][1]["length_ms"]
    );
    assert_eq!(found["outages"], report["outages"]);
    assert_eq!(found["total"]["length_ms"]["estimate"], 27_000_000);
    assert_eq!(
        found["total"]["counted_ms"],
        report["total"]["counted_down_ms"]
    );
    let members = [
        "name",
        "period",
        "zone",
        "stage",
        "blips",
        "session_outages",
        "borderline_outages",
    ];
    for member in members {
        assert_eq!(found[member], report[member], "{member}");
    }
}
