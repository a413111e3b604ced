//! One attempt as a row of numbers, each told by how far it lies from what the ones before it predict.

use super::WireError;
use super::fact::Facts;
use super::number::{Mean, Number};
use super::predict::{self, Length};
use super::range::{Bit, Code};
use crate::phases::Micros;

/// An attempt; its latencies stand beside it, in the order of its shape. All arithmetic wraps, so any value survives.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    pub(super) fact: usize,
    /// Its place in the table and 1; 0 for none.
    pub(super) account: usize,
    pub(super) tick: i64,
    pub(super) due: i64,
    pub(super) start: i64,
    pub(super) sent: i64,
    pub(super) seen: i64,
    pub(super) end: i64,
    /// If its facts say that there is one.
    pub(super) total: Option<Micros>,
}

/// All that is known of the rows before.
#[derive(Debug)]
pub(super) struct Columns {
    fact: Number,
    account: Accounts,
    tick: Ticks,
    due: Scattered,
    start: Number,
    latencies: Vec<Scattered>,
    seen: Edge,
    sent: Edge,
    after: Scattered,
    total: Total,
}

/// Values that scatter around a middle: that of their probe, or of all probes while little is known of it.
#[derive(Debug)]
struct Scattered {
    all: Mean,
    own: Mean,
    /// Which probe `own` is of, and how many values it has.
    probe: usize,
    times: u32,
    /// By how well the middle is known.
    away: [Number; 3],
}

/// Instants of a probe: mostly as far from each other as the last time.
#[derive(Debug)]
struct Ticks {
    probe: usize,
    first: i64,
    last: i64,
    step: i64,
    /// The last two surprises, which come again where a batch ends amid a round.
    recent: [i64; 2],
    usual: Bit,
    again: [Bit; 2],
    other: Number,
}

/// Accounts: the same as before, the next new one, or any.
#[derive(Debug)]
struct Accounts {
    last: usize,
    next: usize,
    number: Number,
}

/// An instant that follows from the length of steps.
#[derive(Debug)]
struct Edge {
    /// What is not measured, in microseconds.
    rest: Mean,
    /// By how well the length is known.
    away: [Number; 8],
}

/// The total, of which both the phases and the evidence tell something.
#[derive(Debug)]
struct Total {
    by_phases: Mean,
    by_evidence: Mean,
    away: Number,
}

/// How long an attempt took by its phases, and the last exchange of it.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    whole: Length,
    exchange: Length,
}

impl Columns {
    pub(super) fn new() -> Self {
        Self {
            fact: Number::new(),
            account: Accounts::new(),
            tick: Ticks::new(),
            due: Scattered::wide(),
            start: Number::new(),
            latencies: Vec::new(),
            seen: Edge::new(),
            sent: Edge::new(),
            after: Scattered::new(),
            total: Total::new(),
        }
    }

    /// A row of the probe at a place, and its latencies: as many of `latencies` as there are, or at its end if there are none.
    pub(super) fn code(
        &mut self,
        code: &mut impl Code,
        (probe, row): (usize, Row),
        (facts, latencies): (&[Facts], &mut Vec<Micros>),
        from: usize,
    ) -> Result<Row, WireError> {
        let fact = self.fact.size(code, row.fact);
        let facts = facts
            .get(fact)
            .ok_or(WireError::Malformed("it points beyond a table"))?;
        let account = self.account.code(code, row.account);
        let tick = self.tick.code(code, probe, row.tick);
        let due = self.due.code(code, probe, row.due.wrapping_sub(tick));
        let due = due.wrapping_add(tick);
        let start = self.start.signed(code, row.start.wrapping_sub(due));
        let start = start.wrapping_add(due);
        let taken = self.latencies(code, (probe, facts), latencies, from)?;
        let seen = self
            .seen
            .code(code, taken.whole, row.seen.wrapping_sub(start));
        let sent = row.seen.wrapping_sub(row.sent);
        let sent = self.sent.code(code, taken.exchange, sent);
        let after = row.end.wrapping_sub(row.seen);
        let after = self.after.code(code, probe, after);
        let total = if facts.total {
            let times = [start.wrapping_sub(due), seen];
            Some(self.total.code(code, (times, taken.whole), row.total)?)
        } else {
            None
        };
        let seen = seen.wrapping_add(start);
        Ok(Row {
            fact,
            account,
            tick,
            due,
            start,
            sent: seen.wrapping_sub(sent),
            seen,
            end: seen.wrapping_add(after),
            total,
        })
    }

    fn latencies(
        &mut self,
        code: &mut impl Code,
        (probe, facts): (usize, &Facts),
        latencies: &mut Vec<Micros>,
        from: usize,
    ) -> Result<Taken, WireError> {
        let mut taken = Taken::default();
        for (at, measure) in (from..).zip(&facts.measures) {
            if measure.place >= self.latencies.len() {
                self.latencies
                    .resize_with(measure.place + 1, Scattered::wide);
            }
            let known = latencies.get(at).copied();
            let bucket = known.map_or(0, |latency| i64::from(latency.bucket()));
            let bucket = self.latencies[measure.place].code(code, probe, bucket);
            let latency = predict::latency(bucket)
                .ok_or(WireError::Malformed("a latency is out of range"))?;
            if known.is_none() {
                latencies.push(latency);
            }
            let length = Length::of(latency);
            taken.whole.add(length);
            if measure.last {
                taken.exchange.add(length);
            }
        }
        Ok(taken)
    }
}

