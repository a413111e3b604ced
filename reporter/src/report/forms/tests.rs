//! What holds of every form: it says what `report.json` says, and the same every time.

mod schema;

use std::collections::BTreeMap;

use ledger::contract::{Locale, Share};
use ledger::outage::Bounds;
use ledger::sla::{Sla, credit_at};
use ledger::time::Millis;
use serde_json::Value;

use super::all;
use crate::fixture::{self, Story, months};
use crate::report::layout::{Placed, Printed};
use crate::report::pdf::Paper;
use crate::report::{Report, csv, json, mail, revision, verdict, walk};
use crate::words;

/// December and every month with an edge.
fn reports() -> Vec<(&'static str, Report)> {
    let december = ("december", fixture::report(fixture::december()));
    let months = months::all()
        .into_iter()
        .map(|case| (case.name, case.report()));
    [december].into_iter().chain(months).collect()
}

/// The forms that are text.
fn forms(report: &Report) -> BTreeMap<&'static str, String> {
    let files = all(report, Paper::A4).unwrap().into_iter();
    let texts = files.filter(|(name, _)| *name != "report.pdf");
    texts
        .map(|(name, bytes)| (name, String::from_utf8(bytes).unwrap()))
        .collect()
}

fn figures(map: &Value, form: &str) -> Vec<Placed> {
    let placed = map[form].as_array().expect("a list").iter();
    placed
        .map(|one| Placed {
            line: usize::try_from(one["line"].as_u64().unwrap()).unwrap(),
            column: usize::try_from(one["column"].as_u64().unwrap()).unwrap(),
            text: one["text"].as_str().unwrap().to_owned(),
            json: one["json"].as_str().unwrap().to_owned(),
        })
        .collect()
}

#[test]
fn every_number_of_every_form_is_a_number_of_the_document() {
    for (name, report) in reports() {
        let forms = forms(&report);
        let document: Value = serde_json::from_str(&forms["report.json"]).unwrap();
        assert_eq!(document, json::document(&report), "{name}");
        let map: Value = serde_json::from_str(&forms["report.map.json"]).unwrap();
        let known = report.span.as_str();
        for form in ["report.md", "report.txt"] {
            let printed = Printed {
                text: forms[form].clone(),
                figures: figures(&map, form),
            };
            walk::check(
                &format!("{name} {form}"),
                &printed,
                (&document, &report.zone),
                known,
            );
        }
        walk::check_html(&forms["report.html"], (&document, &report.zone), known);
        #[cfg(feature = "pdf")]
        crate::report::pdf::tests::walk_report(name, &report, (&document, &map["report.pdf"]));
        for form in ["days.csv", "incidents.csv"] {
            table(name, &forms[form], &map[form], &document);
        }
    }
}

/// Every cell of a table is what stands at its place.
fn table(name: &str, text: &str, columns: &Value, document: &Value) {
    let rows = csv::parse(text);
    for (row, cells) in rows[1..].iter().enumerate() {
        for (cell, column) in cells.iter().zip(columns.as_array().unwrap()) {
            let place = column["json"]
                .as_str()
                .unwrap()
                .replace("{row}", &row.to_string());
            let head = column["column"].as_str().unwrap();
            let value = document.pointer(&place);
            let fits = match (head, value) {
                ("weekday" | "open", Some(_)) => true,
                (
                    "measured_down_ms" | "measured_down_lower_ms" | "measured_down_upper_ms",
                    None,
                ) => true,
                ("title" | "cause", None) | ("link", Some(Value::Null)) => cell.is_empty(),
                ("availability_percent", Some(ratio)) => {
                    let ratio = walk::ratio(ratio).map(ledger::print::availability);
                    ratio.map_or(cell.is_empty(), |text| text == format!("{cell}\u{a0}%"))
                }
                ("availability_percent", None) => cell.is_empty(),
                ("outages" | "incidents", Some(Value::Array(all))) if name_is_days(columns) => {
                    *cell == all.len().to_string()
                }
                (_, Some(Value::Array(all))) => {
                    let words: Vec<String> = all
                        .iter()
                        .map(|one| one.to_string().replace('"', ""))
                        .collect();
                    *cell == words.join(" ")
                }
                (_, Some(Value::Object(all))) => {
                    let words: Vec<&str> = all.keys().map(String::as_str).collect();
                    *cell == words.join(" ")
                }
                (_, Some(Value::String(text))) => cell == text,
                (_, Some(number)) => {
                    let number = number.to_string();
                    *cell == number
                }
                (_, None) => false,
            };
            assert!(fits, "{name} row {row} {head}: {cell:?} is not {value:?}");
        }
    }
}

