//! `prober agent`: looks on until it is told to stop.

mod leave;
mod planned;
mod who;

use std::cell::Cell;
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
use ledger::store::Bond;
use tokio::task::AbortHandle;
use url::Url;

use self::leave::{Leave, flushed};
use self::planned::{Found, Planned};
use self::who::Who;
use super::default_plan;
use crate::agent::{Agent, Setup, Timer, seed_of};
use crate::clock::{HubClock, SystemClock, WallClock};
use crate::dial::SocketNetwork;
use crate::journal::{Acknowledge, Desk, Journal, OpenBook, record_for_hub};
use crate::secret::{Keeper, Secrets};
use crate::uplink::{Enrolled, Parting, Parts, Uplink};
use crate::web::Web;

/// Looks on by the schedules of the plan, until it is told to stop (Ctrl-C or SIGTERM): then it finishes the attempts in
/// hand, commits, sends what waits for its hub for up to --flush, and leaves. Told so a second time, it leaves at once.
///
/// The record is DIR/NAME.db, an SQLite file that `reporter` can read at any time. An agent that was enrolled with
/// `prober enroll` knows its region, and sends what it records to its hub.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  prober agent --region east
  prober agent --region east --name east-2 --data /var/lib/prober --plan /etc/prober/probes.toml
  prober agent                          the one agent that is enrolled here
  prober agent --plan-url https://plans.example.org/probes.toml --plan-key plan.key.pub")]
pub(super) struct AgentArgs {
    /// Where this agent runs; a region of the plan. An enrolled agent knows it.
    #[arg(long, env = "PROBER_REGION")]
    region: Option<String>,
    /// The agent's name in the record; the region unless said otherwise.
    #[arg(long, env = "PROBER_NAME")]
    name: Option<String>,
    /// The plan.
    #[arg(long, default_value_os_t = default_plan())]
    plan: PathBuf,
    /// Fetch the plan from here, and its signature from the same address with .sig.
    #[arg(
        long,
        value_name = "URL",
        requires = "plan_key",
        conflicts_with = "plan"
    )]
    plan_url: Option<Url>,
    /// The public key that a fetched plan must be signed by (`prober plan keygen`).
    #[arg(long, value_name = "FILE", requires = "plan_url")]
    plan_key: Option<PathBuf>,
    /// Trust this authority for --plan-url (PEM) instead of the system's.
    #[arg(long, value_name = "FILE", requires = "plan_url")]
    plan_ca: Option<PathBuf>,
    /// How often to look for another plan at --plan-url.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "5m")]
    plan_every: Duration,
    /// Where records are kept.
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// The local address that connections are made from.
    #[arg(long, value_name = "ADDR")]
    bind: Option<IpAddr>,
    /// Stop after so long, such as 20s or 5m.
    #[arg(long = "for", value_name = "DURATION", value_parser = duration)]
    span: Option<Duration>,
    /// How long to go on sending to the hub before leaving, unless nobody listens there; what is not sent then is sent at the next start.
    #[arg(long, value_name = "DURATION", value_parser = duration, default_value = "5s")]
    flush: Duration,
    /// Print "ack NUMBER" for each attempt once it is on disk.
    #[arg(long, env = "PROBER_ACKS")]
    acks: bool,
}

/// A hub, and how to speak to it.
#[derive(Clone)]
struct Hub {
    bond: Arc<Bond>,
    rate: u32,
    way: Arc<Web>,
    clock: Arc<HubClock>,
}

/// What sends a record to the hub.
struct Sending {
    task: AbortHandle,
    desk: Desk,
    parting: Arc<Parting>,
}

/// Everything that may be wrong with a plan here is right.
struct Ready {
    identity: Identity,
    secrets: Secrets,
    found: Found,
}

