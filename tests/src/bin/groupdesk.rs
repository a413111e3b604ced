//! The stand-in Groupdesk on real sockets and in real time.

use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use groupdesk::script::{Script, ScriptError};
use groupdesk::server::{Addresses, DEFAULT_ADDRESS, Listeners, RegionMap};
use groupdesk::site::Site;
use groupdesk::state::{self, State};
use ledger::name::Name;
use prober::clock::{SystemClock, WallClock};
use tokio::signal::unix::{SignalKind, signal};

const EXAMPLES: &str = "\
Examples:
  groupdesk
      Groupdesk at https://localhost:8443, the platform at 8444, two controls at 8445 and 8446.
      Certificate and passwords are in data/groupdesk; nothing goes wrong.
  groupdesk --listen 127.0.0.1:0 --script outage.toml --truth truth.json
      At free ports, printed as one line of JSON; what went wrong is in truth.json at the end.
  groupdesk --script west.toml --region west=127.0.0.2 --region east=127.0.0.3
      Faults of a region meet those who connect from its address.

  curl --cacert data/groupdesk/ca.pem https://localhost:8443/login

A script is a list of faults, such as one that refuses connections from second 20 to second 40:
  [[fault]]
  kind = \"refused\"
  from = \"+20s\"
  for = \"20s\"
data/december-2018.toml is a long one; tests/src/script.rs names all keys, tests/src/script/kind.rs all kinds.

Exit codes: 0 ended by a signal, 64 bad usage, 74 input or output failed, 78 bad script.";

/// A stand-in for Groupdesk that goes wrong by a script.
#[derive(Debug, Parser)]
#[command(name = "groupdesk", version, after_help = EXAMPLES)]
struct Cli {
    /// Where the product listens; the platform and the controls take the next three ports (port 0: any free ones)
    #[arg(long, value_name = "ADDRESS", default_value_t = DEFAULT_ADDRESS)]
    listen: SocketAddr,
    /// What goes wrong (TOML); offsets count from the start of the program
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Where to write what was true (JSON), at the end
    #[arg(long, value_name = "FILE")]
    truth: Option<PathBuf>,
    /// Where the authority, the passwords and the platform's token are kept; made if missing
    #[arg(long, value_name = "DIR", default_value = "data/groupdesk")]
    state: PathBuf,
    /// Visitors from ADDRESS come from region NAME; may be repeated
    #[arg(long, value_name = "NAME=ADDRESS", value_parser = region)]
    region: Vec<(Name, IpAddr)>,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { 64 } else { 0 };
            // Nowhere is left to say that printing failed.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let Err(error) = run(&cli) else {
        return ExitCode::SUCCESS;
    };
    complain(&error);
    ExitCode::from(if error.is::<ScriptError>() { 78 } else { 74 })
}

#[expect(
    clippy::print_stderr,
    reason = "the command line is where errors are told"
)]
fn complain(error: &anyhow::Error) {
    eprintln!("groupdesk: {error:#}");
}

#[tokio::main]
async fn run(cli: &Cli) -> anyhow::Result<()> {
    let clock = Arc::new(SystemClock);
    let script = cli
        .script
        .as_deref()
        .map_or_else(|| Ok(Script::default()), read_script)?;
    let state = State::open(&cli.state, fastrand::u64(..), clock.now())?;
    let site = Site::new(clock.clone(), &script, state.accounts, &state.authority)?;
    let regions = cli
        .region
        .iter()
        .cloned()
        .fold(RegionMap::default(), |map, (name, address)| {
            map.with(name, address)
        });
    let (mut terminated, mut interrupted) = (
        signal(SignalKind::terminate())?,
        signal(SignalKind::interrupt())?,
    );
    let listeners = Listeners::open(&site, Addresses::from(cli.listen), regions)
        .with_context(|| format!("cannot listen at {}", cli.listen))?;
    announce(listeners.addresses(), &site)?;
    tokio::select! {
        _ = terminated.recv() => {}
        _ = interrupted.recv() => {}
    }
    let truth = site.truth(clock.now());
    if let Some(path) = &cli.truth {
        state::replace(path, &truth.to_json())?;
    }
    Ok(())
}

fn read_script(path: &Path) -> anyhow::Result<Script> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    Ok(Script::parse(&path.display().to_string(), &text)?)
}

/// One line of JSON: whoever started the program learns from it where to go, that it may, and from when offsets count.
fn announce(addresses: Addresses, site: &Site) -> anyhow::Result<()> {
    let mut line = serde_json::to_value(addresses)?;
    line["started_ms"] = site.started().0.into();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    Ok(out.flush()?)
}

fn region(text: &str) -> Result<(Name, IpAddr), String> {
    let (name, address) = text
        .split_once('=')
        .ok_or("expected NAME=ADDRESS, such as west=127.0.0.2")?;
    let address = address
        .parse()
        .map_err(|error| format!("{address:?}: {error}"))?;
    Ok((Name::new(name).map_err(|error| error.to_string())?, address))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
        assert!(region("eu-west=127.0.0.2").is_ok());
        assert!(
            region("eu-west").is_err()
                && region("eu west=::1").is_err()
                && region("eu=nowhere").is_err()
        );
    }
}
