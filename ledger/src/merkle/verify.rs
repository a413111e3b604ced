//! Checking proofs, as RFC 9162 §2.1.3.2 and §2.1.4.2 tell step by step. Nothing is assumed of the proof.

use super::{MAX_LEAVES, MAX_PROOF, empty, node};
use crate::wire::Hash;

/// Why a proof does not prove anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// It is about a leaf or a size that the tree cannot have.
    #[error("the proof is of leaf {index} in a tree of {size}")]
    Outside {
        /// The leaf, or the size of the older tree.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// It has too many or too few hashes for a tree of this size.
    #[error("the proof has {found} hashes, which does not fit the size of the tree")]
    Length {
        /// How many it has.
        found: usize,
    },
    /// It leads to another root.
    #[error("the proof leads to another root than the checkpoint's")]
    Root,
    /// It leads to another root of the older tree.
    #[error("the log was rewritten: it does not begin with what it held before")]
    Rewritten,
}

/// Checks that the leaf with hash `leaf` is number `index` (from 0) of the `size` leaves under `root`.
///
/// # Errors
/// [`ProofError`] if the proof does not show that.
pub fn verify_inclusion(
    leaf: &Hash,
    (index, size): (u64, u64),
    proof: &[Hash],
    root: &Hash,
) -> Result<(), ProofError> {
    let length = ProofError::Length { found: proof.len() };
    if index >= size || size > MAX_LEAVES {
        return Err(ProofError::Outside { index, size });
    }
    if proof.len() > MAX_PROOF {
        return Err(length);
    }
    let (mut place, mut last) = (index, size - 1);
    let mut hash = *leaf;
    for step in proof {
        if last == 0 {
            return Err(length);
        }
        if place & 1 == 1 || place == last {
            hash = node(step, &hash);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            hash = node(&hash, step);
        }
        place >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(length);
    }
    if hash == *root {
        Ok(())
    } else {
        Err(ProofError::Root)
    }
}

/// Checks that the tree of `new.0` leaves under the root `new.1` begins with the `old.0` leaves under `old.1`.
///
/// # Errors
/// [`ProofError`] if the proof does not show that.
pub fn verify_consistency(
    old: (u64, &Hash),
    new: (u64, &Hash),
    proof: &[Hash],
) -> Result<(), ProofError> {
    let length = ProofError::Length { found: proof.len() };
    let ((old, old_root), (new, new_root)) = (old, new);
    if old > new || new > MAX_LEAVES {
        return Err(ProofError::Outside {
            index: old,
            size: new,
        });
    }
    if proof.len() > MAX_PROOF || (old == 0 || old == new) && !proof.is_empty() {
        return Err(length);
    }
    if old == 0 {
        return same(&empty(), old_root, ProofError::Rewritten);
    }
    if old == new {
        return same(old_root, new_root, ProofError::Rewritten);
    }
    // An old tree that is a whole subtree is its own first step.
    let first = old.is_power_of_two().then_some(*old_root);
    let mut steps = first.into_iter().chain(proof.iter().copied());
    let (mut place, mut last) = (old - 1, new - 1);
    while place & 1 == 1 {
        place >>= 1;
        last >>= 1;
    }
    let Some(start) = steps.next() else {
        return Err(length);
    };
    let (mut from_old, mut from_new) = (start, start);
    for step in steps {
        if last == 0 {
            return Err(length);
        }
        if place & 1 == 1 || place == last {
            from_old = node(&step, &from_old);
            from_new = node(&step, &from_new);
            while place & 1 == 0 && place != 0 {
                place >>= 1;
                last >>= 1;
            }
        } else {
            from_new = node(&from_new, &step);
        }
        place >>= 1;
        last >>= 1;
    }
    if last != 0 {
        return Err(length);
    }
    same(&from_old, old_root, ProofError::Rewritten)?;
    same(&from_new, new_root, ProofError::Root)
}

fn same(found: &Hash, expected: &Hash, otherwise: ProofError) -> Result<(), ProofError> {
    if found == expected {
        Ok(())
    } else {
        Err(otherwise)
    }
}
