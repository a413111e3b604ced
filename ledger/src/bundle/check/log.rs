//! The hub's log: its checkpoint, and that the entries shown are in it.

use std::collections::BTreeMap;

use super::vouch::{Key, Keys, Signer};
use super::{Flaws, LogChecked};
use crate::bundle::log::{read_entries, read_proof};
use crate::bundle::{CHECKPOINT, ENTRIES, Files, MANIFEST, PROOF};
use crate::checkpoint::Signed;
use crate::identity::PublicKey;
use crate::merkle;
use crate::name::Name;
use crate::time::Timestamp;
use crate::wire::Hash;
use crate::wire::entry::{Deed, Entry};

/// The entries of the log that a bundle shows.
#[derive(Debug)]
pub(super) struct Shown {
    /// Whether there is a log to hold them against.
    pub(super) has_log: bool,
    leaves: BTreeMap<u64, Hash>,
    newest: Option<Timestamp>,
}

impl Shown {
    pub(super) fn new(files: &Files) -> Self {
        Self {
            has_log: files.contains_key(CHECKPOINT),
            leaves: BTreeMap::new(),
            newest: None,
        }
    }

    /// Notes an entry; `false` if another one stands in its place.
    pub(super) fn put(&mut self, leaf: u64, entry: &Entry) -> bool {
        let (Entry::Plan { received: at, .. }
        | Entry::Batch { received: at, .. }
        | Entry::Key { at, .. }) = entry;
        self.newest = self.newest.max(Some(*at));
        self.leaves
            .insert(leaf, merkle::leaf(&entry.bytes()))
            .is_none()
    }
}

/// Checks the log, if there is one.
pub(super) fn check(
    files: &Files,
    keys: &Keys,
    mut shown: Shown,
    flaws: &mut Flaws,
) -> Option<LogChecked> {
    let note = files.get(CHECKPOINT)?;
    let Some((hub, key)) = &keys.hub else {
        flaws.add(MANIFEST, "there is a log, but no hub");
        return None;
    };
    let note = std::str::from_utf8(note).unwrap_or_default();
    let signed = match Signed::open(note, hub, key) {
        Ok(signed) => signed,
        Err(error) => {
            flaws.add(CHECKPOINT, error.to_string());
            return None;
        }
    };
    if signed.to_string() != note {
        flaws.add(CHECKPOINT, "it is not written as this program writes it");
    }
    entries(files, keys, &mut shown, flaws);
    let checkpoint = signed.checkpoint();
    match read_proof(files.get(PROOF).map_or(&[], Vec::as_slice)) {
        Ok(partial) if partial.size == checkpoint.size => match partial.root(&shown.leaves) {
            Ok(root) if root == checkpoint.root => {}
            Ok(_) => flaws.add(PROOF, "the records shown are not those of the log: they lead to another root than the checkpoint's"),
            Err(error) => flaws.add(PROOF, error.to_string()),
        },
        Ok(_) => flaws.add(PROOF, "it is for a log of another size than the checkpoint's"),
        Err(error) => flaws.add(PROOF, error),
    }
    let agents = keys.agents.iter();
    let agents: Vec<(&Name, &PublicKey)> = agents
        .flat_map(|(name, signer)| signer.keys.iter().map(move |key| (name, &key.public)))
        .collect();
    let cosigned = signed.cosigned(agents).unwrap_or_else(|error| {
        flaws.add(CHECKPOINT, error.to_string());
        Vec::new()
    });
    Some(LogChecked {
        hub: hub.clone(),
        size: checkpoint.size,
        root: checkpoint.root,
        shown: u64::try_from(shown.leaves.len()).unwrap_or(u64::MAX),
        newest: shown.newest,
        cosigned,
    })
}

