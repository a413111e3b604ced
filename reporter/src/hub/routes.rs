//! What agents may ask for.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Extension, State};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{Request, StatusCode};
use ledger::identity::HubId;
use ledger::intake::{Limits, Parcel, Quota};
use ledger::name::Name;
use ledger::store::{EnrolError, Tone};
use ledger::time::Millis;
use ledger::wire::WireError;
use ledger::wire::enrol::{Enrol, Enrolled, MAX_ENROL};
use ledger::wire::upload::{MAX_UPLOAD, Upload};
use tokio::sync::Semaphore;
use tokio::time::Instant;

use super::body::Room;
use super::desk::{Desk, Done, Failure};
use super::gate::Tries;
use super::now;

/// Keys are not read again sooner than this because somebody shows an unknown one.
const KEYS: Duration = Duration::from_millis(500);
/// A full disk is not full for a moment.
const FULL: u64 = 30;

/// Where a connection comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer(pub(super) IpAddr);

/// What all requests share.
#[derive(Debug)]
pub(super) struct App {
    pub(super) hub: HubId,
    pub(super) public: String,
    pub(super) limits: Limits,
    pub(super) desk: Desk,
    pub(super) quota: Mutex<Quota>,
    pub(super) room: Room,
    pub(super) tries: Tries,
    pub(super) verifiers: Semaphore,
    pub(super) refreshed: tokio::sync::Mutex<Option<Instant>>,
    pub(super) note: Arc<Mutex<Option<String>>>,
}

/// What is answered instead of a reply: a status, a text, and how many seconds to wait.
struct Refusal(StatusCode, String, Option<u64>);

/// The routes of the listener for agents.
pub(super) fn agents(app: Arc<App>) -> Router {
    Router::new()
        .route("/v1/upload", post(upload))
        .route("/v1/enroll", post(enrol))
        .route("/v1/checkpoint", get(checkpoint))
        .with_state(app)
}

async fn upload(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    request: Request<Body>,
) -> Response {
    match app.upload(request).await {
        Ok(response) => response,
        Err(refusal) => {
            tracing::debug!(peer = %peer.0, status = refusal.0.as_u16(), "{}", refusal.1);
            refusal.response()
        }
    }
}

async fn enrol(
    State(app): State<Arc<App>>,
    Extension(peer): Extension<Peer>,
    request: Request<Body>,
) -> Response {
    match app.enrol(peer.0, request).await {
        Ok(enrolled) => match serde_json::to_string(&enrolled) {
            Ok(text) => ([(CONTENT_TYPE, "application/json")], text).into_response(),
            Err(_) => busy().response(),
        },
        Err(refusal) => {
            tracing::warn!(peer = %peer.0, status = refusal.0.as_u16(), "no enrolment: {}", refusal.1);
            refusal.response()
        }
    }
}

async fn checkpoint(State(app): State<Arc<App>>) -> Response {
    let note = app.note.lock().unwrap_or_else(PoisonError::into_inner);
    match note.clone() {
        Some(note) => ([(CONTENT_TYPE, "text/plain; charset=utf-8")], note).into_response(),
        None => Refusal(
            StatusCode::NOT_FOUND,
            "there is no checkpoint yet".into(),
            None,
        )
        .response(),
    }
}

impl App {
    async fn upload(self: &Arc<Self>, request: Request<Body>) -> Result<Response, Refusal> {
        let (head, body) = request.into_parts();
        let (bytes, held) = self.room.read(&head.headers, body, MAX_UPLOAD).await?;
        let (heard, came) = (now(), Instant::now());
        // From here on it is waited for: what keeps the record busy begins later.
        let expected = self.desk.expect();
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let (agent, id) = Upload::sender(&bytes).map_err(|error| malformed(&error))?;
        let keys = self.keys_with(&agent, id).await.ok_or_else(unknown_key)?;
        let verifier = self.verifiers.acquire().await;
        let verifier = verifier.map_err(|_| busy())?;
        let (app, owned) = (Arc::clone(self), agent.clone());
        let opened = tokio::task::spawn_blocking(move || {
            let keys = keys.of(&owned);
            Parcel::open(&bytes, &app.hub, keys, (&app.limits, heard))
        });
        let opened = opened.await.map_err(|_| busy())?;
        drop(verifier);
        let parcel = opened.map_err(|error| match error {
            WireError::Forged => unknown_key(),
            other => malformed(&other),
        })?;
        self.spend(&agent, (parcel.attempts(), length))?;
        let done = self.desk.take(parcel).await;
        drop((held, expected));
        let micros = u64::try_from(came.elapsed().as_micros()).unwrap_or(u64::MAX);
        tracing::debug!(agent.name = %agent, micros, "an upload is dealt with");
        self.answer(&agent, done)
    }

