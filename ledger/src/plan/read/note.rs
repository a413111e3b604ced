//! The strict reader of incident notes: Markdown below TOML between `+++` lines; a note, or every mistake at once.

use toml::de::DeTable;

use super::Languages;
use super::cursor::{Item, Notes, Section, nearest};
use crate::name::Name;
use crate::note::{Action, Event, Note, Status};
use crate::plan::problems::Problems;
use crate::time::{Millis, Timestamp};

const FENCE: &str = "+++";
const BACKGROUND: &str = "Background";
const UNAFFECTED: &str = "What did not affect you";
const INSIDE: &str = "name an instant inside of it: incident = 2018-12-14T18:00:00-05:00";

impl Note {
    /// Reads the text of one note. `file` is how mistakes name it; nothing is opened. `contracts` are those that a
    /// note may name.
    ///
    /// # Errors
    /// [`Problems`]: all mistakes at once, with the lines of the file.
    pub fn parse(text: &str, file: &str, contracts: &[Name]) -> Result<Self, Problems> {
        let notes = Notes::new(text, Languages::UNCHECKED);
        let note = read(&notes, text, contracts);
        let problems = notes.into_problems();
        match note {
            Some(note) if problems.is_empty() => Ok(note),
            _ => Err(Problems::new(file, problems)),
        }
    }
}

fn read(notes: &Notes<'_>, text: &str, contracts: &[Name]) -> Option<Note> {
    let Some((open, close, body)) = fences(text) else {
        let hint = "begin the file with a line of +++, then title, author and incident, then another line of +++";
        notes.add(
            0,
            ("", ""),
            "has no head between +++ lines".to_owned(),
            hint,
        );
        return None;
    };
    // Blanks in place of what stands before the head, so that offsets and lines are those of the file.
    let blank: String = text[..open]
        .chars()
        .map(|one| if one == '\n' { '\n' } else { ' ' })
        .collect();
    let head = blank + &text[open..close];
    let [background, unaffected] = sections(notes, text, body);
    match DeTable::parse(&head) {
        Ok(table) => {
            let own = Notes::new(&head, Languages::UNCHECKED);
            let note = note(&Section::top(&own, table.get_ref()), contracts);
            notes.take_in(own);
            Some(Note {
                background,
                unaffected,
                ..note?
            })
        }
        Err(error) => {
            let at = error.span().map_or(open, |span| span.start);
            notes.add(at, ("", ""), format!("not TOML: {}", error.message()), "");
            None
        }
    }
}

/// Where the head begins and ends, and where the body begins.
fn fences(text: &str) -> Option<(usize, usize, usize)> {
    let mut at = 0;
    let mut open = None;
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        match (line.trim_end() == FENCE, open) {
            (true, None) => open = Some(next),
            (true, Some(open)) => return Some((open, at, next)),
            (false, None) => return None,
            (false, Some(_)) => {}
        }
        at = next;
    }
    None
}

fn note(top: &Section<'_>, contracts: &[Name]) -> Option<Note> {
    let incidents = top.need("incident", INSIDE);
    let incidents = incidents.map(|item| {
        if item.elements().is_empty() {
            item.hidden("is empty", INSIDE);
        }
        item.each(Item::instant)
    });
    let named = top.get("contracts");
    let named = named.map(|item| item.each(|one| one.reference("contract", contracts)));
    let title = top.need("title", "say what happened, as a headline");
    let author = top.need("author", "say who writes");
    let cause = top.get("cause").map(|item| item.line());
    let status = top.need("status", "say how far the story is: first, update or final");
    let status = status.and_then(|item| {
        let all = [Status::First, Status::Update, Status::Final];
        item.word(&all.map(|status| (status.as_str(), status)))
    });
    let events = events(top);
    let actions = top.sections("action").iter().map(action).collect();
    top.finish();
    let (title, author) = (
        title.and_then(|item| item.line()),
        author.and_then(|item| item.line()),
    );
    Some(Note {
        incidents: incidents?,
        contracts: named.unwrap_or_default(),
        title: title?,
        author: author?,
        cause: cause.unwrap_or_default(),
        status: status?,
        events,
        actions,
        background: None,
        unaffected: None,
    })
}

