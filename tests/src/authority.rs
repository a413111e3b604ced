//! The stand-in's own certificate authority: ECDSA P-256, one root and leaves in good and in bad order.

use std::time::Duration;

use ledger::time::{Millis, Timestamp};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// The names that a good leaf is made out to.
pub const GOOD_NAMES: [&str; 7] = [
    "groupdesk.test",
    "platform.groupdesk.test",
    "control-a.test",
    "control-b.test",
    "localhost",
    "127.0.0.1",
    "::1",
];

const DAY: Millis = Millis::from_mins(24 * 60);

/// In which order a leaf certificate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// Right names, 90 days to go.
    Good,
    /// As good, with a key and dates of its own: the certificate of a rebuilt cluster.
    Renewed,
    /// Right names, ran out the day before.
    Expired,
    /// In date, made out to a parked domain.
    WrongHost,
}

/// A root that signs leaves. The key never leaves it but through [`Authority::key_pem`].
#[derive(Debug)]
pub struct Authority {
    certificate: CertificateDer<'static>,
    certificate_pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate that could not be made or read.
#[derive(Debug, thiserror::Error)]
#[error("certificate authority: {0}")]
pub struct AuthorityError(#[from] rcgen::Error);

/// A leaf with its key, ready for a TLS configuration.
pub(crate) struct Signed {
    pub(crate) chain: Vec<CertificateDer<'static>>,
    pub(crate) key: PrivateKeyDer<'static>,
}

impl Authority {
    /// A new root, valid from a year before `now` for eleven years.
    ///
    /// # Errors
    /// [`AuthorityError`] if the cryptography library cannot make a key.
    pub fn generate(now: Timestamp) -> Result<Self, AuthorityError> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::new(Vec::<String>::new())?;
        params
            .distinguished_name
            .push(DnType::CommonName, "Groupdesk stand-in CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        limit(&mut params, now - days(365), now + days(3_650));
        let certificate = params.self_signed(&key)?;
        Ok(Self {
            certificate_pem: certificate.pem(),
            certificate: certificate.der().clone(),
            issuer: Issuer::new(params, key),
        })
    }

    /// The root whose certificate and key were kept as PEM.
    ///
    /// # Errors
    /// [`AuthorityError`] if either text is not what it should be.
    pub fn from_pem(certificate_pem: &str, key_pem: &str) -> Result<Self, AuthorityError> {
        use rustls::pki_types::pem::PemObject;
        let certificate = CertificateDer::from_pem_slice(certificate_pem.as_bytes())
            .map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
        let issuer = Issuer::from_ca_cert_pem(certificate_pem, KeyPair::from_pem(key_pem)?)?;
        Ok(Self {
            certificate,
            certificate_pem: certificate_pem.to_owned(),
            issuer,
        })
    }

    /// The root certificate, for a client's trust store.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// The root certificate as PEM.
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// The root's private key as PEM.
    pub fn key_pem(&self) -> String {
        self.issuer.key().serialize_pem()
    }

    /// Signs a new leaf as of `now`.
    pub(crate) fn sign(&self, leaf: Leaf, now: Timestamp) -> Result<Signed, AuthorityError> {
        let names: &[&str] = if leaf == Leaf::WrongHost {
            &["parked.example.net"]
        } else {
            &GOOD_NAMES
        };
        let mut params = CertificateParams::new(
            names
                .iter()
                .map(|&name| name.to_owned())
                .collect::<Vec<_>>(),
        )?;
        params.distinguished_name.push(DnType::CommonName, names[0]);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let left = if leaf == Leaf::Expired {
            days(-1)
        } else {
            days(90)
        };
        limit(&mut params, now - days(30), now + left);
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok(Signed {
            chain: vec![certificate.der().clone()],
            key,
        })
    }
}

fn days(count: i64) -> Millis {
    Millis(DAY.0 * count)
}

fn limit(params: &mut CertificateParams, from: Timestamp, until: Timestamp) {
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    let seconds = |at: Timestamp| Duration::from_secs(u64::try_from(at.0 / 1_000).unwrap_or(0));
    params.not_before = epoch + seconds(from);
    params.not_after = epoch + seconds(until);
}
