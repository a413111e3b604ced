//! Makes one journey again and again, through the looker alone or through a whole agent with its journal, so that an
//! instruction counter on this process counts what a journey costs the prober. `tests/benches/journey.sh` drives it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, ensure};
use clap::{Parser, ValueEnum};
use ledger::name::Name;
use ledger::plan::{Plan, Probe};
use ledger::record::Agent as Identity;
use ledger::time::Timestamp;
use prober::agent::{Agent, Setup, Timer, region, seed_of};
use prober::clock::{SystemClock, WallClock};
use prober::dial::SocketNetwork;
use prober::journal::{Journal, record_at};
use prober::looker::{Looker, Order};
use prober::secret::{Keeper, Secrets};
use tokio::sync::Notify;
use tokio::time::Instant;

/// Makes N journeys of a plan and counts the good ones.
#[derive(Debug, Parser)]
struct Cli {
    /// What makes them.
    how: How,
    /// The plan; one of its regions is looked from.
    #[arg(long)]
    plan: PathBuf,
    /// How many.
    #[arg(long, short)]
    n: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum How {
    /// The looker, with the first probe of the plan, one after the other.
    Look,
    /// An agent with all probes of the plan, a timer thread, and a journal on disk.
    Agent,
}

fn main() -> anyhow::Result<()> {
    let cli = Cli::parse();
    let text = std::fs::read_to_string(&cli.plan)?;
    let plan = Arc::new(Plan::parse(&text, &cli.plan.display().to_string())?);
    let here = plan.regions.first().context("the plan has no region")?;
    let here = region(&plan, here.as_str())?;
    let keeper = Keeper::of_process();
    let secrets = Secrets::load(&plan, Some(&here), &keeper)
        .map_err(|errors| anyhow::anyhow!("secrets: {errors:?}"))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    match cli.how {
        How::Look => runtime.block_on(look(&plan, secrets, cli.n)),
        How::Agent => {
            let dir = tempfile::tempdir()?;
            runtime.block_on(look_on(&plan, secrets, (here, cli.n), dir.path()))
        }
    }
}

async fn look(plan: &Arc<Plan>, secrets: Secrets, n: u64) -> anyhow::Result<()> {
    let network = Arc::new(SocketNetwork::new(&plan.site, None)?);
    let looker = Looker::new(Arc::clone(plan), secrets, network, Arc::new(SystemClock))?;
    let probe = plan.probes.first().context("the plan has no probe")?;
    for _ in 0..n {
        let seen = looker.look(order(probe)).await;
        ensure!(seen.is_good(), "{:?}", seen.outcome);
    }
    Ok(())
}

fn order(probe: &Probe) -> Order<'_> {
    Order {
        probe,
        account: Some(0),
        due: SystemClock.now(),
        deadline: Instant::now() + probe.timeout.to_std(),
        session: None,
    }
}

/// Runs an agent until `n` attempts are on disk, and a few more that were in the air; says how many.
async fn look_on(
    plan: &Arc<Plan>,
    secrets: Secrets,
    (here, n): (Name, u64),
    dir: &Path,
) -> anyhow::Result<()> {
    let identity = Identity {
        name: here.clone(),
        region: here.clone(),
    };
    let (open, known) = record_at(dir.join("agent.db"), &identity, plan, SystemClock.now())?;
    let (kept, enough) = (Arc::new(AtomicU64::new(0)), Arc::new(Notify::new()));
    let (count, tell) = (Arc::clone(&kept), Arc::clone(&enough));
    let acknowledge = Box::new(move |_| {
        if count.fetch_add(1, Ordering::Relaxed) + 1 == n {
            tell.notify_one();
        }
    });
    let agent = Agent::new(Setup {
        plan: Arc::clone(plan),
        region: here.clone(),
        secrets,
        network: Arc::new(SocketNetwork::new(&plan.site, None)?),
        clock: Arc::new(AwakeClock),
        journal: Journal::threaded(open, acknowledge)?,
        last_ticks: known.last_ticks,
        seed: seed_of(&here),
        timer: Timer::Thread,
    })?;
    agent.run(enough.notified()).await?;
    told(kept.load(Ordering::Relaxed))
}

/// The machine's clock. How long the host was suspended is not asked for: rustix asks the vDSO, which valgrind hides.
#[derive(Debug)]
struct AwakeClock;

impl WallClock for AwakeClock {
    fn now(&self) -> Timestamp {
        SystemClock.now()
    }
}

fn told(kept: u64) -> anyhow::Result<()> {
    use std::io::Write;
    Ok(writeln!(std::io::stdout(), "{kept}")?)
}
