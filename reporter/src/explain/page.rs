//! A page of plain text: headings, wrapped lines, and instants as the contract's zone has them.

use std::fmt::Write as _;

use ledger::print;
use ledger::time::{Interval, Millis, Timestamp};

use crate::civil::Zone;
use crate::days::style::{BOLD, DIM, PLAIN};
use crate::terminal::{Width, wrapped};
use crate::words;

/// A page in the making.
pub(super) struct Page<'z> {
    text: String,
    pub(super) zone: &'z Zone,
    /// Instants on another date, or at another offset from UTC, say so.
    base: Timestamp,
    section: u32,
}

impl<'z> Page<'z> {
    pub(super) fn new(zone: &'z Zone, base: Timestamp) -> Self {
        Self {
            text: String::new(),
            zone,
            base,
            section: 0,
        }
    }

    /// A title; what follows is told relative to the date and the offset of `base`.
    pub(super) fn title(&mut self, title: &str, base: Timestamp) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        (self.base, self.section) = (base, 0);
        let _ = writeln!(self.text, "{BOLD}{title}{PLAIN}");
    }

    /// A numbered heading.
    pub(super) fn section(&mut self, heading: &str) {
        self.section += 1;
        let _ = writeln!(self.text, "\n{BOLD}{}. {heading}{PLAIN}", self.section);
    }

    /// A line of a table, as it is.
    pub(super) fn row(&mut self, text: &str) {
        self.text += text.trim_end();
        self.text.push('\n');
    }

    /// A heading inside a section.
    pub(super) fn dim(&mut self, text: &str) {
        let _ = writeln!(self.text, "{DIM}{}{PLAIN}", text.trim_end());
    }

    pub(super) fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A text broken at spaces, its first line indented by the first number, the others by the second.
    pub(super) fn wrap(&mut self, indents: (usize, usize), text: &str) {
        self.text += &wrapped(text, indents, Width::LEAST.prose());
    }

    /// `17:14:43.000`; with the date in front where it is another one, and the offset behind.
    pub(super) fn at(&self, at: Timestamp) -> String {
        let date = |at| self.zone.date(at);
        let offset = |at| self.zone.format(at, "%:z");
        let mut text = String::new();
        if date(at) != date(self.base) {
            text = format!("{}\u{a0}", date(at));
        }
        text += &self.clock(at);
        if offset(at) != offset(self.base) {
            text = format!("{text}\u{a0}{}", offset(at));
        }
        text
    }

    /// `17:14:43.000` and nothing else.
    pub(super) fn clock(&self, at: Timestamp) -> String {
        self.zone.format(at, "%H:%M:%S.%3f")
    }

    /// `2018-12-14 17:14:43.000 -05:00`.
    pub(super) fn full(&self, at: Timestamp) -> String {
        self.zone.format(at, "%Y-%m-%d %H:%M:%S.%3f %:z")
    }

    /// `17:14:43.000 to 17:15:03.000`.
    pub(super) fn span(&self, span: Interval) -> String {
        format!("{} to {}", self.at(span.start), self.at(span.end))
    }

    /// The page, in plain spaces.
    pub(super) fn finish(self) -> String {
        self.text.replace('\u{a0}', " ").replace('\u{2212}', "-")
    }
}

/// `1 bad tick`, `3 bad ticks`.
pub(super) fn count(n: u32, noun: &str) -> String {
    words::count(usize::try_from(n).unwrap_or(usize::MAX), noun)
}

/// A length in words and in milliseconds: `2 h = 7200000 ms`.
pub(super) fn length(length: Millis) -> String {
    format!("{} = {}\u{a0}ms", print::table(length), length.0)
}
