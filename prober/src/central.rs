//! A plan that is kept in one place for many agents, and believed only if signed by the key that the operator gave.
//!
//! It is never older than what is known, and kept for when that place cannot be reached.
//! Whoever holds the place holds nothing: without the key a plan cannot be changed, and not set back to an older one.

use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{SHA256, digest};
use http::{HeaderValue, StatusCode, header};
use ledger::identity::{KeyError, KeyId, PublicKey, SecretKey, Signature};
use ledger::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use url::Url;

use crate::private::{self, PrivateError};
use crate::web::{Answer, Ask, SetupError, Trust, Web, WebError};

/// A signature from further ahead than this was made by a clock that is wrong, and would bar every later plan.
const AHEAD: Millis = Millis::from_mins(24 * 60);

/// A signature under a plan: when it was made, and by whose key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanSignature {
    /// When; a plan that was signed earlier than the one that is known is refused.
    pub made: Timestamp,
    /// By which key.
    pub key: KeyId,
    /// The signature.
    pub signature: Signature,
}

/// A plan's text that somebody has put their name under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedPlan {
    /// As it was written.
    pub text: String,
    /// Its signature.
    pub signature: PlanSignature,
}

/// Where the plan comes from, and what is known of it.
#[derive(Debug)]
pub struct Source {
    url: Url,
    plan: Web,
    signature: Web,
    key: PublicKey,
    /// Where the last good one is kept.
    kept: PathBuf,
    tag: Option<HeaderValue>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
pub enum CentralError {
    /// There is no way to the place.
    #[error("the plan cannot be fetched: {0}")]
    Setup(#[from] SetupError),
    /// The place does not answer.
    #[error("the plan cannot be fetched: {0}")]
    Web(#[from] WebError),
    /// It answers something else.
    #[error("{url} answers {status}; a plan is needed")]
    Status {
        /// What was asked for.
        url: Url,
        /// The answer.
        status: StatusCode,
    },
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] PrivateError),
    /// The key is none.
    #[error("{}: {error}; `prober plan keygen` writes one", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: KeyError,
    },
    /// The signature is none.
    #[error("{place} is no signature of a plan: {what}; `prober plan sign` makes one")]
    Odd {
        /// Where it is from.
        place: String,
        /// What is wrong.
        what: String,
    },
    /// It does not hold.
    #[error(
        "the plan from {place} is not what key {expected} has signed (its signature names key {found}); publish plan and signature together"
    )]
    Forged {
        /// Where it is from.
        place: String,
        /// Whose it is said to be.
        found: KeyId,
        /// Whose it must be.
        expected: KeyId,
    },
    /// It is older than what is known.
    #[error(
        "the plan from {place} was signed at {found}, the one that is known at {known}: it is not taken"
    )]
    Older {
        /// Where it is from.
        place: String,
        /// When it was signed.
        found: Timestamp,
        /// When the known one was.
        known: Timestamp,
    },
    /// It is from the future.
    #[error(
        "the plan from {place} was signed at {found}, which is still to come; check the clocks and sign it again"
    )]
    Ahead {
        /// Where it is from.
        place: String,
        /// When it was signed.
        found: Timestamp,
    },
    /// It is no text.
    #[error("the plan from {0} is not UTF-8 text")]
    NotText(String),
}

/// The file.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    made: String,
    key: String,
    signature: String,
}

impl CentralError {
    /// Whether trying again cannot help.
    pub fn is_wrong(&self) -> bool {
        !matches!(self, Self::Web(_) | Self::Status { .. })
    }
}

impl PlanSignature {
    /// Signs a plan's text.
    pub fn sign(text: &str, made: Timestamp, key: &SecretKey) -> Self {
        Self {
            made,
            key: key.public().id(),
            signature: key.sign(&statement(text, made)),
        }
    }

    /// Whether it is `key`'s, and of this text.
    pub fn holds(&self, text: &str, key: &PublicKey) -> bool {
        key.verifies(&statement(text, self.made), &self.signature)
    }

