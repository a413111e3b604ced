//! Answers, and a body that can be cut off half-way.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER, SET_COOKIE};
use http::{HeaderValue, Response, StatusCode};
use hyper::body::{Body, Frame, SizeHint};

/// One answer before its date is put on.
#[derive(Debug)]
pub(crate) struct Reply(Response<Page>);

/// A body: whole, or announced in full and ended half-way.
#[derive(Debug)]
pub(crate) struct Page {
    bytes: Bytes,
    cut: Cut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    /// All of it is sent.
    Never,
    /// Half of it will be sent.
    Ahead,
    /// Half of it is handed over; it gets one turn to leave.
    Flushing,
    Broken,
}

impl Reply {
    pub(crate) fn html(status: u16, page: impl Into<Bytes>) -> Self {
        Self::new(status, "text/html; charset=utf-8", page.into())
    }

    pub(crate) fn json(status: u16, value: &serde_json::Value) -> Self {
        Self::new(status, "application/json", Bytes::from(value.to_string()))
    }

    pub(crate) fn text(status: u16, text: &'static str) -> Self {
        Self::new(
            status,
            "text/plain; charset=utf-8",
            Bytes::from_static(text.as_bytes()),
        )
    }

    /// 303 to a path of ours.
    pub(crate) fn redirect(path: &'static str) -> Self {
        let mut reply = Self::text(303, "");
        reply
            .0
            .headers_mut()
            .insert(LOCATION, HeaderValue::from_static(path));
        reply
    }

    /// A server's own page for a status from 400 to 599.
    pub(crate) fn out_of_order(status: u16) -> Self {
        Self::html(
            status,
            format!("<!doctype html><title>{status}</title><h1>{status}</h1><hr>nginx\n"),
        )
    }

    /// 429 with the time to wait.
    pub(crate) fn throttled() -> Self {
        let mut reply = Self::text(429, "Too many requests.\n");
        reply
            .0
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("30"));
        reply
    }

    /// Sets a cookie of the whole site, unreadable to scripts, on HTTPS only.
    pub(crate) fn cookie(mut self, name: &str, value: &str) -> Self {
        let expiry = if value.is_empty() { "; Max-Age=0" } else { "" };
        let text = format!("{name}={value}; Path=/; HttpOnly; Secure; SameSite=Lax{expiry}");
        let value =
            HeaderValue::from_str(&text).expect("cookies are made of hex digits and names of ours");
        self.0.headers_mut().append(SET_COOKIE, value);
        self
    }

    /// The same answer, announced in full and ended half-way. An empty one is not worth cutting and is padded first.
    pub(crate) fn cut(mut self) -> Self {
        let page = self.0.body_mut();
        if page.bytes.len() < 2 {
            page.bytes = Bytes::from_static(b"<!doctype html><title>Groupdesk</title>");
        }
        page.cut = Cut::Ahead;
        self
    }

    /// With the date put on, as it leaves.
    pub(crate) fn finish(mut self, date: HeaderValue) -> Response<Page> {
        self.0.headers_mut().insert(http::header::DATE, date);
        self.0
    }

    fn new(status: u16, kind: &'static str, bytes: Bytes) -> Self {
        let mut response = Response::new(Page {
            bytes,
            cut: Cut::Never,
        });
        *response.status_mut() =
            StatusCode::from_u16(status).expect("scripts are limited to 400..=599");
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        response
            .headers_mut()
            .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self(response)
    }
}

impl Body for Page {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.cut {
            Cut::Never if self.bytes.is_empty() => Poll::Ready(None),
            Cut::Never => Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut self.bytes))))),
            Cut::Ahead => {
                let half = self.bytes.slice(..self.bytes.len() / 2);
                self.cut = Cut::Flushing;
                Poll::Ready(Some(Ok(Frame::data(half))))
            }
            Cut::Flushing => {
                self.cut = Cut::Broken;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Cut::Broken => Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::BrokenPipe)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.cut == Cut::Never && self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX))
    }
}
