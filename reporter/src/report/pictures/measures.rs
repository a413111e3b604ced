//! Pictures of measures that decide nothing: the worst windows, and what failed.

use std::collections::BTreeMap;

use ledger::print;
use ledger::sla::Ratio;
use ledger::tally::WINDOWS;
use ledger::time::{Interval, Millis};
use ledger::verdict::Class;

use super::{Picture, caption};
use crate::chart::causes::{self, Cause};
use crate::chart::data::{Data, Datum};
use crate::chart::windows;
use crate::report::Report;
use crate::report::figures::availability;
use crate::text::{Text, say};
use crate::words;

/// The curve of the worst windows.
pub(super) fn windows(report: &Report) -> Picture {
    let points = worst(report);
    let at = |index: usize, part: &str| format!("/drawn/worst_by_window/{index}/{part}");
    let told = |length: Millis| {
        let index = points.iter().position(|(one, _)| *one == length)?;
        let worst = availability(points[index].1, &at(index, "availability"));
        let name = named(length).map_or_else(
            || Text::figure(words::duration(length), at(index, "window_ms")),
            Text::from,
        );
        Some(say![worst, " in the worst ", name])
    };
    let told: Vec<Text> = WINDOWS.into_iter().filter_map(told).collect();
    let desc = match told.is_empty() {
        true => "Nothing is known of the period.".into(),
        false => say!["The service was available for ", Text::list(told), "."],
    };
    let title = format!(
        "Worst availability of any window, by its length, {}",
        report.span
    );
    let mut data = Data::new(
        title.clone(),
        ["Length of the window", "Worst availability"],
    );
    for (index, (length, ratio)) in points.iter().enumerate() {
        data.push([
            Datum::at(words::duration(*length), at(index, "window_ms")),
            Datum::at(print::availability(*ratio), at(index, "availability")),
        ]);
    }
    let caption = caption(report, "windows", title, desc);
    let target = report.contract.target;
    Picture::new(data, |format| {
        windows::draw(&points, target, &caption, format)
    })
}

/// The worst availability by length of the window.
pub(in crate::report) fn worst(report: &Report) -> Vec<(Millis, Ratio)> {
    let found = &report.found;
    let worst = |length| Some((length, found.worst_window(length)?));
    let lengths = windows::lengths(found.period.length()).into_iter();
    lengths.filter_map(worst).collect()
}

fn named(length: Millis) -> Option<&'static str> {
    match length.0 / 3_600_000 {
        1 => Some("hour"),
        24 => Some("day"),
        168 => Some("week"),
        _ => None,
    }
}

/// Counted downtime by what was seen.
pub(super) fn causes(report: &Report) -> Picture {
    let causes = shares(report);
    let total = report.found.total.counted.estimate;
    let desc = match causes.first() {
        None => "There was no counted downtime.".into(),
        Some(first) => say![
            "Of ",
            Text::figure(words::rounded(total), "/total/counted_down_ms/estimate"),
            " of counted downtime, ",
            Text::figure(words::rounded(first.down), &*first.at),
            format!(" went to the most frequent finding: {}.", first.name),
        ],
    };
    let title = format!("Downtime by what was seen, {}", report.span);
    let mut data = Data::new(title.clone(), ["What was seen", "Downtime"]);
    let rows = words::rows(causes.iter().map(|cause| cause.down));
    for (cause, row) in causes.iter().zip(rows) {
        let down = Datum::at(words::duration(row), &*cause.at);
        data.push([cause.name.clone().into(), down]);
    }
    let caption = caption(report, "causes", title, desc);
    Picture::new(data, |format| causes::draw(&causes, &caption, format))
}

fn shares(report: &Report) -> Vec<Cause> {
    let parts = parts(report).into_iter().enumerate();
    parts
        .map(|(index, (class, down))| Cause {
            name: class.map_or("cause unknown", words::class).to_owned(),
            down,
            unknown: class.is_none(),
            at: format!("/drawn/causes/{index}/down_ms"),
        })
        .collect()
}

/// The counted downtime of the period, parted by the failed looks of its outages, longest first; the parts add up exactly.
pub(in crate::report) fn parts(report: &Report) -> Vec<(Option<Class>, Millis)> {
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
    let name = |class: Option<Class>| class.map_or("cause unknown", words::class);
    let mut causes: Vec<(Option<Class>, Millis)> = parts
        .into_iter()
        .filter(|(_, down)| *down > Millis::ZERO)
        .collect();
    causes.sort_by(|a, b| (b.1, name(a.0)).cmp(&(a.1, name(b.0))));
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
