//! Whether all files are there, no other ones, and each as it was.

use std::collections::{BTreeMap, BTreeSet};

use super::Flaws;
use crate::bundle::{
    CHECKPOINT, CORRECTIONS, ENTRIES, EXCLUSIONS, Files, MANIFEST, Manifest, PLAN, PROOF, README,
    REPORT, SUMS, agent_file, hash_of, plan_file, sums,
};
use crate::plan::Plan;

pub(super) fn check(files: &Files, manifest: &Manifest, flaws: &mut Flaws) {
    listed(files, flaws);
    if files.get(MANIFEST) != Some(&manifest.bytes()) {
        flaws.add(MANIFEST, "it is not written as this program writes it");
    }
    if !manifest.agents.is_sorted_by(|a, b| a.name < b.name) {
        flaws.add(
            MANIFEST,
            "its agents are not in order, or one stands there twice",
        );
    }
    let mut needed: BTreeSet<String> = [README, MANIFEST, SUMS, REPORT, PLAN]
        .map(String::from)
        .into();
    needed.extend(
        manifest
            .agents
            .iter()
            .map(|one| agent_file(one.name.as_str())),
    );
    let log = [CHECKPOINT, ENTRIES, PROOF];
    if log.iter().any(|name| files.contains_key(*name)) {
        needed.extend(log.map(String::from));
    }
    for name in &needed {
        if !files.contains_key(name) {
            flaws.add(name, "the file is missing");
        }
    }
    let may = |name: &str| {
        name.starts_with("plan-")
            || name.starts_with("note-")
            || [EXCLUSIONS, CORRECTIONS].contains(&name)
    };
    for name in files
        .keys()
        .filter(|name| !needed.contains(*name) && !may(name))
    {
        flaws.add(name, "the file does not belong here");
    }
}

/// Holds every file against [`SUMS`], and the list against what it should be.
fn listed(files: &Files, flaws: &mut Flaws) {
    let Some(found) = files.get(SUMS) else {
        return;
    };
    let listed: BTreeMap<&str, &str> = std::str::from_utf8(found)
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, name)| (name, sum))
        .collect();
    let mut as_listed = true;
    for (name, content) in files.iter().filter(|(name, _)| name.as_str() != SUMS) {
        let what = match listed.get(name.as_str()) {
            Some(sum) if *sum == hash_of(content).to_string() => continue,
            Some(_) => "the file is not what it was: its SHA-256 is another one than in SHA256SUMS",
            None => "the file was put in: SHA256SUMS does not name it",
        };
        as_listed = false;
        flaws.add(name, what);
    }
    for name in listed.keys().filter(|name| !files.contains_key(**name)) {
        as_listed = false;
        flaws.add(name, "the file was taken out: SHA256SUMS names it");
    }
    if as_listed && found != sums(files).as_bytes() {
        flaws.add(SUMS, "it is not written as this program writes it");
    }
}

/// The plans by version; one that is not what its name says is a flaw and left out.
pub(super) fn plans(files: &Files, flaws: &mut Flaws) -> BTreeMap<u32, Plan> {
    let mut plans = BTreeMap::new();
    for (name, content) in files.iter().filter(|(name, _)| name.starts_with("plan-")) {
        let plan: Plan = match serde_json::from_slice(content) {
            Ok(plan) => plan,
            Err(error) => {
                flaws.add(name, format!("it is no plan: {error}"));
                continue;
            }
        };
        let [a, b, c, d, ..] = hash_of(content).0;
        let version = u32::from_be_bytes([a, b, c, d]);
        if plan_file(version) != *name {
            flaws.add(name, "the plan is another one than its name says");
            continue;
        }
        plans.insert(version, plan);
    }
    plans
}
