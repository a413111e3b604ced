//! Histories that read as a story: a site with faults, agents that look at it, and the record they leave.

#[cfg(feature = "postgres")]
pub(crate) mod cluster;
mod folded;
mod planned;

use std::collections::BTreeMap;

use crate::attempt::{Account, Detail};
use crate::contract::{Contract, Locale, Rules, Share, Tier, Weighted};
use crate::name::Name;
use crate::record::{Agent, Record};
use crate::run::{Entry, Series, Tick, TickVerdict};
use crate::tally::{Assessment, assess};
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::{CanaryState, Class, SecondResolver};

pub(crate) use folded::folded;

/// A name that is one.
pub(crate) fn name(text: &str) -> Name {
    Name::new(text).expect("tests use valid names")
}

/// An instant such as `2018-12-14T22:15:00Z`.
pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::from_jiff(text.parse().expect(text))
}

/// A span such as `2018-12-14T22:15:00Z`, `2018-12-15T00:15:00Z`.
pub(crate) fn span(start: &str, end: &str) -> Interval {
    Interval::new(at(start), at(end))
}

/// Something that goes wrong, where and for whom; no region, persona or account means all.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    span: Interval,
    region: Option<Name>,
    persona: Option<Name>,
    account: Option<Name>,
    effect: Effect,
}

/// What a tick then shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    Says(TickVerdict, Option<Class>),
    Slow,
    /// No row at all.
    Nothing,
}

/// A site, its faults and the agents that look at it.
#[derive(Clone, Debug)]
pub(crate) struct History {
    pub(crate) spacing: Millis,
    pub(crate) fast: Option<Millis>,
    pub(crate) span: Interval,
    pub(crate) regions: Vec<(Name, Millis)>,
    pub(crate) personas: Vec<(Name, Millis)>,
    /// How long after the start of an attempt its evidence begins and how long it is.
    pub(crate) evidence: (Millis, Millis),
    /// Added to each due instant, in turn.
    pub(crate) jitter: Vec<Millis>,
    pub(crate) clock_error: Millis,
    pub(crate) session: bool,
    pub(crate) faults: Vec<Fault>,
    pub(crate) platform: Vec<Interval>,
    pub(crate) agents_per_region: usize,
}

impl History {
    /// One persona `user`, one region `a` at phase zero, instant attempts every `spacing` seconds.
    pub(crate) fn every(spacing: i64, span: Interval) -> Self {
        Self {
            spacing: Millis::from_secs(spacing),
            fast: None,
            span,
            regions: vec![(name("a"), Millis::ZERO)],
            personas: vec![(name("user"), Millis::ZERO)],
            evidence: (Millis::ZERO, Millis::ZERO),
            jitter: vec![Millis::ZERO],
            clock_error: Millis::ZERO,
            session: false,
            faults: Vec::new(),
            platform: Vec::new(),
            agents_per_region: 1,
        }
    }

    /// Regions `a`, `b`, ... with these phases in seconds.
    pub(crate) fn phases(mut self, phases: &[i64]) -> Self {
        let names = ["a", "b", "c", "d", "e"];
        let named = names.into_iter().zip(phases);
        self.regions = named
            .map(|(text, phase)| (name(text), Millis::from_secs(*phase)))
            .collect();
        self
    }

    pub(crate) fn personas(mut self, personas: &[(&str, i64)]) -> Self {
        let named = personas.iter();
        self.personas = named
            .map(|(text, phase)| (name(text), Millis::from_secs(*phase)))
            .collect();
        self
    }

    pub(crate) fn fast(mut self, seconds: i64) -> Self {
        self.fast = Some(Millis::from_secs(seconds));
        self
    }

    pub(crate) fn fault(mut self, span: Interval, effect: Effect) -> Self {
        self.faults.push(Fault {
            span,
            region: None,
            persona: None,
            account: None,
            effect,
        });
        self
    }

    /// The site answers 503.
    pub(crate) fn down(self, span: Interval) -> Self {
        self.fault(span, Effect::Says(TickVerdict::Bad, Some(Class::Status)))
    }

    /// The agent's own network is dead.
    pub(crate) fn blind(self, span: Interval) -> Self {
        self.fault(
            span,
            Effect::Says(TickVerdict::Void, Some(Class::ProberNet)),
        )
    }

    /// The last fault concerns this region only.
    pub(crate) fn in_region(mut self, region: &str) -> Self {
        self.faults.last_mut().expect("a fault came before").region = Some(name(region));
        self
    }

    /// The last fault concerns this persona only.
    pub(crate) fn for_persona(mut self, persona: &str) -> Self {
        self.faults.last_mut().expect("a fault came before").persona = Some(name(persona));
        self
    }

    /// The last fault concerns this account only: `one` or `two`.
    pub(crate) fn for_account(mut self, account: &str) -> Self {
        self.faults.last_mut().expect("a fault came before").account = Some(name(account));
        self
    }

    /// What the agents recorded, tick by tick.
    pub(crate) fn record(&self) -> Record {
        let plan = self.plan();
        let version = plan.version();
        let mut series = Vec::new();
        let mut agents = Vec::new();
        for (region, phase) in &self.regions {
            for number in 0..self.agents_per_region {
                let agent = name(&format!("agent-{region}-{number}"));
                agents.push(Agent {
                    name: agent.clone(),
                    region: region.clone(),
                });
                let own = *phase + Millis(self.spacing.0 * i64::try_from(number).unwrap_or(0) / 7);
                for (persona, shift) in &self.personas {
                    series.push(Series {
                        agent: agent.clone(),
                        region: region.clone(),
                        probe: name(&format!("login-{persona}")),
                        entries: self.entries(version, region, persona, own + *shift),
                    });
                }
                series.push(Series {
                    agent: agent.clone(),
                    region: region.clone(),
                    probe: name("platform"),
                    entries: self.platform_entries(version),
                });
            }
        }
        Record {
            agents,
            plans: BTreeMap::from([(version, plan)]),
            series,
            interpolated: Vec::new(),
        }
    }

