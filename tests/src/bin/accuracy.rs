//! Holds what the engine says against the truth over thousands of random schedules, and prints the tables.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::Parser;
use groupdesk::accuracy::close;
use groupdesk::accuracy::estimators::{self, Fact};
use groupdesk::accuracy::grafana::{self, Cell};
use groupdesk::accuracy::print;
use groupdesk::accuracy::real::{self, Extent, Real};
use groupdesk::accuracy::summary::{self, Summary};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  accuracy
      All of it: 10,000 schedules, 100 of real agents, the facts, the models, the matrix. Takes minutes.
  accuracy --schedules 500 --real 0 --outages 0 --ranges 0
      Only 500 made-up schedules, with the models of others beside them.
  accuracy --only 741
      Schedule 741 alone: how it was drawn, and around each break what was true, seen and told.
  accuracy --json > accuracy.json
      The same figures for a program.

Exit codes: 0 everything that is promised holds, 1 it does not, 64 bad usage, 74 input or output failed.";

/// How far the figures of the engine are from the truth, and those of published algorithms beside them.
#[derive(Debug, Parser)]
#[command(name = "accuracy", version, after_help = EXAMPLES)]
struct Cli {
    /// Random schedules through made-up agents; 0 leaves them out
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    schedules: u64,
    /// Schedules through real agents on the in-memory network; 0 leaves them out
    #[arg(long, value_name = "N", default_value_t = 100)]
    real: u64,
    /// Outages for each fact of semantics §6; 0 leaves them out
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    outages: u64,
    /// How many of the ranges 10m, 3h, 6M, 1y of Grafana's matrix, shortest first
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u64).range(0..=4))]
    ranges: u64,
    /// Look closely at the one made-up schedule of that number, and at nothing else
    #[arg(long, value_name = "N", conflicts_with = "json")]
    only: Option<u64>,
    /// Decides all chances: the same figures each time
    #[arg(long, value_name = "SEED", default_value_t = 2018)]
    seed: u64,
    /// JSON instead of tables
    #[arg(long)]
    json: bool,
}

/// Everything that was run.
#[derive(Debug, Default, Serialize)]
struct Findings {
    #[serde(skip_serializing_if = "Option::is_none")]
    schedules: Option<Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    real: Option<Real>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    facts: Vec<Fact>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    matrix: Vec<Cell>,
}

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() { 64 } else { 0 };
            // Nowhere is left to say that printing failed.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    match run(&cli) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            complain(&error);
            ExitCode::from(74)
        }
    }
}

#[expect(
    clippy::print_stderr,
    reason = "the command line is where errors are told"
)]
fn complain(error: &anyhow::Error) {
    eprintln!("accuracy: {error:#}");
}

/// Runs part after part and shows each as soon as it is done.
fn run(cli: &Cli) -> anyhow::Result<bool> {
    if let Some(number) = cli.only {
        let (text, holds) = close::tell(cli.seed, number)?;
        write!(std::io::stdout().lock(), "{text}")?;
        return Ok(holds);
    }
    let mut findings = Findings::default();
    if cli.schedules > 0 {
        let found = summary::run(cli.seed, cli.schedules)?;
        cli.show(&[print::promises(&found), print::others(&found.others)])?;
        findings.schedules = Some(found);
    }
    if cli.real > 0 {
        let dir = tempfile::tempdir().context("no directory for the records of real agents")?;
        let found = real::run(cli.seed, Extent::full(cli.real), dir.path())?;
        cli.show(&[print::real(&found)])?;
        findings.real = Some(found);
    }
    if cli.outages > 0 {
        findings.facts = estimators::facts(cli.seed, cli.outages);
        cli.show(&[print::facts(&findings.facts)])?;
    }
    if cli.ranges > 0 {
        let count = usize::try_from(cli.ranges)?;
        findings.matrix = grafana::matrix(cli.seed, &grafana::RANGES[..count]);
        cli.show(&[print::matrix(&findings.matrix)])?;
    }
    if cli.json {
        let text = serde_json::to_string_pretty(&findings)?;
        writeln!(std::io::stdout().lock(), "{text}")?;
    }
    Ok(findings.hold())
}

impl Cli {
    fn show(&self, tables: &[String]) -> anyhow::Result<()> {
        if self.json {
            return Ok(());
        }
        let mut terminal = std::io::stdout().lock();
        for table in tables {
            writeln!(terminal, "{table}")?;
        }
        Ok(terminal.flush()?)
    }
}

impl Findings {
    fn hold(&self) -> bool {
        let schedules = self.schedules.as_ref();
        schedules.is_none_or(|found| found.broken.is_empty() && found.own_downtime_ms == 0)
            && self
                .real
                .as_ref()
                .is_none_or(|found| found.broken.is_empty())
            && self.facts.iter().all(|fact| fact.holds)
            && self
                .matrix
                .iter()
                .all(|cell| cell.inside && (cell.blip || cell.exact))
    }
}