    fn answer(&self, agent: &Name, done: Done) -> Result<Response, Refusal> {
        match done {
            Done::Reply(bytes, tone) => {
                let status = match tone {
                    Tone::Plain => StatusCode::OK,
                    Tone::Quarantined => StatusCode::FORBIDDEN,
                    Tone::Fork => {
                        tracing::error!(agent.name = %agent, "two batches claim one place: the agent is in quarantine");
                        StatusCode::CONFLICT
                    }
                };
                let kind = [(CONTENT_TYPE, "application/octet-stream")];
                Ok((status, kind, bytes).into_response())
            }
            Done::UnknownKey => Err(unknown_key()),
            Done::Revoked(reason) => {
                let text = format!("the agent is revoked: {reason}");
                Err(Refusal(StatusCode::FORBIDDEN, text, None))
            }
            Done::Failed(failure) => Err(failure.into()),
        }
    }

    /// The keys that are known, read again if this one is not among them.
    async fn keys_with(
        &self,
        agent: &Name,
        id: ledger::identity::KeyId,
    ) -> Option<Arc<ledger::store::Keyring>> {
        let keys = self.desk.state().keys();
        if keys.has(agent, id) {
            return Some(keys);
        }
        // Whoever comes while they are being read waits for that, and then looks again.
        let mut refreshed = self.refreshed.lock().await;
        let keys = self.desk.state().keys();
        if !keys.has(agent, id) && refreshed.is_none_or(|at| at.elapsed() >= KEYS) {
            self.desk.refresh().await;
            *refreshed = Some(Instant::now());
        }
        drop(refreshed);
        let keys = self.desk.state().keys();
        keys.has(agent, id).then_some(keys)
    }

    fn spend(&self, agent: &Name, wanted: (u64, u64)) -> Result<(), Refusal> {
        let mut quota = self.quota.lock().unwrap_or_else(PoisonError::into_inner);
        quota.take(agent, wanted, now()).map_err(|Millis(wait)| {
            tracing::warn!(agent.name = %agent, "sends more than its share");
            let seconds = u64::try_from(wait).unwrap_or(0).div_ceil(1_000);
            let text = "the agent has sent more than its share".to_owned();
            Refusal(StatusCode::TOO_MANY_REQUESTS, text, Some(seconds))
        })
    }

    async fn enrol(&self, peer: IpAddr, request: Request<Body>) -> Result<Enrolled, Refusal> {
        if let Some(wait) = self.tries.wait(peer, Instant::now()) {
            let text = "too many tries have failed from this address".to_owned();
            let wait = wait.as_secs().max(1);
            return Err(Refusal(StatusCode::TOO_MANY_REQUESTS, text, Some(wait)));
        }
        let (head, body) = request.into_parts();
        let (bytes, _held) = self.room.read(&head.headers, body, MAX_ENROL).await?;
        let asked: Enrol = serde_json::from_slice(&bytes).map_err(|_| {
            let text = "this is no request to enrol".to_owned();
            Refusal(StatusCode::BAD_REQUEST, text, None)
        })?;
        let key = asked.verified().map_err(|error| malformed(&error))?;
        let done = self.desk.enrol(asked.token, key).await.ok_or_else(busy)?;
        match done {
            Ok(agent) => {
                tracing::info!(agent.name = %agent.name, region = %agent.region, key = %key.id(), "enrolled");
                Ok(Enrolled {
                    agent: agent.name,
                    region: agent.region,
                    hub: self.hub.as_str().to_owned(),
                    key: self.public.clone(),
                })
            }
            Err(EnrolError::Store(_)) => Err(busy()),
            Err(error) => {
                self.tries.failed(peer, Instant::now());
                Err(Refusal(StatusCode::FORBIDDEN, error.to_string(), None))
            }
        }
    }
}

impl Refusal {
    fn response(self) -> Response {
        let Self(status, text, wait) = self;
        let mut response = (status, text + "\n").into_response();
        if let Some(wait) = wait {
            response.headers_mut().insert(RETRY_AFTER, wait.into());
        }
        response
    }
}

impl From<super::body::Refusal> for Refusal {
    fn from((status, text): super::body::Refusal) -> Self {
        let wait = (status == StatusCode::SERVICE_UNAVAILABLE).then_some(1);
        Self(status, text.to_owned(), wait)
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Full => {
                let text = "the hub's disk is full; nothing was taken".to_owned();
                Self(StatusCode::INSUFFICIENT_STORAGE, text, Some(FULL))
            }
            Failure::Broken => {
                let text = "the hub's record cannot be written; nothing was taken".to_owned();
                Self(StatusCode::SERVICE_UNAVAILABLE, text, Some(5))
            }
            Failure::Busy => busy(),
        }
    }
}

fn busy() -> Refusal {
    let text = "too much waits; nothing was taken".to_owned();
    Refusal(StatusCode::SERVICE_UNAVAILABLE, text, Some(1))
}

fn unknown_key() -> Refusal {
    let text = "no agent of this hub has signed this".to_owned();
    Refusal(StatusCode::UNAUTHORIZED, text, None)
}

fn malformed(error: &WireError) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, error.to_string(), None)
}
