//! The real network: cold DNS look-ups or the system's resolver, and TCP sockets.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use ledger::plan::{DnsMode, Site};
use tokio::net::TcpSocket;

use super::{Network, ResolveError, Resolver, Stream};

/// Real sockets. Looks names up anew each time, so that a broken zone is seen when it breaks.
#[derive(Debug)]
pub struct SocketNetwork {
    first: First,
    second: Option<TokioResolver>,
    source: Option<IpAddr>,
}

#[derive(Debug)]
enum First {
    Own(Box<TokioResolver>),
    System,
}

/// Why names cannot be looked up at all.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// `/etc/resolv.conf` cannot be read or names no server.
    #[error("the system's resolver configuration cannot be used: {0}; try dns = \"system\"")]
    SystemConfig(#[source] NetError),
    /// An entry of `second_resolvers` is no address.
    #[error("second_resolvers: {0:?} is not an address or address:port")]
    Server(String),
    /// The resolver cannot be built.
    #[error("the resolver cannot be set up: {0}")]
    Resolver(#[source] NetError),
}

/// How long one name server may take before it is asked again; twice in all.
const SERVER_TIMEOUT: Duration = Duration::from_secs(2);

impl SocketNetwork {
    /// A network for `site`, with sockets bound to `source` if one is given.
    ///
    /// # Errors
    /// [`NetworkError`] if the resolvers cannot be set up.
    pub fn new(site: &Site, source: Option<IpAddr>) -> Result<Self, NetworkError> {
        let first = match site.dns {
            DnsMode::System => First::System,
            DnsMode::Own => First::Own(Box::new(own_resolver()?)),
        };
        let second = match site.second_resolvers.as_slice() {
            [] => None,
            servers => Some(second_resolver(servers)?),
        };
        Ok(Self {
            first,
            second,
            source,
        })
    }

    async fn dial(&self, address: SocketAddr) -> io::Result<Box<dyn Stream>> {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        if let Some(source) = self
            .source
            .filter(|source| source.is_ipv4() == address.is_ipv4())
        {
            socket.bind(SocketAddr::new(source, 0))?;
        }
        let stream = socket.connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Box::new(stream))
    }
}

impl Network for SocketNetwork {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        resolver: Resolver,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, ResolveError>> {
        async move {
            match (resolver, &self.first, &self.second) {
                (Resolver::First, First::Own(own), _) => ask(own, host).await,
                (Resolver::First, First::System, _) => ask_system(host).await,
                (Resolver::Second, _, Some(second)) => ask(second, host).await,
                (Resolver::Second, _, None) => Err(ResolveError::NotConfigured),
            }
        }
        .boxed()
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        self.dial(address).boxed()
    }
}

fn own_resolver() -> Result<TokioResolver, NetworkError> {
    let mut builder = TokioResolver::builder_tokio().map_err(NetworkError::SystemConfig)?;
    cold(builder.options_mut());
    builder.build().map_err(NetworkError::Resolver)
}

fn second_resolver(servers: &[String]) -> Result<TokioResolver, NetworkError> {
    let servers = servers
        .iter()
        .map(|text| server(text).ok_or_else(|| NetworkError::Server(text.clone())))
        .collect::<Result<Vec<_>, _>>()?;
    let config = ResolverConfig::from_name_servers(servers);
    let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
    cold(builder.options_mut());
    builder.build().map_err(NetworkError::Resolver)
}

fn server(text: &str) -> Option<NameServerConfig> {
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Some(NameServerConfig::udp_and_tcp(ip));
    }
    let address: SocketAddr = text.parse().ok()?;
    let mut config = NameServerConfig::udp_and_tcp(address.ip());
    for connection in &mut config.connections {
        connection.port = address.port();
    }
    Some(config)
}

fn cold(options: &mut ResolverOpts) {
    options.cache_size = 0;
    options.timeout = SERVER_TIMEOUT;
    options.attempts = 1;
}

async fn ask(resolver: &TokioResolver, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
    match resolver.lookup_ip(host).await {
        Ok(found) => Ok(found.iter().collect()),
        Err(error) if error.is_no_records_found() || error.is_nx_domain() => {
            Err(ResolveError::NoAddress)
        }
        Err(error) => Err(ResolveError::Failed(error.to_string())),
    }
}

async fn ask_system(host: &str) -> Result<Vec<IpAddr>, ResolveError> {
    match tokio::net::lookup_host((host, 0)).await {
        Ok(found) => Ok(found.map(|address| address.ip()).collect()),
        Err(error) => Err(ResolveError::Failed(error.to_string())),
    }
}
