//! What is published of one contract: its reports are issued, then all is gathered that its pages tell.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context;
use jiff::civil::Date;
use ledger::contract::Contract;
use ledger::name::Name;
use ledger::note::Status;
use ledger::plan::{Layer, Plan, Subject};
use ledger::store::Reader;
use ledger::tally::Terms;
use ledger::time::{Interval, Millis, Timestamp};
use serde_json::Value;

use super::{PublishArgs, month, note};
use crate::civil::Zone;
use crate::cli::input::{Declared, rechecked};
use crate::evidence;
use crate::explain::what::What;
use crate::gather;
use crate::issue::{self, Outcome};
use crate::period::Period;
use crate::publish;
use crate::report::basis::sha256;
use crate::report::pictures::DAYS;
use crate::report::{Report, Stage, compared};
use crate::site::incident::{Group, found, groups};
use crate::site::now::FRESH;
use crate::site::register::{self, Register};
use crate::site::{Content, Files, Published, Revised, Service, Told, calendar, provisional};
use crate::summary::{Form, Summary, Wanted};

/// One contract, and what it is judged from.
pub(super) struct Work<'w> {
    pub(super) args: &'w PublishArgs,
    pub(super) reader: &'w Reader,
    pub(super) plan: &'w Plan,
    pub(super) declared: &'w Declared,
    pub(super) terms: Terms<'w>,
    pub(super) zone: Zone,
    pub(super) now: Timestamp,
}

/// A month with its report.
struct Month {
    period: Period,
    report: Report,
}

