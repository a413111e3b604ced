//! `reporter incidents`.

use std::ffi::OsString;
use std::path::Path;

use clap::Args;
use jiff::civil::Date;

use super::exit::Usage;
use super::export::current;
use super::input::{Asked, Input};
use super::{print, width};
use crate::incidents;
use crate::period::Period;

/// Of which time.
#[derive(Debug, Args)]
#[command(
    override_usage = "reporter incidents [OPTIONS] [PERIOD | --from DATE] [FILE]...",
    after_help = "A number such as 2018-12#1 is what `reporter summary` and
`reporter incident new` take. `reporter explain` takes outages: they have the
same numbers, unless an incident is made of several (merge_gap of the contract);
then its row names them.

Examples:
  reporter incidents 2018-12 data/*.db
  reporter incidents --from 2018-12-14 --to 2018-12-17 data/*.db
  reporter incidents 2018 --json data/*.db | jq -r '.incidents[].name'"
)]
pub(super) struct IncidentsArgs {
    /// The month, quarter or year, such as 2018-12, 2018-Q4 or 2018, in the contract's time zone; the current month unless
    /// said otherwise.
    #[arg(value_name = "PERIOD")]
    first: Option<OsString>,
    /// The first day, instead of a period.
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// The last day, included; the first one again unless said otherwise.
    #[arg(long, value_name = "DATE", requires = "from")]
    to: Option<Date>,
    /// Print JSON instead of a table (docs/JSON.md).
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    input: Input,
}

impl IncidentsArgs {
    pub(super) fn run(mut self) -> anyhow::Result<()> {
        let asked = self.asked()?;
        let listed = self.input.incidents(&asked)?;
        print(&if self.json {
            incidents::json(&listed)
        } else {
            incidents::table(&listed, width())
        })
    }

    /// The time that is asked for. What stands first may be the period, or the first record already.
    fn asked(&mut self) -> anyhow::Result<Asked> {
        let period = match self.first.take() {
            None => None,
            Some(first) => match period(&first) {
                Ok(period) => Some(period),
                Err(problem) => {
                    if !self.input.put_first(&first) {
                        return Err(Usage(problem).into());
                    }
                    None
                }
            },
        };
        match (period, self.from) {
            (Some(period), None) => Ok(Asked::Period(period)),
            (None, Some(from)) => Asked::days(from, self.to),
            (None, None) => Ok(Asked::Period(current(&self.input)?)),
            (Some(period), Some(_)) => {
                let problem = format!("name either {} or --from, not both", period.title);
                Err(Usage(problem).into())
            }
        }
    }
}

fn period(text: &OsString) -> Result<Period, String> {
    text.to_string_lossy().parse()
}

impl Input {
    /// Takes a record in front of the others; `false` if there is none of that name.
    fn put_first(&mut self, name: &OsString) -> bool {
        let there = Path::new(name).exists() || name.to_string_lossy().contains("://");
        if there {
            self.insert(name);
        }
        there
    }
}
