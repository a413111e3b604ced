//! The strict reader of `exclusions.toml`: every declared exclusion, or every mistake at once.

use jiff::civil::{Date, Time, Weekday};

use super::cursor::{Item, Section};
use super::unique;
use crate::exclusion::{Exclusion, Recurrence, Rhythm, When};
use crate::name::Name;
use crate::plan::problems::Problems;
use crate::time::{Interval, Millis, Timestamp};

const INSTANT: &str = "write it with its offset, such as 2018-12-16T02:00:00-05:00";
const DATE: &str = "write it like 2018-12-16";
const CLOCK: &str = "write it like \"02:00\"";
const MONTHLY: &str =
    "write a day of the month, 1 to 31, or such as \"first sunday\" or \"last friday\"";

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

const ORDINALS: [(&str, i8); 5] = [
    ("first", 1),
    ("second", 2),
    ("third", 3),
    ("fourth", 4),
    ("last", -1),
];

impl Exclusion {
    /// Reads the text of a file of `[[exclusion]]` tables. `file` is how mistakes name it; nothing is opened.
    /// `contracts` are those that an exclusion may name.
    ///
    /// # Errors
    /// [`Problems`]: all mistakes at once, or the first one if the text is no TOML.
    pub fn parse_all(text: &str, file: &str, contracts: &[Name]) -> Result<Vec<Self>, Problems> {
        let mut ids = Vec::new();
        super::tables((text, file), "exclusion", |section| {
            exclusion(section, &mut ids, contracts)
        })
    }
}

fn exclusion(section: Section<'_>, ids: &mut Vec<Name>, contracts: &[Name]) -> Option<Exclusion> {
    let id = section
        .need("id", "such as id = \"database-upgrade\"")
        .and_then(|item| unique(ids, &item));
    let section = match &id {
        Some(id) => section.named(format!("exclusion {:?}", id.as_str())),
        None => section,
    };
    let named = section.get("contracts");
    let named = named.map(|item| item.each(|one| one.reference("contract", contracts)));
    let author = section.need("author", "say who declares it");
    let reason = section.need("reason", "say why, as the customer will read it");
    let announced = section.need("announced", "say when the customer was told");
    let announced = announced.and_then(|item| item.instant());
    let late = section.get("late").map(|item| item.bool());
    let when = when(&section);
    section.finish();
    Some(Exclusion {
        id: id?,
        contracts: named.unwrap_or_default(),
        author: author?.owned()?,
        reason: reason?.owned()?,
        announced: announced?,
        late: late.unwrap_or(Some(false))?,
        when: when?,
    })
}

fn when(section: &Section<'_>) -> Option<When> {
    let hint = "give start and end for one window, or weekly or monthly for many";
    let kind = section.one_of(&["start", "weekly", "monthly"], hint)?;
    if kind.key == "start" {
        return once(section, &kind).map(When::Once);
    }
    let zone = section
        .need("zone", "name the IANA time zone in which `at` is meant")
        .and_then(|item| super::contract::zone(&item));
    let at = section.need("at", CLOCK).and_then(|item| item.clock());
    let length = section.need("length", "such as length = \"2h\"");
    let length = length.and_then(|item| item.duration(Millis(1)));
    let from = section.need("from", "the first date, such as from = 2018-12-01");
    let from = from.and_then(|item| item.date());
    let until = section.get("until");
    let last = until.as_ref().map(Item::date);
    if let (Some(item), Some(Some(last)), Some(first)) = (&until, last, from)
        && last < first
    {
        item.wrong("lies before `from`", "until is the last date, included");
    }
    let except = section.get("except").map(|item| item.each(Item::date));
    let on = if kind.key == "weekly" {
        weekly(&kind)
    } else {
        monthly(&kind)
    };
    Some(When::Recurring(Recurrence {
        zone: zone?,
        on: on?,
        at: at?,
        length: length?,
        from: from?,
        until: last.unwrap_or(None),
        except: except.unwrap_or_default(),
    }))
}

fn once(section: &Section<'_>, start: &Item<'_>) -> Option<Interval> {
    let end = section.need("end", INSTANT);
    let (start, until) = (start.instant(), end.as_ref().and_then(Item::instant));
    let (start, until) = (start?, until?);
    if until <= start {
        end?.wrong(
            "does not lie after `start`",
            "a window ends after it starts",
        );
        return None;
    }
    Some(Interval::new(start, until))
}

fn weekly(item: &Item<'_>) -> Option<Rhythm> {
    let days = item.each(|day| day.word(&WEEKDAYS));
    if item.elements().is_empty() {
        item.hidden("names no day", "such as weekly = [\"sunday\"]");
    }
    (!days.is_empty()).then_some(Rhythm::Weekly(days))
}

fn monthly(item: &Item<'_>) -> Option<Rhythm> {
    if item.value().as_integer().is_some() {
        let day = item.number(1..=31)?;
        return i8::try_from(day).ok().map(Rhythm::MonthDay);
    }
    let rhythm = item.text()?.split_once(' ').and_then(|(nth, weekday)| {
        let (_, nth) = ORDINALS.iter().find(|(word, _)| *word == nth)?;
        let (_, weekday) = WEEKDAYS.iter().find(|(word, _)| *word == weekday)?;
        Some(Rhythm::MonthWeekday(*nth, *weekday))
    });
    if rhythm.is_none() {
        item.wrong("names no day of a month", MONTHLY);
    }
    rhythm
}

