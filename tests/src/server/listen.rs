//! The doors as real TCP listeners.
//!
//! While nobody shall listen, the listening socket is closed, so that the kernel refuses connections as it would for a
//! dead server. A second socket that never listens keeps the port meanwhile.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use ledger::name::Name;
use ledger::time::{Interval, Intervals, Millis, Timestamp};
use prober::clock::WallClock;
use serde::Serialize;
use tokio::net::{TcpListener, TcpSocket};
use tokio::task::JoinSet;

use super::{Call, serve};
use crate::faults::Faults;
use crate::script::Kind;
use crate::site::{Door, Site};

/// Where the product listens unless told otherwise.
pub const DEFAULT_ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8443);

/// How long before the end of a refusal the listener is back. Until the end it resets what it accepts, so that the
/// first instant after it is served however late the timer is.
const AHEAD: Millis = Millis(200);

/// Connections that may wait to be accepted.
const BACKLOG: u32 = 1024;

/// Which source address stands for which region.
#[derive(Clone, Debug, Default)]
pub struct RegionMap(BTreeMap<IpAddr, Name>);

/// Where each door is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Addresses {
    /// Groupdesk.
    pub product: SocketAddr,
    /// The platform's API.
    pub platform: SocketAddr,
    /// A control.
    pub control_a: SocketAddr,
    /// Another one.
    pub control_b: SocketAddr,
}

/// All four doors, open until it is dropped.
#[derive(Debug)]
pub struct Listeners {
    addresses: Addresses,
    /// Ends the tasks that keep the doors, with their listeners.
    _keepers: JoinSet<()>,
}

/// One door, kept open except while it shall refuse.
struct Keeper {
    site: Arc<Site>,
    door: Door,
    regions: Arc<RegionMap>,
    /// Bound and never listening: keeps the port.
    place: TcpSocket,
}

impl RegionMap {
    /// Visitors from `address` come from `region`.
    #[must_use]
    pub fn with(mut self, region: Name, address: IpAddr) -> Self {
        self.0.insert(address, region);
        self
    }

    fn of(&self, address: SocketAddr) -> Option<Name> {
        self.0.get(&address.ip().to_canonical()).cloned()
    }
}

impl Addresses {
    /// The product at `first` and the others at the ports after it; all at free ports if `first` has port 0.
    pub fn from(first: SocketAddr) -> Self {
        let at = |offset| {
            let port = if first.port() == 0 {
                0
            } else {
                first.port().saturating_add(offset)
            };
            SocketAddr::new(first.ip(), port)
        };
        Self {
            product: at(0),
            platform: at(1),
            control_a: at(2),
            control_b: at(3),
        }
    }

    /// The address of a door.
    pub fn of(&self, door: Door) -> SocketAddr {
        match door {
            Door::Product => self.product,
            Door::Platform => self.platform,
            Door::ControlA => self.control_a,
            Door::ControlB => self.control_b,
        }
    }
}

impl Listeners {
    /// Opens the doors at `wanted`, where port 0 means any free one.
    ///
    /// # Errors
    /// An I/O error if an address cannot be had.
    pub fn open(site: &Arc<Site>, wanted: Addresses, regions: RegionMap) -> io::Result<Self> {
        let (regions, mut keepers) = (Arc::new(regions), JoinSet::new());
        let mut open = |door, address| {
            claim(address)?;
            let place = bind(address)?;
            let address = place.local_addr()?;
            let listener = bind(address)?.listen(BACKLOG)?;
            let keeper = Keeper {
                site: Arc::clone(site),
                door,
                regions: Arc::clone(&regions),
                place,
            };
            keepers.spawn(keeper.keep(listener));
            Ok::<_, io::Error>(address)
        };
        let addresses = Addresses {
            product: open(Door::Product, wanted.product)?,
            platform: open(Door::Platform, wanted.platform)?,
            control_a: open(Door::ControlA, wanted.control_a)?,
            control_b: open(Door::ControlB, wanted.control_b)?,
        };
        Ok(Self {
            addresses,
            _keepers: keepers,
        })
    }

    /// Where the doors are.
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }
}

impl Keeper {
    async fn keep(self, mut listener: TcpListener) {
        let clock = Arc::clone(&self.site.clock);
        for closed in refusals(&self.site.faults, self.door, clock.now()).iter() {
            tokio::select! {
                biased;
                () = sleep_until(&*clock, closed.start) => {}
                () = self.accept_all(&listener) => {}
            }
            drop(listener);
            sleep_until(&*clock, closed.end - AHEAD).await;
            listener = self.listen_again().await;
        }
        self.accept_all(&listener).await;
    }

    async fn accept_all(&self, listener: &TcpListener) {
        loop {
            let Ok((stream, peer)) = listener.accept().await else {
                // Out of file descriptors, most likely: some will come back.
                tokio::time::sleep(Duration::from_millis(10)).await;
                continue;
            };
            // Without it answers wait for acknowledgements; with an error they merely do.
            let _ = stream.set_nodelay(true);
            let call = Call {
                door: self.door,
                region: self.regions.of(peer),
            };
            tokio::spawn(serve(Arc::clone(&self.site), call, stream));
        }
    }

    async fn listen_again(&self) -> TcpListener {
        loop {
            let address = self.place.local_addr();
            match address
                .and_then(bind)
                .and_then(|socket| socket.listen(BACKLOG))
            {
                Ok(listener) => return listener,
                Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
    }
}

/// Fails if somebody listens at `address`, whom [`bind`] would share it with.
fn claim(address: SocketAddr) -> io::Result<()> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()
    } else {
        TcpSocket::new_v6()
    }?;
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}

/// When nobody at all is let in at `door`, from `now` on.
fn refusals(faults: &Faults, door: Door, now: Timestamp) -> Intervals {
    let rest = Interval::new(now, faults.window().end);
    let closing = faults.list().iter().filter(|fault| {
        let kind = matches!(
            (fault.what.kind, door),
            (Kind::Refused, Door::Product) | (Kind::PlatformDown, Door::Platform)
        );
        kind && fault.what.scope.regions.is_empty() && fault.what.share >= 1.0
    });
    closing
        .flat_map(|fault| fault.times(rest).iter().collect::<Vec<_>>())
        .collect()
}

/// Waits until `clock` shows `at`; looks again every second, since wall clocks are set.
async fn sleep_until(clock: &dyn WallClock, at: Timestamp) {
    loop {
        let left = at - clock.now();
        if left <= Millis::ZERO {
            return;
        }
        tokio::time::sleep(left.min(Millis::from_secs(1)).to_std()).await;
    }
}
