//! Incidents, their names and what is told of them.

use anyhow::Context;
use ledger::note::Status;
use ledger::time::{Interval, Millis, Timestamp};

use super::contract::{Month, Work};
use crate::explain::what::What;
use crate::gather::Later;
use crate::publish;
use crate::report::basis::sha256;
use crate::site::Told;
use crate::site::incident::{Group, found, groups};
use crate::site::register::{self, Register};
use crate::summary::{Form, Summary, Wanted};

impl Work<'_> {
    /// Incidents under names that stay; the newest first.
    pub(super) fn incidents(&self, months: &[Month]) -> anyhow::Result<(Register, Vec<Told>)> {
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
        let later = self.later(report.asked.end, &months[group.last + 1..])?;
        let wanted = |form| Wanted {
            form,
            contact: self.args.contact.clone(),
            previous: None,
            later: Some(later),
        };
        let open = report.found.outages.iter();
        let mut open = open.filter(|one| one.open && one.start.earliest < group.span.end);
        let about = report.notes.iter().filter(|note| note.is_about(group.span));
        let is_final = about.map(|note| note.status).min() == Some(Status::Final);
        // People may have written the last word too early.
        let form = (open.next().is_some() && is_final).then_some(Form::Update);
        Ok(Summary::new(report, &asked, wanted(form))?)
    }

    /// What the months behind `from` say, as [`gather::later`](crate::gather::later) would of their records.
    fn later(&self, from: Timestamp, months: &[Month]) -> anyhow::Result<Later> {
        let end = self.reader.extent()?.map_or(from, |extent| extent.end);
        let mut later = Later {
            until: end.min(self.now),
            now: self.now,
            failed: false,
            unseen: Millis::ZERO,
        };
        for Month { report, .. } in months {
            if later.failed {
                break;
            }
            let found = &report.found;
            later.failed = found.outages.iter().any(|one| one.start.estimate >= from);
            // What lies behind the record's end is no time of it that nobody looked at.
            let behind = Millis::ZERO.max(found.period.end - later.until);
            later.unseen += Millis::ZERO.max(found.total.unknown - behind);
        }
        Ok(later)
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
