//! `publish` and `month` give the same report, byte for byte, in every form that both write.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use ledger::store::Place;
use ledger::time::{Interval, Millis, Timestamp};

use crate::publish::files;
use crate::{EXCLUSIONS, records, reporter, text};

/// Friday 30 November 2018, 20:00 in New York; eight hours from there, into December.
const START: Timestamp = Timestamp(1_543_626_000_000);
const HOURS: Millis = Millis::from_mins(8 * 60);

const TWO: &str = "data/central.db data/east.db";
const ALL: &str = "data/central.db data/east.db late/west.db";
const FINAL: &str = "--as-of 2019-01-04T05:00:00Z";

type Files = BTreeMap<String, Vec<u8>>;

/// Two months with an outage each; the western record comes late.
fn two_months() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    for name in ["data/incidents", "late"] {
        fs::create_dir_all(root.join(name)).unwrap();
    }
    let place = |region: &ledger::name::Name| {
        let where_to = if region.as_str() == "west" {
            "late"
        } else {
            "data"
        };
        Place::File(root.join(format!("{where_to}/{region}.db")))
    };
    let outage = |hour: i64| {
        let start = START + Millis::from_mins(60 * hour);
        Interval::new(start, start + Millis::from_mins(20))
    };
    records::write_of(
        place,
        Interval::new(START, START + HOURS),
        &[outage(1), outage(6)],
    );
    directory
}

fn run(root: &Path, line: &str) {
    let output = reporter(root, line);
    assert!(output.status.success(), "{line}: {}", text(&output.stderr));
}

/// Of a site: the report of a period.
fn published(root: &Path, name: &str) -> Files {
    files(&root.join("www/example/reports").join(name))
}

/// Without what is kept and not published.
fn public(files: &Files) -> Files {
    let mut public = files.clone();
    public.retain(|name, _| !name.ends_with("evidence.tar"));
    public
}

fn must_be_the_same(one: &Files, other: &Files, what: &str) {
    let names = |files: &Files| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(one), names(other), "{what}");
    for (name, content) in one {
        assert!(content == &other[name], "{what}: {name} differs");
    }
}

#[test]
fn publish_and_month_give_the_same_bytes() {
    let directory = two_months();
    let root = directory.path();
    // Beside the report of December stand November and its days, so that both ways must look at them alike.
    let early = "--as-of 2018-12-20T05:00:00Z";
    run(
        root,
        &format!("publish --out www --from 2018-10 {early} {TWO}"),
    );
    run(root, &format!("month 2018-12 --out early {early} {TWO}"));
    let provisional = files(&root.join("early"));
    assert!(text(&provisional["report.json"]).contains("\"2018-11\""));
    must_be_the_same(
        &public(&provisional),
        &published(root, "2018-12"),
        "provisional",
    );

    must_issue_alike(root, 1, TWO);
    // Again with late evidence, maintenance and a note.
    fs::write(root.join("data/exclusions.toml"), EXCLUSIONS).unwrap();
    run(
        root,
        &format!("incident new 2018-12#1 --author Ann {FINAL} {ALL}"),
    );
    must_issue_alike(root, 2, ALL);
    let last = files(&root.join("alone/2018-12"));
    assert!(last.contains_key("rev-2/changes.txt"), "{:?}", last.keys());
    let report: serde_json::Value = serde_json::from_slice(&last["report.json"]).unwrap();
    assert_eq!(
        report["compared"][0]["name"], "2018-11",
        "{}",
        report["compared"]
    );
    let november = &report["recent"]["days"][0]["service"]["down_ms"];
    assert!(november.as_i64() > Some(0), "{}", report["recent"]);
}

/// Issues three months and their quarter both ways.
fn must_issue_alike(root: &Path, number: u32, records: &str) {
    run(
        root,
        &format!("publish --out www --from 2018-10 {FINAL} {records}"),
    );
    for name in ["2018-10", "2018-11", "2018-12", "2018-Q4"] {
        let what = format!("{name}, revision {number}");
        let alone = root.join("alone").join(name);
        run(
            root,
            &format!("month {name} --out {} {FINAL} {records}", alone.display()),
        );
        let alone = files(&alone);
        let kept = files(&root.join("data/issued/example").join(name));
        must_be_the_same(&alone, &kept, &what);
        let site = published(root, name);
        assert!(site.len() > 8, "{what}: {:?}", site.keys());
        for (path, content) in public(&site) {
            // In the directory itself the newest revision, below it all of them.
            assert!(alone.get(&path) == Some(&content), "{what}: {path}");
        }
    }
}