impl Work<'_> {
    /// Issues what is due; gives what there is to tell.
    pub(super) fn service(&self) -> anyhow::Result<Service> {
        let months = self.months()?;
        self.issue(&months)?;
        let recent = self.recent()?;
        let this = month(&self.zone, self.now - Millis(1))?;
        let so_far = match months.iter().find(|one| one.period.first == this.first) {
            Some(month) => month.report.clone(),
            None => self.report(&this)?,
        };
        self.hold(&so_far, this.interval(self.zone.name())?)?;
        let (register, incidents) = self.incidents(&months)?;
        Ok(Service {
            fresh: fresh(self.plan, self.contract()),
            windows: calendar::windows(self.contract(), self.terms.exclusions, self.now),
            reports: self.reports(months)?,
            month: so_far,
            seed: register.seed,
            incidents,
            recent,
        })
    }

    fn contract(&self) -> &Contract {
        self.terms.contract
    }

    /// Where the reports of the contract are kept.
    fn keep(&self) -> PathBuf {
        self.args.keep.join(self.contract().id.as_str())
    }

    /// Every month from the first to the last one with evidence, judged.
    fn months(&self) -> anyhow::Result<Vec<Month>> {
        let Some(extent) = self.reader.extent()? else {
            return Ok(Vec::new());
        };
        let last = extent.end.min(self.now) - Millis(1);
        if last < extent.start {
            return Ok(Vec::new());
        }
        let begin = match &self.args.from {
            Some(from) => from.first,
            None => self.zone.date(extent.start).first_of_month(),
        };
        let dates = std::iter::successors(Some(begin), |date| date.last_of_month().tomorrow().ok());
        let until = self.zone.date(last);
        let dates = dates.take_while(|date| *date <= until);
        dates
            .map(|date| {
                let period = period(&date.strftime("%Y-%m").to_string())?;
                let report = self.report(&period)?;
                Ok(Month { period, report })
            })
            .collect()
    }

    /// As `reporter month` judges it.
    fn report(&self, period: &Period) -> anyhow::Result<Report> {
        let span = period.interval(self.zone.name())?;
        let report = gather::report(self.reader, self.terms, span, self.now)?;
        let others = compared::wanted(&report.zone, span);
        let others = gather::compared(self.reader, self.terms, &others, self.now)?;
        let report = report.with_compared(others);
        Ok(report.with_notes(self.declared.notes.iter().cloned()))
    }

    /// Holds a report against the attempts; notes and other periods are not made of them.
    fn hold(&self, report: &Report, span: Interval) -> anyhow::Result<()> {
        let bare = Report {
            notes: Vec::new(),
            compared: Vec::new(),
            ..report.clone()
        };
        rechecked(self.reader, &bare, self.terms, (span, self.now))
    }

    /// The days from one to another, included.
    fn days(&self, first: Date, last: Date) -> anyhow::Result<Report> {
        let zone = self.zone.name();
        let span = ledger::calendar::dates(zone, &first.to_string(), &last.to_string())?;
        let report = gather::report(self.reader, self.terms, span, self.now)?;
        Ok(report.with_notes(self.declared.notes.iter().cloned()))
    }

    /// The last ninety days, to the end of today.
    fn recent(&self) -> anyhow::Result<Report> {
        let today = self.zone.date(self.now - Millis(1));
        let back = jiff::Span::new().days(i64::try_from(DAYS)? - 1);
        self.days(today.checked_sub(back)?, today)
    }

    /// Issues every month that is final and was not, or says something else than when it was; and the quarters and years of these.
    ///
    /// Longer periods come first: if this is cut short, the months are still due, and so are they.
    fn issue(&self, months: &[Month]) -> anyhow::Result<()> {
        let mut due: Vec<&Month> = Vec::new();
        for month in months {
            if issue::is_due(&self.keep().join(&month.report.name), &month.report)? {
                due.push(month);
            }
        }
        for length in [12, 3] {
            for (first, all) in whole(months, length) {
                let name = match length {
                    3 => format!("{}-Q{}", first.year(), (first.month() + 2) / 3),
                    _ => first.year().to_string(),
                };
                let is_new = publish::revisions(&self.keep().join(&name))?.is_empty();
                let touched = due.iter().any(|one| all.contains(&one.period.first));
                if is_new || touched {
                    let period = period(&name)?;
                    let report = self.report(&period)?;
                    if report.stage == Stage::Final {
                        self.issue_one(&period, report)?;
                    }
                }
            }
        }
        for month in due {
            self.issue_one(&month.period, month.report.clone())?;
        }
        Ok(())
    }

    /// Issues one report, held against the attempts, with its evidence.
    fn issue_one(&self, period: &Period, report: Report) -> anyhow::Result<()> {
        let directory = self.keep().join(&report.name);
        if !issue::is_due(&directory, &report)? {
            return Ok(());
        }
        let span = period.interval(self.zone.name())?;
        self.hold(&report, span)?;
        let sources = evidence::Terms {
            plan: self.plan,
            contract: self.contract(),
            texts: &self.declared.texts,
            month: &report.name,
            period: span,
            now: self.now,
        };
        let proofs = match self.args.no_evidence {
            true => None,
            false => Some(evidence::collect(self.reader, sources)?),
        };
        let outcome = issue::write(&directory, report, proofs)?;
        if let Outcome::Issued { number, .. } = outcome {
            let contract = &self.contract().id;
            note(&format!(
                "Issued: {contract}, {}, revision {number}.",
                period.title
            ))?;
        }
        Ok(())
    }

    /// All that was issued, and what is provisional beside it; the newest first.
    fn reports(&self, months: Vec<Month>) -> anyhow::Result<Vec<Published>> {
        let keep = self.keep();
        let mut all = Vec::new();
        for period in kept_periods(&keep)? {
            all.extend(issued(&keep, period)?);
        }
        for Month { period, report } in months {
            if all.iter().all(|one| one.name != report.name) {
                let files = issue::forms(&report)?;
                all.push(provisional(period, &report, files));
            }
        }
        // Of those that end together the shorter one first.
        all.sort_by_key(|one| {
            let end = std::cmp::Reverse(one.period.last());
            (end, one.period.months)
        });
        Ok(all)
    }

    /// Incidents under names that stay; the newest first.
    fn incidents(&self, months: &[Month]) -> anyhow::Result<(Register, Vec<Told>)> {
        let reports = || months.iter().map(|month| &month.report);
        let groups = groups(reports());
        let summaries = groups.iter().map(|group| self.summary(months, group));
        let mut summaries: Vec<Option<Summary>> = summaries
            .collect::<anyhow::Result<Vec<_>>>()?
            .into_iter()
            .map(Some)
            .collect();
        let evidence = self
            .reader
            .extent()?
            .map_or(self.now, |one| one.end.min(self.now));
        let new = groups.iter().zip(summaries.iter().flatten());
        let new: Vec<_> = new
            .map(|(group, summary)| found(group, summary, evidence))
            .collect();
        let mut register = self.register()?;
        let before = register.clone();
        let covered = months
            .first()
            .map_or(self.now, |one| one.report.asked.start);
        let places = register.enter(
            &new,
            Interval::new(covered.min(self.now), self.now),
            evidence,
        );
        if register != before {
            let text = serde_json::to_string_pretty(&register).context("a register is text")?;
            let file = (register::FILE.to_owned(), (text + "\n").into_bytes());
            publish::write(&self.keep(), &[file])?;
        }
        let told = register.incidents.iter().enumerate();
        let mut told: Vec<Told> = told
            .map(|(index, kept)| {
                let found = places.iter().position(|place| *place == index);
                Told {
                    kept: kept.clone(),
                    summary: found.and_then(|found| summaries[found].take()),
                }
            })
            .collect();
        told.sort_by(|a, b| (b.kept.span, &b.kept.id).cmp(&(a.kept.span, &a.kept.id)));
        Ok((register, told))
    }

    /// What is told of an incident, from the report of its month, or of all that it lies in.
    fn summary(&self, months: &[Month], group: &Group) -> anyhow::Result<Summary> {
        let joined;
        let (first, last) = (&months[group.first], &months[group.last]);
        let report = match group.first == group.last {
            true => &first.report,
            false => {
                joined = self.days(first.period.first, last.period.last())?;
                &joined
            }
        };
        let asked = [What::Instant(group.at)];
        let wanted = |form| Wanted {
            form,
            contact: self.args.contact.clone(),
            previous: None,
        };
        let open = report.found.outages.iter();
        let mut open = open.filter(|one| one.open && one.start.earliest < group.span.end);
        let about = report.notes.iter().filter(|note| note.is_about(group.span));
        let is_final = about.map(|note| note.status).min() == Some(Status::Final);
        // People may have written the last word too early.
        let form = (open.next().is_some() && is_final).then_some(Form::Update);
        Ok(Summary::new(report, &asked, wanted(form))?)
    }

    fn register(&self) -> anyhow::Result<Register> {
        let path = self.keep().join(register::FILE);
        match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).with_context(|| {
                format!(
                    "{} is no register of incidents; restore it from a copy, or take it away to name them anew",
                    path.display()
                )
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let contract = self.contract();
                let who = format!("{} {} {}", contract.id, contract.service, contract.customer);
                let seed = sha256(who.as_bytes()).chars().take(12).collect();
                Ok(Register {
                    seed,
                    incidents: Vec::new(),
                })
            }
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }
}

