//! `days.csv`: one row a day, no total, so that a pivot table counts nothing twice.
//!
//! The measured columns hold counted downtime without corrections; without any they repeat the counted ones.

use ledger::print;
use ledger::tally::{Day, Tally};

use crate::escape;
use crate::report::{Report, incident_days};

/// The columns, and where their cells stand in `report.json`.
pub const COLUMNS: [(&str, &str); 27] = [
    ("contract", "/contract/id"),
    ("service", "/contract/service"),
    ("date", "/days/{row}/date"),
    ("weekday", "/days/{row}/date"),
    ("zone", "/zone"),
    ("start_utc", "/days/{row}/span/start/utc"),
    ("end_utc", "/days/{row}/span/end/utc"),
    ("start_local", "/days/{row}/span/start/local"),
    ("end_local", "/days/{row}/span/end/local"),
    ("length_ms", "/days/{row}/tally/length_ms"),
    ("up_ms", "/days/{row}/tally/up_ms"),
    ("degraded_ms", "/days/{row}/tally/degraded_ms"),
    ("partial_ms", "/days/{row}/tally/partial_ms"),
    ("down_ms", "/days/{row}/tally/down_ms"),
    ("unknown_ms", "/days/{row}/tally/unknown_ms"),
    ("excluded_ms", "/days/{row}/tally/excluded_ms"),
    (
        "counted_down_ms",
        "/days/{row}/tally/counted_down_ms/estimate",
    ),
    (
        "counted_down_lower_ms",
        "/days/{row}/tally/counted_down_ms/lower",
    ),
    (
        "counted_down_upper_ms",
        "/days/{row}/tally/counted_down_ms/upper",
    ),
    ("availability_percent", "/days/{row}/availability/estimate"),
    ("outages", "/days/{row}/outages"),
    ("outage_numbers", "/days/{row}/outages"),
    (
        "measured_down_ms",
        "/measured/days/{row}/counted_down_ms/estimate",
    ),
    (
        "measured_down_lower_ms",
        "/measured/days/{row}/counted_down_ms/lower",
    ),
    (
        "measured_down_upper_ms",
        "/measured/days/{row}/counted_down_ms/upper",
    ),
    ("incidents", "/days/{row}/incidents"),
    ("incident_numbers", "/days/{row}/incidents"),
];

/// The file.
pub fn render(report: &Report) -> String {
    let measured = report.found.measured.as_ref();
    let rows = report.found.days.iter().enumerate().map(|(index, day)| {
        let mut cells = row(report, day);
        let own = measured.and_then(|all| all.days.get(index));
        let counted = own.unwrap_or(&day.tally).counted;
        let bounds = [counted.estimate, counted.lower, counted.upper];
        cells.extend(bounds.map(|length| length.0.to_string()));
        let incidents = incident_days::touching(report, day);
        let numbers: Vec<String> = incidents.iter().map(u32::to_string).collect();
        cells.extend([numbers.len().to_string(), numbers.join(" ")]);
        cells
    });
    super::file(&COLUMNS, rows)
}

fn row(report: &Report, day: &Day) -> Vec<String> {
    let zone = &report.zone;
    let (start, end) = (day.interval.start, day.interval.end);
    let weekday = day
        .date
        .parse()
        .map_or_else(|_| String::new(), crate::civil::weekday);
    let numbers: Vec<String> = day.outages.iter().map(u32::to_string).collect();
    let mut cells = vec![
        escape::csv(report.contract.id.as_str()),
        escape::csv(&report.contract.service),
        day.date.clone(),
        weekday,
        escape::csv(zone.name()),
        start.to_string(),
        end.to_string(),
        zone.iso(start),
        zone.iso(end),
    ];
    cells.extend(lengths(&day.tally).map(|millis| millis.to_string()));
    let range = day.tally.availability(&report.contract.rules);
    let percent = range.map(|range| print::availability(range.estimate));
    cells.push(percent.map_or_else(String::new, |words| {
        words.trim_end_matches("\u{a0}%").to_owned()
    }));
    cells.push(numbers.len().to_string());
    cells.push(numbers.join(" "));
    cells
}

fn lengths(tally: &Tally) -> [i64; 10] {
    [
        tally.length,
        tally.up,
        tally.degraded,
        tally.partial,
        tally.down,
        tally.unknown,
        tally.excluded,
        tally.counted.estimate,
        tally.counted.lower,
        tally.counted.upper,
    ]
    .map(|length| length.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;
    use crate::report::csv::parse;

    #[test]
    fn rows_read_back_are_the_days_of_the_assessment() {
        let mut story = fixture::december();
        story.contract.service = "=cmd,\"x\"".into();
        let report = fixture::report(story);
        let rows = parse(&render(&report));
        assert_eq!(rows[0], COLUMNS.map(|(name, _)| name));
        assert_eq!(rows.len(), 32);
        for (row, day) in rows[1..].iter().zip(&report.found.days) {
            assert_eq!(row.len(), COLUMNS.len());
            assert_eq!(row[1], "'=cmd,\"x\"", "defused");
            assert_eq!(row[2], day.date);
            let parts: Vec<i64> = row[9..19]
                .iter()
                .map(|cell| cell.parse().unwrap())
                .collect();
            assert_eq!(parts, lengths(&day.tally));
            assert_eq!(
                parts[1..7].iter().sum::<i64>(),
                parts[0],
                "states add up to the day"
            );
        }
        assert_eq!(rows[14][19], "91.666");
    }
}
