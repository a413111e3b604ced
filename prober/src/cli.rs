//! The command line: what is asked for, and how it ends.

mod agent;
mod check;
mod enroll;
mod exit;
mod host;
mod log;
mod next;
mod plan;
mod status;
mod trial;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand};
use ledger::plan::Plan;

use self::exit::code_of;
use self::log::Format;
use crate::languages::LANGUAGES;

/// Looks at a site as its users do, on a schedule, and keeps the record.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 100, after_help = EXAMPLES)]
pub struct Cli {
    /// How log lines look; `RUST_LOG` says which are shown.
    #[arg(long, global = true, value_enum, default_value = "text")]
    log: Format,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Look on, by the schedules of the plan.
    Agent(agent::AgentArgs),
    /// Check a plan: all mistakes at once.
    Check(check::CheckArgs),
    /// Show the next slots.
    Next(next::NextArgs),
    /// Make one attempt now and draw it.
    Try(trial::TrialArgs),
    /// Make this agent known to a hub.
    Enroll(enroll::EnrollArgs),
    /// Show how the agents of this machine stand with their hub.
    Status(status::StatusArgs),
    /// Sign plans that agents fetch.
    Plan(plan::PlanArgs),
    /// Print completions for a shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

const EXAMPLES: &str = "\
Examples:
  prober check probes.toml              is the plan right?
  prober next user-login -n 3           when will it look next, and from where?
  prober try user-login                 one login now, drawn as a waterfall
  prober agent --region east            look on; the record is data/east.db
  prober enroll --hub URL --token T     from now on, send the record to a hub
  prober status                         what waits, and what has the hub?
  prober completions bash > ~/.local/share/bash-completion/completions/prober

Exit codes:
   0  done
   1  the attempt of `prober try` was not good
  64  the command line is wrong
  74  a file, the database or the network of this machine failed
  78  the plan or a secret is wrong";

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
    log::begin(cli.log);
    host::prepare();
    let error = match cli.run() {
        Ok(code) => return code,
        Err(error) => error,
    };
    let _ = writeln!(anstream::stderr(), "prober: {}", tell(&error));
    ExitCode::from(code_of(&error))
}

impl Cli {
    fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Agent(args) => args.run()?,
            Command::Check(args) => print(&args.run()?)?,
            Command::Next(args) => print(&args.run()?)?,
            Command::Try(args) => return args.run(),
            Command::Enroll(args) => print(&args.run()?)?,
            Command::Status(args) => print(&args.run()?)?,
            Command::Plan(args) => print(&args.run()?)?,
            Command::Completions { shell } => {
                let mut script = Vec::new();
                clap_complete::generate(shell, &mut Self::command(), "prober", &mut script);
                print(&String::from_utf8_lossy(&script))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// The error and its causes, each said once: most of our errors quote their cause.
fn tell(error: &anyhow::Error) -> String {
    let mut told = error.to_string();
    for cause in error.chain().skip(1) {
        let cause = cause.to_string();
        if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}

/// Reads and checks the plan at `path`.
fn read_plan(path: &Path) -> anyhow::Result<Plan> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the plan {}", path.display()))?;
    parse_plan(&text, &path.display().to_string())
}

/// Checks the plan `text`, which is from `place`.
fn parse_plan(text: &str, place: &str) -> anyhow::Result<Plan> {
    Ok(Plan::parse_with(text, place, LANGUAGES)?)
}

/// Writes to standard output. A reader that has seen enough is no error.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = anstream::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("cannot write to standard output"),
    }
}

/// Where the plan is unless said otherwise.
fn default_plan() -> PathBuf {
    PathBuf::from("probes.toml")
}

#[cfg(test)]
mod tests;
