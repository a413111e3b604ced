//! Who speaks: Ed25519 keys (RFC 8032) of agents and hubs, and what they put their name under.
//!
//! Every signed text begins with what it is and which hub it is meant for, so that no signature can be taken for another.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

/// The secret half of a key. Never printed, never in a record.
pub struct SecretKey(Ed25519KeyPair);

/// The public half of a key: 32 bytes, printed in base64.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicKey(pub [u8; 32]);

/// The first 8 bytes of the SHA-256 of a public key, printed in hexadecimal: enough to tell the keys of one agent apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub [u8; 8]);

/// An Ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signature(pub [u8; 64]);

/// The name of a hub, which agents name in whatever they sign: the origin of its log, such as `hub.example.org/groupdesk`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HubId(String);

/// Why something is no key or no name of a hub.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// The text holds no secret key.
    #[error("this is no Ed25519 key in PKCS#8 PEM form (-----BEGIN PRIVATE KEY-----)")]
    NoSecret,
    /// The text is no public key.
    #[error("{0:?} is no public key: 32 bytes in base64 are needed")]
    NoPublic(String),
    /// The text cannot name a hub.
    #[error("{0:?} cannot name a hub: use 1 to 100 of a-z, A-Z, 0-9, '.', '/', ':', '_' and '-'")]
    NoHub(String),
    /// The system has no randomness to give.
    #[error("the system gives no randomness for a key")]
    NoRandomness,
}

const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
const END: &str = "-----END PRIVATE KEY-----";

impl SecretKey {
    /// A new key.
    ///
    /// # Errors
    /// [`KeyError::NoRandomness`] if the system fails.
    pub fn generate() -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::generate().map_err(|_| KeyError::NoRandomness)?;
        Ok(Self(pair))
    }

    /// The key that follows from 32 bytes, for tests and simulations.
    ///
    /// # Errors
    /// [`KeyError::NoSecret`] never for 32 bytes; the library could refuse.
    pub fn from_seed(seed: &[u8; 32]) -> Result<Self, KeyError> {
        let pair = Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| KeyError::NoSecret)?;
        Ok(Self(pair))
    }

    /// Reads PKCS#8 in PEM form, as [`Self::to_pem`] and `openssl genpkey -algorithm ed25519` write it.
    ///
    /// # Errors
    /// [`KeyError::NoSecret`] if the text is anything else.
    pub fn from_pem(text: &str) -> Result<Self, KeyError> {
        let inner = text.trim().strip_prefix(BEGIN);
        let inner = inner.and_then(|text| text.strip_suffix(END));
        let packed: String = inner
            .ok_or(KeyError::NoSecret)?
            .split_whitespace()
            .collect();
        let bytes = BASE64.decode(packed).map_err(|_| KeyError::NoSecret)?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&bytes);
        pair.map(Self).map_err(|_| KeyError::NoSecret)
    }

    /// The key in PKCS#8 PEM form, to be kept in a file that only its owner can read.
    ///
    /// # Errors
    /// [`KeyError::NoSecret`] if the library cannot write it.
    pub fn to_pem(&self) -> Result<String, KeyError> {
        let document = self.0.to_pkcs8v1().map_err(|_| KeyError::NoSecret)?;
        Ok(format!("{BEGIN}\n{}\n{END}\n", BASE64.encode(document)))
    }

    /// The public half.
    ///
    /// # Panics
    /// Never: an Ed25519 public key has 32 bytes.
    pub fn public(&self) -> PublicKey {
        let bytes = self.0.public_key().as_ref();
        PublicKey(bytes.try_into().expect("32 bytes"))
    }

    /// Signs `text`.
    ///
    /// # Panics
    /// Never: an Ed25519 signature has 64 bytes.
    pub fn sign(&self, text: &[u8]) -> Signature {
        let signature = self.0.sign(text);
        Signature(signature.as_ref().try_into().expect("64 bytes"))
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey(of {})", self.public().id())
    }
}

impl PublicKey {
    /// Reads base64, as [`fmt::Display`] writes it.
    ///
    /// # Errors
    /// [`KeyError::NoPublic`] unless it is 32 bytes.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let bytes = BASE64.decode(text).ok();
        let bytes = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        bytes
            .map(Self)
            .ok_or_else(|| KeyError::NoPublic(text.chars().take(80).collect()))
    }

    /// Its short form.
    pub fn id(&self) -> KeyId {
        let mut id = KeyId([0; 8]);
        id.0.copy_from_slice(&digest(&SHA256, &self.0).as_ref()[..8]);
        id
    }

    /// Whether `signature` was made for `text` by the secret half.
    pub fn verifies(&self, text: &[u8], signature: &Signature) -> bool {
        let key = UnparsedPublicKey::new(&ED25519, &self.0);
        key.verify(text, &signature.0).is_ok()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&BASE64.encode(self.0))
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl KeyId {
    /// Reads 16 hexadecimal digits, as [`fmt::Display`] writes them.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = digits.then(|| u64::from_str_radix(text, 16).ok()).flatten();
        number.map(|number| Self(number.to_be_bytes()))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Signature {
    /// Reads base64, as [`fmt::Display`] writes it.
    pub fn parse(text: &str) -> Option<Self> {
        BASE64.decode(text).ok()?.try_into().ok().map(Self)
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&BASE64.encode(self.0))
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl HubId {
    /// Checks and keeps `text`.
    ///
    /// # Errors
    /// [`KeyError::NoHub`] unless it is 1 to 100 of letters, digits, `.`, `/`, `:`, `_` and `-`.
    pub fn new(text: &str) -> Result<Self, KeyError> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"./:_-".contains(&byte);
        if (1..=100).contains(&text.len()) && text.bytes().all(plain) {
            return Ok(Self(text.to_owned()));
        }
        Err(KeyError::NoHub(text.chars().take(120).collect()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HubId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for HubId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// A text to be signed: what it is, for which hub, and its parts, none of which can run into the next.
///
/// `"groupdesk/WHAT/v1\0"`, then each part as its length (8 bytes, most significant first) and its bytes.
#[derive(Clone, Debug)]
pub struct Statement(Vec<u8>);

impl Statement {
    /// Begins a statement of the kind `what`, meant for `hub`.
    pub fn new(what: &str, hub: &HubId) -> Self {
        let mut text = Self(format!("groupdesk/{what}/v1\0").into_bytes());
        text.push(hub.as_str().as_bytes());
        text
    }

    /// With one part more.
    #[must_use]
    pub fn with(mut self, part: &[u8]) -> Self {
        self.push(part);
        self
    }

    /// With a number more.
    #[must_use]
    pub fn number(self, number: u64) -> Self {
        self.with(&number.to_be_bytes())
    }

    /// The bytes to be signed.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn push(&mut self, part: &[u8]) {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
        self.0.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests;
