//! The way to a connection over a network made of tables, on paused time.

use std::collections::BTreeMap;
use std::sync::Mutex;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::*;

/// Names and their addresses by resolver; addresses in `slow` never answer, those in `open` do, all others refuse.
#[derive(Debug, Default)]
struct Table {
    first: BTreeMap<&'static str, Vec<IpAddr>>,
    second: Option<BTreeMap<&'static str, Vec<IpAddr>>>,
    open: Vec<IpAddr>,
    slow: Vec<IpAddr>,
    /// The first resolver never answers.
    mute: bool,
    tried: Mutex<Vec<IpAddr>>,
}

impl Network for Table {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
        resolver: Resolver,
    ) -> BoxFuture<'a, Result<Vec<IpAddr>, ResolveError>> {
        let table = match resolver {
            Resolver::First => Some(&self.first),
            Resolver::Second => self.second.as_ref(),
        };
        let answer = match table {
            None => Err(ResolveError::NotConfigured),
            Some(table) => table.get(host).cloned().ok_or(ResolveError::NoAddress),
        };
        let mute = self.mute && resolver == Resolver::First;
        async move {
            if mute {
                std::future::pending::<()>().await;
            }
            answer
        }
        .boxed()
    }

    fn connect(&self, address: SocketAddr) -> BoxFuture<'_, io::Result<Box<dyn Stream>>> {
        self.tried
            .lock()
            .expect("no test thread panics while it holds this")
            .push(address.ip());
        let open = self.open.contains(&address.ip());
        let slow = self.slow.contains(&address.ip());
        async move {
            if slow {
                std::future::pending::<()>().await;
            }
            match open {
                true => Ok(Box::new(tokio::io::duplex(1).0) as Box<dyn Stream>),
                false => Err(io::ErrorKind::ConnectionRefused.into()),
            }
        }
        .boxed()
    }
}

const V6: &str = "2606:4700::1";
const V4: &str = "8.8.8.8";

fn ip(text: &str) -> IpAddr {
    text.parse().expect("test addresses are valid")
}

async fn go(table: &Table, guard: &Guard, host: &str) -> (Result<(), Fault>, Reaching) {
    let mut seen = Reaching::default();
    let host = Host::parse(host).expect("test hosts are valid");
    let reached = reach(table, guard, (&host, 443), &mut seen).await;
    (reached.map(drop), seen)
}

#[tokio::test(start_paused = true)]
async fn a_dead_family_costs_a_quarter_of_a_second() {
    let table = Table {
        first: BTreeMap::from([("site.test", vec![ip(V4), ip(V6)])]),
        open: vec![ip(V4)],
        slow: vec![ip(V6)],
        ..Table::default()
    };
    let (reached, seen) = go(&table, &Guard::default(), "site.test").await;
    assert_eq!(reached, Ok(()));
    assert_eq!(seen.family, Some(Family::V4));
    assert_eq!(seen.connect, Some(NEXT_ADDRESS_AFTER));
}

#[tokio::test(start_paused = true)]
async fn the_second_resolver_is_asked_only_when_the_first_fails() {
    let known = BTreeMap::from([("site.test", vec![ip(V4)])]);
    let none = BTreeMap::new();
    for (first, second, reached, note) in [
        (&known, None, true, None),
        (&known, Some(&none), true, None),
        (&none, Some(&known), true, Some(SecondResolver::Answered)),
        (&none, Some(&none), false, Some(SecondResolver::Failed)),
        (&none, None, false, None),
    ] {
        let table = Table {
            first: first.clone(),
            second: second.cloned(),
            open: vec![ip(V4)],
            ..Table::default()
        };
        let (result, seen) = go(&table, &Guard::default(), "site.test").await;
        assert_eq!(result.is_ok(), reached, "{first:?} {second:?}");
        assert_eq!(seen.second_resolver, note, "{first:?} {second:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_resolver_that_says_nothing_has_failed() {
    let table = Table {
        second: Some(BTreeMap::from([("site.test", vec![ip(V4)])])),
        open: vec![ip(V4)],
        mute: true,
        ..Table::default()
    };
    let (reached, seen) = go(&table, &Guard::default(), "site.test").await;
    assert_eq!(reached, Ok(()));
    assert_eq!(seen.second_resolver, Some(SecondResolver::Answered));
    assert_eq!(seen.dns, Some(RESOLVER_TIMEOUT));
}

#[tokio::test(start_paused = true)]
async fn denied_addresses_are_never_dialled() {
    for (host, addresses, dialled) in [
        (
            "rebound.test",
            vec!["169.254.169.254", V4, "::ffff:10.0.0.1"],
            vec![V4],
        ),
        ("inner.test", vec!["127.0.0.1"], vec![]),
        ("127.0.0.1", vec![], vec![]),
        ("[::1]", vec![], vec![]),
    ] {
        let table = Table {
            first: BTreeMap::from([(host, addresses.iter().copied().map(ip).collect())]),
            open: vec![ip(V4), ip("127.0.0.1"), ip("::1")],
            ..Table::default()
        };
        let (result, _) = go(&table, &Guard::default(), host).await;
        let tried = table.tried.lock().expect("not poisoned").clone();
        assert_eq!(
            tried,
            dialled.iter().copied().map(ip).collect::<Vec<_>>(),
            "{host}"
        );
        assert_eq!(result.is_ok(), !dialled.is_empty(), "{host}");
    }
}

#[tokio::test(start_paused = true)]
async fn when_all_refuse_the_last_refusal_is_told() {
    let table = Table {
        first: BTreeMap::from([("site.test", vec![ip(V4), ip(V6)])]),
        ..Table::default()
    };
    let (result, _) = go(&table, &Guard::default(), "site.test").await;
    assert_eq!(
        result,
        Err(Fault::new(Class::Connect, "connection refused"))
    );
}
