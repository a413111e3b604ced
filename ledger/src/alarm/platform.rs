//! Early warnings of the platform layer. They can only be read here, never counted (semantics §12).

use super::condition::{Condition, Conditions, Truth};
use super::event::{Facts, Severity};
use super::key::Alarm;
use super::walk::Seen;
use super::words::{list, utc};
use crate::tally::EarlyWarning;
use crate::time::{Interval, Millis};

/// A warning stays open for this long, so that its end can say what came of it.
const WATCHED: Millis = Millis::from_mins(120);
/// An outage that begins within this time of a warning may have been announced by it.
const PRECURSOR: Millis = Millis::from_mins(12 * 60);

/// Adds a condition per probe that warned. A single failure that was good again at the next look is no alarm.
pub(super) fn add(now: &Seen<'_>, conditions: &mut Conditions) {
    let gap = now.terms.contract.rules.merge_gap;
    let warnings = now.found.early_warnings.iter();
    for warning in warnings.filter(|warning| !warning.is_single()) {
        let lasts = (warning.interval.end + gap).max(warning.interval.start + WATCHED);
        let goes_on = now.at <= lasts;
        let facts = Facts {
            regions: warning.regions.clone(),
            causes: vec![(warning.class, warning.bad)],
            ..Facts::said(if goes_on {
                opened(warning)
            } else {
                came_of_it(now, warning)
            })
        };
        let condition = Condition::new(Truth::from(goes_on), Severity::Notify, facts);
        let key = now.key(Alarm::EarlyWarning, warning.probe.to_string());
        // They come in the order of time: the newest one of a probe speaks for it.
        conditions.all.insert(key, condition);
    }
}

fn opened(warning: &EarlyWarning) -> String {
    format!(
        "platform check {} has failed {} times since {}, seen from {}: {}; customers are not counted as affected",
        warning.probe,
        warning.bad,
        utc(warning.interval.start),
        list(&warning.regions),
        warning.class
    )
}

fn came_of_it(now: &Seen<'_>, warning: &EarlyWarning) -> String {
    let EarlyWarning {
        probe, interval, ..
    } = warning;
    let after = Interval::new(interval.start, interval.start + PRECURSOR);
    let outages = now.found.outages.iter();
    let next = outages
        .map(|outage| outage.start.estimate)
        .find(|start| after.contains(*start));
    match next {
        Some(start) => format!(
            "platform check {probe} works again; it failed before the outage of {}",
            utc(start)
        ),
        None if warning.no_customer_impact => {
            format!("platform check {probe} works again; no customer impact")
        }
        None => format!("platform check {probe} works again; no outage followed so far"),
    }
}
