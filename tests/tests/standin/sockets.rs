//! The same on real sockets and in real time, and the program itself.

use std::io::{BufRead, BufReader};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{Command, Stdio};
use std::sync::Arc;

use groupdesk::authority::Authority;
use groupdesk::product::Accounts;
use groupdesk::script::Script;
use groupdesk::server::{Addresses, Listeners, RegionMap};
use groupdesk::site::Site;
use ledger::name::Name;
use ledger::time::Millis;
use prober::clock::{TokioClock, WallClock};

use crate::visitor::{NOON, RealNetwork, Visitor};

const EU: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

/// A site on free ports of this machine, and visitors from a mapped and an unmapped address.
struct Street {
    site: Arc<Site>,
    listeners: Listeners,
    authority: Authority,
    clock: Arc<TokioClock>,
}

impl Street {
    fn new(script: &str) -> Self {
        let script = Script::parse("test.toml", script).unwrap();
        let authority = Authority::generate(NOON).unwrap();
        let clock = TokioClock::starting_at(NOON);
        let site = Site::new(clock.clone(), &script, Accounts::seeded(1), &authority).unwrap();
        let regions = RegionMap::default().with(Name::new("eu-west").unwrap(), EU);
        let here = Addresses::from(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0));
        let listeners = Listeners::open(&site, here, regions).unwrap();
        Self {
            site,
            listeners,
            authority,
            clock,
        }
    }

    fn visitor(&self, from: IpAddr) -> Visitor {
        let network = RealNetwork {
            from,
            to: self.listeners.addresses().product,
        };
        Visitor::new(Arc::new(network), &self.authority, Accounts::seeded(1))
    }
}

#[tokio::test]
async fn faults_of_a_region_follow_the_source_address() {
    let street =
        Street::new("[[fault]]\nkind = 'status'\nregion = 'eu-west'\nfrom = '+0s'\nfor = '1h'\n");
    assert_eq!(street.visitor(EU).log_in("user-1").await, "503 at /login");
    assert_eq!(
        street
            .visitor(Ipv4Addr::LOCALHOST.into())
            .log_in("user-1")
            .await,
        "ok"
    );
    let met = street.site.faults().met()[0];
    assert_eq!(met.count, 1);
}

#[tokio::test]
async fn a_reset_is_a_reset_and_a_refusal_a_refusal() {
    for (kind, expected) in [
        ("reset", "ConnectionReset"),
        ("refused", "ConnectionRefused"),
    ] {
        let street = Street::new(&format!(
            "[[fault]]\nkind = '{kind}'\nfrom = '+0s'\nfor = '1h'\n"
        ));
        let visitor = street.visitor(EU);
        // The listener is closed by a task of its own, which runs when this one waits.
        tokio::task::yield_now().await;
        assert_eq!(visitor.log_in("user-1").await, expected, "{kind}");
    }
}

#[tokio::test]
async fn a_refusal_ends_when_it_ends() {
    let street = Street::new("[[fault]]\nkind = 'refused'\nfrom = '+0s'\nfor = '400ms'\n");
    let visitor = street.visitor(EU);
    let end = NOON + Millis(400);
    let mut refused = 0;
    loop {
        let begun = street.clock.now();
        let found = visitor.log_in("user-1").await;
        match found.as_str() {
            "ok" => break assert!(street.clock.now() >= end, "let in too early"),
            "ConnectionRefused" | "ConnectionReset" => refused += 1,
            other => panic!("{other}"),
        }
        assert!(
            begun < end,
            "refused {refused} times, at last after the end"
        );
    }
    assert!(refused > 0);
}

#[tokio::test]
async fn a_door_that_is_taken_is_an_error() {
    let street = Street::new("");
    let taken = Addresses::from(street.listeners.addresses().product);
    let second = Listeners::open(&street.site, taken, RegionMap::default());
    assert_eq!(second.unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
}

#[test]
fn the_program_says_where_it_listens_and_what_was_true() {
    let dir = tempfile::tempdir().unwrap();
    let (script, truth) = (
        dir.path().join("script.toml"),
        dir.path().join("truth.json"),
    );
    std::fs::write(
        &script,
        "[[fault]]\nkind = 'status'\nfrom = '+0s'\nfor = '1h'\n",
    )
    .unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_groupdesk"))
        .args(["--listen", "127.0.0.1:0", "--script"])
        .arg(&script)
        .arg("--truth")
        .arg(&truth)
        .arg("--state")
        .arg(dir.path().join("state"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let addresses: serde_json::Value = serde_json::from_str(&line).unwrap();
    let product: SocketAddr = addresses["product"].as_str().unwrap().parse().unwrap();
    std::net::TcpStream::connect(product).unwrap();
    assert!(addresses["started_ms"].as_i64().unwrap() > NOON.0);
    let killed = Command::new("kill")
        .arg(child.id().to_string())
        .status()
        .unwrap();
    assert!(killed.success() && child.wait().unwrap().success());
    let truth: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&truth).unwrap()).unwrap();
    let outage = &truth["down"][0]["outages"][0];
    assert!(
        outage["start_ms"].as_i64().unwrap() < outage["end_ms"].as_i64().unwrap(),
        "{truth}"
    );
    assert_eq!(
        truth["window"]["end_ms"], outage["end_ms"],
        "cut where the program ended"
    );
}

#[test]
fn a_bad_script_is_refused_with_a_code_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("script.toml");
    std::fs::write(&script, "[[fault]]\nkind = 'x'\n").unwrap();
    let output = assert_cmd::Command::cargo_bin("groupdesk")
        .unwrap()
        .arg("--script")
        .arg(&script)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("script.toml:2: fault 1: kind: found \"x\"")
    );
}
