//! What only PostgreSQL can do wrong: shape, migrations, months, locks, lost connections.

mod shape;

use ::postgres::{Client, NoTls};

use crate::store::both::told;
use crate::store::db::{Db, values};
use crate::store::error::Fault;
use crate::store::sample::{self, agent, attempts, plan};
use crate::store::{Place, Reader, StoreError, Writer};
use crate::testing::at;
use crate::testing::cluster::cluster;

fn database() -> Place {
    Place::Postgres(cluster().database())
}

fn client(place: &Place) -> Client {
    let Place::Postgres(url) = place else {
        panic!("{place} is no database");
    };
    Client::connect(url, NoTls).expect("reached")
}

fn open(place: &Place) -> Writer {
    Writer::open(place, &agent("eu-1"), &plan()).expect("the record opens")
}

/// The message without the directory of the cluster.
fn message(error: &StoreError, place: &Place) -> String {
    error.to_string().replace(&place.to_string(), "PLACE")
}

/// Tables, views and indexes with their columns, as one says and the other.
fn many_begin_a_record_at_once() {
    let place = database();
    let names = ["a", "b", "c", "d"];
    std::thread::scope(|scope| {
        for name in names {
            let place = &place;
            scope.spawn(move || {
                let mut writer = Writer::open(place, &agent(name), &plan()).expect("opens");
                writer.append(&attempts(1..=150)).expect("appended");
                writer.close().expect("closed");
            });
        }
    });
    let reader = Reader::open(&[place]).expect("opens");
    assert_eq!(reader.agents(), names.map(agent));
    let record = reader.record(sample::ALWAYS).expect("readable");
    assert_eq!(record.series.len(), 2 * names.len());
}

fn an_agent_has_one_writer_and_others_write_beside_it() {
    let place = database();
    let first = open(&place);
    let second = Writer::open(&place, &agent("eu-1"), &plan());
    assert!(matches!(second, Err(StoreError::Locked(_))), "{second:?}");
    drop(Writer::open(&place, &agent("us-1"), &plan()).expect("another agent"));
    drop(first);
    drop(open(&place));
    let moved = crate::record::Agent {
        region: sample::name("us"),
        ..agent("eu-1")
    };
    let error = Writer::open(&place, &moved, &plan()).expect_err("in another region");
    insta::assert_snapshot!(message(&error, &place), @"PLACE is the record of agent eu-1 in region eu, not of agent eu-1 in region us; name another database");
}

fn note(db: &Db, line: i64) -> Result<u64, Fault> {
    db.execute(
        "INSERT INTO readme (line, text) VALUES (?1, 'x')",
        &values![line],
    )
}

fn notes(place: &Place) -> Vec<String> {
    sample::texts(
        place,
        "SELECT CAST(line AS TEXT) FROM readme WHERE text = 'x' ORDER BY line",
    )
}

fn a_failed_statement_that_is_passed_over_spoils_the_transaction() {
    let place = database();
    let mut db = Db::open(&place).expect("opens");
    let done = db.transact(|db| {
        note(db, 100)?;
        drop(note(db, 100).expect_err("it is there"));
        Ok(())
    });
    let told = done
        .expect_err("PostgreSQL would have said that it was committed")
        .to_string();
    assert_eq!(
        told,
        "a row of transaction: a failed statement was passed over"
    );
    assert_eq!(notes(&place), [""; 0]);
    db.transact(|db| note(db, 101))
        .expect("the next one is a new one");
    assert_eq!(notes(&place), ["101"]);
}

fn a_panic_undoes_the_transaction() {
    let place = database();
    let mut db = Db::open(&place).expect("opens");
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        let done: Result<(), Fault> = db.transact(|db| {
            note(db, 100)?;
            panic!("in the middle");
        });
        drop(done);
    }));
    assert!(panicked.is_err());
    db.transact(|db| note(db, 101)).expect("it goes on");
    assert_eq!(notes(&place), ["101"]);
}

/// Ends all connections to a database but one's own.
fn cut(place: &Place) {
    let sql = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    client(place).execute(sql, &[]).expect("a superuser may");
}

fn a_connection_that_ends_loses_nothing_that_was_acknowledged() {
    let place = database();
    let mut writer = open(&place);
    writer.append(&attempts(1..=10)).expect("appended");
    cut(&place);
    let error = writer
        .append(&attempts(11..=20))
        .expect_err("the connection is gone");
    assert!(matches!(error, StoreError::Failed { .. }), "{error}");
    drop(writer);
    let mut again = open(&place);
    assert_eq!(again.next_sequence(), 11);
    again.append(&attempts(11..=20)).expect("appended");
    let mut db = Db::open(&place).expect("opens");
    let done = db.transact(|db| {
        note(db, 100)?;
        cut(&place);
        Ok(())
    });
    drop(done.expect_err("nobody said that it was committed"));
    assert_eq!(notes(&place), [""; 0]);
}

