//! A disk that is full, and one that cannot be written.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use crate::support::disk::Disk;
use crate::support::program::{acknowledged, run};
use crate::support::record;
use crate::support::town::Town;

const PLAN: &str = include_str!("../support/plan.toml");

#[test]
fn a_full_disk_is_waited_for_and_loses_nothing() {
    let town = Town::new("");
    let data = town.dir().join("data");
    let Some(disk) = Disk::mount(&data, "size=2m,mode=0700") else {
        return;
    };
    town.plan("probes.toml", PLAN);
    let mut agent = town.agent("east");
    agent.out.until(|line| line == "ack 4\n");
    fill(&data.join("ballast"));
    let said = agent.err.until(|line| line.contains("ERROR"));
    assert!(
        said.contains("no space left to write data/east.db"),
        "{said}"
    );
    fs::remove_file(data.join("ballast")).unwrap();
    agent
        .err
        .until(|line| line.contains("the journal is written again"));
    let ended = agent.leave();
    assert!(ended.status.success(), "{}", ended.err);
    let file = town.record("east");
    let all: Vec<u64> = record::attempts(&file)
        .iter()
        .map(|attempt| attempt.sequence)
        .collect();
    assert_eq!(acknowledged(&ended.out), all);
    assert!(
        (1..).zip(&all).all(|(number, found)| number == *found),
        "{all:?}"
    );
    record::must_be_the_fold_of_its_attempts(&file);
    record::must_be_sound(&file);
    drop(disk);
}

#[test]
fn an_agent_that_is_told_to_stop_does_not_wait_for_a_full_disk() {
    let town = Town::new("");
    let data = town.dir().join("data");
    let Some(_disk) = Disk::mount(&data, "size=2m,mode=0700") else {
        return;
    };
    town.plan("probes.toml", PLAN);
    let mut agent = town.agent("east");
    agent.out.until(|line| line == "ack 4\n");
    fill(&data.join("ballast"));
    agent.err.until(|line| line.contains("ERROR"));
    let ended = agent.leave();
    assert_eq!(ended.status.code(), Some(74), "{}", ended.err);
    let last = ended.err.lines().last().unwrap_or_default();
    assert!(
        last.starts_with("prober: ") && last.contains("no space left"),
        "{last}"
    );
    fs::remove_file(data.join("ballast")).unwrap();
    let all: Vec<u64> = record::attempts(&town.record("east"))
        .iter()
        .map(|attempt| attempt.sequence)
        .collect();
    let said = acknowledged(&ended.out);
    assert!(
        all.starts_with(&said),
        "acknowledged {said:?}, kept {all:?}"
    );
}

#[test]
fn a_directory_that_cannot_be_written_is_named_at_the_start() {
    let town = Town::new("");
    town.plan("probes.toml", PLAN);
    let data = town.dir().join("data");
    let Some(disk) = Disk::mount(&data, "size=1m,mode=0700") else {
        return;
    };
    disk.make_read_only();
    let ended = run(&mut town.agent_command("east"));
    assert_eq!(ended.status.code(), Some(74));
    assert_eq!(
        ended.err,
        "prober: cannot open data/east.db: Read-only file system (os error 30); check the path and its permissions\n"
    );
    assert_eq!(ended.out, "");
}

/// Writes until there is no room left.
fn fill(ballast: &Path) {
    let mut file = File::create(ballast).unwrap();
    while file.write_all(&[0; 512]).is_ok() {}
}
