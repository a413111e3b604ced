//! Signed notes (C2SP signed-note): a text, an empty line, and one line for each signature.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::identity::PublicKey;
use crate::wire::Hash;

/// The longest note, in bytes.
pub const MAX_NOTE: usize = 64 << 10;
/// The most signatures under one.
pub const MAX_SIGNATURES: usize = 256;

/// Why a text is no checkpoint, or one that must not be believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is no signed note, or not of a checkpoint.
    #[error("this is no checkpoint: {0}")]
    Malformed(&'static str),
    /// It is too long, or has too many signatures.
    #[error("a checkpoint has at most {MAX_NOTE} bytes and {MAX_SIGNATURES} signatures")]
    TooMuch,
    /// It is of another log.
    #[error("the checkpoint is of {found}, not of {expected}")]
    Origin {
        /// Whose it is.
        found: String,
        /// Whose it should be.
        expected: String,
    },
    /// The key that counts has not signed.
    #[error("the checkpoint is not signed by the key of {0}")]
    Unsigned(String),
    /// A signature that names a known key was not made by it.
    #[error("a signature in the name of {0} does not hold")]
    Forged(String),
}

/// How a signature was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// Ed25519 over the text.
    Ed25519 = 1,
    /// Ed25519 over the text and an instant.
    Cosignature = 4,
}

/// A text and its signatures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    text: String,
    lines: Vec<Line>,
}

/// A signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Who says to have made it.
    pub(super) name: String,
    /// With which key.
    pub(super) id: [u8; 4],
    pub(super) signature: Vec<u8>,
}

impl Algorithm {
    /// What tells the keys of one name apart.
    pub(super) fn id(self, name: &str, key: &PublicKey) -> [u8; 4] {
        let text = [name.as_bytes(), b"\n", &[self as u8], &key.0].concat();
        let [a, b, c, d, ..] = Hash::of(&text).0;
        [a, b, c, d]
    }

    pub(super) fn verifier_key(self, name: &str, key: &PublicKey) -> String {
        let id = u32::from_be_bytes(self.id(name, key));
        let key = BASE64.encode([&[self as u8], key.0.as_slice()].concat());
        format!("{name}+{id:08x}+{key}")
    }
}

impl Note {
    /// A note without signatures. The text ends with a line break.
    pub(super) fn new(text: String) -> Self {
        let lines = Vec::new();
        Self { text, lines }
    }

    pub(super) fn parse(note: &str) -> Result<Self, NoteError> {
        let malformed = NoteError::Malformed;
        if note.len() > MAX_NOTE {
            return Err(NoteError::TooMuch);
        }
        if note.bytes().any(|byte| byte < b' ' && byte != b'\n') {
            return Err(malformed("it has control characters"));
        }
        let end = note.rfind("\n\n");
        let end = end.ok_or(malformed("it has no empty line before its signatures"))?;
        let (text, rest) = (&note[..=end], &note[end + 2..]);
        if rest.is_empty() || !rest.ends_with('\n') {
            return Err(malformed("it does not end with a whole signature"));
        }
        let lines: Result<Vec<Line>, NoteError> = rest.lines().map(Line::parse).collect();
        let lines = lines?;
        if lines.len() > MAX_SIGNATURES {
            return Err(NoteError::TooMuch);
        }
        let text = text.to_owned();
        Ok(Self { text, lines })
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn add(&mut self, line: Line) {
        self.lines.push(line);
    }

    pub(super) fn remove(&mut self, name: &str, id: [u8; 4]) {
        self.lines.retain(|line| line.name != name || line.id != id);
    }

    /// The signatures that say to be by that key.
    pub(super) fn lines_of(&self, name: &str, id: [u8; 4]) -> impl Iterator<Item = &Line> {
        let lines = self.lines.iter();
        lines.filter(move |line| line.name == name && line.id == id)
    }
}

impl Line {
    fn parse(line: &str) -> Result<Self, NoteError> {
        let parts = line
            .strip_prefix("— ")
            .and_then(|rest| rest.split_once(' '));
        let (name, packed) = parts.ok_or(NoteError::Malformed("a signature has no name"))?;
        let odd =
            |text: &str| text.contains(|letter: char| letter.is_whitespace() || letter == '+');
        if name.is_empty() || odd(name) {
            return Err(NoteError::Malformed("the name of a signature is none"));
        }
        let bytes = BASE64.decode(packed).ok();
        let parts = bytes.as_deref().and_then(<[u8]>::split_first_chunk::<4>);
        let (id, signature) = parts
            .filter(|(_, signature)| !signature.is_empty())
            .ok_or(NoteError::Malformed("a signature is no base64"))?;
        Ok(Self {
            name: name.to_owned(),
            id: *id,
            signature: signature.to_vec(),
        })
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for line in &self.lines {
            let packed = BASE64.encode([line.id.as_slice(), &line.signature].concat());
            writeln!(f, "— {} {packed}", line.name)?;
        }
        Ok(())
    }
}
