//! Corrections and notes on the command line: measured and corrected figures in every form.

use std::path::Path;

use insta::assert_snapshot;
use serde_json::Value;

use super::{records, reporter, text, without_places};

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
    let directory = tempfile::tempdir().expect("a directory of our own");
    records::write(directory.path());
    let data = directory.path().join("data");
    std::fs::write(data.join("corrections.toml"), CORRECTIONS).expect("a directory of our own");
    std::fs::create_dir(data.join("incidents")).expect("a directory of our own");
    std::fs::write(data.join("incidents/friday.md"), NOTE).expect("a directory of our own");
    std::fs::write(data.join("incidents/readme.txt"), "no note").expect("a directory of our own");
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
    let (_, stray) = page.rsplit_once("\n\n").unwrap();
    assert!(stray.starts_with("The note “Nobody <could> sign in” names 2018-12-14 05:00"));
    let (page, _) = page.split_once("\n\nAgents' own trouble").unwrap();
    assert_snapshot!(page, @r#"
    Groupdesk sign-in, Friday 14 December 2018
    contract example of Example Travel Ltd, days of America/New_York

    Day             Downtime         Unknown           Available  Outages
    Fri 2018-12-14  1 h 54 min 29 s  7 min 7 s          92.009 %        1
                    1 h 54 min 27 s to 1 h 54 min 31 s
                    measured 2 h 10 s, unknown 1 min 10 s
    Total           1 h 54 min 29 s  7 min 7 s          92.009 %        1
                    1 h 54 min 27 s to 1 h 54 min 31 s
                    measured 2 h 10 s, unknown 1 min 10 s

    Sign-in did not work for about 1 h 54 min in 1 incident: availability 92.009 %,
    the target of 99.9 % is missed.

    Outages
      1 Fri 14 Dec 17:15:02 ± 2 s to 19:09:31 ± 1 s
        1 h 54 min 29 s (1 h 54 min 27 s to 1 h 54 min 31 s)
        traveler and user from central, east and west: error page
        cause: A flood of <b>failed log-ins</b>
        note: Nobody <could> sign in (Operations, update)
        The network was congested

    Corrected by hand
        start-from-log, written 2018-12-18 09:00
        outage at 2018-12-14 18:00: start set to 2018-12-14 17:15:02 ± 2 s, from
        server logs
        downtime moved by −7.514 s
        Jo <Miller>: The login server's log has the first refused sign-in
        wrong-night, written 2018-12-18 09:05
        outage at 2018-12-14 03:00: end set to 2018-12-14 03:30, from memory
        without effect: no outage contains that instant
        Jo <Miller>: Thought to be an outage
        too-much, written 2018-12-18 10:00
        ticks 2018-12-14 17:00 to 2018-12-14 20:00 become good
        withdrawn by not-so
        Ann: All of it was ours
        not-so, written 2018-12-18 10:30
        withdraws too-much
        that entry no longer holds
        Jo <Miller>: It was not
        own-network, written 2018-12-18 11:00
        ticks 2018-12-14 19:10 to 2018-12-14 19:15 become void (prober.net)
        30 ticks changed; downtime moved by −5 min 32.954 s; unknown time by
        +5 min 57.127 s
        Ann: =2+2 The agents' provider moved a cable
        flood, written 2018-12-18 12:00
        cause of the outage at 2018-12-14 18:00: A flood of <b>failed log-ins</b>
        shown beside outage 1, counted nowhere
        Ann: Found in the platform's logs
        Counted downtime measured 2 h 10 s, corrected 1 h 54 min 29 s.
    "#);
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
}

