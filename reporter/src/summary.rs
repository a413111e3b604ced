//! What customers are told about an incident: measured times, and the words of people beside them.
//!
//! Times, lengths and sums come from the record. People write background, cause and actions, in the incident's note. What
//! nobody has written yet is "not yet known", and says so.

mod after;
pub mod blank;
mod json;
mod sections;
mod story;
mod unaffected;
mod words;

use ledger::contract::Contract;
use ledger::correction::What as Corrects;
use ledger::name::Name;
use ledger::note::{Note, Status};
use ledger::outage::{Bounds, Incident, Outage};
use ledger::tally::Fate;
use ledger::time::{Interval, Millis, Timestamp};
use serde_json::Value;

use crate::civil::{self, Zone};
use crate::explain::what::What;
use crate::gather::Later;
use crate::report::page::Page;
use crate::report::revision::{Change, diff};
use crate::report::{Report, Stage};

#[cfg(test)]
pub(crate) use words::number;

pub use after::After;
pub use json::{SCHEMA, document, render as json};
pub use unaffected::Unaffected;

/// How far the story is, and so which kind of letter this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Form {
    /// The first notice: it has begun.
    First,
    /// More is known.
    Update,
    /// Nothing more is expected.
    Final,
    /// It replaces one that was sent, and says what has changed.
    Revised,
}

/// Everything that the letter tells.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The terms.
    pub contract: Contract,
    /// The contract's zone.
    pub zone: Zone,
    /// Which kind of letter.
    pub form: Form,
    /// The last evidence of the record, or the instant as of which it is judged if that is earlier.
    pub as_of: Timestamp,
    /// When people could not sign in, by time.
    pub periods: Vec<Period>,
    /// All of them together.
    pub total: Bounds,
    /// What of it counts under the contract.
    pub counted: Bounds,
    /// How it falls on days, to the minute or second so that days add up to the printed whole.
    pub days: Vec<Day>,
    /// What people wrote.
    pub notes: Vec<Note>,
    /// What went on working, as measured.
    pub unaffected: Unaffected,
    /// All regions that looked.
    pub regions: Vec<Name>,
    /// Whether there was another outage later in the record.
    pub failed_later: bool,
    /// What else is known of the time behind the last period.
    pub after: After,
    /// Whom to ask; the notes' authors if `None`.
    pub contact: Option<String>,
    /// The report's figures that this was made from.
    pub hash: String,
    /// What has changed since the letter that this one replaces.
    pub changes: Vec<Change>,
}

/// One stretch in which people could not sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// As the engine found it.
    pub outage: Outage,
    /// Instants are printed to this: minutes, or seconds of a short one.
    pub grain: Millis,
    /// Whether an operator set the start, and the end.
    pub corrected: [bool; 2],
}

/// A day's share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// The date.
    pub date: jiff::civil::Date,
    /// How long people could not sign in, best estimate.
    pub length: Millis,
    /// The same as printed.
    pub printed: Millis,
}

/// What was asked for beside the incidents.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// What the record says of the time behind the report; nothing is known of it if `None`.
    pub later: Option<Later>,
    /// Which kind of letter; by the note if `None`.
    pub form: Option<Form>,
    /// Whom to ask.
    pub contact: Option<String>,
    /// The JSON form of the letter that this one replaces.
    pub previous: Option<Value>,
}

/// Why there is no summary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SummaryError {
    /// No incident is there.
    #[error("there is no incident {asked}; {there}")]
    NoSuch {
        /// What was asked for.
        asked: String,
        /// What there is.
        there: String,
    },
    /// It is not over.
    #[error(
        "sign-in still failed at the last look, {0}; a summary of an open incident is --form first or --form update"
    )]
    Open(String),
    /// Nothing to compare with.
    #[error(
        "--form revised says what has changed: name the JSON form of the summary that was sent by --previous"
    )]
    NoPrevious,
}

impl Summary {
    /// Tells of the incidents of `report` that are asked for.
    ///
    /// # Errors
    /// [`SummaryError`] if one is not there, or is still open in a final summary.
    pub fn new(report: &Report, asked: &[What], wanted: Wanted) -> Result<Self, SummaryError> {
        let mut incidents: Vec<&Incident> = Vec::new();
        for what in asked {
            incidents.push(find(report, what)?);
        }
        incidents.sort_by_key(|incident| incident.number);
        incidents.dedup_by_key(|incident| incident.number);
        let outages = report.found.outages.iter();
        let own = outages.filter(|outage| {
            let mut incidents = incidents.iter();
            incidents.any(|incident| incident.outages.contains(&outage.number))
        });
        let periods: Vec<Period> = own.map(|outage| Period::of(report, outage)).collect();
        let about = |note: &&Note| incidents.iter().any(|one| note.is_about(one.span));
        let notes: Vec<Note> = report.notes.iter().filter(about).cloned().collect();
        let mut summary = Self {
            form: form(&notes, wanted.form),
            as_of: as_of(report),
            total: sum(periods.iter().map(|one| one.outage.length)),
            counted: sum(periods.iter().map(|one| one.outage.counted)),
            days: days(&report.zone, &periods),
            unaffected: Unaffected::of(report, &periods),
            regions: report.found.coverage.keys().cloned().collect(),
            failed_later: wanted.later.is_some_and(|later| later.failed)
                || report.found.outages.last().map(|one| one.number)
                    > periods.last().map(|one| one.outage.number),
            after: After::of(report, &periods, wanted.later),
            contract: report.contract.clone(),
            zone: report.zone.clone(),
            hash: report.hash.clone(),
            contact: wanted.contact,
            changes: Vec::new(),
            periods,
            notes,
        };
        summary.check()?;
        if summary.form == Form::Revised {
            let before = wanted.previous.ok_or(SummaryError::NoPrevious)?;
            summary.changes = diff(&json::figures(&before), &json::figures(&document(&summary)));
        }
        Ok(summary)
    }

