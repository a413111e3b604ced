//! The body of a batch: tables, one column per field, groups of latencies.

use super::groups::{AFTER, DUE, Groups, Ungroup};
use super::predict::{self, Before};
use super::tables::{Tables, phases_of};
use super::varint::{Sink, Source};
use super::{WireError, in_range};
use crate::attempt::{Attempt, Detail, Family, Kind, StepPhases};
use crate::name::Name;
use crate::phases::{Micros, Phase, Phases};
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::{CanaryState, Class, SecondResolver, Verdict};

/// The columns, in the order in which they are written.
#[derive(Clone, Copy, Debug)]
enum Column {
    Sequence,
    Probe,
    Plan,
    Kind,
    Tick,
    Account,
    Start,
    EvidenceEnd,
    EvidenceStart,
    Verdict,
    Class,
    Step,
    Status,
    Family,
    Shape,
    Total,
    Slow,
    ClockError,
    Canary,
    SecondResolver,
    Detail,
}

const COLUMNS: usize = Column::Detail as usize + 1;
const KINDS: [Kind; 3] = [Kind::Base, Kind::Fast, Kind::Retry];
const VERDICTS: [Verdict; 4] = [Verdict::Good, Verdict::Bad, Verdict::Void, Verdict::Held];
const FAMILIES: [Option<Family>; 3] = [Some(Family::V4), Some(Family::V6), None];
const CANARIES: [CanaryState; 4] = [
    CanaryState::Unasked,
    CanaryState::Ok,
    CanaryState::Failed,
    CanaryState::Assumed,
];
const RESOLVERS: [Option<SecondResolver>; 3] = [
    None,
    Some(SecondResolver::Answered),
    Some(SecondResolver::Failed),
];

/// Packs `attempts`.
pub(super) fn encode(attempts: &[Attempt]) -> Vec<u8> {
    let mut packer = Packer::default();
    for attempt in attempts {
        packer.push(attempt);
    }
    packer.finish()
}

/// Unpacks `count` attempts.
pub(super) fn decode(body: &[u8], count: usize) -> Result<Vec<Attempt>, WireError> {
    let mut unpacker = Unpacker::new(body)?;
    let attempts: Result<Vec<Attempt>, WireError> = (0..count).map(|_| unpacker.next()).collect();
    unpacker.end()?;
    attempts
}

#[derive(Debug, Default)]
struct Packer {
    tables: Tables,
    columns: [Sink; COLUMNS],
    groups: Groups,
    before: Before,
}

impl Packer {
    fn push(&mut self, attempt: &Attempt) {
        let probe = self.tables.names.place(&attempt.probe);
        self.push_times(attempt, probe);
        self.unsigned(Column::Probe, probe);
        let plan = self.tables.plans.place(&attempt.plan);
        self.unsigned(Column::Plan, plan);
        self.unsigned(Column::Kind, place(&KINDS, &attempt.kind));
        let account = attempt.account.as_ref();
        let account = account.map_or(0, |account| self.tables.accounts.place(account) + 1);
        self.unsigned(Column::Account, account);
        self.unsigned(Column::Verdict, place(&VERDICTS, &attempt.verdict));
        let class = attempt
            .class
            .map_or(0, |class| place(&Class::ALL, &class) + 1);
        self.unsigned(Column::Class, class);
        let step = attempt.step.as_ref();
        let step = step.map_or(0, |step| self.tables.names.place(step) + 1);
        self.unsigned(Column::Step, step);
        self.unsigned(Column::Status, usize::from(attempt.status.unwrap_or(0)));
        self.unsigned(Column::Family, place(&FAMILIES, &attempt.family));
        self.unsigned(Column::Slow, usize::from(attempt.slow));
        self.unsigned(Column::Canary, place(&CANARIES, &attempt.canary));
        self.unsigned(
            Column::SecondResolver,
            place(&RESOLVERS, &attempt.second_resolver),
        );
        let empty = attempt.detail.as_str().is_empty();
        let detail = if empty {
            0
        } else {
            self.tables.details.place(&attempt.detail) + 1
        };
        self.unsigned(Column::Detail, detail);
        self.push_latencies(attempt, probe);
    }

