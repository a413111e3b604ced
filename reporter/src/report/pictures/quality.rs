//! The picture of who looked when.

use ledger::print;
use ledger::sla::Ratio;
use ledger::tally::TickCount;

use super::{Picture, scene};
use crate::chart::coverage;
use crate::chart::data::Data;
use crate::report::Report;
use crate::words;

pub(super) fn picture(report: &Report) -> Picture {
    let found = &report.found;
    let title = format!("When each region was looked at, {}", report.span);
    let desc = match found.total.coverage() {
        None => "Nothing of the period counts.".into(),
        Some(coverage) => format!(
            "{} of the time that counts is known of the service, {} are unknown.",
            print::availability(coverage),
            words::duration(found.total.unknown)
        ),
    };
    let heads = [
        "Region",
        "Planned looks",
        "Obtained",
        "Share",
        "Unknown time",
    ];
    let mut data = Data::new(title.clone(), heads);
    let mut scene = scene(report, "coverage", title, desc);
    for region in &mut scene.known.0 {
        let counts = found
            .coverage
            .iter()
            .find(|(name, _)| name.as_str() == region.name);
        let count = counts.map(|(_, count)| *count).unwrap_or_default();
        let blind = words::duration(region.blind.measure());
        region.figure = share(count).map_or_else(
            || format!("{blind} unknown"),
            |share| format!("{share} of looks"),
        );
        data.push([
            region.name.clone().into(),
            count.planned.to_string().into(),
            count.obtained.to_string().into(),
            share(count).unwrap_or_else(|| "–".into()).into(),
            blind.into(),
        ]);
    }
    Picture::new(data, |format| coverage::draw(&scene, format))
}

/// The share of planned looks that told something.
fn share(count: TickCount) -> Option<String> {
    let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
    Ratio::of_counts(number(count.obtained), number(count.planned)).map(print::availability)
}
