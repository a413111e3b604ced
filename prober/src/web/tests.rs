//! The way to our own servers, against servers that are not ours, speak too old, say too much, or nothing.

use std::net::SocketAddr;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::server::WebPkiClientVerifier;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use super::*;

/// An authority, and files of what it made.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    directory: tempfile::TempDir,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let issuer = CertifiedIssuer::self_signed(params, key).unwrap();
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("ca.pem"), issuer.pem()).unwrap();
        Self { issuer, directory }
    }

    pub(crate) fn trust(&self) -> Trust {
        Trust {
            ca: Some(self.directory.path().join("ca.pem")),
            client: None,
        }
    }

    fn certify(&self, name: &str) -> (rcgen::Certificate, KeyPair) {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        (params.signed_by(&key, &self.issuer).unwrap(), key)
    }

    /// A client certificate in files.
    fn client(&self) -> Trust {
        let (certificate, key) = self.certify("agent");
        let file = self.directory.path().join("client.pem");
        std::fs::write(&file, certificate.pem()).unwrap();
        let key_file = self.directory.path().join("client.key");
        let _ = std::fs::remove_file(&key_file);
        private::create(&key_file, &key.serialize_pem()).unwrap();
        Trust {
            client: Some((file, key_file)),
            ..self.trust()
        }
    }

    fn acceptor(&self, options: &Options) -> TlsAcceptor {
        let (certificate, key) = self.certify("localhost");
        let provider = Arc::new(tls::usual_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[options.version])
            .unwrap();
        let builder = match options.asks_certificate {
            false => builder.with_no_client_auth(),
            true => {
                let roots = Arc::new(tls::roots(self.trust().ca.as_deref()).unwrap());
                let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider);
                builder.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let config = builder.with_single_cert(vec![certificate.der().clone()], key.into());
        TlsAcceptor::from(Arc::new(config.unwrap()))
    }

    /// A server that answers each request with `says`, and gives what it was asked.
    pub(crate) async fn serve(
        &self,
        options: Options,
    ) -> (Url, tokio::sync::mpsc::UnboundedReceiver<String>) {
        let acceptor = self.acceptor(&options);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address: SocketAddr = listener.local_addr().unwrap();
        let (heard, hears) = tokio::sync::mpsc::unbounded_channel();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let mut asked = vec![0; 4_096];
                let length = stream.read(&mut asked).await.unwrap_or(0);
                let asked = String::from_utf8_lossy(&asked[..length]).into_owned();
                let says = (options.says)(&asked);
                let _ = heard.send(asked);
                let _ = stream.write_all(&says).await;
                let _ = stream.shutdown().await;
            }
        });
        let url = format!("https://localhost:{}", address.port());
        (url.parse().unwrap(), hears)
    }
}

pub(crate) struct Options {
    pub(crate) version: &'static rustls::SupportedProtocolVersion,
    pub(crate) asks_certificate: bool,
    /// What is answered to a request.
    pub(crate) says: Says,
}

pub(crate) type Says = Box<dyn Fn(&str) -> Vec<u8> + Send>;

fn always(says: impl Into<Vec<u8>>) -> Says {
    let says = says.into();
    Box::new(move |_| says.clone())
}

impl Default for Options {
    fn default() -> Self {
        Self {
            version: &TLS13,
            asks_certificate: false,
            says: always(
                *b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello",
            ),
        }
    }
}

fn post() -> Ask {
    Ask {
        path: "/v1/upload",
        body: Some(("application/octet-stream", Bytes::from_static(b"bytes"))),
        known: None,
    }
}

#[tokio::test]
async fn a_request_goes_whole_to_the_server_that_the_authority_vouches_for() {
    let authority = Authority::new();
    let (url, mut hears) = authority.serve(Options::default()).await;
    let web = Web::new(&url, &authority.trust()).unwrap();
    let answer = web.ask(&post()).await.unwrap();
    assert_eq!(
        (answer.status, &answer.body[..]),
        (StatusCode::OK, &b"hello"[..])
    );
    let asked = hears.recv().await.unwrap();
    assert!(asked.starts_with("POST /v1/upload HTTP/1.1\r\n"), "{asked}");
    assert!(
        asked.contains(&format!("host: localhost:{}\r\n", url.port().unwrap())),
        "{asked}"
    );
    assert!(asked.contains("content-length: 5\r\n"), "{asked}");
    assert!(asked.ends_with("\r\n\r\nbytes"), "{asked}");
}

