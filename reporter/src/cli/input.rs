//! From files to a report: which records, which contract, which period.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use jiff::civil::Date;
use ledger::calendar;
use ledger::contract::Contract;
use ledger::histogram::{Open, View};
use ledger::name::Name;
use ledger::plan::Plan;
use ledger::record::Record;
use ledger::store::{LatencyQuery, Reader};
use ledger::tally;
use ledger::time::{Interval, Millis, Timestamp};

use super::exit::Usage;
use crate::report::latency::Latency;
use crate::report::{Report, Sources};

/// Evidence is read this far around a period, for outages that reach over its ends.
const AROUND: Millis = Millis::from_mins(7 * 24 * 60);

/// Where the figures come from.
#[derive(Debug, Args)]
pub(super) struct Input {
    /// The records, one per agent; data/*.db unless some are named.
    #[arg(value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The contract by its id; not needed where there is only one.
    #[arg(long, value_name = "ID")]
    contract: Option<Name>,
    /// Take the contract from this plan instead of the one in the record.
    #[arg(long, value_name = "probes.toml")]
    plan: Option<PathBuf>,
    /// Judge as of this instant (RFC 3339) instead of now; time after it is left out.
    #[arg(long, value_name = "INSTANT")]
    as_of: Option<jiff::Timestamp>,
}

/// The period that is asked for, in the contract's zone.
#[derive(Debug)]
pub(super) enum Asked {
    /// From the first instant of one date to the last of another.
    Days(Date, Date),
    /// A month like `2018-12`.
    Month(String),
}

impl Input {
    /// Reads the records and judges the period. Time without evidence is unknown; time to come is left out.
    pub(super) fn report(&self, asked: &Asked) -> anyhow::Result<Report> {
        let reader = Reader::open(&self.paths()?)?;
        let contract = self.contract(&reader)?;
        let period = asked.period(&contract.zone)?;
        let around = Interval::new(period.start - AROUND, period.end + AROUND);
        let record = reader.record(around)?;
        let now = Timestamp::from_jiff(self.as_of.unwrap_or_else(jiff::Timestamp::now));
        // Not later than what was read, so that a report of the past does not depend on the clock.
        let found = tally::assess(&record, &contract, period, now.min(around.end))?;
        let extent = reader.extent()?;
        Ok(Report::new(Sources {
            latency: latency(&reader, &record, found.period)?,
            agents: reader
                .agents()
                .iter()
                .map(|agent| agent.name.to_string())
                .collect(),
            until: extent.map_or(now, |extent| extent.end),
            settled: now >= period.end + contract.rules.lateness,
            tzdb: tzdb(),
            asked: period,
            contract,
            found,
        })?)
    }

    /// The files named, or all of `data/*.db`, sorted.
    fn paths(&self) -> anyhow::Result<Vec<PathBuf>> {
        if !self.files.is_empty() {
            return Ok(self.files.clone());
        }
        let directory = Path::new("data");
        let entries =
            std::fs::read_dir(directory).context("no record is named, and data/ cannot be read")?;
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.context("data/ cannot be read")?.path();
            if path.extension().is_some_and(|extension| extension == "db") {
                paths.push(path);
            }
        }
        paths.sort();
        if paths.is_empty() {
            return Err(Usage("no record is named, and there is no data/*.db".into()).into());
        }
        Ok(paths)
    }

    /// The contract by its id, or the only one of the plan.
    fn contract(&self, reader: &Reader) -> anyhow::Result<Contract> {
        let plan = match &self.plan {
            Some(path) => read_plan(path)?,
            None => stored_plan(reader)?,
        };
        let ids = || crate::words::list(plan.contracts.iter().map(|contract| &contract.id));
        match (&self.contract, &plan.contracts[..]) {
            (Some(id), _) => plan.contract(id).cloned().ok_or_else(|| {
                Usage(format!("the plan has no contract {id}; it has {}", ids())).into()
            }),
            (None, [only]) => Ok(only.clone()),
            (None, []) => {
                Err(Usage("the plan has no contract; name one that has by --plan".into()).into())
            }
            (None, _) => Err(Usage(format!("say which contract by --contract: {}", ids())).into()),
        }
    }
}

impl Asked {
    fn period(&self, zone: &str) -> anyhow::Result<Interval> {
        Ok(match self {
            Self::Days(first, last) => {
                calendar::dates(zone, &first.to_string(), &last.to_string())?
            }
            Self::Month(month) => calendar::month(zone, month)?,
        })
    }
}

fn read_plan(path: &Path) -> anyhow::Result<Plan> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the plan {}", path.display()))?;
    Ok(Plan::parse(&text, &path.display().to_string())?)
}

fn stored_plan(reader: &Reader) -> anyhow::Result<Plan> {
    let version = reader.latest_plan()?;
    let nothing = Interval::new(Timestamp(0), Timestamp(0));
    let mut plans = reader.record(nothing)?.plans;
    version
        .and_then(|version| plans.remove(&version))
        .ok_or_else(|| Usage("the records hold no plan; name one by --plan".into()).into())
}

fn latency(reader: &Reader, record: &Record, period: Interval) -> anyhow::Result<Latency> {
    let mut open = Open::new();
    let success = LatencyQuery::success(period);
    let experienced = LatencyQuery {
        view: View::Experienced,
        total_only: true,
        ..success.clone()
    };
    for query in [success, experienced] {
        for found in reader.latency(&query)? {
            open.entry(found.key)
                .or_default()
                .merge(&found.distribution);
        }
    }
    Ok(Latency::of(&open, &record.plans, period))
}

/// The version of the system's time zone database, such as `2024b`; `unknown` where it does not say.
fn tzdb() -> String {
    let directory = std::env::var_os("TZDIR")
        .map_or_else(|| PathBuf::from("/usr/share/zoneinfo"), PathBuf::from);
    let version = std::fs::read_to_string(directory.join("tzdata.zi"))
        .ok()
        .and_then(|text| {
            let first = text.lines().next()?;
            Some(first.strip_prefix("# version ")?.to_owned())
        });
    version.unwrap_or_else(|| "version unknown".into())
}
