//! `reporter uptime`.

use clap::Args;
use ledger::lookout::Asked;
use ledger::time::Timestamp;

use super::exit::Usage;
use super::input::Input;
use super::print;
use super::progress::Progress;
use crate::period::Period;
use crate::uptime::{self, Show};

/// How many series are shown unless said otherwise.
const TOP: usize = 20;

#[derive(Debug, Args)]
#[command(
    after_help = "Sums of days are read as the record keeps them, and are not held against the
attempts as reports are; `reporter audit` does that."
)]
pub(super) struct UptimeArgs {
    /// A month, quarter or year, such as 2018-12, 2018-Q4 or 2018, in the contract's time zone.
    #[arg(value_name = "PERIOD")]
    period: Period,
    /// Show the worst N series; 20 unless said otherwise, all as JSON.
    #[arg(long, value_name = "N")]
    top: Option<usize>,
    /// Show percentiles of every step and phase, too.
    #[arg(long)]
    latency: bool,
    /// Judge everything from runs and ticks, also what the record keeps by day.
    #[arg(long)]
    afresh: bool,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    input: Input,
}

impl UptimeArgs {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let progress = Progress::new("reading the records");
        let reader = self.input.reader()?;
        let contract = self.input.contract_alone(&reader)?;
        let period = self.period.interval(&contract.zone)?;
        let now = self.input.now();
        if now <= period.start {
            let problem = format!(
                "{} begins later than {}",
                self.period.title,
                Timestamp(now.0)
            );
            return Err(Usage(problem).into());
        }
        let asked = Asked {
            contract: &contract,
            period,
            now,
            afresh: self.afresh,
        };
        let show = Show {
            top: self.top.or((!self.json).then_some(TOP)),
            latency: self.latency,
        };
        let found = uptime::gather(&reader, &asked, self.period.title, show)?;
        drop(progress);
        print(&if self.json {
            uptime::json(&found)
        } else {
            uptime::table(&found)
        })
    }
}
