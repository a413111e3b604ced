//! From a host and port to a connected stream: names, the guard, then the addresses in turn.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use ledger::attempt::Family;
use ledger::verdict::{Class, SecondResolver};
use tokio::time::Instant;
use url::Host;

use super::{Guard, Network, ResolveError, Resolver, Stream};
use crate::fault::Fault;

/// What was learned on the way to a connection; filled in as it happens, so that a deadline leaves what was known.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reaching {
    /// Time spent on names.
    pub(crate) dns: Option<Duration>,
    /// Whether a resolver is being waited for.
    pub(crate) resolving: bool,
    /// Time spent on connecting.
    pub(crate) connect: Option<Duration>,
    /// Family of the address that was connected to, or tried last.
    pub(crate) family: Option<Family>,
    /// What the second resolver said, if the first one failed.
    pub(crate) second_resolver: Option<SecondResolver>,
}

/// How long one address may keep the next one waiting (RFC 8305 §5).
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);

/// How long a resolver may take: long enough for a lost packet or two, short enough to leave time for the other one.
const RESOLVER_TIMEOUT: Duration = Duration::from_secs(4);

/// How many addresses of one name are tried.
const MAX_ADDRESSES: usize = 8;

/// Connects to `host`. The addresses are checked once, and those checked are the ones connected to.
pub(crate) async fn reach(
    network: &dyn Network,
    guard: &Guard,
    (host, port): (&Host<String>, u16),
    seen: &mut Reaching,
) -> Result<Box<dyn Stream>, Fault> {
    let addresses = addresses(network, guard, host, seen).await?;
    let started = Instant::now();
    let stream = connect(network, &addresses, port, seen).await?;
    seen.connect = Some(started.elapsed());
    Ok(stream)
}

/// The permitted addresses of `host`, families in turn.
///
/// # Errors
/// [`Class::Dns`] if no resolver knows one, or if all are denied.
async fn addresses(
    network: &dyn Network,
    guard: &Guard,
    host: &Host<String>,
    seen: &mut Reaching,
) -> Result<Vec<IpAddr>, Fault> {
    let found = match host {
        Host::Ipv4(address) => vec![IpAddr::V4(*address)],
        Host::Ipv6(address) => vec![IpAddr::V6(*address)],
        Host::Domain(name) => {
            let started = Instant::now();
            seen.resolving = true;
            let found = resolve(network, name, seen).await;
            seen.resolving = false;
            seen.dns = Some(started.elapsed());
            found?
        }
    };
    let permitted: Vec<IpAddr> = in_turn(&found)
        .into_iter()
        .filter(|address| guard.permits(*address))
        .take(MAX_ADDRESSES)
        .collect();
    match (permitted.is_empty(), found.first()) {
        (false, _) => Ok(permitted),
        (true, Some(denied)) => Err(Fault::new(
            Class::Dns,
            format!("{host} is {denied}, which is not public and not in allow_private"),
        )),
        (true, None) => Err(Fault::new(Class::Dns, format!("{host} has no address"))),
    }
}

async fn resolve(
    network: &dyn Network,
    name: &str,
    seen: &mut Reaching,
) -> Result<Vec<IpAddr>, Fault> {
    let first = match ask(network, name, Resolver::First).await {
        Ok(found) if !found.is_empty() => return Ok(found),
        Ok(_) => ResolveError::NoAddress,
        Err(error) => error,
    };
    match ask(network, name, Resolver::Second).await {
        Ok(found) if !found.is_empty() => {
            seen.second_resolver = Some(SecondResolver::Answered);
            return Ok(found);
        }
        Err(ResolveError::NotConfigured) => {}
        Ok(_) | Err(_) => seen.second_resolver = Some(SecondResolver::Failed),
    }
    Err(Fault::new(Class::Dns, format!("{name}: {first}")))
}

/// Asks one resolver; one that does not answer in time has failed, so that the other one is asked.
async fn ask(
    network: &dyn Network,
    name: &str,
    resolver: Resolver,
) -> Result<Vec<IpAddr>, ResolveError> {
    let answer = network.resolve(name, resolver);
    match tokio::time::timeout(RESOLVER_TIMEOUT, answer).await {
        Ok(answer) => answer,
        Err(_) => Err(ResolveError::Failed("no answer".to_owned())),
    }
}

/// IPv6 and IPv4 in turn, IPv6 first, otherwise in the resolver's order.
fn in_turn(found: &[IpAddr]) -> Vec<IpAddr> {
    let (v6, v4): (Vec<IpAddr>, Vec<IpAddr>) = found
        .iter()
        .copied()
        .partition(|address| address.to_canonical().is_ipv6());
    let longest = v6.len().max(v4.len());
    (0..longest)
        .flat_map(|index| [v6.get(index), v4.get(index)])
        .flatten()
        .copied()
        .collect()
}

async fn connect(
    network: &dyn Network,
    addresses: &[IpAddr],
    port: u16,
    seen: &mut Reaching,
) -> Result<Box<dyn Stream>, Fault> {
    let dial = |address: IpAddr| async move {
        let result = network.connect(SocketAddr::new(address, port)).await;
        (address, result)
    };
    let mut waiting = addresses.iter().copied();
    let mut running = FuturesUnordered::new();
    let mut last: Option<io::Error> = None;
    loop {
        if let Some(address) = waiting.next() {
            seen.family = Some(family(address));
            running.push(dial(address));
        }
        if running.is_empty() {
            break;
        }
        let next_in = if waiting.len() > 0 {
            NEXT_ADDRESS_AFTER
        } else {
            Duration::MAX
        };
        match tokio::time::timeout(next_in, running.next()).await {
            Ok(Some((address, Ok(stream)))) => {
                seen.family = Some(family(address));
                return Ok(stream);
            }
            Ok(Some((_, Err(error)))) => last = Some(error),
            Ok(None) | Err(_) => {}
        }
    }
    Err(last.map_or_else(
        || Fault::new(Class::Connect, "no address to connect to"),
        |error| Fault::connecting(&error),
    ))
}

fn family(address: IpAddr) -> Family {
    if address.to_canonical().is_ipv4() {
        Family::V4
    } else {
        Family::V6
    }
}

#[cfg(test)]
mod tests;
