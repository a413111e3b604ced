//! Held ticks: undecided alone, decided from what other accounts and regions saw within *H* (semantics §3).
//!
//! A decision looks at [t − H, t + H] and nowhere else, H = max(2T, 15 min), so it is the same whenever it is made.

use std::collections::{BTreeMap, BTreeSet};

use super::border::ServiceSeries;
use crate::attempt::Account;
use crate::name::Name;
use crate::run::{Entry, Tick, TickVerdict};
use crate::time::{Interval, Millis, Timestamp};
use crate::verdict::Class;

/// Least reach of evidence around a held tick, and the time in which the same secret must be accepted again.
const REACH: Millis = Millis::from_mins(15);

/// All that may speak for or against a held tick.
#[derive(Debug, Default)]
pub(super) struct Court<'r> {
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
}

impl<'r> Court<'r> {
    /// Calls every witness, if there is anything to decide at all.
    pub(super) fn summon(series: &'r [ServiceSeries<'r>]) -> Self {
        let ticks = || series.iter().flat_map(|one| &one.rows);
        let undecided = ticks()
            .any(|row| matches!(row.entry, Entry::Tick(tick) if tick.verdict == TickVerdict::Held));
        let mut court = Self::default();
        if !undecided {
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
        let Some(class) = tick.class else {
            return false;
        };
        let case = Case {
            at: tick.evidence.start,
            reach: REACH.max(spacing + spacing),
            place,
            account: tick.account.as_ref(),
        };
        match class {
            Class::Dns => self.others_failed(class, &case, |other| case.other_region(other)),
            Class::Throttled => self.others_failed(class, &case, |other| {
                case.other_region(other)
                    || case.other_account(other) && other.place.agent != place.agent
            }),
            Class::SessionLost => self.others_failed(class, &case, |other| {
                case.other_region(other) || case.other_account(other)
            }),
            Class::Rejected => self.is_auth_failure(&case),
            Class::Script => self.failed_everywhere(&case),
            _ => false,
        }
    }

    fn others_failed(
        &self,
        class: Class,
        case: &Case<'_>,
        counts: impl Fn(&Witness<'r>) -> bool,
    ) -> bool {
        let witnesses = self.failed.get(&class).map_or(&[][..], Vec::as_slice);
        around(witnesses, case.at, case.reach).iter().any(counts)
    }

    /// A second account of the persona was rejected too, or the same secret was accepted before and again soon after.
    ///
    /// An account that stays rejected while others pass is locked, expired or rotated: the prober's trouble.
    fn is_auth_failure(&self, case: &Case<'_>) -> bool {
        let second = self.others_failed(Class::Rejected, case, |other| {
            other.place.persona == case.place.persona && case.other_account(other)
        });
        if second || case.account.is_none() {
            return second;
        }
        let passed = self
            .passed
            .get(case.place.persona)
            .map_or(&[][..], Vec::as_slice);
        let accepted = |reach: Millis, later: bool| {
            around(passed, case.at, reach).iter().any(|other| {
                other.account == case.account
                    && if later {
                        other.at > case.at
                    } else {
                        other.at < case.at
                    }
            })
        };
        accepted(case.reach, false) && accepted(REACH, true)
    }

    /// Every region that saw anything of the probe saw the same.
    fn failed_everywhere(&self, case: &Case<'_>) -> bool {
        let failed_in = |region: &Name| {
            self.others_failed(Class::Script, case, |other| {
                other.place.probe == case.place.probe && other.place.region == region
            })
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
        regions.into_iter().all(failed_in)
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