fn name_is_days(columns: &Value) -> bool {
    columns
        .as_array()
        .is_some_and(|all| all.len() == csv::days::COLUMNS.len())
}

#[test]
fn an_incident_has_a_name_in_its_report_and_its_lasting_address_where_a_site_tells_of_it() {
    let bare = fixture::report(fixture::december());
    let address = "https://status.example.com/groupdesk/incidents/2018-12-14-1715.html";
    let report = bare.clone().with_links([(1, address.to_owned())].into());
    let forms = forms(&report);
    let document: Value = serde_json::from_str(&forms["report.json"]).unwrap();
    let told = &document["incidents"];
    assert_eq!(told[0]["link"], address);
    assert_eq!(told[0]["anchor"], "incident-2018-12-14-1715");
    assert_eq!(told[1]["link"], Value::Null);
    let map: Value = serde_json::from_str(&forms["report.map.json"]).unwrap();
    for form in ["report.md", "report.txt"] {
        let printed = Printed {
            text: forms[form].clone(),
            figures: figures(&map, form),
        };
        walk::check(form, &printed, (&document, &report.zone), &report.span);
        let printed = printed.text.replace('\\', "");
        assert!(printed.contains(address), "{form} does not print it");
    }
    let html = &forms["report.html"];
    walk::check_html(html, (&document, &report.zone), &report.span);
    assert!(html.contains(&format!(
        "<a class=\"own\" href=\"{address}\">{address}</a>"
    )));
    for one in told.as_array().unwrap() {
        let anchor = one["anchor"].as_str().unwrap();
        let row = format!(
            "<tr id=\"{anchor}\" class=\"trouble\"><th scope=\"row\"><a href=\"#{anchor}\""
        );
        assert!(html.contains(&row), "{row}");
    }
    let rows = csv::parse(&forms["incidents.csv"]);
    let links: Vec<&String> = rows.iter().filter_map(|row| row.last()).collect();
    assert_eq!(links, ["link", address, "", ""]);
    let [with, without] = [&report, &bare].map(|one| revision::figures(&json::document(one)));
    assert_eq!(
        with, without,
        "an address is no figure and makes no revision"
    );
}

#[test]
fn golden_files_of_the_months_with_an_edge() {
    for (name, report) in reports() {
        let forms = forms(&report);
        for form in ["report.txt", "report.md", "days.csv", "incidents.csv"] {
            insta::assert_snapshot!(format!("{name}-{form}"), forms[form].replace("\r\n", "\n"));
        }
    }
}

#[test]
fn americans_read_no_hour_beyond_twelve_and_machines_read_what_they_always_do() {
    let case = months::american();
    let [american, usual] = [case.locale, Locale::default()].map(|locale| {
        let case = months::Case {
            locale,
            ..months::american()
        };
        forms(&case.report())
    });
    for form in ["report.html", "report.md", "report.txt"] {
        walk::no_24_hours(form, &american[form]);
        let [own, other] = [&american, &usual].map(|forms| forms[form].replace('\u{a0}', " "));
        for word in ["5:14:53 pm", "midnight", "12:00 am"] {
            let count = |text: &str| text.matches(word).count();
            assert!(count(&own) > count(&other), "{form}: {word}");
        }
    }
    let map: Value = serde_json::from_str(&american["report.map.json"]).unwrap();
    for figure in map["report.pdf"].as_array().into_iter().flatten() {
        walk::no_24_hours("report.pdf", figure["text"].as_str().unwrap());
    }
    assert_eq!(american["days.csv"], usual["days.csv"]);
    assert_eq!(american["incidents.csv"], usual["incidents.csv"]);
    let [told, mut as_usual] = [&american, &usual]
        .map(|forms| -> Value { serde_json::from_str(&forms["report.json"]).unwrap() });
    as_usual["contract"]["locale"] = "en-US".into();
    assert_eq!(told, as_usual);
    assert_eq!(
        revision::figures(&told),
        revision::figures(&json::document(
            &months::Case {
                locale: Locale::EnAu,
                ..case
            }
            .report()
        ))
    );
}

#[test]
fn letters_have_76_columns_and_say_the_verdict() {
    for (name, report) in reports() {
        let letter = &forms(&report)["report.txt"];
        for line in letter.lines() {
            assert!(line.chars().count() <= mail::WIDTH, "{name}: {line}");
        }
        let flat = letter.split_whitespace().collect::<Vec<_>>().join(" ");
        let sentence = verdict::sentence(&report).replace('\u{a0}', " ");
        assert!(flat.contains(&sentence), "{name}: {sentence}");
        let markdown = forms(&report)["report.md"]
            .replace(['\u{a0}'], " ")
            .replace('\\', "");
        assert!(markdown.contains(&sentence), "{name}: {sentence}");
        assert!(!letter.contains('\u{a0}'));
    }
}

