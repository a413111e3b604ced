//! Latency distributions of a period.

use std::collections::{BTreeMap, BTreeSet};

use super::cover::{self, Piece};
use super::view::View;
use crate::attempt::Kind;
use crate::calendar::{self, CalendarError};
use crate::histogram::{Distribution, Key, Measure, Open, Slice, Span, View as Seen, Wanted};
use crate::name::Name;
use crate::record::Agent;
use crate::store::error::Fault;
use crate::store::folding;
use crate::store::table::agents;
use crate::store::table::latencies::{self, Slices};
use crate::time::{Interval, Timestamp};

/// The zone of hours.
const UTC: &str = "UTC";

/// Which distributions are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LatencyQuery {
    /// When.
    pub period: Interval,
    /// `None`: by UTC hour, those that begin in the period. Else by the longest slices of that zone that fit in the period
    /// and are kept: months, days, hours; parts of hours at edges are counted from the single attempts.
    pub zone: Option<String>,
    /// With a zone: by UTC hour after all, from the day on that has all its hours. Those of pruned batches are dropped.
    pub by_hour: bool,
    /// The probes; empty means all.
    pub probes: BTreeSet<Name>,
    /// The regions; empty means all.
    pub regions: BTreeSet<Name>,
    /// Beside what succeeded also what was experienced, of which only [`Measure::Total`] is kept.
    pub experienced: bool,
    /// Leave the phases out: only [`Measure::Total`] is wanted.
    pub total_only: bool,
}

/// One distribution of one agent; merge those that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Latency {
    /// Who measured.
    pub agent: Agent,
    /// What, when.
    pub key: Key,
    /// The latencies.
    pub distribution: Distribution,
}

impl LatencyQuery {
    /// Everything that succeeded, by UTC hour.
    pub fn success(period: Interval) -> Self {
        Self {
            period,
            zone: None,
            by_hour: false,
            probes: BTreeSet::new(),
            regions: BTreeSet::new(),
            experienced: false,
            total_only: false,
        }
    }

    pub(super) fn wants_agent(&self, agent: &Agent) -> bool {
        self.regions.is_empty() || self.regions.contains(&agent.region)
    }

    fn wants(&self, key: &Key) -> bool {
        (self.experienced || key.view == Seen::Success)
            && (!self.total_only || key.measure == Measure::Total)
            && self.wants_probe(&key.probe)
    }

    fn wants_probe(&self, probe: &Name) -> bool {
        self.probes.is_empty() || self.probes.contains(probe)
    }
}

