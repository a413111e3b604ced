//! A small visitor on hyper and rustls: one connection, no redirects, and one word for what came of it.

use std::fmt::Write;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use groupdesk::authority::Authority;
use groupdesk::network::{Latency, MemoryNetwork};
use groupdesk::product::Accounts;
use groupdesk::script::Script;
use groupdesk::site::{Door, Site};
use http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION};
use hyper_util::rt::{TokioExecutor, TokioIo};
use ledger::name::Name;
use ledger::time::Timestamp;
use prober::clock::TokioClock;
use prober::dial::{Network, ResolveError, Resolver, Stream};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio_rustls::TlsConnector;

pub(crate) use line::Line;
use line::word;

mod line;

/// How long a visitor waits for a whole attempt.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Noon of a day on which the tests take place.
pub(crate) const NOON: Timestamp = Timestamp(1_544_788_800_000);

/// A site on the in-memory network, whose clock shows [`NOON`] at first.
pub(crate) struct Town {
    pub(crate) site: Arc<Site>,
    pub(crate) accounts: Accounts,
    authority: Authority,
    pub(crate) started: tokio::time::Instant,
}

/// Somebody at a place on the network.
#[derive(Clone)]
pub(crate) struct Visitor {
    network: Arc<dyn Network>,
    config: Arc<ClientConfig>,
    accounts: Accounts,
}

impl Town {
    pub(crate) fn new(script: &str) -> Self {
        let script = Script::parse("test.toml", script).unwrap();
        let (accounts, authority) = (Accounts::seeded(1), Authority::generate(NOON).unwrap());
        let clock = TokioClock::starting_at(NOON);
        let site = Site::new(clock, &script, accounts.clone(), &authority).unwrap();
        Self {
            site,
            accounts,
            authority,
            started: tokio::time::Instant::now(),
        }
    }

    /// Somebody in `region`, 10 ms away.
    pub(crate) fn visitor(&self, region: &str) -> Visitor {
        self.visitor_at(region, Duration::ZERO)
    }

    /// Somebody in `region`, 10 ms and up to `jitter` away.
    pub(crate) fn visitor_at(&self, region: &str, jitter: Duration) -> Visitor {
        let latency = Latency {
            base: Duration::from_millis(10),
            jitter,
        };
        let network = Arc::new(MemoryNetwork::new(
            &self.site,
            Name::new(region).unwrap(),
            latency,
        ));
        Visitor::new(network, &self.authority, self.accounts.clone())
    }

    /// Waits until so long after the start.
    pub(crate) async fn wait_until(&self, after: Duration) {
        tokio::time::sleep_until(self.started + after).await;
    }
}

impl Visitor {
    pub(crate) fn new(
        network: Arc<dyn Network>,
        authority: &Authority,
        accounts: Accounts,
    ) -> Self {
        let mut roots = RootCertStore::empty();
        roots.add(authority.certificate().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let builder = ClientConfig::builder_with_details(provider, Arc::new(AtNoon));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let mut config = builder.with_root_certificates(roots).with_no_client_auth();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Self {
            network,
            config: Arc::new(config),
            accounts,
        }
    }

    /// The same visitor, who speaks HTTP/1.1 only.
    pub(crate) fn old_fashioned(mut self) -> Self {
        let mut config = (*self.config).clone();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        self.config = Arc::new(config);
        self
    }

    pub(crate) async fn call(&self, host: &'static str) -> Result<Line, String> {
        let addresses = self
            .network
            .resolve(host, Resolver::First)
            .await
            .map_err(|error| format!("dns: {error}"))?;
        let stream = self
            .network
            .connect(SocketAddr::new(addresses[0], 443))
            .await
            .map_err(|error| word(&error))?;
        let connector = TlsConnector::from(Arc::clone(&self.config));
        let name = ServerName::try_from(host).unwrap();
        let tls = connector
            .connect(name, stream)
            .await
            .map_err(|error| word(&error))?;
        if tls.get_ref().1.alpn_protocol() == Some(b"h2") {
            let (sender, driver) =
                hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(tls))
                    .await
                    .unwrap();
            tokio::spawn(driver);
            return Ok(Line::Two(sender));
        }
        let (sender, driver) = hyper::client::conn::http1::handshake(TokioIo::new(tls))
            .await
            .unwrap();
        tokio::spawn(driver);
        Ok(Line::One(sender))
    }

