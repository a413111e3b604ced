//! The command line: what is asked for, and how it ends.

mod agents;
mod alarms;
mod backup;
mod chart;
mod exit;
mod export;
mod incident;
mod incidents;
mod input;
mod month;
mod progress;
mod publish;
mod serve;
mod sheets;
mod summary;
mod uptime;
mod verify;

use std::io::Write;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

use self::agents::AgentsArgs;
use self::alarms::AlarmsArgs;
use self::backup::BackupArgs;
use self::chart::ChartArgs;
use self::exit::{Differs, code_of};
use self::export::ExportArgs;
use self::incident::IncidentArgs;
use self::incidents::IncidentsArgs;
use self::input::{Asked, Input, Question};
use self::month::MonthArgs;
use self::publish::PublishArgs;
use self::serve::ServeArgs;
use self::summary::SummaryArgs;
use self::uptime::UptimeArgs;
use self::verify::VerifyArgs;
use crate::period::Period;
use crate::report::json;
use crate::terminal::Width;
use crate::{audit, days, explain};

/// Tells how long a service was down, from the records of its agents.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// When to print in colours. No state is told by colour alone.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "WHEN",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true,
        display_order = 900,
        help = "Colours: auto (on a terminal, unless NO_COLOR is set), always or never"
    )]
    color: Color,
    #[command(subcommand)]
    command: Command,
}

/// When to print in colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Also in pipes and files.
    Always,
    /// Not at all.
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Show downtime per day, with its bounds.
    Days(DaysArgs),
    /// Write the report of a month, quarter or year in all its forms. Once it is final it is issued and stays.
    Month(MonthArgs),
    /// List the incidents of a month, quarter, year or some days, with their numbers.
    Incidents(IncidentsArgs),
    /// Write a site for any web server: how it is now, the last days, incidents, reports, feeds and badges. Reports that are due are
    /// issued.
    Publish(PublishArgs),
    /// Tell customers of an incident: what was measured, and what people wrote about it.
    Summary(SummaryArgs),
    /// Keep notes about incidents.
    Incident(IncidentArgs),
    /// Print the contract or the figures in the form of other tools: OpenSLO, Prometheus, CSV.
    Export(ExportArgs),
    /// Draw one chart as SVG; --list names them all.
    Chart(ChartArgs),
    /// Tell how a figure came about, down to the ticks, so that it can be redone by hand.
    Explain(ExplainArgs),
    /// Tell of outages and what leads to them, as they happen.
    Alarms(AlarmsArgs),
    /// Compute a month anew from every attempt and compare.
    Audit(AuditArgs),
    /// Copy records while their agents write them, and read each copy again.
    Backup(BackupArgs),
    /// Check a bundle of evidence without a network, and compute its report anew.
    Verify(VerifyArgs),
    /// Show the uptime of each agent and probe in a month, quarter or year, worst first.
    Uptime(UptimeArgs),
    /// Run the hub: take what agents in all regions send, until stopped.
    Serve(ServeArgs),
    /// Say which agents may send to the hub.
    Agents(AgentsArgs),
    /// Print completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
struct DaysArgs {
    /// The first day, such as 2018-12-14, in the contract's time zone.
    #[arg(long, value_name = "DATE")]
    from: Date,
    /// The last day, included; the first one again unless said otherwise.
    #[arg(long, value_name = "DATE")]
    to: Option<Date>,
    /// Print report.json instead of a table.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    input: Input,
}

#[derive(Debug, Args)]
struct AuditArgs {
    /// The month, quarter or year, such as 2018-12, 2018-Q4 or 2018, in the contract's time zone.
    #[arg(value_name = "PERIOD")]
    period: Period,
    /// Print the same as JSON (docs/JSON.md).
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    input: Input,
}

#[derive(Debug, Args)]
struct ExplainArgs {
    #[command(flatten)]
    question: Question,
    /// Print the same as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    input: Input,
}

