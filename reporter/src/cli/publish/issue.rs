//! What is issued, and what was.

use std::path::Path;

use anyhow::Context;
use jiff::civil::Date;
use serde_json::Value;

use super::contract::{Month, Work, period};
use super::note;
use crate::evidence;
use crate::issue::{self, Outcome, With};
use crate::period::Period;
use crate::publish;
use crate::report::{Report, Stage};
use crate::site::register::Register;
use crate::site::{Content, Files, Published, Revised, provisional};

impl Work<'_> {
    /// Issues every month that is final and was not, or says something else than when it was; and the quarters and years of these.
    ///
    /// Longer periods come first: if this is cut short, the months are still due, and so are they.
    pub(super) fn issue(&self, months: &[Month], register: &Register) -> anyhow::Result<()> {
        let mut due: Vec<&Month> = Vec::new();
        for month in months {
            if issue::is_due(&self.keep().join(&month.report.name), &month.report)? {
                due.push(month);
            }
        }
        let firsts: Vec<Date> = months.iter().map(|one| one.period.first).collect();
        for length in [12, 3] {
            for (first, all) in whole(&firsts, length) {
                let name = match length {
                    3 => format!("{}-Q{}", first.year(), (first.month() + 2) / 3),
                    _ => first.year().to_string(),
                };
                let is_new = publish::revisions(&self.keep().join(&name))?.is_empty();
                let touched = due.iter().any(|one| all.contains(&one.period.first));
                if is_new || touched {
                    let period = period(&name)?;
                    let report = self.linked(self.report(&period)?, register);
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
        let paper = self.args.sheets.size()?;
        let outcome = issue::write(&directory, report, With { proofs, paper })?;
        if let Outcome::Issued { number, .. } = outcome {
            let contract = &self.contract().id;
            let said = format!("Issued: {contract}, {}, revision {number}.", period.title);
            self.progress.aside(|| note(&said))?;
        }
        Ok(())
    }

    /// All that was issued, and what is provisional beside it; the newest first. The directory of each period shows its newest revision
    /// again, if somebody was killed before it did.
    pub(super) fn reports(&self, months: Vec<Month>) -> anyhow::Result<Vec<Published>> {
        let keep = self.keep();
        let paper = self.args.sheets.size()?;
        let mut all = Vec::new();
        for period in kept_periods(&keep)? {
            all.extend(issued(&keep, period)?);
        }
        for Month { period, report } in months {
            if all.iter().all(|one| one.name != report.name) {
                let files = issue::forms(&report, paper)?;
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
}

/// Quarters (3) or years (12) of which all months are there, by the first dates of months that follow each other: its own first
/// date, and those of its months.
fn whole(firsts: &[Date], length: i8) -> Vec<(Date, Vec<Date>)> {
    let wanted = usize::try_from(length).unwrap_or(usize::MAX);
    let groups = firsts.windows(wanted);
    groups
        .filter(|group| (group[0].month() - 1) % length == 0)
        .map(|group| (group[0], group.to_vec()))
        .collect()
}

/// The periods of which something was issued.
fn kept_periods(keep: &Path) -> anyhow::Result<Vec<Period>> {
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

/// What was issued of a period, its copies made good; `None` if nothing was.
fn issued(keep: &Path, period: Period) -> anyhow::Result<Option<Published>> {
    let name = period.name();
    let directory = keep.join(&name);
    let mut revisions = Vec::new();
    let mut newest: Option<(Value, Files)> = None;
    let all = publish::revisions(&directory)?;
    if let Some(newest) = all.last() {
        issue::mend(&directory, &newest.directory, &newest.files)?;
    }
    for one in all {
        let path = one.directory.join("report.json");
        let text =
            std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let document: Value = serde_json::from_slice(&text)
            .with_context(|| format!("{} is no report", path.display()))?;
        let public = one.files.iter().filter(|file| *file != evidence::FILE);
        let public = public.map(String::as_str);
        let forms: Files = public
            .clone()
            .filter(|file| *file != issue::CHANGES)
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

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn quarters_and_years_are_whole_or_none() {
        let months = |year: i16, range: std::ops::RangeInclusive<i8>| -> Vec<Date> {
            range.map(|month| date(year, month, 1)).collect()
        };
        let firsts = |months: &[Date], length: i8| -> Vec<Date> {
            let whole = whole(months, length).into_iter();
            whole.map(|(first, _)| first).collect()
        };
        let year = [months(2018, 8..=12), months(2019, 1..=12)].concat();
        assert_eq!(
            firsts(&year, 3),
            [(2018, 10), (2019, 1), (2019, 4), (2019, 7), (2019, 10)].map(|(y, m)| date(y, m, 1))
        );
        assert_eq!(firsts(&year, 12), [date(2019, 1, 1)]);
        assert!(firsts(&months(2018, 2..=3), 3).is_empty());
        assert!(firsts(&[], 12).is_empty());
    }
}
