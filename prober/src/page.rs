//! A response as the expectations and captures look at it: text, HTML and JSON, each made when first needed.

use std::borrow::Cow;
use std::cell::OnceCell;

use ledger::time::Timestamp;
use scraper::Html;
use serde_json::Value;
use url::Url;

use crate::http::Reply;

/// A response with its readings. Stays inside one function: parsed HTML cannot be sent between threads.
pub(crate) struct Page<'a> {
    pub(crate) reply: &'a Reply,
    /// When the served certificate chain stops being valid.
    pub(crate) expiry: Option<Timestamp>,
    pub(crate) now: Timestamp,
    html: OnceCell<Html>,
    json: OnceCell<Option<Value>>,
}

impl<'a> Page<'a> {
    pub(crate) fn new(reply: &'a Reply, expiry: Option<Timestamp>, now: Timestamp) -> Self {
        Self {
            reply,
            expiry,
            now,
            html: OnceCell::new(),
            json: OnceCell::new(),
        }
    }

    /// The body as text; bytes that are no UTF-8 become replacement characters.
    pub(crate) fn text(&self) -> Cow<'a, str> {
        // Replacing goes byte by byte, also where there is nothing to replace.
        match std::str::from_utf8(&self.reply.body) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => String::from_utf8_lossy(&self.reply.body),
        }
    }

    /// The body as HTML; anything parses.
    pub(crate) fn html(&self) -> &Html {
        self.html.get_or_init(|| Html::parse_document(&self.text()))
    }

    /// The body as JSON, if it is.
    pub(crate) fn json(&self) -> Option<&Value> {
        self.json
            .get_or_init(|| serde_json::from_slice(&self.reply.body).ok())
            .as_ref()
    }

    /// Where it redirects to, if it does.
    pub(crate) fn location(&self) -> Option<Url> {
        location(self.reply)
    }

    /// Its title as it was sent, for people. One too long to be shown whole is left out: what is cut could not be
    /// scrubbed of secrets.
    pub(crate) fn title(&self) -> Option<String> {
        let text = self.text();
        let (_, after) = text.split_once("<title>")?;
        let (title, _) = after.split_once("</title>")?;
        (title.len() <= 120).then(|| title.trim().to_owned())
    }
}

/// Where a reply redirects to: 301, 302, 303, 307 or 308 with a `Location` that is a URL.
pub(crate) fn location(reply: &Reply) -> Option<Url> {
    if !matches!(reply.status.as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = reply.headers.get(http::header::LOCATION)?;
    let text = std::str::from_utf8(location.as_bytes()).ok()?;
    reply.url.join(text).ok()
}
