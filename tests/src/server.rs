//! One connection, from its first byte to its last: TLS, HTTP/1.1 or HTTP/2, and the faults of the script.

use std::sync::Arc;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use ledger::name::Name;
use tokio::io::AsyncReadExt;
use tokio_rustls::TlsAcceptor;

use crate::authority::Leaf;
use crate::faults::{Caller, Welcome};
use crate::site::{Door, Site};

pub use line::Line;
use line::{Fate, Wire};
pub use listen::{Addresses, DEFAULT_ADDRESS, Listeners, RegionMap};

mod exchange;
mod line;
mod listen;
pub(crate) mod tls;

/// One visitor's connection.
#[derive(Clone, Debug)]
pub struct Call {
    /// Where it came in.
    pub door: Door,
    /// Where it came from, if that is known.
    pub region: Option<Name>,
}

/// What all requests of a connection share.
#[derive(Debug)]
struct Connection {
    site: Arc<Site>,
    call: Call,
    leaf: Leaf,
    fate: Fate,
}

/// Serves one connection that came in just now, until either side ends it.
pub async fn serve<L: Line>(site: Arc<Site>, call: Call, line: L) {
    let welcome = site.faults.welcome(call.caller(&site));
    attend(site, call, welcome, line).await;
}

/// Serves one connection that was welcomed. What goes wrong on it is the visitor's to notice.
pub(crate) async fn attend<L: Line>(site: Arc<Site>, call: Call, welcome: Welcome, line: L) {
    let fate = Fate::default();
    let mut wire = Wire::new(line, fate.clone());
    match welcome {
        Welcome::Serve(leaf) => {
            let ended = fate.clone();
            let connection = Arc::new(Connection {
                site,
                call,
                leaf,
                fate,
            });
            tokio::select! {
                biased;
                () = ended.sealed() => {}
                () = speak(connection, wire) => {}
            }
        }
        Welcome::Hang => swallow(&mut wire).await,
        Welcome::Refuse | Welcome::Unreachable => fate.seal(),
    }
}

impl Call {
    /// The caller as of now.
    pub(crate) fn caller(&self, site: &Site) -> Caller<'_> {
        Caller {
            at: site.clock.now(),
            door: self.door,
            region: self.region.as_ref(),
        }
    }
}

async fn speak<L: Line>(connection: Arc<Connection>, wire: Wire<L>) {
    let acceptor = TlsAcceptor::from(connection.site.certificates.of(connection.leaf));
    let Ok(stream) = acceptor.accept(wire).await else {
        return;
    };
    let service = service_fn(move |request| exchange::answer(Arc::clone(&connection), request));
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().auto_date_header(false);
    builder.http2().auto_date_header(false);
    // The end of a connection is no news to a server: visitors leave when they like.
    let _ = builder
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Reads and says nothing until the visitor leaves.
async fn swallow<L: Line>(wire: &mut Wire<L>) {
    let mut sink = [0; 1024];
    while matches!(wire.read(&mut sink).await, Ok(count) if count > 0) {}
}