const EXAMPLES: &str = "\
Examples:
  reporter days --from 2018-12-14 --to 2018-12-17 data/*.db
                                        how long was it down on each day?
  reporter days --from 2018-12-14 --json data/*.db | jq .total
  reporter month 2018-12 --out reports/2018-12 data/*.db
                                        the month's report, to be sent
  reporter month 2018-12 --out DIR --contract acme --plan probes.toml
                                        by the terms of another contract, from
                                        data/*.db
  reporter publish --out www --url https://status.example.com/ data/*.db
                                        a site with all of it, as often as you
                                        like; docs/PUBLISH.md
  reporter incidents 2018-12 data/*.db  what happened, when, and under which
                                        number?
  reporter summary '2018-12#1' data/*.db
                                        what to tell customers of the month's
                                        first incident
  reporter summary '2018-12#1' --format pdf --out summary.pdf data/*.db
                                        the same on paper
  reporter incident new '2018-12#1' data/*.db
                                        a note about it, with the blanks for
                                        you to fill
  reporter export prometheus data/*.db > /var/lib/node_exporter/groupdesk.prom
                                        the current month for a textfile
                                        collector
  reporter chart gantt --month 2018-12 --out gantt.svg data/*.db
                                        one chart to put elsewhere
  reporter explain 2018-12-14 data/*.db
                                        how did that day's figures come about?
  reporter explain '2018-12#2' --attempts data/*.db
                                        how was the month's second outage
                                        measured?
  reporter alarms --watch 30s --exec ./notify.sh data/*.db
                                        run notify.sh with the JSON of every
                                        alarm; docs/OPERATIONS.md has some
  reporter alarms --list                what is open, and what could not be
                                        delivered?
  reporter audit 2018-12 data/*.db      do all attempts say the same, and is
                                        the chain of batches whole?
  reporter verify reports/2018-12       do the attempts in evidence.tar bear
                                        the report out?
  reporter uptime 2018-12 --latency data/*.db
                                        each agent and probe by itself, worst
                                        first, with percentiles of every phase
  reporter backup --out DIR data/*.db   copies that were looked at, to be kept
                                        elsewhere
  reporter serve --host hub.example.org --plan probes.toml
                                        take what agents send; the record is
                                        hub/hub.db
  reporter agents invite eu-1 --region eu
                                        how does that agent enrol?

Each agent keeps its own file; name all of them. They may be read while agents write them.

Exit codes:
   0  done
   1  the audit or the check of evidence found a difference
  64  the command line is wrong
  74  a file could not be read or written, or is no record
  75  try again later: alarms could not be delivered, or somebody else publishes now
  78  the plan or the contract is wrong";

/// Parses the command line, runs the command, prints what went wrong, and maps it to an exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Nothing is left to do if even this cannot be printed.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { exit::USAGE } else { 0 });
        }
    };
    let Err(error) = cli.run() else {
        return ExitCode::SUCCESS;
    };
    let _ = writeln!(anstream::stderr(), "reporter: {error:#}");
    ExitCode::from(code_of(&error))
}

impl Cli {
    /// Does what was asked for.
    ///
    /// # Errors
    /// Whatever stood in the way, for people; [`main`] maps it to an exit code.
    pub fn run(self) -> anyhow::Result<()> {
        self.color.choose();
        match self.command {
            Command::Days(args) => args.run(),
            Command::Serve(args) => args.run(),
            Command::Agents(args) => args.run(),
            Command::Month(args) => args.run(),
            Command::Publish(args) => args.run(),
            Command::Incidents(args) => args.run(),
            Command::Summary(args) => args.run(),
            Command::Incident(args) => args.run(),
            Command::Export(args) => args.run(),
            Command::Chart(args) => args.run(),
            Command::Explain(args) => args.run(),
            Command::Alarms(args) => args.run(),
            Command::Audit(args) => args.run(),
            Command::Backup(args) => args.run(),
            Command::Verify(args) => args.run(),
            Command::Uptime(args) => args.run(),
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Self::command(), "reporter", &mut script);
                print(&String::from_utf8_lossy(&script))
            }
        }
    }
}

impl Color {
    /// The one thing that is global: `anstream` asks for it wherever a page is printed.
    fn choose(self) {
        let choice = match self {
            Self::Auto => anstream::ColorChoice::Auto,
            Self::Always => anstream::ColorChoice::Always,
            Self::Never => anstream::ColorChoice::Never,
        };
        choice.write_global();
    }
}

impl DaysArgs {
    fn run(self) -> anyhow::Result<()> {
        let report = self.input.report(&Asked::days(self.from, self.to)?)?;
        print(&if self.json {
            json::render(&report)
        } else {
            days::render(&report, width())
        })
    }
}

impl AuditArgs {
    fn run(self) -> anyhow::Result<()> {
        let found = self.input.audit(&Asked::Period(self.period))?;
        print(&match self.json {
            true => audit::json(&found),
            false => audit::render(&found),
        })?;
        match (audit::agrees(&found), self.json) {
            (true, true) => return Ok(()),
            (true, false) => return print("\nAll attempts say the same, to the millisecond.\n"),
            (false, _) => {}
        }
        Err(
            Differs("batches, rows and figures do not agree; the differences stand above".into())
                .into(),
        )
    }
}

impl ExplainArgs {
    fn run(self) -> anyhow::Result<()> {
        let explained = self.input.explain(self.question)?;
        print(&if self.json {
            explain::json(&explained)
        } else {
            explain::render(&explained)
        })
    }
}

/// Writes a file to standard output, as it is.
fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// How wide the terminal is; pages that go elsewhere are all alike.
fn width() -> Width {
    let size = terminal_size::terminal_size_of(std::io::stdout());
    size.map_or(Width::LEAST, |(width, _)| Width::new(width.0.into()))
}

/// Writes to standard output, with colours only where they are seen. A reader that has seen enough is no error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_last_day_before_the_first_is_refused() {
        let line = [
            "reporter",
            "days",
            "--from",
            "2018-12-14",
            "--to",
            "2018-12-13",
            "x.db",
        ];
        let error = Cli::try_parse_from(line).unwrap().run().unwrap_err();
        assert_eq!(
            error.to_string(),
            "--to 2018-12-13 lies before --from 2018-12-14"
        );
        assert_eq!(code_of(&error), 64);
    }

    #[test]
    fn a_missing_record_is_named() {
        let line = ["reporter", "days", "--from", "2018-12-14", "/nowhere/x.db"];
        let error = Cli::try_parse_from(line).unwrap().run().unwrap_err();
        assert!(format!("{error:#}").contains("/nowhere/x.db"), "{error:#}");
        assert_eq!(code_of(&error), 74);
    }
}
