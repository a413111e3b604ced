//! A hub from its first to its last moment.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use http::StatusCode;
use ledger::identity::HubId;
use ledger::intake::{Limits, Quota, Share};
use ledger::plan::Plan;
use ledger::store::{Hub, HubKey, Place, StoreError, Turns};
use ledger::time::Millis;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, watch};

use super::body::Room;
use super::certificate::Shown;
use super::desk::{Desk, Opener};
use super::files::FileError;
use super::gate::{Gate, Tries};
use super::home::{Home, Known};
use super::listen::{self, Door};
use super::routes::{self, App};
use super::upkeep::Upkeep;

/// What a hub is asked to be.
#[derive(Clone, Debug)]
pub struct Serve {
    /// Where it keeps what is its own.
    pub home: Home,
    /// Where the record is.
    pub store: Place,
    /// Its name.
    pub id: HubId,
    /// The names and addresses under which agents reach it; the first one is told to them.
    pub hosts: Vec<String>,
    /// Where agents are listened to.
    pub listen: SocketAddr,
    /// Where operators are.
    pub admin: SocketAddr,
    /// The operator's own certificate and key, instead of ours.
    pub certificate: Option<(PathBuf, PathBuf)>,
    /// Agents must show a certificate of one of these authorities.
    pub client_ca: Option<PathBuf>,
    /// The plan whose contracts count.
    pub plan: Option<Plan>,
    /// How long attempts are kept one by one.
    pub keep: Option<Millis>,
    /// What is taken at most.
    pub limits: Limits,
    /// What each agent may send.
    pub share: Share,
    /// The most connections, over all and from one address.
    pub connections: (usize, usize),
}

/// Why a hub cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A key or a certificate.
    #[error(transparent)]
    File(#[from] FileError),
    /// The record.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An address.
    #[error("cannot listen on {address}: {reason}; name another one by {flag}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// What the system said.
        reason: io::Error,
        /// What to change.
        flag: &'static str,
    },
    /// The system gives no threads or signals.
    #[error("the system refuses: {0}")]
    System(io::Error),
}

/// So often it is looked whether there is another certificate.
const RENEWAL: Duration = Duration::from_secs(3_600);
/// The most connections to the listener for operators.
const ADMIN_CONNECTIONS: usize = 64;

/// Serves until SIGTERM or SIGINT; then finishes what is in hand and leaves the record in order.
///
/// # Errors
/// [`ServeError`] if it cannot begin.
pub fn serve(asked: &Serve) -> Result<(), ServeError> {
    asked.home.make()?;
    let shown = Shown::new(&asked.home, asked.certificate.as_ref(), &asked.hosts)?;
    let shown = Arc::new(shown);
    let tls = shown.tls(asked.client_ca.as_deref())?;
    let key = asked.home.key(&asked.id)?;
    let public = key.key.public().to_string();
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .max_blocking_threads(cores + 2)
        .build()
        .map_err(ServeError::System)?;
    let turns = Turns::default();
    let (desk, record) = Desk::open(asked.taking(&turns), &turns)?;
    let note = Arc::new(Mutex::new(None));
    let upkeep = Upkeep::begin(asked.beside(&turns), asked.keep, Arc::clone(&note));
    let app = Arc::new(App {
        hub: asked.id.clone(),
        public,
        limits: asked.limits,
        desk,
        quota: Mutex::new(Quota::new(asked.share)),
        room: Room::new(),
        tries: Tries::default(),
        verifiers: Semaphore::new(cores),
        refreshed: tokio::sync::Mutex::new(None),
        note,
    });
    runtime.spawn(renewed(shown));
    let served = runtime.block_on(asked.listen(tls, app));
    // All that hold a desk are gone now, so the thread that owns the record ends.
    runtime.shutdown_timeout(Duration::from_millis(200));
    upkeep.end();
    if served.is_ok() && record.join().is_err() {
        tracing::error!("the thread of the record failed");
    }
    served?;
    tracing::info!("left in order");
    Ok(())
}

