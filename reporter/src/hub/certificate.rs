//! The certificate that is shown to agents. It is read anew while the hub runs, because certificates end sooner than hubs do.

use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use rustls::sign::CertifiedKey;

use super::authority;
use super::files::{self, FileError};
use super::home::Home;

/// Where the certificate comes from, and which one is shown now.
#[derive(Debug)]
pub(super) struct Shown {
    home: Home,
    /// The operator's own certificate and key, instead of one by our authority.
    given: Option<(PathBuf, PathBuf)>,
    hosts: Vec<String>,
    provider: Arc<CryptoProvider>,
    now: RwLock<Arc<CertifiedKey>>,
}

impl Shown {
    /// The certificate that was given, or else one of our own for `hosts`, made if need be.
    pub(super) fn new(
        home: &Home,
        given: Option<&(PathBuf, PathBuf)>,
        hosts: &[String],
    ) -> Result<Self, FileError> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let now = read(home, given, hosts, &provider)?;
        Ok(Self {
            home: home.clone(),
            given: given.cloned(),
            hosts: hosts.to_vec(),
            provider,
            now: RwLock::new(Arc::new(now)),
        })
    }

    /// Reads it again, or makes a new one if ours ends soon; says whether another one is shown now.
    ///
    /// # Errors
    /// [`FileError`] if there is none to show; the one before stays.
    pub(super) fn renew(&self) -> Result<bool, FileError> {
        let found = read(&self.home, self.given.as_ref(), &self.hosts, &self.provider)?;
        if found.cert == self.current().cert {
            return Ok(false);
        }
        *self.now.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(found);
        Ok(true)
    }

    /// TLS 1.3 with it; agents must show a certificate by one of the authorities in `clients`, if that is given.
    pub(super) fn tls(
        self: &Arc<Self>,
        clients: Option<&Path>,
    ) -> Result<Arc<ServerConfig>, FileError> {
        let odd = |error: rustls::Error| FileError::odd(&self.home.file("tls.pem"), error);
        let builder = ServerConfig::builder_with_provider(Arc::clone(&self.provider));
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
                let provider = Arc::clone(&self.provider);
                let verifier =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build();
                let verifier = verifier.map_err(|error| FileError::odd(path, error))?;
                builder.with_client_cert_verifier(verifier)
            }
        };
        let mut config = builder.with_cert_resolver(Arc::clone(self) as Arc<_>);
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }

    fn current(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.now.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.current())
    }
}

fn read(
    home: &Home,
    given: Option<&(PathBuf, PathBuf)>,
    hosts: &[String],
    provider: &CryptoProvider,
) -> Result<CertifiedKey, FileError> {
    let (certificate, key) = match given {
        // Whoever renews certificates puts links there.
        Some((certificate, key)) => (behind(certificate), behind(key)),
        None => {
            authority::ensure(home, hosts)?;
            (home.file("tls.pem"), home.file("tls.key"))
        }
    };
    let chain = certificates(&certificate)?;
    let missing = || FileError::odd(&key, "there is no such file");
    let text = files::secret(&key)?.ok_or_else(missing)?;
    let private = PrivateKeyDer::from_pem_slice(text.as_bytes());
    let private = private.map_err(|error| FileError::odd(&key, error))?;
    let certified = CertifiedKey::from_der(chain, private, provider);
    certified.map_err(|error| FileError::odd(&certificate, error))
}

/// What a link leads to.
fn behind(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn hosts() -> Vec<String> {
        vec!["localhost".to_owned()]
    }

    #[test]
    fn a_certificate_of_our_own_is_made_anew_before_it_ends() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::new(directory.path());
        let shown = Shown::new(&home, None, &hosts()).unwrap();
        let first = shown.current();
        assert!(!shown.renew().unwrap(), "there is time");
        let beside = home.file("tls.json");
        let soon = jiff::Timestamp::now().as_second() + 59 * 86_400;
        fs::write(
            &beside,
            format!(r#"{{"hosts":["localhost"],"until":{soon}}}"#),
        )
        .unwrap();
        let authority = fs::read(home.file("ca.pem")).unwrap();
        assert!(shown.renew().unwrap());
        assert_ne!(shown.current().cert, first.cert);
        let same = fs::read(home.file("ca.pem")).unwrap();
        assert_eq!(same, authority, "agents trust it");
    }

    #[test]
    fn a_certificate_of_the_operators_is_read_again_through_links_and_halves_are_not_shown() {
        let (directory, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for made in [&directory, &other] {
            Shown::new(&Home::new(made.path()), None, &hosts()).unwrap();
        }
        let link = |name: &str| directory.path().join(format!("live-{name}"));
        let renew = |from: &Path, name: &str| {
            let _ = fs::remove_file(link(name));
            std::os::unix::fs::symlink(from.join(name), link(name)).unwrap();
        };
        renew(directory.path(), "tls.pem");
        renew(directory.path(), "tls.key");
        let given = (link("tls.pem"), link("tls.key"));
        let home = Home::new(directory.path());
        let shown = Shown::new(&home, Some(&given), &hosts()).unwrap();
        let first = shown.current();
        renew(other.path(), "tls.pem");
        let half = shown.renew().unwrap_err().to_string();
        assert!(half.contains("tls.pem: "), "{half}");
        assert_eq!(shown.current().cert, first.cert, "the one before stays");
        renew(other.path(), "tls.key");
        assert!(shown.renew().unwrap());
        assert_ne!(shown.current().cert, first.cert);
    }
}
