//! Whole months that belong together: a month, a quarter, a year.

use jiff::civil::Date;
use ledger::calendar::{self, CalendarError};
use ledger::time::Interval;

/// `2018-12`, `2018-Q4` or `2018`.
#[derive(Clone, Debug)]
pub struct Period {
    /// The first day.
    pub first: Date,
    /// How many months.
    pub months: i32,
    /// As people say it.
    pub title: String,
}

impl std::str::FromStr for Period {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no period; write 2018-12, 2018-Q4 or 2018");
        let date = |text: String| text.parse::<Date>().map_err(|_| wrong());
        let span = |first: Date, months: i32, title: String| Self {
            first,
            months,
            title,
        };
        match (text.split_once('-'), text.len()) {
            (None, 4) => Ok(span(date(format!("{text}-01-01"))?, 12, text.to_owned())),
            (Some((year, quarter)), 7) if quarter.starts_with(['Q', 'q']) => {
                let number: u8 = quarter[1..].parse().map_err(|_| wrong())?;
                let month = 3 * i32::from(number) - 2;
                let first = date(format!("{year}-{month:02}-01"))?;
                let title = format!("quarter {number} of {year}");
                Ok(span(first, 3, title))
            }
            (Some(_), 7) => {
                let first = date(format!("{text}-01"))?;
                Ok(span(first, 1, first.strftime("%B %Y").to_string()))
            }
            _ => Err(wrong()),
        }
    }
}

impl Period {
    /// The last day; that of the first month where the calendar ends.
    pub fn last(&self) -> Date {
        let months = jiff::Span::new().months(self.months - 1);
        let month = self.first.checked_add(months).unwrap_or(self.first);
        month.last_of_month()
    }

    /// `2018-12`, `2018-Q4` or `2018`: what it is read from.
    pub fn name(&self) -> String {
        let (year, month) = (self.first.year(), self.first.month());
        match self.months {
            1 => format!("{year}-{month:02}"),
            3 => format!("{year}-Q{}", (month + 2) / 3),
            _ => year.to_string(),
        }
    }

    /// Its instants in a zone.
    ///
    /// # Errors
    /// [`CalendarError`] if the zone is not known.
    pub fn interval(&self, zone: &str) -> Result<Interval, CalendarError> {
        calendar::dates(zone, &self.first.to_string(), &self.last().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_months_quarters_and_years() {
        for (text, expected) in [
            ("2018-12", "2018-12-01 1 December 2018"),
            ("2018-Q4", "2018-10-01 3 quarter 4 of 2018"),
            ("2018", "2018-01-01 12 2018"),
            (
                "2018-13",
                "\"2018-13\" is no period; write 2018-12, 2018-Q4 or 2018",
            ),
            (
                "2018-Q5",
                "\"2018-Q5\" is no period; write 2018-12, 2018-Q4 or 2018",
            ),
            (
                "2018-Q0",
                "\"2018-Q0\" is no period; write 2018-12, 2018-Q4 or 2018",
            ),
            (
                "December",
                "\"December\" is no period; write 2018-12, 2018-Q4 or 2018",
            ),
        ] {
            let found = text.parse::<Period>().map(|span| {
                assert_eq!(span.name(), text);
                format!("{} {} {}", span.first, span.months, span.title)
            });
            assert_eq!(found.unwrap_or_else(|error| error), expected);
        }
    }
}