#[test]
fn the_same_report_gives_the_same_bytes_in_every_form() {
    for (case, other) in months::all().iter().zip(months::all()) {
        let made = |case: &months::Case| all(&case.report(), Paper::A4).unwrap();
        assert_eq!(made(case), made(&other), "{}", case.name);
    }
}

#[test]
fn hostile_names_are_harmless_in_every_form() {
    for hostile in [
        "<script>alert(1)</script>",
        "\u{202e}gnp.exe\u{7}\u{1b}[31m",
        "=HYPERLINK(\"http://x\")",
        "a | b\n\n# c `d` [e](http://f) *g* _h_",
        "1. one",
    ] {
        let mut story = fixture::december();
        story.contract.service = hostile.into();
        story.contract.customer = format!("{hostile}{}", "x".repeat(10_000));
        let report = fixture::report(story);
        for (form, text) in forms(&report) {
            let hidden = |one: char| one.is_control() && !"\n\r".contains(one) || one == '\u{202e}';
            assert!(form == "report.json" || !text.contains(hidden), "{form}");
            assert!(
                form == "report.json" || !text.contains(&"x".repeat(300)),
                "{form}"
            );
            if form == "report.html" {
                assert!(!text.contains("<script"), "{form}");
            }
            if form == "report.md" {
                let bare = text.replace("\\<", "").replace("\\]", "");
                assert!(!bare.contains('<') && !bare.contains("](http"), "{text}");
                assert!(!text.contains("\n# c"), "{form}");
            }
            if form == "report.txt" {
                assert!(
                    text.lines().all(|line| line.chars().count() <= 76),
                    "{form}"
                );
            }
            if form.ends_with(".csv") {
                let rows = csv::parse(&text);
                assert!(
                    rows.iter().flatten().all(|cell| !cell.starts_with('=')),
                    "{form}"
                );
            }
        }
    }
}

/// December with exactly so much counted downtime.
fn with_downtime(down: Millis) -> Story {
    let mut story = fixture::december();
    let counted = Bounds {
        lower: down,
        estimate: down,
        upper: down,
    };
    let found = &mut story.assessment;
    found.total.unknown = Millis::ZERO;
    found.total.counted = counted;
    found.sla = Sla::judge(&found.total, &story.contract);
    story
}

#[test]
fn the_printed_verdict_is_the_exact_one_at_every_edge() {
    // Of 744 h: what 99.9 %, 99 % and 95 % allow.
    let whole = Millis::from_mins(744 * 60).0;
    for edge in [whole / 1_000, whole / 100, whole / 20] {
        for step in [-1, 0, 1] {
            let down = Millis(edge + step);
            let story = with_downtime(down);
            let contract = story.contract.clone();
            let report = fixture::report(story);
            let met = i128::from(whole - down.0) * 1_000_000 >= i128::from(whole) * 999_000;
            let word = if met { "Met" } else { "Missed" };
            let letter = &forms(&report)["report.txt"];
            assert!(letter.contains(&format!("\n{word}\n")), "{down:?}: {word}");
            let exact = report.found.sla.availability.unwrap().estimate;
            let credit = ledger::print::share(credit_at(exact, &contract)).replace('\u{a0}', " ");
            let line = letter
                .lines()
                .find(|line| line.trim_start().starts_with("Credit tier"));
            assert!(
                line.unwrap().ends_with(&credit),
                "{down:?}: {line:?}, {credit}"
            );
            let printed = ledger::print::availability(exact);
            if !met {
                assert!(
                    !printed.starts_with("99.9") || Share(999_000).ratio().compare(exact).is_gt()
                );
            }
        }
    }
    assert_eq!(
        words::duration(Millis(whole / 1_000)).replace('\u{a0}', " "),
        "44 min 38 s"
    );
}

#[test]
fn printed_days_add_up_in_every_form() {
    for (name, report) in reports() {
        let letter = &forms(&report)["report.txt"];
        let (_, table) = letter
            .split_once("\nDowntime per day, ")
            .expect("the table");
        let cells = |line: &str| -> Option<Millis> {
            let columns: Vec<&str> = line.split("  ").filter(|cell| !cell.is_empty()).collect();
            ledger::print::parse_table(columns.get(1)?.trim()).ok()
        };
        let rows = table.lines().take_while(|line| !line.is_empty());
        let (mut days, mut total) = (Millis::ZERO, None);
        for line in rows {
            match cells(line) {
                Some(length) if line.starts_with("Total") => total = Some(length),
                Some(length) if !line.starts_with("    ") => days += length,
                _ => {}
            }
        }
        assert_eq!(Some(days), total, "{name}\n{letter}");
    }
}
