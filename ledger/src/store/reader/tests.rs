//! Wrong, damaged, copied and forked files, and several agents at once.

use std::path::{Path, PathBuf};

use super::*;
use crate::run::Entry;
use crate::store::both::{Backend, on_both};
use crate::store::sample::{self, ALWAYS, agent, attempts, name, plan};
use crate::store::{LatencyQuery, Writer};
use crate::time::Millis;

fn written(place: impl Into<Place>, agent_name: &str, last: u64) {
    let mut writer = Writer::open(place, &agent(agent_name), &plan()).expect("the record opens");
    writer.append(&attempts(1..=last)).expect("appended");
    writer.close().expect("closed");
}

/// The message without the directory.
fn message(error: &StoreError, path: &Path) -> String {
    let directory = path.parent().expect("a directory").display().to_string();
    error.to_string().replace(&directory, "data")
}

/// What the writer and the reader say of a file that something was done to.
fn refusals(spoil: impl FnOnce(&Path)) -> [String; 2] {
    let (_directory, path) = sample::place();
    written(&path, "eu-1", 300);
    spoil(&path);
    let writing = Writer::open(&path, &agent("eu-1"), &plan()).expect_err("refused");
    let read = Reader::open(std::slice::from_ref(&path)).and_then(|reader| reader.record(ALWAYS));
    [
        message(&writing, &path),
        message(&read.expect_err("refused"), &path),
    ]
}

#[test]
fn a_newer_schema_is_refused() {
    let [writing, reading] = refusals(|path| sample::edit(path, "PRAGMA user_version = 99"));
    insta::assert_snapshot!(writing, @"data/eu-1.db has schema 99, this program knows up to 1; update the program");
    assert_eq!(writing, reading);
}

#[test]
fn a_foreign_database_is_refused() {
    let [writing, reading] = refusals(|path| {
        std::fs::remove_file(path).expect("removed");
        sample::edit(path, "CREATE TABLE music (title TEXT)");
    });
    insta::assert_snapshot!(writing, @"data/eu-1.db is no record: it is another program's SQLite file (application id 0x0); name another file");
    assert_eq!(writing, reading);
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let [writing, reading] =
        refusals(|path| std::fs::write(path, "day,downtime\n".repeat(100)).expect("written"));
    insta::assert_snapshot!(writing, @"data/eu-1.db is no record: it is no SQLite file; name another file");
    assert_eq!(writing, reading);
}

#[test]
fn a_truncated_file_is_damaged() {
    let [writing, reading] = refusals(|path| {
        let file = std::fs::OpenOptions::new()
            .write(true)
            .open(path)
            .expect("opens");
        file.set_len(20_000).expect("cut");
    });
    assert!(
        writing.starts_with("data/eu-1.db is damaged: "),
        "{writing}"
    );
    assert!(
        reading.starts_with("data/eu-1.db is damaged: "),
        "{reading}"
    );
}

fn a_damaged_batch_is_found_where_it_is_read(backend: Backend) {
    let made = backend.make();
    let place = made.place();
    written(&place, "eu-1", 300);
    sample::edit(&place, backend.zero_bodies());
    let reader = Reader::open(std::slice::from_ref(&place)).expect("opens");
    let error = reader
        .attempts(&name("login"), ALWAYS)
        .expect_err("damaged");
    let told = error.to_string().replace(&place.to_string(), "PLACE");
    let what = "batch 1: the batch is damaged: its hash does not fit its bytes";
    assert_eq!(
        told,
        format!("PLACE is damaged: {what}; {}", place.way_out())
    );
}

#[test]
fn a_missing_file_is_named() {
    let path = PathBuf::from("nowhere/eu-1.db");
    let error = Reader::open(&[path]).expect_err("missing");
    insta::assert_snapshot!(error, @"there is no record at nowhere/eu-1.db; `prober agent` makes one");
}

#[test]
fn a_directory_in_the_way_is_unreadable() {
    let (_directory, path) = sample::place();
    std::fs::create_dir_all(&path).expect("made");
    let error = Writer::open(&path, &agent("eu-1"), &plan()).expect_err("refused");
    insta::assert_snapshot!(
        message(&error, &path),
        @"cannot open data/eu-1.db: unable to open database file: data/eu-1.db; check the path and its permissions"
    );
    let error = Reader::open(std::slice::from_ref(&path)).expect_err("refused");
    insta::assert_snapshot!(
        message(&error, &path),
        @"cannot open data/eu-1.db: it is a directory; check the path and its permissions"
    );
}