    /// The file that stands beside a plan.
    pub fn to_text(&self) -> String {
        format!(
            "# Made by `prober plan sign`: whose plan this is, and when it was signed. An older one is refused.\n\
            made = \"{}\"\nkey = \"{}\"\nsignature = \"{}\"\n",
            self.made, self.key, self.signature
        )
    }

    /// Reads that file; `place` is where it is from.
    ///
    /// # Errors
    /// [`CentralError::Odd`] if it is none.
    pub fn parse(text: &str, place: &str) -> Result<Self, CentralError> {
        let odd = |what: &str| CentralError::Odd {
            place: place.to_owned(),
            what: what.lines().next().unwrap_or_default().to_owned(),
        };
        let written: Written = toml::from_str(text).map_err(|error| odd(error.message()))?;
        let made: Result<jiff::Timestamp, _> = written.made.parse();
        let made = made.map_err(|_| odd("`made` is no instant"))?;
        Ok(Self {
            made: Timestamp::from_jiff(made),
            key: KeyId::parse(&written.key).ok_or_else(|| odd("`key` is no key"))?,
            signature: Signature::parse(&written.signature)
                .ok_or_else(|| odd("`signature` is none"))?,
        })
    }
}

impl Source {
    /// The plan at `url`, signed by the key in `key`; the last good one is kept at `kept`.
    ///
    /// # Errors
    /// [`CentralError`] if the address or the key is of no use.
    pub fn new(
        url: &Url,
        key: &Path,
        ca: Option<&Path>,
        kept: PathBuf,
    ) -> Result<Self, CentralError> {
        let text = std::fs::read_to_string(key).map_err(|error| PrivateError::System {
            path: key.to_owned(),
            error,
        })?;
        let key = PublicKey::parse(text.trim()).map_err(|error| CentralError::Key {
            path: key.to_owned(),
            error,
        })?;
        let trust = Trust {
            ca: ca.map(Path::to_owned),
            client: None,
        };
        let mut beside = url.clone();
        beside.set_path(&format!("{}.sig", url.path()));
        Ok(Self {
            url: url.clone(),
            plan: Web::new(url, &trust)?,
            signature: Web::new(&beside, &trust)?,
            key,
            kept,
            tag: None,
        })
    }

    /// Where it is from.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The plan that was kept, if there is one and it is still the key's.
    ///
    /// # Errors
    /// [`CentralError`] if there is one that cannot be read or is not the key's.
    pub fn kept(&self) -> Result<Option<SignedPlan>, CentralError> {
        if !self.kept.exists() {
            return Ok(None);
        }
        let text = private::read(&self.kept)?.to_string();
        let place = self.kept.display().to_string();
        // Beside a plan whose signature was already replaced stands the one before.
        let mut failed = None;
        for path in [self.beside("sig"), self.beside("sig.old")] {
            let read = private::read(&path).map_err(CentralError::from);
            let read =
                read.and_then(|text| PlanSignature::parse(&text, &path.display().to_string()));
            match read.and_then(|signature| self.verified(text.clone(), signature, &place)) {
                Ok(plan) => return Ok(Some(plan)),
                Err(error) => failed = failed.or(Some(error)),
            }
        }
        failed.map_or(Ok(None), Err)
    }

