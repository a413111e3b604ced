//! A hub as a process, and made-up agents that send to it.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use groupdesk::courier::{self, Answer, Courier, Line};
use ledger::identity::SecretKey;
use ledger::name::Name;
use ledger::record::Agent;
use ledger::store::{Place, Registry};
use ledger::time::Timestamp;
use ledger::wire::record::Signed;
use ledger::wire::upload::{Outcome, Reply};

use super::program::{Program, command, start};

/// A running hub.
pub(crate) struct Hub {
    pub(crate) program: Program,
    pub(crate) home: PathBuf,
    pub(crate) listen: SocketAddr,
    pub(crate) admin: SocketAddr,
    store: Place,
}

impl Hub {
    /// Starts one whose files are in `home`.
    pub(crate) fn start(home: &Path, more: &[&str]) -> Self {
        Self::start_as(home, more, |_| ())
    }

    /// The same, after `watch` was done to the command.
    pub(crate) fn start_as(home: &Path, more: &[&str], watch: impl FnOnce(&mut Command)) -> Self {
        let mut command = command("reporter");
        command.arg("serve").arg("--data").arg(home).args(more);
        command.args([
            "--listen",
            "127.0.0.1:0",
            "--admin",
            "127.0.0.1:0",
            "--log",
            "json",
        ]);
        watch(&mut command);
        let mut program = start(&mut command);
        let line = program
            .err
            .until(|line| line.contains("listening to agents"));
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        let address = |field: &str| line["fields"][field].as_str().unwrap().parse().unwrap();
        Self {
            program,
            home: home.to_owned(),
            listen: address("listen"),
            admin: address("admin"),
            store: match more {
                ["--store", url, ..] => Place::parse(url),
                _ => home.join("hub.db").into(),
            },
        }
    }

    pub(crate) fn line(&self) -> Line {
        let ca = std::fs::read_to_string(self.home.join("ca.pem")).unwrap();
        Line::connect(self.listen, "localhost", &ca).unwrap()
    }

    pub(crate) fn registry(&self) -> Registry {
        Registry::open(self.store.clone()).unwrap()
    }

    /// An agent that has enrolled.
    pub(crate) fn enrol(&self, name: &str) -> Courier {
        let agent = Agent {
            name: Name::new(name).unwrap(),
            region: Name::new("eu").unwrap(),
        };
        self.registry().invite(&agent, name, now()).unwrap();
        self.enrol_with(name)
    }

    /// The same, with a token of an invitation.
    pub(crate) fn enrol_with(&self, token: &str) -> Courier {
        let key = SecretKey::generate().unwrap();
        let start = Timestamp((now().0 - 30 * 86_400_000) / 30_000 * 30_000);
        let plan = (Arc::new(courier::plan(4)), start);
        Courier::enrol(&mut self.line(), token, key, plan).unwrap()
    }

    /// The status and the text that operators are told.
    pub(crate) fn health(&self, path: &str) -> String {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(self.admin).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: hub\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        format!("{} {}", head.split(' ').nth(1).unwrap(), body.trim())
    }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_jiff(jiff::Timestamp::now())
}

/// Waits: hubs run in real time.
#[expect(clippy::disallowed_methods, reason = "other processes are waited for")]
pub(crate) fn pause(length: std::time::Duration) {
    std::thread::sleep(length);
}

/// Sends records and reads the signed reply.
pub(crate) fn send(line: &mut Line, courier: &Courier, records: &[Signed]) -> (u16, Reply) {
    let answer = post(line, courier, records);
    let reply = courier.reply(&answer.body);
    let text = String::from_utf8_lossy(&answer.body);
    (
        answer.status,
        reply.unwrap_or_else(|error| panic!("{error}: {} {text}", answer.status)),
    )
}

/// Sends records.
pub(crate) fn post(line: &mut Line, courier: &Courier, records: &[Signed]) -> Answer {
    let bytes = courier.upload(records).unwrap();
    line.post("/v1/upload", &bytes).unwrap()
}

/// Whether every outcome is a receipt that holds.
pub(crate) fn all_receipted(courier: &Courier, records: &[Signed], reply: &Reply) -> bool {
    let outcomes = reply.outcomes.iter().zip(records);
    records.len() == reply.outcomes.len()
        && outcomes.into_iter().all(|(outcome, record)| match outcome {
            Outcome::Taken(receipt) | Outcome::Known(receipt) => {
                let claim = record.claim(&courier.hub, &courier.agent);
                claim.is_received(&courier.hub_key, receipt)
            }
            Outcome::Refused(..) | Outcome::Later(..) => false,
        })
}
