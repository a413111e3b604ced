//! The right edge of a tree: all that is needed to append to it and to know its root.

use super::{MAX_LEAVES, empty, node};
use crate::wire::Hash;

/// The hashes of the full subtrees that a tree is made of, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    edge: Vec<Hash>,
}

impl Frontier {
    /// The edge of a tree of `size` leaves: one hash for each bit of the size, the largest subtree first.
    ///
    /// `None` if there are more or fewer of them.
    pub fn new(size: u64, edge: Vec<Hash>) -> Option<Self> {
        let fits = size <= MAX_LEAVES && usize::try_from(size.count_ones()) == Ok(edge.len());
        fits.then_some(Self { size, edge })
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The hashes, as [`Self::new`] takes them.
    pub fn edge(&self) -> &[Hash] {
        &self.edge
    }

    /// Appends a leaf by its hash; `full` is told of every subtree that it completes, as level, index and hash,
    /// the leaf itself first.
    pub fn push(&mut self, leaf: Hash, mut full: impl FnMut(u32, u64, Hash)) {
        let (mut hash, mut level, mut index) = (leaf, 0, self.size);
        full(level, index, hash);
        while index & 1 == 1 {
            let Some(left) = self.edge.pop() else {
                break;
            };
            hash = node(&left, &hash);
            level += 1;
            index >>= 1;
            full(level, index, hash);
        }
        self.edge.push(hash);
        self.size += 1;
    }

    /// The root of the tree.
    pub fn root(&self) -> Hash {
        let mut edge = self.edge.iter().rev();
        let last = edge.next().copied().unwrap_or_else(empty);
        edge.fold(last, |right, left| node(left, &right))
    }
}
