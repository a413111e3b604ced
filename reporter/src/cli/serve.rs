//! `reporter serve`: the hub.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use ledger::identity::HubId;
use ledger::intake::{Limits, Share};
use ledger::store::Place;

use super::exit::Usage;
use super::input::read_plan;
use crate::hub::{Format, Home, Serve, serve};

/// Where a hub is.
#[derive(Debug, Args)]
pub(super) struct At {
    /// The hub's directory: its key, its certificates and, unless said otherwise, its record hub.db.
    #[arg(long, value_name = "DIR", default_value = "hub")]
    data: PathBuf,
    /// Keep the record in this PostgreSQL database (`postgres://USER@HOST/NAME`) or file instead.
    #[arg(
        long,
        value_name = "URL",
        env = "GROUPDESK_STORE",
        hide_env_values = true,
        value_parser = place
    )]
    store: Option<Place>,
}

/// What the hub is to be.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    #[command(flatten)]
    at: At,
    /// The hub's name, which agents put into all that they sign. It cannot be changed later.
    #[arg(long, value_name = "NAME", default_value = "groupdesk-hub")]
    name: String,
    /// A host name or address by which agents reach the hub; may be given again. The first one is told to them.
    #[arg(long = "host", value_name = "HOST", default_value = "localhost")]
    hosts: Vec<String>,
    /// Where to listen to agents.
    #[arg(long, value_name = "ADDRESS", default_value = "0.0.0.0:8448")]
    listen: SocketAddr,
    /// Where to answer /healthz and /readyz.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8447")]
    admin: SocketAddr,
    /// Use this certificate chain (PEM) instead of one by an authority of the hub's own.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The certificate's private key (PEM, mode 0600).
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Let in only agents that show a certificate by one of these authorities (PEM), beside their own key.
    #[arg(long, value_name = "FILE")]
    client_ca: Option<PathBuf>,
    /// The plan whose contracts count, and whose probes keep their layers.
    #[arg(long, value_name = "probes.toml")]
    plan: Option<PathBuf>,
    /// The most attempts that an agent may send in a minute.
    #[arg(long, value_name = "N", default_value_t = Share::default().attempts)]
    quota_attempts: u64,
    /// The most bytes that an agent may send in a day.
    #[arg(long, value_name = "N", default_value_t = Share::default().bytes)]
    quota_bytes: u64,
    /// The most connections.
    #[arg(long, value_name = "N", default_value_t = 2_000)]
    connections: usize,
    /// The most connections from one address.
    #[arg(long, value_name = "N", default_value_t = 64)]
    connections_per_address: usize,
    /// How log lines look; `RUST_LOG` says which are shown.
    #[arg(long, value_enum, default_value = "text")]
    log: Format,
}

fn place(text: &str) -> Result<Place, std::convert::Infallible> {
    Ok(Place::parse(text))
}

impl At {
    pub(super) fn home(&self) -> Home {
        Home::new(&self.data)
    }

    pub(super) fn store(&self) -> Place {
        self.home().store(self.store.as_ref())
    }
}

impl ServeArgs {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.log.begin();
        let id = HubId::new(&self.name).map_err(|error| Usage(error.to_string()))?;
        let plan = self.plan.as_deref().map(read_plan).transpose()?;
        let keep = match &plan {
            Some(plan) => plan.keep_raw,
            None => ledger::plan::keep_raw(),
        };
        serve(&Serve {
            home: self.at.home(),
            store: self.at.store(),
            id,
            hosts: self.hosts,
            listen: self.listen,
            admin: self.admin,
            certificate: self.tls_cert.zip(self.tls_key),
            client_ca: self.client_ca,
            plan,
            keep,
            limits: Limits::default(),
            share: Share {
                attempts: self.quota_attempts,
                bytes: self.quota_bytes,
            },
            connections: (self.connections, self.connections_per_address),
        })?;
        Ok(())
    }
}
