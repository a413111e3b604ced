//! The heads of batches, whose bytes are hashed and signed. A row does not keep these bytes: all that they say stands in its
//! columns, and two hashes.

use crate::store::db::Row;
use crate::store::error::Fault;
use crate::wire::{Hash, Head, Header, WireError};

/// What [`read`] makes a head of; `batch` is that table, or the view over it.
macro_rules! columns {
    () => {
        "(SELECT name FROM agent WHERE agent.id = batch.agent), batch.epoch, batch.number, batch.first_sequence, \
         batch.last_sequence, batch.hashes"
    };
}
pub(super) use columns;

/// How many columns these are.
pub(super) const COLUMNS: usize = 6;

/// The hashes of the batch before and of the body.
pub(super) type Hashes = [u8; 64];

/// The head of a batch, from column `at` on.
pub(super) fn read(row: &Row<'_>, at: usize) -> Result<Head, Fault> {
    let (number, first): (u64, u64) = (row.get(at + 2)?, row.get(at + 3)?);
    let last: u64 = row.get(at + 4)?;
    let odd = |what| Fault::Batch {
        number,
        error: WireError::Malformed(what),
    };
    let count = (last + 1).checked_sub(first).map(usize::try_from);
    let (hashes, rest) = row.blob(at + 5)?.as_chunks::<32>();
    let ([previous, body], []) = (hashes, rest) else {
        return Err(odd("its row has not two hashes"));
    };
    Ok(Head {
        header: Header {
            agent: row.get(at)?,
            epoch: row.get(at + 1)?,
            number,
            previous: Hash(*previous),
        },
        first_sequence: first,
        count: count
            .and_then(Result::ok)
            .ok_or_else(|| odd("its numbers end before they begin"))?,
        body: Hash(*body),
    })
}

/// What a row keeps of the head whose bytes are `bytes`, beside `place` and `sequences`.
///
/// # Errors
/// [`WireError`] if the row would not give the same bytes again.
pub(super) fn hashes_of(bytes: &[u8], (first, last): (u64, u64)) -> Result<Hashes, WireError> {
    let head = Head::decode(bytes)?;
    let count = u64::try_from(head.count).unwrap_or(u64::MAX);
    if (head.first_sequence, head.first_sequence + count) != (first, last + 1) {
        return Err(WireError::Malformed(
            "its attempts are not numbered one by one",
        ));
    }
    let mut hashes = [0; 64];
    let (previous, body) = hashes.split_at_mut(32);
    previous.copy_from_slice(&head.header.previous.0);
    body.copy_from_slice(&head.body.0);
    Ok(hashes)
}
