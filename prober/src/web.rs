//! HTTPS to our own people: the hub, and where the plan comes from. Never to the site; `dial` is for that.
//!
//! TLS 1.3 alone, by given authorities or the system's. One deadline over everything. Redirects are answers like any
//! other: nothing is ever sent where somebody else says.

use std::fmt;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_util::rt::TokioIo;
use ledger::time::Timestamp;
use rustls::ClientConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::version::TLS13;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use url::Url;

use crate::clock::{SystemClock, WallClock};
use crate::origin::{Origin, OriginError};
use crate::private::{self, PrivateError};
use crate::tls;

/// How long a request may take, from the name to the last byte of the answer.
pub const DEADLINE: Duration = Duration::from_secs(20);
/// How long one address is given to answer before the next is tried.
const CONNECT: Duration = Duration::from_secs(5);
/// The largest answer, in bytes.
const MAX_ANSWER: usize = 2 << 20;

/// Whom to believe, and how to show who we are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// PEM file of authorities that are trusted instead of the system's.
    pub ca: Option<PathBuf>,
    /// PEM files of a client certificate and its key.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// A way to one server.
#[derive(Clone)]
pub struct Web {
    base: Url,
    origin: Origin,
    config: Arc<ClientConfig>,
}

/// What it answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// A request.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    /// Where below the base; the base itself if empty.
    pub path: &'static str,
    /// What is posted, and its type; without it, the request is a GET.
    pub body: Option<(&'static str, Bytes)>,
    /// The version that is known already (`ETag`).
    pub known: Option<HeaderValue>,
}

/// Why there is no way to a server.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The address is of no use.
    #[error("{url}: {error}")]
    Url {
        /// The address.
        url: String,
        /// Why.
        error: OriginError,
    },
    /// The address is not safe.
    #[error("{0}: only https is spoken here, as in https://hub.example.org:8448")]
    Plain(String),
    /// The authorities cannot be had.
    #[error(transparent)]
    Roots(#[from] tls::RootsError),
    /// The client certificate cannot be had.
    #[error("{}: cannot read the client certificate: {error}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        error: rustls::pki_types::pem::Error,
    },
    /// The key of the client certificate cannot be had.
    #[error(transparent)]
    Key(#[from] PrivateError),
    /// Certificate and key do not fit.
    #[error("the client certificate cannot be used: {0}")]
    Client(rustls::Error),
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The name has no address.
    #[error("{host} cannot be found: {error}")]
    Name {
        /// The name.
        host: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// Nobody listens, or the network is down.
    #[error("{origin} cannot be reached: {error}")]
    Connect {
        /// Where.
        origin: Origin,
        /// What the system said.
        error: std::io::Error,
    },
    /// The handshake failed.
    #[error("{origin} is not who it should be, or speaks no TLS 1.3: {error}")]
    Tls {
        /// Where.
        origin: Origin,
        /// What rustls said.
        error: std::io::Error,
    },
    /// The exchange broke.
    #[error("the exchange with {origin} broke: {error}")]
    Exchange {
        /// Where.
        origin: Origin,
        /// What hyper said.
        error: String,
    },
    /// The answer is too large.
    #[error("{0} answers more than 2 MiB")]
    Large(Origin),
    /// It took too long.
    #[error("{0} did not answer within 20 s")]
    Late(Origin),
}

impl Web {
    /// A way to the server of `base`.
    ///
    /// # Errors
    /// [`SetupError`] if the address or what is trusted is of no use.
    pub fn new(base: &Url, trust: &Trust) -> Result<Self, SetupError> {
        let origin = Origin::of(base).map_err(|error| SetupError::Url {
            url: base.to_string(),
            error,
        })?;
        if !origin.is_tls() {
            return Err(SetupError::Plain(base.to_string()));
        }
        let config = Arc::new(config(trust)?);
        let base = base.clone();
        Ok(Self {
            base,
            origin,
            config,
        })
    }

    /// Asks; waits for the whole answer, but not longer than [`DEADLINE`].
    ///
    /// # Errors
    /// [`WebError`] if there is no whole answer in time.
    pub async fn ask(&self, ask: &Ask) -> Result<Answer, WebError> {
        let asked = tokio::time::timeout(DEADLINE, self.exchange(ask)).await;
        asked.unwrap_or_else(|_| Err(WebError::Late(self.origin.clone())))
    }

    /// The server.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    async fn exchange(&self, ask: &Ask) -> Result<Answer, WebError> {
        let broke = |error: &dyn std::error::Error| WebError::Exchange {
            origin: self.origin.clone(),
            error: told(error),
        };
        let stream = self.secure(self.connect().await?).await?;
        let shaken = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = shaken.map_err(|error| broke(&error))?;
        let _running = Running(tokio::spawn(async move {
            // Whoever asked hears of it.
            drop(connection.await);
        }));
        let sent = sender.send_request(self.request(ask)).await;
        let (head, body) = sent.map_err(|error| broke(&error))?.into_parts();
        let body = Limited::new(body, MAX_ANSWER).collect().await;
        let body = body.map_err(|error| match error.downcast_ref::<LengthLimitError>() {
            Some(_) => WebError::Large(self.origin.clone()),
            None => broke(&*error),
        })?;
        Ok(Answer {
            status: head.status,
            headers: head.headers,
            body: body.to_bytes(),
        })
    }

    fn request(&self, ask: &Ask) -> Request<Full<Bytes>> {
        let base = self.base.path();
        let path = match ask.path {
            "" => base.to_owned(),
            below => format!("{}{below}", base.trim_end_matches('/')),
        };
        let path = match self.base.query() {
            Some(query) if ask.path.is_empty() => format!("{path}?{query}"),
            _ => path,
        };
        let body = ask.body.as_ref().map(|(_, body)| body.clone());
        let mut request = Request::new(Full::new(body.unwrap_or_default()));
        if let Ok(path) = path.parse() {
            *request.uri_mut() = path;
        }
        let headers = request.headers_mut();
        let agent =
            HeaderValue::from_static(concat!("groupdesk-prober/", env!("CARGO_PKG_VERSION")));
        headers.insert(header::USER_AGENT, agent);
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        let host = self.origin.to_string();
        let host = host.trim_start_matches("https://");
        if let Ok(host) = HeaderValue::from_str(host) {
            headers.insert(header::HOST, host);
        }
        if let Some(known) = &ask.known {
            headers.insert(header::IF_NONE_MATCH, known.clone());
        }
        if let Some((kind, _)) = ask.body {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            *request.method_mut() = Method::POST;
        }
        request
    }

    /// Tries one address after the other.
    async fn connect(&self) -> Result<TcpStream, WebError> {
        let host = self.origin.host().to_string();
        let bare = host.trim_matches(['[', ']']);
        let found = tokio::net::lookup_host((bare, self.origin.port())).await;
        let found = found.map_err(|error| WebError::Name {
            host: host.clone(),
            error,
        })?;
        let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, "it has no address");
        for address in found {
            match tokio::time::timeout(CONNECT, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // An upload is written at once: waiting for more helps nobody.
                    let _ = stream.set_nodelay(true);
                    return Ok(stream);
                }
                Ok(Err(error)) => last = error,
                Err(_) => last = std::io::ErrorKind::TimedOut.into(),
            }
        }
        Err(WebError::Connect {
            origin: self.origin.clone(),
            error: last,
        })
    }

    fn secure(
        &self,
        stream: TcpStream,
    ) -> impl Future<Output = Result<tokio_rustls::client::TlsStream<TcpStream>, WebError>> {
        let failed = |error| WebError::Tls {
            origin: self.origin.clone(),
            error,
        };
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let name = tls::server_name(self.origin.host());
        async move {
            let name = name.map_err(|error| failed(std::io::Error::other(error)))?;
            connector.connect(name, stream).await.map_err(failed)
        }
    }
}

