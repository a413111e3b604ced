//! Making roots and proofs, word by word as RFC 6962 §2.1 defines them.

use super::{Nodes, empty, node, split};
use crate::wire::Hash;

/// The root of the first `size` leaves.
///
/// # Errors
/// What `nodes` says; only full subtrees are asked for, about one a level.
pub fn root<N: Nodes>(nodes: &N, size: u64) -> Result<Hash, N::Error> {
    root_of_range(nodes, 0, size)
}

/// The hash of the leaves from `start` to before `end`, where `start` is a place at which a tree of `end` leaves splits.
///
/// # Errors
/// As [`root`].
pub fn root_of_range<N: Nodes>(nodes: &N, start: u64, end: u64) -> Result<Hash, N::Error> {
    let size = end - start;
    if size == 0 {
        return Ok(empty());
    }
    if size.is_power_of_two() && start.is_multiple_of(size) {
        let level = size.trailing_zeros();
        return nodes.node(level, start >> level);
    }
    let middle = start + split(size);
    let left = root_of_range(nodes, start, middle)?;
    Ok(node(&left, &root_of_range(nodes, middle, end)?))
}

/// The proof that leaf `index` is in the tree of the first `size` leaves, from the leaf up; `None` if it is not.
///
/// # Errors
/// As [`root`].
pub fn inclusion<N: Nodes>(
    nodes: &N,
    index: u64,
    size: u64,
) -> Result<Option<Vec<Hash>>, N::Error> {
    if index >= size {
        return Ok(None);
    }
    let mut proof = Vec::new();
    let (mut start, mut end) = (0, size);
    // From the root down; the proof lists it the other way round.
    while end - start > 1 {
        let middle = start + split(end - start);
        if index < middle {
            proof.push(root_of_range(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(root_of_range(nodes, start, middle)?);
            start = middle;
        }
    }
    proof.reverse();
    Ok(Some(proof))
}

/// The proof that the tree of `new` leaves begins with that of `old`; `None` if it has fewer.
///
/// Nothing needs to be proven of an old tree that is empty or the same: the proof is then empty.
///
/// # Errors
/// As [`root`].
pub fn consistency<N: Nodes>(nodes: &N, old: u64, new: u64) -> Result<Option<Vec<Hash>>, N::Error> {
    if old > new {
        return Ok(None);
    }
    let mut proof = Vec::new();
    if old == 0 || old == new {
        return Ok(Some(proof));
    }
    let (mut start, mut end) = (0, new);
    // Whether the old tree as seen from here is a whole subtree, whose hash the verifier knows.
    let mut whole = true;
    while old != end {
        let middle = start + split(end - start);
        if old <= middle {
            proof.push(root_of_range(nodes, middle, end)?);
            end = middle;
        } else {
            proof.push(root_of_range(nodes, start, middle)?);
            start = middle;
            whole = false;
        }
    }
    if !whole {
        proof.push(root_of_range(nodes, start, end)?);
    }
    proof.reverse();
    Ok(Some(proof))
}
