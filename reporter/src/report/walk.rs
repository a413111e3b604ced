//! Walks printed figures back to the document that they come from (tests only). Times of day may be those of any locale.

use std::collections::BTreeSet;

use ledger::contract::Share;
use ledger::print;
use ledger::sla::Ratio;
use ledger::time::{Millis, Timestamp};
use serde_json::Value;

use super::burn::Burn;
use super::layout::Printed;
use crate::chart::frame::labels;
use crate::chart::{Drawing, Source};
use crate::civil::Zone;
use crate::locale::{self, Grain};
use crate::text::{Piece, Text};
use crate::words;

/// Every figure of a form is what stands at its place, and no digit stands outside of a figure but in names, in words of
/// ours that are no figures, and in `known`.
pub(crate) fn check(form: &str, printed: &Printed, (document, zone): (&Value, &Zone), known: &str) {
    let mut lines: Vec<Vec<char>> = printed
        .text
        .lines()
        .map(|line| line.chars().collect())
        .collect();
    assert!(printed.figures.len() > 10, "{form} has figures");
    for placed in &printed.figures {
        let (line, column) = (placed.line - 1, placed.column - 1);
        let wide = placed.text.chars().count();
        let found: String = lines[line][column..column + wide].iter().collect();
        assert_eq!(found, placed.text, "{form} line {}", placed.line);
        agrees(form, (&placed.text, &placed.json), (document, zone));
        lines[line][column..column + wide].fill(' ');
    }
    let rest: Vec<String> = lines
        .into_iter()
        .map(|line| line.into_iter().collect())
        .collect();
    no_digits(form, &rest.join("\n"), document, known);
}

/// The same for HTML, whose figures carry their place: also those in drawings, below them and in their tables.
pub(crate) fn check_html(page: &str, (document, zone): (&Value, &Zone), known: &str) {
    let mut body = page.split_once("</style>").expect("a style").1.to_owned();
    for figure in page.split("<figure").skip(1) {
        same_sentence(figure);
    }
    // Titles and sentences inside of drawings stand beside them too; places on scales are no figures.
    for (open, close) in [
        ("<title id", "</title>"),
        ("<desc", "</desc>"),
        ("<text class=\"scale\"", "</text>"),
    ] {
        while let Some(start) = body.find(open) {
            let end = start + body[start..].find(close).expect("it ends") + close.len();
            body.replace_range(start..end, "");
        }
    }
    let mut rest = String::new();
    let mut parts = body.split("data-json=\"");
    rest.push_str(parts.next().unwrap_or(""));
    let mut count = 0;
    for part in parts {
        let (at, more) = part.split_once("\">").expect("an attribute");
        let (text, more) = more.split_once('<').expect("an element");
        agrees("html", (&unescaped(text), at), (document, zone));
        count += 1;
        rest.push_str(" <");
        rest.push_str(more);
    }
    assert!(count > 10);
    let mut words = String::new();
    for part in rest.split('<').skip(1) {
        words.push_str(part.split_once('>').map_or("", |(_, text)| text));
        words.push(' ');
    }
    no_digits("html", &unescaped(&words), document, known);
}

/// Both drawings of a figure are described by the sentence below them.
fn same_sentence(figure: &str) {
    let plain = |markup: &str| -> String {
        let parts = markup.split('<').enumerate();
        parts
            .map(|(index, part)| match index {
                0 => part,
                _ => part.split_once('>').map_or("", |(_, text)| text),
            })
            .collect()
    };
    let inside = |open: &str, close: &str| -> Vec<String> {
        let parts = figure.split(open).skip(1);
        parts
            .map(|part| part.split_once('>').expect("a tag").1)
            .map(|part| plain(part.split_once(close).expect("it ends").0))
            .collect()
    };
    let below = inside("<figcaption", "</figcaption>");
    let descriptions = inside("<desc", "</desc>");
    assert_eq!(descriptions.len(), 2);
    assert!(
        descriptions.iter().all(|one| one == &below[0]),
        "{descriptions:?} {below:?}"
    );
}

