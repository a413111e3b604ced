//! Batches by their ticks. Nearly all of them hold ticks of one hour, or of two that follow each other, so the index has the hour
//! of a batch's newest tick behind how many hours its oldest one lies before that: two small numbers instead of two instants.

use crate::store::db::{Db, Row, Value, values};
use crate::store::error::Fault;
use crate::time::{Interval, Timestamp};

/// Milliseconds of an hour, as the index tells them.
const HOUR: i64 = 3_600_000;
/// How many hours a batch reaches back from that of its newest tick.
const BACK: &str = "(last_tick / 3600000 - first_tick / 3600000)";
/// The hour of its newest tick.
const LAST: &str = "(last_tick / 3600000)";

/// Gives `columns` of the batches of an agent that hold a tick in `window`, or could, to `work`, in no order.
pub(super) fn each_within(
    db: &Db,
    columns: &str,
    (agent, window): (i64, Interval),
    work: &mut dyn FnMut(&Row<'_>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let inside = "last_tick >= ?2 AND first_tick < ?3";
    let (from, until) = (window.start.0 / HOUR, window.end.0 / HOUR);
    let mut each = |place: &str, values: &[Value<'_>]| {
        let sql = format!("SELECT {columns} FROM batch WHERE agent = ?1 AND {inside} AND {place}");
        db.each(&sql, values, work)
    };
    let near = format!("{BACK} = ?4 AND {LAST} >= ?5 AND {LAST} <= ?6");
    for back in [0, 1] {
        let (start, end) = (window.start, window.end);
        let values = values![agent, start, end, back, from, until.saturating_add(back)];
        each(&near, &values)?;
    }
    let far = format!("{BACK} > 1 AND {LAST} >= ?4");
    each(&far, &values![agent, window.start, window.end, from])
}

/// The newest tick of the batches of an agent; `None` if it has none.
pub(super) fn newest(db: &Db, agent: i64) -> Result<Option<Timestamp>, Fault> {
    let mut newest = None;
    for back in ["= 0", "= 1", "> 1"] {
        let those = format!("agent = ?1 AND {BACK} {back}");
        let sql = format!(
            "SELECT max(last_tick) FROM batch WHERE {those} AND {LAST} = \
             (SELECT {LAST} FROM batch WHERE {those} ORDER BY {LAST} DESC LIMIT 1)"
        );
        newest = newest.max(db.one(&sql, &values![agent], |row| row.get(0))?);
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::both::{Backend, on_both};
    use crate::store::sample::{agent, plan};
    use crate::store::{Place, Writer};

    /// First and last ticks, in minutes: within an hour, over the end of one, over several, over days, and far ahead of all others.
    const SPANS: [(i64, i64); 9] = [
        (0, 0),
        (3, 59),
        (59, 60),
        (70, 130),
        (30, 200),
        (119, 121),
        (180, 4_000),
        (200, 201),
        (9_000, 9_000),
    ];
    const MINUTE: i64 = 60_000;

    /// A record of two agents, with these batches of the second one and other ones of the first.
    fn made(place: &Place) -> Db {
        let writer = Writer::open(place, &agent("eu-1"), &plan()).expect("the record opens");
        drop(writer);
        let db = Db::open(place).expect("opens");
        let sql = "INSERT INTO agent (id, name, region, epoch, folded_before) VALUES (7, 'eu-2', 'eu', 1, 1)";
        db.execute(sql, &[]).expect("is added");
        let sql = "INSERT INTO batch (agent, epoch, number, first_sequence, last_sequence, first_tick, last_tick, hashes) \
            VALUES (?1, 1, ?2, ?2, ?2, ?3, ?4, ?5)";
        let hashes: &[u8] = &[0; 64];
        for (number, (first, last)) in (1_i64..).zip(SPANS) {
            for (agent, shift) in [(7_i64, 0), (1, 17)] {
                let (first, last) = ((first + shift) * MINUTE, (last + shift) * MINUTE);
                db.execute(sql, &values![agent, number, first, last, hashes])
                    .expect("is added");
            }
        }
        db
    }

    fn each_batch_is_found_by_its_ticks_and_no_other(backend: Backend) {
        let made_in = backend.make();
        let db = made(&made_in.place());
        for start in (-70..9_100).step_by(13) {
            for length in [1, 7, 61, 500] {
                let window = Interval::new(
                    Timestamp(start * MINUTE),
                    Timestamp((start + length) * MINUTE),
                );
                let mut found = Vec::new();
                each_within(&db, "number", (7, window), &mut |row| {
                    found.push(row.get::<usize>(0)?);
                    Ok(())
                })
                .expect("reads");
                found.sort_unstable();
                let spans = (1..).zip(SPANS);
                let expected =
                    spans.filter(|(_, (first, last))| *last >= start && *first < start + length);
                let expected: Vec<usize> = expected.map(|(number, _)| number).collect();
                assert_eq!(found, expected, "from {start} for {length}");
            }
        }
        let all = Interval::new(Timestamp(i64::MIN), Timestamp(i64::MAX));
        let mut count = 0;
        each_within(&db, "number", (7, all), &mut |_| {
            count += 1;
            Ok(())
        })
        .expect("reads");
        assert_eq!(count, SPANS.len());
    }

    fn the_newest_tick_is_found(backend: Backend) {
        let made_in = backend.make();
        let db = made(&made_in.place());
        let mut spans = SPANS.to_vec();
        spans.sort_by_key(|(_, last)| *last);
        while let Some((first, last)) = spans.pop() {
            assert_eq!(
                newest(&db, 7).expect("reads"),
                Some(Timestamp(last * MINUTE))
            );
            let sql = "DELETE FROM batch WHERE agent = 7 AND first_tick = ?1 AND last_tick = ?2";
            let gone = db.execute(sql, &values![first * MINUTE, last * MINUTE]);
            assert_eq!(gone.expect("is done"), 1);
        }
        assert_eq!(newest(&db, 7).expect("reads"), None);
    }

    on_both!(
        each_batch_is_found_by_its_ticks_and_no_other,
        the_newest_tick_is_found,
    );
}
