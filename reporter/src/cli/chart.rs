//! `reporter chart`.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::civil::Date;
use ledger::name::Name;
use serde_json::{Value, json};

use super::exit::Usage;
use super::input::{Asked, Input, Question};
use super::print;
use crate::chart::catalogue::Kind;
use crate::chart::incident::Looks;
use crate::chart::{Format, svg};
use crate::explain::what::What;
use crate::period::Period;
use crate::publish;
use crate::report::Report;
use crate::report::pictures::{self, Picture};
use crate::report::recent::DAYS;

#[derive(Debug, Args)]
pub(super) struct ChartArgs {
    /// Which chart; --list names them.
    #[arg(value_name = "NAME", required_unless_present = "list")]
    name: Option<Kind>,
    #[command(flatten)]
    listing: Listing,
    /// The month, quarter or year, such as 2018-12, 2018-Q4 or 2018, in the contract's time zone; `bars` shows the 90 days
    /// to its end.
    #[arg(long, value_name = "PERIOD", conflicts_with_all = ["from", "incident"])]
    month: Option<Period>,
    /// The first day instead of a month.
    #[arg(long, value_name = "DATE", conflicts_with = "incident")]
    from: Option<Date>,
    /// The last day, included; the first one again unless said otherwise.
    #[arg(long, value_name = "DATE", requires = "from")]
    to: Option<Date>,
    /// The outage that `incident` shows: by its number in a month (2018-12#2), or an instant inside it (RFC 3339).
    #[arg(long, value_name = "OUTAGE")]
    incident: Option<What>,
    /// Whose sign-ins `latency` and `heat` show; the first persona unless said otherwise.
    #[arg(long, value_name = "PERSONA")]
    persona: Option<Name>,
    /// Draw it for telephones.
    #[arg(long)]
    narrow: bool,
    /// Print the figures of the chart as a Markdown table instead.
    #[arg(long)]
    table: bool,
    /// The file to write; standard output unless one is named.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    input: Input,
}

#[derive(Debug, Args)]
struct Listing {
    /// List all charts and what they answer.
    #[arg(long)]
    list: bool,
    /// Print the list as JSON (docs/JSON.md).
    #[arg(long, requires = "list")]
    json: bool,
}

impl ChartArgs {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let Some(kind) = self.name.filter(|_| !self.listing.list) else {
            return print(&match self.listing.json {
                true => list_json(),
                false => list(),
            });
        };
        let (report, looks) = match (&self.incident, kind) {
            (Some(what), Kind::Incident) => self.outage(what)?,
            (None, Kind::Incident) => {
                let problem = "say which outage by --incident, such as 2018-12#1";
                return Err(Usage(problem.into()).into());
            }
            (Some(_), _) => {
                let problem =
                    format!("--incident belongs to the chart `incident`, not to `{kind}`");
                return Err(Usage(problem).into());
            }
            (None, _) => (self.input.report(&self.asked(kind)?)?, Looks::new()),
        };
        let picture = self.choose(pictures::of(&report, kind, &looks), kind)?;
        let format = match self.narrow {
            true => Format::Narrow,
            false => Format::Wide,
        };
        let text = match self.table {
            true => picture.data.markdown(),
            false => svg::standalone(picture.drawing(format)),
        };
        match &self.out {
            Some(path) => write(path, text),
            None => print(&text),
        }
    }

    /// The period; the ninety days up to a month's end, or to today, for the bars of many days.
    fn asked(&self, kind: Kind) -> anyhow::Result<Asked> {
        match (&self.month, self.from) {
            (Some(month), _) if kind == Kind::Bars => many(month.last()),
            (Some(month), _) => Ok(Asked::Period(month.clone())),
            (None, Some(from)) => Asked::days(from, self.to),
            (None, None) if kind == Kind::Bars => {
                let now = self.input.now().to_jiff();
                many(now.to_zoned(jiff::tz::TimeZone::UTC).date())
            }
            (None, None) => {
                let problem = "say which time by --month 2018-12, or --from and --to";
                Err(Usage(problem.into()).into())
            }
        }
    }

    /// The month of an outage, and what was seen around its edges.
    fn outage(&self, what: &What) -> anyhow::Result<(Report, Looks)> {
        if !matches!(what, What::Outage(..) | What::Instant(_)) {
            let problem =
                format!("{what} is no outage; name one like 2018-12#1, or an instant inside it");
            return Err(Usage(problem).into());
        }
        let explained = self.input.explain(Question::outage(what.clone()))?;
        let attempts = explained.attempts.unwrap_or_default();
        let account = explained.found.outages.first();
        let looks = account.map(|one| (one.outage.number, pictures::looks(one, &attempts)));
        let month = what.month(&explained.zone);
        let month = month.parse().map_err(Usage)?;
        let mut report = self.input.report(&Asked::Period(month))?;
        let number = account.map(|one| one.outage.number);
        report
            .found
            .outages
            .retain(|one| Some(one.number) == number);
        Ok((report, looks.into_iter().collect()))
    }

    /// The picture of the persona that is asked for, or the first one.
    fn choose(&self, pictures: Vec<Picture>, kind: Kind) -> anyhow::Result<Picture> {
        let ends = |picture: &Picture, persona: &Name| {
            let id = &picture.drawing(Format::Wide).id;
            *id == format!("{kind}-{persona}-{}", Format::Wide.as_str())
        };
        let mut all = pictures.into_iter();
        let found = match &self.persona {
            None => all.next(),
            Some(persona) => all.find(|picture| ends(picture, persona)),
        };
        found.ok_or_else(|| {
            let whose = self.persona.as_ref().map(|one| format!(" of {one}"));
            let whose = whose.unwrap_or_default();
            Usage(format!(
                "there is nothing to draw: no sign-in{whose} was measured in that time"
            ))
            .into()
        })
    }
}

