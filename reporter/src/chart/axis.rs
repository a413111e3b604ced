//! The time axis: ticks on civil boundaries of the contract's zone.
//!
//! On days on which clocks change a repeated hour has two ticks, `01a` and `01b` (`1 am a` and `1 am b`), and a skipped one
//! none; widths are true to the hours that passed.

use jiff::civil::{Date, Time};
use ledger::contract::Locale;
use ledger::time::{Interval, Millis, Timestamp};

use super::frame::{Frame, MARGIN};
use super::palette::Ink;
use super::scale::TimeScale;
use super::text::{self, Face};
use super::{Anchor, Label, Px};
use crate::civil::Zone;
use crate::locale::{self, Grain};

/// A labelled instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// When.
    pub at: Timestamp,
    /// `06`, `17:30` (`6 am`, `5:30 pm`) or the day of the month.
    pub label: String,
    /// Whether a civil day starts there.
    pub midnight: bool,
}

/// How far apart ticks are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Minutes(i8),
    Hours(i8),
    Days(i8),
}

const STEPS: [Step; 11] = [
    Step::Minutes(1),
    Step::Minutes(5),
    Step::Minutes(15),
    Step::Hours(1),
    Step::Hours(2),
    Step::Hours(3),
    Step::Hours(6),
    Step::Hours(12),
    Step::Days(1),
    Step::Days(5),
    Step::Days(10),
];

/// The height that [`draw`] takes up below the plot.
pub const HEIGHT: Px = Px(46);

/// The densest ticks whose labels still have room in `scale`.
pub fn ticks(scale: &TimeScale, zone: &Zone) -> Vec<Tick> {
    let width = i64::from((scale.right - scale.left).0);
    let minutes = scale.window.length().0 / 60_000;
    let [hour, clock] = room(zone);
    let fits = |step: &Step| {
        let (span, room) = match step {
            Step::Minutes(n) => (i64::from(*n), clock),
            Step::Hours(n) => (i64::from(*n) * 60, hour),
            Step::Days(n) => (i64::from(*n) * 1_380, 22),
        };
        width * span >= room * minutes.max(1)
    };
    let step = STEPS.into_iter().find(fits).unwrap_or(Step::Days(10));
    let closed = Interval::new(scale.window.start, scale.window.end + Millis(1));
    zone.dates(closed)
        .into_iter()
        .flat_map(|date| of_day(date, step, zone))
        .filter(|tick| scale.window.start <= tick.at && tick.at <= scale.window.end)
        .collect()
}

/// How many pixels the labels of hours and of minutes need, with what parts them.
fn room(zone: &Zone) -> [i64; 2] {
    let noon = Time::constant(12, 0, 0, 0);
    let of = |locale| {
        [
            locale::hour(locale, noon),
            locale::clock(locale, noon, Grain::Minute),
        ]
    };
    let [own, usual] = [zone.locale(), Locale::default()].map(of);
    let more =
        |at: usize| text::width(&own[at], Face::PLAIN) - text::width(&usual[at], Face::PLAIN);
    [27 + i64::from(more(0).0), 46 + i64::from(more(1).0)]
}

/// Paints the axis below `bottom`: ticks and labels, and below them the date of each day (or the month).
pub fn draw(frame: &mut Frame, scale: &TimeScale, zone: &Zone, bottom: Px) {
    frame.line((scale.left, bottom), (scale.right, bottom), Ink::Outline);
    let ticks = ticks(scale, zone);
    for tick in &ticks {
        let x = scale.x(tick.at);
        let length = if tick.midnight { Px(8) } else { Px(5) };
        frame.line((x, bottom), (x, bottom + length), Ink::Outline);
    }
    row(frame, names(&ticks, scale), bottom + Px(17));
    dates(frame, scale, zone, bottom + Px(35));
}

/// What is written under the ticks, repeated hours first, so that these find room: `01a` and `01b`, or `01a/b` under both.
fn names(ticks: &[Tick], scale: &TimeScale) -> Vec<(Px, String)> {
    let mut first = Vec::new();
    for again in ticks.iter().filter(|tick| tick.label.ends_with('b')) {
        let hour = again.label.trim_end_matches('b');
        let before = ticks.iter().find(|tick| tick.label == format!("{hour}a"));
        let Some(before) = before else { continue };
        let (a, b) = (scale.x(before.at), scale.x(again.at));
        if (b - a) >= text::width(&again.label, Face::PLAIN) + Px(2) {
            first.extend([(a, before.label.clone()), (b, again.label.clone())]);
        } else {
            first.push((Px(i32::midpoint(a.0, b.0)), format!("{hour}a/b")));
        }
    }
    let rest = ticks
        .iter()
        .filter(|tick| !tick.label.ends_with(['a', 'b']))
        .map(|tick| (scale.x(tick.at), tick.label.clone()));
    first.into_iter().chain(rest).collect()
}

