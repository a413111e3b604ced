//! Model of Uptime Kuma as published, not the product.

use ledger::time::{Millis, Timestamp};

use super::{Check, Counts, Model, Site, Told, instant, mean};

/// Beats are counted up or down in buckets of minutes, hours and days; a retry in progress is down (`flatStatus`), and
/// uptime is up / (up + down) (`server/uptime-calculator.js` of louislam/uptime-kuma at 6398a95). A beat comes an
/// interval after the last one; while retries are left after a failure, the retry interval (`server/model/monitor.js`).
#[derive(Debug)]
pub(super) struct UptimeKuma {
    /// Retries before a monitor is down.
    pub(super) retries: u32,
}

/// The retry interval of its own example.
const RETRY_INTERVAL: Millis = Millis::from_secs(20);

impl Model for UptimeKuma {
    fn name(&self) -> &'static str {
        match self.retries {
            0 => "Uptime Kuma",
            _ => "Kuma, retries",
        }
    }

    fn configured(&self) -> &'static str {
        match self.retries {
            0 => "interval T, no retries, one instance a region, mean of them",
            _ => {
                "the same with 3 retries every 20 s (at most every T), as is usual against false alarms"
            }
        }
    }

    fn downtime(&self, site: &mut Site<'_>) -> Told {
        let mut downs = Vec::new();
        let mut seen = Vec::new();
        for region in 0..site.regions() {
            let mut counts = Counts::default();
            let first = site.instants(site.schedule.design.spacing).next();
            let mut beat = first.map(|at| (at, 0));
            while let Some((at, failures)) = beat {
                let check = site.check(region, at).0;
                let failed = matches!(check, Check::Down | Check::OwnDown);
                counts.failed += i64::from(failed);
                counts.all += i64::from(check != Check::Nothing);
                if failed {
                    seen.push(instant(at));
                }
                beat = self.next(site, at, if failed { failures + 1 } else { 0 });
            }
            downs.push(counts.of(site.schedule.period));
        }
        Told {
            down: mean(&downs),
            seen: seen.into_iter().collect(),
        }
    }
}

impl UptimeKuma {
    /// The beat after that many failures in a row.
    fn next(&self, site: &Site<'_>, at: Timestamp, failures: u32) -> Option<(Timestamp, u32)> {
        let interval = site.schedule.design.spacing;
        let wait = match failures {
            1.. if failures <= self.retries => interval.min(RETRY_INTERVAL),
            _ => interval,
        };
        let next = at + wait;
        (next < site.schedule.period.end).then_some((next, failures))
    }
}
