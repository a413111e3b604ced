//! `prober try`: one attempt, now.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use ledger::name::Name;
use ledger::plan::{Account, Plan, Probe, Subject};
use ledger::verdict::CanaryState;
use tokio::time::Instant;

use super::exit::Usage;
use super::{default_plan, print, read_plan};
use crate::canary::Canary;
use crate::classify::classify;
use crate::clock::{SystemClock, WallClock};
use crate::dial::SocketNetwork;
use crate::looker::{Looker, Order};
use crate::observation::Observation;
use crate::secret::{Keeper, SecretError, Secrets};
use crate::waterfall::Drawn;

/// Makes one attempt now and draws it: steps and phases, the verdict, what was taken from pages (never the values).
///
/// Nothing is recorded. A session probe signs in, looks once and signs out.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  prober try user-login
  prober try user-login --account user-3 --plan my-site.toml

Exit codes:
   0  good
   1  not good: bad, held or void
  64  the command line is wrong
  74  a file or the network of this machine failed
  78  the plan or a secret is wrong")]
pub(super) struct TrialArgs {
    /// The probe.
    probe: String,
    /// The plan.
    #[arg(long, default_value_os_t = default_plan())]
    plan: PathBuf,
    /// Sign in with an account of this region.
    #[arg(long)]
    region: Option<String>,
    /// Sign in with this account.
    #[arg(long)]
    account: Option<String>,
}

impl TrialArgs {
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let plan = Arc::new(read_plan(&self.plan)?);
        let probe = self.probe(&plan)?;
        let account = self.account(&plan, probe)?;
        let label = account.map(|(_, account)| &account.label);
        let keeper = Keeper::of_process();
        let held = Secrets::load_for(&plan, probe, label, &keeper).map_err(first)?;
        let network = Arc::new(SocketNetwork::new(&plan.site, None)?);
        let clock: Arc<dyn WallClock> = Arc::new(SystemClock);
        let canary = Canary::new(&plan, Arc::clone(&network) as Arc<_>, Arc::clone(&clock))?;
        let looker = Looker::new(Arc::clone(&plan), held, network, Arc::clone(&clock))?;
        let order = Order {
            probe,
            account: account.map(|(index, _)| index),
            due: clock.now(),
            deadline: Instant::now() + probe.timeout.to_std(),
            session: None,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (seen, canary_said, clock_error) = runtime.block_on(async {
            let started = Instant::now();
            let seen = looker.look(order).await;
            let said = match seen.is_good() {
                true => CanaryState::Unasked,
                false => canary.ask(started).await,
            };
            (seen, said, canary.clock_error())
        });
        let judged = classify(&seen, canary_said, clock_error);
        let drawn = Drawn {
            title: title(&plan, probe, &seen),
            seen: &seen,
            judged,
            slow_after: probe.slow_after,
        };
        print(&drawn.render())?;
        Ok(ExitCode::from(u8::from(!seen.is_good())))
    }

    fn probe<'a>(&self, plan: &'a Plan) -> Result<&'a Probe, Usage> {
        let named = |probe: &&Probe| probe.name.as_str() == self.probe;
        plan.probes.iter().find(named).ok_or_else(|| {
            let known = plan.probes.iter().map(|probe| &probe.name);
            unknown("probe", &self.probe, "the plan", known)
        })
    }

    /// The account asked for, else the first of the region asked for, else the first.
    fn account<'a>(
        &self,
        plan: &'a Plan,
        probe: &Probe,
    ) -> Result<Option<(usize, &'a Account)>, Usage> {
        if let Some(region) = &self.region
            && !plan.regions.iter().any(|known| known.as_str() == region)
        {
            return Err(unknown("region", region, "the plan", &plan.regions));
        }
        let Subject::Journey { persona, .. } = &probe.subject else {
            return match &self.account {
                None => Ok(None),
                Some(_) => Err(Usage("a platform check signs nobody in".to_owned())),
            };
        };
        let accounts = plan.persona(persona).map_or(&[][..], |it| &it.accounts);
        let fits = |account: &Account| match (&self.account, &self.region) {
            (Some(label), _) => account.label.as_str() == label,
            (None, Some(region)) => {
                account.regions.is_empty()
                    || account.regions.iter().any(|its| its.as_str() == region)
            }
            (None, None) => true,
        };
        let found = accounts.iter().enumerate().find(|(_, it)| fits(it));
        found.map(Some).ok_or_else(|| match &self.account {
            Some(label) => {
                let known = accounts.iter().map(|account| &account.label);
                unknown("account", label, &format!("persona {persona}"), known)
            }
            None => Usage(format!("persona {persona} has no account in this region")),
        })
    }
}

/// One secret is asked for, so one is missing.
fn first(errors: Vec<SecretError>) -> anyhow::Error {
    let mut errors = errors.into_iter();
    match errors.next() {
        Some(error) => error.into(),
        None => anyhow::Error::msg("the secret could not be read"),
    }
}

fn title(plan: &Plan, probe: &Probe, seen: &Observation) -> String {
    let who = seen
        .account
        .as_ref()
        .map_or_else(String::new, |account| format!(" as {}", account.label));
    let place = match &probe.subject {
        Subject::Journey { .. } => plan.site.url.origin().ascii_serialization(),
        Subject::Platform(_) => "the platform".to_owned(),
    };
    format!("{}{who} at {place}", probe.name)
}

fn unknown<'a>(
    what: &str,
    asked: &str,
    place: &str,
    known: impl IntoIterator<Item = &'a Name>,
) -> Usage {
    let known: Vec<&str> = known.into_iter().map(Name::as_str).collect();
    let known = known.join(", ");
    Usage(format!(
        "{what} {asked:?} is not in {place}; it has {known}"
    ))
}
