//! Tables, migrations, and what is refused.

use super::{client, database, message, open};
use crate::store::db::Db;
use crate::store::postgres::connect::connect;
use crate::store::postgres::schema;
use crate::store::sample::{self, agent, attempts, plan};
use crate::store::{Place, Reader, StoreError, Writer};

pub(super) fn both_databases_have_the_same_tables_and_columns() {
    let lite = Db::in_memory().expect("memory");
    let all = "SELECT concat_ws(' ', t.name, c.name, CASE t.type WHEN 'table' THEN c.type END) \
        FROM sqlite_schema AS t JOIN pragma_table_info(t.name) AS c \
        WHERE t.name NOT LIKE 'sqlite_%' \
        UNION SELECT 'index ' || name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY 1";
    let lite: Vec<String> = lite.list(all, &[], |row| row.get(0)).expect("is text");
    let place = database();
    drop(open(&place));
    let all = "SELECT concat_ws(' ', c.table_name, c.column_name, CASE t.table_type WHEN 'BASE TABLE' THEN \
        CASE c.data_type WHEN 'bigint' THEN 'INTEGER' WHEN 'bytea' THEN 'BLOB' ELSE upper(c.data_type) END END) COLLATE \"C\" AS a \
        FROM information_schema.columns AS c JOIN information_schema.tables AS t USING (table_schema, table_name) \
        WHERE table_schema = current_schema() AND c.table_name <> 'schema_version' \
        UNION SELECT 'index ' || indexname FROM pg_indexes WHERE schemaname = current_schema() AND indexname LIKE '%\\_by\\_%' \
        ORDER BY a";
    let server = sample::texts(&place, all);
    let words = |all: &[String]| all.join("\n");
    assert_eq!(words(&server), words(&lite));
}

pub(super) fn what_is_newer_foreign_or_not_there_is_refused() {
    let place = database();
    let missing = Reader::open(std::slice::from_ref(&place)).expect_err("empty");
    insta::assert_snapshot!(message(&missing, &place), @"there is no record at PLACE; `reporter serve` makes one");
    drop(open(&place));
    sample::edit(&place, "UPDATE schema_version SET version = 99");
    let newer = Writer::open(&place, &agent("eu-1"), &plan()).expect_err("newer");
    insta::assert_snapshot!(message(&newer, &place), @"PLACE has schema 99, this program knows up to 1; update the program");
    let reading = Reader::open(std::slice::from_ref(&place)).expect_err("newer");
    assert_eq!(reading.to_string(), newer.to_string());
    let place = database();
    sample::edit(&place, "CREATE TABLE music (title TEXT)");
    let foreign = Writer::open(&place, &agent("eu-1"), &plan()).expect_err("foreign");
    insta::assert_snapshot!(message(&foreign, &place), @"PLACE is no record: it is another program's database; name another database");
    let nowhere = Place::parse("postgres:///record?host=/nowhere&user=hub&password=s3cret");
    let error = Reader::open(std::slice::from_ref(&nowhere)).expect_err("nobody listens");
    insta::assert_snapshot!(error, @"cannot open postgres:///record?host=/nowhere&user=hub&password=***: No such file or directory (os error 2); check the URL, and that PostgreSQL runs there and lets this user in");
}

pub(super) fn a_database_that_would_lose_or_change_something_is_refused() {
    let place = database();
    sample::edit(
        &place,
        "CREATE DATABASE plain TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'",
    );
    let Place::Postgres(url) = &place else {
        panic!()
    };
    let name = url.split(['/', '?']).nth(3).expect("a name");
    let plain = Place::Postgres(url.replacen(name, "plain", 1));
    let error = Writer::open(&plain, &agent("eu-1"), &plan()).expect_err("no UTF-8");
    insta::assert_snapshot!(message(&error, &plain), @"cannot set the encoding UTF8 on PLACE; found SQL_ASCII");
    // What a server sets for everybody is set again for the record.
    sample::edit(
        &place,
        &format!("ALTER DATABASE {name} SET synchronous_commit = off"),
    );
    let mut client = connect(url).expect("accepted");
    let set: String = client
        .query_one("SHOW synchronous_commit", &[])
        .expect("known")
        .get(0);
    assert_eq!(set, "on");
}

pub(super) fn a_later_schema_is_reached_whole_or_not_at_all() {
    let place = database();
    let mut writer = open(&place);
    writer.append(&attempts(1..=300)).expect("appended");
    writer.close().expect("closed");
    let mut client = client(&place);
    let broken = [
        schema::RECORD[0],
        "CREATE TABLE later (a BIGINT); SELECT 1 / 0",
    ];
    schema::migrate(&mut client, &place, &broken).expect_err("it divides by zero");
    drop(open(&place));
    let later = [
        schema::RECORD[0],
        "CREATE TABLE later (a BIGINT); ALTER TABLE batch ADD COLUMN colour TEXT",
    ];
    let old =
        schema::check_known(&mut client, &place, &later).expect_err("a reader changes nothing");
    insta::assert_snapshot!(message(&old, &place), @"PLACE is no record: it is a database of schema 1; `reporter serve` brings it up to date; name another database");
    for _ in 0..2 {
        schema::migrate(&mut client, &place, &later)
            .expect("the second time there is nothing to do");
    }
    schema::check_known(&mut client, &place, &later).expect("as new as can be");
    let kept: i64 = client
        .query_one("SELECT count(*) FROM batch WHERE colour IS NULL", &[])
        .expect("there")
        .get(0);
    assert_eq!(kept, 1, "what was there is there");
    let newer = Writer::open(&place, &agent("eu-1"), &plan()).expect_err("an old program");
    assert!(
        matches!(
            newer,
            StoreError::Newer {
                found: 2,
                known: 1,
                ..
            }
        ),
        "{newer}"
    );
}

pub(super) fn people_read_the_same_in_both() {
    let place = database();
    let (_directory, path) = sample::place();
    let views = [
        "SELECT concat_ws('|', agent, region, probe, tick, grid, verdict, slow, class, step, status, account, attempts, \
         evidence_start, evidence_end, canary, detail) FROM readable_tick ORDER BY tick",
        "SELECT concat_ws('|', agent, region, probe, first_tick, last_tick, ticks) FROM readable_run ORDER BY first_tick",
        "SELECT concat_ws('|', agent, region, probe, first_tick, last_tick, ticks, bytes) FROM readable_near ORDER BY first_tick, probe",
        "SELECT concat_ws('|', agent, sequence, probe, tick, started, took_ms, kind, verdict, detail) FROM readable_attempt ORDER BY sequence",
        "SELECT concat_ws('|', agent, probe, span, zone, start, good, failed, bytes) FROM readable_latency ORDER BY start, probe",
        "SELECT concat_ws('|', agent, epoch, number, first_sequence, last_sequence, first_tick, last_tick, bytes, received, pruned_at) \
         FROM readable_batch ORDER BY number",
        "SELECT text FROM readme WHERE line <> 3 AND text NOT LIKE 'outage:%' ORDER BY line",
    ];
    let read = |place: Place| {
        let mut writer = open(&place);
        writer.append(&attempts(1..=1_200)).expect("appended");
        writer.seal().expect("sealed");
        writer.fold().expect("folded");
        drop(writer);
        views.map(|view| sample::texts(&place, view))
    };
    let (server, file) = (read(place), read(path.into()));
    assert!(file.iter().all(|rows| !rows.is_empty()));
    assert_eq!(server, file);
}
