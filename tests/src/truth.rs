//! What was true: the faults as they were enacted, by the server's own clock.
//!
//! Whether a fault is in force is asked anew at each connection and request, with the clock's reading, so it switches
//! exactly at its instants; [`Met`] says whom it met as evidence of that.

use std::collections::BTreeSet;

use ledger::name::Name;
use ledger::time::{Interval, Intervals, Millis, Timestamp};
use serde::Serialize;

use crate::faults::{Faults, Met};
use crate::product::Persona;
use crate::script::{Fault, Kind};

/// The ground truth of one run.
#[derive(Clone, Debug, Serialize)]
pub struct Truth {
    /// The seed of every chance.
    pub seed: u64,
    /// The time that it speaks of.
    pub window: Span,
    /// When every login of a persona failed, whoever tried and from wherever.
    pub down: Vec<Down>,
    /// When every login of a persona failed from one region; what is in `down` is not repeated.
    pub regional: Vec<Down>,
    /// Trouble of the machines behind the product, without effect on it.
    pub platform: Vec<Event>,
    /// Agents whose own network was dead: no fault of the site.
    pub agent_network: Vec<Event>,
    /// Every fault of the script, and whom it met.
    pub faults: Vec<Enacted>,
}

/// A stretch of time, half-open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// Milliseconds since 1970.
    pub start_ms: i64,
    /// Milliseconds since 1970.
    pub end_ms: i64,
    /// The same in RFC 3339.
    pub start: String,
    /// The same in RFC 3339.
    pub end: String,
}

/// The outages of one way to log in.
#[derive(Clone, Debug, Serialize)]
pub struct Down {
    /// Who could not.
    pub persona: Persona,
    /// `page` (HTML) or `api` (JSON).
    pub way: &'static str,
    /// From where, if not from everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<Name>,
    /// When, oldest first, disjoint.
    pub outages: Vec<Span>,
    /// Their sum.
    pub total_ms: i64,
}

/// Something that happened beside the product.
#[derive(Clone, Debug, Serialize)]
pub struct Event {
    /// Its kind, as in the script.
    pub kind: &'static str,
    /// For visitors from these regions; empty: from all.
    pub regions: Vec<Name>,
    /// Of requests or connections.
    pub share: f64,
    /// When.
    pub times: Vec<Span>,
}

/// One fault of the script.
#[derive(Clone, Debug, Serialize)]
pub struct Enacted {
    /// Its place in the script, from 1.
    pub number: usize,
    /// Its kind.
    pub kind: &'static str,
    /// What the script says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it could be in force.
    pub window: Span,
    /// How many connections and requests it met.
    pub met: u64,
    /// The first of them, in milliseconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first_met_ms: Option<i64>,
    /// The last of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_met_ms: Option<i64>,
}

/// A way to log in, with the pages that it cannot do without.
struct Way {
    persona: Persona,
    name: &'static str,
    pages: [&'static str; 2],
}

const WAYS: [Way; 3] = [
    Way {
        persona: Persona::User,
        name: "page",
        pages: ["/login", "/home"],
    },
    Way {
        persona: Persona::Traveler,
        name: "page",
        pages: ["/traveler/login", "/trips"],
    },
    Way {
        persona: Persona::Traveler,
        name: "api",
        pages: ["/api/traveler/login", "/api/trips"],
    },
];

impl Truth {
    /// The truth of `faults` for a server that ran for `served`; beyond the script's own time nothing is told.
    pub fn of(faults: &Faults, served: Interval) -> Self {
        let script = faults.window();
        let window = Interval::new(served.start.max(script.start), served.end.min(script.end));
        let list = faults.list();
        let event = |fault: &Fault| Event {
            kind: fault.what.kind.name(),
            regions: fault.what.scope.regions.clone(),
            share: fault.what.share,
            times: spans(&fault.times(window)),
        };
        let events = |wanted: &dyn Fn(Kind) -> bool| {
            let met = list
                .iter()
                .filter(|fault| wanted(fault.what.kind))
                .map(event);
            met.filter(|event| !event.times.is_empty()).collect()
        };
        Self {
            seed: faults.seed(),
            window: Span::from(window),
            down: WAYS
                .iter()
                .map(|way| way.down(&way.outages(faults, window, None), None))
                .collect(),
            regional: regional(faults, window),
            platform: events(&Kind::is_platform),
            agent_network: events(&|kind| kind == Kind::AgentNetwork),
            faults: list
                .iter()
                .zip(faults.met())
                .map(|(fault, met)| Enacted::new(fault, met))
                .collect(),
        }
    }

