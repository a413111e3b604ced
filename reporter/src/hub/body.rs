//! Request bodies: their length is known and small enough before a byte of them is kept.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderMap, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A body must be here after so long.
const DEADLINE: Duration = Duration::from_secs(15);
/// What all bodies in hand may take together, in bytes.
const IN_HAND: usize = 64 << 20;
/// Bytes are counted in these.
const UNIT: usize = 1 << 10;

/// Room for the bodies of requests in hand.
#[derive(Clone, Debug)]
pub(super) struct Room(Arc<Semaphore>);

/// Room that a body takes, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Held(
    #[expect(dead_code, reason = "it is given back when dropped")] OwnedSemaphorePermit,
);

/// Why a body is not read: a status, and a text.
pub(super) type Refusal = (StatusCode, &'static str);

impl Room {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(IN_HAND / UNIT)))
    }

    /// Reads a body of at most `most` bytes.
    pub(super) async fn read(
        &self,
        headers: &HeaderMap,
        body: Body,
        most: usize,
    ) -> Result<(Bytes, Held), Refusal> {
        let length = headers
            .get(CONTENT_LENGTH)
            .and_then(|value| value.to_str().ok());
        let length = length.and_then(|text| text.parse::<usize>().ok());
        let Some(length) = length else {
            return Err((StatusCode::LENGTH_REQUIRED, "say the length of the body"));
        };
        if length > most {
            return Err((StatusCode::PAYLOAD_TOO_LARGE, "the body is too large"));
        }
        let units = u32::try_from(length.div_ceil(UNIT)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.0).try_acquire_many_owned(units);
        let held = room.map_err(|_| (StatusCode::SERVICE_UNAVAILABLE, "too much is in hand"))?;
        let read = Limited::new(body, length).collect();
        match tokio::time::timeout(DEADLINE, read).await {
            Err(_) => Err((StatusCode::REQUEST_TIMEOUT, "the body took too long")),
            Ok(Err(_)) => Err((StatusCode::BAD_REQUEST, "the body broke off")),
            Ok(Ok(read)) => Ok((read.to_bytes(), Held(held))),
        }
    }
}