    fn push_times(&mut self, attempt: &Attempt, probe: usize) {
        let sequence = attempt.sequence.cast_signed();
        self.signed(
            Column::Sequence,
            sequence.wrapping_sub(self.before.sequence),
        );
        self.before.sequence = sequence.wrapping_add(1);
        let tick = attempt.tick.0;
        self.signed(Column::Tick, tick.wrapping_sub(self.before.tick(probe)));
        self.before.ticked(probe, tick);
        self.groups
            .push((probe, 0, DUE), attempt.due.0.wrapping_sub(tick));
        self.signed(Column::Start, attempt.start.0.wrapping_sub(attempt.due.0));
        let arrival = attempt
            .start
            .0
            .wrapping_add(predict::length(&attempt.steps));
        let evidence = attempt.evidence;
        self.signed(Column::EvidenceEnd, evidence.end.0.wrapping_sub(arrival));
        let sent = evidence
            .end
            .0
            .wrapping_sub(predict::last_exchange(&attempt.steps));
        self.signed(Column::EvidenceStart, evidence.start.0.wrapping_sub(sent));
        self.groups.push(
            (probe, 0, AFTER),
            attempt.end.0.wrapping_sub(evidence.end.0),
        );
        let clock_error = attempt.clock_error.0;
        self.signed(
            Column::ClockError,
            clock_error.wrapping_sub(self.before.clock_error),
        );
        self.before.clock_error = clock_error;
    }

    fn push_latencies(&mut self, attempt: &Attempt, probe: usize) {
        let shape = self.tables.shape(attempt);
        self.unsigned(Column::Shape, shape);
        for step in &attempt.steps {
            let name = self.tables.names.place(&step.step);
            for (slot, phase) in (0..).zip(Phase::ALL) {
                if let Some(latency) = step.phases.of(phase) {
                    self.groups
                        .push((probe, name, slot), predict::bucket(latency));
                }
            }
        }
        match attempt.total {
            None => self.unsigned(Column::Total, 0),
            Some(total) => {
                self.unsigned(Column::Total, 1);
                let expected =
                    predict::total(open_loop(attempt.start, attempt.due, &attempt.steps));
                self.signed(Column::Total, predict::bucket(total) - expected);
            }
        }
    }

    fn unsigned(&mut self, column: Column, value: usize) {
        self.columns[column as usize].size(value);
    }

    fn signed(&mut self, column: Column, value: i64) {
        self.columns[column as usize].signed(value);
    }

    fn finish(self) -> Vec<u8> {
        let mut sink = Sink::default();
        self.tables.write(&mut sink);
        for column in self.columns {
            sink.bytes(&column.into_bytes());
        }
        self.groups.write(&mut sink);
        sink.into_bytes()
    }
}

#[derive(Debug)]
struct Unpacker<'a> {
    tables: Tables,
    columns: Vec<Source<'a>>,
    groups: Ungroup<'a>,
    before: Before,
}

/// The instants of one attempt, which are told by differences.
struct Times {
    tick: Timestamp,
    due: Timestamp,
    start: Timestamp,
    end: Timestamp,
    evidence: Interval,
}

impl<'a> Unpacker<'a> {
    fn new(body: &'a [u8]) -> Result<Self, WireError> {
        let mut source = Source::new(body);
        let tables = Tables::read(&mut source)?;
        let columns = (0..COLUMNS).map(|_| Ok(Source::new(source.bytes()?)));
        let columns = columns.collect::<Result<_, WireError>>()?;
        let groups = Ungroup::read(&mut source)?;
        source.end()?;
        Ok(Self {
            tables,
            columns,
            groups,
            before: Before::default(),
        })
    }

    fn next(&mut self) -> Result<Attempt, WireError> {
        let probe_place = self.unsigned(Column::Probe)?;
        let probe = self.tables.names.at(probe_place)?.clone();
        let place = usize::try_from(probe_place)
            .map_err(|_| WireError::Malformed("a place is too large"))?;
        let sequence = self
            .signed(Column::Sequence)?
            .wrapping_add(self.before.sequence);
        self.before.sequence = sequence.wrapping_add(1);
        let steps = self.steps(place)?;
        let times = self.times(place, &steps)?;
        let clock_error = self
            .signed(Column::ClockError)?
            .wrapping_add(self.before.clock_error);
        self.before.clock_error = clock_error;
        Ok(Attempt {
            sequence: sequence.cast_unsigned(),
            probe,
            plan: self.plan()?,
            tick: times.tick,
            due: times.due,
            kind: self.one_of(Column::Kind, &KINDS)?,
            account: match self.unsigned(Column::Account)?.checked_sub(1) {
                None => None,
                Some(place) => Some(self.tables.accounts.at(place)?.clone()),
            },
            start: times.start,
            end: times.end,
            evidence: times.evidence,
            verdict: self.one_of(Column::Verdict, &VERDICTS)?,
            class: self.class()?,
            step: self.step()?,
            status: self.status()?,
            family: self.one_of(Column::Family, &FAMILIES)?,
            total: self.total(&times, &steps)?,
            steps,
            slow: self.one_of(Column::Slow, &[false, true])?,
            clock_error: Millis(clock_error),
            canary: self.one_of(Column::Canary, &CANARIES)?,
            second_resolver: self.one_of(Column::SecondResolver, &RESOLVERS)?,
            detail: match self.unsigned(Column::Detail)?.checked_sub(1) {
                None => Detail::default(),
                Some(place) => self.tables.details.at(place)?.clone(),
            },
        })
    }

