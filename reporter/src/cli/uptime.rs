//! `reporter uptime`.

use clap::Args;
use jiff::civil::Date;
use ledger::calendar;
use ledger::lookout::Asked;
use ledger::time::{Interval, Timestamp};

use super::exit::Usage;
use super::input::Input;
use super::print;
use crate::uptime::{self, Show};

/// How many series are shown unless said otherwise.
const TOP: usize = 20;

#[derive(Debug, Args)]
pub(super) struct UptimeArgs {
    /// A month, quarter or year, such as 2018-12, 2018-Q4 or 2018, in the contract's time zone.
    #[arg(value_name = "PERIOD")]
    period: Span,
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

/// Whole months that belong together.
#[derive(Clone, Debug)]
struct Span {
    first: Date,
    months: i32,
    title: String,
}

impl std::str::FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no period; write 2018-12, 2018-Q4 or 2018");
        let date = |text: String| text.parse::<Date>().map_err(|_| wrong());
        let span = |first: Date, months: i32, title: String| Self {
            first,
            months,
            title,
        };
        match (text.split_once('-'), text.len()) {
            (None, 4) => Ok(span(date(format!("{text}-01-01"))?, 12, text.to_owned())),
            (Some((year, quarter)), 7) if quarter.starts_with(['Q', 'q']) => {
                let number: u8 = quarter[1..].parse().map_err(|_| wrong())?;
                let month = 3 * i32::from(number) - 2;
                let first = date(format!("{year}-{month:02}-01"))?;
                let title = format!("quarter {number} of {year}");
                Ok(span(first, 3, title))
            }
            (Some(_), 7) => {
                let first = date(format!("{text}-01"))?;
                Ok(span(first, 1, first.strftime("%B %Y").to_string()))
            }
            _ => Err(wrong()),
        }
    }
}

impl Span {
    fn interval(&self, zone: &str) -> anyhow::Result<Interval> {
        let last = jiff::Span::new().months(self.months);
        let last = self.first.checked_add(last)?.yesterday()?;
        Ok(calendar::dates(
            zone,
            &self.first.to_string(),
            &last.to_string(),
        )?)
    }
}

impl UptimeArgs {
    pub(super) fn run(self) -> anyhow::Result<()> {
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
        print(&if self.json {
            uptime::json(&found)
        } else {
            uptime::table(&found)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_months_quarters_and_years() {
        for (text, expected) in [
            ("2018-12", "2018-12-01 1 December 2018"),
            ("2018-Q4", "2018-10-01 3 quarter 4 of 2018"),
            ("2018", "2018-01-01 12 2018"),
            (
                "2018-13",
                "\"2018-13\" is no period; write 2018-12, 2018-Q4 or 2018",
            ),
            (
                "2018-Q5",
                "\"2018-Q5\" is no period; write 2018-12, 2018-Q4 or 2018",
            ),
            (
                "2018-Q0",
                "\"2018-Q0\" is no period; write 2018-12, 2018-Q4 or 2018",
            ),
            (
                "December",
                "\"December\" is no period; write 2018-12, 2018-Q4 or 2018",
            ),
        ] {
            let found = text
                .parse::<Span>()
                .map(|span| format!("{} {} {}", span.first, span.months, span.title));
            assert_eq!(found.unwrap_or_else(|error| error), expected);
        }
    }
}
