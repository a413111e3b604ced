//! Somebody between an agent and its hub, as a process: for tests that give it an address of its own.

use std::io::{BufRead, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use groupdesk::meddler::post::Middleman;
use groupdesk::meddler::{Manner, post, wire};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::net::TcpListener;
use tokio::sync::watch;

/// Carries connections from one address to another, in a manner that is read from standard input: a line for each change
///
/// Manners: pass, delay MS, rate BYTES (a second), reset, half-close, black-hole, deaf, corrupt. With a certificate, it reads what
/// is posted, and knows pass, twice, swallow, late, replay and chaos.
#[derive(Debug, Parser)]
#[command(name = "meddler", version)]
struct Cli {
    /// Where it listens; the address is printed
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Where it carries to
    #[arg(long, value_name = "ADDRESS")]
    to: SocketAddr,
    /// The name of the real server
    #[arg(long, default_value = "localhost")]
    name: String,
    /// The certificate that it shows (PEM); without one it reads nothing
    #[arg(long, value_name = "FILE", requires_all = ["key", "ca"])]
    certificate: Option<PathBuf>,
    /// The key of that certificate (PEM)
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
    /// The authority of the real server (PEM)
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// What happens by chance
    #[arg(long, default_value_t = 2018)]
    seed: u64,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let (set, manners) = watch::channel(Manner::Pass);
    let middleman = cli.middleman()?;
    let runtime = tokio::runtime::Runtime::new().context("cannot start the runtime")?;
    let listener = runtime.block_on(TcpListener::bind(cli.listen))?;
    writeln!(std::io::stdout(), "{}", listener.local_addr()?)?;
    match middleman {
        Some(middleman) => drop(runtime.spawn(post::carry(listener, middleman, manners, cli.seed))),
        None => drop(runtime.spawn(wire::carry(listener, cli.to, manners))),
    }
    // Ends with whoever gives the orders.
    for line in std::io::stdin().lock().lines() {
        set.send(line?.trim().parse()?)?;
        writeln!(std::io::stdout(), "ok")?;
    }
    Ok(())
}

impl Cli {
    fn middleman(&self) -> anyhow::Result<Option<Middleman>> {
        let (Some(certificate), Some(key), Some(ca)) = (&self.certificate, &self.key, &self.ca)
        else {
            return Ok(None);
        };
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let server = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(
                certificates(certificate)?,
                PrivateKeyDer::from_pem_file(key)?,
            )?;
        let mut roots = RootCertStore::empty();
        for certificate in certificates(ca)? {
            roots.add(certificate)?;
        }
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Some(Middleman {
            server: Arc::new(server),
            client: Arc::new(client),
            to: self.to,
            name: ServerName::try_from(self.name.clone())?,
        }))
    }
}

fn certificates(file: &Path) -> anyhow::Result<Vec<CertificateDer<'static>>> {
    let read = CertificateDer::pem_file_iter(file).and_then(Iterator::collect);
    read.with_context(|| format!("{}: cannot read certificates", file.display()))
}