    fn times(&mut self, probe: usize, steps: &[StepPhases]) -> Result<Times, WireError> {
        let tick = self
            .signed(Column::Tick)?
            .wrapping_add(self.before.tick(probe));
        self.before.ticked(probe, tick);
        let due = self.groups.next((probe, 0, DUE))?.wrapping_add(tick);
        let start = self.signed(Column::Start)?.wrapping_add(due);
        let arrival = start.wrapping_add(predict::length(steps));
        let evidence_end = self.signed(Column::EvidenceEnd)?.wrapping_add(arrival);
        let sent = evidence_end.wrapping_sub(predict::last_exchange(steps));
        let evidence_start = self.signed(Column::EvidenceStart)?.wrapping_add(sent);
        let end = self
            .groups
            .next((probe, 0, AFTER))?
            .wrapping_add(evidence_end);
        let instants = [tick, due, start, end, evidence_start, evidence_end];
        in_range(instants.map(Timestamp))?;
        Ok(Times {
            tick: Timestamp(tick),
            due: Timestamp(due),
            start: Timestamp(start),
            end: Timestamp(end),
            evidence: Interval::new(Timestamp(evidence_start), Timestamp(evidence_end)),
        })
    }

    fn steps(&mut self, probe: usize) -> Result<Vec<StepPhases>, WireError> {
        let shape = self.unsigned(Column::Shape)?;
        let shape = self.tables.shapes.at(shape)?.clone();
        let mut steps = Vec::new();
        for (name, mask) in shape {
            let mut phases = Phases::default();
            for phase in phases_of(mask) {
                let slot = u8::try_from(place(&Phase::ALL, &phase))
                    .map_err(|_| WireError::Malformed("there are five phases"))?;
                *phases.slot(phase) =
                    Some(predict::latency(self.groups.next((probe, name, slot))?)?);
            }
            let name =
                u64::try_from(name).map_err(|_| WireError::Malformed("a place is too large"))?;
            let step = self.tables.names.at(name)?.clone();
            steps.push(StepPhases { step, phases });
        }
        Ok(steps)
    }

    fn total(&mut self, times: &Times, steps: &[StepPhases]) -> Result<Option<Micros>, WireError> {
        if !self.one_of(Column::Total, &[false, true])? {
            return Ok(None);
        }
        let expected = predict::total(open_loop(times.start, times.due, steps));
        let bucket = self.signed(Column::Total)?.wrapping_add(expected);
        predict::latency(bucket).map(Some)
    }

    fn plan(&mut self) -> Result<u32, WireError> {
        let place = self.unsigned(Column::Plan)?;
        self.tables.plans.at(place).copied()
    }

    fn class(&mut self) -> Result<Option<Class>, WireError> {
        match self.unsigned(Column::Class)?.checked_sub(1) {
            None => Ok(None),
            Some(class) => at(&Class::ALL, class).map(Some),
        }
    }

    fn step(&mut self) -> Result<Option<Name>, WireError> {
        match self.unsigned(Column::Step)?.checked_sub(1) {
            None => Ok(None),
            Some(place) => Ok(Some(self.tables.names.at(place)?.clone())),
        }
    }

    fn status(&mut self) -> Result<Option<u16>, WireError> {
        let status = u16::try_from(self.unsigned(Column::Status)?);
        let status = status.map_err(|_| WireError::Malformed("a status is out of range"))?;
        Ok((status != 0).then_some(status))
    }

    fn one_of<T: Copy>(&mut self, column: Column, values: &[T]) -> Result<T, WireError> {
        at(values, self.unsigned(column)?)
    }

    fn unsigned(&mut self, column: Column) -> Result<u64, WireError> {
        self.columns[column as usize].unsigned()
    }

    fn signed(&mut self, column: Column) -> Result<i64, WireError> {
        self.columns[column as usize].signed()
    }

    fn end(&self) -> Result<(), WireError> {
        self.columns.iter().try_for_each(Source::end)?;
        self.groups.end()
    }
}

/// From the due instant to the end of all steps, in microseconds.
fn open_loop(start: Timestamp, due: Timestamp, steps: &[StepPhases]) -> i64 {
    let waited = start.0.wrapping_sub(due.0).wrapping_mul(1_000);
    waited.wrapping_add(predict::micros(steps))
}

fn place<T: PartialEq>(values: &[T], value: &T) -> usize {
    let place = values.iter().position(|other| other == value);
    place.expect("the list names every variant")
}

fn at<T: Copy>(values: &[T], place: u64) -> Result<T, WireError> {
    let place = usize::try_from(place).ok();
    place
        .and_then(|place| values.get(place).copied())
        .ok_or(WireError::Malformed("a code is unknown"))
}
