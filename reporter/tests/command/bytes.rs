//! The same records give the same bytes, whatever else is set up otherwise on the machine.

use std::collections::BTreeMap;
use std::path::Path;

use assert_cmd::Command;

use super::{records, text};

/// Runs a command line among those settings.
fn run(root: &Path, line: &str, settings: &[(&str, &str)]) -> Vec<u8> {
    let mut command = Command::cargo_bin("reporter").expect("the binary is built");
    command.current_dir(root).args(line.split(' '));
    command.envs(settings.iter().copied());
    let output = command.output().expect("it runs");
    assert!(output.status.success(), "{line}: {}", text(&output.stderr));
    output.stdout
}

/// Every file below `directory`, by its name there.
fn files(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut left = vec![directory.to_owned()];
    while let Some(next) = left.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
                continue;
            }
            let name = path.strip_prefix(directory).unwrap().display().to_string();
            found.insert(name, std::fs::read(path).unwrap());
        }
    }
    found
}

/// Records in some order, and the settings of a machine.
type Machine = (&'static str, &'static [(&'static str, &'static str)]);

const MACHINES: [Machine; 3] = [
    (
        "data/east.db data/central.db data/west.db",
        &[("TZ", "Asia/Tokyo"), ("LANG", "C"), ("LC_ALL", "C")],
    ),
    (
        "data/west.db data/east.db data/central.db",
        &[
            ("TZ", "America/Los_Angeles"),
            ("LANG", "tr_TR.UTF-8"),
            ("LC_ALL", "tr_TR.UTF-8"),
            ("NO_COLOR", "1"),
            ("COLUMNS", "40"),
        ],
    ),
    (
        "data/central.db data/west.db data/east.db",
        &[
            ("TZ", "Europe/Berlin"),
            ("LANG", "de_DE.UTF-8"),
            ("LC_ALL", "de_DE.UTF-8"),
            ("LC_NUMERIC", "de_DE.UTF-8"),
            ("TERM", "dumb"),
        ],
    ),
];

#[test]
fn order_zone_and_language_of_the_machine_change_no_byte() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    records::write(root);
    for line in [
        "days --from 2018-12-14 --to 2018-12-15",
        "days --from 2018-12-14 --to 2018-12-15 --json",
        "summary 2018-12#1",
        "summary 2018-12#1 --format html",
        "chart gantt --month 2018-12",
        "chart heat --month 2018-12 --table",
    ] {
        let printed = MACHINES
            .iter()
            .map(|(records, settings)| run(root, &format!("{line} {records}"), settings));
        let mut printed: Vec<Vec<u8>> = printed.collect();
        assert!(printed[0].len() > 200, "{line}");
        printed.dedup();
        assert_eq!(printed.len(), 1, "{line}");
    }
    let written: Vec<_> = MACHINES
        .iter()
        .enumerate()
        .map(|(index, (records, settings))| {
            let line = format!("month 2018-12 --out report-{index} {records}");
            run(root, &line, settings);
            files(&root.join(format!("report-{index}")))
        })
        .collect();
    assert!(written[0].len() > 5, "{:?}", written[0].keys());
    for other in &written[1..] {
        assert!(written[0].keys().eq(other.keys()));
        for (name, bytes) in &written[0] {
            assert!(other[name] == *bytes, "{name} differs");
        }
    }
}
