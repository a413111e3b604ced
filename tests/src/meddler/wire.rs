//! TCP, byte for byte: whatever is spoken, it cannot be read.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::{Manner, Manners};

const PIECE: usize = 4_096;

/// Which way bytes go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// Carries connections to `to` until it is dropped.
pub async fn carry(listener: TcpListener, to: SocketAddr, manners: Manners) {
    loop {
        // What goes wrong with one visitor is the visitor's to notice.
        if let Ok((client, _)) = listener.accept().await {
            tokio::spawn(connect(client, to, manners.clone()));
        }
    }
}

async fn connect(mut client: TcpStream, to: SocketAddr, manners: Manners) {
    if *manners.borrow() == Manner::Reset {
        let _ = client.set_zero_linger();
        return;
    }
    let Ok(mut server) = TcpStream::connect(to).await else {
        let _ = client.set_zero_linger();
        return;
    };
    let _ = (client.set_nodelay(true), server.set_nodelay(true));
    let reset = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let both = async {
            tokio::join!(
                pump(Way::Up, from_client, to_server, manners.clone()),
                pump(Way::Down, from_server, to_client, manners.clone()),
            )
        };
        tokio::select! {
            _ = both => false,
            () = until_reset(manners.clone()) => true,
        }
    };
    if reset {
        let _ = (client.set_zero_linger(), server.set_zero_linger());
    }
}

async fn until_reset(mut manners: Manners) {
    if manners
        .wait_for(|manner| *manner == Manner::Reset)
        .await
        .is_err()
    {
        std::future::pending::<()>().await;
    }
}

/// Passes bytes one way until either end is done.
async fn pump(way: Way, mut from: ReadHalf<'_>, mut to: WriteHalf<'_>, manners: Manners) {
    let mut piece = vec![0; PIECE];
    let mut dead = false;
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        let bytes = &mut piece[..length];
        match *manners.borrow() {
            Manner::BlackHole => dead = true,
            Manner::Deaf => dead |= way == Way::Down,
            Manner::Corrupt => bytes[length / 2] ^= 1,
            Manner::HalfClose if way == Way::Down => break,
            _ => {}
        }
        if dead {
            continue;
        }
        let wait = wait_for(*manners.borrow(), length);
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        if to.write_all(bytes).await.is_err() {
            return;
        }
    }
    if dead {
        // Nobody hears that it ended, either.
        std::future::pending::<()>().await;
    }
    let _ = to.shutdown().await;
}

fn wait_for(manner: Manner, length: usize) -> Duration {
    match manner {
        Manner::Delay(wait) => wait,
        Manner::Rate(rate) => {
            Duration::from_secs(1) * u32::try_from(length).unwrap_or(u32::MAX) / rate
        }
        _ => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::watch;

    /// A server that says back what it hears, and a client that goes through the meddler to it.
    async fn talk(manner: &str) -> (TcpStream, watch::Sender<Manner>) {
        let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let to = server.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = server.accept().await {
                tokio::spawn(async move {
                    let (mut from, mut back) = stream.split();
                    let _ = tokio::io::copy(&mut from, &mut back).await;
                });
            }
        });
        let (set, manners) = watch::channel(manner.parse().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let door = listener.local_addr().unwrap();
        tokio::spawn(carry(listener, to, manners));
        (TcpStream::connect(door).await.unwrap(), set)
    }

    async fn answer(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
        stream.write_all(b"hello").await?;
        let mut found = vec![0; 5];
        stream.read_exact(&mut found).await?;
        Ok(found)
    }

    #[tokio::test]
    async fn it_passes_changes_and_ends_what_is_said() {
        let (mut stream, set) = talk("pass").await;
        assert_eq!(answer(&mut stream).await.unwrap(), b"hello");
        set.send("corrupt".parse().unwrap()).unwrap();
        assert_eq!(
            answer(&mut stream).await.unwrap(),
            b"hello",
            "changed on the way up, and back again"
        );
        set.send("rate 1000000".parse().unwrap()).unwrap();
        assert_eq!(answer(&mut stream).await.unwrap(), b"hello");
        set.send("delay 1".parse().unwrap()).unwrap();
        assert_eq!(answer(&mut stream).await.unwrap(), b"hello");
        set.send("half-close".parse().unwrap()).unwrap();
        let error = answer(&mut stream).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::UnexpectedEof);
        let (mut stream, set) = talk("pass").await;
        assert_eq!(answer(&mut stream).await.unwrap(), b"hello");
        set.send("reset".parse().unwrap()).unwrap();
        let error = stream.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_comes_out_of_a_black_hole_and_no_answer_from_the_deaf() {
        for manner in ["black-hole", "deaf"] {
            let (mut stream, set) = talk(manner).await;
            stream.write_all(b"hello").await.unwrap();
            let waited = tokio::time::timeout(Duration::from_secs(60), stream.read_u8()).await;
            assert!(waited.is_err(), "{manner}");
            // It does not come back to life.
            set.send(Manner::Pass).unwrap();
            let waited = tokio::time::timeout(Duration::from_secs(60), answer(&mut stream)).await;
            assert!(waited.is_err(), "{manner}");
        }
    }

    #[test]
    fn a_manner_that_is_none_is_named() {
        let error = "delay soon".parse::<Manner>().unwrap_err();
        assert!(
            error.to_string().starts_with("\"delay soon\" is no manner"),
            "{error}"
        );
        assert_eq!(
            "delay 20".parse::<Manner>().unwrap(),
            Manner::Delay(Duration::from_millis(20))
        );
    }
}