/// What a drawing says: every label is words, a place on a scale, or has figures that stand in the document.
pub(crate) fn check_drawing(
    drawing: &Drawing,
    (document, zone): (&Value, &Zone),
    known: &str,
) -> usize {
    let form = &*drawing.id;
    let texts = labels(&drawing.marks).map(|label| match &label.source {
        Source::Words => Text::from(&*label.text),
        Source::Scale => Text::default(),
        Source::Figures(said) => {
            assert_eq!(said.plain(), label.text, "{form}");
            said.clone()
        }
    });
    let ours = [drawing.heading.clone(), drawing.finding.clone()];
    assert_eq!(ours[0].plain(), drawing.title);
    assert_eq!(ours[1].plain(), drawing.desc);
    let (mut words, mut figures) = (String::new(), 0);
    for text in texts.chain(ours) {
        for piece in text.pieces() {
            match piece {
                Piece::Words(part) | Piece::Link { text: part, .. } => words.push_str(part),
                Piece::Figure { text, at } => {
                    agrees(form, (text, at), (document, zone));
                    figures += 1;
                }
            }
        }
        words.push('\n');
    }
    no_digits(form, &words, document, known);
    figures
}

fn unescaped(text: &str) -> String {
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"");
    text.replace("&#39;", "'").replace("&amp;", "&")
}

/// Figures of speech: words of the method page and heads of tables.
const OURS: &str = "p50 p90 p95 p99 p99.9 SHA-256 100.000 23 25 50 95 100";

fn no_digits(form: &str, rest: &str, document: &Value, known: &str) {
    let mut texts = format!("{OURS} {known} ");
    collect(document, &mut texts);
    let allowed: BTreeSet<&str> = split(&texts).collect();
    let rest = rest.replace('\\', "");
    for word in split(&rest).filter(|word| word.contains(|one: char| one.is_ascii_digit())) {
        let named = allowed.contains(word);
        assert!(named, "{form}: {word:?} stands outside of a figure");
    }
}

/// Words without the marks around them.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|one: char| one.is_whitespace() || "()|:;,*".contains(one));
    words.map(|word| word.trim_matches(|one: char| !one.is_alphanumeric()))
}

/// Members that hold figures as text; who quotes them must do so as a figure.
const FIGURES: [&str; 12] = [
    "utc",
    "local",
    "numerator",
    "denominator",
    "sentence",
    "says",
    "effect",
    "hash",
    "terms",
    "date",
    "month",
    "due",
];

/// All names and words of people in a document.
fn collect(value: &Value, into: &mut String) {
    match value {
        Value::String(text) => {
            into.push_str(text);
            into.push(' ');
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        Value::Object(members) => {
            for (name, item) in members {
                into.push_str(name);
                into.push(' ');
                if !FIGURES.contains(&name.as_str()) {
                    collect(item, into);
                }
            }
        }
        _ => {}
    }
}

fn agrees(form: &str, (text, at): (&str, &str), (document, zone): (&Value, &Zone)) {
    let value = document
        .pointer(at)
        .unwrap_or_else(|| panic!("{form}: nothing at {at}, printed as {text:?}"));
    assert!(
        is_print(text, value, zone),
        "{form}: {at} is {value}, printed as {text:?}"
    );
}

/// Whether `text` is a way in which `value` is printed.
pub(crate) fn is_print(text: &str, value: &Value, zone: &Zone) -> bool {
    let plain = match locale::is_halved(zone.locale()) {
        true => in_24_hours(&text.replace('\u{a0}', " ")),
        false => text.replace('\u{a0}', " "),
    };
    let zone = &zone.usual();
    let plain = plain.trim_start_matches("about").trim_start();
    let bare = plain.trim_start_matches(['+', '\u{2212}']);
    if plain.is_empty() {
        return true;
    }
    match value {
        Value::Number(number) => number.as_i64().is_some_and(|n| of_number(bare, n.abs())),
        Value::String(words) => {
            let words = words.replace('\u{a0}', " ");
            words.contains(plain) || of_date(plain, &words)
        }
        Value::Array(items) => {
            plain == items.len().to_string() || plain == crate::summary::number(items.len())
        }
        Value::Object(members) => match (members.get("ms").and_then(Value::as_i64), ratio(value)) {
            (Some(at), _) => of_instant(plain, Timestamp(at), zone),
            (None, Some(ratio)) => of_ratio(plain, ratio),
            (None, None) => false,
        },
        _ => false,
    }
}

/// No time of day in `text` is told by the 24 hours of a day: minutes stand behind an hour from 1 to 12, and before `am` or `pm`.
pub(crate) fn no_24_hours(form: &str, text: &str) {
    let text = text.replace('\u{a0}', " ");
    let digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    for (colon, _) in text.match_indices(':') {
        let minutes = digit(colon + 1) && digit(colon + 2) && !digit(colon + 3);
        let Some(from) = colon.checked_sub(1).filter(|at| digit(*at) && minutes) else {
            continue;
        };
        let start = from.saturating_sub(usize::from(from > 0 && digit(from - 1)));
        let seconds = start
            .checked_sub(1)
            .is_some_and(|at| text.as_bytes()[at] == b':');
        let behind = text[colon + 3..]
            .trim_start_matches(|one: char| ":.".contains(one) || one.is_ascii_digit());
        let hour: u32 = text[start..colon].parse().unwrap();
        // As long as a time of day, in the narrow cells of a calendar, is a length.
        if text[..start].ends_with("down_ms/estimate\">") {
            continue;
        }
        let fine = seconds || (1..=12).contains(&hour) && !text[start..].starts_with('0');
        let near: String = text[start..].chars().take(24).collect();
        let half = behind.starts_with(" am") || behind.starts_with(" pm");
        assert!(fine && half, "{form}: {near:?}");
    }
}

/// The same with `17:15` for `5:15 pm` and `24:00` for `midnight`.
pub(crate) fn in_24_hours(text: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        // A list may go on right behind a time.
        let bare = word.trim_end_matches([',', ';', '.', ':']);
        let rest = &word[bare.len()..];
        let time = words.last().and_then(|last| last.split_once(':'));
        let hour = time.and_then(|(hour, rest)| Some((hour.parse::<u32>().ok()?, rest)));
        match (bare, hour) {
            ("am" | "pm", Some((hour, minutes))) => {
                let later = if bare == "pm" { 12 } else { 0 };
                let time = format!("{:02}:{minutes}{rest}", hour % 12 + later);
                words.pop();
                words.push(time);
            }
            ("midnight", _) => words.push(format!("24:00{rest}")),
            _ => words.push(word.to_owned()),
        }
    }
    words.join(" ")
}

