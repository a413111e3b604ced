//! What is written down of a reply, by the journal thread.

use ledger::store::{Course, Fate, Item, StoreError, Writer};
use ledger::wire::upload::Reply;

use super::reading::Meaning;

/// Keeps receipts, refusals and the checkpoint, then compares. Says what follows, and whether more waits.
pub(super) fn write_down(
    writer: &mut Writer,
    meaning: Meaning,
    reply: &Reply,
    checkpoint: Option<(u64, String)>,
) -> Result<(Course, bool), StoreError> {
    writer.settle(&meaning.fates)?;
    if let Some((size, note)) = checkpoint {
        writer.keep_checkpoint(size, reply.answered, &note)?;
    }
    let course = writer.compare(&reply.standing)?;
    // What was planned goes first, and once more if the hub has lost it: then its batches are no dead letters.
    if course == Course::Straight {
        let planless: Vec<(Item, Fate)> = meaning.planless;
        writer.settle(&planless)?;
    }
    Ok((course, writer.has_waiting()?))
}

/// Says what follows, if that is anything unusual.
pub(super) fn tell(course: Course) {
    match course {
        Course::Straight => {}
        Course::Resend(records) => {
            tracing::warn!(
                records,
                "the hub has lost what it had received; it is sent again"
            );
        }
        Course::Epoch(epoch) => {
            tracing::warn!(
                epoch,
                "the hub knows more than this record, which was set back; a new epoch begins"
            );
        }
    }
}
