//! Agents, made up: attempts as real ones would leave them, folded by the ledger's own fold.
//!
//! The rules of slots, fast ticks, retries and doubt are those of `prober::agent`; the site is a [`World`].

use std::collections::BTreeMap;

use fastrand::Rng;
use ledger::attempt::{Account, Attempt, Detail, Kind};
use ledger::plan::Plan;
use ledger::record::{Agent, Record};
use ledger::run::{Fold, Grid, Grids, Series};
use ledger::time::{Interval, Millis, Timestamp};
use ledger::verdict::{CanaryState, Class, SecondResolver, Verdict};

use super::design::{Design, RETRY_AFTER};
use super::eye::{Eye, Seen};
use super::world::{Own, World};

/// A record, and what its evidence was.
#[derive(Clone, Debug)]
pub struct Watched {
    /// As the agents left it.
    pub record: Record,
    /// One per region and persona.
    pub looks: Vec<Looks>,
}

/// What one agent saw of one persona: its attempts, oldest first.
#[derive(Clone, Debug)]
pub struct Looks {
    /// From where.
    pub region: usize,
    /// As whom.
    pub persona: usize,
    /// By the true clock.
    pub all: Vec<Look>,
}

/// An attempt.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// The tick that it belongs to.
    pub tick: Timestamp,
    /// Why it was made.
    pub kind: Kind,
    /// What it speaks of, by the true clock.
    pub evidence: Interval,
    /// Whether it failed; `None` if it says nothing of the site.
    pub failed: Option<bool>,
}

/// Lets the agents of `design` watch `world` for `span`.
pub fn watch(design: &Design, world: &World, span: Interval, rng: &mut Rng) -> Watched {
    let plan = design.plan();
    let version = plan.version();
    let mut watched = Watched {
        record: Record {
            agents: Vec::new(),
            plans: BTreeMap::new(),
            series: Vec::new(),
            interpolated: Vec::new(),
        },
        looks: Vec::new(),
    };
    for region in 0..design.regions {
        let name = design.region(region);
        watched.record.agents.push(Agent {
            name: name.clone(),
            region: name.clone(),
        });
        let error = Millis(rng.i64(0..=design.spacing.0 * design.clock_permille / 1_000));
        let offset = Millis(rng.i64(-error.0..=error.0));
        for persona in 0..design.personas {
            let eye = Eye {
                design,
                world,
                place: (region, persona),
                rng: rng.fork(),
            };
            let mut agent = Watcher::new(eye, &plan, version);
            (agent.clock_error, agent.clock_offset) = (error, offset);
            agent.run(span);
            watched.record.series.push(Series {
                agent: name.clone(),
                region: name.clone(),
                probe: design.probe(persona),
                entries: agent.fold.finish(&agent.grids),
            });
            watched.looks.push(Looks {
                region,
                persona,
                all: agent.looks,
            });
        }
    }
    watched.record.plans.insert(version, plan);
    watched
}

/// One probe of one agent.
struct Watcher<'a> {
    eye: Eye<'a>,
    accounts: [Account; 2],
    phase: Millis,
    fold: Fold,
    grids: Grids,
    /// Filled in anew for each attempt.
    attempt: Attempt,
    clock_error: Millis,
    /// What the agent's clock shows beyond the true time.
    clock_offset: Millis,
    looks: Vec<Look>,
    good_since_doubt: Option<u32>,
    retries_left: u32,
    latest: (Timestamp, Timestamp),
    turn: usize,
    busy_until: Timestamp,
}

/// Something that is due: its tick, when, and why.
#[derive(Clone, Copy)]
struct Due {
    tick: Timestamp,
    at: Timestamp,
    kind: Kind,
}

impl<'a> Watcher<'a> {
    fn new(eye: Eye<'a>, plan: &Plan, version: u32) -> Self {
        let (region, persona) = eye.place;
        let probe = &plan.probes[persona];
        let phase = plan.phase(probe, &plan.regions[region]);
        let grid = Grid::of(plan, &probe.name).map(|grid| (version, grid));
        let never = Timestamp(i64::MIN / 2);
        Self {
            accounts: eye.design.accounts(eye.place),
            phase: phase.unwrap_or(Millis::ZERO),
            fold: Fold::default(),
            grids: grid.into_iter().collect(),
            attempt: blank(probe.name.clone(), version),
            clock_error: Millis::ZERO,
            clock_offset: Millis::ZERO,
            looks: Vec::new(),
            good_since_doubt: None,
            retries_left: 0,
            latest: (never, never),
            turn: 0,
            busy_until: never,
            eye,
        }
    }

    /// Takes every slot of `span`; a base slot goes before fast ticks and retries.
    fn run(&mut self, span: Interval) {
        let design = self.eye.design;
        let mut base = self.slot(design.tick_before(span.start));
        let mut extra: Option<Due> = None;
        while base.at < span.end {
            let due = match extra.take() {
                Some(sooner) if sooner.at < base.at => sooner,
                _ => {
                    let now = base;
                    base = self.slot(now.tick + design.spacing);
                    now
                }
            };
            if due.at >= span.start {
                extra = self.take(due, base.at);
            }
        }
    }

