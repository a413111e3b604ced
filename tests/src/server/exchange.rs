//! One request and its answer, or the lack of one.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use jiff::fmt::rfc2822::DateTimePrinter;
use ledger::time::Timestamp;

use super::Connection;
use crate::authority::Leaf;
use crate::faults::{Caller, Ending, Treatment, Visit, Welcome};
use crate::product::answer_platform;
use crate::product::reply::{Page, Reply};
use crate::product::request::Asked;
use crate::site::Door;

/// The largest body that is read.
const BODY_LIMIT: usize = 16 * 1024;

/// What is done about a request.
enum Course {
    Answer { reply: Reply, after: Duration },
    Reset,
    Hang,
}

/// Answers one request as of the instant at which all of it is there.
pub(super) async fn answer(
    connection: Arc<Connection>,
    request: Request<Incoming>,
) -> Result<Response<Page>, Infallible> {
    let (head, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_LIMIT).collect().await else {
        let date = date(connection.site.clock.now());
        return Ok(Reply::text(413, "Too large.\n").finish(date));
    };
    let asked = Asked::new(head, body.to_bytes());
    match decide(&connection, &asked) {
        Course::Answer { reply, after } => {
            if !after.is_zero() {
                tokio::time::sleep(after).await;
            }
            Ok(reply.finish(date(connection.site.clock.now())))
        }
        Course::Reset => {
            connection.fate.seal();
            std::future::pending().await
        }
        Course::Hang => std::future::pending().await,
    }
}

fn decide(connection: &Connection, asked: &Asked) -> Course {
    let (site, call) = (&connection.site, &connection.call);
    let caller = call.caller(site);
    match site.faults.standing(caller) {
        // A server that changes its certificate for a bad one was restarted: what was open is gone.
        Welcome::Serve(leaf)
            if leaf != connection.leaf && matches!(leaf, Leaf::Expired | Leaf::WrongHost) =>
        {
            return Course::Reset;
        }
        Welcome::Serve(_) => {}
        Welcome::Hang => return Course::Hang,
        Welcome::Refuse | Welcome::Unreachable => return Course::Reset,
    }
    let at_once = |reply| Course::Answer {
        reply,
        after: Duration::ZERO,
    };
    match call.door {
        Door::Product => visit(connection, caller, asked),
        Door::Platform => {
            let refused = site.faults.platform_auth(caller, &asked.path);
            at_once(answer_platform(site.product.accounts(), asked, refused))
        }
        Door::ControlA | Door::ControlB => at_once(Reply::text(200, "ok\n")),
    }
}

fn visit(connection: &Connection, caller: Caller<'_>, asked: &Asked) -> Course {
    let site = &connection.site;
    let account = site.product.account_of(asked).map(|account| account.label);
    let treatment = site.faults.treat(Visit {
        caller,
        persona: asked.persona(),
        account,
        path: &asked.path,
        login: asked.route.belongs_to_login(),
    });
    let Treatment {
        delay: after,
        ending,
        mood,
    } = treatment;
    let reply = match ending {
        None => site.product.answer(asked, mood),
        Some(Ending::Status(status)) => Reply::out_of_order(status),
        Some(Ending::WrongContent) => site.product.wrong_page(),
        Some(Ending::Throttled) => Reply::throttled(),
        Some(Ending::Truncated) => site.product.answer(asked, mood).cut(),
        Some(Ending::Attack(attack)) => site.product.attack(asked, attack),
        Some(Ending::Reset) => return Course::Reset,
        Some(Ending::Hang) => return Course::Hang,
    };
    Course::Answer { reply, after }
}

/// The `Date` header by the server's clock.
fn date(at: Timestamp) -> HeaderValue {
    let text = DateTimePrinter::new().timestamp_to_rfc9110_string(&at.to_jiff());
    let text = text.expect("clocks show years that RFC 9110 can write");
    HeaderValue::from_str(&text).expect("dates are ASCII")
}
