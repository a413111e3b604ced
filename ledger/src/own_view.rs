//! What one agent's record tells of its contracts, kept as table `outage` in the same file: for a glance by hand.
//!
//! The engine judges the file alone, as if its region were all that counts. Written after a fold, and only if something
//! was folded that could change it; from the last long stretch of up time on, because what lies before is settled.
//! It is the same whether it was written bit by bit or at once, and can be rebuilt at any time.

use crate::contract::{Contract, EdgeMode};
use crate::lookout::{Keeper, LookoutError};
use crate::name::Name;
use crate::outage::{Bounds, Edge, Outage};
use crate::plan::{Layer, Plan};
use crate::record::{Agent, Record};
use crate::run::Grid;
use crate::state::{Lane, State};
use crate::store::{Folded, Judged, OutageRow, StoreError, Writer};
use crate::tally::{AssessError, Assessment, assess};
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;

/// The version of the engine: another one judges everything anew.
const PROGRAM: &str = env!("CARGO_PKG_VERSION");

/// Keeps the outages of one agent's record.
#[derive(Debug)]
pub struct OwnView {
    contracts: Vec<Terms>,
    /// How long the service must be up before and after an instant for it to part what was from what comes.
    reach: Millis,
    /// Ticks that are quiet by themselves may still change what was made of the last ones.
    pending: bool,
    keeper: Keeper,
    /// The UTC day up to which the days of single series were kept last.
    kept: Option<i64>,
}

