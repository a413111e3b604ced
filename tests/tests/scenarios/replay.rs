//! The demo, on a Friday afternoon of its weekend: true, and the same every time.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::mpsc;

use clap::Parser as _;
use groupdesk::demo::{self, Comparison, Replayed};
use ledger::time::{Interval, Timestamp};

/// Friday 14 December 2018, 17:00 to 19:40 in New York: logged out and unable to log in from 17:15 to 19:15.
const AFTERNOON: Interval = Interval {
    start: Timestamp(1_544_824_800_000),
    end: Timestamp(1_544_834_400_000),
};

#[test]
fn an_afternoon_is_measured_as_it_was_and_twice_the_same() {
    let places = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let [one, two] = places.each_ref().map(|place| replayed(place.path()));
    for (name, bytes) in &one {
        assert!(two.get(name) == Some(bytes), "{name} differs");
    }
    assert!(one.keys().eq(two.keys()));
    for name in [
        "east.db",
        "central.db",
        "west.db",
        "report.html",
        "report.json",
        "days.csv",
        "evidence.tar",
    ] {
        assert!(one.contains_key(name), "{name} is missing");
    }
}

/// Replays into `place`, reports, and returns what was written.
fn replayed(place: &Path) -> BTreeMap<String, Vec<u8>> {
    let (progress, _) = mpsc::channel();
    let replayed = demo::replay(place, AFTERNOON, &progress).unwrap();
    let Replayed {
        plan,
        records,
        truth,
    } = &replayed;
    let mut written = BTreeMap::new();
    // Before anybody reads them.
    read(place, &mut written);
    let comparison = Comparison::of(plan, records, AFTERNOON, truth).unwrap();
    assert!(comparison.holds(), "\n{}", comparison.table());
    assert_eq!(comparison.outages.len(), 1);
    let report = place.join("report");
    let mut line = vec![
        "reporter",
        "month",
        "2018-12",
        "--out",
        report.to_str().unwrap(),
    ];
    line.extend(records.iter().map(|record| record.to_str().unwrap()));
    reporter::cli::Cli::try_parse_from(line)
        .unwrap()
        .run()
        .unwrap();
    read(&report, &mut written);
    written
}

/// All databases and reports in `directory`.
fn read(directory: &Path, written: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_file() && !name.ends_with(".lock") {
            written.insert(name, fs::read(&path).unwrap());
        }
    }
}
