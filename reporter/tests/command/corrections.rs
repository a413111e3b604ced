//! Corrections and notes on the command line: measured and corrected figures in every form.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use super::{records, reporter, text};

const CORRECTIONS: &str = r#"
[[correction]]
id = "start-from-log"
author = "Jo <Miller>"
reason = "The login server's log has the first refused sign-in"
written = 2018-12-18T09:00:00-05:00
outage = 2018-12-14T18:00:00-05:00
start = 2018-12-14T17:15:02-05:00
within = "2s"
source = "server logs"

[[correction]]
id = "wrong-night"
author = "Jo <Miller>"
reason = "Thought to be an outage"
written = 2018-12-18T09:05:00-05:00
outage = 2018-12-14T03:00:00-05:00
end = 2018-12-14T03:30:00-05:00
source = "memory"

[[correction]]
id = "too-much"
author = "Ann"
reason = "All of it was ours"
written = 2018-12-18T10:00:00-05:00
ticks = { from = 2018-12-14T17:00:00-05:00, until = 2018-12-14T20:00:00-05:00 }
become = "good"

[[correction]]
id = "not-so"
author = "Jo <Miller>"
reason = "It was not"
written = 2018-12-18T10:30:00-05:00
withdraw = "too-much"

[[correction]]
id = "own-network"
author = "Ann"
reason = "=2+2 The agents' provider moved a cable"
written = 2018-12-18T11:00:00-05:00
ticks = { from = 2018-12-14T19:10:00-05:00, until = 2018-12-14T19:15:00-05:00 }
become = "void"
class = "prober.net"

[[correction]]
id = "flood"
author = "Ann"
reason = "Found in the platform's logs"
written = 2018-12-18T12:00:00-05:00
outage = 2018-12-14T18:00:00-05:00
cause = "A flood of <b>failed log-ins</b>"
"#;

const NOTE: &str = r#"+++
incident = [2018-12-14T18:00:00-05:00, 2018-12-14T05:00:00-05:00]
title = "Nobody <could> sign in"
author = "Operations"
cause = "The network was congested"
status = "update"

[[event]]
length = "1h"
text = "Reboot"
+++

## Background

Some words.
"#;

fn directory() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let data = directory.path().join("data");
    std::fs::write(data.join("corrections.toml"), CORRECTIONS).unwrap();
    std::fs::create_dir(data.join("incidents")).unwrap();
    std::fs::write(data.join("incidents/friday.md"), NOTE).unwrap();
    std::fs::write(data.join("incidents/readme.txt"), "no note").unwrap();
    directory
}

fn page(directory: &Path, line: &str) -> String {
    let output = reporter(directory, line);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

#[test]
fn p36_measured_and_corrected_figures_stand_on_the_terminal() {
    let directory = directory();
    let page = page(directory.path(), "days --from 2018-12-14");
    for line in page.lines() {
        assert!(line.chars().count() <= 80, "wider than a terminal: {line}");
    }
    assert_snapshot!(page, @"");
}

#[test]
fn p36_measured_and_corrected_figures_stand_in_every_file() {
    let directory = directory();
    page(directory.path(), "month 2018-12 --out out");
    let file = |name: &str| std::fs::read_to_string(directory.path().join("out").join(name));
    let json: Value = serde_json::from_str(&file("report.json").unwrap()).unwrap();
    let figure = |pointer: &str| json.pointer(pointer).and_then(Value::as_i64).unwrap();
    let corrected = figure("/total/counted_down_ms/estimate");
    let measured = figure("/measured/total/counted_down_ms/estimate");
    assert_ne!(corrected, measured);
    let moved: i64 = (0..6)
        .map(|index| figure(&format!("/corrections/{index}/moved_down_ms/estimate")))
        .sum();
    assert_eq!(measured + moved, corrected);
    assert_eq!(
        json["incidents"][0]["notes"][0]["cause"],
        "The network was congested"
    );
    assert_eq!(
        json["outages"][0]["causes"][0],
        "A flood of <b>failed log-ins</b>"
    );
    assert_eq!(json["notes"][0]["events"][0]["source"], "reported");

    let days = file("days.csv").unwrap();
    let rows: Vec<Vec<&str>> = days.lines().map(|row| row.split(',').collect()).collect();
    let sum = |column: &str| -> i64 {
        let at = rows[0].iter().position(|head| *head == column).unwrap();
        rows[1..]
            .iter()
            .map(|row| row[at].parse::<i64>().unwrap())
            .sum()
    };
    assert_eq!(sum("counted_down_ms"), corrected);
    assert_eq!(sum("measured_down_ms"), measured);

    let html = file("report.html").unwrap();
    for part in html.split("data-json=\"").skip(1) {
        let (pointer, _) = part.split_once('"').unwrap();
        assert!(
            json.pointer(pointer).is_some_and(|value| !value.is_null()),
            "{pointer}"
        );
    }
    assert!(
        !html.contains("<b>failed") && !html.contains("<could>"),
        "escaped"
    );
    assert!(html.contains("Nobody &lt;could&gt; sign in"));
    let html = html.replace('\u{a0}', " ");
    let (_, section) = html.split_once("<h2 id=\"exclusions\">").unwrap();
    let (section, _) = section.split_once("</section>").unwrap();
    assert_snapshot!(section, @"");
}

#[test]
fn mistakes_in_corrections_and_notes_are_told_with_their_lines() {
    let directory = directory();
    let wrong = CORRECTIONS.replace("withdraw = \"too-much\"", "withdraw = \"two-much\"");
    std::fs::write(directory.path().join("wrong.toml"), wrong).unwrap();
    std::fs::create_dir(directory.path().join("notes")).unwrap();
    let note = NOTE.replace("## Background", "## Backgrounds");
    std::fs::write(directory.path().join("notes/friday.md"), note).unwrap();
    let said: Vec<String> = [
        "days --from 2018-12-14 --corrections wrong.toml",
        "days --from 2018-12-14 --notes notes",
        "days --from 2018-12-14 --notes nowhere",
        "days --from 2018-12-14 --corrections nowhere.toml",
    ]
    .iter()
    .map(|line| {
        let output = reporter(directory.path(), line);
        let code = output.status.code().unwrap();
        format!("{code} {}", text(&output.stderr))
    })
    .collect();
    assert_snapshot!(said.join(""), @"");
}
