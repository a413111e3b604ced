//! What is published of one contract: its reports are issued, then all is gathered that its pages tell.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;
use ledger::contract::Contract;
use ledger::name::Name;
use ledger::plan::{Layer, Plan, Subject};
use ledger::store::Reader;
use ledger::tally::Terms;
use ledger::time::{Interval, Millis, Timestamp};

use super::{PublishArgs, Usage, month};
use crate::civil::Zone;
use crate::cli::input::{Declared, EARLIER, OWN, told};
use crate::cli::progress::Progress;
use crate::gather::Judge;
use crate::period::Period;
use crate::recheck::{self, Seconds};
use crate::report::Report;
use crate::report::recent::DAYS;
use crate::site::now::FRESH;
use crate::site::register::Register;
use crate::site::{Service, calendar, incident};

/// One contract, and what it is judged from.
pub(super) struct Work<'w> {
    pub(super) args: &'w PublishArgs,
    pub(super) reader: &'w Reader,
    pub(super) judge: &'w Judge<'w>,
    pub(super) seconds: &'w Seconds<'w>,
    pub(super) plan: &'w Plan,
    pub(super) declared: &'w Declared,
    pub(super) terms: Terms<'w>,
    pub(super) zone: Zone,
    pub(super) now: Timestamp,
    pub(super) progress: &'w Progress,
}

/// A month with its report.
pub(super) struct Month {
    pub(super) period: Period,
    pub(super) report: Report,
}

impl Work<'_> {
    /// Issues what is due; gives what there is to tell.
    pub(super) fn service(&self) -> anyhow::Result<Service> {
        let mut months = self.months()?;
        // Reports link to incidents, so these are called first.
        let (register, incidents) = self.incidents(&months)?;
        for month in &mut months {
            month.report = self.linked(month.report.clone(), &register);
        }
        self.issue(&months, &register)?;
        let recent = self.recent()?;
        let this = month(&self.zone, self.now - Millis(1))?;
        let so_far = match months.iter().find(|one| one.period.first == this.first) {
            Some(month) => month.report.clone(),
            None => self.linked(self.report(&this)?, &register),
        };
        self.hold(&so_far, this.interval(self.zone.name())?)?;
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

    pub(super) fn contract(&self) -> &Contract {
        self.terms.contract
    }

    /// Where the reports of the contract are kept.
    pub(super) fn keep(&self) -> PathBuf {
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
    pub(super) fn report(&self, period: &Period) -> anyhow::Result<Report> {
        let span = period.interval(self.zone.name())?;
        let report = self.judge.report(self.terms, span, self.now)?;
        let report = self.judge.beside(self.terms, report, self.now)?;
        Ok(report.with_notes(self.declared.notes.iter().cloned()))
    }

    /// A report with the addresses at which the site tells of its incidents, if the site has one.
    pub(super) fn linked(&self, report: Report, register: &Register) -> Report {
        let Some(url) = &self.args.url else {
            return report;
        };
        let base = format!("{url}{}/", self.contract().id);
        let links = incident::links(&report, register, &base);
        report.with_links(links)
    }

    /// Holds a report against the attempts, and the days before it; notes and other periods are not made of them.
    pub(super) fn hold(&self, report: &Report, span: Interval) -> anyhow::Result<()> {
        let own = self.seconds.at(span)?.hold(&report.bare(), self.terms)?;
        told(own, OWN, self.progress)?;
        let Some(before) = recheck::before(report) else {
            return Ok(());
        };
        let earlier = self.seconds.at(before)?.earlier(report, self.terms)?;
        told(earlier, EARLIER, self.progress)
    }

    /// The days from one to another, included.
    pub(super) fn days(&self, first: Date, last: Date) -> anyhow::Result<Report> {
        let zone = self.zone.name();
        let span = ledger::calendar::dates(zone, &first.to_string(), &last.to_string())?;
        let report = self.judge.report(self.terms, span, self.now)?;
        Ok(report.with_notes(self.declared.notes.iter().cloned()))
    }

    /// The last ninety days, to the end of today.
    fn recent(&self) -> anyhow::Result<Report> {
        let today = self.zone.date(self.now - Millis(1));
        let back = jiff::Span::new().days(i64::try_from(DAYS)? - 1);
        self.days(today.checked_sub(back)?, today)
    }
}

pub(super) fn period(name: &str) -> anyhow::Result<Period> {
    Ok(name.parse().map_err(Usage)?)
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
