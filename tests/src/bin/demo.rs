//! Replays the weekend of 14 to 16 December 2018 and reports on it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::mpsc;

use anyhow::{Context, anyhow, ensure};
use clap::Parser;
use groupdesk::demo::{self, Comparison, PERIOD, Progress, Replayed};
use groupdesk::state;
use indicatif::{ProgressBar, ProgressStyle};
use ledger::time::Millis;

const EXAMPLES: &str = "\
Examples:
  demo
      Replays the weekend, prints the day table, writes records and report to data/demo.
  demo --out /tmp/weekend
      The same elsewhere.

Exit codes: 0 the truth lies inside all bounds, 1 it does not, 64 bad usage, 74 input or output failed.";

/// The weekend of 14 to 16 December 2018: three agents log in to a stand-in over real TLS and HTTP, on replayed time.
#[derive(Debug, Parser)]
#[command(name = "demo", version, after_help = EXAMPLES)]
struct Cli {
    /// Where records, truth and report go; made if missing
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    out: PathBuf,
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
    match run(&cli.out) {
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
    eprintln!("demo: {error:#}");
}

fn run(out: &Path) -> anyhow::Result<bool> {
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let replayed = replay(out)?;
    let truth = out.join("truth.json");
    state::replace(&truth, &replayed.truth.to_json())?;
    let records: Vec<&str> = replayed
        .records
        .iter()
        .filter_map(|path| path.to_str())
        .collect();
    ensure!(
        records.len() == replayed.records.len(),
        "{} is not UTF-8",
        out.display()
    );
    reporter(
        &["days", "--from", "2018-12-13", "--to", "2018-12-17"],
        &records,
    )?;
    let report = out.join("report");
    let report = report.to_str().context("the directory is not UTF-8")?;
    reporter(&["month", "2018-12", "--out", report], &records)?;
    let comparison = Comparison::of(&replayed.plan, &replayed.records, PERIOD, &replayed.truth)?;
    let verdict = if comparison.holds() {
        "holds"
    } else {
        "DOES NOT HOLD"
    };
    let mut terminal = std::io::stdout().lock();
    writeln!(
        terminal,
        "\nAgainst the truth that the stand-in enacted ({}), it {verdict}:",
        truth.display()
    )?;
    writeln!(terminal, "{}", comparison.table())?;
    Ok(comparison.holds())
}

/// Replays with a bar on standard error, which stays empty where that is no terminal.
fn replay(out: &Path) -> anyhow::Result<Replayed> {
    let (progress, told) = mpsc::channel::<Progress>();
    std::thread::scope(|scope| {
        let replay = scope.spawn(|| {
            // Owned here, so that the bar ends with the replay.
            let progress = progress;
            demo::replay(out, PERIOD, &progress)
        });
        let regions = 3;
        let all = (demo::watched(PERIOD).length().0 * regions).unsigned_abs();
        let bar = ProgressBar::new(all).with_style(style());
        for Progress {
            passed: Millis(passed),
        } in told
        {
            bar.inc(passed.unsigned_abs());
        }
        bar.finish_and_clear();
        replay.join().map_err(|_| anyhow!("the replay panicked"))?
    })
}

fn style() -> ProgressStyle {
    let template =
        "replaying 13 to 17 December 2018 in three regions {bar:30} {percent:>3} %  {elapsed}";
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// Shows a command of the reporter, and does it.
fn reporter(command: &[&str], records: &[&str]) -> anyhow::Result<()> {
    let line = [&["reporter"], command, records].concat();
    writeln!(std::io::stdout(), "\n$ {}\n", line.join(" "))?;
    reporter::cli::Cli::try_parse_from(line)?.run()
}