    fn slot(&mut self, tick: Timestamp) -> Due {
        let reach = self.eye.design.spacing.0 * self.eye.design.jitter_permille / 1_000;
        let jitter = Millis(self.eye.rng.i64(-reach..=reach));
        Due {
            tick,
            at: tick + self.phase + jitter,
            kind: Kind::Base,
        }
    }

    /// Makes the attempt that is due, or says why not; what is due next beside the base slot `next`.
    fn take(&mut self, due: Due, next: Timestamp) -> Option<Due> {
        let start = due.at - self.clock_offset;
        let missed = match self.eye.world.own(self.eye.place.0, start) {
            Some(Own::Silent) => return None,
            Some(Own::Restart) => Some(Class::ProberRestart),
            Some(Own::Overrun) => Some(Class::ProberOverrun),
            _ => None,
        };
        if let Some(class) = missed {
            if due.kind == Kind::Base {
                self.record(due, 0, &Seen::missed(start, class));
            }
            return None;
        }
        if due.kind != Kind::Retry {
            self.latest = (due.tick, due.at);
            self.retries_left = match due.kind {
                Kind::Base => self.eye.design.retries,
                Kind::Fast | Kind::Retry => 0,
            };
        }
        self.turn += 1;
        let account = self.turn % 2;
        let seen = self.eye.look(start, account);
        self.record(due, account, &seen);
        self.looks.push(Look {
            tick: due.tick,
            kind: due.kind,
            evidence: seen.evidence,
            failed: seen.says,
        });
        self.busy_until = self.busy_until.max(seen.end + self.clock_offset);
        self.judge(due.kind, seen.verdict);
        self.plan_retry(due, seen.verdict, next)
            .or_else(|| self.plan_fast(next))
    }

    fn judge(&mut self, kind: Kind, verdict: Verdict) {
        match verdict {
            _ if kind == Kind::Retry => {}
            Verdict::Bad | Verdict::Held => self.good_since_doubt = Some(0),
            Verdict::Good => {
                let good = self.good_since_doubt.map(|good| good + 1);
                self.good_since_doubt = good.filter(|good| *good < self.eye.design.rules.n_up);
            }
            Verdict::Void => {}
        }
    }

    fn plan_retry(&mut self, due: Due, verdict: Verdict, next: Timestamp) -> Option<Due> {
        let failing = matches!(verdict, Verdict::Bad | Verdict::Held);
        if !failing || due.kind == Kind::Fast || self.retries_left == 0 {
            return None;
        }
        self.retries_left -= 1;
        let at = self.busy_until + RETRY_AFTER;
        (at + self.eye.design.timeout <= next).then_some(Due {
            tick: self.latest.0,
            at,
            kind: Kind::Retry,
        })
    }

    fn plan_fast(&self, next: Timestamp) -> Option<Due> {
        let fast = self.eye.design.fast?;
        self.good_since_doubt?;
        let at = self.busy_until.max(self.latest.1 + fast);
        let comes_anyway = at + Millis(fast.0 / 2) > next;
        (!comes_anyway).then_some(Due {
            tick: at,
            at,
            kind: Kind::Fast,
        })
    }

    fn record(&mut self, due: Due, account: usize, seen: &Seen) {
        let shifted = |at: Timestamp| at + self.clock_offset;
        let own_clock = self.eye.world.own(self.eye.place.0, seen.start) == Some(Own::Clock);
        let attempt = &mut self.attempt;
        attempt.sequence += 1;
        (attempt.tick, attempt.due, attempt.kind) = (due.tick, due.at, due.kind);
        attempt.account = Some(self.accounts[account].clone());
        (attempt.start, attempt.end) = (shifted(seen.start), shifted(seen.end));
        attempt.evidence = Interval::new(shifted(seen.evidence.start), shifted(seen.evidence.end));
        (attempt.verdict, attempt.class) = (seen.verdict, seen.class);
        attempt.clock_error = match own_clock {
            true => self.eye.design.spacing,
            false => self.clock_error,
        };
        attempt.canary = seen.canary;
        attempt.second_resolver =
            (seen.class == Some(Class::Dns)).then_some(SecondResolver::Failed);
        self.fold.push(&self.attempt, &self.grids);
    }
}

fn blank(probe: ledger::name::Name, plan: u32) -> Attempt {
    let never = Timestamp(0);
    Attempt {
        sequence: 0,
        probe,
        plan,
        tick: never,
        due: never,
        kind: Kind::Base,
        account: None,
        start: never,
        end: never,
        evidence: Interval::new(never, never),
        verdict: Verdict::Good,
        class: None,
        step: None,
        status: None,
        family: None,
        steps: Vec::new(),
        total: None,
        slow: false,
        clock_error: Millis::ZERO,
        canary: CanaryState::Unasked,
        second_resolver: None,
        detail: Detail::default(),
    }
}
