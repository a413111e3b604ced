//! Scopes and the sentences of alarms, in UTC and plain English.

use super::event::Facts;
use crate::name::Name;
use crate::outage::Outage;
use crate::print;
use crate::time::{Interval, Millis, Timestamp};

/// The scope of alarms about all of it.
pub(super) const SERVICE: &str = "service";

/// The scope of alarms about a region.
pub(super) fn in_region(region: &Name) -> String {
    format!("region:{region}")
}

/// The scope of alarms about a persona.
pub(super) fn of_persona(persona: &Name) -> String {
    format!("persona:{persona}")
}

/// `2018-12-14 22:15:00 UTC`.
pub(super) fn utc(at: Timestamp) -> String {
    at.to_jiff().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `a, b and c`.
pub(super) fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let words: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    match words.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// A length to the second, as prose.
pub(super) fn length(length: Millis) -> String {
    print::table(Millis((length.0 + 500).div_euclid(1_000) * 1_000))
}

/// The most frequent causes of an outage, at most three.
fn causes(outage: &Outage) -> Vec<(crate::verdict::Class, u32)> {
    let mut causes: Vec<_> = outage
        .classes
        .iter()
        .map(|(class, n)| (*class, *n))
        .collect();
    causes.sort_by_key(|(class, ticks)| (std::cmp::Reverse(*ticks), *class));
    causes.truncate(3);
    causes
}

/// What is known of an outage that goes on.
pub(super) fn opened(service: &str, outage: &Outage) -> Facts {
    let doubt = Interval::new(outage.start.earliest, outage.start.latest).length();
    let summary = format!(
        "{service} is down since {} (known to {}) for {}, seen from {}{}",
        utc(outage.start.estimate),
        length(doubt),
        list(&outage.personas),
        list(&outage.regions),
        because(outage),
    );
    Facts {
        start: Some(outage.start),
        length: Some(outage.length),
        confirmed: Some(outage.confirmed),
        personas: outage.personas.clone(),
        regions: outage.regions.clone(),
        causes: causes(outage),
        ..Facts::said(summary)
    }
}

/// What is known of an outage that is over.
pub(super) fn closed(service: &str, outage: &Outage) -> Facts {
    let summary = format!(
        "{service} works again since {}; it was down for {} ({} to {})",
        utc(outage.end.estimate),
        length(outage.length.estimate),
        length(outage.length.lower),
        length(outage.length.upper),
    );
    Facts {
        end: Some(outage.end),
        ..opened(service, outage).saying(summary)
    }
}

fn because(outage: &Outage) -> String {
    let classes = causes(outage);
    if classes.is_empty() {
        return String::new();
    }
    format!(": {}", list(classes.iter().map(|(class, _)| class)))
}