impl AgentArgs {
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let who = Who::of(&self.data, self.name.as_deref(), self.region.as_deref())?;
        let hub = who.enrolled.as_ref().map(|enrolled| self.hub(enrolled));
        let hub = hub.transpose()?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("looks")
            .enable_all()
            .build()
            .context("cannot start the runtime")?;
        let done = runtime.block_on(async {
            let leave = Leave::heard(self.span)?;
            tokio::select! {
                done = self.look_on(&who, hub.as_ref(), &leave) => done,
                () = leave.at_once() => {
                    tracing::warn!("left at once; what was acknowledged is on disk");
                    Ok(())
                }
            }
        });
        // Nothing that is still under way is waited for.
        runtime.shutdown_background();
        done
    }

    /// Looks on by one plan after the other.
    async fn look_on(&self, who: &Who, hub: Option<&Hub>, leave: &Leave) -> anyhow::Result<()> {
        let mut planned = self.planned(who)?;
        let mut ready = ready(who, planned.first().await?)?;
        loop {
            let (agent, sending) = self.agent(&ready, hub)?;
            planned.keep(&ready.found);
            let next = Cell::new(None);
            let until = async {
                tokio::select! {
                    () = leave.in_order() => {}
                    other = usable(who, &mut planned) => next.set(Some(other)),
                }
            };
            let last = async {
                let other = next.take();
                if let (None, Some(sending)) = (&other, &sending) {
                    flushed(&sending.desk, &sending.parting, self.flush).await;
                }
                next.set(other);
            };
            agent.run_and(until, last).await?;
            if let Some(sending) = sending {
                sending.task.abort();
            }
            let Some(other) = next.take() else {
                tracing::info!("left in order");
                return Ok(());
            };
            tracing::info!("the plan has changed; looking on by the new one");
            ready = other;
        }
    }

    /// An agent that is ready to look, and what sends its record to the hub.
    fn agent(&self, ready: &Ready, hub: Option<&Hub>) -> anyhow::Result<(Agent, Option<Sending>)> {
        let (plan, identity) = (&ready.found.plan, &ready.identity);
        if plan.canary == Canary::None {
            tracing::warn!("canary = \"none\": this agent's own network is assumed to be fine");
        }
        let file = self.data.join(format!("{}.db", identity.name));
        let bond = hub.map(|hub| Arc::clone(&hub.bond));
        let now = SystemClock.now();
        let (open, known) = record_for_hub(file.clone(), (identity, plan), now, bond)?;
        let journal = self.journal(open)?;
        let desk = journal.desk();
        let secrets = ready.secrets.clone();
        let agent = Agent::new(Setup {
            region: identity.region.clone(),
            secrets: secrets.after_restart(|label| known.credential_versions.get(label).copied()),
            network: Arc::new(SocketNetwork::new(&plan.site, self.bind)?),
            clock: Arc::new(SystemClock),
            journal,
            last_ticks: known.last_ticks,
            seed: seed_of(&identity.name),
            timer: Timer::Thread,
            plan: Arc::clone(plan),
        })?;
        tracing::info!(agent.name = %identity.name, region = %identity.region, record = %file.display(), "looking on");
        let sending = hub.map(|hub| {
            agent.trust_clock(Arc::clone(&hub.clock));
            let parting = Arc::<Parting>::default();
            let uplink = Uplink::keep_running(Parts {
                agent: identity.name.clone(),
                bond: Arc::clone(&hub.bond),
                rate: hub.rate,
                seed: seed_of(&identity.name),
                carrier: Arc::clone(&hub.way) as Arc<_>,
                desk: desk.clone(),
                clock: Arc::new(SystemClock),
                hub_clock: Arc::clone(&hub.clock),
                parting: Arc::clone(&parting),
                directory: Some(self.data.clone()),
            });
            let task = tokio::spawn(uplink).abort_handle();
            Sending {
                task,
                desk,
                parting,
            }
        });
        Ok((agent, sending))
    }

    fn hub(&self, enrolled: &Enrolled) -> anyhow::Result<Hub> {
        tracing::info!(hub = %enrolled.hub, url = %enrolled.url, "what is recorded is sent to a hub");
        Ok(Hub {
            bond: enrolled.bond(&self.data)?,
            rate: enrolled.rate,
            way: Arc::new(Web::new(&enrolled.url, &enrolled.trust)?),
            clock: Arc::default(),
        })
    }

    fn planned(&self, who: &Who) -> anyhow::Result<Planned> {
        let Some(place) = self.plan_url.as_ref().zip(self.plan_key.as_deref()) else {
            return Ok(Planned::File(self.plan.clone()));
        };
        std::fs::create_dir_all(&self.data)
            .with_context(|| format!("cannot make {}", self.data.display()))?;
        let kept = self.data.join(format!("{}.plan.toml", who.name));
        let every = self.plan_every;
        Ok(Planned::central(
            place,
            self.plan_ca.as_deref(),
            kept,
            every,
        )?)
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
}

/// Checks all that a plan needs here.
fn ready(who: &Who, found: Found) -> anyhow::Result<Ready> {
    let identity = who.identity(&found.plan)?;
    let secrets = secrets(&found.plan, &identity.region)?;
    Ok(Ready {
        identity,
        secrets,
        found,
    })
}

/// Waits for another plan that can be looked by.
async fn usable(who: &Who, planned: &mut Planned) -> Ready {
    loop {
        match ready(who, planned.changed().await) {
            Ok(ready) => return ready,
            Err(error) => {
                tracing::error!(error = %super::tell(&error), "the new plan cannot be used here; the old one stays");
            }
        }
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