/// Why the outages of a record cannot be kept.
#[derive(Debug, thiserror::Error)]
pub enum OwnViewError {
    /// The engine cannot judge the record.
    #[error("the outages of contract {contract} cannot be told: {error}")]
    Assess {
        /// The contract.
        contract: Name,
        /// What the engine says.
        error: AssessError,
    },
    /// The days of single series cannot be kept.
    #[error("the days of single series cannot be kept: {0}")]
    Days(#[from] LookoutError),
    /// The record cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Debug)]
struct Terms {
    contract: Contract,
    hash: String,
}

impl OwnView {
    /// The view of `agent` on the contracts of `plan` that its region counts in.
    pub fn new(agent: &Agent, plan: &Plan) -> Self {
        let contracts = plan.contracts.iter();
        let contracts = contracts.filter_map(|contract| {
            Some(Terms {
                hash: hash(contract),
                contract: alone(contract, &agent.region)?,
            })
        });
        let counted = Grid::all(plan).filter(|(probe, _)| probe.layer() == Layer::Service);
        let reach = counted.map(|(_, grid)| grid.context() + grid.disorder());
        Self {
            contracts: contracts.collect(),
            reach: reach.max().unwrap_or(Millis::ZERO),
            pending: true,
            keeper: Keeper::new(plan),
            kept: None,
        }
    }

    /// Brings the outages up to date, if `writer` has folded something that could change them. To be called often.
    ///
    /// # Errors
    /// [`OwnViewError`]; the record is safe all the same, and the next call tries again.
    pub fn refresh(&mut self, writer: &mut Writer) -> Result<(), OwnViewError> {
        let folded = writer.take_folded();
        if folded == Folded::Nothing {
            return Ok(());
        }
        if folded == Folded::Trouble || self.pending {
            self.refresh_outages(writer)?;
        }
        self.keep_days(writer)
    }

    fn refresh_outages(&mut self, writer: &mut Writer) -> Result<(), OwnViewError> {
        self.pending = true;
        let ids: Vec<Name> = self.contracts.iter().map(Terms::id).collect();
        writer.keep_outages_of(&ids)?;
        let mut settled = true;
        for terms in &self.contracts {
            settled &= terms.refresh(writer, self.reach)?;
        }
        self.pending = !settled;
        Ok(())
    }

    /// Brings table `day` up to date, once a day of ticks: what it does not hold is judged when it is asked for.
    fn keep_days(&mut self, writer: &mut Writer) -> Result<(), OwnViewError> {
        let newest = writer.newest_folded()?;
        let day = newest.map(|tick| tick.0.div_euclid(86_400_000));
        if day != self.kept {
            self.keeper.refresh(writer)?;
            self.kept = day;
        }
        Ok(())
    }
}

impl Terms {
    fn id(&self) -> Name {
        self.contract.id.clone()
    }

    /// Judges what is not settled, and says whether all of it is now.
    fn refresh(&self, writer: &mut Writer, reach: Millis) -> Result<bool, OwnViewError> {
        let known = writer.judged(&self.contract.id)?;
        let known =
            known.filter(|known| known.contract_hash == self.hash && known.program == PROGRAM);
        let from = known.map(|known| known.settled_before);
        let around = Interval::new(
            from.map_or(Timestamp(i64::MIN / 2), |from| from - reach),
            Timestamp(i64::MAX / 2),
        );
        let record = writer.record(around)?;
        let Some(extent) = extent(&record) else {
            return Ok(true);
        };
        let period = Interval::new(from.unwrap_or(extent.start), extent.end);
        if period.is_empty() {
            return Ok(true);
        }
        let found = assess(&record, &self.contract, period, period.end);
        let found = found.map_err(|error| OwnViewError::Assess {
            contract: self.id(),
            error,
        })?;
        let (border, settled) = border(&found.service, reach);
        let judged = Judged {
            contract: self.id(),
            contract_hash: self.hash.clone(),
            program: PROGRAM.to_owned(),
            settled_before: border.unwrap_or(period.start),
            judged_until: period.end,
        };
        let from = from.unwrap_or(Timestamp(i64::MIN));
        writer.write_outages(&judged, from, &rows(&found))?;
        Ok(settled)
    }
}

/// The contract as if `region` were all there is; `None` if it does not count there.
///
/// Otherwise the regions that this file knows nothing of would make all of it unknown.
fn alone(contract: &Contract, region: &Name) -> Option<Contract> {
    let mut own = contract.clone();
    own.regions.retain(|one| one.name == *region);
    (contract.regions.is_empty() || !own.regions.is_empty()).then_some(own)
}

fn hash(contract: &Contract) -> String {
    let bytes = serde_json::to_vec(contract).expect("a contract's maps have text keys");
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    let hex = hash
        .as_ref()
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"));
    hex.collect()
}

/// From the first instant that the record tells of to the last.
fn extent(record: &Record) -> Option<Interval> {
    let entries = || record.series.iter().flat_map(|series| &series.entries);
    let start = entries()
        .map(|entry| entry.tick().min(entry.span().start))
        .min()?;
    let end = entries()
        .map(|entry| entry.tick().max(entry.span().end))
        .max()?;
    Some(Interval::new(start, end))
}

/// An instant with `reach` of up time on both sides, as late as may be; and whether the record ends in such up time.
fn border(service: &Lane, reach: Millis) -> (Option<Timestamp>, bool) {
    let long = |up: &Interval| up.length() >= reach + reach;
    let border = service.of(State::Up).iter().filter(long).last();
    let last = service.0.last();
    let settled =
        last.is_some_and(|last| last.state == State::Up && last.interval.length() >= reach);
    (border.map(|up| up.end - reach), settled)
}

fn rows(found: &Assessment) -> Vec<OutageRow> {
    found.outages.iter().map(row).collect()
}

fn row(outage: &Outage) -> OutageRow {
    let edge = |edge: Edge| [edge.earliest, edge.estimate, edge.latest];
    let bounds = |bounds: Bounds| [bounds.lower, bounds.estimate, bounds.upper];
    let classes = outage.classes.iter();
    let classes: std::collections::BTreeMap<&str, &u32> = classes
        .map(|(class, count)| (Class::as_str(*class), count))
        .collect();
    OutageRow {
        start: edge(outage.start),
        end: edge(outage.end),
        open: outage.open,
        length: bounds(outage.length),
        counted: bounds(outage.counted),
        edges: match outage.edges {
            EdgeMode::Fused => "fused",
            EdgeMode::Quorum => "quorum",
        },
        personas: json(&outage.personas),
        regions: json(&outage.regions),
        classes: json(&classes),
        session_only: outage.session_only,
        borderline: outage.borderline,
        confirmed: outage.confirmed,
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("lists and maps of texts and numbers are JSON")
}

#[cfg(test)]
pub(crate) mod tests;