fn several_agents_are_read_together(backend: Backend) {
    let made = backend.make();
    let (place, other) = (made.place(), made.another("us-1"));
    written(&place, "eu-1", 300);
    written(&other, "us-1", 200);
    let reader = Reader::open(&[other, place]).expect("opens");
    let record = reader.record(ALWAYS).expect("readable");
    let series: Vec<String> = record
        .series
        .iter()
        .map(|series| format!("{} {}", series.agent, series.probe))
        .collect();
    assert_eq!(
        series,
        ["eu-1 door", "eu-1 login", "us-1 door", "us-1 login"]
    );
    assert_eq!(record.agents, [agent("eu-1"), agent("us-1")]);
    assert_eq!(
        record.plans.into_iter().collect::<Vec<_>>(),
        [(plan().version(), plan())]
    );
    let success = LatencyQuery::success(ALWAYS);
    let rows = reader.latency(&success).expect("readable");
    let counted: u64 = rows
        .iter()
        .filter(|row| row.key.measure == crate::histogram::Measure::Total)
        .map(|row| row.distribution.count())
        .sum();
    let good = |last| {
        attempts(1..=last)
            .iter()
            .filter(|attempt| attempt.total.is_some())
            .count()
    };
    assert_eq!(usize::try_from(counted), Ok(good(300) + good(200)));
}

fn only_what_touches_the_period_is_read(backend: Backend) {
    let made = backend.make();
    let place = made.place();
    written(&place, "eu-1", 2_000);
    let reader = Reader::open(&[place]).expect("opens");
    let start = sample::MORNING + Millis::from_mins(60);
    let hour = Interval::new(start, start + Millis::from_mins(60));
    let whole = reader.record(ALWAYS).expect("readable");
    let part = reader.record(hour).expect("readable");
    let (whole, part) = (&whole.series[1].entries, &part.series[1].entries);
    let touching: Vec<&Entry> = whole
        .iter()
        .filter(|entry| entry.span().start < hour.end && entry.span().end >= hour.start)
        .collect();
    assert!(!part.is_empty() && part.len() < whole.len());
    assert_eq!(part.iter().collect::<Vec<_>>(), touching);
}

#[test]
fn a_copy_is_read_once_and_a_fork_is_refused() {
    let (directory, path) = sample::place();
    let mut writer = Writer::open(&path, &agent("eu-1"), &plan()).expect("the record opens");
    writer.append(&attempts(1..=100)).expect("appended");
    writer.seal().expect("sealed");
    writer.append(&attempts(101..=150)).expect("appended");
    let copy = directory.path().join("copy.db");
    writer.backup(&copy).expect("copied");
    writer.append(&attempts(151..=200)).expect("appended");
    writer.close().expect("closed");
    let both = Reader::open(&[copy.clone(), path.clone()]).expect("the same as far as it goes");
    assert_eq!(
        both.record(ALWAYS).expect("readable"),
        Reader::open(std::slice::from_ref(&path))
            .and_then(|one| one.record(ALWAYS))
            .expect("readable")
    );
    drop(both);
    sample::edit(
        &copy,
        "UPDATE attempt SET status = 418 WHERE sequence = 120",
    );
    let error = Reader::open(&[copy, path.clone()]).expect_err("a fork");
    assert!(
        message(&error, &path).contains("both claim to be agent eu-1 and disagree"),
        "{error}"
    );
}

#[test]
fn a_record_at_rest_can_be_read_where_nothing_can_be_written() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_directory, path) = sample::place();
    written(&path, "eu-1", 50);
    let directory = path.parent().expect("a directory");
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o500)).expect("set");
    let record = Reader::open(std::slice::from_ref(&path)).and_then(|reader| reader.record(ALWAYS));
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700)).expect("set");
    assert_eq!(record.expect("readable").series.len(), 2);
}

fn a_reader_sees_one_instant_and_knows_its_extent_and_plan(backend: Backend) {
    let made = backend.make();
    let place = made.place();
    let mut writer = Writer::open(&place, &agent("eu-1"), &plan()).expect("the record opens");
    let fresh = Reader::open(std::slice::from_ref(&place)).expect("opens");
    assert_eq!(
        fresh.latest_plan().expect("readable"),
        Some(plan().version())
    );
    writer.append(&attempts(1..=1_200)).expect("appended");
    writer.seal().expect("sealed");
    assert_eq!(
        fresh.extent().expect("readable"),
        None,
        "it looks at the past"
    );
    let reader = Reader::open(std::slice::from_ref(&place)).expect("opens");
    let last = sample::MORNING + Millis(1_199 * 30_000);
    let extent = Interval::new(sample::MORNING, last + Millis(1));
    assert_eq!(reader.extent().expect("readable"), Some(extent));
    assert_eq!(
        reader.latest_plan().expect("readable"),
        Some(plan().version())
    );
    assert_eq!(reader.agents(), [agent("eu-1")]);
}

on_both!(
    a_damaged_batch_is_found_where_it_is_read,
    several_agents_are_read_together,
    only_what_touches_the_period_is_read,
    a_reader_sees_one_instant_and_knows_its_extent_and_plan,
);
