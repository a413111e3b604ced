//! The picture of who looked when.

use ledger::print;
use ledger::sla::Ratio;
use ledger::tally::TickCount;

use super::{Picture, scene};
use crate::chart::coverage;
use crate::chart::data::{Data, Datum};
use crate::report::Report;
use crate::report::figures::{availability, length};
use crate::text::{Text, say};
use crate::words;

pub(super) fn picture(report: &Report) -> Picture {
    let found = &report.found;
    let title = format!("When each region was looked at, {}", report.span);
    let desc = match found.total.coverage() {
        None => "Nothing of the period counts.".into(),
        Some(coverage) => say![
            availability(coverage, "/verdict/coverage"),
            " of the time that counts is known of the service, ",
            length(found.total.unknown, "/total/unknown_ms"),
            " are unknown.",
        ],
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
        let at = |part: &str| format!("/coverage/{}/{part}", region.name);
        let blind = words::duration(region.blind.measure());
        let blind = Text::figure(blind, format!("/drawn/unlooked_ms/{}", region.name));
        let share = counts.and_then(|(_, count)| share(*count));
        let share = share.map(|share| Text::figure(share, at("obtained_share")));
        let number = |count: Option<u64>, part: &str| match count {
            Some(count) => Datum::at(count.to_string(), at(part)),
            None => "–".into(),
        };
        data.push([
            region.name.clone().into(),
            number(counts.map(|(_, count)| count.planned), "planned"),
            number(counts.map(|(_, count)| count.obtained), "obtained"),
            Datum::from(share.clone().unwrap_or_else(|| "–".into())),
            Datum::from(blind.clone()),
        ]);
        region.figure = match share {
            Some(share) => say![share, " of looks"],
            None => say![blind, " unknown"],
        };
    }
    Picture::new(data, |format| coverage::draw(&scene, format))
}

/// The share of planned looks that told something.
fn share(count: TickCount) -> Option<String> {
    let number = |count| i64::try_from(count).unwrap_or(i64::MAX);
    Ratio::of_counts(number(count.obtained), number(count.planned)).map(print::availability)
}
