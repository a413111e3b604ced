use super::*;
use crate::authority::{Authority, Leaf};
use crate::server::tls::configure;
use ledger::time::Timestamp;
use prober::clock::{SystemClock, WallClock};
use rustls::RootCertStore;
use tokio::sync::{mpsc, watch};

/// A server that tells what is posted to it, behind a middleman; and somebody who posts.
struct Street {
    poster: Post,
    heard: mpsc::UnboundedReceiver<String>,
    manner: watch::Sender<Manner>,
}

impl Street {
    async fn new() -> Self {
        let now: Timestamp = SystemClock.now();
        let authority = Authority::generate(now).unwrap();
        let server = || Arc::new(configure(authority.sign(Leaf::Good, now).unwrap()));
        let mut roots = RootCertStore::empty();
        roots.add(authority.certificate().clone()).unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let client = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let (tell, heard) = mpsc::unbounded_channel();
        let hub = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let middleman = Middleman {
            server: server(),
            client: Arc::new(client),
            to: hub.local_addr().unwrap(),
            name: ServerName::try_from("localhost").unwrap(),
        };
        tokio::spawn(listen(hub, server(), tell));
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (manner, manners) = watch::channel(Manner::Pass);
        let (_, idle) = watch::channel(Manner::Pass);
        let poster = Post {
            middleman: Middleman {
                to: door.local_addr().unwrap(),
                ..middleman.clone()
            },
            manners: idle,
            memory: Mutex::default(),
        };
        tokio::spawn(carry(door, middleman, manners, 7));
        Self {
            poster,
            heard,
            manner,
        }
    }

    /// Posts `text` in a manner; the answer's status and text, and what the server heard meanwhile.
    async fn post(&mut self, manner: Manner, text: &str) -> (Option<(u16, String)>, Vec<String>) {
        self.manner.send(manner).unwrap();
        let request = Request::post("/v1/upload").header("host", "localhost");
        let request = request.body(Body::from(text.to_owned())).unwrap();
        let answer = match self.poster.send(request).await {
            Ok(answer) => {
                let status = answer.status().as_u16();
                let body = answer.into_body().collect().await.unwrap().to_bytes();
                Some((status, String::from_utf8(body.to_vec()).unwrap()))
            }
            Err(_) => None,
        };
        let mut heard = Vec::new();
        while let Ok(text) = self.heard.try_recv() {
            heard.push(text);
        }
        (answer, heard)
    }
}

async fn listen(hub: TcpListener, tls: Arc<ServerConfig>, tell: mpsc::UnboundedSender<String>) {
    while let Ok((stream, _)) = hub.accept().await {
        let (acceptor, tell) = (TlsAcceptor::from(Arc::clone(&tls)), tell.clone());
        tokio::spawn(async move {
            let stream = acceptor.accept(stream).await.unwrap();
            let service = service_fn(move |request: Request<Incoming>| {
                let tell = tell.clone();
                async move {
                    let body = request.into_body().collect().await?.to_bytes();
                    let text = String::from_utf8(body.to_vec()).unwrap();
                    tell.send(text.clone()).unwrap();
                    Ok::<_, hyper::Error>(Response::new(Body::from(format!("got {text}"))))
                }
            });
            let connection = hyper::server::conn::http1::Builder::new();
            let _ = connection
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

#[tokio::test]
async fn it_doubles_swallows_delays_and_replays_posts() {
    let mut street = Street::new().await;
    let ok = |text: &str| Some((200, format!("got {text}")));
    assert_eq!(
        street.post(Manner::Pass, "a").await,
        (ok("a"), vec!["a".to_owned()])
    );
    let (answer, heard) = street.post(Manner::Twice, "b").await;
    assert_eq!((answer, heard), (ok("b"), vec!["b".to_owned(); 2]));
    let (answer, heard) = street.post(Manner::Swallow, "c").await;
    assert_eq!((answer, heard), (None, vec!["c".to_owned()]));
    let (answer, heard) = street.post(Manner::Late, "d").await;
    assert_eq!((answer, heard), (Some((503, String::new())), Vec::new()));
    let (answer, heard) = street.post(Manner::Pass, "e").await;
    assert_eq!(
        (answer, heard),
        (ok("e"), vec!["e".to_owned(), "d".to_owned()])
    );
    let (answer, heard) = street.post(Manner::Replay, "f").await;
    assert_eq!(answer, ok("f"));
    assert_eq!((heard.len(), heard[1].as_str()), (2, "f"), "{heard:?}");
    assert!(
        ["a", "b", "c", "d", "e"].contains(&heard[0].as_str()),
        "{heard:?}"
    );
}
