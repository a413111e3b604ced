//! Pictures of days: downtime, availability, calendar. They share one table.

use ledger::print;
use ledger::tally::Day;
use ledger::time::Millis;

use super::{Picture, scene};
use crate::chart::availability::{self, Point};
use crate::chart::calendar;
use crate::chart::class::OfDay;
use crate::chart::data::{Data, Datum};
use crate::chart::downtime::{self, Bar};
use crate::civil;
use crate::report::{Report, Stage};
use crate::words;

/// Downtime per day.
pub(super) fn downtime(report: &Report) -> Picture {
    let bars: Vec<Bar> = days(report)
        .map(|(_, day)| Bar {
            interval: day.interval,
            down: day.tally.counted,
        })
        .collect();
    let title = format!("Downtime per day, {}", report.span);
    let scene = scene(report, "downtime", title, finding(report));
    Picture::new(data(report), |format| downtime::draw(&bars, &scene, format))
}

/// Downtime by weekday and week.
pub(super) fn calendar(report: &Report) -> Picture {
    let marks: Vec<OfDay> = days(report).map(|(_, day)| mark(report, day)).collect();
    let title = format!("Downtime by day of the week, {}", report.span);
    let scene = scene(report, "calendar", title, weekdays(report));
    Picture::new(data(report), |format| {
        calendar::draw(&marks, &scene, format)
    })
}

/// Availability per day against the target.
pub(super) fn availability(report: &Report) -> Picture {
    let rules = &report.contract.rules;
    let points: Vec<Point> = days(report)
        .map(|(_, day)| Point {
            interval: day.interval,
            range: day
                .tally
                .availability(rules)
                .filter(|_| day.tally.unknown < day.tally.counting()),
            down: day.tally.counted,
        })
        .collect();
    let target = report.contract.target;
    let known = points.iter().filter_map(|point| point.range);
    let below = known
        .filter(|range| !range.estimate.reaches(target))
        .count();
    let desc = match below {
        0 => format!("No day was below the target of {}.", print::share(target)),
        _ => format!(
            "{} below the target of {} (crosses); lines span what the bounds allow.",
            were(below),
            print::share(target)
        ),
    };
    let title = format!("Availability per day, {}", report.span);
    let scene = scene(report, "availability", title, desc);
    Picture::new(data(report), |format| {
        availability::draw(&points, target, &scene, format)
    })
}

/// A day as charts of many days show it.
pub(super) fn mark(report: &Report, day: &Day) -> OfDay {
    let found = &report.found;
    let last = day.interval.end == found.period.end;
    let provisional = matches!(report.stage, Stage::Provisional { .. });
    OfDay {
        date: report.zone.date(day.interval.start),
        interval: day.interval,
        day_length: day.day_length,
        down: day.tally.counted.estimate,
        unknown: day.tally.unknown,
        excluded: day.tally.excluded,
        open: last && provisional && day.interval.length() < day.day_length,
    }
}

/// Days that have a length, with their places in the document.
pub(super) fn days(report: &Report) -> impl Iterator<Item = (usize, &Day)> {
    let all = report.found.days.iter().enumerate();
    all.filter(|(_, day)| !day.interval.is_empty())
}

fn were(days: usize) -> String {
    match days {
        1 => "1 day was".into(),
        _ => format!("{days} days were"),
    }
}

fn finding(report: &Report) -> String {
    let down = || days(report).filter(|(_, day)| day.tally.counted.estimate > Millis::ZERO);
    // The first of equals, as a reader finds it.
    let worst = down().reduce(|worst, next| {
        let longer = next.1.tally.counted.estimate > worst.1.tally.counted.estimate;
        if longer { next } else { worst }
    });
    let Some((_, worst)) = worst else {
        return match report.found.sla.availability {
            None => "Nothing of the period counts.".into(),
            Some(_) if report.found.total.unknown >= report.found.total.counting() => {
                "Nothing is known of the period.".into()
            }
            Some(_) => "No day had any downtime.".into(),
        };
    };
    format!(
        "{} of downtime on {}; the worst was {} with {}.",
        words::rounded(report.found.total.counted.estimate),
        words::count(down().count(), "day"),
        report.zone.long_date(worst.interval.start),
        words::rounded(worst.tally.counted.estimate),
    )
}

/// How much of the downtime lay on Saturdays and Sundays.
fn weekdays(report: &Report) -> String {
    let total = report.found.total.counted.estimate;
    if total <= Millis::ZERO {
        return finding(report);
    }
    let weekend: Millis = days(report)
        .filter(|(_, day)| {
            let date = report.zone.date(day.interval.start);
            date.weekday().to_monday_zero_offset() >= 5
        })
        .map(|(_, day)| day.tally.counted.estimate)
        .sum();
    format!(
        "{} of downtime, {} of it on Saturdays and Sundays.",
        words::rounded(total),
        words::rounded(weekend)
    )
}

/// One row a day; the printed rows add up to the printed total.
pub(super) fn data(report: &Report) -> Data {
    let heads = ["Day", "Downtime", "Excluded", "Unknown", "Availability"];
    let mut data = Data::new(format!("Days of {}", report.span), heads);
    let all = || report.found.days.iter();
    let down = words::rows(all().map(|day| day.tally.counted.estimate));
    let unknown = words::rows(all().map(|day| day.tally.unknown));
    let excluded = words::rows(all().map(|day| day.tally.excluded));
    for (index, day) in days(report) {
        let at = |part: &str| format!("/days/{index}/{part}");
        let weekday = day
            .date
            .parse()
            .map_or_else(|_| String::new(), civil::weekday);
        let range = day.tally.availability(&report.contract.rules);
        let length = |lengths: &[Millis], part: &str| {
            let cut = lengths.get(index).copied().unwrap_or(Millis::ZERO);
            Datum::at(words::duration(cut), at(part))
        };
        data.push([
            format!("{weekday} {}", day.date).into(),
            length(&down, "tally/counted_down_ms/estimate"),
            length(&excluded, "tally/excluded_ms"),
            length(&unknown, "tally/unknown_ms"),
            range.map_or_else(
                || "no data".into(),
                |range| {
                    Datum::at(
                        print::availability(range.estimate),
                        at("availability/estimate"),
                    )
                },
            ),
        ]);
    }
    data
}
