//! The sentences of a summary.

use ledger::name::Name;
use ledger::time::{Millis, Timestamp};

use super::{Period, Summary};
use crate::escape::visible;
use crate::locale::Grain;
use crate::report::figures::{length, prose};
use crate::text::{Text, say};
use crate::words::list;

/// `users`, whether the persona is called `user` or `users`.
pub(super) fn plural(name: &Name) -> String {
    match name.as_str() {
        name if name.ends_with('s') => name.to_owned(),
        name => format!("{name}s"),
    }
}

/// `users and travelers`, in the order of the contract.
pub(super) fn people(summary: &Summary, names: &[Name]) -> String {
    let place = |name: &Name| {
        let mut order = summary.contract.personas.iter();
        order
            .position(|one| one.name == *name)
            .unwrap_or(usize::MAX)
    };
    let mut names: Vec<&Name> = names.iter().collect();
    names.sort_by_key(|name| (place(name), (*name).clone()));
    list(names.into_iter().map(plural))
}

/// What people sign in to: `Groupdesk` of a service called `Groupdesk sign-in`.
pub(super) fn product(summary: &Summary) -> String {
    let service = visible(&summary.contract.service);
    let product = service.strip_suffix(" sign-in").map(str::to_owned);
    product.unwrap_or(service)
}

/// With a capital letter.
pub(super) fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// `three`, up to twelve; then digits.
pub(crate) fn number(n: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    WORDS
        .get(n)
        .map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

/// All personas of all periods.
pub(super) fn everybody(summary: &Summary) -> Vec<Name> {
    let all = summary.periods.iter().flat_map(|one| &one.outage.personas);
    let mut all: Vec<Name> = all.cloned().collect();
    all.sort();
    all.dedup();
    all
}

/// Who could not do what, when, for how long, and whether it is over.
pub(super) fn quick(summary: &Summary) -> Text {
    let who = capital(&people(summary, &everybody(summary)));
    let (Some(first), Some(last)) = (summary.periods.first(), summary.periods.last()) else {
        return Text::default();
    };
    let product = product(summary);
    let end = summary.periods.len() - 1;
    let signed_out = summary.periods.iter().all(|one| one.outage.session_only);
    let [could_not, cannot] = match signed_out {
        true => ["were signed out early by", "have been signed out early by"],
        false => ["could not sign in to", "have been unable to sign in to"],
    };
    if last.outage.open {
        let since = moment(summary, end, Side::Start, "%A %-d %B %Y");
        let so_far = at_least(
            last.outage.length.lower,
            &format!("/periods/{end}/length_ms/lower"),
        );
        let looked = Text::figure(
            format!(
                "{}\u{a0}{}",
                summary.zone.format(summary.as_of, "%A"),
                summary.zone.to(Grain::Minute, summary.as_of)
            ),
            "/as_of",
        );
        let before = match end {
            0 => Text::default(),
            _ => say![
                " It had failed before, for ",
                whole(summary),
                " in all so far."
            ],
        };
        return say![
            format!("{who} {cannot} {product} since "),
            since,
            ", at least ",
            so_far,
            " so far. Sign-in still failed at our last look, ",
            looked,
            ".",
            before,
        ];
    }
    say![
        format!("{who} {could_not} {product} "),
        when(summary, (first, last)),
        if end > 0 { ", " } else { ", for " },
        whole(summary),
        if end > 0 { " in total. " } else { ". " },
        over(summary, end),
    ]
}

/// A lower bound, rounded down: to the minute, or to the second below one.
pub(super) fn at_least(length: Millis, at: &str) -> Text {
    let unit = if length < Millis::from_mins(1) {
        1_000
    } else {
        60_000
    };
    let down = Millis(length.0.div_euclid(unit) * unit);
    Text::figure(crate::words::duration(down), at)
}

/// `7 h 30 min`, with "about" if anything was dropped.
fn whole(summary: &Summary) -> Text {
    prose(summary.total.estimate, "/total_ms/estimate")
}

/// Less unknown time than this is not worth a word.
const LITTLE: Millis = Millis::from_mins(60);

/// `Sign-in has worked since Sunday 14:00.`, as far as the record bears that out.
fn over(summary: &Summary, last: usize) -> Text {
    let at = moment(summary, last, Side::End, "%A");
    let after = &summary.after;
    if summary.failed_later {
        return say![
            "Sign-in worked again from ",
            at,
            "; it failed later once more."
        ];
    }
    let unseen = match after.unseen >= LITTLE {
        true => {
            let length = prose(after.unseen, "/after/unseen_ms");
            say!["; for ", length, " of that time nobody could look"]
        }
        false => Text::default(),
    };
    if after.stale {
        let zone = &summary.zone;
        let until = format!(
            "{} {}",
            zone.long_date(after.until),
            zone.to(Grain::Minute, after.until)
        );
        let until = Text::figure(until.replace(' ', "\u{a0}"), "/after/until");
        return say![
            "Sign-in worked again from ",
            at,
            " until our record ends, ",
            until,
            unseen,
            ".",
        ];
    }
    say!["Sign-in has worked since ", at, unseen, "."]
}

/// `on Friday 14 December 2018 from 17:15 to 19:15`, or `during three periods from … to …`.
fn when(summary: &Summary, (first, last): (&Period, &Period)) -> Text {
    let zone = &summary.zone;
    let count = summary.periods.len();
    let (from, to) = (first.span().start, last_instant(last));
    let day = |at: Timestamp, side: &str, pattern: &str| {
        let index = if side == "start" { 0 } else { count - 1 };
        let text = zone.format(at, pattern).replace(' ', "\u{a0}");
        Text::figure(text, format!("/periods/{index}/{side}/estimate"))
    };
    let long = "%A %-d %B %Y";
    let same_day = zone.date(from) == zone.date(to);
    if count > 1 {
        let periods = Text::figure(number(count), "/periods");
        if same_day {
            return say!["during ", periods, " periods on ", day(from, "start", long)];
        }
        let short = match (zone.format(from, "%Y"), zone.format(from, "%Y%m")) {
            (_, month) if month == zone.format(to, "%Y%m") => "%A %-d",
            (year, _) if year == zone.format(to, "%Y") => "%A %-d %B",
            _ => long,
        };
        return say![
            "during ",
            periods,
            " periods from ",
            day(from, "start", short),
            " to ",
            day(to, "end", long),
        ];
    }
    let (start, end) = (clock(summary, 0, Side::Start), clock(summary, 0, Side::End));
    if same_day {
        return say![
            "on ",
            day(from, "start", long),
            " from ",
            start,
            " to ",
            end
        ];
    }
    say![
        "from ",
        day(from, "start", long),
        ", ",
        start,
        ", to ",
        day(to, "end", long),
        ", ",
        end,
    ]
}

/// The printed end; midnight belongs to the day that it ends.
pub(super) fn last_instant(period: &Period) -> Timestamp {
    let span = period.span();
    Timestamp(span.end.0 - 1).max(span.start)
}

/// An edge of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// When it began to fail.
    Start,
    /// When it worked again.
    End,
}