#[test]
fn p36_measured_and_corrected_figures_stand_on_the_page() {
    let directory = directory();
    page(directory.path(), "month 2018-12 --out out");
    let file = |name: &str| std::fs::read_to_string(directory.path().join("out").join(name));
    let json: Value = serde_json::from_str(&file("report.json").unwrap()).unwrap();
    let html = file("report.html").unwrap();
    assert!(
        !html.contains("<b>failed") && !html.contains("<could>"),
        "escaped"
    );
    assert!(html.contains("Nobody &lt;could&gt; sign in"));
    let html = html.replace('\u{a0}', " ");
    let (_, section) = html.split_once("<h2 id=\"exclusions\">").unwrap();
    let (section, _) = section.split_once("</section>").unwrap();
    for part in section.split("data-json=\"").skip(1) {
        let (pointer, _) = part.split_once('"').unwrap();
        assert!(json.pointer(pointer).is_some(), "{pointer}");
    }
    assert_snapshot!(without_places(section), @r#"
    Exclusions and corrections</h2>
    <p>Nothing was excluded: observed downtime is counted downtime.</p>
    <p>Counted downtime measured 2 h 10 s, corrected 1 h 54 min 29 s.</p>
    <div class="scroll" role="region" aria-label="Table: Measured and corrected, December 2018" tabindex="0">
    <table>
    <caption>Measured and corrected, December 2018</caption>
    <thead><tr><th scope="col">Figure</th><th scope="col" class="words">Measured</th><th scope="col" class="words">Corrected</th><th scope="col">Moved by</th></tr></thead>
    <tbody>
    <tr><th scope="row">Counted downtime</th><td class="words">2 h 10 s</td><td class="words">1 h 54 min 29 s</td><td>−5 min 40.468 s</td></tr>
    <tr><th scope="row">Unknown</th><td class="words">720 h 1 min 10 s</td><td class="words">720 h 7 min 7 s</td><td>+5 min 57.127 s</td></tr>
    <tr><th scope="row">Availability</th><td class="words">91.648 %<small>missed</small></td><td class="words">92.009 %<small>missed</small></td><td></td></tr>
    <tr><th scope="row">Outage</th><td class="words">2018-12-14 17:14:54 to 19:15:04<small>2 h 10 s</small></td><td class="words">2018-12-14 17:15:02 to 19:09:31<small>1 h 54 min 29 s</small></td><td>−5 min 40.468 s</td></tr>
    </tbody>
    </table>
    </div>
    <div class="scroll" role="region" aria-label="Table: Corrections by hand, December 2018" tabindex="0">
    <table>
    <caption>Corrections by hand, December 2018</caption>
    <thead><tr><th scope="col">Entry</th><th scope="col" class="words">What</th><th scope="col" class="words">Reason</th><th scope="col" class="words">Effect</th><th scope="col">Moved by</th></tr></thead>
    <tbody>
    <tr><th scope="row">start-from-log<small>written 2018-12-18 09:00</small></th><td class="words">outage at 2018-12-14 18:00: start set to 2018-12-14 17:15:02 ± 2 s, from server logs</td><td class="words">The login server&#39;s log has the first refused sign-in<small>Jo &lt;Miller&gt;</small></td><td class="words">downtime moved by −7.514 s</td><td>−7.514 s</td></tr>
    <tr class="trouble"><th scope="row">wrong-night<small>written 2018-12-18 09:05</small></th><td class="words">outage at 2018-12-14 03:00: end set to 2018-12-14 03:30, from memory</td><td class="words">Thought to be an outage<small>Jo &lt;Miller&gt;</small></td><td class="words">without effect: no outage contains that instant</td><td class="zero">0 s</td></tr>
    <tr><th scope="row">too-much<small>written 2018-12-18 10:00</small></th><td class="words">ticks 2018-12-14 17:00 to 2018-12-14 20:00 become good</td><td class="words">All of it was ours<small>Ann</small></td><td class="words">withdrawn by not-so</td><td class="zero">0 s</td></tr>
    <tr><th scope="row">not-so<small>written 2018-12-18 10:30</small></th><td class="words">withdraws too-much</td><td class="words">It was not<small>Jo &lt;Miller&gt;</small></td><td class="words">that entry no longer holds</td><td class="zero">0 s</td></tr>
    <tr><th scope="row">own-network<small>written 2018-12-18 11:00</small></th><td class="words">ticks 2018-12-14 19:10 to 2018-12-14 19:15 become void (prober.net)</td><td class="words">=2+2 The agents&#39; provider moved a cable<small>Ann</small></td><td class="words">30 ticks changed; downtime moved by −5 min 32.954 s; unknown time by +5 min 57.127 s</td><td>−5 min 32.954 s</td></tr>
    <tr><th scope="row">flood<small>written 2018-12-18 12:00</small></th><td class="words">cause of the outage at 2018-12-14 18:00: A flood of &lt;b&gt;failed log-ins&lt;/b&gt;</td><td class="words">Found in the platform&#39;s logs<small>Ann</small></td><td class="words">shown beside outage 1, counted nowhere</td><td class="zero">0 s</td></tr>
    </tbody>
    </table>
    </div>
    "#);
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
    assert_snapshot!(said.join(""), @r###"
    78 reporter: wrong.toml:34: correction "not-so": withdraw = "two-much" is no entry above that can be withdrawn
      did you mean "too-much"?
    78 reporter: notes/friday.md:13: unknown heading "Backgrounds"
      did you mean "## Background"?
    74 reporter: cannot read the notes in nowhere: No such file or directory (os error 2)
    74 reporter: cannot read the corrections nowhere.toml: No such file or directory (os error 2)
    "###);
}