fn period(name: &str) -> anyhow::Result<Period> {
    Ok(name.parse().map_err(super::Usage)?)
}

/// Quarters (3) or years (12) of which all months are there: the first date, and those of its months.
fn whole(months: &[Month], length: i8) -> Vec<(Date, Vec<Date>)> {
    let firsts: Vec<Date> = months.iter().map(|one| one.period.first).collect();
    let wanted = usize::try_from(length).unwrap_or(usize::MAX);
    let groups = firsts.windows(wanted);
    groups
        .filter(|group| (group[0].month() - 1) % length == 0)
        .map(|group| (group[0], group.to_vec()))
        .collect()
}

/// The periods of which something was issued.
fn kept_periods(keep: &std::path::Path) -> anyhow::Result<Vec<Period>> {
    let entries = match std::fs::read_dir(keep) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.with_context(|| format!("cannot read {}", keep.display()))?,
    };
    let mut periods = Vec::new();
    for entry in entries {
        let name = entry.context("cannot read a directory")?.file_name();
        periods.extend(name.to_str().and_then(|name| name.parse::<Period>().ok()));
    }
    Ok(periods)
}

/// What was issued of a period; `None` if nothing was.
fn issued(keep: &std::path::Path, period: Period) -> anyhow::Result<Option<Published>> {
    let name = period.name();
    let mut revisions = Vec::new();
    let mut newest: Option<(Value, Files)> = None;
    for one in publish::revisions(&keep.join(&name))? {
        let path = one.directory.join("report.json");
        let text =
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let document: Value = serde_json::from_slice(&text)
            .with_context(|| format!("{} is no report", path.display()))?;
        let public = one.files.iter().filter(|file| *file != evidence::FILE);
        let public = public.map(String::as_str);
        let forms: Files = public
            .clone()
            .filter(|file| *file != "changes.txt")
            .map(|file| (file.to_owned(), Content::Issued(one.directory.join(file))))
            .collect();
        let all = public.chain([publish::SUMS]);
        let changes = document["revision"]["replaces"]["changes"].as_array();
        revisions.push(Revised {
            number: one.number,
            read_until: serde_json::from_value(document["basis"]["read_until"].clone())
                .with_context(|| format!("{} does not say when it was made", path.display()))?,
            changes: changes.map_or(0, Vec::len),
            files: all
                .map(|file| (file.to_owned(), Content::Issued(one.directory.join(file))))
                .collect(),
        });
        newest = Some((document, forms));
    }
    Ok(newest.map(|(document, forms)| Published {
        period,
        name,
        document,
        forms,
        revisions,
    }))
}

/// How long nobody need have looked at a persona: the contract's longest gap at the spacing of its densest probe.
fn fresh(plan: &Plan, contract: &Contract) -> BTreeMap<Name, Millis> {
    let mut fresh: BTreeMap<Name, Millis> = BTreeMap::new();
    for probe in &plan.probes {
        let Subject::Journey { persona, .. } = &probe.subject else {
            continue;
        };
        debug_assert_eq!(probe.layer(), Layer::Service, "journeys count");
        let gap = probe.schedule.spacing().0 * i64::from(contract.rules.gap_tenths) / 10;
        let gap = Millis(gap);
        let known = fresh.entry(persona.clone()).or_insert(gap);
        *known = gap.min(*known);
    }
    for gap in fresh.values_mut() {
        *gap = FRESH.max(*gap);
    }
    fresh
}
