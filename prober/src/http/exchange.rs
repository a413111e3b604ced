//! Request out, response head and body in.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use ledger::verdict::Class;
use tokio::time::Instant;
use url::Url;

use super::MAX_BODY;
use super::connection::{Connection, Sender, Times, add, drive};
use crate::fault::Fault;

/// What is to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A whole response.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    /// What was asked.
    pub(crate) url: Url,
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Why there is no reply.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The server had closed a kept connection before it saw this request: another connection may carry it.
    Stale,
    /// The site's fault.
    Fault(Fault),
}

impl Connection {
    /// One exchange. `times` gets `first_byte` and `body` as they happen.
    pub(crate) async fn exchange(
        &mut self,
        sent: &Sent,
        times: &mut Times,
    ) -> Result<Reply, Broken> {
        let request = self
            .request(sent)
            .map_err(|error| Broken::Fault(Fault::new(Class::Script, error.to_string())))?;
        let reused = std::mem::replace(&mut self.used, true);
        let started = Instant::now();
        let (sender, driver) = self.parts();
        let answered = match sender {
            Sender::H1(sender) => drive(driver, sender.send_request(request)).await,
            Sender::H2(sender) => drive(driver, sender.send_request(request)).await,
        };
        let response = answered.map_err(|error| {
            let unseen = error.is_canceled()
                || error.is_closed()
                || (sent.method == Method::GET && error.is_incomplete_message());
            match reused && unseen {
                true => Broken::Stale,
                false => Broken::Fault(Fault::exchange(&error)),
            }
        })?;
        add(&mut times.first_byte, started.elapsed());
        let started = Instant::now();
        let (head, body) = response.into_parts();
        let body = self.read(body).await.map_err(Broken::Fault)?;
        add(&mut times.body, started.elapsed());
        Ok(Reply {
            url: sent.url.clone(),
            status: head.status,
            headers: head.headers,
            body,
        })
    }

    fn request(&self, sent: &Sent) -> Result<Request<Full<Bytes>>, http::Error> {
        let url = &sent.url;
        let mut request = Request::builder().method(sent.method.clone());
        request = match self.sender {
            Sender::H2(_) => request.uri(&url[..url::Position::AfterQuery]),
            Sender::H1(_) => {
                request.uri(&url[url::Position::BeforePath..url::Position::AfterQuery])
            }
        };
        let mut request = request.body(Full::new(sent.body.clone()))?;
        *request.headers_mut() = sent.headers.clone();
        if matches!(self.sender, Sender::H1(_)) {
            let host = &url[url::Position::BeforeHost..url::Position::AfterPort];
            request.headers_mut().insert(header::HOST, host.parse()?);
        }
        Ok(request)
    }

    async fn read(&mut self, mut body: Incoming) -> Result<Bytes, Fault> {
        let mut first: Option<Bytes> = None;
        let mut rest = BytesMut::new();
        let mut length = 0;
        while !body.is_end_stream() {
            let frame = async { body.frame().await.transpose() };
            let read = self.drive(frame).await;
            let Some(frame) = read.map_err(|error| Fault::exchange(&error))? else {
                break;
            };
            let Ok(data) = frame.into_data() else {
                continue; // trailers say nothing about the page
            };
            length += data.len();
            if length > MAX_BODY {
                return Err(Fault::new(Class::Protocol, "body is larger than 1 MiB"));
            }
            match &first {
                None => first = Some(data), // most pages come in one piece: nothing is copied
                Some(start) => {
                    if rest.is_empty() {
                        rest.extend_from_slice(start);
                    }
                    rest.extend_from_slice(&data);
                }
            }
        }
        Ok(match (first, rest.is_empty()) {
            (Some(whole), true) => whole,
            (_, _) => rest.freeze(),
        })
    }
}
