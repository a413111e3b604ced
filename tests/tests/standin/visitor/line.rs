//! One open connection and what is answered on it.

use std::io;

use bytes::Bytes;
use http::header::{HOST, SET_COOKIE};
use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};

/// An open connection.
pub(crate) enum Line {
    One(hyper::client::conn::http1::SendRequest<Full<Bytes>>),
    Two(hyper::client::conn::http2::SendRequest<Full<Bytes>>),
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Line {
    pub(crate) async fn ask(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Result<Answer, String> {
        let uri = if matches!(self, Self::Two(_)) {
            format!("https://groupdesk.test{path}")
        } else {
            path.to_owned()
        };
        let mut request = Request::builder().method(method).uri(uri);
        if matches!(self, Self::One(_)) {
            request = request.header(HOST, "groupdesk.test");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Full::new(Bytes::copy_from_slice(body.as_bytes())))
            .unwrap();
        let response = match self {
            Self::One(sender) => sender.send_request(request).await,
            Self::Two(sender) => sender.send_request(request).await,
        };
        let (head, body) = response.map_err(|error| word(&error))?.into_parts();
        let body = body
            .collect()
            .await
            .map_err(|error| format!("body: {}", word(&error)))?
            .to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Ok(Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        })
    }
}

impl Line {
    /// Reads a body over HTTP/1.1 up to `limit` bytes or its end and says how long it was.
    pub(crate) async fn read_some(&mut self, path: &str, limit: usize) -> usize {
        let Self::One(sender) = self else {
            panic!("HTTP/1.1 is wanted here")
        };
        let request = Request::get(path)
            .header(HOST, "groupdesk.test")
            .body(Full::default())
            .unwrap();
        let mut body = sender.send_request(request).await.unwrap().into_body();
        let mut read = 0;
        while read < limit
            && let Some(frame) = body.frame().await
        {
            read += frame.unwrap().into_data().map_or(0, |data| data.len());
        }
        read
    }
}

impl Answer {
    pub(super) fn expect(&self, at: &str, status: u16) -> Result<(), String> {
        if self.status == status {
            Ok(())
        } else {
            Err(format!("{} at {at}", self.status))
        }
    }

    pub(crate) fn hidden(&self, name: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("name=\"{name}\" value=\""))?;
        rest.split('"').next()
    }

    /// `name=value` of a cookie that is set here.
    pub(crate) fn cookie(&self, name: &str) -> String {
        let cookies = self
            .headers
            .get_all(SET_COOKIE)
            .into_iter()
            .map(|value| value.to_str().unwrap());
        let pairs = cookies.map(|cookie| cookie.split(';').next().unwrap());
        pairs
            .into_iter()
            .find(|pair| pair.starts_with(name))
            .unwrap_or_default()
            .to_owned()
    }
}

/// The innermost cause of an error, in a word.
pub(super) fn word(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    let Some(last) = causes.last() else {
        unreachable!("there is at least the error itself")
    };
    if let Some(io) = last.downcast_ref::<io::Error>() {
        if let Some(tls) = io
            .get_ref()
            .and_then(|inner| inner.downcast_ref::<rustls::Error>())
        {
            return format!("tls: {tls:?}")
                .split([' ', '{', '('])
                .take(4)
                .collect::<Vec<_>>()
                .join(" ");
        }
        return format!("{:?}", io.kind());
    }
    last.to_string()
}
