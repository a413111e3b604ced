//! Answers of a server that means harm, or is as broken as if it did.

use std::time::Duration;

use bytes::Bytes;

use super::Product;
use super::reply::Reply;
use super::request::{Asked, Route};

/// What a hostile server does to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attack {
    /// Thousands of headers, half of them cookies.
    HugeHeaders,
    /// A body without an end, as fast as it is read.
    EndlessBody,
    /// A body of one byte every nine seconds, without an end.
    Drip,
    /// Every page leads to itself.
    RedirectLoop,
    /// Every page leads to another site, by a code that would take a form's fields along.
    RedirectAway,
    /// The login page's form leads to another site.
    FormAway,
    /// Bytes that are no text, escape sequences for terminals, and markup.
    Garbage,
}

/// The site that the last three lead to; it does not exist (RFC 2606).
const AWAY: &str = "https://groupdesk.example.net/collect";

const GARBAGE: &[u8] = b"<!doctype html><title>\x1b[2J\x1b]0;gone\x07</title>\0\xff\xfe\xc3\x28\r\nSet-Cookie: a=b\r\n\r\n\
<script>alert(1)</script>=cmd|' /C calc'!A0\xe2\x80\xae\xe2\x80\x8b<form id=\"login\" action=\"javascript:x\">";

impl Attack {
    /// All of them by the names that scripts use.
    pub(crate) const ALL: [(&'static str, Self); 7] = [
        ("huge_headers", Self::HugeHeaders),
        ("endless_body", Self::EndlessBody),
        ("drip", Self::Drip),
        ("redirect_loop", Self::RedirectLoop),
        ("redirect_away", Self::RedirectAway),
        ("form_away", Self::FormAway),
        ("garbage", Self::Garbage),
    ];
}

impl Product {
    /// The hostile answer to a request.
    pub(crate) fn attack(&self, asked: &Asked, attack: Attack) -> Reply {
        match attack {
            Attack::HugeHeaders => (0..2_000).fold(Reply::text(200, "ok\n"), |reply, number| {
                let filling = "x".repeat(64);
                reply
                    .cookie(&format!("c{number}"), &filling)
                    .header(&format!("x-{number}"), &filling)
            }),
            Attack::EndlessBody => Reply::paced(
                Bytes::from_static(&[b' '; 16 * 1024]),
                Duration::from_millis(1),
            ),
            Attack::Drip => Reply::paced(Bytes::from_static(b" "), Duration::from_secs(9)),
            Attack::RedirectLoop => Reply::text(302, "").header("location", &asked.path),
            Attack::RedirectAway => Reply::text(307, "").header("location", AWAY),
            Attack::FormAway => self.form_away(asked),
            Attack::Garbage => Reply::html(200, GARBAGE),
        }
    }

    fn form_away(&self, asked: &Asked) -> Reply {
        let Route::LoginForm(persona) = asked.route else {
            return Reply::text(307, "").header("location", AWAY);
        };
        self.login_form_to(persona, AWAY)
    }
}
