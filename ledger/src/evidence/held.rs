//! Held ticks: undecided alone, decided from what other accounts and regions saw within *H* (semantics §3).
//!
//! A decision looks at [t − H, t + H] and nowhere else, H = max(2T, 15 min), so it is the same whenever it is made.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::border::ServiceSeries;
use crate::attempt::Account;
use crate::name::Name;
use crate::run::{Entry, Tick, TickVerdict};
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;

/// Least reach of evidence around a held tick, and the time in which the same secret must be accepted again.
pub(super) const REACH: Millis = Millis::from_mins(15);

/// All that may speak for or against a held tick.
#[derive(Debug, Default)]
pub(crate) struct Court<'r> {
    /// Ticks that failed or are held, by class, by time.
    failed: BTreeMap<Class, Vec<Witness<'r>>>,
    /// Ticks that passed, by persona, by time.
    passed: BTreeMap<&'r Name, Vec<Witness<'r>>>,
    /// Quiet stretches; whose accounts passed in them is not known.
    quiet: Vec<(Interval, Place<'r>)>,
}

/// Who saw something, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place<'r> {
    pub(super) probe: &'r Name,
    pub(super) persona: &'r Name,
    pub(super) region: &'r Name,
    pub(super) agent: &'r Name,
}

#[derive(Clone, Copy, Debug)]
struct Witness<'r> {
    at: Timestamp,
    place: Place<'r>,
    account: Option<&'r Account>,
    sequence: u64,
}

/// Why a held tick was found to be the service's fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Grounds {
    /// Somebody else who counts for this class saw the same.
    SeenElsewhere(Seen),
    /// The same unchanged secret was accepted before, and again soon after.
    AcceptedAgain {
        /// Before the tick.
        before: Seen,
        /// After it.
        after: Seen,
    },
    /// All regions that saw anything of the probe saw the same: these.
    Everywhere(Vec<Name>),
}

/// What another tick saw that decides a held one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Start of its evidence.
    pub at: Timestamp,
    /// Who.
    pub agent: Name,
    /// Where.
    pub region: Name,
    /// Through which probe.
    pub probe: Name,
    /// The label of its account, if it is known.
    pub account: Option<Name>,
    /// Its sequence number; with the agent it names the attempt.
    pub sequence: u64,
}

impl Witness<'_> {
    fn told(&self) -> Seen {
        Seen {
            at: self.at,
            agent: self.place.agent.clone(),
            region: self.place.region.clone(),
            probe: self.place.probe.clone(),
            account: self.account.map(|account| account.label.clone()),
            sequence: self.sequence,
        }
    }
}

