//! Column `sum` of what was folded: the beginning of the SHA-256 of all other columns, so that no flipped bit changes a row
//! unnoticed once the attempts that it was made of are pruned.

use crate::store::db::{Db, Row, Value, values};
use crate::store::error::Fault;
use crate::time::Timestamp;
use crate::wire::Hash;

/// The tables that have one.
const TABLES: [&str; 6] = ["series", "run", "tick", "near", "latency", "latency_zone"];

/// What column `sum` of a row with these other columns holds, in the order of the schema. The number of an attempt is left out:
/// an agent that was set back moves it.
pub(super) fn of<'v>(table: &str, values: impl IntoIterator<Item = Value<'v>>) -> i64 {
    let mut bytes = Vec::with_capacity(256);
    bytes.extend_from_slice(table.as_bytes());
    let mut put = |tag: u8, content: &[u8]| {
        bytes.push(tag);
        bytes.extend_from_slice(&(content.len() as u64).to_be_bytes());
        bytes.extend_from_slice(content);
    };
    for value in values {
        match value {
            Value::Null => put(0, &[]),
            Value::Int(value) => put(1, &value.to_be_bytes()),
            Value::Text(value) => put(2, value.as_bytes()),
            Value::Blob(value) => put(3, value),
        }
    }
    let [a, b, c, d, e, f, g, h, ..] = Hash::of(&bytes).0;
    i64::from_be_bytes([a, b, c, d, e, f, g, h])
}

/// Whether a row with all columns of its table is as it was written. One without a sum is: no single bit makes a NULL of a number.
pub(super) fn is_sound(table: &str, row: &Row<'_>) -> Result<bool, Fault> {
    let (mut others, mut sum) = (Vec::new(), None);
    for (name, value) in row.columns()? {
        match (name, value) {
            ("sum", Value::Int(found)) => sum = Some(found),
            ("sequence" | "sum", _) => {}
            (_, value) => others.push(value),
        }
    }
    Ok(sum.is_none_or(|sum| sum == of(table, others)))
}

/// Whether the one row of `table` where `key` holds is as it was written; `None` if there is none.
pub(super) fn is_one_sound(
    db: &Db,
    (table, key): (&'static str, &str),
    values: &[Value<'_>],
) -> Result<Option<bool>, Fault> {
    let sql = format!("SELECT * FROM {table} WHERE {key}");
    db.find(&sql, values, |row| is_sound(table, row))
}

/// Writes the sum of the one row of `table` where `key` holds anew.
pub(super) fn renew(
    db: &Db,
    (table, key): (&'static str, &str),
    values: &[Value<'_>],
) -> Result<(), Fault> {
    let sql = format!("SELECT * FROM {table} WHERE {key}");
    let sum = db.one(&sql, values, |row| {
        let others = row.columns()?.into_iter();
        let others = others.filter(|(name, _)| !matches!(*name, "sequence" | "sum"));
        Ok(of(table, others.map(|(_, value)| value)))
    })?;
    let (mut all, next) = (values.to_vec(), values.len() + 1);
    all.extend(values![sum]);
    db.execute(
        &format!("UPDATE {table} SET sum = ?{next} WHERE {key}"),
        &all,
    )?;
    Ok(())
}

/// Reads all rows that were folded, and fails at the first one that is not as it was written.
///
/// All of them, because a row whose key is damaged is found nowhere near its place, and not even with its agent.
pub(in crate::store) fn check(db: &Db) -> Result<(), Fault> {
    for table in TABLES {
        let mut odd = None;
        let sql = format!("SELECT * FROM {table}");
        db.each_while(&sql, &[], &mut |row| {
            if !is_sound(table, row)? {
                odd = Some(place(row)?);
            }
            Ok(odd.is_none())
        })?;
        if let Some(place) = odd {
            let what = format!("{place} is not as it was written: its sum does not fit");
            return Err(Fault::Row { table, what });
        }
    }
    Ok(())
}

/// Which row it is, for people: all of its columns that are times or places.
fn place(row: &Row<'_>) -> Result<String, Fault> {
    let columns = row.columns()?.into_iter();
    let keys = columns.filter_map(|(name, value)| match (name, value) {
        ("agent" | "probe", Value::Int(value)) => Some(format!("{name} {value}")),
        ("first_tick" | "tick" | "start", Value::Int(value)) => {
            Some(format!("{name} {}", Timestamp(value)))
        }
        _ => None,
    });
    Ok(keys.collect::<Vec<_>>().join(", "))
}
