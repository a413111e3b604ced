//! A month with its evidence, and what `reporter verify` says of it.

use std::path::Path;

use insta::assert_snapshot;
use ledger::bundle::{Files, REPORT, SUMS, sums, tar};

use super::{records, reporter, text};

fn issued(directory: &Path) {
    records::write(directory);
    std::fs::write(directory.join("data/exclusions.toml"), super::EXCLUSIONS).unwrap();
    let output = reporter(directory, "month 2018-12 --out out");
    assert!(output.status.success(), "{}", text(&output.stderr));
}

fn bundle(directory: &Path) -> Files {
    tar::unpack(&std::fs::read(directory.join("out/evidence.tar")).unwrap()).unwrap()
}

fn verify(directory: &Path, line: &str) -> (Option<i32>, String) {
    let output = reporter(directory, &format!("verify {line}"));
    let page = text(&output.stdout);
    assert!(
        page.lines().all(|line| line.chars().count() <= 80),
        "{page}"
    );
    (output.status.code(), page + &text(&output.stderr))
}

/// Unpacks the bundle, edits a file of it, and makes the list of hashes anew.
fn edited(directory: &Path, name: &str, edit: impl FnOnce(&mut Vec<u8>)) {
    let mut files = bundle(directory);
    edit(files.get_mut(name).unwrap());
    let list = sums(&files).into_bytes();
    files.insert(SUMS.to_owned(), list);
    std::fs::create_dir_all(directory.join("edited")).unwrap();
    for (name, content) in files {
        std::fs::write(directory.join("edited").join(name), content).unwrap();
    }
}

#[test]
fn a_month_is_verified_from_its_evidence_alone() {
    let directory = tempfile::tempdir().unwrap();
    issued(directory.path());
    std::fs::remove_dir_all(directory.path().join("data")).unwrap();
    let (code, page) = verify(directory.path(), "out");
    assert_eq!(code, Some(0), "{page}");
    assert_snapshot!(page, @r#"
    Evidence for the report of contract example in 2018-12

    agent                     batches    attempts    signed  in the log   pruned
    central                         3        2880         0           0        0
    east                            3        2880         0           0        0
    west                            3        2880         0           0        0

    The report, computed anew from every attempt: all 2469 figures agree.

    Proven
      - no file was altered since the bundle was made, unless somebody made it anew
      - the batches of each agent are one chain: none was altered, put in, or taken
        out of its middle
      - the report follows from the attempts, by the contract and what was declared

    Not proven
      - that agents looked as they say, and that their clocks were right
      - what happened before a batch was sealed, and that no batch came after the
        last one shown
      - what the report says of other periods (2018-Q4): their own bundles show
        that
      - who made the batches that are not signed
      - when the batches came that are in no log
    "#);
    for place in ["out/evidence.tar", "out/rev-1", "out/rev-1/evidence.tar"] {
        assert_eq!(
            verify(directory.path(), place),
            (Some(0), page.clone()),
            "{place}"
        );
    }
    let json = reporter(directory.path(), "verify --json out");
    let found: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    assert_eq!(found["agrees"], true);
    assert_eq!(found["agents"][0]["agent"], "central");
    let files = bundle(directory.path());
    let readme = String::from_utf8(files["README.txt"].clone()).unwrap();
    assert!(
        readme.lines().all(|line| line.chars().count() <= 130),
        "{readme}"
    );
}

#[test]
fn a_quarter_is_verified_too() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let output = reporter(directory.path(), "month 2018-Q4 --out out");
    assert!(output.status.success(), "{}", text(&output.stderr));
    std::fs::remove_dir_all(directory.path().join("data")).unwrap();
    let (code, page) = verify(directory.path(), "out");
    assert_eq!(code, Some(0), "{page}");
    assert!(page.contains(" in 2018-Q4\n"), "{page}");
}

