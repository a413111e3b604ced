//! A site in memory: certificates of its own, and a script that says what is sent for each request.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};
use prober::dial::{Network, ResolveError, Resolver, Stream};
use rcgen::{CertificateParams, CertifiedIssuer, DnType, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsAcceptor;

/// A request as the site received it.
#[derive(Clone, Debug)]
pub(crate) struct Got {
    pub(crate) host: String,
    /// Method, path and query.
    pub(crate) line: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// What the site does next.
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Send(Vec<u8>),
    Wait(Duration),
    /// Send these bytes again and again.
    Forever(Vec<u8>),
    Close,
    Hang,
}

pub(crate) type Script = Box<dyn Fn(&Got) -> Vec<Act> + Send + Sync>;

/// What happens to a connection before any request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Door {
    Open,
    Refused,
    /// Accepts and says nothing.
    Silent,
}

/// The site and the network that leads to it.
pub(crate) struct Site {
    script: Script,
    tls: Arc<ServerConfig>,
    door: Door,
    /// Every request, in order.
    pub(crate) got: Arc<Mutex<Vec<Got>>>,
    /// Connections opened.
    pub(crate) dialled: Mutex<Vec<SocketAddr>>,
    pub(crate) ca: PathBuf,
    _dir: tempfile::TempDir,
}

/// The certificate that the site shows.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) names: Vec<&'static str>,
    /// From and until, as years.
    pub(crate) years: (i32, i32),
}

impl Site {
    pub(crate) fn new(script: impl Fn(&Got) -> Vec<Act> + Send + Sync + 'static) -> Self {
        let shown = Shown {
            names: vec!["app.test", "api.test", "other.test"],
            years: (2018, 2019),
        };
        Self::showing(&shown, script)
    }

    pub(crate) fn showing(
        shown: &Shown,
        script: impl Fn(&Got) -> Vec<Act> + Send + Sync + 'static,
    ) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let ca = dir.path().join("ca.pem");
        let (tls, pem) = certificates(shown);
        std::fs::write(&ca, pem).expect("the CA is written");
        Self {
            script: Box::new(script),
            tls,
            door: Door::Open,
            got: Arc::default(),
            dialled: Mutex::default(),
            ca,
            _dir: dir,
        }
    }

    pub(crate) fn behind(mut self, door: Door) -> Self {
        self.door = door;
        self
    }

    pub(crate) fn speaking_http2(mut self) -> Self {
        let mut config = (*self.tls).clone();
        config.alpn_protocols = vec![b"h2".to_vec()];
        self.tls = Arc::new(config);
        self
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let got = self.got.lock().expect("no test panics holding this");
        got.iter()
            .map(|got| format!("{} {}", got.host, got.line))
            .collect()
    }
}

/// The network: every name leads to the site, each by its own address.
pub(crate) struct ToSite(pub(crate) Arc<Site>);

impl std::fmt::Debug for ToSite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ToSite")
    }
}

impl Network for ToSite {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        resolver: Resolver,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, ResolveError>> {
        let answer = match (host, resolver) {
            ("nowhere.test", _) => Err(ResolveError::NoAddress),
            (_, Resolver::Second) => Err(ResolveError::NotConfigured),
            ("inner.test", _) => Ok(vec![IpAddr::from([10, 0, 0, 1])]),
            (_, _) => Ok(vec![IpAddr::from([8, 8, 8, 8])]),
        };
        async move {
            tokio::time::sleep(Duration::from_millis(3)).await;
            answer
        }
        .boxed()
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        let dialled = &self.0.dialled;
        dialled.lock().expect("not poisoned").push(address);
        let site = Arc::clone(&self.0);
        async move {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if site.door == Door::Refused {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            let (ours, theirs) = tokio::io::duplex(64 * 1024);
            tokio::spawn(async move {
                // A client that hangs up in the middle is part of the tests.
                drop(serve(site, theirs, address.port()).await);
            });
            Ok(Box::new(ours) as Box<dyn Stream>)
        }
        .boxed()
    }
}

async fn serve(site: Arc<Site>, stream: tokio::io::DuplexStream, port: u16) -> io::Result<()> {
    if site.door == Door::Silent {
        let _kept = stream;
        return std::future::pending().await;
    }
    if port == 80 {
        return talk(&site, stream).await;
    }
    let stream = TlsAcceptor::from(Arc::clone(&site.tls))
        .accept(stream)
        .await?;
    match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => talk_http2(site, stream).await,
        _ => talk(&site, stream).await,
    }
}

