//! The directory of a hub: its key, its certificates, and what its operator's other commands must know.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ledger::identity::{HubId, SecretKey};
use ledger::store::{HubKey, Place};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use serde::{Deserialize, Serialize};

use super::authority;
use super::files::{self, FileError};

/// Where a hub keeps what is its own.
#[derive(Clone, Debug)]
pub struct Home {
    path: PathBuf,
}

/// What `serve` leaves for `reporter agents`: `serve.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The hub's name.
    pub name: String,
    /// Where agents reach it.
    pub url: String,
    /// The certificate of the authority that agents must be given; none if they know it already.
    pub ca: Option<PathBuf>,
}

/// Certificates of the operator's own.
#[derive(Clone, Debug)]
pub(super) struct Given<'a> {
    pub(super) certificate: &'a Path,
    pub(super) key: &'a Path,
}

impl Home {
    /// The directory at `path`, which need not be there yet.
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// The record: the database named, or else a file in here.
    pub fn store(&self, named: Option<&Place>) -> Place {
        let own = || Place::from(self.file("hub.db"));
        named.cloned().unwrap_or_else(own)
    }

    /// What `serve` has left.
    ///
    /// # Errors
    /// [`FileError`] if it cannot be read, or `serve` never ran.
    pub fn known(&self) -> Result<Known, FileError> {
        let path = self.file("serve.json");
        let text = files::public(&path)?.ok_or_else(|| {
            FileError::odd(
                &self.path,
                "no hub has run here yet; `reporter serve` makes one",
            )
        })?;
        serde_json::from_str(&text).map_err(|error| FileError::odd(&path, error))
    }

    pub(super) fn make(&self) -> Result<(), FileError> {
        files::directory(&self.path)
    }

    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub(super) fn tell(&self, known: &Known) -> Result<(), FileError> {
        let path = self.file("serve.json");
        let text = serde_json::to_string_pretty(known);
        let text = text.map_err(|error| FileError::odd(&path, error))?;
        files::write(&path, &(text + "\n"))
    }

    /// The hub's own key, made at the first time.
    pub(super) fn key(&self, id: &HubId) -> Result<HubKey, FileError> {
        let path = self.file("hub.key");
        let id = id.clone();
        if let Some(text) = files::secret(&path)? {
            let key = SecretKey::from_pem(&text).map_err(|error| FileError::odd(&path, error))?;
            return Ok(HubKey { id, key });
        }
        let made = SecretKey::generate().and_then(|key| Ok((key.to_pem()?, key)));
        let (text, key) = made.map_err(|error| FileError::odd(&path, error))?;
        files::write(&path, &text)?;
        Ok(HubKey { id, key })
    }

    /// TLS 1.3 with the certificate that was given, or with one of our own for `hosts`.
    pub(super) fn tls(
        &self,
        given: Option<&Given<'_>>,
        hosts: &[String],
        clients: Option<&Path>,
    ) -> Result<Arc<ServerConfig>, FileError> {
        let (certificate, key) = match given {
            Some(given) => (given.certificate.to_owned(), given.key.to_owned()),
            None => {
                authority::ensure(self, hosts)?;
                (self.file("tls.pem"), self.file("tls.key"))
            }
        };
        let chain = certificates(&certificate)?;
        let missing = || FileError::odd(&key, "there is no such file");
        let text = files::secret(&key)?.ok_or_else(missing)?;
        let private = PrivateKeyDer::from_pem_slice(text.as_bytes());
        let private = private.map_err(|error| FileError::odd(&key, error))?;
        let odd = |error: rustls::Error| FileError::odd(&certificate, error);
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let builder = builder
            .with_protocol_versions(&[&rustls::version::TLS13])
            .map_err(odd)?;
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(path) => {
                let mut roots = rustls::RootCertStore::empty();
                for root in certificates(path)? {
                    roots
                        .add(root)
                        .map_err(|error| FileError::odd(path, error))?;
                }
                let roots = Arc::new(roots);
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
                let verifier = verifier.build();
                let verifier = verifier.map_err(|error| FileError::odd(path, error))?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let mut config = builder.with_single_cert(chain, private).map_err(odd)?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, FileError> {
    let text = files::public(path)?;
    let text = text.ok_or_else(|| FileError::odd(path, "there is no such file"))?;
    let found = CertificateDer::pem_slice_iter(text.as_bytes());
    let found: Vec<_> = found
        .collect::<Result<_, _>>()
        .map_err(|error| FileError::odd(path, error))?;
    if found.is_empty() {
        return Err(FileError::odd(path, "there is no certificate in it"));
    }
    Ok(found)
}
