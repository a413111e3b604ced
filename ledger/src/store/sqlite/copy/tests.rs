use super::*;
use crate::store::sqlite::open;
use crate::store::sqlite::schema::{OUTBOX, later};

/// A file with a row, of the schema before the newest of `shape`.
fn older(path: &Path) -> Connection {
    lock::create(path).unwrap();
    let connection = open::for_writing(path, &OUTBOX).unwrap();
    note(&connection, "before");
    connection
}

fn note(connection: &Connection, text: &str) {
    let sql = "CREATE TABLE IF NOT EXISTS kept (text TEXT) STRICT; INSERT INTO kept VALUES (";
    connection
        .execute_batch(&format!("{sql}'{text}')"))
        .unwrap();
}

fn notes(path: &Path) -> Vec<String> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut statement = connection.prepare("SELECT text FROM kept").unwrap();
    let rows = statement.query_map([], |row| row.get(0)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn schema(path: &Path) -> i32 {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    pragma(&connection, "user_version").unwrap()
}

#[test]
fn an_older_file_is_copied_before_it_is_upgraded() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox");
    drop(older(&path));
    let copy = dir.path().join("outbox.schema-1");
    // What an upgrade left here that was given up: the older program has gone on since.
    fs::write(&copy, "old").unwrap();
    fs::write(dir.path().join("outbox.schema-1.partial"), "older").unwrap();

    let upgraded =
        open::for_writing(&path, &later("ALTER TABLE kept ADD COLUMN more TEXT")).unwrap();
    upgraded
        .execute_batch("UPDATE kept SET more = 'x'")
        .unwrap();
    drop(upgraded);
    assert_eq!((schema(&path), schema(&copy)), (2, 1));
    assert_eq!(notes(&copy), ["before"]);

    // The older program refuses what is newer, and goes on from the copy.
    let error = open::for_writing(&path, &OUTBOX).unwrap_err().to_string();
    assert!(
        error.contains("has schema 2, this program knows up to 1; update the program"),
        "{error}"
    );
    fs::rename(&copy, &path).unwrap();
    note(&open::for_writing(&path, &OUTBOX).unwrap(), "after");
    assert_eq!(notes(&path), ["before", "after"]);
}

#[test]
fn an_upgrade_that_fails_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox");
    drop(older(&path));
    let broken = later("CREATE TABLE half (a INTEGER) STRICT; INSERT INTO nowhere VALUES (1)");
    open::for_writing(&path, &broken).unwrap_err();
    assert_eq!(
        (schema(&path), notes(&path)),
        (1, vec!["before".to_owned()])
    );
    let connection = open::for_writing(&path, &OUTBOX).unwrap();
    let tables: i64 = connection
        .query_row(
            "SELECT count(*) FROM sqlite_schema WHERE name = 'half'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(tables, 0);
}

#[test]
fn no_copy_no_upgrade() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox");
    drop(older(&path));
    // Something stands in the way of the copy that cannot be replaced.
    fs::create_dir_all(dir.path().join("outbox.schema-1/full")).unwrap();
    let error = open::for_writing(&path, &later("DROP TABLE kept"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("outbox.schema-1"), "{error}");
    assert_eq!(
        (schema(&path), notes(&path)),
        (1, vec!["before".to_owned()])
    );
}

#[test]
fn a_new_file_and_one_of_today_need_no_copy() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("outbox");
    drop(older(&path));
    drop(open::for_writing(&path, &OUTBOX).unwrap());
    let mut names: Vec<_> = fs::read_dir(dir.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["outbox"]);
}

#[test]
fn a_copy_does_not_take_the_place_of_another_file() {
    let dir = tempfile::tempdir().unwrap();
    let connection = older(&dir.path().join("outbox"));
    let copy = dir.path().join("copy");
    make(&connection, &copy).unwrap();
    assert_eq!(notes(&copy), ["before"]);
    note(&connection, "more");
    let error = make(&connection, &copy).unwrap_err().to_string();
    assert!(
        error.ends_with("it is there already; move it away, or name another one"),
        "{error}"
    );
    assert_eq!(notes(&copy), ["before"]);
}
