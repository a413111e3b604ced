//! `reporter month`.

mod each;

use std::io::{IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use super::input::Input;
use super::progress::Progress;
use super::sheets::Sheets;
use super::{print, width};
use crate::days;
use crate::issue::{self, Outcome, With};
use crate::period::Period;
use crate::terminal::wrapped;

/// Of which time, and where to.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command"
)]
pub(super) struct MonthArgs {
    /// The month, quarter or year, such as 2018-12, 2018-Q4 or 2018, in the contract's time zone.
    #[arg(value_name = "PERIOD")]
    period: Period,
    /// The directory that the files are written to; it is made if need be. What is issued stays in rev-1, rev-2 …
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Write a report for each contract of the plan, into DIR/CONTRACT, and read and look again only once for all of them.
    #[arg(long, conflicts_with = "contract")]
    each: bool,
    /// Leave out evidence.tar, by which others can check the report.
    #[arg(long)]
    no_evidence: bool,
    /// Print only the paths of the files, one a line, as is done anyway where the output is no terminal.
    #[arg(short, long, conflicts_with = "json")]
    quiet: bool,
    /// Print what was done and the paths as JSON (docs/JSON.md); the figures are in report.json.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sheets: Sheets,
    #[command(flatten)]
    input: Input,
}

/// Whether what others need to check a report is collected with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proving {
    /// It is.
    Wanted,
    /// It is not.
    LeftOut,
}

impl MonthArgs {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let paper = self.sheets.size()?;
        if self.each {
            return self.each(paper);
        }
        let proving = if self.no_evidence {
            Proving::LeftOut
        } else {
            Proving::Wanted
        };
        let (report, proofs) = self.input.to_be_sent(&self.period, proving)?;
        let people = std::io::stdout().is_terminal() && !self.quiet && !self.json;
        let page = people.then(|| days::short(&report, width()));
        let outcome = {
            let _writing = Progress::new("writing the report");
            issue::write(&self.out, report, With { proofs, paper })?
        };
        if self.json {
            return print(&format!("{:#}\n", told(&outcome, &self.out)));
        }
        match page {
            Some(page) => {
                let told = wrapped(&said(&outcome), (0, 0), width().prose());
                print(&format!("{page}\n{told}{}", self.files(&outcome)))
            }
            None => {
                let paths = paths(&outcome).iter();
                let paths = paths.map(|path| format!("{}\n", path.display()));
                print(&paths.collect::<String>())?;
                match self.quiet {
                    true => Ok(()),
                    false => note(&outcome),
                }
            }
        }
    }

    /// Where to look, for people: one directory and the names in it.
    fn files(&self, outcome: &Outcome) -> String {
        let written = paths(outcome);
        let Some(directory) = written.first().and_then(|path| path.parent()) else {
            return String::new();
        };
        let names = written.iter().filter_map(|path| path.file_name());
        let names: Vec<_> = names.map(|name| name.to_string_lossy()).collect();
        let page = self.out.join("report.html");
        let shown = |path: &Path| path.display().to_string();
        let read = format!("To read: {}", shown(&page));
        let all = format!("All of it in {}: {}", shown(directory), names.join(", "));
        let width = width().prose();
        wrapped(&read, (0, 2), width) + &wrapped(&all, (0, 2), width)
    }
}

/// The outcome for programs.
fn told(outcome: &Outcome, directory: &Path) -> Value {
    let (stage, number, changes) = match outcome {
        Outcome::Provisional(_) => ("provisional", None, None),
        Outcome::Issued {
            number, changes, ..
        } => ("issued", Some(number), Some(changes)),
        Outcome::Unchanged { number, .. } => ("unchanged", Some(number), None),
    };
    json!({
        "schema": 1,
        "outcome": stage,
        "revision": number,
        "changes": changes,
        "directory": directory,
        "files": paths(outcome),
    })
}

/// The files that were written.
fn paths(outcome: &Outcome) -> &[PathBuf] {
    match outcome {
        Outcome::Provisional(files) | Outcome::Issued { files, .. } => files,
        Outcome::Unchanged { .. } => &[],
    }
}

/// Says on standard error what became of a report, so that standard output holds nothing but paths.
fn note(outcome: &Outcome) -> anyhow::Result<()> {
    let said = said(outcome);
    writeln!(anstream::stderr(), "{said}").context("cannot write to standard error")
}

fn said(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Provisional(_) => "Provisional: more data may still come in.".to_owned(),
        Outcome::Issued {
            number, changes: 0, ..
        } => format!("Issued as revision {number}."),
        Outcome::Issued {
            number, changes, ..
        } => format!(
            "Issued as revision {number}: {} since revision {}, listed in changes.txt.",
            crate::words::count(*changes, "change"),
            number - 1
        ),
        Outcome::Unchanged { number, directory } => format!(
            "Nothing has changed since revision {number}; {} stays as it was issued.",
            directory.display()
        ),
    }
}
