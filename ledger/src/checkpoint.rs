//! Checkpoints of a hub's log: how many entries it has and the root of their tree, signed by the hub and cosigned by
//! agents, as C2SP tlog-checkpoint and tlog-cosignature say.
//!
//! A hub that shows two agents two different logs must sign two checkpoints of which neither continues the other; an
//! agent cosigns only what continues the log that it has seen. So all cosigners would have to be in on it.

mod note;

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::identity::{HubId, PublicKey, SecretKey, Signature};
use crate::merkle::MAX_LEAVES;
use crate::name::Name;
use crate::time::Timestamp;
use crate::wire::Hash;
use note::{Algorithm, Line, Note};

pub use note::{MAX_NOTE, MAX_SIGNATURES, NoteError};

/// What a log was at some instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Whose log: the name of the hub.
    pub origin: HubId,
    /// How many entries it has.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

/// A checkpoint with the signatures under it. Printed, it is the note that is kept and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    checkpoint: Checkpoint,
    note: Note,
}

/// An agent's word that, as of an instant, the checkpoint continues all that it has seen of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// When, in seconds since 1970, by the agent's clock.
    pub at: u64,
    /// By the agent's key.
    pub signature: Signature,
}

/// A cosignature that holds.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cosigned {
    /// Who.
    pub agent: Name,
    /// When, by the agent's clock.
    pub at: Timestamp,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        let (origin, size, root) = (&self.origin, self.size, BASE64.encode(self.root.0));
        format!("{origin}\n{size}\n{root}\n")
    }

    /// Signs it as the hub.
    pub fn sign(self, key: &SecretKey) -> Signed {
        let mut note = Note::new(self.text());
        let signature = key.sign(note.text().as_bytes());
        note.add(Line {
            name: self.origin.as_str().to_owned(),
            id: Algorithm::Ed25519.id(self.origin.as_str(), &key.public()),
            signature: signature.0.to_vec(),
        });
        Signed {
            checkpoint: self,
            note,
        }
    }

    fn parse(text: &str) -> Result<Self, NoteError> {
        let malformed = NoteError::Malformed;
        let mut lines = text.split_inclusive('\n');
        let mut line = |what| {
            let line = lines.next().and_then(|line| line.strip_suffix('\n'));
            line.filter(|line| !line.is_empty()).ok_or(malformed(what))
        };
        let origin = line("its first line is no origin")?;
        let origin =
            HubId::new(origin).map_err(|_| malformed("its origin cannot be that of a hub"))?;
        let odd_size = "its second line is no size";
        let digits = line(odd_size)?;
        let size: u64 = digits.parse().map_err(|_| malformed(odd_size))?;
        if size.to_string() != digits || size > MAX_LEAVES {
            return Err(malformed(odd_size));
        }
        let odd_root = "its third line is no root hash";
        let root = BASE64.decode(line(odd_root)?).ok();
        let root = root.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let root = Hash(root.ok_or(malformed(odd_root))?);
        // Extension lines are for others; the signatures cover them.
        if lines.any(|line| line == "\n") {
            return Err(malformed("one of its lines is empty"));
        }
        Ok(Self { origin, size, root })
    }
}