    /// One attempt to log in on one connection: `ok`, or the first thing that is not as it should be.
    pub(crate) async fn log_in(&self, account: &str) -> String {
        let attempt = async {
            let mut line = self.call(Door::Product.host()).await?;
            let cookie = self.log_in_on(&mut line, account).await?;
            let (landing, who) = landing(account);
            let home = line
                .ask("GET", landing, &[(COOKIE.as_str(), &cookie)], "")
                .await?;
            home.expect(landing, 200)?;
            if home.body.contains(&format!("Signed in as {who}")) {
                Ok(())
            } else {
                Err(format!("wrong {landing}"))
            }
        };
        match tokio::time::timeout(PATIENCE, attempt).await {
            Err(_) => "timeout".to_owned(),
            Ok(result) => result.map_or_else(|wrong| wrong, |()| "ok".to_owned()),
        }
    }

    /// Logs in by the form and returns the session cookie.
    pub(crate) async fn log_in_on(&self, line: &mut Line, account: &str) -> Result<String, String> {
        let path = if account.starts_with("user") {
            "/login"
        } else {
            "/traveler/login"
        };
        let page = line.ask("GET", path, &[], "").await?;
        page.expect(path, 200)?;
        let csrf = page.hidden("csrf").ok_or(format!("no form at {path}"))?;
        let mut form = format!("username={account}&csrf={csrf}");
        write!(
            form,
            "&password={}",
            self.accounts.find(account).unwrap().reveal()
        )
        .unwrap();
        let headers = [
            (COOKIE.as_str(), page.cookie("csrftoken")),
            (CONTENT_TYPE.as_str(), FORM.to_owned()),
        ];
        let headers = headers
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        let sent = line.ask("POST", path, &headers, &form).await?;
        sent.expect(&format!("POST {path}"), 303)?;
        assert_eq!(sent.headers[LOCATION], landing(account).0);
        Ok(sent.cookie(if account.starts_with("user") {
            "groupdesk_session"
        } else {
            "traveler_session"
        }))
    }

    /// One attempt by the travelers' JSON interface.
    pub(crate) async fn log_in_by_api(&self, account: &str) -> Result<String, String> {
        let mut line = self.call(Door::Product.host()).await?;
        let password = self.accounts.find(account).unwrap().reveal();
        let body = serde_json::json!({ "username": account, "password": password }).to_string();
        let sent = line
            .ask(
                "POST",
                "/api/traveler/login",
                &[(CONTENT_TYPE.as_str(), "application/json")],
                &body,
            )
            .await?;
        sent.expect("POST /api/traveler/login", 200)?;
        let sent: serde_json::Value =
            serde_json::from_str(&sent.body).map_err(|_| "no json".to_owned())?;
        let bearer = format!("Bearer {}", sent["token"].as_str().unwrap());
        let trips = line
            .ask(
                "GET",
                "/api/trips",
                &[(AUTHORIZATION.as_str(), &bearer)],
                "",
            )
            .await?;
        trips.expect("/api/trips", 200)?;
        Ok(trips.body)
    }
}

/// What a form is sent as.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// Time stands still for certificates, as it does in these tests.
#[derive(Debug)]
struct AtNoon;

impl rustls::time_provider::TimeProvider for AtNoon {
    fn current_time(&self) -> Option<rustls::pki_types::UnixTime> {
        let seconds = u64::try_from(NOON.0 / 1_000).unwrap();
        Some(rustls::pki_types::UnixTime::since_unix_epoch(
            Duration::from_secs(seconds),
        ))
    }
}

fn landing(account: &str) -> (&'static str, &'static str) {
    match account {
        "user-1" => ("/home", "Ana Reyes"),
        "user-2" => ("/home", "Bilal Khan"),
        _ => ("/trips", "Grace Liu"),
    }
}

/// A network that leads to one real address, whatever the name.
#[derive(Debug)]
pub(crate) struct RealNetwork {
    pub(crate) from: IpAddr,
    pub(crate) to: SocketAddr,
}

impl Network for RealNetwork {
    fn resolve<'a>(
        &'a self,
        _: &'a str,
        _: Resolver,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, ResolveError>> {
        Box::pin(async { Ok(vec![self.to.ip()]) })
    }

    fn connect(&self, _: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        Box::pin(async {
            let socket = tokio::net::TcpSocket::new_v4()?;
            socket.bind(SocketAddr::new(self.from, 0))?;
            Ok(Box::new(socket.connect(self.to).await?) as Box<dyn Stream>)
        })
    }
}
