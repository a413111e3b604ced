//! HTTP inside TLS: a middleman with a certificate of its own, who reads what is posted and may post it again, later or never.
//!
//! Nothing that agents sign is its to change; all it can do is what a network may do to whole messages.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::{Manner, Manners};

/// How many posts it remembers.
const MEMORY: usize = 64;

/// Posts to a path with this end are meddled with; all else passes.
const MEDDLED: &str = "/upload";

type Body = Full<Bytes>;
type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// Where it stands.
#[derive(Clone, Debug)]
pub struct Middleman {
    /// What it shows to clients.
    pub server: Arc<ServerConfig>,
    /// Whom it believes.
    pub client: Arc<ClientConfig>,
    /// The real server.
    pub to: SocketAddr,
    /// Its name.
    pub name: ServerName<'static>,
}

/// What it has seen.
#[derive(Debug, Default)]
struct Memory {
    seen: VecDeque<Request<Body>>,
    late: Option<Request<Body>>,
    chance: fastrand::Rng,
}

struct Post {
    middleman: Middleman,
    manners: Manners,
    memory: Mutex<Memory>,
}

/// Carries posts until it is dropped. `seed` decides what happens by chance.
pub async fn carry(listener: TcpListener, middleman: Middleman, manners: Manners, seed: u64) {
    let acceptor = TlsAcceptor::from(Arc::clone(&middleman.server));
    let memory = Memory {
        chance: fastrand::Rng::with_seed(seed),
        ..Memory::default()
    };
    let post = Arc::new(Post {
        middleman,
        manners,
        memory: Mutex::new(memory),
    });
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let (acceptor, post) = (acceptor.clone(), Arc::clone(&post));
        tokio::spawn(async move {
            // What goes wrong with one visitor is the visitor's to notice.
            if let Ok(stream) = acceptor.accept(stream).await {
                let service = service_fn(|request| post.pass(request));
                let connection = hyper::server::conn::http1::Builder::new();
                let _ = connection
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
            }
        });
    }
}

impl Post {
    async fn pass(&self, request: Request<Incoming>) -> Result<Response<Body>, Trouble> {
        let (head, body) = request.into_parts();
        let body = Full::new(body.collect().await?.to_bytes());
        let request = Request::from_parts(head, body);
        if !request.uri().path().ends_with(MEDDLED) {
            return self.send(request).await;
        }
        let manner = self.manner();
        let before = self.remember(&request, manner);
        if manner == Manner::Late {
            let mut busy = Response::new(Body::default());
            *busy.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            busy.headers_mut().insert(header::RETRY_AFTER, 0.into());
            return Ok(busy);
        }
        if let Some(old) = before.replayed {
            let _ = self.send(old).await;
        }
        let mut answer = self.send(request.clone()).await;
        if manner == Manner::Twice {
            answer = self.send(request).await;
        }
        if let Some(late) = before.late {
            let _ = self.send(late).await;
        }
        if manner == Manner::Swallow {
            return Err("it hangs up".into());
        }
        answer
    }

    fn manner(&self) -> Manner {
        let manner = *self.manners.borrow();
        if manner != Manner::Chaos {
            return manner;
        }
        let kinds = [
            Manner::Pass,
            Manner::Twice,
            Manner::Swallow,
            Manner::Late,
            Manner::Replay,
        ];
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        kinds[memory.chance.usize(..kinds.len())]
    }

    /// Keeps a copy of what is posted; says what else is to be posted with it.
    fn remember(&self, request: &Request<Body>, manner: Manner) -> Others {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let mut others = Others::default();
        if manner == Manner::Replay && !memory.seen.is_empty() {
            let count = memory.seen.len();
            let which = memory.chance.usize(..count);
            others.replayed = memory.seen.get(which).cloned();
        }
        if manner == Manner::Late {
            memory.late = Some(request.clone());
        } else {
            others.late = memory.late.take();
        }
        if memory.seen.len() == MEMORY {
            memory.seen.pop_front();
        }
        memory.seen.push_back(request.clone());
        others
    }

    /// Asks the real server, over a connection of its own.
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, Trouble> {
        let Middleman {
            client, to, name, ..
        } = &self.middleman;
        let stream = TcpStream::connect(to).await?;
        let stream = TlsConnector::from(Arc::clone(client))
            .connect(name.clone(), stream)
            .await?;
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let driven = tokio::spawn(connection);
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = Full::new(body.collect().await?.to_bytes());
        driven.abort();
        Ok(Response::from_parts(head, body))
    }
}

/// What is posted besides.
#[derive(Default)]
struct Others {
    replayed: Option<Request<Body>>,
    late: Option<Request<Body>>,
}

#[cfg(test)]
mod tests;