impl Item<'_> {
    /// A date and time with its offset, as TOML's own type or as text.
    pub(super) fn instant(&self) -> Option<Timestamp> {
        let at: Option<jiff::Timestamp> = self.civil();
        if at.is_none() {
            self.wrong("is no instant", INSTANT);
        }
        at.map(Timestamp::from_jiff)
    }

    pub(super) fn date(&self) -> Option<Date> {
        let date = self.civil();
        if date.is_none() {
            self.wrong("is no date", DATE);
        }
        date
    }

    fn clock(&self) -> Option<Time> {
        let time = self.civil();
        if time.is_none() {
            self.wrong("is no time of day", CLOCK);
        }
        time
    }

    /// A date or time, as TOML's own type or as text.
    fn civil<T: std::str::FromStr>(&self) -> Option<T> {
        let value = self.value();
        let text = value.as_str().map(str::to_owned);
        let text = text.or_else(|| value.as_datetime().map(ToString::to_string))?;
        text.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use jiff::civil::{date, time};

    use super::*;
    use crate::testing::{at, name, span};

    fn read(text: &str) -> Result<Vec<Exclusion>, Problems> {
        Exclusion::parse_all(text, "exclusions.toml", &[name("example"), name("other")])
    }

    const HEAD: &str = r#"
[[exclusion]]
id = "upgrade"
author = "Jo Miller"
reason = "Upgrade of the user database"
announced = 2018-12-01T09:00:00-05:00
"#;

    #[test]
    fn one_window_and_its_declaration_are_read() {
        let text = format!(
            "{HEAD}start = 2018-12-16T02:00:00-05:00\nend = \"2018-12-16T09:00:00Z\"\ncontracts = [\"example\"]\nlate = true\n"
        );
        let expected = Exclusion {
            id: name("upgrade"),
            contracts: vec![name("example")],
            author: "Jo Miller".to_owned(),
            reason: "Upgrade of the user database".to_owned(),
            announced: at("2018-12-01T14:00:00Z"),
            late: true,
            when: When::Once(span("2018-12-16T07:00:00Z", "2018-12-16T09:00:00Z")),
        };
        assert_eq!(read(&text), Ok(vec![expected]));
        assert_eq!(read(""), Ok(Vec::new()), "nothing is declared");
    }

    #[test]
    fn recurring_windows_are_read() {
        for (line, expected) in [
            (
                "weekly = [\"sunday\", \"friday\"]",
                Rhythm::Weekly(vec![Weekday::Sunday, Weekday::Friday]),
            ),
            ("weekly = \"sunday\"", Rhythm::Weekly(vec![Weekday::Sunday])),
            ("monthly = 15", Rhythm::MonthDay(15)),
            (
                "monthly = \"last friday\"",
                Rhythm::MonthWeekday(-1, Weekday::Friday),
            ),
        ] {
            let text = format!(
                "{HEAD}{line}\nzone = \"America/New_York\"\nat = \"02:00\"\nlength = \"2h\"\nfrom = 2018-12-01\nuntil = \"2019-12-31\"\nexcept = [2018-12-23]\n"
            );
            let expected = Recurrence {
                zone: "America/New_York".to_owned(),
                on: expected,
                at: time(2, 0, 0, 0),
                length: Millis::from_mins(120),
                from: date(2018, 12, 1),
                until: Some(date(2019, 12, 31)),
                except: vec![date(2018, 12, 23)],
            };
            let found = read(&text).unwrap().remove(0).when;
            assert_eq!(found, When::Recurring(expected), "{line}");
        }
    }

    #[test]
    fn all_mistakes_are_told_at_once() {
        let text = r#"
[[exclusion]]
id = "upgrade"
contracts = ["exampel"]
reason = "Upgrade"
announced = 2018-12-01T09:00:00
start = 2018-12-16T02:00:00Z
end = 2018-12-16T01:00:00Z

[[exclusion]]
id = "upgrade"
author = "Jo"
reason = "Weekly"
announced = 2018-12-01T09:00:00Z
weekly = ["sun"]
zone = "New York"
at = "2 am"
length = "0s"
from = 2018-12-10
until = 2018-12-01
exept = [2018-12-23]

[[exclusion]]
id = "monthly"
author = "Jo"
reason = "Monthly"
announced = 2018-12-01T09:00:00Z
monthly = "fifth sunday"
start = 2018-12-16T02:00:00Z
"#;
        assert_snapshot!(read(text).unwrap_err().to_string(), @r#"
        exclusions.toml:2: exclusion "upgrade": author is missing
          say who declares it
        exclusions.toml:4: exclusion "upgrade": contracts[0] = "exampel" is no contract of this plan
          did you mean "example"?
        exclusions.toml:6: exclusion "upgrade": announced = 2018-12-01T09:00:00 is no instant
          write it with its offset, such as 2018-12-16T02:00:00-05:00
        exclusions.toml:8: exclusion "upgrade": end = 2018-12-16T01:00:00Z does not lie after `start`
          a window ends after it starts
        exclusions.toml:11: exclusion 2: id = "upgrade" is already taken
          each needs a name of its own
        exclusions.toml:15: exclusion 2: weekly[0] = "sun" is unknown
          use "monday" or "tuesday" or "wednesday" or "thursday" or "friday" or "saturday" or "sunday"
        exclusions.toml:16: exclusion 2: zone = "New York" is not a time zone
          use an IANA name such as "UTC", "Europe/Berlin" or "America/New_York"
        exclusions.toml:17: exclusion 2: at = "2 am" is no time of day
          write it like "02:00"
        exclusions.toml:18: exclusion 2: length = "0s" is too short
          use 1ms or more
        exclusions.toml:20: exclusion 2: until = 2018-12-01 lies before `from`
          until is the last date, included
        exclusions.toml:21: exclusion 2: unknown key "exept"; did you mean "except"?
        exclusions.toml:23: exclusion "monthly": start and monthly exclude each other
          give start and end for one window, or weekly or monthly for many
        "#);
    }
}