    /// Fetches the plan; `None` if it is the same as at the last call.
    ///
    /// # Errors
    /// [`CentralError`] if it cannot be had, or is not to be believed.
    pub async fn fetch(
        &mut self,
        known: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Option<SignedPlan>, CentralError> {
        let place = self.url.to_string();
        let ask = Ask {
            known: self.tag.clone(),
            ..Ask::default()
        };
        let answer = self.plan.ask(&ask).await?;
        if answer.status == StatusCode::NOT_MODIFIED {
            return Ok(None);
        }
        let text = text_of(&self.url, &answer)?;
        let beside = self.signature.ask(&Ask::default()).await?;
        let signature = text_of(&self.url, &beside)?;
        let signature = PlanSignature::parse(&signature, &format!("{place}.sig"))?;
        let plan = self.verified(text, signature, &place)?;
        let found = plan.signature.made;
        if let Some(known) = known.filter(|known| found < *known) {
            return Err(CentralError::Older {
                place,
                found,
                known,
            });
        }
        if found > now + AHEAD {
            return Err(CentralError::Ahead { place, found });
        }
        self.tag = answer.headers.get(header::ETAG).cloned();
        Ok(Some(plan))
    }

    /// Keeps a plan that has proven good, for when the place cannot be reached.
    ///
    /// # Errors
    /// [`CentralError::File`] if it cannot be written.
    pub fn keep(&self, plan: &SignedPlan) -> Result<(), CentralError> {
        let (beside, before) = (self.beside("sig"), self.beside("sig.old"));
        if beside.exists() {
            private::rename(&beside, &before)?;
        }
        private::replace(&beside, &plan.signature.to_text())?;
        Ok(private::replace(&self.kept, &plan.text)?)
    }

    fn beside(&self, end: &str) -> PathBuf {
        let mut path = self.kept.as_os_str().to_owned();
        path.push(".");
        path.push(end);
        PathBuf::from(path)
    }

    fn verified(
        &self,
        text: String,
        signature: PlanSignature,
        place: &str,
    ) -> Result<SignedPlan, CentralError> {
        if signature.holds(&text, &self.key) {
            return Ok(SignedPlan { text, signature });
        }
        Err(CentralError::Forged {
            place: place.to_owned(),
            found: signature.key,
            expected: self.key.id(),
        })
    }
}

fn text_of(url: &Url, answer: &Answer) -> Result<String, CentralError> {
    if answer.status != StatusCode::OK {
        return Err(CentralError::Status {
            url: url.clone(),
            status: answer.status,
        });
    }
    let text = std::str::from_utf8(&answer.body);
    let text = text.map_err(|_| CentralError::NotText(url.to_string()))?;
    Ok(text.to_owned())
}

/// What is signed: `"groupdesk/plan/v1\0"`, when (8 bytes, milliseconds since 1970, most significant first), and the SHA-256
/// of the text.
fn statement(text: &str, made: Timestamp) -> Vec<u8> {
    let mut bytes = b"groupdesk/plan/v1\0".to_vec();
    bytes.extend_from_slice(&made.0.to_be_bytes());
    bytes.extend_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(seed: u8) -> SecretKey {
        SecretKey::from_seed(&[seed; 32]).unwrap()
    }

    fn source(directory: &Path, key: u8) -> Source {
        let key_file = directory.join("plan.key.pub");
        std::fs::write(&key_file, format!("{}\n", secret(key).public())).unwrap();
        let url = Url::parse("https://plans.example.org/probes.toml").unwrap();
        Source::new(&url, &key_file, None, directory.join("east.plan.toml")).unwrap()
    }

    fn signed(text: &str, made: i64) -> SignedPlan {
        SignedPlan {
            text: text.to_owned(),
            signature: PlanSignature::sign(text, Timestamp(made), &secret(1)),
        }
    }

    #[test]
    fn a_signature_is_read_as_it_is_written_and_holds_for_its_text_alone() {
        let plan = signed("a plan", 1_700_000_000_123);
        let text = plan.signature.to_text();
        assert_eq!(PlanSignature::parse(&text, "x").unwrap(), plan.signature);
        assert!(plan.signature.holds("a plan", &secret(1).public()));
        assert!(!plan.signature.holds("b plan", &secret(1).public()));
        assert!(!plan.signature.holds("a plan", &secret(2).public()));
        let later = PlanSignature {
            made: plan.signature.made + Millis(1),
            ..plan.signature
        };
        assert!(!later.holds("a plan", &secret(1).public()));
        for odd in [
            "",
            "made = 3",
            &text.replace("Z\"", "\""),
            &text.replace("key", "kez"),
        ] {
            let told = PlanSignature::parse(odd, "x.sig").unwrap_err().to_string();
            assert!(
                told.starts_with("x.sig is no signature of a plan: "),
                "{told}"
            );
            assert_eq!(told.lines().count(), 1, "{told}");
        }
    }

    #[test]
    fn what_is_kept_is_whole_at_every_step_of_a_change() {
        let directory = tempfile::tempdir().unwrap();
        let source = source(directory.path(), 1);
        assert_eq!(source.kept().unwrap(), None);
        let (one, two) = (signed("one", 1_000), signed("two", 2_000));
        source.keep(&one).unwrap();
        assert_eq!(source.kept().unwrap(), Some(one.clone()));
        // Cut short after the signature was replaced.
        private::rename(&source.beside("sig"), &source.beside("sig.old")).unwrap();
        assert_eq!(source.kept().unwrap(), Some(one.clone()));
        private::replace(&source.beside("sig"), &two.signature.to_text()).unwrap();
        assert_eq!(source.kept().unwrap(), Some(one.clone()));
        source.keep(&one).unwrap();
        source.keep(&two).unwrap();
        assert_eq!(source.kept().unwrap(), Some(two));
        // Another key.
        let other = self::source(directory.path(), 2);
        let told = other.kept().unwrap_err().to_string();
        assert!(told.contains("is not what key"), "{told}");
    }

    /// What a place has, by path; and whether it says that nothing is new.
    #[derive(Clone, Default)]
    struct Place(std::sync::Arc<std::sync::Mutex<(String, String)>>);

    impl Place {
        fn put(&self, plan: &SignedPlan) {
            *self.0.lock().unwrap() = (plan.text.clone(), plan.signature.to_text());
        }

        fn says(&self) -> crate::web::tests::Says {
            let place = self.clone();
            Box::new(move |asked| {
                let (plan, signature) = place.0.lock().unwrap().clone();
                let tag = format!("\"{}\"", plan.len());
                if asked.contains(&format!("if-none-match: {tag}")) {
                    return b"HTTP/1.1 304 Not Modified\r\ncontent-length: 0\r\n\r\n".to_vec();
                }
                let body = match asked.starts_with("GET /probes.toml.sig ") {
                    true => signature,
                    false => plan,
                };
                let length = body.len();
                format!("HTTP/1.1 200 OK\r\netag: {tag}\r\ncontent-length: {length}\r\n\r\n{body}")
                    .into_bytes()
            })
        }
    }

    #[tokio::test]
    async fn a_plan_is_fetched_once_and_only_newer_ones_by_the_key_are_taken() {
        let authority = crate::web::tests::Authority::new();
        let place = Place::default();
        let options = crate::web::tests::Options {
            says: place.says(),
            ..Default::default()
        };
        let (url, _asked) = authority.serve(options).await;
        let directory = tempfile::tempdir().unwrap();
        let key = directory.path().join("plan.key.pub");
        std::fs::write(&key, secret(1).public().to_string()).unwrap();
        let url = url.join("/probes.toml").unwrap();
        let kept = directory.path().join("east.plan.toml");
        let trust = authority.trust();
        let mut source = Source::new(&url, &key, trust.ca.as_deref(), kept).unwrap();
        let now = Timestamp(2_000);
        let one = signed("one", 1_000);
        place.put(&one);
        assert_eq!(source.fetch(None, now).await.unwrap(), Some(one.clone()));
        assert_eq!(
            source.fetch(Some(Timestamp(1_000)), now).await.unwrap(),
            None,
            "nothing new"
        );
        let longer = signed("two, longer", 1_500);
        place.put(&longer);
        let known = Some(one.signature.made);
        assert_eq!(
            source.fetch(known, now).await.unwrap(),
            Some(longer.clone())
        );
        // Back to the older one, by whoever holds the place.
        place.put(&one);
        let refused = source
            .fetch(Some(longer.signature.made), now)
            .await
            .unwrap_err();
        assert!(matches!(refused, CentralError::Older { .. }), "{refused}");
        // Changed by whoever holds the place.
        let changed = SignedPlan {
            text: "two, and more".to_owned(),
            ..longer
        };
        place.put(&changed);
        let refused = source.fetch(known, now).await.unwrap_err();
        assert!(matches!(refused, CentralError::Forged { .. }), "{refused}");
        place.put(&signed("from tomorrow", 2_001 + AHEAD.0));
        let refused = source.fetch(known, now).await.unwrap_err();
        assert!(matches!(refused, CentralError::Ahead { .. }), "{refused}");
    }
}