#[tokio::test]
async fn strangers_and_old_protocols_are_refused_before_anything_is_said() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (url, mut hears) = authority.serve(Options::default()).await;
    let web = Web::new(&url, &other.trust()).unwrap();
    let refused = web.ask(&post()).await.unwrap_err();
    assert!(matches!(refused, WebError::Tls { .. }), "{refused}");
    let old = Options {
        version: &rustls::version::TLS12,
        ..Options::default()
    };
    let (url, mut old_hears) = authority.serve(old).await;
    let web = Web::new(&url, &authority.trust()).unwrap();
    let refused = web.ask(&post()).await.unwrap_err();
    assert!(matches!(refused, WebError::Tls { .. }), "{refused}");
    assert!(hears.try_recv().is_err() && old_hears.try_recv().is_err());
    let plain = Web::new(&"http://localhost:1".parse().unwrap(), &Trust::default());
    assert!(plain.unwrap_err().to_string().contains("only https"));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_followed_by_nobody() {
    let authority = Authority::new();
    let (elsewhere, mut never) = authority.serve(Options::default()).await;
    let says = format!(
        "HTTP/1.1 307 Temporary Redirect\r\nlocation: {elsewhere}\r\ncontent-length: 0\r\n\r\n"
    );
    let options = Options {
        says: always(says),
        ..Options::default()
    };
    let (url, _hears) = authority.serve(options).await;
    let web = Web::new(&url, &authority.trust()).unwrap();
    let answer = web.ask(&post()).await.unwrap();
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT);
    assert!(never.try_recv().is_err());
}

#[tokio::test]
async fn a_server_that_says_too_much_or_breaks_off_is_not_heard() {
    let authority = Authority::new();
    let mut much = b"HTTP/1.1 200 OK\r\ncontent-length: 3000000\r\n\r\n".to_vec();
    much.resize(much.len() + 3_000_000, b'x');
    let cut = b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello".to_vec();
    for (says, large) in [(much, true), (cut, false)] {
        let options = Options {
            says: always(says),
            ..Options::default()
        };
        let (url, _hears) = authority.serve(options).await;
        let web = Web::new(&url, &authority.trust()).unwrap();
        let failed = web.ask(&Ask::default()).await.unwrap_err();
        assert_eq!(matches!(failed, WebError::Large(_)), large, "{failed}");
    }
}

/// Nobody waits in real time here: once the request is there, the clock runs on whenever nothing else happens.
#[tokio::test]
async fn a_server_that_stalls_or_drips_is_left_when_the_time_is_over() {
    let authority = Authority::new();
    let acceptor = authority.acceptor(&Options::default());
    for drips in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "https://localhost:{}",
            listener.local_addr().unwrap().port()
        );
        let acceptor = acceptor.clone();
        let server = tokio::spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            let mut stream = acceptor.accept(stream).await.unwrap();
            let _ = stream.read(&mut [0; 4_096]).await;
            tokio::time::pause();
            if drips {
                let head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n";
                let _ = stream.write_all(head).await;
            }
            while drips && stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            std::future::pending::<()>().await;
        });
        let web = Web::new(&url.parse().unwrap(), &authority.trust()).unwrap();
        let began = tokio::time::Instant::now();
        let failed = web.ask(&post()).await.unwrap_err();
        assert!(matches!(failed, WebError::Late(_)), "{failed}");
        assert!(began.elapsed() < DEADLINE + Duration::from_secs(1));
        server.abort();
        tokio::time::resume();
    }
}

#[tokio::test]
async fn a_client_certificate_is_shown_where_one_is_asked_for() {
    let authority = Authority::new();
    let options = Options {
        asks_certificate: true,
        ..Options::default()
    };
    let (url, _hears) = authority.serve(options).await;
    let nobody = Web::new(&url, &authority.trust()).unwrap();
    assert!(nobody.ask(&post()).await.is_err());
    let somebody = Web::new(&url, &authority.client()).unwrap();
    assert_eq!(somebody.ask(&post()).await.unwrap().status, StatusCode::OK);
}

#[tokio::test]
async fn a_wait_is_read_in_seconds_and_as_a_date() {
    let mut answer = Answer {
        status: StatusCode::SERVICE_UNAVAILABLE,
        headers: HeaderMap::new(),
        body: Bytes::from_static(b"<b>busy</b>\r\n\x1b[31m now"),
    };
    assert_eq!(answer.retry_after(), None);
    assert_eq!(answer.words(), "<b>busy</b> [31m now");
    for (text, known) in [
        ("17", true),
        ("Fri, 14 Dec 2018 00:00:00 GMT", false),
        ("soon", false),
    ] {
        let value = HeaderValue::from_static(text);
        answer.headers.insert(header::RETRY_AFTER, value);
        let wait = known.then_some(Duration::from_secs(17));
        assert_eq!(answer.retry_after(), wait, "{text}");
    }
}
