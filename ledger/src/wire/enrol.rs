//! How an agent hands its key to a hub: JSON over TLS, with a token that works once.

use serde::{Deserialize, Serialize};

use super::WireError;
use crate::identity::{HubId, KeyError, PublicKey, SecretKey, Signature};
use crate::name::Name;

/// The largest request or answer, in bytes.
pub const MAX_ENROL: usize = 4_096;
/// The longest token, in bytes.
const MAX_TOKEN: usize = 256;

/// A new token: 128 random bits in hexadecimal.
///
/// # Errors
/// [`KeyError::NoRandomness`] if the system fails.
pub fn new_token() -> Result<String, KeyError> {
    let mut bytes = [0_u8; 16];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| KeyError::NoRandomness)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// What an agent sends, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrol {
    /// What the hub's operator gave to the agent's.
    pub token: String,
    /// The agent's public key, in base64.
    pub key: String,
    /// That the agent holds the secret half: its signature, in base64, of `"groupdesk/enroll/v1\0"`, the length of the token
    /// (8 bytes, most significant first), the token, and the 32 bytes of the key.
    pub proof: String,
}

/// What the hub answers, as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// The name under which the agent is known now.
    pub agent: Name,
    /// Where it looks from.
    pub region: Name,
    /// The hub's name, which is part of all that the agent signs.
    pub hub: String,
    /// The hub's public key, in base64: receipts and checkpoints are signed with it.
    pub key: String,
}

impl Enrol {
    /// The request of an agent with this key.
    pub fn new(token: &str, key: &SecretKey) -> Self {
        let public = key.public();
        Self {
            token: token.to_owned(),
            key: public.to_string(),
            proof: key.sign(&proven(token, &public)).to_string(),
        }
    }

    /// The key, if the sender has shown that it holds the secret half.
    ///
    /// # Errors
    /// [`WireError::Forged`] if it has not, [`WireError::Malformed`] if there is no key.
    pub fn verified(&self) -> Result<PublicKey, WireError> {
        if self.token.len() > MAX_TOKEN {
            return Err(WireError::TooMuch {
                what: "bytes of token",
                limit: MAX_TOKEN,
            });
        }
        let key = PublicKey::parse(&self.key);
        let key = key.map_err(|_| WireError::Malformed("there is no public key in it"))?;
        let signature = Signature::parse(&self.proof);
        let signature = signature.ok_or(WireError::Malformed("there is no signature in it"))?;
        if key.verifies(&proven(&self.token, &key), &signature) {
            return Ok(key);
        }
        Err(WireError::Forged)
    }
}

impl Enrolled {
    /// The hub and its key.
    ///
    /// # Errors
    /// [`WireError::Malformed`] if either is none.
    pub fn hub(&self) -> Result<(HubId, PublicKey), WireError> {
        let hub = HubId::new(&self.hub);
        let hub = hub.map_err(|_| WireError::Malformed("the hub's name is none"))?;
        let key = PublicKey::parse(&self.key);
        let key = key.map_err(|_| WireError::Malformed("the hub's key is none"))?;
        Ok((hub, key))
    }
}

fn proven(token: &str, key: &PublicKey) -> Vec<u8> {
    let mut text = b"groupdesk/enroll/v1\0".to_vec();
    let length = u64::try_from(token.len()).unwrap_or(u64::MAX);
    text.extend_from_slice(&length.to_be_bytes());
    text.extend_from_slice(token.as_bytes());
    text.extend_from_slice(&key.0);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32]).expect("a key")
    }

    #[test]
    fn who_holds_the_key_and_the_token_is_believed() {
        let request = Enrol::new("token", &key(1));
        assert_eq!(request.verified(), Ok(key(1).public()));
    }

    #[test]
    fn another_token_another_key_or_another_signature_is_not() {
        let request = Enrol::new("token", &key(1));
        let other_token = Enrol {
            token: "other".to_owned(),
            ..request.clone()
        };
        let other_key = Enrol {
            key: key(2).public().to_string(),
            ..request.clone()
        };
        let no_proof = Enrol {
            proof: "AAAA".to_owned(),
            ..request
        };
        assert_eq!(other_token.verified(), Err(WireError::Forged));
        assert_eq!(other_key.verified(), Err(WireError::Forged));
        assert!(matches!(no_proof.verified(), Err(WireError::Malformed(_))));
    }
}
