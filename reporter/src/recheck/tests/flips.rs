//! One bit after another of a file at rest.

use std::fmt;
use std::path::{Path, PathBuf};

use ledger::bundle::Known;
use serde_json::Value;

use super::*;
use crate::evidence::{self, Texts};
use crate::gather;
use crate::verify::verify;

/// How a report of the file ends.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum End {
    /// It is printed, with these figures.
    Printed(Value),
    /// An error is printed instead.
    Refused(String),
}

/// Looks at a report again, or does not.
pub(super) type Look =
    fn(&Reader, &Report, Terms<'_>, (Interval, Timestamp)) -> Result<Recheck, RecheckError>;

/// No second look.
fn trust(
    _: &Reader,
    _: &Report,
    _: Terms<'_>,
    _: (Interval, Timestamp),
) -> Result<Recheck, RecheckError> {
    Ok(Recheck::Agrees)
}

/// The report of the Friday, as `reporter days` makes it, with or without a second look.
pub(super) fn report(path: &Path, look: Look) -> End {
    made(path, look).map_or_else(|error| End::Refused(format!("{error:#}")), End::Printed)
}

fn made(path: &Path, look: Look) -> anyhow::Result<Value> {
    let (reader, report, plan, period) = looked(path, ["2018-12-14", "2018-12-14"])?;
    let terms = Terms::from(&plan.contracts[0]);
    look(&reader, &report, terms, (period, NOW))?;
    Ok(compared(&report))
}

fn looked(
    path: &Path,
    [first, last]: [&str; 2],
) -> anyhow::Result<(Reader, Report, Plan, Interval)> {
    let reader = Reader::open(&[path])?;
    let plans = reader.plans()?;
    let version = reader.latest_plan()?;
    let plan = version.and_then(|version| plans.get(&version).copied());
    let plan = plan.ok_or_else(|| anyhow::anyhow!("the records hold no plan"))?;
    let plan = plan.clone();
    let contract = plan.contracts.first();
    let contract = contract.ok_or_else(|| anyhow::anyhow!("the plan has no contract"))?;
    let period = ledger::calendar::dates(&contract.zone, first, last)?;
    let report = gather::report(&reader, Terms::from(contract), period, NOW)?;
    Ok((reader, report, plan, period))
}

/// Whether an audit of the file finds anything, or cannot be made at all.
fn is_named(path: &Path) -> bool {
    let audit = || -> anyhow::Result<bool> {
        let reader = Reader::open(&[path])?;
        let contract = plan().contracts[0].clone();
        let period = ledger::calendar::dates(&contract.zone, "2018-12-14", "2018-12-14")?;
        let found = gather::audit(&reader, &contract, period, NOW)?;
        Ok(!crate::audit::agrees(&found))
    };
    audit().unwrap_or(true)
}

/// Whether `reporter verify` finds anything in the evidence that would be issued with the report, or there can be none.
pub(super) fn is_shown(path: &Path) -> bool {
    let shown = || -> anyhow::Result<bool> {
        let (reader, report, plan, period) = looked(path, ["2018-12-01", "2018-12-31"])?;
        let terms = evidence::Terms {
            plan: &plan,
            contract: &plan.contracts[0],
            texts: &Texts::default(),
            month: "2018-12",
            period,
            now: NOW,
        };
        let document = serde_json::to_vec(&document(&report))?;
        let packed = evidence::collect(&reader, terms)?.with(&document)?;
        let found = verify(&ledger::bundle::tar::unpack(&packed)?, Known::default())?;
        Ok(!found.agrees())
    };
    shown().unwrap_or(true)
}

/// A file, what it honestly says, and the bits that are flipped in it.
pub(super) struct Flips {
    directory: tempfile::TempDir,
    whole: Vec<u8>,
    pub(super) honest: End,
    state: u64,
}

/// What became of them.
#[derive(Debug, Default)]
pub(super) struct Told {
    all: u64,
    bytes: usize,
    same: u64,
    refused: u64,
    pub(super) caught: u64,
    named: u64,
    shown: u64,
    /// Which bits, and what they change first.
    pub(super) silent: Vec<(usize, String)>,
}

impl Flips {
    pub(super) fn new(seed: u64, write: impl Fn(&Path)) -> Self {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("whole.db");
        write(&path);
        Self {
            whole: std::fs::read(&path).expect("it is there"),
            honest: report(&path, recheck),
            directory,
            state: seed,
        }
    }

    /// A copy with one bit flipped, and which.
    fn next(&mut self) -> (PathBuf, usize) {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let bit = usize::try_from(self.state % (self.whole.len() as u64 * 8)).expect("small");
        let mut edited = self.whole.clone();
        edited[bit / 8] ^= 1 << (bit % 8);
        let path = self.directory.path().join("edited.db");
        std::fs::write(&path, edited).expect("it is written");
        (path, bit)
    }

    /// Flips `all` bits, each in a file of its own.
    pub(super) fn tried(&mut self, all: u64) -> Told {
        let honest = self.honest.clone();
        assert!(matches!(honest, End::Printed(_)), "{honest:?}");
        let mut told = Told {
            all,
            bytes: self.whole.len(),
            ..Told::default()
        };
        for _ in 0..all {
            let (path, bit) = self.next();
            // The second look can only refuse; whoever gets the right figures without it is not misled.
            match report(&path, trust) {
                end if end == honest => told.same += 1,
                End::Refused(_) => told.refused += 1,
                End::Printed(_) => match report(&path, recheck) {
                    End::Refused(error) => {
                        told.caught += 1;
                        told.named += u64::from(is_named(&path));
                        told.shown += u64::from(is_shown(&path));
                        let damaged = error.contains("damaged") || error.contains("malformed");
                        assert!(damaged, "{error}");
                    }
                    End::Printed(figures) => told.silent.push((bit, difference(&honest, &figures))),
                },
            }
        }
        told
    }
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let silent = self.silent.len();
        let Self {
            all,
            bytes,
            same,
            refused,
            caught,
            named,
            shown,
            ..
        } = self;
        write!(
            f,
            "{all} bits of {bytes} bytes: {same} change no figure, {refused} are refused when they are read, {caught} would \
             change a figure in silence and are refused by the second look ({named} named by the audit, {shown} by verify), \
             {silent} pass"
        )
    }
}

/// The first figure in which what is printed is not what is true.
fn difference(honest: &End, printed: &Value) -> String {
    let End::Printed(honest) = honest else {
        return String::new();
    };
    let changes = diff(honest, printed).into_iter();
    let mut changes = changes.filter(|one| one.path != "/hash");
    changes
        .next()
        .map(|one| format!("{one:?}"))
        .unwrap_or_default()
}

/// How many bits are flipped: 1,000 here, `FLIPS` says another number.
pub(super) fn count() -> u64 {
    let asked = std::env::var("FLIPS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(1_000)
}