/// So many days up to `last`.
fn many(last: Date) -> anyhow::Result<Asked> {
    let back = jiff::Span::new().days(i64::try_from(DAYS)? - 1);
    Ok(Asked::Days(last.checked_sub(back)?, last))
}

fn list() -> String {
    let line = |kind: Kind| format!("{kind:<13} {}\n", kind.question());
    let lines: String = Kind::ALL.into_iter().map(line).collect();
    lines + "\nHow each is read: docs/charts.md\n"
}

fn list_json() -> String {
    let chart = |kind: Kind| json!({ "chart": kind.to_string(), "answers": kind.question() });
    let charts: Value = Kind::ALL.into_iter().map(chart).collect();
    format!("{:#}\n", json!({ "schema": 1, "charts": charts }))
}

fn write(path: &Path, text: String) -> anyhow::Result<()> {
    let name = path
        .file_name()
        .ok_or_else(|| Usage(format!("--out {} names no file", path.display())))?;
    let directory = match path.parent() {
        None => Path::new("."),
        Some(parent) if parent.as_os_str().is_empty() => Path::new("."),
        Some(parent) => parent,
    };
    let file = (name.to_string_lossy().into_owned(), text.into_bytes());
    publish::write(directory, &[file])?;
    print(&format!("{}\n", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_names_every_chart_and_what_it_answers() {
        insta::assert_snapshot!(list(), @r"
        bars          Has it been good lately?
        calendar      Which days, and is there a pattern of weekdays?
        downtime      How long was it down on each day?
        availability  How deep, and how often below the target?
        gantt         What was down where, and when?
        incident      How exactly is the length of an outage known?
        latency       Was signing in slower, and when?
        percentiles   How long is the tail?
        heat          Are there two kinds of sign-ins, and how wide is the spread?
        budget        Will the budget last?
        windows       One long outage, or many short ones?
        causes        What fails?
        coverage      Can I trust it?

        How each is read: docs/charts.md
        ");
    }

    #[test]
    fn ninety_days_end_on_the_last() {
        let Asked::Days(first, last) = many(jiff::civil::date(2018, 12, 31)).unwrap() else {
            panic!("days");
        };
        assert_eq!(
            (first.to_string(), last.to_string()),
            ("2018-10-03".into(), "2018-12-31".into())
        );
    }
}
