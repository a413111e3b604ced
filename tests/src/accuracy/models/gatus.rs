//! Model of Gatus as published, not the product.

use ledger::time::Millis;

use super::{Check, Counts, Model, Site, Told, instant, mean};

/// Gatus counts executions and successes by hour; uptime is their ratio (`storage/store/sql/sql.go` and
/// `storage/store/memory/uptime.go` of TwiN/gatus at 08c4635). While its connectivity checker says that it is offline,
/// nothing is executed (`watchdog/endpoint.go`).
#[derive(Debug)]
pub(super) struct Gatus;

impl Model for Gatus {
    fn name(&self) -> &'static str {
        "Gatus"
    }

    fn configured(&self) -> &'static str {
        "interval T, connectivity checker on, one instance a region, mean of them"
    }

    fn downtime(&self, site: &mut Site<'_>) -> Told {
        let interval: Millis = site.schedule.design.spacing;
        let mut downs = Vec::new();
        let mut seen = Vec::new();
        for region in 0..site.regions() {
            let mut counts = Counts::default();
            for at in site.instants(interval) {
                match site.check(region, at).0 {
                    Check::Up => counts.all += 1,
                    Check::Down => {
                        counts.all += 1;
                        counts.failed += 1;
                        seen.push(instant(at));
                    }
                    Check::OwnDown | Check::Nothing => {}
                }
            }
            downs.push(counts.of(site.schedule.period));
        }
        Told {
            down: mean(&downs),
            seen: seen.into_iter().collect(),
        }
    }
}