fn of_number(text: &str, n: i64) -> bool {
    let prints = [
        n.to_string(),
        words::duration(Millis(n)),
        print::table(Millis(n)),
        words::rounded(Millis(n)),
        u32::try_from(n).map_or_else(|_| String::new(), words::latency_axis),
        u32::try_from(n).map_or_else(|_| String::new(), |n| print::share(Share(n))),
        format!("{}.{}", n / 10, n % 10),
        clock_like(Millis(n)),
        words::within(Millis(n)),
    ];
    if prints.iter().any(|one| one.replace('\u{a0}', " ") == text) {
        return true;
    }
    // Rows of a table may differ by less than the unit that they are printed to.
    let unit = if text.ends_with(" s") { 1_000 } else { 60_000 };
    print::parse_table(text).is_ok_and(|length| (length.0 - n).abs() < unit)
}

/// As the cells of a small calendar tell a length: hours and minutes.
fn clock_like(length: Millis) -> String {
    let minutes = (length.0 + 30_000).div_euclid(60_000);
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

fn of_ratio(text: &str, ratio: Ratio) -> bool {
    let prints = [
        print::availability(ratio),
        print::percent(ratio, 0),
        print::percent(ratio, 1),
        Burn::times(ratio),
    ];
    let target = ratio.denominator == 1_000_000;
    let share = u32::try_from(ratio.numerator).ok().filter(|_| target);
    let share = share.map_or_else(String::new, |share| print::share(Share(share)));
    prints
        .iter()
        .chain([&share])
        .any(|one| one.replace('\u{a0}', " ") == text)
}

fn of_date(text: &str, date: &str) -> bool {
    let Ok(date) = date.parse::<jiff::civil::Date>() else {
        return false;
    };
    let all = date.strftime("%A %-d %B %Y %a %F").to_string();
    text.split(' ')
        .all(|word| all.split(' ').any(|known| known == word))
}

/// Each word is one of the date's or the clock's, to the second or the minute; midnight may end the day before.
fn of_instant(text: &str, at: Timestamp, zone: &Zone) -> bool {
    if text == zone.dated(Grain::Millisecond, at) {
        return true;
    }
    [1_000_i64, 60_000].into_iter().any(|unit| {
        let rounded = Timestamp((at.0 + unit / 2).div_euclid(unit) * unit);
        let midnight = zone.start_of(zone.date(rounded)) == rounded;
        let end = midnight.then(|| (Timestamp(rounded.0 - 1), "24:00".to_owned()));
        [(rounded, zone.clock(rounded))]
            .iter()
            .chain(&end)
            .any(|(day, clock)| {
                let date = zone.format(*day, "%A %-d %B %Y %a %b %F %H:%M:%S");
                text.split(' ')
                    .all(|word| word == clock || date.split(' ').any(|known| known == word))
            })
    })
}

pub(crate) fn ratio(value: &Value) -> Option<Ratio> {
    let part = |name: &str| value.get(name)?.as_str()?.parse().ok();
    Some(Ratio {
        numerator: part("numerator")?,
        denominator: part("denominator")?,
    })
}
