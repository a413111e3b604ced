//! `prober next`: when will it look?

use std::fmt::Write;
use std::path::PathBuf;

use clap::Args;
use ledger::name::Name;
use ledger::plan::{Plan, Slot};
use ledger::time::Timestamp;

use super::exit::Usage;
use super::{default_plan, read_plan};
use crate::agent::seed_of;
use crate::clock::{SystemClock, WallClock};

/// Shows the next slots of probes: when they are due, and the tick they belong to. Times are UTC.
///
/// The jitter is that of an agent named like its region, which is the default name.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  prober next                           the next slot of everything, everywhere
  prober next user-login -n 5 --region east")]
pub(super) struct NextArgs {
    /// Only these probes.
    probes: Vec<String>,
    /// The plan.
    #[arg(long, default_value_os_t = default_plan())]
    plan: PathBuf,
    /// Slots of each probe and region.
    #[arg(short, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=1000))]
    n: u16,
    /// Only this region.
    #[arg(long)]
    region: Option<String>,
}

impl NextArgs {
    pub(super) fn run(&self) -> anyhow::Result<String> {
        let plan = read_plan(&self.plan)?;
        Ok(self.table(&plan, SystemClock.now())?)
    }

    /// The slots after `now`, by due instant.
    fn table(&self, plan: &Plan, now: Timestamp) -> Result<String, Usage> {
        for probe in &self.probes {
            if !plan.probes.iter().any(|known| known.name.as_str() == probe) {
                let known: Vec<&str> = plan
                    .probes
                    .iter()
                    .map(|known| known.name.as_str())
                    .collect();
                let known = known.join(", ");
                return Err(Usage(format!(
                    "probe {probe:?} is not in the plan; it has {known}"
                )));
            }
        }
        let regions = match &self.region {
            None => plan.regions.clone(),
            Some(region) => {
                vec![crate::agent::region(plan, region).map_err(|error| Usage(error.to_string()))?]
            }
        };
        let mut rows = Vec::new();
        for region in &regions {
            rows.extend(self.rows(plan, region, now));
        }
        rows.sort();
        let mut table = format!("{:24}  {:24}  {:12}  probe\n", "due", "tick", "region");
        for (slot, region, probe) in rows {
            let (due, tick) = (slot.due.to_string(), slot.tick.to_string());
            let _ = writeln!(table, "{due:24}  {tick:24}  {region:12}  {probe}"); // text takes all
        }
        Ok(table)
    }

    fn rows<'a>(
        &'a self,
        plan: &'a Plan,
        region: &'a Name,
        now: Timestamp,
    ) -> impl Iterator<Item = (Slot, Name, Name)> + 'a {
        let wanted = |name: &Name| {
            self.probes.is_empty() || self.probes.iter().any(|probe| probe == name.as_str())
        };
        let probes = plan.probes.iter().filter(move |probe| wanted(&probe.name));
        probes.flat_map(move |probe| {
            let slots = plan.slots(probe, region, seed_of(region));
            let first = slots.as_ref().and_then(|slots| slots.after(now));
            let after = move |slot: &Slot| slots.as_ref()?.after(slot.due);
            std::iter::successors(first, after)
                .take(usize::from(self.n))
                .map(|slot| (slot, region.clone(), probe.name.clone()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_listed_by_due_instant() {
        let plan = include_str!("../../../probes.toml");
        let plan = Plan::parse(plan, "probes.toml").unwrap();
        let args = NextArgs {
            probes: vec!["user-login".to_owned()],
            plan: default_plan(),
            n: 2,
            region: None,
        };
        let table = args.table(&plan, Timestamp(1_544_745_600_000)).unwrap();
        insta::assert_snapshot!(table, @r"
        due                       tick                      region        probe
        2018-12-14T00:00:10.371Z  2018-12-14T00:00:00.000Z  central       user-login
        2018-12-14T00:00:21.038Z  2018-12-14T00:00:00.000Z  west          user-login
        2018-12-14T00:00:30.790Z  2018-12-14T00:00:30.000Z  east          user-login
        2018-12-14T00:00:40.263Z  2018-12-14T00:00:30.000Z  central       user-login
        2018-12-14T00:00:48.805Z  2018-12-14T00:00:30.000Z  west          user-login
        2018-12-14T00:00:58.667Z  2018-12-14T00:01:00.000Z  east          user-login
        ");
    }
}
