//! Records in a PostgreSQL database tell the same as those in files, and nobody in between reads a password.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::JoinHandle;

use insta::assert_snapshot;
use ledger::store::Place;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::cluster::cluster;
use crate::{records, reporter, text};

#[test]
fn a_database_of_three_agents_tells_what_their_files_tell() {
    let directory = tempfile::tempdir().unwrap();
    records::write(directory.path());
    let url = cluster().database();
    records::write_to(|_| Place::parse(&url));
    for line in [
        "days --from 2018-12-14 --to 2018-12-15",
        "days --from 2018-12-14 --to 2018-12-14 --json",
        "explain 2018-12-14 --attempts --as-of 2018-12-16T00:00:00Z",
        "uptime 2018-12 --as-of 2018-12-16T00:00:00Z",
        "audit 2018-12 --as-of 2018-12-16T00:00:00Z",
    ] {
        let files = reporter(directory.path(), line);
        let database = reporter(directory.path(), &format!("{line} {url}"));
        assert!(files.status.success(), "{line}: {}", text(&files.stderr));
        assert_eq!(text(&database.stderr), text(&files.stderr), "{line}");
        assert_eq!(text(&database.stdout), text(&files.stdout), "{line}");
    }
}

#[test]
fn a_database_that_cannot_be_reached_is_named_without_its_password() {
    let directory = tempfile::tempdir().unwrap();
    let url = "postgres://hub:s3cret@127.0.0.1:1/record?sslmode=disable";
    let output = reporter(directory.path(), &format!("days --from 2018-12-14 {url}"));
    assert!(!output.status.success());
    assert_snapshot!(text(&output.stderr), @"reporter: cannot open postgres://hub:***@127.0.0.1:1/record?sslmode=disable: Connection refused (os error 111); check the URL, and that PostgreSQL runs there and lets this user in
");
}

/// What a client asks for before it says anything else: 8 bytes, "speak TLS".
const TLS_PLEASE: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];

/// Takes one client and answers its wish for TLS with a certificate, or with no; returns what it said after that.
fn stand_in(certificate: Option<Arc<ServerConfig>>) -> (u16, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut wish = [0; 8];
        stream.read_exact(&mut wish).unwrap();
        assert_eq!(wish, TLS_PLEASE);
        let answer = if certificate.is_some() { b"S" } else { b"N" };
        stream.write_all(answer).unwrap();
        match certificate {
            Some(config) => said(&mut over_tls(config, stream)),
            None => said(&mut stream),
        }
    };
    (port, std::thread::spawn(serve))
}

fn over_tls(
    config: Arc<ServerConfig>,
    stream: TcpStream,
) -> StreamOwned<ServerConnection, TcpStream> {
    StreamOwned::new(ServerConnection::new(config).unwrap(), stream)
}

/// The first that is said; nothing if the other side goes.
fn said(stream: &mut impl std::io::Read) -> Vec<u8> {
    let mut bytes = vec![0; 1_024];
    let length = stream.read(&mut bytes).unwrap_or(0);
    bytes.truncate(length);
    bytes
}

/// A certificate for a name, its own authority; and its file.
fn certificate(directory: &std::path::Path, name: &str) -> Arc<ServerConfig> {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    std::fs::write(directory.join("ca.pem"), made.cert.pem()).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap();
    let config = config.with_no_client_auth();
    Arc::new(
        config
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap(),
    )
}

/// What a server hears from `reporter`, and what that says of it.
fn heard(directory: &std::path::Path, config: Option<Arc<ServerConfig>>) -> (Vec<u8>, String) {
    let (port, server) = stand_in(config);
    let url = format!("postgres://hub:s3cret@localhost:{port}/record?sslrootcert=ca.pem");
    let output = reporter(directory, &format!("days --from 2018-12-14 {url}"));
    assert!(!output.status.success());
    let heard = server.join().unwrap();
    (
        heard,
        text(&output.stderr).replace(&port.to_string(), "PORT"),
    )
}

#[test]
fn only_a_server_that_shows_its_name_hears_who_asks() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let right = certificate(directory, "localhost");
    let (first, _) = heard(directory, Some(right.clone()));
    assert!(first.windows(3).any(|word| word == b"hub"), "{first:?}");
    let (nothing, without) = heard(directory, None);
    assert_eq!(nothing, b"");
    assert_snapshot!(without, @"reporter: cannot open postgres://hub:***@localhost:PORT/record?sslrootcert=ca.pem: server does not support TLS; check the URL, and that PostgreSQL runs there and lets this user in");
    let wrong = certificate(directory, "db.example");
    let (nothing, other_name) = heard(directory, Some(wrong));
    assert_eq!(nothing, b"");
    assert_snapshot!(other_name, @r#"reporter: cannot open postgres://hub:***@localhost:PORT/record?sslrootcert=ca.pem: invalid peer certificate: certificate not valid for name "localhost"; certificate is only valid for DnsName("db.example"); check the URL, and that PostgreSQL runs there and lets this user in"#);
    let (nothing, unknown) = heard(directory, Some(right));
    assert_eq!(nothing, b"", "its authority is another one now");
    assert!(unknown.contains("invalid peer certificate"), "{unknown}");
}
