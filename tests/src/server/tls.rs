//! TLS configurations, one for each order that a certificate can be in.

use std::sync::Arc;

use ledger::time::Timestamp;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::server::NoServerSessionStorage;

use crate::authority::{Authority, AuthorityError, Leaf, Signed};

/// The certificates of a site, ready to be shown.
#[derive(Debug)]
pub(crate) struct Certificates {
    good: Arc<ServerConfig>,
    renewed: Arc<ServerConfig>,
    expired: Arc<ServerConfig>,
    wrong_host: Arc<ServerConfig>,
}

impl Certificates {
    pub(crate) fn new(authority: &Authority, now: Timestamp) -> Result<Self, AuthorityError> {
        let config =
            |leaf| Ok::<_, AuthorityError>(Arc::new(configure(authority.sign(leaf, now)?)));
        Ok(Self {
            good: config(Leaf::Good)?,
            renewed: config(Leaf::Renewed)?,
            expired: config(Leaf::Expired)?,
            wrong_host: config(Leaf::WrongHost)?,
        })
    }

    pub(crate) fn of(&self, leaf: Leaf) -> Arc<ServerConfig> {
        Arc::clone(match leaf {
            Leaf::Good => &self.good,
            Leaf::Renewed => &self.renewed,
            Leaf::Expired => &self.expired,
            Leaf::WrongHost => &self.wrong_host,
        })
    }
}

/// X25519 first and no session tickets: the cheapest full handshake, and the same one every time.
pub(crate) fn configure(signed: Signed) -> ServerConfig {
    let provider = rustls::crypto::CryptoProvider {
        kx_groups: vec![aws_lc_rs::kx_group::X25519, aws_lc_rs::kx_group::SECP256R1],
        ..aws_lc_rs::default_provider()
    };
    let mut config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .expect("the provider has suites for TLS 1.2 and 1.3")
        .with_no_client_auth()
        .with_single_cert(signed.chain, signed.key)
        .expect("the leaf was made for its key");
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.send_tls13_tickets = 0;
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config
}
