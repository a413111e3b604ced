//! Platform checks: early warning from what the service stands on.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, header};
use ledger::attempt::StepPhases;
use ledger::name::Name;
use ledger::phases::Micros;
use ledger::plan::Check;
use ledger::time::{Interval, Millis};
use ledger::verdict::{Class, SecondResolver};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::Instant;
use url::{Host, Url};

use crate::clock::Stopwatch;
use crate::dial::{ResolveError, Resolver};
use crate::fault::Fault;
use crate::http::{Broken, Client, Reply, Sent, Times};
use crate::journey::{outcome, server_date};
use crate::looker::Order;
use crate::observation::Observation;
use crate::origin::Origin;
use crate::template::Values;

/// Makes one platform check.
pub(crate) struct Checker<'a> {
    pub(crate) client: Client,
    pub(crate) user_agent: &'a HeaderValue,
    pub(crate) bearer: Option<&'a SecretString>,
    pub(crate) watch: Stopwatch,
}

/// What was seen so far; survives the deadline.
#[derive(Debug, Default)]
struct Seen {
    times: Times,
    status: Option<u16>,
    date: Option<(HeaderValue, Instant)>,
}

impl Checker<'_> {
    /// One check under the order's deadline.
    pub(crate) async fn look(self, check: &Check, order: &Order<'_>) -> Observation {
        let sent = Instant::now();
        let mut seen = Seen::default();
        let run = Box::pin(self.run(check, &mut seen));
        let result = match tokio::time::timeout_at(order.deadline, run).await {
            Ok(result) => result,
            Err(_) => Err(seen.times.late()),
        };
        let ended = Instant::now();
        let step = step_name(check);
        let late = (self.watch.started_at() - order.due).to_std();
        Observation {
            start: self.watch.started_at(),
            end: self.watch.wall(ended),
            evidence: Interval::new(self.watch.wall(sent), self.watch.wall(ended) + Millis(1)),
            outcome: outcome(&result, &step, &self.secrets()),
            account: None,
            logins: 0,
            status: seen.status,
            family: seen.times.family,
            steps: vec![StepPhases {
                step,
                phases: seen.times.phases(),
            }],
            total: result
                .is_ok()
                .then(|| Micros::measured(late + self.watch.elapsed())),
            second_resolver: seen.times.second_resolver,
            certificate_until: seen.times.expiry,
            captured: Vec::new(),
            server_date: server_date(seen.date.as_ref(), &self.watch),
        }
    }

    async fn run(&self, check: &Check, seen: &mut Seen) -> Result<(), Fault> {
        match check {
            Check::Https {
                url, status, text, ..
            } => {
                let reply = self.fetch(Method::GET, url, Bytes::new(), seen).await?;
                expect_status(&reply, status)?;
                expect_text(&reply, text.as_deref())
            }
            Check::SelfSubjectReview { url, username, .. } => {
                self.review(url, username.as_deref(), seen).await
            }
            Check::Tcp { host, port } => {
                let host = parse_host(host)?;
                self.client.reach(&host, *port, &mut seen.times).await?;
                Ok(())
            }
            Check::Dns { host, addresses } => self.resolve(host, addresses, seen).await,
            Check::Certificate {
                host, port, days, ..
            } => self.certificate(host, (*port, *days), seen).await,
        }
    }

    async fn review(
        &self,
        api: &Url,
        username: Option<&str>,
        seen: &mut Seen,
    ) -> Result<(), Fault> {
        let url = api
            .join("/apis/authentication.k8s.io/v1/selfsubjectreviews")
            .map_err(|error| Fault::new(Class::Script, error.to_string()))?;
        let body = serde_json::json!({
            "apiVersion": "authentication.k8s.io/v1",
            "kind": "SelfSubjectReview",
        });
        let body = Bytes::from(body.to_string());
        let reply = self.fetch(Method::POST, &url, body, seen).await?;
        expect_status(&reply, &[200, 201])?;
        let review: serde_json::Value = serde_json::from_slice(&reply.body)
            .map_err(|_| Fault::new(Class::Content, "the review is not JSON"))?;
        let found = review.pointer("/status/userInfo/username");
        match (found.and_then(serde_json::Value::as_str), username) {
            (None, _) => Err(Fault::new(Class::Content, "the review names no user")),
            (Some(found), Some(expected)) if found != expected => {
                Err(Fault::new(Class::Content, "the review names another user"))
            }
            (Some(_), _) => Ok(()),
        }
    }

    async fn resolve(
        &self,
        host: &str,
        allowed: &[std::net::IpAddr],
        seen: &mut Seen,
    ) -> Result<(), Fault> {
        let started = Instant::now();
        let network = &self.client.network;
        seen.times.resolving = true;
        let first = network.resolve(host, Resolver::First).await;
        seen.times.resolving = false;
        seen.times.dns = Some(started.elapsed());
        let found = match first {
            Ok(found) if !found.is_empty() => found,
            failed => {
                let error = failed.err().unwrap_or(ResolveError::NoAddress);
                seen.times.second_resolver = match network.resolve(host, Resolver::Second).await {
                    Ok(found) if !found.is_empty() => Some(SecondResolver::Answered),
                    Err(ResolveError::NotConfigured) => None,
                    Ok(_) | Err(_) => Some(SecondResolver::Failed),
                };
                return Err(Fault::new(Class::Dns, format!("{host}: {error}")));
            }
        };
        match found.iter().find(|address| !allowed.contains(address)) {
            Some(other) if !allowed.is_empty() => Err(Fault::new(
                Class::Content,
                format!("{host} is {other}, which is not one of its addresses"),
            )),
            Some(_) | None => Ok(()),
        }
    }

    async fn certificate(
        &self,
        host: &str,
        (port, days): (u16, u32),
        seen: &mut Seen,
    ) -> Result<(), Fault> {
        let url = Url::parse(&format!("https://{}:{port}/", parse_host(host)?))
            .map_err(|error| Fault::new(Class::Script, error.to_string()))?;
        let origin = origin(&url)?;
        self.client.open(&origin, &mut seen.times).await?;
        let left = seen.times.expiry.map_or(Millis::ZERO, |until| {
            until - self.watch.wall(Instant::now())
        });
        match left >= Millis::from_mins(i64::from(days) * 24 * 60) {
            true => Ok(()),
            false => Err(Fault::new(
                Class::Content,
                format!(
                    "certificate is valid for {} days, not for {days}",
                    left.0.div_euclid(86_400_000)
                ),
            )),
        }
    }

    /// One exchange with the check's own origin, to which its token belongs.
    async fn fetch(
        &self,
        method: Method,
        url: &Url,
        body: Bytes,
        seen: &mut Seen,
    ) -> Result<Reply, Fault> {
        let origin = origin(url)?;
        let mut headers = HeaderMap::with_capacity(6);
        headers.insert(header::USER_AGENT, self.user_agent.clone());
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        headers.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("identity"),
        );
        if !body.is_empty() {
            let json = HeaderValue::from_static("application/json");
            headers.insert(header::CONTENT_TYPE, json);
        }
        if let Some(token) = self.bearer {
            let value = format!("Bearer {}", token.expose_secret());
            let mut value = HeaderValue::from_str(&value).map_err(|_| {
                Fault::new(Class::ProberAccount, "the bearer token cannot be a header")
            })?;
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        let sent = Sent {
            method,
            url: url.clone(),
            headers,
            body,
        };
        let mut connection = self.client.open(&origin, &mut seen.times).await?;
        let reply = match connection.exchange(&sent, &mut seen.times).await {
            Ok(reply) => reply,
            Err(Broken::Stale) => return Err(Fault::new(Class::Protocol, "connection closed")),
            Err(Broken::Fault(fault)) => return Err(fault),
        };
        seen.status = Some(reply.status.as_u16());
        let date = reply.headers.get(header::DATE);
        seen.date = date.map(|date| (date.clone(), Instant::now()));
        Ok(reply)
    }

    fn secrets(&self) -> Values {
        let mut values = Values::default();
        if let Some(token) = self.bearer {
            values.give("bearer", token.expose_secret());
        }
        values
    }
}

