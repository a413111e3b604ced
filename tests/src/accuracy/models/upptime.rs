//! Model of Upptime as published, not the product.

use ledger::time::{Interval, Intervals, Millis, Timestamp};

use super::{Check, Model, Site, Told};

/// A job of a hosted scheduler checks at best every five minutes and tries a failure twice more, after 2 s and 10 s
/// (`src/update.ts` of upptime/uptime-monitor at 2eb5d99). Down opens an issue, up closes it. Downtime of a day is the sum of
/// the issues' overlaps, each rounded to a minute (`src/helpers/calculate-uptime.ts`).
#[derive(Debug)]
pub(super) struct Upptime;

/// The shortest schedule that the hosted scheduler takes.
const SHORTEST: Millis = Millis::from_mins(5);

const RETRIES: [Millis; 2] = [Millis::from_secs(2), Millis::from_secs(10)];

impl Model for Upptime {
    fn name(&self) -> &'static str {
        "Upptime"
    }

    fn configured(&self) -> &'static str {
        "every 5 min, always in time, a runner that is never ill, skipDeleteIssues on"
    }

    fn downtime(&self, site: &mut Site<'_>) -> Told {
        let period = site.schedule.period;
        let mut issue: Option<Timestamp> = None;
        let mut issues: Vec<Interval> = Vec::new();
        for at in site.instants(SHORTEST.max(site.schedule.design.spacing)) {
            let (failed, ended) = job(site, at);
            match (failed, issue) {
                (Some(true), None) => issue = Some(ended),
                (Some(false), Some(opened)) => {
                    issues.push(Interval::new(opened, ended));
                    issue = None;
                }
                _ => {}
            }
        }
        issues.extend(issue.map(|opened| Interval::new(opened, period.end)));
        let minutes = issues.iter().filter_map(|issue| issue.intersect(period));
        let minutes = minutes.map(|issue| (issue.length().0 + 30_000).div_euclid(60_000));
        let down = Millis::from_mins(minutes.sum());
        let seen: Intervals = issues.into_iter().collect();
        Told { down, seen }
    }
}

/// Whether all tries of one job failed, and when it ended; `None` if the job did not run.
fn job(site: &mut Site<'_>, start: Timestamp) -> (Option<bool>, Timestamp) {
    let mut at = start;
    for wait in std::iter::once(Millis::ZERO).chain(RETRIES) {
        let (check, ended) = site.check(0, at + wait);
        match check {
            // Hosted runners are never ill here.
            Check::Nothing | Check::OwnDown => return (None, ended),
            Check::Up => return (Some(false), ended),
            Check::Down => at = ended,
        }
    }
    (Some(true), at)
}
