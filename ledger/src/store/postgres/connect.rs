//! Reaching a database with the settings that durability and safety need, each of them read back.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use postgres::config::{Host, SslMode};
use postgres::{Client, Config, NoTls};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{reason, text};
use crate::store::error::Fault;
use crate::store::{Place, StoreError};

/// How long the way to the database may take, and how long an answer to what was sent on it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Where Debian's server listens if the URL names no host.
const SOCKET: &str = "/run/postgresql";
/// 14 is the oldest version with `RETURN` in functions of SQL.
const OLDEST_SERVER: i64 = 140_000;

/// How long one waits for another who folds or accepts.
pub(in crate::store) const LOCK_TIMEOUT: &str = "SET lock_timeout = '30s'";

/// A URL taken apart.
struct Target {
    config: Config,
    /// The certificates to trust instead of the system's.
    roots: Option<String>,
}

/// Connects to the database at `url`. The password may also stand in the environment, as `PGPASSWORD`.
pub(in crate::store) fn connect(url: &str) -> Result<Client, StoreError> {
    let place = Place::Postgres(url.to_owned());
    let unreadable = |reason: String| StoreError::Unreadable {
        place: place.clone(),
        reason,
    };
    let target = Target::parse(url).map_err(unreadable)?;
    let config = &target.config;
    let mut client = if config.get_ssl_mode() == SslMode::Disable {
        config.connect(NoTls)
    } else {
        let tls = target.tls().map_err(unreadable)?;
        config.connect(MakeRustlsConnect::new(tls))
    }
    .map_err(|error| unreadable(reason(&error)))?;
    check(&mut client, &place)?;
    Ok(client)
}

impl Target {
    /// As PostgreSQL's own programs read it, with one difference: without `sslmode=disable`, a host that is no socket must
    /// show a certificate that holds for its name.
    fn parse(url: &str) -> Result<Self, String> {
        let (start, parameters) = url.split_once('?').unwrap_or((url, ""));
        let (mut roots, mut mode, mut others) = (None, None, Vec::new());
        for parameter in parameters.split('&').filter(|one| !one.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslrootcert", path)) => roots = Some(path.to_owned()),
                Some(("sslmode", "disable")) => mode = Some(SslMode::Disable),
                Some(("sslmode", "require" | "verify-full")) => mode = Some(SslMode::Require),
                Some(("sslmode", other)) => {
                    let way_out = "it can be verify-full (as it is without it) or disable";
                    return Err(format!("sslmode is {other}; {way_out}"));
                }
                _ => others.push(parameter),
            }
        }
        let mark = if others.is_empty() { "" } else { "?" };
        let plain = format!("{start}{mark}{}", others.join("&"));
        let mut config: Config = plain.parse().map_err(|error| reason(&error))?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            config.host_path(SOCKET);
        }
        let is_socket = |host: &Host| matches!(host, Host::Unix(_));
        let local = !config.get_hosts().is_empty() && config.get_hosts().iter().all(is_socket);
        config.ssl_mode(match mode {
            Some(mode) => mode,
            None if local => SslMode::Disable,
            None => SslMode::Require,
        });
        if config.get_password().is_none()
            && let Ok(password) = std::env::var("PGPASSWORD")
        {
            config.password(password);
        }
        config.application_name("groupdesk");
        config.connect_timeout(PATIENCE).tcp_user_timeout(PATIENCE);
        Ok(Self { config, roots })
    }

    fn tls(&self) -> Result<ClientConfig, String> {
        let mut trusted = RootCertStore::empty();
        match &self.roots {
            Some(path) => {
                let certificates = CertificateDer::pem_file_iter(Path::new(path));
                let certificates = certificates.map_err(|error| format!("{path}: {error}"))?;
                for certificate in certificates {
                    let certificate = certificate.map_err(|error| format!("{path}: {error}"))?;
                    let added = trusted.add(certificate);
                    added.map_err(|error| format!("{path}: {error}"))?;
                }
            }
            None => {
                trusted.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            }
        }
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_provider(provider);
        let builder = builder
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        Ok(builder
            .with_root_certificates(trusted)
            .with_no_client_auth())
    }
}

/// What durability and the order of names depend on.
fn check(client: &mut Client, place: &Place) -> Result<(), StoreError> {
    let set = "SET synchronous_commit = on; SET client_min_messages = warning; \
        SET idle_in_transaction_session_timeout = 0";
    let wrong = |setting: &'static str, found: String| StoreError::Setting {
        place: place.clone(),
        setting,
        found,
    };
    let fault = |fault: Fault| fault.at(place);
    for set in [set, LOCK_TIMEOUT] {
        let done = client.batch_execute(set);
        done.map_err(|error| fault(error.into()))?;
    }
    for (setting, wanted, sql) in [
        ("synchronous_commit=on", "on", "SHOW synchronous_commit"),
        ("fsync=on", "on", "SHOW fsync"),
        ("full_page_writes=on", "on", "SHOW full_page_writes"),
        ("the encoding UTF8", "UTF8", "SHOW server_encoding"),
    ] {
        let found = text(client, sql).map_err(fault)?.unwrap_or_default();
        if found != wanted {
            return Err(wrong(setting, found));
        }
    }
    let version = text(client, "SHOW server_version_num").map_err(fault)?;
    let version = version.unwrap_or_default();
    if version.parse().unwrap_or(0) < OLDEST_SERVER {
        return Err(wrong("a server of version 14 or newer", version));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_must_show_its_certificate_unless_that_is_given_up_by_name() {
        let mode = |url: &str| match Target::parse(url) {
            Ok(target) => format!("{:?}", target.config.get_ssl_mode()),
            Err(reason) => reason,
        };
        let urls = [
            "postgres:///record",
            "postgres:///record?host=/tmp/cluster&user=hub",
            "postgres://hub@db.example/record",
            "postgres://hub@db.example/record?sslmode=verify-full&sslrootcert=ca.pem",
            "postgres://hub@db.example/record?sslmode=disable",
            "postgres://hub@db.example/record?sslmode=prefer",
            "postgres://hub@db.example/record?colour=blue",
        ];
        insta::assert_snapshot!(urls.map(mode).join("\n"), @"
        Disable
        Disable
        Require
        Require
        Disable
        sslmode is prefer; it can be verify-full (as it is without it) or disable
        unknown option `colour`
        ");
    }
}
