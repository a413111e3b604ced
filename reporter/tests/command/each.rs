//! Reports of all contracts at once are what each alone would be.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{records, reporter, text};

/// The plan with a contract for each persona, and one for both in another zone.
fn three_contracts(root: &Path) {
    let plan = include_str!("probes.toml");
    let (head, contract) = plan.split_once("[[contract]]").expect("a contract");
    let of = |id: &str, personas: &str, zone: &str| {
        let own = contract.replace("id = \"example\"", &format!("id = \"{id}\""));
        let own = own.replace("[\"user\", \"traveler\"]", personas);
        format!("[[contract]]{}", own.replace("America/New_York", zone))
    };
    let all = [
        of("users", "[\"user\"]", "America/New_York"),
        of("travelers", "[\"traveler\"]", "America/New_York"),
        of("both", "[\"user\", \"traveler\"]", "Asia/Kolkata"),
    ];
    fs::write(root.join("three.toml"), format!("{head}{}", all.concat())).expect("it is written");
}

/// All files below a directory, by their paths.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut open = vec![root.to_owned()];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).expect("it is there") {
            let path = entry.expect("it is read").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path
                    .strip_prefix(root)
                    .expect("below")
                    .display()
                    .to_string();
                found.insert(name, fs::read(&path).expect("it is there"));
            }
        }
    }
    found
}

#[test]
fn all_at_once_are_what_each_is_alone() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    records::write(root);
    three_contracts(root);
    let output = reporter(root, "month 2018-12 --each --plan three.toml --out all");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    let said: Vec<&str> = said.lines().collect();
    assert_eq!(
        said,
        ["users", "travelers", "both"].map(|id| format!("{id}: Issued as revision 1."))
    );
    for id in ["users", "travelers", "both"] {
        let line = format!("month 2018-12 --contract {id} --plan three.toml --out alone/{id}");
        let alone = reporter(root, &line);
        assert!(alone.status.success(), "{}", text(&alone.stderr));
    }
    let (all, alone) = (files(&root.join("all")), files(&root.join("alone")));
    assert_eq!(
        all.keys().collect::<Vec<_>>(),
        alone.keys().collect::<Vec<_>>()
    );
    for (name, bytes) in &all {
        assert!(alone[name] == *bytes, "{name} differs");
    }
    let told = reporter(
        root,
        "month 2018-12 --each --plan three.toml --out all --json",
    );
    let told: Value = serde_json::from_slice(&told.stdout).expect("JSON");
    let reports = told["reports"].as_array().expect("a list");
    let outcomes: Vec<_> = reports
        .iter()
        .map(|one| (&one["contract"], &one["outcome"]))
        .collect();
    assert_eq!(outcomes.len(), 3);
    assert!(
        outcomes.iter().all(|(_, outcome)| *outcome == "unchanged"),
        "{told}"
    );
}

#[test]
fn a_report_that_cannot_be_written_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let root = directory.path();
    records::write(root);
    three_contracts(root);
    fs::create_dir(root.join("all")).expect("a directory");
    fs::write(root.join("all/travelers"), "in the way").expect("it is written");
    let output = reporter(root, "month 2018-12 --each --plan three.toml --out all");
    assert_eq!(output.status.code(), Some(74), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(
        said.contains("contract travelers") && said.contains("all/travelers"),
        "{said}"
    );
    assert!(output.stdout.is_empty());
    let output = reporter(root, "month 2018-12 --each --contract users --out all");
    assert_eq!(output.status.code(), Some(64), "{}", text(&output.stderr));
}
