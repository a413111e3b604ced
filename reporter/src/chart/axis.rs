//! The time axis: ticks on civil boundaries of the contract's zone.
//!
//! On days on which clocks change a repeated hour has two ticks, `01a` and `01b`, and a skipped one none; widths are
//! true to the hours that passed.

use jiff::civil::Date;
use ledger::time::{Interval, Millis, Timestamp};

use super::frame::{Frame, MARGIN};
use super::palette::Ink;
use super::scale::TimeScale;
use super::text::{self, Face};
use super::{Anchor, Label, Px};
use crate::civil::Zone;

/// A labelled instant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// When.
    pub at: Timestamp,
    /// `06`, `17:30` or the day of the month.
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
    let fits = |step: &Step| {
        let (span, room) = match step {
            Step::Minutes(n) => (i64::from(*n), 46),
            Step::Hours(n) => (i64::from(*n) * 60, 27),
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
            .flat_map(|hour| of_minute(date, (hour, 0), zone, "%H"))
            .collect(),
        Step::Minutes(n) => (0..24)
            .flat_map(|hour| (0..60).map(move |minute| (hour, minute)))
            .filter(|(_, minute)| minute % n == 0)
            .flat_map(|time| of_minute(date, time, zone, "%H:%M"))
            .collect(),
    }
}

fn of_minute(date: Date, (hour, minute): (i8, i8), zone: &Zone, pattern: &str) -> Vec<Tick> {
    let instants = zone.at(date, hour, minute);
    let twice = instants.len() > 1;
    instants
        .into_iter()
        .zip(["a", "b"])
        .map(|(at, suffix)| Tick {
            at,
            label: zone.format(at, pattern) + if twice { suffix } else { "" },
            midnight: at == zone.start_of(date),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(date: Date, width: i32) -> Vec<String> {
        let zone = Zone::find("America/New_York").unwrap();
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
