//! The body of a batch: tables of what attempts share, then each attempt as a row, probe by probe, in one stream of decisions.
//!
//! Attempts stand in the order of their probes and ticks, because what comes next is best known from the same probe; the order
//! of their numbers is mostly that of their ends, so that it costs next to nothing to tell beside.

use std::collections::BTreeSet;

use super::fact::{self, Facts};
use super::number::Number;
use super::range::{Code, Decoder, Encoder};
use super::row::{Columns, Row};
use super::tables::{Tables, phases_of};
use super::{WireError, in_range};
use crate::attempt::{Account, Attempt, StepPhases};
use crate::name::Name;
use crate::phases::{Micros, Phases};
use crate::time::{Interval, Millis, Timestamp};

/// The attempts of a batch as numbers.
#[derive(Debug, Default)]
struct Rows {
    /// How many there are of each probe, in the order of the table.
    counts: Vec<usize>,
    rows: Vec<Row>,
    /// Of all rows, one after the other.
    latencies: Vec<Micros>,
    /// Where in `rows` each attempt stands.
    order: Vec<usize>,
    /// In the order of the batch: the number of each attempt, and the error of its clock.
    numbers: Vec<(i64, i64)>,
}

/// Packs `attempts`.
///
/// # Errors
/// [`WireError::TooMuch`] if they hold more than [`super::MAX_TEXT`] of different texts.
pub(super) fn encode(attempts: &[Attempt]) -> Result<Vec<u8>, WireError> {
    let (mut tables, mut rows) = gather(attempts);
    let mut encoder = Encoder::default();
    tables.code(&mut encoder, attempts.len())?;
    let facts = fact::all(&tables)?;
    rows.code(&mut encoder, (&tables, &facts), attempts.len())?;
    Ok(encoder.finish())
}

/// Unpacks `count` attempts.
pub(super) fn decode(body: &[u8], count: usize) -> Result<Vec<Attempt>, WireError> {
    let mut decoder = Decoder::new(body);
    let (mut tables, mut rows) = (Tables::default(), Rows::with_room(count));
    tables.code(&mut decoder, count)?;
    let facts = fact::all(&tables)?;
    rows.code(&mut decoder, (&tables, &facts), count)?;
    decoder.end()?;
    rows.attempts(&tables, &facts)
}

fn gather(attempts: &[Attempt]) -> (Tables, Rows) {
    let (mut tables, mut rows) = (Tables::default(), Rows::default());
    let probes: BTreeSet<&Name> = attempts.iter().map(|attempt| &attempt.probe).collect();
    for probe in probes {
        tables.probes.place(probe);
    }
    rows.counts = vec![0; tables.probes.len()];
    let mut sorted: Vec<(usize, Timestamp, usize)> = Vec::with_capacity(attempts.len());
    for (position, attempt) in attempts.iter().enumerate() {
        let probe = tables.probes.place(&attempt.probe);
        rows.counts[probe] += 1;
        sorted.push((probe, attempt.tick, position));
        let number = attempt.sequence.cast_signed();
        rows.numbers.push((number, attempt.clock_error.0));
    }
    sorted.sort_unstable();
    rows.order = vec![0; attempts.len()];
    for (place, (_, _, position)) in sorted.into_iter().enumerate() {
        rows.order[position] = place;
        let attempt = &attempts[position];
        rows.rows.push(row(attempt, &mut tables));
        let steps = attempt.steps.iter();
        let all = steps.flat_map(|step| phases_of(31).map(|(_, phase)| step.phases.of(phase)));
        rows.latencies.extend(all.flatten());
    }
    (tables, rows)
}

fn row(attempt: &Attempt, tables: &mut Tables) -> Row {
    let account = attempt.account.as_ref();
    Row {
        fact: fact::note(attempt, tables),
        account: account.map_or(0, |account| tables.accounts.place(account) + 1),
        tick: attempt.tick.0,
        due: attempt.due.0,
        start: attempt.start.0,
        sent: attempt.evidence.start.0,
        seen: attempt.evidence.end.0,
        end: attempt.end.0,
        total: attempt.total,
    }
}

impl Rows {
    /// None yet; of a number that was checked.
    fn with_room(count: usize) -> Self {
        Self {
            counts: Vec::new(),
            rows: Vec::with_capacity(count),
            latencies: Vec::with_capacity(count),
            order: Vec::with_capacity(count),
            numbers: Vec::with_capacity(count),
        }
    }

    /// Tells, or reads, all rows of a batch of `count` attempts.
    fn code(
        &mut self,
        code: &mut impl Code,
        (tables, facts): (&Tables, &[Facts]),
        count: usize,
    ) -> Result<(), WireError> {
        self.counts(code, tables.probes.len(), count)?;
        let mut columns = Columns::new();
        let (mut place, mut from) = (0, 0);
        for probe in 0..self.counts.len() {
            for _ in 0..self.counts[probe] {
                code.check()?;
                let told = self.rows.get(place).copied();
                let known = (probe, told.unwrap_or_default());
                let row = columns.code(code, known, (facts, &mut self.latencies), from)?;
                if told.is_none() {
                    self.rows.push(row);
                }
                from += facts[row.fact].measures.len();
                place += 1;
            }
        }
        self.order(code, count)?;
        self.numbers(code, count);
        code.check()
    }

