//! What is to be explained: a day, a month, an outage by its number, or the outage around an instant.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use ledger::explain::{Explanation, OutageAccount};
use ledger::time::Timestamp;

use crate::civil::Zone;
use crate::words;

/// What is to be explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A day of the contract's zone.
    Day(Date),
    /// A month like `2018-12`.
    Month(String),
    /// An outage by its number in the report of a month.
    Outage(String, u32),
    /// The outage around an instant.
    Instant(Timestamp),
}

/// A text that names nothing to be explained.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no day, month or outage; write a date (2018-12-14), a month (2018-12), an outage by its number in a month \
     (2018-12#2), or an instant inside one (2018-12-14T17:30:00-05:00)"
)]
pub struct NotAsked(String);

/// What was asked for is not in the record.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct NoSuch(String);

impl FromStr for What {
    type Err = NotAsked;

    fn from_str(text: &str) -> Result<Self, NotAsked> {
        let error = || NotAsked(text.chars().take(80).collect());
        let is_month =
            |month: &str| month.len() == 7 && format!("{month}-01").parse::<Date>().is_ok();
        if let Some((month, number)) = text.split_once('#') {
            let number = number.parse().ok().filter(|number| *number > 0);
            return match number {
                Some(number) if is_month(month) => Ok(Self::Outage(month.to_owned(), number)),
                _ => Err(error()),
            };
        }
        if is_month(text) {
            return Ok(Self::Month(text.to_owned()));
        }
        if text.len() == 10 {
            return text.parse().map(Self::Day).map_err(|_| error());
        }
        let instant = text.parse::<jiff::Timestamp>();
        instant
            .map(|at| Self::Instant(Timestamp::from_jiff(at)))
            .map_err(|_| error())
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(date) => date.fmt(f),
            Self::Month(month) => f.write_str(month),
            Self::Outage(month, number) => write!(f, "{month}#{number}"),
            Self::Instant(at) => at.fmt(f),
        }
    }
}

impl What {
    /// The month whose report it stands in: outages are numbered by months.
    pub fn month(&self, zone: &Zone) -> String {
        match self {
            Self::Day(date) => date.strftime("%Y-%m").to_string(),
            Self::Month(month) | Self::Outage(month, _) => month.clone(),
            Self::Instant(at) => zone.format(*at, "%Y-%m"),
        }
    }

    /// Only what was asked for of a month's explanation.
    ///
    /// # Errors
    /// [`NoSuch`], with the outages that there are, if it is not in it.
    pub fn pick(&self, mut found: Explanation, zone: &Zone) -> Result<Explanation, NoSuch> {
        match self {
            Self::Month(_) => return Ok(found),
            Self::Day(date) => {
                let date = date.to_string();
                found.days.retain(|day| day.date == date);
                let Some(day) = found.days.first() else {
                    return Err(NoSuch(format!(
                        "{date} lies after {}, up to which the record is judged",
                        zone.table(found.period.end)
                    )));
                };
                let touching = day.outages.clone();
                found
                    .outages
                    .retain(|one| touching.contains(&one.outage.number));
                return Ok(found);
            }
            Self::Outage(_, number) => {
                let fits = |one: &OutageAccount| one.outage.number == *number;
                self.keep(&mut found, zone, fits)?;
            }
            Self::Instant(at) => {
                let fits = |one: &OutageAccount| {
                    one.outage.start.earliest <= *at && *at < one.outage.end.latest
                };
                self.keep(&mut found, zone, fits)?;
            }
        }
        let numbers: Vec<u32> = found.outages.iter().map(|one| one.outage.number).collect();
        found
            .days
            .retain(|day| day.outages.iter().any(|number| numbers.contains(number)));
        Ok(found)
    }

    fn keep(
        &self,
        found: &mut Explanation,
        zone: &Zone,
        fits: impl Fn(&OutageAccount) -> bool,
    ) -> Result<(), NoSuch> {
        let month = self.month(zone);
        let all = found.outages.iter().map(|one| {
            let outage = &one.outage;
            let start = zone.table(outage.start.estimate);
            format!("{month}#{} from {start}", outage.number)
        });
        let all: Vec<String> = all.collect();
        found.outages.retain(|one| fits(one));
        if !found.outages.is_empty() {
            return Ok(());
        }
        let asked = match self {
            Self::Instant(at) => format!("the service was not down at {}", zone.iso(*at)),
            _ => format!("there is no outage {self}"),
        };
        let others = match &all[..] {
            [] => format!("{month} has none"),
            _ => format!("{month} has {}", words::list(all)),
        };
        Err(NoSuch(format!("{asked}; {others}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_months_outages_and_instants_are_told_apart() {
        for text in ["2018-12-14", "2018-12", "2018-12#2"] {
            assert_eq!(text.parse::<What>().unwrap().to_string(), text);
        }
        let instant: What = "2018-12-14T17:30:00-05:00".parse().unwrap();
        assert_eq!(instant.to_string(), "2018-12-14T22:30:00.000Z");
        for text in [
            "",
            "2018",
            "2018-13",
            "2018-12-32",
            "2018-12#0",
            "2018-12#x",
            "friday",
            "2018-12-14#1",
        ] {
            assert!(text.parse::<What>().is_err(), "{text:?}");
        }
    }
}