impl View<'_> {
    /// Whether an answer takes single attempts, which cannot be counted without their plans.
    pub(super) fn needs_attempts(&self, query: &LatencyQuery) -> Result<bool, Fault> {
        let ragged = match &query.zone {
            Some(zone) if !self.only_hours(query)? => {
                let pieces = self.pieces(query, zone)?;
                let mut edges = pieces.iter().flat_map(|piece| piece.ragged().1);
                edges.any(|edge| !edge.is_empty())
            }
            _ => false,
        };
        Ok(ragged || !self.unfolded()?.is_empty())
    }

    fn pieces(&self, query: &LatencyQuery, zone: &str) -> Result<Vec<Piece>, Fault> {
        let odd = |error: CalendarError| Fault::Row {
            table: "latency",
            what: error.to_string(),
        };
        let since = latencies::since(self.db, self.row.id, zone)?;
        let Interval { start, end } = query.period;
        let hours = self.hours_since()?;
        let cut = if !query.by_hour || hours >= end {
            end
        } else if hours <= start {
            start
        } else {
            let [day, _] = calendar::around(zone, hours).map_err(odd)?;
            let whole = if day.start == hours { hours } else { day.end };
            whole.min(end)
        };
        let mut pieces = cover::cover(zone, Interval::new(start, cut), since).map_err(odd)?;
        if query.by_hour {
            // Who asks by hour wants the shortest that there is.
            for piece in &mut pieces {
                piece.span = piece.span.min(Span::Day);
            }
        }
        if cut < end {
            pieces.push(Piece {
                span: Span::Hour,
                over: Interval::new(cut, end),
            });
        }
        Ok(pieces)
    }

    /// Since when hours are kept; what lies before is told by day, or was never dropped.
    fn hours_since(&self) -> Result<Timestamp, Fault> {
        if agents::pruned_before(self.db, self.row.id)? <= 1 {
            return Ok(Timestamp(i64::MIN));
        }
        let oldest = latencies::droppable(self.db, self.row.id)?;
        Ok(oldest.unwrap_or(Timestamp(i64::MIN)))
    }

    /// Whether an answer is made of hours that begin in the period, and of nothing else.
    fn only_hours(&self, query: &LatencyQuery) -> Result<bool, Fault> {
        let asked = query.zone.is_none();
        Ok(asked || query.by_hour && self.hours_since()? <= query.period.start)
    }

    pub(super) fn latency(&self, query: &LatencyQuery) -> Result<Vec<Latency>, Fault> {
        let found = match &query.zone {
            Some(zone) if !self.only_hours(query)? => self.by_longest(query, zone)?,
            _ => self.by_hour(query)?,
        };
        let latency = |(key, distribution)| Latency {
            agent: self.row.agent.clone(),
            key,
            distribution,
        };
        let wanted = found.into_iter().filter(|(key, _)| query.wants(key));
        Ok(wanted.map(latency).collect())
    }

    fn by_hour(&self, query: &LatencyQuery) -> Result<Open, Fault> {
        let mut open = Open::new();
        for attempt in self.unfolded()? {
            let slice = Slice::hour_of(attempt.tick);
            if query.period.contains(slice.start) {
                folding::record(&mut open, &attempt, self.planned, slice);
            }
        }
        let whole = Piece {
            span: Span::Hour,
            over: query.period,
        };
        self.kept(query, whole, UTC, &mut open)?;
        Ok(open)
    }

    fn by_longest(&self, query: &LatencyQuery, zone: &str) -> Result<Open, Fault> {
        let pieces = self.pieces(query, zone)?;
        let mut open = Open::new();
        let mut single = self.unfolded()?;
        for piece in &pieces {
            let (whole, edges) = piece.ragged();
            let zone = if piece.span == Span::Hour { UTC } else { zone };
            let whole = Piece {
                over: whole,
                ..*piece
            };
            self.kept(query, whole, zone, &mut open)?;
            for edge in edges.into_iter().filter(|edge| !edge.is_empty()) {
                let folded = self.attempts(edge)?.into_iter();
                single.extend(folded.filter(|one| one.sequence < self.row.folded_before));
            }
        }
        // An agent that was set back may have sent an attempt twice: the first one counts.
        single.sort_by_key(|attempt| attempt.sequence);
        let mut met = BTreeSet::new();
        for attempt in single {
            let retry = attempt.kind == Kind::Retry;
            let tick = (
                attempt.probe.clone(),
                attempt.tick,
                attempt.kind == Kind::Fast,
            );
            if !retry && !met.insert(tick) {
                continue;
            }
            if let Some(slice) = cover::slice_of(&pieces, zone, attempt.tick) {
                folding::record(&mut open, &attempt, self.planned, slice);
            }
        }
        Ok(open)
    }

    /// Adds the rows of all slices of a piece.
    fn kept(
        &self,
        query: &LatencyQuery,
        piece: Piece,
        zone: &str,
        open: &mut Open,
    ) -> Result<(), Fault> {
        let success = Wanted {
            view: Seen::Success,
            total_only: query.total_only,
        };
        let experienced = Wanted {
            view: Seen::Experienced,
            total_only: true,
        };
        let wanted = [success, experienced];
        let slices = Slices {
            agent: self.row.id,
            span: piece.span,
            zone,
            starts: piece.over,
            probe: None,
            wanted: if query.experienced {
                &wanted
            } else {
                &wanted[..1]
            },
        };
        let all = agents::probes(self.db)?;
        let named = all
            .into_iter()
            .filter(|(probe, _)| query.wants_probe(probe));
        let probes: BTreeMap<i64, Name> = named.map(|(probe, place)| (place, probe)).collect();
        if query.probes.is_empty() {
            return latencies::within(self.db, slices, &probes, open);
        }
        for place in probes.keys() {
            let probe = Some(*place);
            latencies::within(self.db, Slices { probe, ..slices }, &probes, open)?;
        }
        Ok(())
    }
}
