//! TLS towards the site: one provider, one clock, one set of roots, and a memory of chains that verified.
//!
//! The process-wide default provider is never used: two crates that switch on two providers would make it panic.

mod chain;
mod roots;
mod verifier;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ledger::time::Timestamp;
use rustls::client::Resumption;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::{InvalidDnsNameError, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{CipherSuite, ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use tokio_rustls::TlsConnector;
use url::Host;

pub use roots::RootsError;

use crate::clock::WallClock;
use crate::dial::Stream;
use crate::fault::Fault;
use crate::origin::Origin;
use verifier::{Recorder, Verifier};

/// How TLS is to be spoken.
#[derive(Clone, Debug)]
pub struct TlsOptions {
    /// PEM file of authorities trusted instead of the system's.
    pub ca: Option<PathBuf>,
    /// Whether HTTP/2 is offered beside HTTP/1.1.
    pub http2: bool,
    /// Whether an unchanged chain is verified anew on each connection.
    pub verify_chain_always: bool,
    /// Whether the hybrid post-quantum key exchange is offered first.
    pub post_quantum: bool,
}

/// A TLS client for one set of roots; made once, shared by all attempts.
pub(crate) struct Tls {
    fresh: ClientConfig,
    resuming: Arc<ClientConfig>,
    verifier: Arc<Verifier>,
}

/// Whether an earlier connection's keys may be used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshake {
    /// No: the whole handshake, every time.
    Fresh,
    /// Yes, if the server agrees.
    Resuming,
}

/// A connection over TLS.
pub(crate) struct Secured {
    /// The stream inside.
    pub(crate) stream: Box<dyn Stream>,
    /// What the server chose.
    pub(crate) version: Version,
}

/// The version of HTTP that is spoken over a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    One,
    Two,
}

impl Tls {
    /// Loads the roots and builds the configurations.
    pub(crate) fn new(
        options: &TlsOptions,
        clock: &Arc<dyn WallClock>,
    ) -> Result<Self, RootsError> {
        let roots = Arc::new(roots::load(options.ca.as_deref())?);
        let provider = Arc::new(provider(options));
        let verifier = Arc::new(Verifier::new(roots, &provider, options)?);
        let builder = || -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, RootsError> {
            let time = Arc::new(ClockTime(Arc::clone(clock)));
            ClientConfig::builder_with_details(Arc::clone(&provider), time)
                .with_safe_default_protocol_versions()
                .map_err(|error| RootsError::Provider(error.to_string()))
        };
        let finish = |builder: ConfigBuilder<ClientConfig, WantsVerifier>| {
            let mut config = builder
                .dangerous()
                .with_custom_certificate_verifier(Arc::clone(&verifier) as Arc<_>)
                .with_no_client_auth();
            if options.http2 {
                config.alpn_protocols.push(b"h2".to_vec());
            }
            config.alpn_protocols.push(b"http/1.1".to_vec());
            config
        };
        let resuming = Arc::new(finish(builder()?));
        let mut fresh = finish(builder()?);
        fresh.resumption = Resumption::disabled();
        Ok(Self {
            fresh,
            resuming,
            verifier,
        })
    }

    /// Shakes hands. `expiry` is the served chain's, known even when the chain is refused.
    pub(crate) async fn secure(
        &self,
        stream: Box<dyn Stream>,
        origin: &Origin,
        handshake: Handshake,
        expiry: &mut Option<Timestamp>,
    ) -> Result<Secured, Fault> {
        let name = server_name(origin.host())
            .map_err(|error| Fault::new(ledger::verdict::Class::Tls, error.to_string()))?;
        let recorder = Arc::new(Recorder::new(Arc::clone(&self.verifier)));
        let config = if handshake == Handshake::Fresh {
            let mut config = self.fresh.clone();
            let recording: Arc<Recorder> = Arc::clone(&recorder);
            config.dangerous().set_certificate_verifier(recording);
            Arc::new(config)
        } else {
            Arc::clone(&self.resuming) // a verifier of its own per connection would refuse every ticket
        };
        let shaken = TlsConnector::from(config).connect(name, stream).await;
        *expiry = recorder.expiry();
        let stream = shaken.map_err(|error| Fault::handshake(&error))?;
        let session = stream.get_ref().1;
        if expiry.is_none() {
            *expiry = session
                .peer_certificates()
                .and_then(|chain| self.verifier.expiry(chain));
        }
        let version = match session.alpn_protocol() {
            Some(b"h2") => Version::Two,
            Some(_) | None => Version::One,
        };
        Ok(Secured {
            stream: Box::new(stream),
            version,
        })
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls").finish_non_exhaustive()
    }
}

/// The one place that chooses a provider: aws-lc-rs, X25519 and AES-128 first.
fn provider(options: &TlsOptions) -> CryptoProvider {
    use aws_lc_rs::kx_group::{SECP256R1, SECP384R1, X25519, X25519MLKEM768};
    let mut provider = aws_lc_rs::default_provider();
    provider.kx_groups = vec![X25519, SECP256R1, SECP384R1];
    // As browsers do; and its key schedule hashes with SHA-256, which processors help with, SHA-384 not.
    let first = CipherSuite::TLS13_AES_128_GCM_SHA256;
    provider
        .cipher_suites
        .sort_by_key(|offered| offered.suite() != first);
    if options.post_quantum {
        provider.kx_groups.insert(0, X25519MLKEM768);
    }
    provider
}

/// The name that a server's certificate must be for.
pub(crate) fn server_name(host: &Host<String>) -> Result<ServerName<'static>, InvalidDnsNameError> {
    match host {
        Host::Domain(name) => ServerName::try_from(name.clone()),
        Host::Ipv4(address) => Ok(ServerName::IpAddress((*address).into())),
        Host::Ipv6(address) => Ok(ServerName::IpAddress((*address).into())),
    }
}

/// The authorities in `ca`, or the system's, or those built in where the system has none.
pub(crate) fn roots(ca: Option<&Path>) -> Result<RootCertStore, RootsError> {
    roots::load(ca)
}

/// The provider for whatever does not measure a site: as rustls has it.
pub(crate) fn usual_provider() -> CryptoProvider {
    aws_lc_rs::default_provider()
}

/// Our clock as rustls wants it.
#[derive(Debug)]
struct ClockTime(Arc<dyn WallClock>);

impl TimeProvider for ClockTime {
    fn current_time(&self) -> Option<UnixTime> {
        let millis = u64::try_from(self.0.now().0).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_millis(millis)))
    }
}