    /// When logins of `persona` failed in any of their ways, from everywhere.
    pub fn down_for(&self, persona: Persona) -> Intervals {
        let mine = self.down.iter().filter(|down| down.persona == persona);
        mine.flat_map(|down| &down.outages)
            .map(Span::interval)
            .collect()
    }

    /// The truth as JSON text with a line break at its end.
    ///
    /// # Panics
    /// Never: all of it can be written as JSON.
    pub fn to_json(&self) -> String {
        let text = serde_json::to_string_pretty(self)
            .expect("it holds nothing but numbers, texts and lists");
        text + "\n"
    }
}

impl Way {
    /// When this way is closed to everyone in `region`, or everywhere if there is none.
    fn outages(&self, faults: &Faults, window: Interval, region: Option<&Name>) -> Intervals {
        let breaks = |fault: &&Fault| {
            let (what, scope) = (&fault.what, &fault.what.scope);
            what.kind.breaks_login(faults.patience())
                && what.share >= 1.0
                && scope.account.is_none()
                && scope.persona.is_none_or(|persona| persona == self.persona)
                && self.pages.iter().any(|page| scope.meets_path(page))
                && (scope.regions.is_empty() || scope.meets_region(region))
        };
        let broken = faults.list().iter().filter(|fault| breaks(fault));
        broken
            .flat_map(|fault| fault.times(window).iter().collect::<Vec<_>>())
            .collect()
    }

    fn down(&self, outages: &Intervals, region: Option<Name>) -> Down {
        let total_ms = outages.measure().0;
        Down {
            persona: self.persona,
            way: self.name,
            region,
            outages: spans(outages),
            total_ms,
        }
    }
}

impl Enacted {
    fn new(fault: &Fault, met: Met) -> Self {
        Self {
            number: fault.number,
            kind: fault.what.kind.name(),
            note: fault.what.note.clone(),
            window: Span::from(fault.window),
            met: met.count,
            first_met_ms: met.first.map(|at| at.0),
            last_met_ms: met.last.map(|at| at.0),
        }
    }
}

impl Span {
    /// As an interval.
    pub fn interval(&self) -> Interval {
        Interval::new(Timestamp(self.start_ms), Timestamp(self.end_ms))
    }
}

impl From<Interval> for Span {
    fn from(interval: Interval) -> Self {
        let Interval { start, end } = interval;
        Self {
            start_ms: start.0,
            end_ms: end.0,
            start: start.to_string(),
            end: end.to_string(),
        }
    }
}

fn regional(faults: &Faults, window: Interval) -> Vec<Down> {
    let named = faults
        .list()
        .iter()
        .flat_map(|fault| &fault.what.scope.regions);
    let regions: BTreeSet<&Name> = named.collect();
    let mut found = Vec::new();
    for way in &WAYS {
        let everywhere = way.outages(faults, window, None);
        for &region in &regions {
            let here = way
                .outages(faults, window, Some(region))
                .subtract(&everywhere);
            if here.measure() > Millis::ZERO {
                found.push(way.down(&here, Some(region.clone())));
            }
        }
    }
    found
}

fn spans(intervals: &Intervals) -> Vec<Span> {
    intervals.iter().map(Span::from).collect()
}
