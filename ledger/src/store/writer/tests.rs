//! The writer against crashes, second writers, wrong files and full disks; reading against the pure fold.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;

use proptest::prelude::*;

use super::*;
use crate::histogram::{self, Open, Pace};
use crate::run::{Entry, Grid, Grids, fold};
use crate::store::sample::{self, ALWAYS, agent, attempts, name, plan};
use crate::store::{Judged, LatencyQuery, Reader};
use crate::time::Timestamp;

fn open(path: &Path) -> Writer {
    Writer::open(path, &agent("eu-1"), &plan()).expect("the record opens")
}

fn reader(path: &Path) -> Reader {
    Reader::open(&[path.to_owned()]).expect("the record can be read")
}

/// What the record must say after exactly `all`: entries by probe, and distributions.
fn expected(all: &[Attempt]) -> (BTreeMap<Name, Vec<Entry>>, Open) {
    let plan = plan();
    let mut by_probe: BTreeMap<Name, Vec<Attempt>> = BTreeMap::new();
    let mut open = Open::new();
    for attempt in all {
        by_probe
            .entry(attempt.probe.clone())
            .or_default()
            .push(attempt.clone());
        let slice = histogram::Slice::hour_of(attempt.tick);
        histogram::record(&mut open, attempt, Pace::of(&plan.probes[0]), slice);
    }
    let entries = by_probe.into_iter().map(|(probe, attempts)| {
        let grid = Grid::of(&plan, &probe).expect("planned");
        let entries = fold(&attempts, &Grids::from([(plan.version(), grid)]));
        (probe, entries)
    });
    open.retain(|key, _| key.view == histogram::View::Success);
    (entries.collect(), open)
}

fn found(path: &Path) -> (BTreeMap<Name, Vec<Entry>>, Open) {
    let reader = reader(path);
    let record = reader.record(ALWAYS).expect("readable");
    let entries = record
        .series
        .into_iter()
        .map(|series| (series.probe, series.entries));
    let latency = reader
        .latency(&LatencyQuery::success(ALWAYS))
        .expect("readable");
    (
        entries.collect(),
        latency
            .into_iter()
            .map(|row| (row.key, row.distribution))
            .collect(),
    )
}

fn numbers(path: &Path) -> Vec<u64> {
    let reader = reader(path);
    let mut numbers: Vec<u64> = [name("login"), name("door")]
        .iter()
        .flat_map(|probe| reader.attempts(probe, ALWAYS).expect("readable"))
        .map(|(_, attempt)| attempt.sequence)
        .collect();
    numbers.sort_unstable();
    numbers
}

/// Something a test does to a writer.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Append(u64),
    Again,
    Seal,
    SealAll,
    Fold,
    Crash,
    Close,
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        4 => (1_u64..120).prop_map(Deed::Append),
        1 => Just(Deed::Again),
        1 => Just(Deed::Seal),
        2 => Just(Deed::SealAll),
        1 => Just(Deed::Fold),
        1 => Just(Deed::Crash),
        1 => Just(Deed::Close),
    ];
    prop::collection::vec(deed, 1..14)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn whatever_was_sealed_folded_or_cut_short_the_record_is_the_fold_of_all_attempts(deeds in deeds()) {
        let (_directory, path) = sample::place();
        let mut writer = open(&path);
        let mut last = 0;
        for deed in deeds {
            match deed {
                Deed::Append(count) => {
                    writer.append(&attempts(last + 1..=last + count)).expect("appended");
                    last += count;
                }
                Deed::Again if last > 0 => writer.append(&attempts(last.div_ceil(2)..=last)).expect("ignored"),
                Deed::Again => {}
                Deed::Seal => writer.seal().expect("sealed"),
                Deed::SealAll => writer.seal_all().expect("sealed"),
                Deed::Fold => writer.fold().expect("folded"),
                Deed::Crash => {
                    drop(writer);
                    writer = open(&path);
                }
                Deed::Close => {
                    writer.close().expect("closed");
                    writer = open(&path);
                }
            }
            prop_assert_eq!(writer.next_sequence(), last + 1);
        }
        let all = attempts(1..=last);
        prop_assert_eq!(found(&path), expected(&all));
        prop_assert_eq!(numbers(&path), (1..=last).collect::<Vec<u64>>());
    }
}

