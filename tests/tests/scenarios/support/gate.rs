//! A door before the site: it holds whoever comes until it is opened.

use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;

/// A listener that takes connections, and passes them on once it is open.
pub(crate) struct Gate {
    pub(crate) port: u16,
    came: mpsc::Receiver<()>,
    open: Arc<(Mutex<bool>, Condvar)>,
}

impl Gate {
    /// A closed gate before `site`.
    pub(crate) fn before(site: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (comes, came) = mpsc::channel();
        let open = Arc::new((Mutex::new(false), Condvar::new()));
        let held = Arc::clone(&open);
        // Ends with the test's process.
        thread::spawn(move || {
            for visitor in listener.incoming().map_while(Result::ok) {
                let held = Arc::clone(&held);
                thread::spawn(move || pass(&visitor, site, &held));
                let _ = comes.send(());
            }
        });
        Self { port, came, open }
    }

    /// Waits until somebody stands before it.
    pub(crate) fn wait_for_somebody(&self) {
        self.came.recv().unwrap();
    }

    /// Lets everybody through, now and later.
    pub(crate) fn open(&self) {
        *self.open.0.lock().unwrap() = true;
        self.open.1.notify_all();
    }
}

fn pass(visitor: &TcpStream, site: SocketAddr, (open, opened): &(Mutex<bool>, Condvar)) {
    let closed = open.lock().unwrap();
    drop(opened.wait_while(closed, |open| !*open).unwrap());
    let site = TcpStream::connect(site).unwrap();
    thread::scope(|scope| {
        scope.spawn(|| copy(visitor, &site));
        copy(&site, visitor);
    });
}

/// Copies until one side ends, and passes the end on.
fn copy(mut from: &TcpStream, mut to: &TcpStream) {
    let _ = io::copy(&mut from, &mut to);
    let _ = to.shutdown(Shutdown::Write);
}
