//! The Merkle tree of RFC 6962 over a log: its root, and proofs that an entry is in it and that it only grew.
//!
//! Leaves and nodes are hashed with different first bytes, so that no node can pass for a leaf. Whoever makes a proof
//! needs the hashes of full subtrees only ([`Nodes`]); whoever checks one needs nothing but what it is handed.

mod frontier;
mod partial;
mod proof;
mod verify;

use aws_lc_rs::digest::{Context, SHA256};

use crate::wire::Hash;

pub use frontier::Frontier;
pub use partial::{Partial, PartialError, partial};
pub use proof::{consistency, inclusion, root, root_of_range};
pub use verify::{ProofError, verify_consistency, verify_inclusion};

/// The most leaves that a log may have: numbers stay exact in every database, and a proof has at most so many levels.
pub const MAX_LEAVES: u64 = 1 << 48;
/// The most hashes that a proof can hold.
pub const MAX_PROOF: usize = 2 * 48;

/// Where the hashes of a tree's full subtrees come from: tiles in a database, or a list in memory.
pub trait Nodes {
    /// Why a hash cannot be given.
    type Error;

    /// The hash of the full subtree over the leaves from `index << level` on, `1 << level` of them.
    ///
    /// # Errors
    /// Whatever stands in the way of reading it.
    fn node(&self, level: u32, index: u64) -> Result<Hash, Self::Error>;
}

/// The hash of a leaf.
pub fn leaf(entry: &[u8]) -> Hash {
    hash(&[&[0], entry])
}

/// The hash of the node above two others.
pub fn node(left: &Hash, right: &Hash) -> Hash {
    hash(&[&[1], &left.0, &right.0])
}

/// The root of a log without entries.
pub fn empty() -> Hash {
    Hash::of(&[])
}

fn hash(parts: &[&[u8]]) -> Hash {
    let mut context = Context::new(&SHA256);
    parts.iter().for_each(|part| context.update(part));
    let mut hash = Hash::default();
    hash.0.copy_from_slice(context.finish().as_ref());
    hash
}

/// The largest power of two smaller than `size`, which is at least 2: where RFC 6962 splits a tree.
fn split(size: u64) -> u64 {
    debug_assert!(size > 1);
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

#[cfg(test)]
mod tests;
