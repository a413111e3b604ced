use std::panic::{AssertUnwindSafe, catch_unwind};

use super::*;
use crate::store::both::{Backend, on_both};

/// Whether a commit of this connection would wait for the disk.
fn is_synced(db: &Db) -> bool {
    if db.is_postgres() {
        let how: String = db
            .one("SHOW synchronous_commit", &[], |row| row.get(0))
            .expect("PostgreSQL says it");
        return how == "on";
    }
    let how: i64 = db
        .one("PRAGMA synchronous", &[], |row| row.get(0))
        .expect("SQLite says it");
    how == 2
}

fn add(db: &Db, name: &str) -> Result<bool, Fault> {
    db.execute("INSERT INTO probe (name) VALUES (?1)", &values![name])?;
    Ok(is_synced(db))
}

fn names(db: &Db) -> Vec<String> {
    db.list("SELECT name FROM probe ORDER BY id", &[], |row| row.get(0))
        .expect("reads")
}

fn only_what_can_be_done_again_waits_for_no_disk(backend: Backend) {
    let made = backend.make();
    let mut db = Db::open(&made.place()).expect("opens");
    assert!(db.transact(|db| add(db, "one")).expect("is done"));
    let synced = db.transact_repeatable(|db| add(db, "two"));
    assert!(!synced.expect("is done"));
    assert!(db.transact(|db| add(db, "three")).expect("is done"));

    // However it ends, the next transaction waits again, and nothing is left of it.
    let failed = db.transact_repeatable(|db| {
        add(db, "four")?;
        add(db, "four")
    });
    assert!(failed.is_err());
    assert!(is_synced(&db));
    let crashed = catch_unwind(AssertUnwindSafe(|| {
        db.transact_repeatable(|db| -> Result<(), Fault> {
            add(db, "five")?;
            panic!("planted")
        })
    }));
    assert!(crashed.is_err());
    assert!(db.transact(|db| add(db, "six")).expect("is done"));
    assert_eq!(names(&db), ["one", "two", "three", "six"]);
}

on_both!(only_what_can_be_done_again_waits_for_no_disk);
