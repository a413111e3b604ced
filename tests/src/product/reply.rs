//! Answers, and a body that can end too early or never.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION, RETRY_AFTER, SET_COOKIE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::Interval;

/// One answer before its date is put on.
#[derive(Debug)]
pub(crate) struct Reply(Response<Page>);

/// A body: whole, announced in full and ended half-way, or without an end.
#[derive(Debug)]
pub(crate) struct Page {
    bytes: Bytes,
    flow: Flow,
}

#[derive(Debug)]
enum Flow {
    /// All of it is sent.
    Whole,
    /// Half of it will be sent.
    Half,
    /// Half of it is handed over; it gets one turn to leave.
    Flushing,
    Broken,
    /// All of it is sent again and again, in this rhythm.
    Paced(Interval),
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
        page.flow = Flow::Half;
        self
    }

    /// 200 with `bytes` again and again, `every` so often, without an end.
    pub(crate) fn paced(bytes: Bytes, every: Duration) -> Self {
        let mut reply = Self::html(200, bytes);
        reply.0.body_mut().flow = Flow::Paced(tokio::time::interval(every));
        reply
    }

    /// One more header.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).expect("names of headers are ours");
        let value = HeaderValue::from_str(value)
            .expect("a path that was parsed is a value, and so are ours");
        self.0.headers_mut().append(name, value);
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
            flow: Flow::Whole,
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
        let this = &mut *self;
        match &mut this.flow {
            Flow::Whole if this.bytes.is_empty() => Poll::Ready(None),
            Flow::Whole => Poll::Ready(Some(Ok(Frame::data(std::mem::take(&mut this.bytes))))),
            Flow::Half => {
                this.flow = Flow::Flushing;
                Poll::Ready(Some(Ok(Frame::data(
                    this.bytes.slice(..this.bytes.len() / 2),
                ))))
            }
            Flow::Flushing => {
                this.flow = Flow::Broken;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            Flow::Broken => Poll::Ready(Some(Err(io::Error::from(io::ErrorKind::BrokenPipe)))),
            Flow::Paced(rhythm) => {
                ready!(rhythm.poll_tick(cx));
                Poll::Ready(Some(Ok(Frame::data(this.bytes.clone()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.flow, Flow::Whole) && self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        match self.flow {
            Flow::Paced(_) => SizeHint::default(),
            _ => SizeHint::with_exact(u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)),
        }
    }
}
