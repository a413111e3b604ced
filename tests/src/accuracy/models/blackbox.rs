//! Model of `blackbox_exporter` with `avg_over_time` as published, not the products.

use super::{Check, Counts, Model, Site, Told, instant, mean};

/// One gauge per scrape (`prober/handler.go` of `prometheus/blackbox_exporter` at e39d7d4), averaged over the day by
/// `avg_over_time(probe_success[1d])`: scrapes that were not made leave no sample, all others weigh the same.
#[derive(Debug)]
pub(super) struct Blackbox;

impl Model for Blackbox {
    fn name(&self) -> &'static str {
        "blackbox, average"
    }

    fn configured(&self) -> &'static str {
        "scrape interval T, one exporter a region, mean of them"
    }

    fn downtime(&self, site: &mut Site<'_>) -> Told {
        let interval = site.schedule.design.spacing;
        let mut downs = Vec::new();
        let mut seen = Vec::new();
        for region in 0..site.regions() {
            let mut counts = Counts::default();
            for at in site.instants(interval) {
                let check = site.check(region, at).0;
                if check != Check::Nothing {
                    counts.all += 1;
                }
                if matches!(check, Check::Down | Check::OwnDown) {
                    counts.failed += 1;
                    seen.push(instant(at));
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
