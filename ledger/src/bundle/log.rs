//! The files `log.entries` and `log.proof`.

use std::collections::BTreeMap;

use super::CHECKPOINT;
use crate::merkle::Partial;
use crate::wire::Hash;

/// The largest entry, in bytes.
const MAX_ENTRY: usize = 1_024;

/// Each entry as its number (8 bytes), its length (4 bytes) and its bytes; numbers most significant byte first.
pub(super) fn entries(entries: &BTreeMap<u64, Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (leaf, entry) in entries {
        let length = u32::try_from(entry.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&leaf.to_be_bytes());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(entry);
    }
    bytes
}

/// Reads what [`entries`] writes; entries in another order are none.
pub(super) fn read_entries(mut bytes: &[u8]) -> Option<BTreeMap<u64, Vec<u8>>> {
    let mut entries = BTreeMap::new();
    while !bytes.is_empty() {
        let (leaf, rest) = bytes.split_first_chunk::<8>()?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok();
        let length = length.filter(|length| *length <= MAX_ENTRY)?;
        let (entry, rest) = rest.split_at_checked(length)?;
        let leaf = u64::from_be_bytes(*leaf);
        if entries
            .last_key_value()
            .is_some_and(|(last, _)| *last >= leaf)
        {
            return None;
        }
        entries.insert(leaf, entry.to_vec());
        bytes = rest;
    }
    Some(entries)
}

/// The size of the tree in 8 bytes, then the hashes.
pub(super) fn proof(partial: &Partial) -> Vec<u8> {
    let hashes = partial.rest.iter().flat_map(|hash| hash.0);
    partial
        .size
        .to_be_bytes()
        .into_iter()
        .chain(hashes)
        .collect()
}

/// Reads what [`proof`] writes.
pub(super) fn read_proof(bytes: &[u8]) -> Result<Partial, String> {
    let odd = || format!("it is no list of hashes for {CHECKPOINT}");
    let (size, rest) = bytes.split_first_chunk::<8>().ok_or_else(odd)?;
    let (hashes, []) = rest.as_chunks::<32>() else {
        return Err(odd());
    };
    Ok(Partial {
        size: u64::from_be_bytes(*size),
        rest: hashes.iter().copied().map(Hash).collect(),
    })
}
