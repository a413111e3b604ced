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
use crate::report::figures::number;
use crate::report::{Report, Stage};
use crate::text::{Text, say};
use crate::words;

/// Downtime per day.
pub(super) fn downtime(report: &Report) -> Picture {
    let bars: Vec<Bar> = days(report)
        .map(|(index, day)| Bar {
            interval: day.interval,
            down: day.tally.counted,
            at: format!("/days/{index}/tally/counted_down_ms/estimate"),
        })
        .collect();
    let title = format!("Downtime per day, {}", report.span);
    let scene = scene(report, "downtime", title, finding(report));
    Picture::new(data(report), |format| downtime::draw(&bars, &scene, format))
}

/// Downtime by weekday and week.
pub(super) fn calendar(report: &Report) -> Picture {
    let marks: Vec<OfDay> = days(report)
        .map(|(index, day)| mark(report, index, day))
        .collect();
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
    let said = Text::figure(print::share(target), "/verdict/target");
    let desc = match below {
        0 => say!["No day was below the target of ", said, "."],
        _ => say![
            number(below, "/drawn/days_below_target"),
            if below == 1 { " day was" } else { " days were" },
            " below the target of ",
            said,
            " (crosses); lines span what the bounds allow.",
        ],
    };
    let title = format!("Availability per day, {}", report.span);
    let scene = scene(report, "availability", title, desc);
    Picture::new(data(report), |format| {
        availability::draw(&points, target, &scene, format)
    })
}

/// A day as charts of many days show it.
fn mark(report: &Report, index: usize, day: &Day) -> OfDay {
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
        down_at: format!("/days/{index}/tally/counted_down_ms/estimate"),
        length_at: format!("/days/{index}/day_length_ms"),
    }
}

/// Days that have a length, with their places in the document.
pub(super) fn days(report: &Report) -> impl Iterator<Item = (usize, &Day)> {
    let all = report.found.days.iter().enumerate();
    all.filter(|(_, day)| !day.interval.is_empty())
}

/// What the sentences below the charts of days count.
pub(in crate::report) struct Findings {
    /// Days with downtime.
    pub(in crate::report) down: usize,
    /// Days known to be below the target.
    pub(in crate::report) below: usize,
    /// Downtime of Saturdays and Sundays.
    pub(in crate::report) weekend: Millis,
}

/// What there is to be counted.
pub(in crate::report) fn findings(report: &Report) -> Findings {
    let (rules, target) = (&report.contract.rules, report.contract.target);
    let known = days(report)
        .filter(|(_, day)| day.tally.unknown < day.tally.counting())
        .filter_map(|(_, day)| day.tally.availability(rules));
    Findings {
        down: days(report)
            .filter(|(_, day)| day.tally.counted.estimate > Millis::ZERO)
            .count(),
        below: known
            .filter(|range| !range.estimate.reaches(target))
            .count(),
        weekend: days(report)
            .filter(|(_, day)| {
                let date = report.zone.date(day.interval.start);
                date.weekday().to_monday_zero_offset() >= 5
            })
            .map(|(_, day)| day.tally.counted.estimate)
            .sum(),
    }
}

/// A length to the minute.
fn rounded(length: Millis, at: &str) -> Text {
    Text::figure(words::rounded(length), at)
}

fn finding(report: &Report) -> Text {
    let down = || days(report).filter(|(_, day)| day.tally.counted.estimate > Millis::ZERO);
    // The first of equals, as a reader finds it.
    let worst = down().reduce(|worst, next| {
        let longer = next.1.tally.counted.estimate > worst.1.tally.counted.estimate;
        if longer { next } else { worst }
    });
    let Some((index, worst)) = worst else {
        return match report.found.sla.availability {
            None => "Nothing of the period counts.".into(),
            Some(_) if report.found.total.unknown >= report.found.total.counting() => {
                "Nothing is known of the period.".into()
            }
            Some(_) => "No day had any downtime.".into(),
        };
    };
    let at = |part: &str| format!("/days/{index}/{part}");
    let days = down().count();
    say![
        rounded(
            report.found.total.counted.estimate,
            "/total/counted_down_ms/estimate"
        ),
        " of downtime on ",
        number(days, "/drawn/days_down"),
        if days == 1 { " day" } else { " days" },
        "; the worst was ",
        Text::figure(report.zone.long_date(worst.interval.start), at("date")),
        " with ",
        rounded(
            worst.tally.counted.estimate,
            &at("tally/counted_down_ms/estimate")
        ),
        ".",
    ]
}

/// How much of the downtime lay on Saturdays and Sundays.
fn weekdays(report: &Report) -> Text {
    let total = report.found.total.counted.estimate;
    if total <= Millis::ZERO {
        return finding(report);
    }
    let weekend = findings(report).weekend;
    say![
        rounded(total, "/total/counted_down_ms/estimate"),
        " of downtime, ",
        rounded(weekend, "/drawn/weekend_down_ms"),
        " of it on Saturdays and Sundays.",
    ]
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
            Datum::at(format!("{weekday} {}", day.date), at("date")),
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
