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

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream::{self, StreamExt as _};
    use http::HeaderValue;
    use tokio::time::{Instant, sleep};

    use super::*;

    fn long(length: usize) -> HeaderMap {
        HeaderMap::from_iter([(CONTENT_LENGTH, HeaderValue::from(length))])
    }

    /// A byte a second, for ever.
    fn drips() -> Body {
        let bytes = stream::repeat(()).then(|()| async {
            sleep(Duration::from_secs(1)).await;
            Ok::<_, Infallible>(Bytes::from_static(b"x"))
        });
        Body::from_stream(bytes)
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_left_when_its_time_is_over() {
        let (room, began) = (Room::new(), Instant::now());
        let read = room.read(&long(1_000), drips(), 4 << 20).await;
        assert_eq!(read.unwrap_err().0, StatusCode::REQUEST_TIMEOUT);
        assert_eq!(began.elapsed(), DEADLINE);
        assert_eq!(room.0.available_permits(), IN_HAND / UNIT);
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_is_no_longer_than_it_said_and_short_ones_break_off() {
        let room = Room::new();
        let lies = room.read(&long(3), drips(), 4 << 20).await;
        assert_eq!(lies.unwrap_err().0, StatusCode::BAD_REQUEST);
        for (said, status) in [(101, 413), (usize::MAX, 413)] {
            let read = room.read(&long(said), Body::empty(), 100).await;
            assert_eq!(read.unwrap_err().0, status, "{said}");
        }
        let unsaid = room.read(&HeaderMap::new(), drips(), 100).await;
        assert_eq!(unsaid.unwrap_err().0, StatusCode::LENGTH_REQUIRED);
    }

    #[tokio::test]
    async fn there_is_room_for_so_many_bytes_and_no_more() {
        let (room, most) = (Room::new(), 4 << 20);
        let mut held = Vec::new();
        for _ in 0..IN_HAND / most {
            let read = room
                .read(&long(most), Body::from(vec![0; most]), most)
                .await;
            held.push(read.unwrap());
        }
        let over = room.read(&long(1), Body::from("x"), most).await;
        assert_eq!(over.unwrap_err().0, StatusCode::SERVICE_UNAVAILABLE);
        held.pop();
        assert!(room.read(&long(1), Body::from("x"), most).await.is_ok());
    }
}