/// The reported events; those with an instant stand in the order of time.
fn events(top: &Section<'_>) -> Vec<Event> {
    let mut last: Option<Timestamp> = None;
    let read = |section: Section<'_>| {
        let at = section.get("at");
        let length = section.get("length");
        let text = section.need("text", "say what was seen or done");
        section.finish();
        if at.is_none() && length.is_none() {
            section.wrong(
                "neither at nor length is there",
                "say when it was, or how long it took, or both",
            );
        }
        let instant = at.as_ref().and_then(Item::instant);
        if let (Some(item), Some(instant), Some(before)) = (&at, instant, last)
            && instant < before
        {
            item.wrong(
                format_args!("lies before the event above, {before}"),
                "write events in the order of time",
            );
        }
        last = instant.or(last);
        let length = length.map(|item| item.duration(Millis(1)));
        Some(Event {
            at: instant,
            length: length.unwrap_or_default(),
            text: text?.line()?,
        })
    };
    top.sections("event").into_iter().filter_map(read).collect()
}

fn action(section: &Section<'_>) -> Action {
    let what = section
        .need("what", "say what changes")
        .and_then(|item| item.line());
    let owner = section.get("owner").and_then(|item| item.line());
    let due = section.get("due").and_then(|item| item.date());
    section.finish();
    Action {
        what: what.unwrap_or_default(),
        owner,
        due,
    }
}

