//! A copy of a record that can be trusted: made while the agent goes on, then read as any record is.

use std::path::Path;

use super::sqlite::{copy, lock, open, schema};
use super::{Head, Place, Reader, StoreError};

/// Copies the record at `from`, as it is now, to a new file at `to`, and reads it again: every page, every link of the chain of
/// batches and every body. Returns where the copy's agents end.
///
/// # Errors
/// [`StoreError::NotCopied`] if `to` exists, if `from` is no file, or if the copy is not whole; others if a file cannot be read or written.
pub fn backup(from: &Place, to: &Path) -> Result<Vec<Head>, StoreError> {
    let Place::File(path) = from else {
        return Err(StoreError::NotCopied {
            place: from.clone(),
            reason: "it is no file; `pg_dump --format=custom --file=FILE URL` copies a database"
                .to_owned(),
        });
    };
    let before = Reader::open(std::slice::from_ref(from))?.heads()?;
    let connection = open::for_reading(path, &schema::RECORD)?;
    // It writes another file, which a connection that may only ask cannot.
    open::may_copy(&connection, path)?;
    lock::make_directory(lock::parent(to)).map_err(|error| StoreError::Unreadable {
        place: to.into(),
        reason: error.to_string(),
    })?;
    copy::make(&connection, to)?;
    let copied = Reader::open(&[to])?;
    let heads = copied.heads()?;
    let missing = before.iter().find(|old| {
        let new = heads.iter().find(|new| new.agent == old.agent);
        new.is_none_or(|new| new.last_sequence < old.last_sequence)
    });
    let broken = copied.check()?.into_iter().next();
    let lacks = missing.map(|old| format!("the copy lacks attempts of {}", old.agent.name));
    match broken.or(lacks) {
        None => Ok(heads),
        Some(what) => Err(StoreError::NotCopied {
            place: to.into(),
            reason: format!("{what}; run `reporter audit` on {from}"),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Writer, sample};

    #[test]
    fn a_backup_is_made_while_the_writer_goes_on_and_is_whole() {
        let (directory, path) = sample::place();
        let mut writer = Writer::open(&path, &sample::agent("eu-1"), &sample::plan()).unwrap();
        writer.append(&sample::attempts(1..=2_500)).unwrap();
        writer.seal().unwrap();
        let to = directory.path().join("new/backup/eu-1.db");
        let heads = backup(&Place::from(path.as_path()), &to).unwrap();
        assert_eq!((heads[0].last_sequence, heads[0].batches), (2_500, 2));
        writer.append(&sample::attempts(2_501..=2_600)).unwrap();
        drop(writer);
        // It is a record like any other: its agent goes on from there.
        let mut restored = Writer::open(&to, &sample::agent("eu-1"), &sample::plan()).unwrap();
        assert_eq!(restored.next_sequence(), 2_501);
        restored.append(&sample::attempts(2_501..=2_501)).unwrap();
        restored.close().unwrap();
        let error = backup(&Place::from(path.as_path()), &to)
            .unwrap_err()
            .to_string();
        assert!(
            error.ends_with("it is there already; move it away, or name another one"),
            "{error}"
        );
    }

    #[test]
    fn a_damaged_record_makes_no_backup() {
        let (directory, path) = sample::place();
        let mut writer = Writer::open(&path, &sample::agent("eu-1"), &sample::plan()).unwrap();
        writer.append(&sample::attempts(1..=2_500)).unwrap();
        writer.seal().unwrap();
        writer.close().unwrap();
        // One bit of a body: SQLite itself sees nothing.
        let body = "SELECT body FROM whole_batch WHERE number = 2";
        let file = rusqlite::Connection::open(&path).unwrap();
        let body: Vec<u8> = file.query_row(body, [], |row| row.get(0)).unwrap();
        drop(file);
        let mut bytes = std::fs::read(&path).unwrap();
        let start = body[body.len() - 8..].to_vec();
        let at = bytes.windows(8).position(|found| found == start).unwrap();
        bytes[at] ^= 1;
        std::fs::write(&path, bytes).unwrap();
        let to = directory.path().join("backup.db");
        let error = backup(&Place::from(path.as_path()), &to)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("eu-1: batch 2: its body is damaged; run `reporter audit` on "),
            "{error}"
        );
    }

    #[test]
    fn a_database_is_copied_by_its_own_tools() {
        let url = "postgres://me:secret@example.com/record";
        let error = backup(&Place::parse(url), Path::new("x.db"))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("pg_dump") && !error.contains("secret"),
            "{error}"
        );
    }
}
