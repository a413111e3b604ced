//! `reporter days`: downtime per day on the terminal.

mod layout;
mod lists;
mod table;

use crate::report::{self, Report};
use crate::terminal::{Width, wrapped};

/// The page: heading, table, verdict, outages, and what was counted nowhere. With ANSI colours.
pub fn render(report: &Report, width: Width) -> String {
    let mut page = heading(report, "days", width);
    page.push('\n');
    page.push_str(&table::render(report, width, table::Shown::All));
    page.push('\n');
    page.push_str(&verdict(report, width));
    page.push_str(&lists::render(report, width));
    page
}

/// What a person wants to know at once of a long period: the verdict, and the days on which anything was the matter.
pub fn short(report: &Report, width: Width) -> String {
    let mut page = heading(report, "days", width);
    page.push('\n');
    page.push_str(&verdict(report, width));
    page.push('\n');
    page.push_str(&table::render(report, width, table::Shown::Troubled));
    page
}

/// The finding in a sentence or two.
pub(crate) fn verdict(report: &Report, width: Width) -> String {
    wrapped(&report::verdict::sentence(report), (0, 0), width.prose())
}

/// Escape sequences of the few styles used; the command line strips them where they do not belong.
pub(crate) mod style {
    /// Ends any style.
    pub(crate) const PLAIN: &str = "\u{1b}[0m";
    /// Headings and totals.
    pub(crate) const BOLD: &str = "\u{1b}[1m";
    /// What matters less.
    pub(crate) const DIM: &str = "\u{1b}[2m";
    /// Downtime.
    pub(crate) const RED: &str = "\u{1b}[31m";
    /// What is not known.
    pub(crate) const YELLOW: &str = "\u{1b}[33m";
}

