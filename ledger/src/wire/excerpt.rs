//! Attempts that are kept of a batch whose body is pruned. Nothing proves them any more: the batch's hash was of the whole body.

use super::{MAX_ATTEMPTS, WireError, body, limit};
use crate::attempt::Attempt;

/// Packs attempts as they stand in the body of a batch.
///
/// # Errors
/// [`WireError::TooMuch`] beyond [`MAX_ATTEMPTS`], or if they hold too much text.
pub fn pack(attempts: &[Attempt]) -> Result<Vec<u8>, WireError> {
    limit("attempts", attempts.len(), MAX_ATTEMPTS)?;
    body::encode(attempts)
}

/// Unpacks `count` attempts.
///
/// # Errors
/// [`WireError`] if the bytes are anything else.
pub fn unpack(packed: &[u8], count: usize) -> Result<Vec<Attempt>, WireError> {
    limit("attempts", count, MAX_ATTEMPTS)?;
    body::decode(packed, count)
}
