//! The dates of a served certificate chain.

use ledger::time::{Interval, Millis, Timestamp};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

/// The most certificates looked at; longer chains are refused by rustls for their size anyway.
const MAX_LENGTH: usize = 10;

/// When all certificates on the way from the leaf to a trusted authority are valid.
///
/// Follows issuer names and stops below a root: certificates served beside the way (an expired cross-signature, say)
/// do not matter. `None` if the leaf cannot be read.
pub(super) fn validity(
    leaf: &CertificateDer<'_>,
    others: &[CertificateDer<'_>],
    roots: &RootCertStore,
) -> Option<Interval> {
    let (_, mut current) = X509Certificate::from_der(leaf).ok()?;
    let others: Vec<X509Certificate<'_>> = others
        .iter()
        .take(MAX_LENGTH)
        .filter_map(|der| Some(X509Certificate::from_der(der).ok()?.1))
        .collect();
    let mut valid = dates(&current);
    for _ in 0..others.len() {
        let issuer = current.issuer().as_raw();
        if is_root(issuer, roots) {
            break;
        }
        let next = others.iter().find(|other| {
            other.subject().as_raw() == issuer
                && other.subject().as_raw() != current.subject().as_raw()
        });
        let Some(next) = next else { break };
        let theirs = dates(next);
        valid.start = valid.start.max(theirs.start);
        valid.end = valid.end.min(theirs.end);
        current = next.clone();
    }
    Some(valid)
}

fn dates(certificate: &X509Certificate<'_>) -> Interval {
    let at = |seconds: i64| Timestamp(seconds.saturating_mul(1_000));
    let validity = certificate.validity();
    Interval {
        start: at(validity.not_before.timestamp()),
        end: at(validity.not_after.timestamp()) + Millis::from_secs(1), // not_after itself is still valid
    }
}

/// Whether `issuer` (a whole DER sequence) names a trust anchor (whose subject is kept without the outer header).
fn is_root(issuer: &[u8], roots: &RootCertStore) -> bool {
    roots.roots.iter().any(|root| {
        let subject = root.subject.as_ref();
        issuer.ends_with(subject) && issuer.len() <= subject.len() + 4
    })
}
