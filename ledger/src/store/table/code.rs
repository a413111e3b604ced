//! How words of the record stand in columns.

use crate::attempt::{Account, Family, Kind};
use crate::phases::Phase;
use crate::run::TickVerdict;
use crate::store::db::{Db, Read, Row, values};
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
    db: &Db,
    sql: &str,
    (agent, sequence): (i64, u64),
) -> Result<Option<(Timestamp, Timestamp)>, Fault> {
    let row = values![agent, number(sequence)?];
    let (oldest, newest): (Option<Timestamp>, Option<Timestamp>) =
        db.one(sql, &row, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(oldest.zip(newest))
}

/// A number as databases keep it.
pub(super) fn number(value: u64) -> Result<i64, Fault> {
    i64::try_from(value).map_err(|_| Fault::TooBig(value))
}

/// A row with the name of its table, for messages.
pub(super) struct Columns<'a, 'r> {
    table: &'static str,
    row: &'a Row<'r>,
}

impl<'a, 'r> Columns<'a, 'r> {
    pub(super) fn of(table: &'static str, row: &'a Row<'r>) -> Self {
        Self { table, row }
    }

    pub(super) fn get<T: Read<'r>>(&self, column: &str) -> Result<T, Fault> {
        self.row.get_named(column)
    }

    pub(super) fn text(&self, column: &str) -> Result<&'r str, Fault> {
        self.get(column)
    }

    pub(super) fn word<T: Word>(&self, column: &str) -> Result<T, Fault> {
        T::of_word(self.table, self.text(column)?)
    }

    pub(super) fn word_or_none<T: Word>(&self, column: &str) -> Result<Option<T>, Fault> {
        let text: Option<&str> = self.get(column)?;
        text.map(|text| T::of_word(self.table, text)).transpose()
    }

    pub(super) fn class(&self) -> Result<Option<Class>, Fault> {
        let text: Option<&str> = self.get("class")?;
        let class = |text: &str| Class::parse(text).ok_or_else(|| self.odd("class"));
        text.map(class).transpose()
    }

    pub(super) fn account(&self) -> Result<Option<Account>, Fault> {
        if self.get::<Option<u32>>("credential_version")?.is_none() {
            return Ok(None);
        }
        Ok(Some(Account {
            label: self.get("account")?,
            credential_version: self.get("credential_version")?,
        }))
    }

    pub(super) fn interval(&self, start: &str, end: &str) -> Result<Interval, Fault> {
        Ok(Interval::new(self.get(start)?, self.get(end)?))
    }

    /// The fault of a column with an impossible value.
    pub(super) fn odd(&self, column: &str) -> Fault {
        Fault::Row {
            table: self.table,
            what: format!("{column} has an impossible value"),
        }
    }
}
