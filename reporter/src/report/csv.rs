//! `days.csv`: one row a day, for spreadsheets (RFC 4180, UTF-8, dot decimals, UTC and local columns).
//!
//! The measured columns hold counted downtime without corrections; without any they repeat the counted ones.

use ledger::print;
use ledger::tally::{Day, Tally};

use super::Report;
use crate::escape;

const HEAD: [&str; 25] = [
    "contract",
    "service",
    "date",
    "weekday",
    "zone",
    "start_utc",
    "end_utc",
    "start_local",
    "end_local",
    "length_ms",
    "up_ms",
    "degraded_ms",
    "partial_ms",
    "down_ms",
    "unknown_ms",
    "excluded_ms",
    "counted_down_ms",
    "counted_down_lower_ms",
    "counted_down_upper_ms",
    "availability_percent",
    "outages",
    "outage_numbers",
    "measured_down_ms",
    "measured_down_lower_ms",
    "measured_down_upper_ms",
];

/// The file: a head, a row per day, no total, so that a pivot table counts nothing twice.
pub fn days(report: &Report) -> String {
    let mut file = HEAD.join(",") + "\r\n";
    let measured = report.found.measured.as_ref();
    for (index, day) in report.found.days.iter().enumerate() {
        let mut cells = row(report, day);
        let own = measured.and_then(|all| all.days.get(index));
        let counted = own.unwrap_or(&day.tally).counted;
        let bounds = [counted.estimate, counted.lower, counted.upper];
        cells.extend(bounds.map(|length| length.0.to_string()));
        file.push_str(&cells.join(","));
        file.push_str("\r\n");
    }
    file
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

    /// Reads RFC 4180 back: quoted fields, doubled quotes, CRLF.
    fn parse(text: &str) -> Vec<Vec<String>> {
        let mut rows = vec![vec![String::new()]];
        let (mut quoted, mut characters) = (false, text.chars().peekable());
        while let Some(character) = characters.next() {
            let row = rows.last_mut().unwrap();
            match character {
                '"' if quoted && characters.peek() == Some(&'"') => {
                    characters.next();
                    row.last_mut().unwrap().push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => row.push(String::new()),
                '\r' if !quoted => {}
                '\n' if !quoted => rows.push(vec![String::new()]),
                other => row.last_mut().unwrap().push(other),
            }
        }
        rows.pop();
        rows
    }

    #[test]
    fn rows_read_back_are_the_days_of_the_assessment() {
        let mut story = fixture::december();
        story.contract.service = "=cmd,\"x\"".into();
        let report = fixture::report(story);
        let rows = parse(&days(&report));
        assert_eq!(rows[0], HEAD);
        assert_eq!(rows.len(), 32);
        for (row, day) in rows[1..].iter().zip(&report.found.days) {
            assert_eq!(row.len(), HEAD.len());
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