/// The free text below the known headings: background, and what went on working.
fn sections(notes: &Notes<'_>, text: &str, body: usize) -> [Option<String>; 2] {
    const HINT: &str = "put it below \"## Background\" or \"## What did not affect you\"";
    let mut found: [Option<String>; 2] = [None, None];
    let mut current: Option<usize> = None;
    let mut lost = false;
    let mut at = body;
    for line in text[body..].split_inclusive('\n') {
        let (here, line) = (at, line.trim_end());
        at += text[at..]
            .find('\n')
            .map_or(text.len() - at, |length| length + 1);
        if line.starts_with('#') {
            let heading = line.strip_prefix("## ").unwrap_or(line).trim();
            let known = [BACKGROUND, UNAFFECTED];
            current = known.iter().position(|one| *one == heading);
            lost = current.is_none();
            match current.map(|index| (index, found[index].is_some())) {
                None => {
                    let near = nearest(heading, known.into_iter());
                    let hint = near.map_or_else(
                        || HINT.to_owned(),
                        |near| format!("did you mean \"## {near}\"?"),
                    );
                    notes.add(
                        here,
                        ("", ""),
                        format!("unknown heading {heading:?}"),
                        &hint,
                    );
                }
                Some((_, true)) => {
                    notes.add(
                        here,
                        ("", ""),
                        format!("a second {heading:?}"),
                        "one of each is enough",
                    );
                }
                Some((index, false)) => found[index] = Some(String::new()),
            }
        } else if let Some(index) = current {
            let own = found[index].get_or_insert_default();
            own.push_str(line);
            own.push('\n');
        } else if !line.is_empty() && !lost {
            notes.add(
                here,
                ("", ""),
                "text outside of any section".to_owned(),
                HINT,
            );
            lost = true;
        }
    }
    found.map(|text| {
        let text = text?.trim().to_owned();
        (!text.is_empty()).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use jiff::civil::date;

    use super::*;
    use crate::testing::{at, name};

    fn read(text: &str) -> Result<Note, Problems> {
        Note::parse(text, "friday.md", &[name("example")])
    }

    #[test]
    fn a_note_is_read_whole() {
        let text = r#"+++
incident = 2018-12-14T18:00:00-05:00
contracts = "example"
title = "Sign-in failed"
author = "Jo Miller"
cause = "A flood of sign-ins congested the network"
status = "update"

[[event]]
at = 2018-12-14T17:45:00-05:00
text = "Source found"

[[event]]
length = "1h"
text = "Reboot of the cluster"

[[action]]
what = "Separate networks"
owner = "Operations"
due = 2019-01-15
+++

## Background

Two lines
of it.

And more.

## What did not affect you
Bookings.
"#;
        let expected = Note {
            incidents: vec![at("2018-12-14T23:00:00Z")],
            contracts: vec![name("example")],
            title: "Sign-in failed".to_owned(),
            author: "Jo Miller".to_owned(),
            cause: Some("A flood of sign-ins congested the network".to_owned()),
            status: Status::Update,
            events: vec![
                Event {
                    at: Some(at("2018-12-14T22:45:00Z")),
                    length: None,
                    text: "Source found".to_owned(),
                },
                Event {
                    at: None,
                    length: Some(Millis::from_mins(60)),
                    text: "Reboot of the cluster".to_owned(),
                },
            ],
            actions: vec![Action {
                what: "Separate networks".to_owned(),
                owner: Some("Operations".to_owned()),
                due: Some(date(2019, 1, 15)),
            }],
            background: Some("Two lines\nof it.\n\nAnd more.".to_owned()),
            unaffected: Some("Bookings.".to_owned()),
        };
        assert_eq!(read(text), Ok(expected.clone()));
        assert_eq!(read(&text.replace('\n', "\r\n")), Ok(expected));
    }

    #[test]
    fn all_mistakes_are_told_with_the_lines_of_the_file() {
        let text = r#"+++
incident = 2018-12-14T18:00:00
contracts = "exmple"
titel = "Sign-in failed"
author = ""
cause = """
two
lines"""
status = "done"

[[event]]
at = 2018-12-14T17:45:00-05:00
text = "Source found"

[[event]]
at = 2018-12-14T17:40:00-05:00
length = "soon"

[[event]]
text = "Some time"

[[action]]
owner = "Operations"
due = "tomorrow"
+++
Stray words.

## Backgroud
Words.

## What did not affect you
## What did not affect you
"#;
        assert_snapshot!(read(text).unwrap_err().to_string(), @r###"
        friday.md:1: title is missing
          say what happened, as a headline
        friday.md:2: incident = 2018-12-14T18:00:00 is no instant
          write it with its offset, such as 2018-12-16T02:00:00-05:00
        friday.md:3: contracts = "exmple" is no contract of this plan
          did you mean "example"?
        friday.md:4: unknown key "titel"; did you mean "title"?
        friday.md:5: author is empty
        friday.md:6: cause has several lines
          write it on one line
        friday.md:9: status = "done" is unknown
          use "first" or "update" or "final"
        friday.md:15: event 2: text is missing
          say what was seen or done
        friday.md:16: event 2: at = 2018-12-14T17:40:00-05:00 lies before the event above, 2018-12-14T22:45:00.000Z
          write events in the order of time
        friday.md:17: event 2: length = "soon" is not a duration
          write a whole number and a unit, such as "500ms", "30s", "5m", "8h" or "2d"
        friday.md:19: event 3: neither at nor length is there
          say when it was, or how long it took, or both
        friday.md:22: action 1: what is missing
          say what changes
        friday.md:24: action 1: due = "tomorrow" is no date
          write it like 2018-12-16
        friday.md:26: text outside of any section
          put it below "## Background" or "## What did not affect you"
        friday.md:28: unknown heading "Backgroud"
          did you mean "## Background"?
        friday.md:32: a second "What did not affect you"
          one of each is enough
        "###);
    }

    #[test]
    fn a_file_without_a_head_is_refused() {
        for text in ["", "# Friday\n", "+++\ntitle = \"x\"\n", "\n+++\n+++\n"] {
            let problems = read(text).unwrap_err().to_string();
            assert!(
                problems.starts_with("friday.md:1: has no head"),
                "{problems}"
            );
        }
        assert_snapshot!(read("+++\na b\n+++\n").unwrap_err().to_string(), @r#"
        friday.md:2: not TOML: key with no value, expected `=`
        "#);
    }
}