impl Side {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
        }
    }
}

/// `17:15`, or `24:00` of an end at midnight.
pub(super) fn clock(summary: &Summary, index: usize, side: Side) -> Text {
    let at = format!("/periods/{index}/{}/estimate", side.as_str());
    let span = summary.periods[index].span();
    let text = match side {
        Side::Start => summary.zone.clock(span.start),
        Side::End => summary.zone.closing(span.end),
    };
    Text::figure(text, at)
}

/// `Sunday 14:00`: a day as `pattern` says, and the time of day.
fn moment(summary: &Summary, index: usize, side: Side, pattern: &str) -> Text {
    let period = &summary.periods[index];
    let (at, day) = match side {
        Side::Start => (period.span().start, period.span().start),
        Side::End => (period.span().end, last_instant(period)),
    };
    let clock = match side {
        Side::Start => summary.zone.clock(at),
        Side::End => summary.zone.closing(at),
    };
    let day = summary.zone.format(day, pattern);
    let text = format!("{day} {clock}").replace(' ', "\u{a0}");
    Text::figure(text, format!("/periods/{index}/{}/estimate", side.as_str()))
}

/// `Friday 2 h · Saturday 1 h 30 min · all 3 h 30 min`.
pub(super) fn totals(summary: &Summary) -> Text {
    let days = summary.days.iter();
    let first = days.clone().next().map(|day| day.date);
    let last = days.clone().next_back().map(|day| day.date);
    let long = first
        .zip(last)
        .is_some_and(|(first, last)| (last - first).get_days() > 6);
    let pattern = if long { "%-d %B" } else { "%A" };
    let parts = days.enumerate().map(|(index, day)| {
        let at = |part: &str| format!("/days/{index}/{part}");
        let name = day
            .date
            .strftime(pattern)
            .to_string()
            .replace(' ', "\u{a0}");
        say![
            Text::figure(name, at("date")),
            "\u{a0}",
            rounded(day.printed, day.length, &at("down_ms")),
        ]
    });
    let printed: Millis = summary.days.iter().map(|day| day.printed).sum();
    let all = rounded(printed, summary.total.estimate, "/total_ms/estimate");
    let so_far = if summary.is_open() {
        " so\u{a0}far"
    } else {
        ""
    };
    say![Text::joined(parts, " · "), " · all\u{a0}", all, so_far]
}

/// A rounded length, with "about" if a second or more was dropped.
fn rounded(printed: Millis, exact: Millis, at: &str) -> Text {
    let text = crate::words::duration(printed);
    match (printed - exact).0.abs() < 500 {
        true => Text::figure(text, at),
        false => say!["about\u{a0}", Text::figure(text, at)],
    }
}

/// At least, and at most.
pub(super) fn bounds(summary: &Summary) -> Text {
    let total = &summary.total;
    say![
        "Sign-in failed for at least ",
        length(total.lower, "/total_ms/lower"),
        " and at most ",
        length(total.upper, "/total_ms/upper"),
        "; our best estimate is ",
        length(total.estimate, "/total_ms/estimate"),
        ".",
    ]
}
