//! From files to a report: which records, which contract, which period.

mod declared;
mod incidents;
mod second;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser as _};
use jiff::civil::Date;
use ledger::calendar;
use ledger::contract::Contract;
use ledger::name::Name;
use ledger::note::Note;
use ledger::plan::Plan;
use ledger::store::{Place, Reader};
use ledger::tally::Terms;
use ledger::time::{Interval, Timestamp};

pub(super) use self::declared::Declared;
use self::second::inside;
pub(super) use self::second::{EARLIER, OWN, earlier_rechecked, rechecked, told};
use super::exit::Usage;
use super::month::Proving;
use super::progress::Progress;
use crate::civil::Zone;
use crate::evidence::{self, Proofs, Texts};
use crate::explain::Explained;
use crate::explain::what::What;
use crate::gather;
use crate::period::Period;
use crate::report::Report;

/// Where the figures come from.
#[derive(Debug, Args)]
pub(super) struct Input {
    /// The records: files, one per agent, or the URL of a PostgreSQL database; data/*.db unless some are named.
    #[arg(value_name = "FILE", value_parser = OsStringValueParser::new().map(Place::parse))]
    files: Vec<Place>,
    /// The contract by its id; not needed where there is only one.
    #[arg(long, value_name = "ID")]
    contract: Option<Name>,
    /// Take the contract from this plan instead of the one in the record.
    #[arg(long, value_name = "probes.toml")]
    plan: Option<PathBuf>,
    /// Declared maintenance; data/exclusions.toml if that is there.
    #[arg(long, value_name = "exclusions.toml")]
    exclusions: Option<PathBuf>,
    /// Entries of operators against the record; data/corrections.toml if that is there.
    #[arg(long, value_name = "corrections.toml")]
    corrections: Option<PathBuf>,
    /// Notes about incidents, one Markdown file each; data/incidents if that is there.
    #[arg(long, value_name = "DIR")]
    notes: Option<PathBuf>,
    /// Judge as of this instant (RFC 3339) instead of now; time after it is left out.
    #[arg(long, value_name = "INSTANT")]
    as_of: Option<jiff::Timestamp>,
}

/// What is to be explained, and how deep.
#[derive(Debug, Args)]
pub(super) struct Question {
    /// A day (2018-12-14), a month (2018-12), an outage by its number in a month (2018-12#2), or an instant inside an
    /// outage (RFC 3339).
    #[arg(value_name = "WHAT")]
    what: What,
    /// List the single attempts of the outages too, with their phases, where the records still hold them.
    #[arg(long)]
    attempts: bool,
}

/// What stands beside record and terms.
struct Beside<'p> {
    plan: &'p Plan,
    /// What people wrote about incidents.
    notes: Vec<Note>,
    /// What was declared, as it was written.
    texts: Texts,
    /// Where it is told what is being done.
    progress: Progress,
}

impl Question {
    /// One outage with its single attempts.
    pub(super) const fn outage(what: What) -> Self {
        Self {
            what,
            attempts: true,
        }
    }
}

/// The period that is asked for, in the contract's zone.
#[derive(Debug)]
pub(super) enum Asked {
    /// From the first instant of one date to the last of another.
    Days(Date, Date),
    /// A month, quarter or year; told beside others like it.
    Period(Period),
}

impl Input {
    /// Reads the records and judges the period. Time without evidence is unknown; time to come is left out.
    pub(super) fn report(&self, asked: &Asked) -> anyhow::Result<Report> {
        self.judge(|reader, terms, beside| {
            let period = asked.period(&terms.contract.zone)?;
            let what = (asked, period, &beside.progress);
            let (report, _) = self.checked(reader, terms, what)?;
            Ok(report.with_notes(beside.notes))
        })
    }

    /// As [`Self::report`], the days before it held against the attempts as well; with what others need to check it, if that is wanted.
    pub(super) fn to_be_sent(
        &self,
        period: &Period,
        proving: Proving,
    ) -> anyhow::Result<(Report, Option<Proofs>)> {
        let asked = Asked::Period(period.clone());
        self.judge(|reader, terms, beside| {
            let period = asked.period(&terms.contract.zone)?;
            let what = (&asked, period, &beside.progress);
            let (report, now) = self.checked(reader, terms, what)?;
            earlier_rechecked(reader, &report, terms, (now, &beside.progress))?;
            if proving == Proving::LeftOut {
                return Ok((report.with_notes(beside.notes), None));
            }
            beside.progress.step("collecting the evidence");
            let sources = evidence::Terms {
                plan: beside.plan,
                contract: terms.contract,
                texts: &beside.texts,
                month: &report.name,
                period,
                now,
            };
            let proofs = evidence::collect(reader, sources)?;
            Ok((report.with_notes(beside.notes), Some(proofs)))
        })
    }

