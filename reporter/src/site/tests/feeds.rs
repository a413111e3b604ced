//! The feed, the calendar and the badges.

use insta::assert_snapshot;
use proptest::prelude::*;

use super::*;
use crate::chart::palette::Ink;
use badge::Badge;
use calendar::{folded, text};

#[test]
fn the_feed_tells_of_incidents_and_reports() {
    let texts = texts(&site());
    let feed = texts["groupdesk/atom.xml"].replace('\u{a0}', " ");
    xml::check(&feed).unwrap();
    let entries: Vec<&str> = feed.split("<entry>").collect();
    assert_eq!(entries.len(), 6, "three incidents, two revisions");
    assert_snapshot!(entries[0], @"");
    assert_snapshot!(entries[1], @"");
    assert_snapshot!(entries[4], @"");
}

#[test]
fn without_an_address_links_are_relative_and_names_are_the_same() {
    let with = texts(&site())["groupdesk/atom.xml"].clone();
    let mut site = site();
    site.url = None;
    let without = texts(&site)["groupdesk/atom.xml"].clone();
    assert!(
        !without.contains("https://") && !without.contains("rel=\"self\""),
        "{without}"
    );
    assert!(without.contains("href=\"incidents/2018-12-14-1715.html\""));
    let ids = |feed: &str| -> Vec<String> {
        let lines = feed.lines().filter(|line| line.starts_with("<id>"));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(ids(&with), ids(&without));
    let mut own = ids(&with);
    own.sort();
    own.dedup();
    assert_eq!(own.len(), 6, "each once");
}

#[test]
fn the_calendar_holds_what_was_announced_before_it_began() {
    let texts = texts(&site());
    let calendar = &texts["groupdesk/maintenance.ics"];
    assert!(calendar.lines().count() == calendar.matches("\r\n").count());
    assert_snapshot!(calendar.replace("\r\n", "\n").replace('\u{a0}', " "), @"");
    let mut bare = site();
    bare.services[0].windows.clear();
    let empty = calendar::render(&bare.services[0]);
    assert!(
        empty.contains("BEGIN:VTIMEZONE\r\n") && !empty.contains("VEVENT"),
        "{empty}"
    );
}

#[test]
fn a_badge_is_one_fact_in_words_and_colour() {
    let texts = texts(&site());
    assert_snapshot!(texts["groupdesk/badges/state.svg"], @"");
    for (path, svg) in texts.iter().filter(|(path, _)| path.ends_with(".svg")) {
        xml::check(svg).unwrap_or_else(|wrong| panic!("{path}: {wrong}"));
        assert!(
            svg.contains(" role=\"img\" ") && svg.contains("<title id=\"title\">"),
            "{path}"
        );
    }
    assert!(texts.contains_key("groupdesk/badges/travelers/days.svg"));
    assert!(
        texts["groupdesk/badges/month.svg"].contains(&Ink::Down.hex()),
        "the target is missed"
    );
}

#[test]
fn words_on_badges_fit_and_stand_out() {
    let luminance = |(red, green, blue): (u8, u8, u8)| {
        let part = |value: u8| {
            let share = f64::from(value) / 255.0;
            match share <= 0.040_45 {
                true => share / 12.92,
                false => ((share + 0.055) / 1.055).powf(2.4),
            }
        };
        0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue)
    };
    for ink in [Ink::Up, Ink::Degraded, Ink::Down, Ink::Unknown] {
        let badge = Badge {
            label: "W".repeat(80),
            value: "up".into(),
            ink,
            title: "x".into(),
        };
        let svg = badge::render(&badge);
        assert!(svg.contains("…</text>"), "cut: {svg}");
        let words = svg.rsplit("<text ").next().unwrap();
        let is_pale = words.contains(&Ink::Pale.hex());
        let words = if is_pale { Ink::Pale } else { Ink::Third };
        let (a, b) = (luminance(words.light()), luminance(ink.light()));
        let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
        assert!(contrast >= 4.5, "{ink:?}: {contrast}");
    }
}

proptest! {
    #[test]
    fn folded_lines_are_short_and_unfold_to_what_they_were(line in "[ -~äöü€𝄞\u{a0}]{0,400}") {
        let folded = folded(&line);
        prop_assert!(folded.ends_with("\r\n"));
        for part in folded.trim_end_matches("\r\n").split("\r\n") {
            prop_assert!(part.len() <= 75, "{}", part.len());
        }
        prop_assert_eq!(folded.replace("\r\n ", ""), format!("{line}\r\n"));
    }

    #[test]
    fn escaped_text_stays_on_its_line_and_reads_back(words in "[a-z\\\\;,\n:\"ä]{0,60}") {
        let escaped = text(&words);
        prop_assert!(!escaped.contains('\n'));
        let mut read = String::new();
        let mut letters = escaped.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => match letters.next() {
                    Some('n') => read.push('\n'),
                    other => read.extend(other),
                },
                ';' | ',' => prop_assert!(false, "{escaped}"),
                other => read.push(other),
            }
        }
        prop_assert_eq!(read, words);
    }
}
