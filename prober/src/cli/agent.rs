//! `prober agent`: looks on until it is told to stop.

use std::io::Write;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use ledger::name::Name;
use ledger::plan::{Canary, Plan};
use ledger::record::Agent as Identity;
use tokio::signal::unix::{SignalKind, signal};

use super::{default_plan, read_plan};
use crate::agent::{Agent, Setup, Timer, region, seed_of};
use crate::clock::{SystemClock, WallClock};
use crate::dial::SocketNetwork;
use crate::journal::{Acknowledge, Journal, OpenBook, record_at};
use crate::secret::{Keeper, Secrets};

/// Looks on by the schedules of the plan, until it is told to stop (Ctrl-C or SIGTERM): then it finishes the attempts in
/// hand, commits and leaves.
///
/// The record is DIR/NAME.db, an SQLite file that `reporter` can read at any time.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  prober agent --region east
  prober agent --region east --name east-2 --data /var/lib/prober --plan /etc/prober/probes.toml")]
pub(super) struct AgentArgs {
    /// Where this agent runs; a region of the plan.
    #[arg(long, env = "PROBER_REGION")]
    region: String,
    /// The agent's name in the record; the region unless said otherwise.
    #[arg(long, env = "PROBER_NAME")]
    name: Option<String>,
    /// The plan.
    #[arg(long, default_value_os_t = default_plan())]
    plan: PathBuf,
    /// Where records are kept.
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// The local address that connections are made from.
    #[arg(long, value_name = "ADDR")]
    bind: Option<IpAddr>,
    /// Stop after so long, such as 20s or 5m.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    span: Option<Duration>,
    /// Print "ack NUMBER" for each attempt once it is on disk.
    #[arg(long, env = "PROBER_ACKS")]
    acks: bool,
}

impl AgentArgs {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let plan = Arc::new(read_plan(&self.plan)?);
        let region = region(&plan, &self.region)?;
        let name = match &self.name {
            Some(name) => Name::new(name).map_err(|error| super::exit::Usage(error.to_string()))?,
            None => region.clone(),
        };
        let secrets = secrets(&plan, &region)?;
        if plan.canary == Canary::None {
            tracing::warn!("canary = \"none\": this agent's own network is assumed to be fine");
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("looks")
            .enable_all()
            .build()
            .context("cannot start the runtime")?;
        runtime.block_on(self.look_on(Identity { name, region }, plan, secrets))
    }

    async fn look_on(
        &self,
        identity: Identity,
        plan: Arc<Plan>,
        secrets: Secrets,
    ) -> anyhow::Result<()> {
        let file = self.data.join(format!("{}.db", identity.name));
        let (open, known) = record_at(file.clone(), &identity, &plan, SystemClock.now())?;
        let agent = Agent::new(Setup {
            region: identity.region.clone(),
            secrets: secrets.after_restart(|label| known.credential_versions.get(label).copied()),
            network: Arc::new(SocketNetwork::new(&plan.site, self.bind)?),
            clock: Arc::new(SystemClock),
            journal: self.journal(open)?,
            last_ticks: known.last_ticks,
            seed: seed_of(&identity.name),
            timer: Timer::Thread,
            plan,
        })?;
        tracing::info!(agent.name = %identity.name, region = %identity.region, record = %file.display(), "looking on");
        agent.run(self.end()?).await?;
        tracing::info!("left in order");
        Ok(())
    }

    fn journal(&self, open: OpenBook) -> anyhow::Result<Journal> {
        let acknowledge: Acknowledge = if self.acks {
            Box::new(|number| {
                // Whoever counts has gone: the record is what matters.
                let _ = writeln!(std::io::stdout().lock(), "ack {number}");
            })
        } else {
            Box::new(|_| ())
        };
        Ok(Journal::threaded(open, acknowledge)?)
    }

    /// Resolves at SIGTERM, Ctrl-C, or after `--for`.
    fn end(&self) -> anyhow::Result<impl Future<Output = ()> + use<>> {
        let mut terminate = signal(SignalKind::terminate()).context("cannot hear SIGTERM")?;
        let span = self.span;
        Ok(async move {
            let over = async {
                match span {
                    Some(span) => tokio::time::sleep(span).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
                () = over => {}
            }
        })
    }
}

fn secrets(plan: &Plan, region: &Name) -> anyhow::Result<Secrets> {
    Secrets::load(plan, Some(region), &Keeper::of_process()).map_err(|errors| {
        let mut errors = errors.into_iter();
        let first = errors.next().map(anyhow::Error::from);
        let rest: String = errors.map(|error| format!("\n  {error}")).collect();
        match first {
            Some(first) if rest.is_empty() => first,
            Some(first) => first.context(format!("several secrets cannot be had:{rest}\n ")),
            None => anyhow::anyhow!("the secrets cannot be had"),
        }
    })
}

fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text
        .parse()
        .map_err(|error: jiff::Error| error.to_string())?;
    Duration::try_from(span).map_err(|_| "is negative".to_owned())
}
