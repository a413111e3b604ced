//! Which authorities are trusted: the plan's file, else the system's, else the ones built in.

use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{Error as PemError, PemObject};

/// Why TLS cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum RootsError {
    /// The file cannot be read or is no PEM.
    #[error("{}: cannot read certificates: {error}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        error: PemError,
    },
    /// The file holds no certificate that can be trusted.
    #[error("{}: holds no certificate authority", .0.display())]
    Empty(PathBuf),
    /// A certificate in the file cannot be used.
    #[error("{}: certificate {number} cannot be used: {error}", path.display())]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        number: usize,
        /// What rustls said.
        error: rustls::Error,
    },
    /// The cryptography provider and the options do not fit.
    #[error("TLS cannot be set up: {0}")]
    Provider(String),
}

/// The authorities in `ca`, or the system's, or those built in where the system has none (empty containers).
pub(super) fn load(ca: Option<&Path>) -> Result<RootCertStore, RootsError> {
    if let Some(path) = ca {
        return from_file(path);
    }
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(native.certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    Ok(roots)
}

fn from_file(path: &Path) -> Result<RootCertStore, RootsError> {
    let read = |error| RootsError::Read {
        path: path.to_owned(),
        error,
    };
    let certificates = CertificateDer::pem_file_iter(path).map_err(read)?;
    let mut roots = RootCertStore::empty();
    for (index, certificate) in certificates.enumerate() {
        roots
            .add(certificate.map_err(read)?)
            .map_err(|error| RootsError::Invalid {
                path: path.to_owned(),
                number: index + 1,
                error,
            })?;
    }
    if roots.is_empty() {
        return Err(RootsError::Empty(path.to_owned()));
    }
    Ok(roots)
}
