//! `prober check`: is the plan right?

use std::path::PathBuf;

use clap::Args;

use super::{default_plan, read_plan};

/// Reads a plan strictly and shows every mistake with its line and a way out. Secrets are not touched.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The plan.
    #[arg(default_value_os_t = default_plan())]
    plan: PathBuf,
    /// Print the plan as it takes effect, with all defaults and without secrets.
    #[arg(long)]
    print: bool,
}

impl CheckArgs {
    pub(super) fn run(&self) -> anyhow::Result<String> {
        let plan = read_plan(&self.plan)?;
        if self.print {
            return Ok(plan.to_toml());
        }
        Ok(format!(
            "{}: fine; version {:08x}, {} in {}, {}\n",
            self.plan.display(),
            plan.version(),
            count(plan.probes.len(), "probe"),
            count(plan.regions.len(), "region"),
            count(plan.contracts.len(), "contract"),
        ))
    }
}

fn count(number: usize, what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {what}{s}")
}