#[test]
fn a_crash_between_sealing_and_folding_is_made_good_when_opened_again() {
    let (_directory, path) = sample::place();
    let mut writer = open(&path);
    writer.append(&attempts(1..=500)).expect("appended");
    writer.seal_all().expect("sealed");
    assert_eq!(writer.folded_before, 1, "not folded yet");
    drop(writer);
    assert_eq!(
        found(&path),
        expected(&attempts(1..=500)),
        "read before it is made good"
    );
    assert_eq!(open(&path).folded_before, 501);
    assert_eq!(found(&path), expected(&attempts(1..=500)), "and after");
}

#[test]
fn a_fold_that_fails_changes_nothing_and_can_be_repeated() {
    let (_directory, path) = sample::place();
    let mut writer = open(&path);
    writer.append(&attempts(1..=100)).expect("appended");
    writer.seal_all().expect("sealed");
    let planned = writer.planned.clone();
    let failed = writer.write(|transaction, id| {
        folding::fold(transaction, id, 1, &planned).map(drop)?;
        Err::<(), Fault>(Fault::Sql(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL),
            None,
        )))
    });
    assert!(matches!(failed, Err(StoreError::Full(_))));
    writer.fold().expect("repeated");
    assert_eq!(found(&path), expected(&attempts(1..=100)));
}

#[test]
fn a_closed_record_is_one_private_file_with_the_same_bytes_every_time() {
    let bytes: Vec<Vec<u8>> = (0..2)
        .map(|_| {
            let (directory, path) = sample::place();
            let mut writer = open(&path);
            writer.append(&attempts(1..=300)).expect("appended");
            writer.close().expect("closed");
            let mode =
                |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(path.parent().expect("a directory")), 0o700);
            let files = std::fs::read_dir(directory.path().join("data"))
                .expect("there")
                .count();
            assert_eq!(files, 2, "the record and its lock");
            std::fs::read(&path).expect("readable")
        })
        .collect();
    assert!(bytes[0] == bytes[1]);
}

#[test]
fn numbers_go_on_without_gaps() {
    let mut writer = Writer::in_memory(&agent("eu-1"), &plan()).expect("memory");
    writer.append(&attempts(1..=3)).expect("appended");
    let error = writer.append(&attempts(5..=6)).expect_err("a gap");
    insta::assert_snapshot!(error, @"attempt 5 cannot follow in :memory:; number 4 comes next");
    assert_eq!(writer.next_sequence(), 4);
    let mut stranger = sample::attempt(4);
    stranger.plan = 7;
    let error = writer.append(&[stranger]).expect_err("unknown plan");
    insta::assert_snapshot!(error, @"plan version 00000007 or its probe door is not known to :memory:; register the plan first");
}

#[test]
fn one_writer_and_one_agent_per_file() {
    let (_directory, path) = sample::place();
    let first = open(&path);
    let locked = Writer::open(&path, &agent("eu-1"), &plan());
    assert!(matches!(locked, Err(StoreError::Locked(_))), "{locked:?}");
    drop(first);
    let error = Writer::open(&path, &agent("us-1"), &plan()).expect_err("of another agent");
    assert!(error.to_string().ends_with(
        "is the record of agent eu-1 in region eu, not of agent us-1 in region eu; name another file"
    ));
}

#[test]
fn a_full_disk_loses_nothing_that_was_acknowledged() {
    let (_directory, path) = sample::place();
    let mut writer = open(&path);
    writer.append(&attempts(1..=10)).expect("appended");
    let pages: i64 = writer
        .db
        .connection()
        .pragma_query_value(None, "page_count", |row| row.get(0))
        .expect("a count");
    writer
        .db
        .connection()
        .pragma_update(None, "max_page_count", pages + 2)
        .expect("set");
    let error = writer.append(&attempts(11..=2_000)).expect_err("full");
    assert!(matches!(error, StoreError::Full(_)), "{error}");
    assert_eq!(writer.next_sequence(), 11);
    writer
        .db
        .connection()
        .pragma_update(None, "max_page_count", 1_000_000)
        .expect("set");
    writer
        .append(&attempts(11..=2_000))
        .expect("there is space again");
    drop(writer);
    assert_eq!(found(&path), expected(&attempts(1..=2_000)));
}

