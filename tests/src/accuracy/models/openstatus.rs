//! Model of `OpenStatus` as published, not the product.

use ledger::time::{Interval, Intervals, Millis, Timestamp};

use super::{Check, Model, Site, Told};

/// All regions check at the same scheduled instant. A region's status is stored when it changes; then, if at least half
/// of the regions have that status and the monitor has not, the monitor takes it, both ways. An incident opens and is
/// resolved at the scheduled instant of the report that tipped it (`apps/workflows/src/checker/quorum.ts` and
/// `transition.ts` of openstatusHQ/openstatus at 22df52e). Downtime is the union of incidents
/// (`packages/services/src/status-timeline/downtime.ts`), as its history shows it, without the day-wide entry of its card.
#[derive(Debug)]
pub(super) struct OpenStatus;

impl Model for OpenStatus {
    fn name(&self) -> &'static str {
        "OpenStatus"
    }

    fn configured(&self) -> &'static str {
        "periodicity T, all regions, duration from incidents (its history, not its card)"
    }

    fn downtime(&self, site: &mut Site<'_>) -> Told {
        let regions = site.regions();
        let period = site.schedule.period;
        let mut down_in = vec![false; regions];
        let mut incident: Option<Timestamp> = None;
        let mut incidents: Vec<Interval> = Vec::new();
        for at in site.instants(site.schedule.design.spacing) {
            for region in 0..regions {
                // Reports come in one by one.
                let latency = Millis(40 * i64::try_from(region).unwrap_or(0));
                let failed = match site.check(region, at + latency).0 {
                    Check::Nothing => continue,
                    Check::Up => false,
                    Check::Down | Check::OwnDown => true,
                };
                if down_in[region] == failed {
                    continue;
                }
                down_in[region] = failed;
                let same = down_in.iter().filter(|status| **status == failed).count();
                let tips = same * 2 >= regions && incident.is_some() != failed;
                match incident {
                    None if tips => incident = Some(at),
                    Some(start) if tips => {
                        incidents.push(Interval::new(start, at));
                        incident = None;
                    }
                    _ => {}
                }
            }
        }
        incidents.extend(incident.map(|start| Interval::new(start, period.end)));
        let seen: Intervals = incidents.into_iter().collect();
        Told {
            down: seen.measure_in(period),
            seen,
        }
    }
}