impl fmt::Debug for Web {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Web")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl Answer {
    /// How long the server asks us to wait: seconds, or until a date.
    pub fn retry_after(&self) -> Option<Duration> {
        let text = self.headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
        if let Ok(seconds) = text.parse() {
            return Some(Duration::from_secs(seconds));
        }
        let parser = jiff::fmt::rfc2822::DateTimeParser::new();
        let until = Timestamp::from_jiff(parser.parse_timestamp(text).ok()?);
        let wait = until - SystemClock.now();
        (wait.0 > 0).then(|| wait.to_std())
    }

    /// The beginning of what it says, for people: one line without control characters.
    pub fn words(&self) -> String {
        let text = String::from_utf8_lossy(&self.body[..self.body.len().min(400)]);
        let text: String = text
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .collect();
        text.split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
            .chars()
            .take(200)
            .collect()
    }
}

/// Ends the task of a connection with the request that needed it.
struct Running(JoinHandle<()>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn config(trust: &Trust) -> Result<ClientConfig, SetupError> {
    let roots = tls::roots(trust.ca.as_deref())?;
    let builder = ClientConfig::builder_with_provider(Arc::new(tls::usual_provider()))
        .with_protocol_versions(&[&TLS13])
        .map_err(|error| tls::RootsError::Provider(error.to_string()))?
        .with_root_certificates(roots);
    let mut config = match &trust.client {
        None => builder.with_no_client_auth(),
        Some((certificate, key)) => {
            let (chain, key) = (chain(certificate)?, client_key(key)?);
            let built = builder.with_client_auth_cert(chain, key);
            built.map_err(SetupError::Client)?
        }
    };
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, SetupError> {
    let read = |error| SetupError::Certificate {
        path: path.to_owned(),
        error,
    };
    let certificates = CertificateDer::pem_file_iter(path).map_err(read)?;
    certificates.collect::<Result<_, _>>().map_err(read)
}

fn client_key(path: &Path) -> Result<PrivateKeyDer<'static>, SetupError> {
    let text = private::read(path)?;
    PrivateKeyDer::from_pem_slice(text.as_bytes()).map_err(|error| SetupError::Certificate {
        path: path.to_owned(),
        error,
    })
}

/// An error and its causes, each said once.
fn told(error: &dyn std::error::Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !told.contains(&text) {
            told = format!("{told}: {text}");
        }
        cause = inner.source();
    }
    told
}

#[cfg(test)]
pub(crate) mod tests;