    /// The report, held against the attempts, and as of when.
    fn alone(
        &self,
        reader: &Reader,
        terms: Terms<'_>,
        (period, progress): (Interval, &Progress),
    ) -> anyhow::Result<(Report, Timestamp)> {
        let now = self.now();
        let report = gather::report(reader, terms, period, now)?;
        progress.step("holding it against the attempts");
        rechecked(reader, &report, terms, ((period, now), progress))?;
        Ok((report, now))
    }

    /// The same; whole months stand beside others like them.
    fn checked(
        &self,
        reader: &Reader,
        terms: Terms<'_>,
        (asked, period, progress): (&Asked, Interval, &Progress),
    ) -> anyhow::Result<(Report, Timestamp)> {
        let (report, now) = self.alone(reader, terms, (period, progress))?;
        let Asked::Period(_) = asked else {
            return Ok((report, now));
        };
        progress.step("looking at the periods beside it");
        Ok((gather::beside(reader, terms, report, now)?, now))
    }

    /// Judges the period from runs and ticks, and from every attempt.
    pub(super) fn audit(&self, asked: &Asked) -> anyhow::Result<gather::Audit> {
        self.judge(|reader, terms, beside| {
            let period = asked.period(&terms.contract.zone)?;
            beside.progress.step("folding every attempt anew");
            Ok(gather::audit(reader, terms, period, self.now())?)
        })
    }

    /// Judges the month of what is asked for, and tells how it came about.
    pub(super) fn explain(&self, question: Question) -> anyhow::Result<Explained> {
        let Question { what, attempts } = question;
        self.judge(|reader, terms, beside| {
            let zone = Zone::find(&terms.contract.zone)?;
            let period = calendar::month(zone.name(), &what.month(&zone))?;
            inside(reader, &what, &zone)?;
            // The explanation follows from the same judgement as the report does.
            self.alone(reader, terms, (period, &beside.progress))?;
            let found = gather::explanation(reader, terms, period, self.now())?;
            let found = what.pick(found, &zone)?;
            let attempts = match attempts {
                true => Some(gather::attempts(reader, &found.outages)?),
                false => None,
            };
            Ok(Explained {
                what,
                zone,
                found,
                attempts,
            })
        })
    }

    /// Opens the records and reads the terms.
    fn judge<T>(
        &self,
        judge: impl FnOnce(&Reader, Terms<'_>, Beside<'_>) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let progress = Progress::new("reading the records");
        let reader = self.reader()?;
        let plan = self.plan(&reader)?;
        let contract = self.contract(&plan)?;
        let declared = self.declared(&plan)?;
        let terms = Terms {
            contract,
            exclusions: &declared.exclusions,
            corrections: &declared.corrections,
        };
        let beside = Beside {
            progress,
            plan: &plan,
            notes: declared.notes,
            texts: declared.texts,
        };
        judge(&reader, terms, beside)
    }

    /// Puts a record in front of the others.
    pub(super) fn insert(&mut self, name: &OsStr) {
        self.files.insert(0, Place::parse(name));
    }

    /// What stands before the records and reads as an incident: it is taken out of the files.
    pub(super) fn take_incidents(&mut self) -> Vec<What> {
        let named = self.files.iter().map_while(|place| {
            let Place::File(path) = place else {
                return None;
            };
            let what = path.to_str()?.parse().ok()?;
            matches!(what, What::Outage(..) | What::Instant(_)).then_some(what)
        });
        let named: Vec<What> = named.collect();
        self.files.drain(..named.len());
        named
    }

    /// The contract by itself.
    pub(super) fn only_contract(&self) -> anyhow::Result<Contract> {
        self.judge(|_, terms, _| Ok(terms.contract.clone()))
    }

    /// The zone of the contract.
    pub(super) fn zone(&self) -> anyhow::Result<Zone> {
        self.judge(|_, terms, _| Ok(Zone::find(&terms.contract.zone)?))
    }

    /// Where notes are kept.
    pub(super) fn notes_directory(&self) -> &Path {
        self.notes.as_deref().unwrap_or(Path::new("data/incidents"))
    }

    /// The instant as of which everything is judged.
    pub(super) fn now(&self) -> Timestamp {
        Timestamp::from_jiff(self.as_of.unwrap_or_else(jiff::Timestamp::now))
    }

    /// The records as they are now.
    pub(super) fn reader(&self) -> anyhow::Result<Reader> {
        Ok(Reader::open(&self.places()?)?)
    }