fn expect_status(reply: &Reply, expected: &[u16]) -> Result<(), Fault> {
    let status = reply.status.as_u16();
    if expected.contains(&status) || (expected.is_empty() && status < 400) {
        return Ok(());
    }
    let class = match status {
        401 | 403 => Class::Rejected,
        429 => Class::Throttled,
        _ => Class::Status,
    };
    Err(Fault::new(class, format!("status {status}")))
}

fn expect_text(reply: &Reply, text: Option<&str>) -> Result<(), Fault> {
    let Some(text) = text else { return Ok(()) };
    match String::from_utf8_lossy(&reply.body).contains(text) {
        true => Ok(()),
        false => Err(Fault::new(
            Class::Content,
            format!("text {text:?} is absent"),
        )),
    }
}

fn origin(url: &Url) -> Result<Origin, Fault> {
    Origin::of(url).map_err(|error| Fault::new(Class::Script, error.to_string()))
}

/// A host as it stands in a plan: a name, or an address with or without brackets.
fn parse_host(text: &str) -> Result<Host<String>, Fault> {
    if let Ok(address) = text.parse::<std::net::Ipv6Addr>() {
        return Ok(Host::Ipv6(address));
    }
    Host::parse(text).map_err(|error| Fault::new(Class::Dns, error.to_string()))
}

fn step_name(check: &Check) -> Name {
    let name = match check {
        Check::Https { .. } => "https",
        Check::SelfSubjectReview { .. } => "self-subject-review",
        Check::Tcp { .. } => "tcp",
        Check::Dns { .. } => "dns",
        Check::Certificate { .. } => "certificate",
    };
    Name::new(name).expect("these five are names")
}