    fn counts(
        &mut self,
        code: &mut impl Code,
        probes: usize,
        count: usize,
    ) -> Result<(), WireError> {
        let (mut number, mut before, mut left) = (Number::new(), 1_i64, count);
        for probe in 0..probes {
            let told = self.counts.get(probe).copied();
            let told = told.and_then(|told| i64::try_from(told).ok()).unwrap_or(0);
            let more = number.signed(code, told.wrapping_sub(before));
            before = before.wrapping_add(more);
            let of_probe = usize::try_from(before).ok().filter(|some| *some <= left);
            let of_probe =
                of_probe.ok_or(WireError::Malformed("a probe has more than there is"))?;
            left -= of_probe;
            if probe == self.counts.len() {
                self.counts.push(of_probe);
            }
        }
        if left > 0 {
            return Err(WireError::Malformed("an attempt has no probe"));
        }
        Ok(())
    }

    /// The order of the batch, beside that of the ends.
    fn order(&mut self, code: &mut impl Code, count: usize) -> Result<(), WireError> {
        let ends = self.rows.iter().enumerate();
        let mut ends: Vec<(i64, usize)> = ends.map(|(place, row)| (row.end, place)).collect();
        ends.sort_unstable();
        let by_end: Vec<usize> = ends.into_iter().map(|(_, place)| place).collect();
        let mut ranks = vec![0; count];
        for (rank, place) in by_end.iter().enumerate() {
            ranks[*place] = rank;
        }
        let (mut taken, mut lowest) = (vec![false; count], 0);
        let mut number = Number::new();
        for position in 0..count {
            while taken.get(lowest) == Some(&true) {
                lowest += 1;
            }
            let told = self
                .order
                .get(position)
                .map_or(lowest, |place| ranks[*place]);
            let rank = number.size(code, told - lowest).saturating_add(lowest);
            match taken.get_mut(rank) {
                Some(taken) if !*taken => *taken = true,
                _ => return Err(WireError::Malformed("two attempts have one place")),
            }
            if position == self.order.len() {
                self.order.push(by_end[rank]);
            }
        }
        Ok(())
    }

    fn numbers(&mut self, code: &mut impl Code, count: usize) {
        let (mut sequences, mut errors) = (Number::new(), Number::new());
        let mut before = (0_i64, 0_i64);
        for position in 0..count {
            let told = self.numbers.get(position).copied().unwrap_or_default();
            let sequence = sequences.signed(code, told.0.wrapping_sub(before.0));
            let error = errors.signed(code, told.1.wrapping_sub(before.1));
            let sequence = sequence.wrapping_add(before.0);
            let error = error.wrapping_add(before.1);
            if position == self.numbers.len() {
                self.numbers.push((sequence, error));
            }
            before = (sequence.wrapping_add(1), error);
        }
    }

    /// The attempts, in the order of the batch.
    fn attempts(&self, tables: &Tables, facts: &[Facts]) -> Result<Vec<Attempt>, WireError> {
        let names: Vec<&Name> = tables.names.iter().collect();
        let mut latencies = self.latencies.iter().copied();
        let steps: Vec<Vec<StepPhases>> = self
            .rows
            .iter()
            .map(|row| steps(&facts[row.fact], &names, &mut latencies))
            .collect();
        let probes = self.counts.iter().enumerate();
        let probes: Vec<usize> = probes
            .flat_map(|(probe, count)| std::iter::repeat_n(probe, *count))
            .collect();
        let mut steps = steps;
        let in_order = self.order.iter().zip(&self.numbers);
        let mut attempts = Vec::with_capacity(self.order.len());
        for (place, number) in in_order {
            let row = &self.rows[*place];
            let instants = [row.tick, row.due, row.start, row.end, row.sent, row.seen];
            in_range(instants.map(Timestamp))?;
            let probe = tables.probes.at(probes[*place])?.clone();
            let account = match row.account.checked_sub(1) {
                None => None,
                Some(account) => Some(tables.accounts.at(account)?.clone()),
            };
            let steps = std::mem::take(&mut steps[*place]);
            attempts.push(attempt(row, *number, (probe, account, steps), facts));
        }
        Ok(attempts)
    }
}

fn steps(
    facts: &Facts,
    names: &[&Name],
    latencies: &mut impl Iterator<Item = Micros>,
) -> Vec<StepPhases> {
    let steps = facts.shape.iter().map(|(name, mask)| {
        let mut phases = Phases::default();
        for (_, phase) in phases_of(*mask) {
            *phases.slot(phase) = latencies.next();
        }
        StepPhases {
            step: names[*name].clone(),
            phases,
        }
    });
    steps.collect()
}

fn attempt(
    row: &Row,
    (sequence, clock_error): (i64, i64),
    (probe, account, steps): (Name, Option<Account>, Vec<StepPhases>),
    facts: &[Facts],
) -> Attempt {
    let facts = &facts[row.fact];
    Attempt {
        sequence: sequence.cast_unsigned(),
        probe,
        plan: facts.plan,
        tick: Timestamp(row.tick),
        due: Timestamp(row.due),
        kind: facts.kind,
        account,
        start: Timestamp(row.start),
        end: Timestamp(row.end),
        evidence: Interval::new(Timestamp(row.sent), Timestamp(row.seen)),
        verdict: facts.verdict,
        class: facts.class,
        step: facts.step.clone(),
        status: facts.status,
        family: facts.family,
        steps,
        total: row.total,
        slow: facts.slow,
        clock_error: Millis(clock_error),
        canary: facts.canary,
        second_resolver: facts.second_resolver,
        detail: facts.detail.clone(),
    }
}