    /// The assessment of `period` by `contract`, up to the end of the history.
    pub(crate) fn assess(&self, contract: &Contract, period: Interval) -> Assessment {
        assess(&self.record(), contract, period, self.span.end).expect("histories are sound")
    }

    fn entries(&self, plan: u32, region: &Name, persona: &Name, phase: Millis) -> Vec<Entry> {
        let mut entries = Vec::new();
        let (mut good_in_a_row, mut slot) = (3, 0_usize);
        let mut base = Timestamp(self.span.start.0.div_euclid(self.spacing.0) * self.spacing.0);
        let mut fast: Option<Timestamp> = None;
        while base < self.span.end {
            let (tick, is_fast) = match fast {
                Some(due) if due < base + phase => (due - phase, true),
                _ => (base, false),
            };
            let jitter = if is_fast {
                Millis::ZERO
            } else {
                self.jitter[slot % self.jitter.len()]
            };
            let due = tick + phase + jitter;
            if !is_fast {
                base = base + self.spacing;
                slot += 1;
            }
            fast = None;
            if !self.span.contains(due) {
                continue;
            }
            let Some(mut seen) = self.look(due, slot, region, persona) else {
                continue;
            };
            (seen.plan, seen.tick, seen.fast) = (plan, tick, is_fast);
            good_in_a_row = if seen.verdict == TickVerdict::Good {
                good_in_a_row + 1
            } else {
                0
            };
            if good_in_a_row < 3 {
                fast = self.fast.map(|fast| due + fast);
            }
            entries.push(Entry::Tick(Box::new(seen)));
        }
        entries
    }

    fn look(&self, due: Timestamp, slot: usize, region: &Name, persona: &Name) -> Option<Tick> {
        let (offset, length) = self.evidence;
        let evidence = Interval::new(due + offset, due + offset + length);
        let account = name(if slot.is_multiple_of(2) { "one" } else { "two" });
        let any_or =
            |wanted: &Option<Name>, own: &Name| wanted.as_ref().is_none_or(|one| one == own);
        let fault = self.faults.iter().find(|fault| {
            fault.span.contains(evidence.start)
                && any_or(&fault.region, region)
                && any_or(&fault.persona, persona)
                && any_or(&fault.account, &account)
        });
        let (verdict, class, slow) = match fault.map(|fault| fault.effect) {
            None => (TickVerdict::Good, None, false),
            Some(Effect::Slow) => (TickVerdict::Good, None, true),
            Some(Effect::Says(verdict, class)) => (verdict, class, false),
            Some(Effect::Nothing) => return None,
        };
        Some(Tick {
            slow,
            account: Some(Account {
                label: account,
                credential_version: 1,
            }),
            clock_error: self.clock_error,
            ..tick(due, evidence, verdict, class)
        })
    }

    fn platform_entries(&self, plan: u32) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut due = self.span.start;
        while due < self.span.end {
            let bad = self.platform.iter().any(|span| span.contains(due));
            let (verdict, class) = match bad {
                true => (TickVerdict::Bad, Some(Class::Status)),
                false => (TickVerdict::Good, None),
            };
            let mut seen = tick(due, Interval::new(due, due), verdict, class);
            seen.plan = plan;
            entries.push(Entry::Tick(Box::new(seen)));
            due = due + Millis::from_mins(1);
        }
        entries
    }
}

/// The contract of the reference case: all that is in the record, 99.9 %, the default tiers.
pub(crate) fn contract(zone: &str) -> Contract {
    let tier = |from, credit| Tier {
        from: Share(from),
        credit: Share(credit),
    };
    Contract {
        id: name("example"),
        customer: "Example".to_owned(),
        service: "Groupdesk".to_owned(),
        zone: zone.to_owned(),
        target: Share(999_000),
        service_hours: Vec::new(),
        tiers: vec![
            tier(990_000, 100_000),
            tier(950_000, 250_000),
            tier(0, 500_000),
        ],
        personas: Vec::new(),
        regions: Vec::new(),
        rules: Rules::default(),
        locale: Locale::default(),
    }
}

/// The same with these weights of regions.
pub(crate) fn weighted(terms: &[(&str, u32)]) -> Vec<Weighted> {
    let terms = terms.iter();
    terms
        .map(|(text, weight)| Weighted {
            name: name(text),
            weight: *weight,
        })
        .collect()
}

/// A base tick with one attempt and no account.
pub(crate) fn tick(
    due: Timestamp,
    evidence: Interval,
    verdict: TickVerdict,
    class: Option<Class>,
) -> Tick {
    Tick {
        plan: 0,
        tick: due,
        due,
        fast: false,
        verdict,
        recovered: false,
        slow: false,
        class,
        step: None,
        status: None,
        account: None,
        evidence,
        last_evidence: evidence,
        attempts: 1,
        sequence: u64::try_from(due.0).unwrap_or(0),
        clock_error: Millis::ZERO,
        canary: CanaryState::Ok,
        second_resolver: (class == Some(Class::Dns)).then_some(SecondResolver::Failed),
        detail: Detail::default(),
    }
}