/// Paints an axis of whole days below `bottom`: each day's number under its middle.
pub fn draw_days(frame: &mut Frame, scale: &TimeScale, zone: &Zone, bottom: Px) {
    frame.line((scale.left, bottom), (scale.right, bottom), Ink::Outline);
    let days = zone.dates(scale.window);
    let width = (scale.right - scale.left).0;
    let pitch = width / i32::try_from(days.len().max(1)).unwrap_or(i32::MAX);
    let step = [1, 2, 5, 10]
        .into_iter()
        .find(|step| pitch * i32::from(*step) >= 23)
        .unwrap_or(10);
    let shown = days.into_iter().filter(|date| is_named(*date, step));
    let middles = shown.map(|date| {
        let from = scale.x(zone.start_of(date));
        let next = date.tomorrow();
        let to = next.map_or(scale.right, |next| scale.x(zone.start_of(next)));
        (Px(i32::midpoint(from.0, to.0)), date.day().to_string())
    });
    row(frame, middles.collect(), bottom + Px(14));
    dates(frame, scale, zone, bottom + Px(33));
}

/// Writes those labels that have room beside the ones before.
fn row(frame: &mut Frame, labels: Vec<(Px, String)>, y: Px) {
    let mut taken: Vec<(Px, Px)> = Vec::new();
    for (x, words) in labels {
        let label = Label::scale((x, y), Anchor::Middle, words).ink(Ink::Quiet);
        let area = label.area();
        let free =
            |(left, right): &(Px, Px)| area.right + Px(2) <= *left || *right + Px(2) <= area.left;
        if taken.iter().all(free) && area.right <= frame.right() + MARGIN {
            taken.push((area.left, area.right));
            frame.label(label);
        }
    }
}

/// The second row: `Fri 14 Dec` from each midnight on, or `December 2018` where a month fills the axis.
fn dates(frame: &mut Frame, scale: &TimeScale, zone: &Zone, y: Px) {
    let long = scale.window.length().0 > 8 * 86_400_000;
    let patterns: &[&str] = if long {
        &["%B %Y", "%b %Y", "%b"]
    } else {
        &["%a %-d %b", "%a %-d", "%-d"]
    };
    let unit = if long { Unit::Month } else { Unit::Day };
    for span in spans(scale.window, zone, unit) {
        let x = scale.x(span.start);
        let room = scale.x(span.end) - x - Px(6);
        let mut words = patterns
            .iter()
            .map(|pattern| zone.format(span.start, pattern));
        if let Some(words) = words.find(|words| text::width(words, Face::PLAIN) <= room) {
            frame.label(Label::scale((x, y), Anchor::Start, words));
        }
    }
}

/// What the second row names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Day,
    Month,
}

/// The days, or months, that the window touches, cut to it.
fn spans(window: Interval, zone: &Zone, unit: Unit) -> Vec<Interval> {
    let mut starts: Vec<Timestamp> = zone
        .dates(window)
        .into_iter()
        .filter(|date| unit == Unit::Day || date.day() == 1)
        .map(|date| zone.start_of(date))
        .filter(|start| *start > window.start)
        .collect();
    starts.insert(0, window.start);
    let ends = starts.iter().skip(1).copied().chain([window.end]);
    starts
        .iter()
        .copied()
        .zip(ends)
        .map(|(start, end)| Interval::new(start, end))
        .collect()
}

/// Whether a day has its number under it: the first of each month, and from there every second (1, 3, 5 …), or round ones (1, 5, 10 …)
/// that do not stand close before the next month's first.
fn is_named(date: Date, step: i8) -> bool {
    let day = date.day();
    let left = date.days_in_month() + 1 - day;
    match step {
        1 => true,
        2 => day % 2 == 1 && left > 1,
        _ => day == 1 || (day % step == 0 && left * 2 >= step),
    }
}

