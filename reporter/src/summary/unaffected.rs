//! What went on working, as measured.

use ledger::name::Name;
use ledger::outage::Outage;
use ledger::time::Interval;

use super::Period;
use crate::report::Report;

/// What went on working.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unaffected {
    /// Personas that could sign in throughout.
    pub personas: Vec<Name>,
    /// Regions from which it worked throughout.
    pub regions: Vec<Name>,
    /// Trouble of the platform on these days that nobody could notice.
    pub warnings: Vec<Interval>,
}

impl Unaffected {
    pub(super) fn of(report: &Report, periods: &[Period]) -> Self {
        let found = &report.found;
        let (Some(first), Some(last)) = (periods.first(), periods.last()) else {
            return Self::default();
        };
        let hit = |name: &Name, of: fn(&Outage) -> &Vec<Name>| {
            periods.iter().any(|one| of(&one.outage).contains(name))
        };
        let personas = found.personas.keys();
        let regions = found.coverage.keys();
        let zone = &report.zone;
        let end = zone.date(last.outage.end.latest).tomorrow();
        let days = Interval::new(
            zone.start_of(zone.date(first.outage.start.earliest)),
            end.map_or(last.outage.end.latest, |date| zone.start_of(date)),
        );
        let quiet = found.early_warnings.iter().filter(|one| {
            let inside = one.interval.intersect(days).is_some();
            one.no_customer_impact && !one.is_single() && inside
        });
        let mut warnings: Vec<Interval> = Vec::new();
        for one in quiet {
            match warnings.last_mut() {
                Some(open) if one.interval.start <= open.end => {
                    open.end = open.end.max(one.interval.end);
                }
                _ => warnings.push(one.interval),
            }
        }
        Self {
            personas: personas
                .filter(|name| !hit(name, |one| &one.personas))
                .cloned()
                .collect(),
            regions: regions
                .filter(|name| !hit(name, |one| &one.regions))
                .cloned()
                .collect(),
            warnings,
        }
    }
}
