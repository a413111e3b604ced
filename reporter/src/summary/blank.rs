//! A new note about an incident: what was measured stands in it, what only people know is left blank.

use std::fmt::Write as _;

use ledger::time::{Interval, Timestamp};

use super::Summary;
use super::words::{everybody, people, product, totals};
use crate::civil::Zone;
use crate::report::links;

/// The name of its file: `2018-12-14-1715.md`, after the start.
pub fn file_name(summary: &Summary) -> String {
    let start = summary.periods.first().map(|one| one.span().start);
    let start = start.unwrap_or(summary.as_of);
    format!("{}.md", links::name(&summary.zone, start))
}

/// The note, ready to be read by the program and to be filled by people.
pub fn text(summary: &Summary, author: &str) -> String {
    let zone = &summary.zone;
    let who = people(summary, &everybody(summary));
    let title = format!("Sign-in to {} failed for {who}", product(summary));
    let inside = summary.periods.iter().map(|one| {
        let span = Interval::new(one.outage.start.estimate, one.outage.end.estimate);
        format!("    {},\n", whole(zone, middle(span)))
    });
    let mut text = format!(
        "+++\n{}incident = [\n{}]\ntitle = {}\nauthor = {}\n",
        measured(summary),
        inside.collect::<String>(),
        quoted(&title),
        quoted(author),
    );
    text.push_str(BLANKS);
    let example = summary.periods.first().map(|one| one.span().start);
    let _ = write!(
        text,
        "# [[event]]\n# at = {}\n# length = \"30m\"\n# text = \"We began to look for the reason\"\n\n{ACTIONS}",
        whole(zone, example.unwrap_or(summary.as_of)),
    );
    text
}

const BLANKS: &str = "\
# first (it has begun), update (more is known) or final (nothing more is expected):
status = \"first\"
# Why it happened, in one sentence and in plain words. Not yet known as long as this line is a comment:
# cause = \"\"

# What was seen and done, in the order of time: at, or length, or both. It is shown as reported and changes no figure.
";

const ACTIONS: &str = "\
# What changes because of it, who sees to it, and until when.
# [[action]]
# what = \"\"
# owner = \"\"
# due = 2019-01-15
+++

## Background

## What did not affect you
";

/// What the record says, as comments.
fn measured(summary: &Summary) -> String {
    let zone = &summary.zone;
    let mut lines = String::from(
        "# Measured, for your eyes only; reports and summaries take it from the record:\n",
    );
    for one in &summary.periods {
        let outage = &one.outage;
        let end = match outage.open {
            true => "still open".to_owned(),
            false => zone.table(outage.end.estimate),
        };
        let _ = writeln!(
            lines,
            "#   {} to {end}, {}",
            zone.table(outage.start.estimate),
            crate::words::bounded(&outage.length)
        );
    }
    let _ = writeln!(lines, "#   {} ({})", totals(summary).plain(), zone.name());
    lines.push_str("# An instant inside of each outage, which names it for good:\n");
    lines.replace('\u{a0}', " ")
}

/// The middle of an outage, to the second.
fn middle(span: Interval) -> Timestamp {
    let middle = span.start.0 + span.length().0 / 2;
    let second = middle.div_euclid(1_000) * 1_000;
    Timestamp(second.max(span.start.0))
}

/// `2018-12-14T18:15:00-05:00`.
fn whole(zone: &Zone, at: Timestamp) -> String {
    zone.format(at, "%Y-%m-%dT%H:%M:%S%:z")
}

/// A TOML string.
fn quoted(text: &str) -> String {
    let text = crate::escape::visible(text);
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
