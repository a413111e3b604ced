//! `reporter summary`.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use serde_json::Value;

use super::exit::Usage;
use super::input::{Asked, Input};
use super::{print, print_bytes};
use crate::explain::what::What;
use crate::publish;
use crate::report::pdf::{self, Paper, PdfError, Print};
use crate::report::{Report, html, mail, markdown};
use crate::summary::{self, Form, Summary, Wanted};

/// Of what to tell, and how.
#[derive(Debug, Args)]
pub(super) struct SummaryArgs {
    /// An incident by its number in a month (2018-12#1), or an instant inside it (RFC 3339). More incidents may follow it;
    /// then come the records.
    #[arg(value_name = "INCIDENT")]
    incident: What,
    /// Which kind of letter; by the status of the incident's note unless said otherwise, and the first notice without one.
    #[arg(long, value_enum)]
    form: Option<Form>,
    /// How it is written.
    #[arg(long, value_enum, default_value = "text", conflicts_with = "json")]
    format: Format,
    /// The same as --format json.
    #[arg(long)]
    json: bool,
    /// Whom customers may ask; the author of the note unless said otherwise.
    #[arg(long, value_name = "TEXT")]
    contact: Option<String>,
    /// The JSON form of the summary that was sent before: --form revised lists what has changed since.
    #[arg(long, value_name = "FILE")]
    previous: Option<PathBuf>,
    /// Write it to this file instead of standard output. A file that is there is replaced.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The size of the sheets of --format pdf; A4 unless said otherwise.
    #[arg(long, value_enum)]
    paper: Option<Paper>,
    #[command(flatten)]
    input: Input,
}

/// How a summary is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For an e-mail, 76 columns.
    Text,
    /// For a chat or a status page.
    Markdown,
    /// One self-contained page.
    Html,
    /// For paper, tagged, the same bytes each time; to a file (--out) or into a pipe.
    Pdf,
    /// For machines, and for --previous.
    Json,
}

impl SummaryArgs {
    pub(super) fn run(mut self) -> anyhow::Result<()> {
        self.check()?;
        let previous = self.previous.as_deref().map(read).transpose()?;
        let wanted = Wanted {
            form: self.form,
            contact: self.contact.take(),
            previous,
            later: None,
        };
        let summary = told(self.incident.clone(), &mut self.input, wanted)?;
        let page = summary.page();
        let format = if self.json { Format::Json } else { self.format };
        let text = match format {
            Format::Text => mail::page(&page).text,
            Format::Markdown => markdown::page(&page).text,
            Format::Html => html::page(&page),
            Format::Json => summary::json(&summary),
            Format::Pdf => {
                let print = Print {
                    paper: self.paper.unwrap_or_default(),
                    made: summary.as_of,
                };
                return self.put(&pdf::document(&page, print)?.bytes);
            }
        };
        match &self.out {
            Some(_) => self.put(text.as_bytes()),
            None => print(&text),
        }
    }

    /// What cannot be done whatever the records say.
    fn check(&self) -> anyhow::Result<()> {
        let told = |problem: String| Err(Usage(problem).into());
        if self.format != Format::Pdf {
            return match self.paper {
                Some(_) => told("--paper is for --format pdf only".into()),
                None => Ok(()),
            };
        }
        if !pdf::BUILT_IN {
            return told(PdfError::LeftOut.to_string());
        }
        if self.out.is_none() && std::io::stdout().is_terminal() {
            return told(
                "a PDF is nothing for a terminal; name a file by --out, such as --out summary.pdf, or send it into a pipe"
                    .into(),
            );
        }
        Ok(())
    }

    /// Writes to the file that was named, or to standard output.
    fn put(&self, content: &[u8]) -> anyhow::Result<()> {
        let Some(path) = &self.out else {
            return print_bytes(content);
        };
        let name = path
            .file_name()
            .map(|name| name.to_string_lossy().into_owned());
        let Some(name) = name else {
            return Err(Usage(format!("--out {} names no file", path.display())).into());
        };
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        publish::write(directory, &[(name, content.to_vec())])?;
        print(&format!("{}\n", path.display()))
    }
}

/// The summary of an incident and of those named behind it.
pub(super) fn told(first: What, input: &mut Input, wanted: Wanted) -> anyhow::Result<Summary> {
    let mut asked = vec![first];
    asked.extend(input.take_incidents());
    if let Some(other) = asked
        .iter()
        .find(|what| matches!(what, What::Day(_) | What::Month(_)))
    {
        let problem = format!(
            "{other} is no incident; write it by its number in a month (2018-12#1), or an instant inside it \
             (2018-12-14T17:30:00-05:00)"
        );
        return Err(Usage(problem).into());
    }
    let report = around(&mut asked, input)?;
    let wanted = Wanted {
        later: Some(input.later(&report)?),
        ..wanted
    };
    Ok(Summary::new(&report, &asked, wanted)?)
}

/// The report of all months that the incidents lie in. Numbers of several months become instants, as each month counts anew.
fn around(asked: &mut [What], input: &Input) -> anyhow::Result<Report> {
    let zone = input.zone()?;
    let mut months: Vec<String> = asked.iter().map(|what| what.month(&zone)).collect();
    months.sort();
    months.dedup();
    if let [month] = &months[..] {
        return input.report(&Asked::Period(period(month)?));
    }
    for what in asked.iter_mut() {
        if let What::Outage(month, number) = &*what {
            let report = input.report(&Asked::Period(period(month)?))?;
            let mut found = report.found.incidents.iter();
            let found = found.find(|one| one.number == *number);
            if let Some(found) = found {
                *what = What::Instant(found.span.start);
            }
        }
    }
    let first = months.first().map(|month| period(month)).transpose()?;
    let last = months.last().map(|month| period(month)).transpose()?;
    let (Some(first), Some(last)) = (first, last) else {
        return Err(Usage("no incident is named".into()).into());
    };
    let last = last.first.last_of_month();
    input.report(&Asked::Days(first.first, last))
}

fn period(month: &str) -> anyhow::Result<crate::period::Period> {
    Ok(month.parse().map_err(Usage)?)
}

fn read(path: &Path) -> anyhow::Result<Value> {
    let text = std::fs::read(path)
        .with_context(|| format!("cannot read the summary {}", path.display()))?;
    let value: Value = serde_json::from_slice(&text)
        .map_err(|error| Usage(format!("{} is no JSON: {error}", path.display())))?;
    if value["periods"].is_array() {
        return Ok(value);
    }
    let problem = format!(
        "{} is no summary; name what `reporter summary --format json` printed",
        path.display()
    );
    Err(Usage(problem).into())
}