/// HTTP/2 by hyper; of a script only the replies that are sent at once.
async fn talk_http2(site: Arc<Site>, stream: impl Stream + 'static) -> io::Result<()> {
    let service =
        hyper::service::service_fn(move |request| answer_http2(Arc::clone(&site), request));
    hyper::server::conn::http2::Builder::new(TokioExecutor::new())
        .serve_connection(TokioIo::new(stream), service)
        .await
        .map_err(io::Error::other)
}

async fn answer_http2(
    site: Arc<Site>,
    request: hyper::Request<hyper::body::Incoming>,
) -> Result<hyper::Response<Full<Bytes>>, hyper::Error> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await?.to_bytes();
    let headers = parts
        .headers
        .iter()
        .map(|(name, value)| format!("{name}: {}\r\n", String::from_utf8_lossy(value.as_bytes())));
    let path = parts.uri.path_and_query().expect("a path").as_str();
    let got = Got {
        host: parts.uri.host().unwrap_or_default().to_owned(),
        line: format!("{} {path}", parts.method),
        head: format!("{:?}\r\n{}", parts.version, headers.collect::<String>()),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let acts = (site.script)(&got);
    site.got.lock().expect("not poisoned").push(got);
    let reply = acts.into_iter().find_map(|act| match act {
        Act::Send(bytes) => Some(parse(&bytes)),
        _ => None,
    });
    Ok(reply.expect("a reply"))
}

fn parse(bytes: &[u8]) -> hyper::Response<Full<Bytes>> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").expect("a whole reply");
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let mut reply = hyper::Response::builder().status(status.expect("a status"));
    for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
        reply = reply.header(name, value);
    }
    reply.body(Full::from(body.to_owned())).expect("a reply")
}

async fn talk(site: &Site, mut stream: impl Stream) -> io::Result<()> {
    while let Some(got) = request(&mut stream).await? {
        let acts = (site.script)(&got);
        site.got.lock().expect("not poisoned").push(got);
        for act in acts {
            match act {
                Act::Send(bytes) => stream.write_all(&bytes).await?,
                Act::Wait(time) => tokio::time::sleep(time).await,
                Act::Forever(bytes) => loop {
                    stream.write_all(&bytes).await?;
                    tokio::time::sleep(Duration::from_millis(10)).await;
                },
                Act::Close => return stream.shutdown().await,
                Act::Hang => std::future::pending().await,
            }
        }
    }
    Ok(())
}

async fn request(stream: &mut impl Stream) -> io::Result<Option<Got>> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let field = |name: &str| {
        head.lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
    };
    let length: usize = field("content-length").map_or(0, |text| text.parse().expect("a length"));
    while bytes.len() < head_end + 4 + length {
        stream.read_buf(&mut bytes).await?;
    }
    let line = head.lines().next().unwrap_or_default();
    Ok(Some(Got {
        host: field("host").unwrap_or_default(),
        line: line.trim_end_matches(" HTTP/1.1").to_owned(),
        body: String::from_utf8_lossy(&bytes[head_end + 4..]).into_owned(),
        head,
    }))
}

fn certificates(shown: &Shown) -> (Arc<ServerConfig>, String) {
    let mut params = CertificateParams::new(Vec::new()).expect("no names");
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params
        .distinguished_name
        .push(DnType::CommonName, "Test CA");
    params.not_before = rcgen::date_time_ymd(2010, 1, 1);
    params.not_after = rcgen::date_time_ymd(2040, 1, 1);
    let ca = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key"))
        .expect("a CA certificate");
    let names: Vec<String> = shown.names.iter().map(|name| (*name).to_owned()).collect();
    let mut params = CertificateParams::new(names).expect("names");
    params.not_before = rcgen::date_time_ymd(shown.years.0, 1, 1);
    params.not_after = rcgen::date_time_ymd(shown.years.1, 1, 1);
    let key = KeyPair::generate().expect("a key");
    let leaf = params.signed_by(&key, &ca).expect("a certificate");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the default versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![leaf.der().clone()],
            PrivatePkcs8KeyDer::from(key.serialize_der()).into(),
        )
        .expect("key and certificate fit");
    (Arc::new(config), ca.pem())
}

/// A whole reply with a body.
pub(crate) fn page(status: &str, headers: &str, body: &str) -> Vec<Act> {
    let length = body.len();
    let text = format!("HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\n\r\n{body}");
    vec![Act::Send(text.into_bytes())]
}
