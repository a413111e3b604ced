//! How words of the record stand in columns.

use rusqlite::types::FromSql;
use rusqlite::{Connection, Row, Statement};

use crate::attempt::{Account, Family, Kind};
use crate::name::Name;
use crate::phases::Phase;
use crate::run::TickVerdict;
use crate::store::error::Fault;
use crate::time::{Interval, Timestamp};
use crate::verdict::{CanaryState, Class, SecondResolver, Verdict};

/// A word with a text of its own.
pub(super) trait Word: Copy + PartialEq + 'static {
    /// All words and their texts.
    const WORDS: &'static [(Self, &'static str)];

    /// The text of this word.
    fn word(self) -> &'static str {
        let found = Self::WORDS.iter().find(|(word, _)| *word == self);
        found.map_or("", |(_, text)| text)
    }

    /// The word of a text.
    fn of_word(table: &'static str, text: &str) -> Result<Self, Fault> {
        let found = Self::WORDS.iter().find(|(_, known)| *known == text);
        found.map(|(word, _)| *word).ok_or_else(|| Fault::Row {
            table,
            what: format!("{text:?} is no known word"),
        })
    }
}

macro_rules! words {
    ($kind:ty: $($word:ident = $text:literal),+ $(,)?) => {
        impl Word for $kind {
            const WORDS: &'static [(Self, &'static str)] = &[$((Self::$word, $text)),+];
        }
    };
}

words!(Kind: Base = "base", Fast = "fast", Retry = "retry");
words!(Verdict: Good = "good", Bad = "bad", Void = "void", Held = "held");
words!(Family: V4 = "v4", V6 = "v6");
words!(CanaryState: Ok = "ok", Failed = "failed", Assumed = "assumed", Unasked = "unasked");
words!(SecondResolver: Answered = "answered", Failed = "failed");
words!(TickVerdict: Good = "good", Flicker = "flicker", Bad = "bad", Void = "void", Held = "held", Missed = "missed");
words!(Phase: Dns = "dns", Connect = "connect", Tls = "tls", FirstByte = "first_byte", Body = "body");

/// What `sql` finds for an agent from a number on: its oldest and newest tick, or `None` if there is none.
pub(super) fn oldest_and_newest(
    connection: &Connection,
    sql: &str,
    (agent, sequence): (i64, u64),
) -> Result<Option<(Timestamp, Timestamp)>, Fault> {
    let (oldest, newest): (Option<i64>, Option<i64>) = connection
        .prepare_cached(sql)?
        .query_row((agent, number(sequence)?), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    Ok(oldest
        .zip(newest)
        .map(|(oldest, newest)| (Timestamp(oldest), Timestamp(newest))))
}

/// A number as SQLite keeps it.
pub(super) fn number(value: u64) -> rusqlite::Result<i64> {
    i64::try_from(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// A row with the name of its table, for messages.
pub(super) struct Columns<'a> {
    pub(super) table: &'static str,
    pub(super) row: &'a Row<'a>,
    pub(super) names: &'a Names,
}

/// The column names of a statement, told once: asking SQLite for them row by row costs more than the rows.
pub(super) struct Names(Vec<String>);

impl Names {
    pub(super) fn of(statement: &Statement<'_>) -> Self {
        Self(statement.column_names().map(str::to_owned).collect())
    }
}

impl Columns<'_> {
    pub(super) fn get<T: FromSql>(&self, column: &str) -> Result<T, Fault> {
        Ok(self.row.get(self.place(column)?)?)
    }

    pub(super) fn text(&self, column: &str) -> Result<&str, Fault> {
        let value = self.row.get_ref(self.place(column)?)?;
        value.as_str().map_err(|_| self.odd(column))
    }

    fn place(&self, column: &str) -> Result<usize, Fault> {
        let place = self.names.0.iter().position(|name| name == column);
        place.ok_or_else(|| self.odd(column))
    }

    pub(super) fn word<T: Word>(&self, column: &str) -> Result<T, Fault> {
        T::of_word(self.table, self.text(column)?)
    }

    pub(super) fn word_or_none<T: Word>(&self, column: &str) -> Result<Option<T>, Fault> {
        let text: Option<String> = self.get(column)?;
        text.map(|text| T::of_word(self.table, &text)).transpose()
    }

    pub(super) fn class(&self) -> Result<Option<Class>, Fault> {
        let text: Option<String> = self.get("class")?;
        let class = |text: String| Class::parse(&text).ok_or_else(|| self.odd("class"));
        text.map(class).transpose()
    }

    pub(super) fn name(&self, column: &str) -> Result<Name, Fault> {
        let text: String = self.get(column)?;
        Name::new(&text).map_err(|_| self.odd(column))
    }

    pub(super) fn step(&self) -> Result<Option<Name>, Fault> {
        let text: Option<String> = self.get("step")?;
        let name = |text: String| Name::new(&text).map_err(|_| self.odd("step"));
        text.map(name).transpose()
    }

    pub(super) fn account(&self) -> Result<Option<Account>, Fault> {
        if self.get::<Option<u32>>("credential_version")?.is_none() {
            return Ok(None);
        }
        Ok(Some(Account {
            label: self.name("account")?,
            credential_version: self.get("credential_version")?,
        }))
    }

    pub(super) fn instant(&self, column: &str) -> Result<Timestamp, Fault> {
        Ok(Timestamp(self.get(column)?))
    }

    pub(super) fn interval(&self, start: &str, end: &str) -> Result<Interval, Fault> {
        Ok(Interval::new(self.instant(start)?, self.instant(end)?))
    }

    pub(super) fn sequence(&self) -> Result<u64, Fault> {
        let number: i64 = self.get("sequence")?;
        u64::try_from(number).map_err(|_| self.odd("sequence"))
    }

    /// The fault of a column with an impossible value.
    pub(super) fn odd(&self, column: &str) -> Fault {
        Fault::Row {
            table: self.table,
            what: format!("{column} has an impossible value"),
        }
    }
}