/// Reads what was done to keys, and holds the keys of the manifest against it.
fn entries(files: &Files, keys: &Keys, shown: &mut Shown, flaws: &mut Flaws) {
    let bytes = files.get(ENTRIES).map_or(&[][..], Vec::as_slice);
    let Some(entries) = read_entries(bytes) else {
        flaws.add(ENTRIES, "it is no list of entries");
        return;
    };
    let mut deeds: BTreeMap<Name, Vec<KeyDeed>> = BTreeMap::new();
    for (leaf, bytes) in entries {
        let entry = match Entry::decode(&bytes) {
            Ok(entry) if entry.bytes() == bytes => entry,
            _ => {
                flaws.add(ENTRIES, format!("entry {leaf} cannot be read"));
                continue;
            }
        };
        if !shown.put(leaf, &entry) {
            flaws.add(
                ENTRIES,
                format!("entry {leaf} stands in the place of a record"),
            );
        }
        if let Entry::Key {
            agent,
            region,
            deed,
            key,
            at,
        } = entry
        {
            deeds.entry(agent).or_default().push(KeyDeed {
                region,
                deed,
                key,
                at,
            });
        }
    }
    for (agent, signer) in &keys.agents {
        let deeds = deeds.get(agent).map_or(&[][..], Vec::as_slice);
        for key in signer
            .keys
            .iter()
            .filter(|key| !is_told(deeds, signer, key))
        {
            let id = key.public.id();
            let what =
                format!("agent {agent}: the log says otherwise of key {id} or of the region");
            flaws.add(MANIFEST, what);
        }
    }
}

/// What was done to a key.
struct KeyDeed {
    region: Name,
    deed: Deed,
    key: PublicKey,
    at: Timestamp,
}

/// Whether the log tells of a key what the manifest says: whose, where, since when and until when.
fn is_told(deeds: &[KeyDeed], signer: &Signer, key: &Key) -> bool {
    let begun = deeds.iter().any(|one| {
        matches!(one.deed, Deed::Enrolled | Deed::Rotated)
            && (one.key, one.at) == (key.public, key.since)
            && one.region == signer.region
    });
    // What the log says ends a key: at once if the agent was revoked; if another key came, as soon as that was used.
    let others = || deeds.iter().filter(|one| one.at >= key.since);
    let revoked = others().find(|one| one.deed == Deed::Revoked);
    let rotated = |until: Timestamp| {
        let mut others = others();
        others.any(|one| one.deed == Deed::Rotated && one.key != key.public && one.at <= until)
    };
    let ended = match (key.until, revoked) {
        (None, revoked) => revoked.is_none(),
        (Some(until), Some(revoked)) => {
            until <= revoked.at && (until == revoked.at || rotated(until))
        }
        (Some(until), None) => rotated(until),
    };
    begun && ended
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sample::name;

    #[test]
    fn a_key_was_an_agents_as_long_as_the_log_says() {
        let keys = [1, 2].map(|seed| PublicKey([seed; 32]));
        let deed = |deed, key, at| KeyDeed {
            region: name("eu"),
            deed,
            key,
            at: Timestamp(at),
        };
        let deeds = [
            deed(Deed::Enrolled, keys[0], 10),
            deed(Deed::Rotated, keys[1], 20),
            deed(Deed::Revoked, keys[1], 30),
        ];
        let signer = |region| Signer {
            region: name(region),
            keys: Vec::new(),
        };
        let told = |deeds: &[KeyDeed], place: usize, since, until: Option<i64>| {
            let key = Key {
                public: keys[place],
                since: Timestamp(since),
                until: until.map(Timestamp),
            };
            assert!(!is_told(deeds, &signer("mars"), &key), "another region");
            is_told(deeds, &signer("eu"), &key)
        };
        // Enrolled, and nothing since.
        assert!(told(&deeds[..1], 0, 10, None));
        assert!(!told(&deeds[..1], 0, 11, None), "since another instant");
        assert!(!told(&deeds[..1], 1, 10, None), "another key");
        assert!(!told(&deeds[..1], 0, 10, Some(20)), "nothing has ended it");
        // Another one came at 20 and was used at 23.
        assert!(told(&deeds[..2], 0, 10, Some(23)));
        assert!(told(&deeds[..2], 0, 10, None), "it was not used yet");
        assert!(!told(&deeds[..2], 0, 10, Some(19)), "it ended too early");
        // Revoked at 30.
        assert!(told(&deeds, 0, 10, Some(23)));
        assert!(told(&deeds, 1, 20, Some(30)));
        assert!(!told(&deeds, 1, 20, None) && !told(&deeds, 1, 20, Some(31)));
    }
}
