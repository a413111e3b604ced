//! The network of one region in memory: names, latencies and connections to a stand-in, on tokio's time.
//!
//! Made for paused time: the same seed gives the same latencies, and nothing here reads a clock of the machine.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use ledger::name::Name;
use prober::dial::{Network, ResolveError, Resolver, Stream};

use crate::faults::Welcome;
use crate::server::{Addresses, Call, DEFAULT_ADDRESS, attend};
use crate::site::{Door, Site};
use pipe::Uplink;

mod pipe;

/// How far a region is from the site, one way.
#[derive(Clone, Copy, Debug)]
pub struct Latency {
    /// At least so long.
    pub base: Duration,
    /// Up to so much longer, drawn for each connection.
    pub jitter: Duration,
}

/// A region's way to one stand-in.
#[derive(Debug)]
pub struct MemoryNetwork {
    site: Arc<Site>,
    region: Name,
    latency: Latency,
    uplink: Arc<Uplink>,
    rng: Mutex<fastrand::Rng>,
}

impl MemoryNetwork {
    /// The network of `region`; its latencies are drawn by the script's seed.
    pub fn new(site: &Arc<Site>, region: Name, latency: Latency) -> Self {
        let label = region
            .as_str()
            .bytes()
            .fold(0_u64, |sum, byte| sum.wrapping_mul(257) + u64::from(byte));
        let rng = fastrand::Rng::with_seed(site.faults.seed().rotate_left(17) ^ label);
        let uplink = Arc::new(Uplink::new(site, &region));
        Self {
            site: Arc::clone(site),
            region,
            latency,
            uplink,
            rng: Mutex::new(rng),
        }
    }

    /// The networks of these addresses: no public ones, so a plan has to allow them.
    pub const NETWORKS: [&str; 4] = [
        "198.51.100.0/24",
        "203.0.113.0/24",
        "192.0.2.0/24",
        "127.0.0.0/8",
    ];

    /// The address of a door on this network; its port is 443.
    ///
    /// `localhost` leads to the same doors at the ports that the program `groupdesk` has by default.
    pub fn address(door: Door) -> IpAddr {
        // The documentation networks of RFC 5737.
        IpAddr::V4(match door {
            Door::Product => Ipv4Addr::new(198, 51, 100, 10),
            Door::Platform => Ipv4Addr::new(198, 51, 100, 20),
            Door::ControlA => Ipv4Addr::new(203, 0, 113, 10),
            Door::ControlB => Ipv4Addr::new(192, 0, 2, 10),
        })
    }

    /// The door behind an address, if there is one.
    fn door(address: SocketAddr) -> Option<Door> {
        let local = Addresses::from(DEFAULT_ADDRESS);
        Door::ALL.into_iter().find(|door| {
            let (here, port) = (address.ip(), address.port());
            local.of(*door) == address || (Self::address(*door) == here && port == 443)
        })
    }

    fn one_way(&self) -> Duration {
        let jitter = u64::try_from(self.latency.jitter.as_millis()).unwrap_or(0);
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        self.latency.base + Duration::from_millis(rng.u64(0..=jitter))
    }

    async fn look_up(&self, host: &str) -> Result<Vec<IpAddr>, ResolveError> {
        // A resolver is near: a quarter of the way.
        tokio::time::sleep(self.one_way() / 2).await;
        if self.uplink.is_dead() {
            return Err(ResolveError::Failed("network is unreachable".to_owned()));
        }
        if host.eq_ignore_ascii_case("localhost") {
            return Ok(vec![DEFAULT_ADDRESS.ip()]);
        }
        let door = Door::ALL
            .into_iter()
            .find(|door| door.host().eq_ignore_ascii_case(host));
        door.map(|door| vec![Self::address(door)])
            .ok_or(ResolveError::NoAddress)
    }

    async fn dial(&self, address: SocketAddr) -> io::Result<Box<dyn Stream>> {
        let one_way = self.one_way();
        if self.uplink.is_dead() {
            return Err(io::ErrorKind::NetworkUnreachable.into());
        }
        tokio::time::sleep(one_way).await;
        let call = Self::door(address).map(|door| Call {
            door,
            region: Some(self.region.clone()),
        });
        let welcome = call
            .as_ref()
            .map(|call| self.site.faults.welcome(call.caller(&self.site)));
        let near = match (call, welcome) {
            (Some(call), Some(welcome @ (Welcome::Serve(_) | Welcome::Hang))) => {
                let (near, far) = pipe::pair(one_way, &self.uplink);
                tokio::spawn(attend(Arc::clone(&self.site), call, welcome, far));
                Ok(near)
            }
            (_, Some(Welcome::Unreachable)) => Err(io::ErrorKind::NetworkUnreachable),
            (_, _) => Err(io::ErrorKind::ConnectionRefused),
        };
        tokio::time::sleep(one_way).await;
        Ok(Box::new(near?))
    }
}

impl Network for MemoryNetwork {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        _resolver: Resolver,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, ResolveError>> {
        Box::pin(self.look_up(host))
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        Box::pin(self.dial(address))
    }
}
