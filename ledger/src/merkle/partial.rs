//! One proof for many leaves: the tree with everything cut off that none of them needs.
//!
//! Whoever checks it computes the root anew from the leaves and from one hash for each part without any of them, so it
//! proves what the single proofs would, and holds each hash once.

use std::collections::BTreeMap;

use super::proof::root_of_range;
use super::{MAX_LEAVES, Nodes, empty, node, split};
use crate::wire::Hash;

/// A tree in which only some leaves are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Partial {
    /// How many leaves the tree has.
    pub size: u64,
    /// One hash for each largest part of the tree without a known leaf, from left to right.
    pub rest: Vec<Hash>,
}

/// Why a partial tree says nothing of its leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartialError {
    /// A leaf lies outside of the tree.
    #[error("entry {index} lies outside of a log of {size}")]
    Outside {
        /// The leaf.
        index: u64,
        /// The size of the tree.
        size: u64,
    },
    /// There are fewer or more hashes than the parts that need one.
    #[error("the proof has {found} hashes, which does not fit its entries")]
    Length {
        /// How many there are.
        found: usize,
    },
}

/// The proof that the leaves with the numbers `known` are in the tree of the first `size` leaves.
///
/// # Errors
/// What `nodes` says. Numbers from `size` on are left out.
pub fn partial<N: Nodes>(
    nodes: &N,
    size: u64,
    known: impl IntoIterator<Item = u64>,
) -> Result<Partial, N::Error> {
    let mut known: Vec<u64> = known.into_iter().filter(|index| *index < size).collect();
    known.sort_unstable();
    known.dedup();
    let mut rest = Vec::new();
    cut(nodes, (0, size), &known, &mut rest)?;
    Ok(Partial { size, rest })
}

fn cut<N: Nodes>(
    nodes: &N,
    (start, end): (u64, u64),
    known: &[u64],
    rest: &mut Vec<Hash>,
) -> Result<(), N::Error> {
    if start == end {
        return Ok(());
    }
    if known.is_empty() {
        rest.push(root_of_range(nodes, start, end)?);
        return Ok(());
    }
    if end - start == 1 {
        return Ok(());
    }
    let middle = start + split(end - start);
    let (left, right) = known.split_at(known.partition_point(|index| *index < middle));
    cut(nodes, (start, middle), left, rest)?;
    cut(nodes, (middle, end), right, rest)
}

impl Partial {
    /// The root, if the leaves with these numbers have these hashes. It is for the caller to hold it against a checkpoint.
    ///
    /// # Errors
    /// [`PartialError`] if leaves and hashes do not make up a tree of this size.
    pub fn root(&self, known: &BTreeMap<u64, Hash>) -> Result<Hash, PartialError> {
        let (size, found) = (self.size, self.rest.len());
        if let Some((&index, _)) = known.last_key_value().filter(|(index, _)| **index >= size) {
            return Err(PartialError::Outside { index, size });
        }
        if size > MAX_LEAVES {
            return Err(PartialError::Outside { index: size, size });
        }
        if size == 0 {
            return if found == 0 {
                Ok(empty())
            } else {
                Err(PartialError::Length { found })
            };
        }
        let known: Vec<(u64, Hash)> = known.iter().map(|(index, hash)| (*index, *hash)).collect();
        let mut rest = self.rest.iter();
        let root = join((0, size), &known, &mut rest).filter(|_| rest.len() == 0);
        root.ok_or(PartialError::Length { found })
    }
}

fn join(
    (start, end): (u64, u64),
    known: &[(u64, Hash)],
    rest: &mut std::slice::Iter<'_, Hash>,
) -> Option<Hash> {
    match known {
        [] => rest.next().copied(),
        [(_, hash)] if end - start == 1 => Some(*hash),
        _ => {
            let middle = start + split(end - start);
            let (left, right) = known.split_at(known.partition_point(|(index, _)| *index < middle));
            let left = join((start, middle), left, rest)?;
            Some(node(&left, &join((middle, end), right, rest)?))
        }
    }
}
