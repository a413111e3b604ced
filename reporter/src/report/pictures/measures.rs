//! Pictures of measures that decide nothing: the worst windows, and what failed.

use std::collections::BTreeMap;

use ledger::print;
use ledger::sla::Ratio;
use ledger::tally::WINDOWS;
use ledger::time::{Interval, Millis};
use ledger::verdict::Class;

use super::{Picture, caption};
use crate::chart::causes::{self, Cause};
use crate::chart::data::Data;
use crate::chart::windows;
use crate::report::Report;
use crate::words;

/// The worst availability by length of the window.
pub(super) fn windows(report: &Report) -> Picture {
    let found = &report.found;
    let worst = |length| Some((length, found.worst_window(length)?));
    let lengths = windows::lengths(found.period.length()).into_iter();
    let points: Vec<(Millis, Ratio)> = lengths.filter_map(worst).collect();
    let told = |length: Millis| {
        let ratio = points.iter().find(|(one, _)| *one == length)?;
        Some(format!(
            "{} in the worst {}",
            print::availability(ratio.1),
            named(length)
        ))
    };
    let told: Vec<String> = WINDOWS.into_iter().filter_map(told).collect();
    let desc = match told.is_empty() {
        true => "Nothing is known of the period.".into(),
        false => format!("The service was available for {}.", words::list(told)),
    };
    let title = format!(
        "Worst availability of any window, by its length, {}",
        report.span
    );
    let mut data = Data::new(
        title.clone(),
        ["Length of the window", "Worst availability"],
    );
    for (length, ratio) in &points {
        data.push([
            words::duration(*length).into(),
            print::availability(*ratio).into(),
        ]);
    }
    let caption = caption(report, "windows", title, desc);
    let target = report.contract.target;
    Picture::new(data, |format| {
        windows::draw(&points, target, &caption, format)
    })
}

fn named(length: Millis) -> String {
    match length.0 / 3_600_000 {
        1 => "hour".into(),
        24 => "day".into(),
        168 => "week".into(),
        hours => format!("{hours} h"),
    }
}

/// Counted downtime by what was seen.
pub(super) fn causes(report: &Report) -> Picture {
    let causes = shares(report);
    let total = report.found.total.counted.estimate;
    let desc = match causes.first() {
        None => "There was no counted downtime.".into(),
        Some(first) => format!(
            "Of {} of counted downtime, {} went to the most frequent finding: {}.",
            words::rounded(total),
            words::rounded(first.down),
            first.name
        ),
    };
    let title = format!("Downtime by what was seen, {}", report.span);
    let mut data = Data::new(title.clone(), ["What was seen", "Downtime"]);
    let rows = words::rows(causes.iter().map(|cause| cause.down));
    for (cause, row) in causes.iter().zip(rows) {
        data.push([cause.name.clone().into(), words::duration(row).into()]);
    }
    let caption = caption(report, "causes", title, desc);
    Picture::new(data, |format| causes::draw(&causes, &caption, format))
}

/// The counted downtime of the period, parted by the failed looks of its outages; the parts add up exactly.
fn shares(report: &Report) -> Vec<Cause> {
    let total = report.found.total.counted.estimate;
    if total <= Millis::ZERO {
        return Vec::new();
    }
    let weights = weights(report);
    let whole: i128 = weights.values().sum();
    let mut parts: BTreeMap<Option<Class>, Millis> = BTreeMap::new();
    let (mut passed, mut given) = (0, 0);
    for (class, weight) in weights {
        passed += weight;
        let until = i128::from(total.0) * passed / whole.max(1);
        let until = i64::try_from(until).unwrap_or(total.0);
        parts.insert(class, Millis(until - given));
        given = until;
    }
    // What no outage accounts for, as under a contract that weighs partial outages.
    *parts.entry(None).or_default() += Millis(total.0 - given);
    let mut causes: Vec<Cause> = parts
        .into_iter()
        .filter(|(_, down)| *down > Millis::ZERO)
        .map(|(class, down)| Cause {
            name: class.map_or("cause unknown", words::class).to_owned(),
            down,
            unknown: class.is_none(),
        })
        .collect();
    causes.sort_by(|a, b| (b.down, &a.name).cmp(&(a.down, &b.name)));
    causes
}

/// Time in outages by class: each outage's time in the period, parted by its failed looks.
fn weights(report: &Report) -> BTreeMap<Option<Class>, i128> {
    let mut weights: BTreeMap<Option<Class>, i128> = BTreeMap::new();
    let counted = report.found.outages.iter();
    for outage in counted.filter(|one| one.counted.estimate > Millis::ZERO) {
        let span = Interval::new(outage.start.estimate, outage.end.estimate);
        let inside = span.intersect(report.found.period);
        let time = i128::from(inside.map_or(0, |one| one.length().0)) * 1_000;
        let looks: i128 = outage
            .classes
            .values()
            .map(|count| i128::from(*count))
            .sum();
        if looks == 0 {
            *weights.entry(None).or_default() += time;
            continue;
        }
        for (class, count) in &outage.classes {
            *weights.entry(Some(*class)).or_default() += time * i128::from(*count) / looks;
        }
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn causes_add_up_to_the_counted_downtime() {
        let report = fixture::report(fixture::december());
        let causes = shares(&report);
        let sum: Millis = causes.iter().map(|cause| cause.down).sum();
        assert_eq!(sum, report.found.total.counted.estimate);
        assert!(causes.windows(2).all(|pair| pair[0].down >= pair[1].down));
    }
}