    /// What it says, for any form.
    pub fn page(&self) -> Page {
        sections::page(self)
    }

    /// The quick summary, in a sentence or two.
    pub fn sentence(&self) -> String {
        words::quick(self).plain()
    }

    /// Whether sign-in has not worked since.
    pub fn is_open(&self) -> bool {
        self.periods.iter().any(|one| one.outage.open)
    }

    fn check(&self) -> Result<(), SummaryError> {
        if self.is_open() && self.form == Form::Final {
            return Err(SummaryError::Open(self.zone.table(self.as_of)));
        }
        Ok(())
    }
}

impl Period {
    fn of(report: &Report, outage: &Outage) -> Self {
        let set = |of: fn(&ledger::correction::NewEdges) -> Option<Timestamp>| {
            let entries = report.found.corrections.iter();
            let mut applied = entries.filter(|one| one.fate == Fate::Applied);
            applied.any(|one| {
                let own = one.outage == Some(outage.number);
                own && matches!(&one.entry.what, Corrects::Edge(new) if of(new).is_some())
            })
        };
        Self {
            outage: outage.clone(),
            grain: civil::grain(outage),
            corrected: [set(|new| new.start), set(|new| new.end)],
        }
    }

    /// The best start and end as printed.
    pub fn span(&self) -> Interval {
        Interval::new(
            civil::to(self.grain, self.outage.start.estimate),
            civil::to(self.grain, self.outage.end.estimate),
        )
    }

    /// How far the truth may lie from the printed start and end, rounded up to a second.
    pub fn doubts(&self) -> [Millis; 2] {
        let span = self.span();
        let edges = [(self.outage.start, span.start), (self.outage.end, span.end)];
        edges.map(|(edge, printed)| {
            let within = (printed - edge.earliest).max(edge.latest - printed);
            Millis((within.0 + 999).div_euclid(1_000) * 1_000)
        })
    }
}

fn find<'r>(report: &'r Report, what: &What) -> Result<&'r Incident, SummaryError> {
    let all = &report.found.incidents;
    let found = all.iter().find(|one| match what {
        What::Outage(_, number) => one.number == *number,
        What::Instant(at) => {
            let own = report.found.outages.iter();
            let mut own = own.filter(|outage| one.outages.contains(&outage.number));
            one.span.contains(*at)
                || own.any(|own| own.start.earliest <= *at && *at < own.end.latest)
        }
        What::Day(_) | What::Month(_) => false,
    });
    found.ok_or_else(|| {
        let month = what.month(&report.zone);
        let others = all.iter().map(|one| {
            let start = report.zone.table(one.span.start);
            format!("{month}#{} from {start}", one.number)
        });
        SummaryError::NoSuch {
            asked: match what {
                What::Instant(at) => format!("at {}", report.zone.iso(*at)),
                other => other.to_string(),
            },
            there: match all[..] {
                [] => format!("{month} has none"),
                _ => format!("{month} has {}", crate::words::list(others)),
            },
        }
    })
}

/// What was asked for, or what the least finished note says, or the first notice.
fn form(notes: &[Note], asked: Option<Form>) -> Form {
    let status = notes.iter().map(|note| note.status).min();
    asked.unwrap_or(match status {
        Some(Status::Final) => Form::Final,
        Some(Status::Update) => Form::Update,
        Some(Status::First) | None => Form::First,
    })
}

/// The last evidence, or the instant up to which records were read if that is earlier.
fn as_of(report: &Report) -> Timestamp {
    let read = report.basis.read_until;
    match report.stage {
        Stage::Provisional { until } => until.min(read),
        Stage::Final => read,
    }
}

fn sum(parts: impl Iterator<Item = Bounds>) -> Bounds {
    parts.fold(Bounds::default(), |sum, one| Bounds {
        lower: sum.lower + one.lower,
        estimate: sum.estimate + one.estimate,
        upper: sum.upper + one.upper,
    })
}

fn days(zone: &Zone, periods: &[Period]) -> Vec<Day> {
    let spans = periods.iter().map(|one| {
        let outage = &one.outage;
        // The instants as printed: a second over midnight is no day.
        let printed = one.span();
        (printed, outage.length.estimate)
    });
    let mut days: Vec<Day> = Vec::new();
    for (printed, exact) in spans {
        let dates = zone.dates(printed);
        let parts = dates.iter().filter_map(|date| {
            let next = date.tomorrow().ok()?;
            let day = Interval::new(zone.start_of(*date), zone.start_of(next));
            Some((*date, printed.intersect(day)?.length()))
        });
        let parts: Vec<_> = parts.collect();
        // What rounding moved belongs to the last part, so that parts add up to the measured length.
        let rest = exact - parts.iter().map(|(_, length)| *length).sum();
        let last = parts.len().saturating_sub(1);
        for (index, (date, length)) in parts.into_iter().enumerate() {
            let length = if index == last { length + rest } else { length };
            match days.last_mut().filter(|day| day.date == date) {
                Some(day) => day.length += length,
                None => days.push(Day {
                    date,
                    length,
                    printed: length,
                }),
            }
        }
    }
    let short = periods.iter().any(|one| one.grain < Millis::from_mins(1));
    let grain = if short { 1_000 } else { 60_000 };
    let (mut exact, mut printed) = (0, 0);
    for day in &mut days {
        exact += day.length.0;
        let upto = (exact + grain / 2).div_euclid(grain) * grain;
        day.printed = Millis(upto - printed);
        printed = upto;
    }
    days
}

#[cfg(test)]
pub(crate) mod tests;
