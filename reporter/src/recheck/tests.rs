//! Bits that flip in a file at rest: no number changes without a word.

use std::path::{Path, PathBuf};

use ledger::record::Agent;
use ledger::store::Writer;
use serde_json::Value;

use super::*;

#[path = "../../tests/command/looks.rs"]
mod looks;

/// Friday 14 December 2018, 16:00 to 19:00 in New York, with an outage of half an hour.
const SPAN: Interval = Interval {
    start: Timestamp(1_544_821_200_000),
    end: Timestamp(1_544_832_000_000),
};
const DOWN: Interval = Interval {
    start: Timestamp(1_544_825_700_000),
    end: Timestamp(1_544_827_500_000),
};
const NOW: Timestamp = Timestamp(1_546_300_800_000);

fn plan() -> Plan {
    let text = include_str!("../../tests/command/probes.toml");
    Plan::parse(text, "probes.toml").expect("a plan")
}

fn write(path: &Path) {
    let plan = plan();
    let region = &plan.regions[0];
    let agent = Agent {
        name: region.clone(),
        region: region.clone(),
    };
    let attempts = looks::all(&plan, region, SPAN, |_, due| !DOWN.contains(due));
    let mut writer = Writer::open(path, &agent, &plan).expect("a new record");
    for some in attempts.chunks(100) {
        writer.append(some).expect("it is written");
        writer.seal().expect("it is sealed");
    }
    writer.close().expect("it is closed");
}

/// How a report of the file ends.
#[derive(Clone, Debug, PartialEq)]
enum End {
    /// It is printed, with these figures.
    Printed(Value),
    /// An error is printed instead.
    Refused(String),
}

/// Looks at a report again, or does not.
type Look = fn(&Reader, &Report, Terms<'_>, (Interval, Timestamp)) -> Result<Recheck, RecheckError>;

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
fn report(path: &Path, look: Look) -> End {
    made(path, look).map_or_else(|error| End::Refused(format!("{error:#}")), End::Printed)
}

fn made(path: &Path, look: Look) -> anyhow::Result<Value> {
    let reader = Reader::open(&[path])?;
    let plans = reader.plans()?;
    let version = reader.latest_plan()?;
    let plan = version.and_then(|version| plans.get(&version).copied());
    let plan = plan.ok_or_else(|| anyhow::anyhow!("the records hold no plan"))?;
    let contract = plan.contracts.first();
    let contract = contract.ok_or_else(|| anyhow::anyhow!("the plan has no contract"))?;
    let terms = Terms::from(contract);
    let period = ledger::calendar::dates(&contract.zone, "2018-12-14", "2018-12-14")?;
    let report = gather::report(&reader, terms, period, NOW)?;
    look(&reader, &report, terms, (period, NOW))?;
    Ok(compared(&report))
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

struct Flips {
    directory: tempfile::TempDir,
    whole: Vec<u8>,
    honest: End,
    state: u64,
}

impl Flips {
    fn new(seed: u64) -> Self {
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
}

/// How many bits are flipped: 1,000 here, `FLIPS` says another number.
fn count() -> u64 {
    let asked = std::env::var("FLIPS").ok();
    asked.and_then(|text| text.parse().ok()).unwrap_or(1_000)
}

/// The control stands inside: figures that only the second look keeps from being printed.
#[test]
fn no_flipped_bit_changes_a_figure_without_a_word() {
    let mut flips = Flips::new(0x9e37_79b9_7f4a_7c15);
    assert!(
        matches!(flips.honest, End::Printed(_)),
        "{:?}",
        flips.honest
    );
    let (mut same, mut refused, mut caught, mut named) = (0, 0, 0, 0);
    let mut silent = Vec::new();
    for _ in 0..count() {
        let (path, bit) = flips.next();
        // The second look can only refuse; whoever gets the right figures without it is not misled.
        match report(&path, trust) {
            end if end == flips.honest => same += 1,
            End::Refused(_) => refused += 1,
            End::Printed(_) => match report(&path, recheck) {
                End::Refused(told) => {
                    caught += 1;
                    named += u32::from(is_named(&path));
                    let damaged = told.contains("damaged") || told.contains("malformed");
                    assert!(damaged, "{told}");
                }
                End::Printed(_) => silent.push(bit),
            },
        }
    }
    let (all, bytes) = (count(), flips.whole.len());
    println!(
        "{all} bits of {bytes} bytes: {same} change no figure, {refused} are refused when they are read, {caught} would change \
         a figure in silence and are refused by the second look ({named} named by the audit), {} pass",
        silent.len()
    );
    assert_eq!(silent, [0; 0], "bits that change a figure in silence");
    assert!(
        caught > 0,
        "no bit would have changed a figure, so nothing was tried"
    );
}