impl Scattered {
    /// Values that are mostly where they are expected.
    const fn new() -> Self {
        Self::of([const { Number::new() }; 3])
    }

    /// Values that are not.
    const fn wide() -> Self {
        Self::of([const { Number::wide() }; 3])
    }

    const fn of(away: [Number; 3]) -> Self {
        Self {
            all: Mean::of(0),
            own: Mean::of(0),
            probe: usize::MAX,
            times: 0,
            away,
        }
    }

    fn code(&mut self, code: &mut impl Code, probe: usize, value: i64) -> i64 {
        if self.probe != probe {
            (self.probe, self.times) = (probe, 0);
            self.own = Mean::of(self.all.whole());
        }
        let known = match self.times {
            0 => 0,
            1..=3 => 1,
            _ => 2,
        };
        let middle = self.own.whole();
        let away = self.away[known].signed(code, value.wrapping_sub(middle));
        let value = away.wrapping_add(middle);
        self.all.learn(value);
        self.own.learn(value);
        self.times += 1;
        value
    }
}

impl Ticks {
    const fn new() -> Self {
        Self {
            probe: usize::MAX,
            first: 0,
            last: 0,
            step: 0,
            recent: [0; 2],
            usual: Bit::NEW,
            again: [Bit::NEW; 2],
            other: Number::new(),
        }
    }

    fn code(&mut self, code: &mut impl Code, probe: usize, tick: i64) -> i64 {
        let fresh = self.probe != probe;
        let expected = if fresh {
            self.first
        } else {
            self.last.wrapping_add(self.step)
        };
        let tick = self
            .surprise(code, tick.wrapping_sub(expected))
            .wrapping_add(expected);
        if fresh {
            (self.probe, self.first) = (probe, tick);
        } else {
            self.step = tick.wrapping_sub(self.last);
        }
        self.last = tick;
        tick
    }

    fn surprise(&mut self, code: &mut impl Code, surprise: i64) -> i64 {
        if code.bit(&mut self.usual, surprise == 0) {
            return 0;
        }
        for (place, known) in self.recent.into_iter().enumerate() {
            if code.bit(&mut self.again[place], surprise == known) {
                self.recent.swap(0, place);
                return known;
            }
        }
        let surprise = self.other.signed(code, surprise);
        self.recent = [surprise, self.recent[0]];
        surprise
    }
}

impl Accounts {
    const fn new() -> Self {
        Self {
            last: 0,
            next: 1,
            number: Number::new(),
        }
    }

    fn code(&mut self, code: &mut impl Code, account: usize) -> usize {
        let told = match account {
            same if same == self.last => 0,
            new if new == self.next => 1,
            other => other.saturating_add(2),
        };
        let account = match self.number.size(code, told) {
            0 => self.last,
            1 => self.next,
            told => told - 2,
        };
        self.last = account;
        self.next = self.next.max(account.saturating_add(1));
        account
    }
}

impl Edge {
    const fn new() -> Self {
        Self {
            rest: Mean::of(0),
            away: [const { Number::new() }; 8],
        }
    }

    /// Milliseconds, of which `length` is the greater part.
    fn code(&mut self, code: &mut impl Code, length: Length, millis: i64) -> i64 {
        let middle = length.middle();
        let expected = middle.wrapping_add(self.rest.whole()).div_euclid(1_000);
        let away = &mut self.away[length.class()];
        let away = away.signed(code, millis.wrapping_sub(expected));
        let millis = away.wrapping_add(expected);
        let micros = millis.wrapping_mul(1_000).wrapping_add(500);
        self.rest.learn(micros.wrapping_sub(middle));
        millis
    }
}

impl Total {
    const fn new() -> Self {
        Self {
            by_phases: Mean::of(0),
            by_evidence: Mean::of(0),
            away: Number::new(),
        }
    }

    /// The total of an attempt that began so many milliseconds after it was due, and was decided so many after that.
    fn code(
        &mut self,
        code: &mut impl Code,
        ([late, seen], whole): ([i64; 2], Length),
        total: Option<Micros>,
    ) -> Result<Micros, WireError> {
        let (late, seen) = (late.wrapping_mul(1_000), seen.wrapping_mul(1_000));
        let by_phases = whole.middle().wrapping_add(self.by_phases.whole());
        let by_evidence = seen.wrapping_add(self.by_evidence.whole());
        // The evidence is told in milliseconds: the phases say more, unless they are long or leave something out.
        let (least, most) = (by_evidence.wrapping_sub(500), by_evidence.wrapping_add(500));
        let expected = by_phases.min(most.max(least)).max(least);
        let expected = predict::bucket(late.wrapping_add(expected));
        let told = total.map_or(0, |total| i64::from(total.bucket()));
        let bucket = self.away.signed(code, told.wrapping_sub(expected));
        let total = predict::latency(bucket.wrapping_add(expected))
            .ok_or(WireError::Malformed("a latency is out of range"))?;
        let took = Length::of(total).middle().wrapping_sub(late);
        self.by_phases.learn(took.wrapping_sub(whole.middle()));
        self.by_evidence.learn(took.wrapping_sub(seen));
        Ok(total)
    }
}