    /// The contract named, or all that the plan has.
    pub(super) fn contracts<'p>(&self, plan: &'p Plan) -> anyhow::Result<Vec<&'p Contract>> {
        match (&self.contract, &plan.contracts[..]) {
            (None, [_, ..]) => Ok(plan.contracts.iter().collect()),
            _ => Ok(vec![self.contract(plan)?]),
        }
    }

    /// The records named, or all of `data/*.db`, sorted.
    fn places(&self) -> anyhow::Result<Vec<Place>> {
        if self.files.is_empty() {
            return Ok(all_of_data()?.into_iter().map(Place::File).collect());
        }
        Ok(self.files.clone())
    }

    /// The plan named, or the newest one of the records.
    pub(super) fn plan(&self, reader: &Reader) -> anyhow::Result<Plan> {
        match &self.plan {
            Some(path) => read_plan(path),
            None => stored_plan(reader),
        }
    }

    /// What was declared; nothing where no file is named and the usual one is not there.
    pub(super) fn declared(&self, plan: &Plan) -> anyhow::Result<Declared> {
        declared::read(self, plan)
    }

    /// The contract without the rest of its plan, which may be long; for who leaves nothing out.
    pub(super) fn contract_alone(&self, reader: &Reader) -> anyhow::Result<Contract> {
        if self.exclusions.is_some() {
            let problem = "a series by itself excludes nothing; leave out --exclusions";
            return Err(Usage(problem.into()).into());
        }
        if self.plan.is_some() {
            return Ok(self.contract(&self.plan(reader)?)?.clone());
        }
        let mut all = reader.contracts()?;
        let newest = match all.len() {
            0 | 1 => all.keys().next().copied(),
            _ => reader.latest_plan()?,
        };
        let contracts = newest.and_then(|version| all.remove(&version));
        Ok(self.contract_of(&contracts.ok_or_else(no_plan)?)?.clone())
    }

    /// The contract by its id, or the only one of the plan.
    fn contract<'p>(&self, plan: &'p Plan) -> anyhow::Result<&'p Contract> {
        self.contract_of(&plan.contracts)
    }

    fn contract_of<'p>(&self, contracts: &'p [Contract]) -> anyhow::Result<&'p Contract> {
        let ids = || crate::words::list(contracts.iter().map(|contract| &contract.id));
        let named = |id: &Name| contracts.iter().find(|contract| contract.id == *id);
        match (&self.contract, contracts) {
            (Some(id), _) => named(id).ok_or_else(|| {
                Usage(format!("the plan has no contract {id}; it has {}", ids())).into()
            }),
            (None, [only]) => Ok(only),
            (None, []) => {
                Err(Usage("the plan has no contract; name one that has by --plan".into()).into())
            }
            (None, _) => Err(Usage(format!("say which contract by --contract: {}", ids())).into()),
        }
    }
}

/// All of `data/*.db`, sorted.
fn all_of_data() -> anyhow::Result<Vec<PathBuf>> {
    let directory = Path::new("data");
    let entries =
        std::fs::read_dir(directory).context("no record is named, and data/ cannot be read")?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.context("data/ cannot be read")?.path();
        if path.extension().is_some_and(|extension| extension == "db") {
            paths.push(path);
        }
    }
    paths.sort();
    if paths.is_empty() {
        return Err(Usage("no record is named, and there is no data/*.db".into()).into());
    }
    Ok(paths)
}

impl Asked {
    /// From a first day to a last one, which is the first again unless it is named.
    pub(super) fn days(from: Date, to: Option<Date>) -> anyhow::Result<Self> {
        let last = to.unwrap_or(from);
        if last < from {
            return Err(Usage(format!("--to {last} lies before --from {from}")).into());
        }
        Ok(Self::Days(from, last))
    }

    fn period(&self, zone: &str) -> anyhow::Result<Interval> {
        Ok(match self {
            Self::Days(first, last) => {
                calendar::dates(zone, &first.to_string(), &last.to_string())?
            }
            Self::Period(period) => period.interval(zone)?,
        })
    }
}

pub(super) fn read_plan(path: &Path) -> anyhow::Result<Plan> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the plan {}", path.display()))?;
    Ok(Plan::parse(&text, &path.display().to_string())?)
}

fn stored_plan(reader: &Reader) -> anyhow::Result<Plan> {
    let version = reader.latest_plan()?;
    let plans = reader.plans()?;
    let plan = version.and_then(|version| plans.get(&version).copied());
    Ok(plan.ok_or_else(no_plan)?.clone())
}

fn no_plan() -> Usage {
    Usage("the records hold no plan; name one by --plan".into())
}