/// What is told of, by whose contract, and in which zone its `what` (days, times) are meant.
pub(crate) fn heading(report: &Report, what: &str, width: Width) -> String {
    use style::{BOLD, DIM, PLAIN};
    let visible = crate::escape::visible;
    let contract = &report.contract;
    let inked = |ink: &str, text: &str| {
        let lines = wrapped(text, (0, 2), width.columns() - 1);
        let lines = lines.lines().map(|line| format!("{ink}{line}{PLAIN}\n"));
        lines.collect::<String>()
    };
    let title = match what {
        "days" => format!("{}, {}", visible(&contract.service), report.span),
        _ => format!(
            "{}, incidents of {}",
            visible(&contract.service),
            report.span
        ),
    };
    let terms = format!(
        "contract {} of {}, {what} of {}",
        contract.id,
        visible(&contract.customer),
        report.zone.name(),
    );
    inked(BOLD, &title) + &inked(DIM, &terms)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::*;
    use crate::fixture::{self, cases};
    use crate::terminal::columns;

    fn page(from: &str, to: &str, zone: &str) -> String {
        let report = fixture::report(fixture::told((from, to), zone));
        plain(&report, Width::LEAST)
    }

    /// The page without colours, no line of which is wider than the terminal.
    fn plain(report: &Report, width: Width) -> String {
        let page = anstream::adapter::strip_str(&render(report, width)).to_string();
        for line in page.lines() {
            assert!(columns(line) <= width.columns(), "too wide: {line}");
        }
        page.replace('\u{a0}', " ")
    }

    #[test]
    fn the_december_weekend_in_new_york() {
        assert_snapshot!(page("2018-12-14T00:00", "2018-12-18T00:00", "America/New_York"), @r#"
        Groupdesk, 14 to 17 December 2018
        contract groupdesk of Example Travel Ltd, days of America/New_York

        Day             Downtime         Unknown           Available  Outages
        Fri 2018-12-14  2 h              0 s                91.666 %        1
                        1 h 59 min 40 s to 2 h 20 s
        Sat 2018-12-15  1 h 30 min       0 s                93.750 %        1
                        1 h 29 min 40 s to 1 h 30 min 17 s
        Sun 2018-12-16  4 h              0 s                83.333 %        1
                        3 h 59 min 40 s to 4 h 23 s
        Mon 2018-12-17  0 s              0 s               100.000 %        –
        Total           7 h 30 min       0 s                92.187 %        3
                        7 h 29 min to 7 h 31 min

        Sign-in did not work for 7 h 30 min in 3 incidents: availability 92.187 %, the
        target of 99.9 % is missed.

        Outages
          1 Fri 14 Dec 17:14:53 ± 10 s to 19:14:53 ± 10 s
            2 h (1 h 59 min 40 s to 2 h 20 s)
            travelers and users from ap-south, eu-west and us-east: no answer in time,
            error page and signed out early
          2 Sat 15 Dec 22:29:53 ± 10 s to 23:59:53 ± 10 s
            1 h 30 min (1 h 29 min 40 s to 1 h 30 min 20 s)
            travelers and users from ap-south, eu-west and us-east: no answer in time,
            error page and signed out early
          3 Sun 16 Dec 09:59:53 ± 10 s to 13:59:53 ± 10 s
            4 h (3 h 59 min 40 s to 4 h 20 s)
            travelers and users from ap-south, eu-west and us-east: no answer in time,
            error page and signed out early

        Early warnings from the platform, counted nowhere
            Sat 15 Dec 01:45 to 01:49  kubernetes-login
            sign-in refused from eu-west and us-east; no customer effect
            Sat 15 Dec 15:00 to 15:05  kubernetes-login
            sign-in refused from eu-west and us-east; no customer effect

        Agents' own trouble, unknown and never downtime
            Sat 15 Dec 09:00 to 09:20  ap-south-1
            its own network was dead: 20 min without evidence from ap-south

        Single failures seen by one region only, no outage: 1
        "#);
    }

    #[test]
    fn the_same_weekend_in_utc_falls_on_other_days() {
        assert_snapshot!(page("2018-12-14T00:00", "2018-12-17T00:00", "UTC"), @r#"
        Groupdesk, 14 to 16 December 2018
        contract groupdesk of Example Travel Ltd, days of UTC

        Day             Downtime         Unknown           Available  Outages
        Fri 2018-12-14  1 h 45 min 7 s   0 s                92.700 %        1
                        1 h 44 min 57 s to 1 h 45 min 17 s
        Sat 2018-12-15  14 min 53 s      0 s                98.966 %        1
                        14 min 43 s to 15 min 3 s
        Sun 2018-12-16  5 h 30 min       0 s                77.083 %        2
                        5 h 29 min 20 s to 5 h 30 min 40 s
        Total           7 h 30 min       0 s                89.583 %        3
                        7 h 29 min to 7 h 31 min

        Sign-in did not work for 7 h 30 min in 3 incidents: availability 89.583 %, the
        target of 99.9 % is missed.

        Outages
          1 Fri 14 Dec 22:14:53 ± 10 s to Sat 15 Dec 00:14:53 ± 10 s
            2 h (1 h 59 min 40 s to 2 h 20 s)
            travelers and users from ap-south, eu-west and us-east: no answer in time,
            error page and signed out early
          2 Sun 16 Dec 03:29:53 ± 10 s to 04:59:53 ± 10 s
            1 h 30 min (1 h 29 min 40 s to 1 h 30 min 20 s)
            travelers and users from ap-south, eu-west and us-east: no answer in time,
            error page and signed out early
          3 Sun 16 Dec 14:59:53 ± 10 s to 18:59:53 ± 10 s
            4 h (3 h 59 min 40 s to 4 h 20 s)
            travelers and users from ap-south, eu-west and us-east: no answer in time,
            error page and signed out early

        Early warnings from the platform, counted nowhere
            Sat 15 Dec 06:45 to 06:49  kubernetes-login
            sign-in refused from eu-west and us-east; no customer effect
            Sat 15 Dec 20:00 to 20:05  kubernetes-login
            sign-in refused from eu-west and us-east; no customer effect

        Agents' own trouble, unknown and never downtime
            Sat 15 Dec 14:00 to 14:20  ap-south-1
            its own network was dead: 20 min without evidence from ap-south

        Single failures seen by one region only, no outage: 1
        "#);
    }

    #[test]
    fn a_day_of_25_hours_says_so() {
        let page = page("2018-11-03T00:00", "2018-11-06T00:00", "America/New_York");
        assert!(page.contains("Sun 2018-11-04  25 h"), "{page}");
    }

    #[test]
    fn printed_rows_add_up_to_the_printed_total() {
        let page = page("2018-12-01T00:00", "2019-01-01T00:00", "America/New_York");
        let seconds = |line: &str| {
            let cell: String = line.chars().skip(16).take(15).collect();
            let words: Vec<&str> = cell.split_whitespace().collect();
            words
                .chunks(2)
                .map(|pair| {
                    let count: i64 = pair[0].parse().unwrap();
                    count
                        * match pair[1] {
                            "h" => 3_600,
                            "min" => 60,
                            _ => 1,
                        }
                })
                .sum::<i64>()
        };
        let days: i64 = page
            .lines()
            .filter(|line| line.contains(" 2018-12-") && line.contains('%'))
            .map(seconds)
            .sum();
        let total = page
            .lines()
            .find(|line| line.starts_with("Total"))
            .map(seconds);
        assert_eq!(Some(days), total, "{page}");
        assert_eq!(total, Some(27_000));
    }

    #[test]
    fn a_wide_terminal_has_a_column_for_the_bounds() {
        let report = fixture::report(fixture::told(
            ("2018-12-14T00:00", "2018-12-16T00:00"),
            "America/New_York",
        ));
        let page = plain(&report, Width::new(130));
        let (table, _) = page.split_once("\n\nSign-in").unwrap();
        assert_snapshot!(table, @r"
        Groupdesk, 14 to 15 December 2018
        contract groupdesk of Example Travel Ltd, days of America/New_York

        Day             Downtime         At least and at most                Unknown           Available  Outages
        Fri 2018-12-14  2 h              1 h 59 min 40 s to 2 h 20 s         0 s                91.666 %        1
        Sat 2018-12-15  1 h 30 min       1 h 29 min 40 s to 1 h 30 min 17 s  0 s                93.750 %        1
        Total           3 h 30 min       3 h 29 min 20 s to 3 h 30 min 37 s  0 s                92.708 %        3
        ");
    }

    #[test]
    fn a_month_in_short_shows_the_days_that_were_not_up_throughout() {
        let report = fixture::report(fixture::december());
        let page = anstream::adapter::strip_str(&short(&report, Width::LEAST)).to_string();
        assert_snapshot!(page.replace('\u{a0}', " "), @r"
        Groupdesk, December 2018
        contract groupdesk of Example Travel Ltd, days of America/New_York

        Sign-in did not work for 7 h 30 min in 3 incidents: availability 98.991 %, the
        target of 99.9 % is missed.

        Day             Downtime         Unknown           Available  Outages
        Fri 2018-12-14  2 h              0 s                91.666 %        1
                        1 h 59 min 40 s to 2 h 20 s
        Sat 2018-12-15  1 h 30 min       0 s                93.750 %        1
                        1 h 29 min 40 s to 1 h 30 min 17 s
        Sun 2018-12-16  4 h              0 s                83.333 %        1
                        3 h 59 min 40 s to 4 h 23 s
        Thu 2018-12-27  0 s              12 min            100.000 %        –
        on the other 27 days all was well
        Total           7 h 30 min       12 min             98.991 %        3
                        7 h 29 min to 7 h 31 min
        ");
    }

    #[test]
    fn no_name_and_no_length_breaks_the_page() {
        for (case, mut report) in cases::all() {
            report.contract.service = "東京".repeat(5_000);
            report.contract.customer = format!("{}\u{1b}[31m\u{202e}", "x".repeat(10_000));
            let long = fixture::name(&"n".repeat(64));
            report
                .found
                .prober_trouble
                .iter_mut()
                .for_each(|one| one.agent = long.clone());
            report
                .found
                .early_warnings
                .iter_mut()
                .for_each(|one| one.probe = long.clone());
            report
                .found
                .outages
                .iter_mut()
                .for_each(|one| one.regions = vec![long.clone(); 3]);
            for day in &mut report.found.days {
                // Every column is there, as full as it can be.
                day.day_length = ledger::time::Millis::from_mins(25 * 60);
            }
            report.found.total.counted.upper = ledger::time::Millis(744 * 3_600_000 - 1_000);
            for width in [80, 100, 130, 200] {
                let page = plain(&report, Width::new(width));
                assert!(!page.contains(['\u{1b}', '\u{202e}']), "{case}");
            }
        }
    }
}