impl Serve {
    async fn listen(
        &self,
        tls: Arc<rustls::ServerConfig>,
        app: Arc<App>,
    ) -> Result<(), ServeError> {
        let (agents, address) = bind(self.listen, "--listen").await?;
        let (operators, admin) = bind(self.admin, "--admin").await?;
        let known = self.known(address);
        self.home.tell(&known)?;
        tracing::info!(
            hub.name = %self.id, listen = %address, admin = %admin, url = known.url, record = %self.store,
            "listening to agents"
        );
        let (stop, stopped) = watch::channel(false);
        let (all, per_address) = self.connections;
        let door = Door {
            listener: agents,
            tls: Some(listen::acceptor(tls)),
            gate: Gate::new(all, per_address),
            router: routes::agents(Arc::clone(&app)),
        };
        let back = Door {
            listener: operators,
            tls: None,
            gate: Gate::new(ADMIN_CONNECTIONS, ADMIN_CONNECTIONS),
            router: health(app, stopped.clone()),
        };
        let serving = tokio::spawn(listen::run(door, stopped.clone()));
        let back = tokio::spawn(listen::run(back, stopped));
        asked_to_stop().await.map_err(ServeError::System)?;
        tracing::info!("finishing what is in hand");
        // Nobody listens only if both have ended.
        let _ = stop.send(true);
        let _ = tokio::join!(serving, back);
        Ok(())
    }

    fn known(&self, address: SocketAddr) -> Known {
        let host = self.hosts.first().map_or("localhost", String::as_str);
        let host = match host.parse::<IpAddr>() {
            Ok(IpAddr::V6(host)) => format!("[{host}]"),
            _ => host.to_owned(),
        };
        Known {
            name: self.id.as_str().to_owned(),
            url: format!("https://{host}:{}", address.port()),
            ca: match self.certificate {
                Some(_) => None,
                None => Some(self.home.file("ca.pem")),
            },
        }
    }

    /// How the record is opened to take.
    fn taking(&self, turns: &Turns) -> Opener {
        let (home, store, id) = (self.home.clone(), self.store.clone(), self.id.clone());
        let (plan, limits, turns) = (self.plan.clone(), self.limits, turns.clone());
        Box::new(move || {
            let hub = Hub::open(&store, key(&home, &id, &store)?, plan.as_ref())?;
            in_turn(hub.with_limits(limits), &store, &turns)
        })
    }

    /// How the record is opened beside that.
    fn beside(&self, turns: &Turns) -> Opener {
        let (home, store, id) = (self.home.clone(), self.store.clone(), self.id.clone());
        let turns = turns.clone();
        Box::new(move || {
            let hub = Hub::beside(&store, key(&home, &id, &store)?)?;
            in_turn(hub, &store, &turns)
        })
    }
}

/// Looks every now and then whether there is another certificate to show.
async fn renewed(shown: Arc<Shown>) {
    loop {
        tokio::time::sleep(RENEWAL).await;
        let shown = Arc::clone(&shown);
        match tokio::task::spawn_blocking(move || shown.renew()).await {
            Ok(Ok(true)) => tracing::info!("another certificate is shown to agents"),
            Ok(Ok(false)) => {}
            Ok(Err(error)) => {
                tracing::error!(%error, "the certificate cannot be renewed; the one before is shown");
            }
            Err(error) => tracing::error!(%error, "the certificate cannot be renewed"),
        }
    }
}

/// A file has one writer at a time, a database as many as there are agents.
fn in_turn(hub: Hub, store: &Place, turns: &Turns) -> Result<Hub, StoreError> {
    match store {
        Place::File(_) => hub.taking_turns(turns.clone()),
        Place::Postgres(_) => Ok(hub),
    }
}

fn key(home: &Home, id: &HubId, store: &Place) -> Result<HubKey, StoreError> {
    home.key(id).map_err(|error| StoreError::Unreadable {
        place: store.clone(),
        reason: error.to_string(),
    })
}

/// Whether the process lives, and whether it takes.
fn health(app: Arc<App>, stopped: watch::Receiver<bool>) -> Router {
    let ready = move || {
        let answer = match (*stopped.borrow(), app.desk.state().failure()) {
            (true, _) => (StatusCode::SERVICE_UNAVAILABLE, "draining\n"),
            (false, Some(super::Failure::Full)) => {
                (StatusCode::SERVICE_UNAVAILABLE, "the disk is full\n")
            }
            (false, Some(_)) => (StatusCode::SERVICE_UNAVAILABLE, "the record fails\n"),
            (false, None) => (StatusCode::OK, "ready\n"),
        };
        std::future::ready(answer)
    };
    Router::new()
        .route("/healthz", get(|| std::future::ready("alive\n")))
        .route("/readyz", get(ready))
}

async fn bind(
    address: SocketAddr,
    flag: &'static str,
) -> Result<(tokio::net::TcpListener, SocketAddr), ServeError> {
    let bound = listen::bind(address).await;
    bound.map_err(|reason| ServeError::Listen {
        address,
        reason,
        flag,
    })
}

async fn asked_to_stop() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}
