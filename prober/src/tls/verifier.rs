//! Verifies served chains, remembers those that verified, and keeps the expiry even of refused ones.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ledger::time::{Interval, Timestamp};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

use super::TlsOptions;
use super::chain;
use super::roots::RootsError;

/// Verifies against one set of roots.
///
/// A chain that verified for a name need not be verified anew while its bytes stay the same and its dates hold: the
/// answer cannot change. The handshake signature, which proves the key is the server's, is checked every time.
pub(super) struct Verifier {
    webpki: Arc<WebPkiServerVerifier>,
    roots: Arc<RootCertStore>,
    remember: bool,
    known: Mutex<VecDeque<Arc<Known>>>,
}

/// A chain as it was served, and when it is valid.
struct Known {
    name: ServerName<'static>,
    chain: Vec<CertificateDer<'static>>,
    valid: Option<Interval>,
    verified: bool,
}

/// How many chains are remembered; a site has a few at a time.
const REMEMBERED: usize = 16;

/// The verifier of one connection.
pub(super) struct Recorder {
    verifier: Arc<Verifier>,
    valid: OnceLock<Option<Interval>>,
}

impl Verifier {
    pub(super) fn new(
        roots: Arc<RootCertStore>,
        provider: &Arc<CryptoProvider>,
        options: &TlsOptions,
    ) -> Result<Self, RootsError> {
        let webpki =
            WebPkiServerVerifier::builder_with_provider(Arc::clone(&roots), Arc::clone(provider))
                .build()
                .map_err(|error| RootsError::Provider(error.to_string()))?;
        Ok(Self {
            webpki,
            roots,
            remember: !options.verify_chain_always,
            known: Mutex::default(),
        })
    }

    /// When the served chain stops being valid.
    pub(super) fn expiry(&self, chain: &[CertificateDer<'_>]) -> Option<Timestamp> {
        let (leaf, others) = chain.split_first()?;
        let known = self.lookup(|known| known.is(leaf, others));
        let valid = match known {
            Some(known) => known.valid,
            None => chain::validity(leaf, others, &self.roots),
        };
        valid.map(|valid| valid.end)
    }

    fn lookup(&self, fits: impl Fn(&Known) -> bool) -> Option<Arc<Known>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.iter().find(|known| fits(known)).cloned()
    }

    fn learn(&self, known: Known) -> Arc<Known> {
        let known = Arc::new(known);
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|other| other.name != known.name || other.chain != known.chain);
        all.truncate(REMEMBERED - 1);
        all.push_front(Arc::clone(&known));
        known
    }

    /// The verdict on a chain, and when it is valid (told whatever the verdict).
    fn judge(
        &self,
        served: &Served<'_>,
        now: UnixTime,
    ) -> (Result<ServerCertVerified, Error>, Option<Interval>) {
        let known =
            self.lookup(|known| known.name == *served.name && known.is(served.leaf, served.others));
        if let Some(known) = &known
            && self.remember
            && known.verified
            && known
                .valid
                .is_some_and(|valid| valid.contains(instant(now)))
        {
            return (Ok(ServerCertVerified::assertion()), known.valid);
        }
        let verdict = self.webpki.verify_server_cert(
            served.leaf,
            served.others,
            served.name,
            served.ocsp,
            now,
        );
        let known = match known {
            Some(known) if known.verified == verdict.is_ok() => known,
            _ => self.learn(Known {
                name: served.name.to_owned(),
                chain: std::iter::once(served.leaf)
                    .chain(served.others)
                    .map(|der| der.clone().into_owned())
                    .collect(),
                valid: chain::validity(served.leaf, served.others, &self.roots),
                verified: verdict.is_ok(),
            }),
        };
        (verdict, known.valid)
    }
}

/// What a server presented.
struct Served<'a> {
    leaf: &'a CertificateDer<'a>,
    others: &'a [CertificateDer<'a>],
    name: &'a ServerName<'a>,
    ocsp: &'a [u8],
}

impl Known {
    fn is(&self, leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> bool {
        self.chain.len() == others.len() + 1
            && std::iter::once(leaf)
                .chain(others)
                .zip(&self.chain)
                .all(|(theirs, ours)| theirs.as_ref() == ours.as_ref())
    }
}

impl Recorder {
    pub(super) fn new(verifier: Arc<Verifier>) -> Self {
        Self {
            verifier,
            valid: OnceLock::new(),
        }
    }

    /// When the chain served on this connection stops being valid, if one was served.
    pub(super) fn expiry(&self) -> Option<Timestamp> {
        self.valid.get().copied().flatten().map(|valid| valid.end)
    }
}

macro_rules! server_cert_verifier {
    ($type:ty, $webpki:expr, $verify:expr) => {
        impl ServerCertVerifier for $type {
            fn verify_server_cert(
                &self,
                leaf: &CertificateDer<'_>,
                others: &[CertificateDer<'_>],
                name: &ServerName<'_>,
                ocsp: &[u8],
                now: UnixTime,
            ) -> Result<ServerCertVerified, Error> {
                let served = Served {
                    leaf,
                    others,
                    name,
                    ocsp,
                };
                $verify(self, &served, now)
            }

            fn verify_tls12_signature(
                &self,
                message: &[u8],
                leaf: &CertificateDer<'_>,
                signed: &DigitallySignedStruct,
            ) -> Result<HandshakeSignatureValid, Error> {
                $webpki(self).verify_tls12_signature(message, leaf, signed)
            }

            fn verify_tls13_signature(
                &self,
                message: &[u8],
                leaf: &CertificateDer<'_>,
                signed: &DigitallySignedStruct,
            ) -> Result<HandshakeSignatureValid, Error> {
                $webpki(self).verify_tls13_signature(message, leaf, signed)
            }

            fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
                $webpki(self).supported_verify_schemes()
            }
        }

        impl fmt::Debug for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($type)).finish_non_exhaustive()
            }
        }
    };
}

server_cert_verifier!(
    Verifier,
    |this: &Self| Arc::clone(&this.webpki),
    |this: &Self, served: &Served<'_>, now| this.judge(served, now).0
);
server_cert_verifier!(
    Recorder,
    |this: &Self| Arc::clone(&this.verifier.webpki),
    |this: &Self, served: &Served<'_>, now| {
        let (verdict, valid) = this.verifier.judge(served, now);
        this.valid.get_or_init(|| valid);
        verdict
    }
);

fn instant(now: UnixTime) -> Timestamp {
    let seconds = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    Timestamp(seconds.saturating_mul(1_000))
}