impl<'r> Court<'r> {
    /// Calls every witness, if there is anything to decide at all.
    pub(crate) fn summon(series: &'r [ServiceSeries<'r>]) -> Self {
        let mut court = Self::default();
        if !series.iter().any(ServiceSeries::is_undecided) {
            return court;
        }
        for one in series {
            let place = one.place();
            for row in &one.rows {
                match row.entry {
                    Entry::Run(_) => court.quiet.push((row.entry.span(), place)),
                    Entry::Tick(tick) => court.hear(tick, place),
                }
            }
        }
        let lists = court.failed.values_mut().chain(court.passed.values_mut());
        for list in lists {
            list.sort_by_key(|witness| witness.at);
        }
        court
    }

    fn hear(&mut self, tick: &'r Tick, place: Place<'r>) {
        let mut witness = Witness {
            at: tick.evidence.start,
            place,
            account: tick.account.as_ref(),
            sequence: tick.sequence,
        };
        let failed = matches!(
            tick.verdict,
            TickVerdict::Held | TickVerdict::Bad | TickVerdict::Flicker
        );
        if let (true, Some(class)) = (failed, tick.class) {
            self.failed.entry(class).or_default().push(witness);
        }
        if matches!(tick.verdict, TickVerdict::Good | TickVerdict::Flicker) || tick.recovered {
            if tick.verdict != TickVerdict::Good {
                witness.account = None; // a retry may have used another account
            }
            self.passed.entry(place.persona).or_default().push(witness);
        }
    }

    /// Whether a held tick is the service's fault. If not, it is void.
    pub(super) fn blames_service(&self, tick: &Tick, place: Place<'r>, spacing: Millis) -> bool {
        self.grounds(tick, place, spacing).is_some()
    }

    /// Why a held tick is the service's fault; `None` if it is not.
    pub(super) fn grounds(
        &self,
        tick: &Tick,
        place: Place<'r>,
        spacing: Millis,
    ) -> Option<Grounds> {
        let class = tick.class?;
        let case = Case {
            at: tick.evidence.start,
            reach: REACH.max(spacing + spacing),
            place,
            account: tick.account.as_ref(),
        };
        match class {
            Class::Dns => self.seconded(class, &case, |other| case.other_region(other)),
            Class::Throttled => self.seconded(class, &case, |other| {
                case.other_region(other)
                    || case.other_account(other) && other.place.agent != place.agent
            }),
            Class::SessionLost => self.seconded(class, &case, |other| {
                case.other_region(other) || case.other_account(other)
            }),
            Class::Rejected => self.auth_failure(&case),
            Class::Script => self.failed_everywhere(&case),
            _ => None,
        }
    }

    /// The first of those within reach who saw the same and count.
    fn other_failed(
        &self,
        class: Class,
        case: &Case<'_>,
        counts: impl Fn(&Witness<'r>) -> bool,
    ) -> Option<&Witness<'r>> {
        let witnesses = self.failed.get(&class).map_or(&[][..], Vec::as_slice);
        let mut around = around(witnesses, case.at, case.reach).iter();
        around.find(|other| counts(other))
    }

    fn seconded(
        &self,
        class: Class,
        case: &Case<'_>,
        counts: impl Fn(&Witness<'r>) -> bool,
    ) -> Option<Grounds> {
        let other = self.other_failed(class, case, counts)?;
        Some(Grounds::SeenElsewhere(other.told()))
    }

    /// A second account of the persona was rejected too, or the same secret was accepted before and again soon after.
    ///
    /// An account that stays rejected while others pass is locked, expired or rotated: the prober's trouble.
    fn auth_failure(&self, case: &Case<'_>) -> Option<Grounds> {
        let second = self.seconded(Class::Rejected, case, |other| {
            other.place.persona == case.place.persona && case.other_account(other)
        });
        if second.is_some() || case.account.is_none() {
            return second;
        }
        let passed = self
            .passed
            .get(case.place.persona)
            .map_or(&[][..], Vec::as_slice);
        let accepted = |reach: Millis, later: bool| {
            around(passed, case.at, reach).iter().find(|other| {
                other.account == case.account
                    && if later {
                        other.at > case.at
                    } else {
                        other.at < case.at
                    }
            })
        };
        Some(Grounds::AcceptedAgain {
            before: accepted(case.reach, false)?.told(),
            after: accepted(REACH, true)?.told(),
        })
    }

    /// Every region that saw anything of the probe saw the same.
    fn failed_everywhere(&self, case: &Case<'_>) -> Option<Grounds> {
        let failed_in = |region: &&Name| {
            let failed = self.other_failed(Class::Script, case, |other| {
                other.place.probe == case.place.probe && other.place.region == *region
            });
            failed.is_some()
        };
        let same_probe = |place: &Place<'_>| place.probe == case.place.probe;
        let window = Interval::new(case.at - case.reach, case.at + case.reach);
        let saw_quiet = self
            .quiet
            .iter()
            .filter(|(span, place)| same_probe(place) && span.intersect(window).is_some());
        let lists = self.passed.values().chain(self.failed.values());
        let regions: BTreeSet<&Name> = lists
            .flat_map(|list| around(list, case.at, case.reach))
            .map(|witness| &witness.place)
            .filter(|place| same_probe(place))
            .chain(saw_quiet.map(|(_, place)| place))
            .map(|place| place.region)
            .collect();
        let everywhere = regions.iter().all(failed_in);
        everywhere.then(|| Grounds::Everywhere(regions.into_iter().cloned().collect()))
    }
}

impl ServiceSeries<'_> {
    /// Whether a tick of it is held.
    pub(crate) fn is_undecided(&self) -> bool {
        let held =
            |entry: &Entry| matches!(entry, Entry::Tick(tick) if tick.verdict == TickVerdict::Held);
        self.rows.iter().any(|row| held(row.entry))
    }
}

/// The held tick that is to be decided.
struct Case<'r> {
    at: Timestamp,
    reach: Millis,
    place: Place<'r>,
    account: Option<&'r Account>,
}

impl Case<'_> {
    fn other_region(&self, other: &Witness<'_>) -> bool {
        other.place.region != self.place.region
    }

    fn other_account(&self, other: &Witness<'_>) -> bool {
        match (self.account, other.account) {
            (Some(mine), Some(other)) => mine.label != other.label,
            _ => false,
        }
    }
}

/// The witnesses within `reach` of `at`, both ends included.
fn around<'a, 'r>(witnesses: &'a [Witness<'r>], at: Timestamp, reach: Millis) -> &'a [Witness<'r>] {
    let from = witnesses.partition_point(|witness| witness.at < at - reach);
    let to = witnesses.partition_point(|witness| witness.at <= at + reach);
    &witnesses[from..to]
}
