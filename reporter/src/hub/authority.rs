//! A certificate authority of the hub's own, for who has none: it signs one certificate, that of the hub.

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

use super::files::{self, FileError};
use super::home::Home;

/// How long the authority is valid, in days.
const AUTHORITY_DAYS: i64 = 3_650;
/// How long a certificate is valid, in days.
const CERTIFICATE_DAYS: i64 = 397;
/// A certificate is made anew when fewer days are left, or the hosts have changed.
const LEFT: i64 = 60;

/// What stands beside the certificate: for whom it is, and until when.
#[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Made {
    hosts: Vec<String>,
    /// Seconds since 1970.
    until: i64,
}

/// Sees to it that there is a certificate for `hosts`, signed by the hub's own authority; both are made if need be.
pub(super) fn ensure(home: &Home, hosts: &[String]) -> Result<(), FileError> {
    let now = jiff::Timestamp::now().as_second();
    let made = files::public(&home.file("tls.json"))?;
    let made: Option<Made> = made.and_then(|text| serde_json::from_str(&text).ok());
    let good = |made: &Made| made.hosts == hosts && made.until - now > LEFT * 86_400;
    let there = home.file("tls.pem").exists() && home.file("tls.key").exists();
    if there && made.as_ref().is_some_and(good) {
        return Ok(());
    }
    let issuer = authority(home, now)?;
    let (path, until) = (home.file("tls.pem"), now + CERTIFICATE_DAYS * 86_400);
    let odd = |error: rcgen::Error| FileError::odd(&path, error);
    let key = KeyPair::generate().map_err(odd)?;
    let mut params = CertificateParams::new(hosts).map_err(odd)?;
    valid(&mut params, (now, CERTIFICATE_DAYS));
    params
        .distinguished_name
        .push(DnType::CommonName, "groupdesk hub");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    let certificate = params.signed_by(&key, &issuer).map_err(odd)?;
    files::write(&home.file("tls.key"), &key.serialize_pem())?;
    files::write(&path, &certificate.pem())?;
    let made = Made {
        hosts: hosts.to_vec(),
        until,
    };
    let made = serde_json::to_string(&made).map_err(|error| FileError::odd(&path, error))?;
    files::write(&home.file("tls.json"), &made)
}

/// The authority, made at the first time. Its certificate is what agents are given.
fn authority(home: &Home, now: i64) -> Result<Issuer<'static, KeyPair>, FileError> {
    let (key_path, path) = (home.file("ca.key"), home.file("ca.pem"));
    let odd = |error: rcgen::Error| FileError::odd(&path, error);
    if let (Some(key), Some(certificate)) = (files::secret(&key_path)?, files::public(&path)?) {
        let key = KeyPair::from_pem(&key).map_err(|error| FileError::odd(&key_path, error))?;
        return Issuer::from_ca_cert_pem(&certificate, key).map_err(odd);
    }
    let key = KeyPair::generate().map_err(odd)?;
    let mut params = CertificateParams::default();
    valid(&mut params, (now, AUTHORITY_DAYS));
    let name = "groupdesk hub authority";
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let certificate = params.self_signed(&key).map_err(odd)?;
    files::write(&key_path, &key.serialize_pem())?;
    files::write(&path, &certificate.pem())?;
    Ok(Issuer::new(params, key))
}

/// From a day ago, for clocks that are behind.
fn valid(params: &mut CertificateParams, (now, days): (i64, i64)) {
    let at = |seconds: i64| {
        let at = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        let date = jiff::tz::Offset::UTC.to_datetime(at).date();
        let part = |value: i8| u8::try_from(value).unwrap_or(1);
        rcgen::date_time_ymd(i32::from(date.year()), part(date.month()), part(date.day()))
    };
    params.not_before = at(now - 86_400);
    params.not_after = at(now + days * 86_400);
}