#[test]
fn a_report_that_does_not_follow_is_told_figure_by_figure() {
    let directory = tempfile::tempdir().unwrap();
    issued(directory.path());
    edited(directory.path(), REPORT, |report| {
        let told = String::from_utf8(std::mem::take(report)).unwrap();
        let forged = told.replace("\"down_ms\": 4509758", "\"down_ms\": 450975");
        assert_ne!(told.len(), forged.len());
        *report = forged.into_bytes();
    });
    let (code, page) = verify(directory.path(), "edited");
    assert_eq!(code, Some(1));
    assert_snapshot!(page, @r#"
    Evidence for the report of contract example in 2018-12

    agent                     batches    attempts    signed  in the log   pruned
    central                         3        2880         0           0        0
    east                            3        2880         0           0        0
    west                            3        2880         0           0        0

    The report, computed anew: 3 figures of 2469 differ
      /days/13/tally/down_ms: 450975 in the report, anew 4509758
      /drawn/causes/0/down_ms: 450975 in the report, anew 4509758
      /total/down_ms: 450975 in the report, anew 4509758

    Proven
      - no file was altered since the bundle was made, unless somebody made it anew
      - the batches of each agent are one chain: none was altered, put in, or taken
        out of its middle

    Not proven
      - that agents looked as they say, and that their clocks were right
      - what happened before a batch was sealed, and that no batch came after the
        last one shown
      - what the report says of other periods (2018-Q4): their own bundles show
        that
      - who made the batches that are not signed
      - when the batches came that are in no log
    reporter: the evidence does not bear the report out; what is wrong stands above
    "#);
}

#[test]
fn an_altered_batch_is_named() {
    let directory = tempfile::tempdir().unwrap();
    issued(directory.path());
    edited(directory.path(), "agent-east.records", |records| {
        let middle = records.len() / 2;
        records[middle] ^= 1;
    });
    let (code, page) = verify(directory.path(), "edited");
    assert_eq!(code, Some(1));
    // What is not proven is the same as above.
    let (found, _) = page.split_once("\n\nNot proven").unwrap();
    assert_snapshot!(found, @r#"
    Evidence for the report of contract example in 2018-12

    agent                     batches    attempts    signed  in the log   pruned
    central                         3        2880         0           0        0
    east                            3        1880         0           0        0
    west                            3        2880         0           0        0

    What is wrong
      agent-east.records: batch 2 of epoch 1: the batch is damaged: its hash does
        not fit its bytes

    The report, computed anew: 37 figures of 2479 differ
      /coverage/east/good: 2639 in the report, anew 1639
      /coverage/east/good_share: {"denominator":"2880","numerator":"2639"} in the
        report, anew {"denominator":"1880","numerator":"1639"}
      /coverage/east/obtained: 2880 in the report, anew 1880
      /coverage/east/obtained_share: {"denominator":"89280","numerator":"2880"} in
        the report, anew {"denominator":"89280","numerator":"1880"}
      /days/13/tally/requests/good: 7918 in the report, anew 6918
      /days/13/tally/requests/missing: 1 in the report, anew 1001
      /drawn/unlooked_ms/east: 2592091783 in the report, anew 2622179559
      /hash: "4069639b5cdc9fa8785ab2e093670f41d0c6701d8ce50a… in the report, anew
        "d3b9b89e60ff1501d0cc69c06f736d79f3314db0b4e1b0…
      /latency/traveler/days/13/experienced/n: 4320 in the report, anew 3820
      /latency/traveler/days/13/figures/n: 3960 in the report, anew 3460
      /latency/traveler/experienced/n: 4320 in the report, anew 3820
      /latency/traveler/phases/0/figures/n: 3960 in the report, anew 3460
      and 25 more; --json has all
    "#);
    // The report beside a bundle is the one that is meant.
    std::fs::write(directory.path().join("out/report.json"), "{}").unwrap();
    let (code, page) = verify(directory.path(), "out");
    assert_eq!(code, Some(1));
    assert!(
        page.contains("report.json: out/report.json beside it is another report"),
        "{page}"
    );
}

#[test]
fn evidence_can_be_left_out_and_what_is_no_bundle_is_told() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let output = reporter(directory.path(), "month 2018-12 --no-evidence --out out");
    assert_eq!(
        text(&output.stdout).lines().count(),
        9,
        "{}",
        text(&output.stderr)
    );
    let lines = [
        "out/rev-1",
        "data/east.db",
        "nowhere",
        "--agent-key east out",
    ]
    .map(|line| {
        let output = reporter(directory.path(), &format!("verify {line}"));
        let first = text(&output.stderr).lines().next().unwrap_or("").to_owned();
        format!("{line}\n  {}: {first}", output.status.code().unwrap())
    });
    assert_snapshot!(lines.join("\n"), @r#"
    out/rev-1
      74: reporter: cannot check out/rev-1: this is no bundle of evidence: it has no manifest.json
    data/east.db
      74: reporter: cannot check data/east.db: this is no bundle of evidence: the size of a file is no number
    nowhere
      74: reporter: cannot read nowhere: No such file or directory (os error 2)
    --agent-key east out
      64: error: invalid value 'east' for '--agent-key <AGENT=KEY>': "east" is no AGENT=KEY
    "#);
}

#[test]
fn a_provisional_report_shows_what_is_not_sealed_yet() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let line = "month 2018-12 --out out --as-of 2018-12-20T00:00:00Z";
    let output = reporter(directory.path(), line);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let (code, page) = verify(directory.path(), "out");
    assert_eq!(code, Some(0), "{page}");
}