fn months_are_made_while_others_fold() {
    let place = database();
    let (mut one, mut other) = (
        Db::open(&place).expect("opens"),
        Db::open(&place).expect("opens"),
    );
    let put = |db: &Db, month: &str, probe: i64| -> Result<(), Fault> {
        let start = at(&format!("2018-{month}-15T00:00:00Z"));
        db.make_month(start)?;
        let sql = "INSERT INTO latency VALUES (1, 'hour', 'UTC', ?1, ?2, 0, 0, ?3, NULL)";
        db.execute(sql, &values![start, probe, &[0_u8; 1]])?;
        Ok(())
    };
    // Each has put something into a month already, and needs another one before it ends.
    one.transact(|one| {
        put(one, "11", 1)?;
        other.transact(|other| {
            put(other, "11", 2)?;
            put(other, "12", 2)?;
            put(one, "12", 1)?;
            put(one, "10", 1)?;
            put(other, "10", 2)
        })?;
        put(one, "09", 1)
    })
    .expect("nobody waits for anybody");
    let count = "SELECT CAST(count(*) AS TEXT) FROM latency";
    assert_eq!(sample::texts(&place, count), ["7"]);
}

fn a_month_is_a_table_of_its_own() {
    let place = database();
    let mut writer = open(&place);
    writer.append(&attempts(1..=300)).expect("appended");
    writer.close().expect("closed");
    let parts = "SELECT inhrelid::REGCLASS::TEXT COLLATE \"C\" FROM pg_inherits \
        JOIN pg_class ON pg_class.oid = inhrelid WHERE relkind = 'r' ORDER BY 1";
    assert_eq!(
        sample::texts(&place, parts),
        [
            "batch_body_2018_12",
            "latency_2018_12",
            "near_2018_12",
            "run_2018_12",
            "tick_2018_12"
        ]
    );
    let db = Db::open(&place).expect("opens");
    let odd = db
        .make_month(crate::time::Timestamp(i64::MAX))
        .expect_err("no month");
    insta::assert_snapshot!(odd, @"a row of month: 9223372036854775807 is no instant of any year to 9998");
}

fn what_one_reader_sees_another_may_see_too() {
    let place = database();
    let mut writer = open(&place);
    writer.append(&attempts(1..=10)).expect("appended");
    let count = |db: &Db| -> i64 {
        db.one("SELECT count(*) FROM attempt", &[], |row| row.get(0))
            .expect("counted")
    };
    let first = Db::open_to_read(&place).expect("opens");
    first.begin_snapshot().expect("begun");
    assert_eq!(count(&first), 10);
    writer.append(&attempts(11..=20)).expect("appended");
    let second = Db::open_to_read(&place).expect("opens");
    let shared = first.share_snapshot().expect("shared");
    second.join_snapshot(shared.as_deref()).expect("joined");
    assert_eq!((count(&first), count(&second)), (10, 10));
    let refused = first
        .execute("DELETE FROM attempt", &[])
        .expect_err("it only reads");
    assert!(refused.to_string().contains("db error"), "{refused}");
}

/// One after the other, because a cluster is started for it.
#[test]
fn the_whole_suite() {
    told(
        "both_databases_have_the_same_tables_and_columns",
        shape::both_databases_have_the_same_tables_and_columns,
    );
    told(
        "what_is_newer_foreign_or_not_there_is_refused",
        shape::what_is_newer_foreign_or_not_there_is_refused,
    );
    told(
        "a_database_that_would_lose_or_change_something_is_refused",
        shape::a_database_that_would_lose_or_change_something_is_refused,
    );
    told(
        "a_later_schema_is_reached_whole_or_not_at_all",
        shape::a_later_schema_is_reached_whole_or_not_at_all,
    );
    told("many_begin_a_record_at_once", many_begin_a_record_at_once);
    told(
        "an_agent_has_one_writer_and_others_write_beside_it",
        an_agent_has_one_writer_and_others_write_beside_it,
    );
    told(
        "a_failed_statement_that_is_passed_over_spoils_the_transaction",
        a_failed_statement_that_is_passed_over_spoils_the_transaction,
    );
    told(
        "a_panic_undoes_the_transaction",
        a_panic_undoes_the_transaction,
    );
    told(
        "a_connection_that_ends_loses_nothing_that_was_acknowledged",
        a_connection_that_ends_loses_nothing_that_was_acknowledged,
    );
    told(
        "months_are_made_while_others_fold",
        months_are_made_while_others_fold,
    );
    told(
        "a_month_is_a_table_of_its_own",
        a_month_is_a_table_of_its_own,
    );
    told(
        "what_one_reader_sees_another_may_see_too",
        what_one_reader_sees_another_may_see_too,
    );
    told(
        "people_read_the_same_in_both",
        shape::people_read_the_same_in_both,
    );
}