#[test]
fn sealing_waits_until_a_batch_is_worth_it_and_folding_for_the_hour() {
    let mut writer = Writer::in_memory(&agent("eu-1"), &plan()).expect("memory");
    for (last, unsealed, folded_before) in [
        (119, 119, 1), // an hour is 120 attempts
        (121, 121, 122),
        (999, 999, 1_000),
        (1_003, 3, 1_004), // a batch that was folded in part counts whole
    ] {
        writer
            .append(&attempts(writer.next_sequence()..=last))
            .expect("appended");
        writer.seal().expect("sealed");
        assert_eq!(
            (writer.unsealed(), writer.folded_before),
            (unsealed, folded_before),
            "{last}"
        );
    }
}

#[test]
fn after_a_failed_write_nothing_is_tried_again() {
    let (_directory, path) = sample::place();
    let mut writer = open(&path);
    writer.append(&attempts(1..=10)).expect("appended");
    let failed = writer.write(|_, _| {
        let error = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC);
        Err::<(), Fault>(Fault::Sql(rusqlite::Error::SqliteFailure(error, None)))
    });
    assert!(
        matches!(failed, Err(StoreError::Failed { .. })),
        "{failed:?}"
    );
    let error = writer.append(&attempts(11..=11)).expect_err("not tried");
    assert!(error.to_string().ends_with(
        "failed: an earlier write failed; open it again, what was acknowledged is safe"
    ));
    drop(writer);
    let mut again = open(&path);
    again.append(&attempts(11..=11)).expect("appended");
    assert_eq!(numbers(&path), (1..=11).collect::<Vec<u64>>());
}

#[test]
fn the_settings_that_durability_needs_are_in_force() {
    use rusqlite::types::Value;
    let (_directory, path) = sample::place();
    let writer = open(&path);
    let value = |pragma: &str| -> Value {
        let value = writer
            .db
            .connection()
            .pragma_query_value(None, pragma, |row| row.get(0));
        value.expect("known")
    };
    for (pragma, expected) in [
        ("journal_mode", Value::Text("wal".to_owned())),
        ("synchronous", Value::Integer(2)),
        ("locking_mode", Value::Text("normal".to_owned())),
        ("trusted_schema", Value::Integer(0)),
        ("cell_size_check", Value::Integer(1)),
        ("foreign_keys", Value::Integer(1)),
        ("journal_size_limit", Value::Integer(16_777_216)),
        ("user_version", Value::Integer(1)),
    ] {
        assert_eq!(value(pragma), expected, "{pragma}");
    }
    let defensive = rusqlite::config::DbConfig::SQLITE_DBCONFIG_DEFENSIVE;
    assert!(writer.db.connection().db_config(defensive).expect("known"));
}

#[test]
fn outages_of_a_contract_are_replaced_from_an_instant_on() {
    let (_directory, path) = sample::place();
    let mut writer = open(&path);
    let outage = |at: i64| crate::store::OutageRow {
        start: [at - 1, at, at + 1].map(Timestamp),
        end: [at + 8, at + 9, at + 10].map(Timestamp),
        open: false,
        length: [7, 9, 11].map(Millis),
        counted: [7, 9, 11].map(Millis),
        edges: "fused",
        personas: r#"["user"]"#.to_owned(),
        regions: r#"["eu"]"#.to_owned(),
        classes: r#"{"status":3}"#.to_owned(),
        session_only: false,
        borderline: false,
        confirmed: Timestamp(at + 2),
    };
    let judged = |contract: &str, until: i64| Judged {
        contract: name(contract),
        contract_hash: "abc".to_owned(),
        program: "1".to_owned(),
        settled_before: Timestamp(until - 100),
        judged_until: Timestamp(until),
    };
    let always = Timestamp(i64::MIN);
    writer
        .write_outages(&judged("gold", 400), always, &[outage(100), outage(200)])
        .expect("written");
    writer
        .write_outages(&judged("tin", 400), always, &[outage(100)])
        .expect("written");
    writer
        .write_outages(
            &judged("gold", 900),
            Timestamp(150),
            &[outage(210), outage(800)],
        )
        .expect("written again");
    let known = || {
        sample::texts(
            &path,
            "SELECT concat_ws(' ', contract, number, start_estimate) FROM outage",
        )
    };
    assert_eq!(
        known(),
        ["gold 1 100", "gold 2 210", "gold 3 800", "tin 1 100"]
    );
    let found = writer.judged(&name("gold")).expect("readable");
    assert_eq!(found, Some(judged("gold", 900)));
    writer.keep_outages_of(&[name("tin")]).expect("removed");
    assert_eq!(known(), ["tin 1 100"]);
    assert_eq!(writer.judged(&name("gold")).expect("readable"), None);
}
