//! The hub's log, as this agent has seen it: what comes must continue it, or is not cosigned.

use ledger::checkpoint::{Checkpoint, NoteError, Signed};
use ledger::merkle::{ProofError, verify_consistency};
use ledger::store::Bond;
use ledger::time::Timestamp;
use ledger::wire::Hash;

/// What was seen of the log.
#[derive(Debug, Default)]
pub(super) struct Watched {
    seen: Option<Checkpoint>,
    /// The agent's word for what it has seen, until it was sent.
    cosignature: Option<Vec<u8>>,
}

/// Why a checkpoint is not believed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Distrust {
    /// It is none, or not the hub's.
    #[error("its checkpoint cannot be believed: {0}")]
    Note(#[from] NoteError),
    /// It has lost entries.
    #[error("its log had {before} entries and has {now} now; was it set back to a backup?")]
    Shorter {
        /// What was seen.
        before: u64,
        /// What is there.
        now: u64,
    },
    /// It tells another story.
    #[error("its log does not continue what it showed before: {0}")]
    Other(#[from] ProofError),
}

impl Watched {
    /// Goes on from the note that was kept.
    pub(super) fn resume(note: &str, bond: &Bond) -> Result<Self, NoteError> {
        let signed = Signed::open(note, &bond.hub, &bond.hub_key)?;
        Ok(Self {
            seen: Some(signed.checkpoint().clone()),
            cosignature: None,
        })
    }

    /// How many entries were seen.
    pub(super) fn size(&self) -> u64 {
        self.seen.as_ref().map_or(0, |seen| seen.size)
    }

    /// What is to be sent with the next upload.
    pub(super) fn cosignature(&self) -> Option<Vec<u8>> {
        self.cosignature.clone()
    }

    /// The cosignature has arrived.
    pub(super) fn sent(&mut self) {
        self.cosignature = None;
    }

    /// Looks at a checkpoint with the proof that it continues the one of size `asked`; gives the size of one that is new.
    pub(super) fn look(
        &mut self,
        note: &str,
        (proof, asked): (&[Hash], u64),
        (bond, now): (&Bond, Timestamp),
    ) -> Result<Option<u64>, Distrust> {
        if note.is_empty() || asked != self.size() {
            return Ok(None);
        }
        let signed = Signed::open(note, &bond.hub, &bond.hub_key)?;
        let new = signed.checkpoint();
        if let Some(seen) = &self.seen {
            if new.size < seen.size {
                return Err(Distrust::Shorter {
                    before: seen.size,
                    now: new.size,
                });
            }
            verify_consistency((seen.size, &seen.root), (new.size, &new.root), proof)?;
            if new.size == seen.size {
                return Ok(None);
            }
        }
        self.cosignature = Some(signed.cosign(&bond.key, now).bytes().to_vec());
        self.seen = Some(new.clone());
        Ok(Some(new.size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::checkpoint::Cosignature;
    use ledger::identity::{HubId, SecretKey};
    use ledger::merkle::{Frontier, leaf};

    fn secret(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32]).unwrap()
    }

    fn bond() -> Bond {
        Bond {
            hub: HubId::new("hub").unwrap(),
            hub_key: secret(2).public(),
            key: secret(1),
        }
    }

    /// A checkpoint over so many entries that begin with `what`.
    fn note(what: &str, size: u64) -> (String, Hash) {
        let mut log = Frontier::new(0, Vec::new()).unwrap();
        for entry in 0..size {
            log.push(leaf(format!("{what} {entry}").as_bytes()), |_, _, _| ());
        }
        let origin = HubId::new("hub").unwrap();
        let root = log.root();
        (
            Checkpoint { origin, size, root }
                .sign(&secret(2))
                .to_string(),
            root,
        )
    }

    #[test]
    fn what_continues_the_log_is_cosigned_once() {
        let (bond, now) = (bond(), Timestamp(5_000));
        let mut watched = Watched::default();
        let (one, _) = note("a", 1);
        assert_eq!(watched.look(&one, (&[], 0), (&bond, now)), Ok(Some(1)));
        let cosignature = Cosignature::from_bytes(&watched.cosignature().unwrap()).unwrap();
        assert!(
            Signed::parse(&one)
                .unwrap()
                .is_cosigned(&secret(1).public(), &cosignature)
        );
        watched.sent();
        assert_eq!(watched.look(&one, (&[], 1), (&bond, now)), Ok(None));
        assert_eq!(watched.cosignature(), None);
        let (two, _) = note("a", 2);
        let proof = [leaf(b"a 1")];
        assert_eq!(watched.look(&two, (&proof, 1), (&bond, now)), Ok(Some(2)));
        assert_eq!(Watched::resume(&two, &bond).unwrap().size(), 2);
    }

    #[test]
    fn what_tells_another_story_is_not() {
        let (bond, now) = (bond(), Timestamp(5_000));
        let mut watched = Watched::resume(&note("a", 2).0, &bond).unwrap();
        let shorter = watched.look(&note("a", 1).0, (&[], 2), (&bond, now));
        assert_eq!(shorter, Err(Distrust::Shorter { before: 2, now: 1 }));
        let other = watched.look(&note("b", 2).0, (&[], 2), (&bond, now));
        assert!(matches!(other, Err(Distrust::Other(_))), "{other:?}");
        let longer = watched.look(&note("b", 3).0, (&[leaf(b"b 2")], 2), (&bond, now));
        assert!(matches!(longer, Err(Distrust::Other(_))), "{longer:?}");
        let foreign = Checkpoint {
            origin: HubId::new("hub").unwrap(),
            size: 2,
            root: note("a", 2).1,
        };
        let foreign = foreign.sign(&secret(9)).to_string();
        let forged = watched.look(&foreign, (&[], 2), (&bond, now));
        assert!(matches!(forged, Err(Distrust::Note(_))), "{forged:?}");
        assert_eq!((watched.size(), watched.cosignature()), (2, None));
    }
}
