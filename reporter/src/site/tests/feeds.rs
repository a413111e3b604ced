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
    assert_snapshot!(entries[0], @r#"
    <?xml version="1.0" encoding="utf-8"?>
    <feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
    <id>urn:uuid:3ccfc14e-e9c5-8c7e-8e65-e12f7fa44625</id>
    <title>Groupdesk sign-in</title>
    <subtitle>Incidents and reports</subtitle>
    <updated>2018-12-16T19:00:03Z</updated>
    <author><name>Groupdesk sign-in</name></author>
    <generator version="0.1.0">reporter</generator>
    <link rel="alternate" type="text/html" href="https://status.example.com/groupdesk/index.html"/>
    <link rel="self" type="application/atom+xml" href="https://status.example.com/groupdesk/atom.xml"/>
    "#);
    assert_snapshot!(entries[1], @r#"
    <id>urn:uuid:0d76f219-f6d3-824c-83c0-139a900751d4</id>
    <title>Sign-in to Groupdesk failed for users and travelers</title>
    <published>2018-12-16T19:00:03Z</published>
    <updated>2018-12-16T19:00:03Z</updated>
    <category term="incident"/>
    <link rel="alternate" type="text/html" href="https://status.example.com/groupdesk/incidents/2018-12-16-1000.html"/>
    <summary type="text">Users and travelers could not sign in to Groupdesk on Sunday 16 December 2018 from 10:00 to 14:00, for 4 h. Sign-in has worked since Sunday 14:00.</summary>
    </entry>
    "#);
    assert_snapshot!(entries[4], @r#"
    <id>urn:uuid:eb920c38-9b6a-8cd4-8fb7-d47dcfbf209d</id>
    <title>Report of November 2018, revision 2</title>
    <published>2018-12-03T14:02:00Z</published>
    <updated>2018-12-03T14:02:00Z</updated>
    <category term="report"/>
    <link rel="alternate" type="text/html" href="https://status.example.com/groupdesk/reports/2018-11/rev-2/report.html"/>
    <summary type="text">3 changes since revision 1. Sign-in did not work for 7 h 30 min in 3 incidents: availability 98.106 %, the target of 99.9 % is missed.</summary>
    </entry>
    "#);
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
    assert_snapshot!(calendar.replace("\r\n", "\n").replace('\u{a0}', " "), @r"
    BEGIN:VCALENDAR
    VERSION:2.0
    PRODID:-//prober//reporter 0.1.0//EN
    CALSCALE:GREGORIAN
    METHOD:PUBLISH
    X-WR-CALNAME:Groupdesk sign-in: maintenance
    REFRESH-INTERVAL;VALUE=DURATION:PT1H
    BEGIN:VEVENT
    UID:patch-20181217T163000Z@groupdesk.5eed00c0ffee
    DTSTAMP:20181217T160000Z
    DTSTART:20181217T163000Z
    DTEND:20181217T173000Z
    SUMMARY:Maintenance: Groupdesk sign-in
    DESCRIPTION:Groupdesk sign-in
    CATEGORIES:MAINTENANCE
    STATUS:CONFIRMED
    TRANSP:TRANSPARENT
    END:VEVENT
    BEGIN:VEVENT
    UID:move-20181221T030000Z@groupdesk.5eed00c0ffee
    DTSTAMP:20181210T140000Z
    DTSTART:20181221T030000Z
    DTEND:20181221T043000Z
    SUMMARY:Maintenance: Groupdesk sign-in
    DESCRIPTION:Groupdesk sign-in
    CATEGORIES:MAINTENANCE
    STATUS:CONFIRMED
    TRANSP:TRANSPARENT
    END:VEVENT
    END:VCALENDAR
    ");
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
    assert_snapshot!(texts["groupdesk/badges/state.svg"], @r##"
    <svg xmlns="http://www.w3.org/2000/svg" width="241" height="22" viewBox="0 0 241 22" role="img" aria-labelledby="title">
    <title id="title">Groupdesk sign-in: up, as of 2018-12-17 12:00 (America/New_York)</title>
    <rect x="0.5" y="0.5" width="240" height="21" rx="3" fill="#0F8B8D" stroke="#3A3F45"/>
    <path d="M123 0H3.5a3 3 0 0 0 -3 3V19a3 3 0 0 0 3 3H123z" fill="#3A3F45"/>
    <g font-family="system-ui, sans-serif" font-size="12" text-anchor="middle" aria-hidden="true">
    <text x="61" y="15" fill="#FFFFFF">Groupdesk sign-in</text>
    <text x="182" y="15" fill="#000000">up, 17 Dec 12:00</text>
    </g>
    </svg>
    "##);
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
