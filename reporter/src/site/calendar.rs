//! Planned maintenance as iCalendar (RFC 5545): what was announced before it began.

use ledger::contract::Contract;
use ledger::exclusion::{Exclusion, Standing};
use ledger::name::Name;
use ledger::time::{Interval, Millis, Timestamp};

use super::Service;
use crate::escape::visible;

/// Windows are listed as long after their end.
const BEHIND: Millis = Millis::from_mins(31 * 24 * 60);
/// And as long ahead, however often they recur.
const AHEAD: Millis = Millis::from_mins(180 * 24 * 60);

/// One window of maintenance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// What it is called.
    pub id: Name,
    /// When.
    pub span: Interval,
    /// Why.
    pub reason: String,
    /// When customers were told.
    pub announced: Timestamp,
    /// Whether the contract leaves it out; announced too late, it counts.
    pub left_out: bool,
}

/// The windows of a contract around `as_of`, by time. What was declared afterwards was never planned.
pub fn windows(contract: &Contract, exclusions: &[Exclusion], as_of: Timestamp) -> Vec<Window> {
    let around = Interval::new(as_of - BEHIND, as_of + AHEAD);
    let own = exclusions.iter().filter(|one| one.concerns(&contract.id));
    let windows = own.flat_map(|one| {
        let windows = one.windows(around).into_iter();
        let ahead = windows.filter(|window| one.announced < window.start);
        ahead.map(|span| Window {
            id: one.id.clone(),
            span,
            reason: one.reason.clone(),
            announced: one.announced,
            left_out: one.standing(span, contract.rules.notice) != Standing::Refused,
        })
    });
    let mut windows: Vec<Window> = windows.filter(|one| one.announced <= as_of).collect();
    windows.sort_by(|a, b| (a.span, &a.id).cmp(&(b.span, &b.id)));
    windows
}

/// The calendar. The same windows give the same bytes.
pub fn render(service: &Service) -> String {
    let contract = &service.recent.contract;
    let name = visible(&contract.service);
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".into(),
        format!(
            "PRODID:-//prober//reporter {}//EN",
            env!("CARGO_PKG_VERSION")
        ),
        "CALSCALE:GREGORIAN".into(),
        "METHOD:PUBLISH".into(),
        format!("X-WR-CALNAME:{}", text(&format!("{name}: maintenance"))),
        "REFRESH-INTERVAL;VALUE=DURATION:PT1H".into(),
    ];
    for window in &service.windows {
        lines.extend(event(service, window, &name));
    }
    if service.windows.is_empty() {
        // A calendar must hold something (RFC 5545 §3.6).
        lines.extend(UTC.map(str::to_owned));
    }
    lines.push("END:VCALENDAR".into());
    lines.iter().map(|line| folded(line)).collect()
}

const UTC: [&str; 8] = [
    "BEGIN:VTIMEZONE",
    "TZID:Etc/UTC",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0000",
    "TZOFFSETTO:+0000",
    "END:STANDARD",
    "END:VTIMEZONE",
];

fn event(service: &Service, window: &Window, name: &str) -> [String; 11] {
    let contract = service.id();
    let start = utc(window.span.start);
    let late = match window.left_out {
        true => "",
        false => " Announced too late for the contract: downtime in it counts.",
    };
    let reason = visible(&window.reason);
    [
        "BEGIN:VEVENT".into(),
        format!("UID:{}-{start}@{contract}.{}", window.id, service.seed),
        // When it was announced, not when this file was made: the same window gives the same bytes.
        format!("DTSTAMP:{}", utc(window.announced)),
        format!("DTSTART:{start}"),
        format!("DTEND:{}", utc(window.span.end)),
        format!("SUMMARY:{}", text(&format!("Maintenance: {name}"))),
        format!("DESCRIPTION:{}", text(&format!("{reason}{late}"))),
        "CATEGORIES:MAINTENANCE".into(),
        "STATUS:CONFIRMED".into(),
        "TRANSP:TRANSPARENT".into(),
        "END:VEVENT".into(),
    ]
}

fn utc(at: Timestamp) -> String {
    at.to_jiff().strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A value of type TEXT (RFC 5545 §3.3.11).
pub fn text(words: &str) -> String {
    let mut escaped = String::with_capacity(words.len());
    for letter in words.chars() {
        match letter {
            '\\' | ';' | ',' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            '\n' => escaped.push_str("\\n"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A line in pieces of at most 75 octets that part no character, each but the first after a blank (RFC 5545 §3.1).
pub fn folded(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + 2);
    let mut room = 75;
    for letter in line.chars() {
        if letter.len_utf8() > room {
            folded.push_str("\r\n ");
            room = 74;
        }
        room -= letter.len_utf8();
        folded.push(letter);
    }
    folded + "\r\n"
}