impl Signed {
    /// Reads a note. Nothing in it may be believed before [`Self::verify`].
    ///
    /// # Errors
    /// [`NoteError`] unless it is a checkpoint within the limits, as this program and others write it.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let note = Note::parse(text)?;
        let checkpoint = Checkpoint::parse(note.text())?;
        Ok(Self { checkpoint, note })
    }

    /// Reads a note and believes it, if `hub` has signed it with `key`.
    ///
    /// # Errors
    /// [`NoteError`] if it is no checkpoint, of another hub, or not signed.
    pub fn open(text: &str, hub: &HubId, key: &PublicKey) -> Result<Self, NoteError> {
        let signed = Self::parse(text)?;
        if signed.checkpoint.origin != *hub {
            let (found, expected) = (signed.checkpoint.origin.to_string(), hub.to_string());
            return Err(NoteError::Origin { found, expected });
        }
        signed.verify(key)?;
        Ok(signed)
    }

    /// What was signed.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// Checks that the hub has signed it with `key`.
    ///
    /// # Errors
    /// [`NoteError::Unsigned`] without such a signature, [`NoteError::Forged`] if it does not hold.
    pub fn verify(&self, key: &PublicKey) -> Result<(), NoteError> {
        let name = self.checkpoint.origin.as_str();
        let text = self.note.text().as_bytes();
        let mut found = false;
        for line in self.note.lines_of(name, Algorithm::Ed25519.id(name, key)) {
            let signature = <[u8; 64]>::try_from(line.signature.as_slice()).map(Signature);
            if !signature.is_ok_and(|signature| key.verifies(text, &signature)) {
                return Err(NoteError::Forged(name.to_owned()));
            }
            found = true;
        }
        if found {
            Ok(())
        } else {
            Err(NoteError::Unsigned(name.to_owned()))
        }
    }

    /// Cosigns it as an agent that has verified that it continues what it has seen.
    pub fn cosign(&self, key: &SecretKey, at: Timestamp) -> Cosignature {
        let at = u64::try_from(at.0.div_euclid(1_000)).unwrap_or(0);
        let signature = key.sign(&self.cosigned_text(at));
        Cosignature { at, signature }
    }

    /// Whether `agent`'s key made `cosignature` of this checkpoint.
    pub fn is_cosigned(&self, key: &PublicKey, cosignature: &Cosignature) -> bool {
        key.verifies(&self.cosigned_text(cosignature.at), &cosignature.signature)
    }

    /// Adds a cosignature of `agent`, in the place of an older one by the same key; one that does not hold is not added.
    ///
    /// # Errors
    /// [`NoteError::Forged`] if it does not hold, [`NoteError::TooMuch`] if there are too many.
    pub fn add(
        &mut self,
        agent: &Name,
        key: &PublicKey,
        cosignature: &Cosignature,
    ) -> Result<(), NoteError> {
        let name = cosigner(&self.checkpoint.origin, agent);
        if !self.is_cosigned(key, cosignature) {
            return Err(NoteError::Forged(name));
        }
        let id = Algorithm::Cosignature.id(&name, key);
        self.note.remove(&name, id);
        if self.note.len() >= MAX_SIGNATURES {
            return Err(NoteError::TooMuch);
        }
        self.note.add(Line {
            name,
            id,
            signature: cosignature.bytes().to_vec(),
        });
        Ok(())
    }

    /// Who of `agents` has cosigned it, by name; signatures of others are passed over.
    ///
    /// # Errors
    /// [`NoteError::Forged`] if one that names a known key does not hold.
    pub fn cosigned<'a>(
        &self,
        agents: impl IntoIterator<Item = (&'a Name, &'a PublicKey)>,
    ) -> Result<Vec<Cosigned>, NoteError> {
        let mut found = Vec::new();
        for (agent, key) in agents {
            let name = cosigner(&self.checkpoint.origin, agent);
            for line in self
                .note
                .lines_of(&name, Algorithm::Cosignature.id(&name, key))
            {
                let cosignature = Cosignature::from_bytes(&line.signature);
                let holds = cosignature.filter(|one| self.is_cosigned(key, one));
                let one = holds.ok_or_else(|| NoteError::Forged(name.clone()))?;
                let at = Timestamp(i64::try_from(one.at.saturating_mul(1_000)).unwrap_or(i64::MAX));
                let agent = agent.clone();
                found.push(Cosigned { agent, at });
            }
        }
        found.sort();
        Ok(found)
    }

    fn cosigned_text(&self, at: u64) -> Vec<u8> {
        format!("cosignature/v1\ntime {at}\n{}", self.note.text()).into_bytes()
    }
}

impl fmt::Display for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

impl Cosignature {
    /// As it stands in a note and in an upload: seconds, most significant byte first, and signature.
    pub fn bytes(&self) -> [u8; 72] {
        let mut bytes = [0; 72];
        bytes[..8].copy_from_slice(&self.at.to_be_bytes());
        bytes[8..].copy_from_slice(&self.signature.0);
        bytes
    }

    /// Reads what [`Self::bytes`] writes.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (at, signature) = bytes.split_first_chunk::<8>()?;
        let at = u64::from_be_bytes(*at);
        let signature = Signature(signature.try_into().ok()?);
        (i64::try_from(at).is_ok()).then_some(Self { at, signature })
    }
}

/// The name under which an agent cosigns the log of `hub`.
pub fn cosigner(hub: &HubId, agent: &Name) -> String {
    format!("{hub}/{agent}")
}

/// The hub's key as other programs for such notes take it: `NAME+ID+KEY`.
pub fn verifier_key(hub: &HubId, key: &PublicKey) -> String {
    Algorithm::Ed25519.verifier_key(hub.as_str(), key)
}

#[cfg(test)]
mod tests;