fn of_day(date: Date, step: Step, zone: &Zone) -> Vec<Tick> {
    match step {
        Step::Days(n) => {
            let tick = Tick {
                at: zone.start_of(date),
                label: date.day().to_string(),
                midnight: true,
            };
            is_named(date, n).then_some(tick).into_iter().collect()
        }
        Step::Hours(n) => (0..24)
            .filter(|hour| hour % n == 0 || zone.at(date, *hour, 0).len() > 1)
            .flat_map(|hour| of_minute(date, (hour, 0), zone, Zone::hour))
            .collect(),
        Step::Minutes(n) => (0..24)
            .flat_map(|hour| (0..60).map(move |minute| (hour, minute)))
            .filter(|(_, minute)| minute % n == 0)
            .flat_map(|time| of_minute(date, time, zone, |zone, at| zone.to(Grain::Minute, at)))
            .collect(),
    }
}

fn of_minute(
    date: Date,
    (hour, minute): (i8, i8),
    zone: &Zone,
    label: impl Fn(&Zone, Timestamp) -> String,
) -> Vec<Tick> {
    let instants = zone.at(date, hour, minute);
    let twice = instants.len() > 1;
    instants
        .into_iter()
        .zip(["a", "b"])
        .map(|(at, mark)| {
            let mark = match twice {
                true => format!("{}{mark}", locale::before_mark(zone.locale())),
                false => String::new(),
            };
            Tick {
                at,
                label: label(zone, at) + &mark,
                midnight: at == zone.start_of(date),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use ledger::contract::Contract;

    use super::*;
    use crate::fixture;

    fn labels(date: Date, width: i32) -> Vec<String> {
        labels_in(Locale::En, date, width)
    }

    fn labels_in(locale: Locale, date: Date, width: i32) -> Vec<String> {
        let contract = Contract {
            locale,
            ..fixture::contract("America/New_York")
        };
        let zone = Zone::of(&contract).unwrap();
        let end = zone.start_of(date.tomorrow().unwrap());
        let scale = TimeScale {
            window: Interval::new(zone.start_of(date), end),
            left: Px(0),
            right: Px(width),
        };
        ticks(&scale, &zone)
            .into_iter()
            .map(|tick| tick.label)
            .collect()
    }

    #[test]
    fn days_are_named_at_even_steps_and_none_close_before_a_first() {
        let named = |step: i8| -> Vec<i8> {
            let december = (1..=31).map(|day| jiff::civil::date(2018, 12, day));
            let named = december.filter(|date| is_named(*date, step));
            named.map(Date::day).collect()
        };
        assert_eq!(named(2)[..4], [1, 3, 5, 7]);
        assert_eq!(named(2).last(), Some(&29));
        assert_eq!(named(5), [1, 5, 10, 15, 20, 25]);
        assert_eq!(named(10), [1, 10, 20]);
        let february = jiff::civil::date(2019, 2, 25);
        assert!(is_named(february, 5) && is_named(february.tomorrow().unwrap(), 1));
    }

    #[test]
    fn changed_clocks_repeat_or_skip_a_tick() {
        let autumn = labels(jiff::civil::date(2018, 11, 4), 800);
        assert_eq!(autumn[..5], ["00", "01a", "01b", "02", "03"]);
        assert_eq!(autumn.len(), 26, "25 hours and the midnight after");
        let spring = labels(jiff::civil::date(2019, 3, 10), 800);
        assert_eq!(spring[..4], ["00", "01", "03", "04"]);
    }

    #[test]
    fn hours_of_both_halves_of_a_day_have_labels_of_their_own() {
        let said = |date: Date, width| -> Vec<String> {
            let labels = labels_in(Locale::EnUs, date, width).into_iter();
            labels.map(|label| label.replace('\u{a0}', " ")).collect()
        };
        let autumn = said(jiff::civil::date(2018, 11, 4), 1_300);
        assert_eq!(autumn[..5], ["12 am", "1 am a", "1 am b", "2 am", "3 am"]);
        let mut all = autumn[..25].to_vec();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 25, "25 hours, each with a label of its own");
        let spring = said(jiff::civil::date(2019, 3, 10), 1_300);
        assert_eq!(spring[..3], ["12 am", "1 am", "3 am"]);
        let day = jiff::civil::date(2018, 12, 14);
        assert!(
            said(day, 340).len() < labels(day, 340).len(),
            "longer labels, fewer of them"
        );
    }

    #[test]
    fn ticks_thin_out_where_there_is_less_room() {
        let day = jiff::civil::date(2018, 12, 14);
        assert_eq!(
            labels(day, 340),
            [
                "00", "02", "04", "06", "08", "10", "12", "14", "16", "18", "20", "22", "00"
            ]
        );
    }
}
