//! When a probe looks and how long it may take: what is left out, and what cannot be.

use super::cursor::{Item, Section};
use super::value::show_duration;
use crate::schedule::{Schedule, ScheduleError};
use crate::time::Millis;

/// The times of one probe.
pub(super) struct Timing {
    pub(super) schedule: Schedule,
    pub(super) fast: Option<Millis>,
    pub(super) timeout: Millis,
    pub(super) retries: u32,
    pub(super) retry_after: Millis,
    pub(super) slow_after: Millis,
    pub(super) jitter_permille: u32,
}

/// No timer of ours is asked for less.
const LEAST: Millis = Millis(50);

/// Reads all keys about time. With a schedule that cannot be read the others are read all the same.
pub(super) fn timing(section: &Section<'_>) -> Option<Timing> {
    let schedule = schedule(section);
    let spacing = schedule.as_ref().map(Schedule::spacing);
    // What depends on the spacing is not judged by a spacing made up.
    let t = spacing.unwrap_or(Millis::from_mins(24 * 60));
    let timeout = timeout(section, t);
    let retry_after_item = section.get("retry_after");
    let retry_after = retry_after_item
        .and_then(|item| item.duration(Millis::ZERO))
        .unwrap_or_else(|| default_retry_after(t, timeout));
    let retries = retries(section, t, (timeout, retry_after));
    let slow_after = slow_after(section, timeout);
    let fast = fast(section, t);
    let jitter_permille = jitter(section);
    Some(Timing {
        schedule: schedule?,
        fast,
        timeout,
        retries,
        retry_after,
        slow_after,
        jitter_permille,
    })
}

fn schedule(section: &Section<'_>) -> Option<Schedule> {
    let example = "such as schedule = \"*/30 * * * * *\" for every 30 s, in UTC";
    let item = section.need("schedule", example)?;
    let text = item.text()?;
    let mut seen = item.notes.schedules.borrow_mut();
    if let Some(schedule) = seen.get(text) {
        return Some(schedule.clone());
    }
    match Schedule::parse(text) {
        Ok(schedule) => {
            seen.insert(text.to_owned(), schedule.clone());
            Some(schedule)
        }
        Err(error) => {
            let (found, hint) = match error {
                ScheduleError::Syntax(_) => (
                    "is not a schedule",
                    format!("write six fields, second minute hour day month weekday, {example}"),
                ),
                ScheduleError::Never(_) => ("never comes", "no date fits it".to_owned()),
                ScheduleError::WeekdayNumber(_) => (
                    "names a weekday by number",
                    "write MON to SUN; numbers mean different days in different crons".to_owned(),
                ),
            };
            item.wrong(found, hint);
            None
        }
    }
}

/// *D*: min(30 s, 0.4·T) unless the plan says otherwise (semantics §2).
fn timeout(section: &Section<'_>, t: Millis) -> Millis {
    let share = Millis(t.0 * 2 / 5);
    let default = Millis::from_secs(30).min(share).max(Millis(1));
    let long = section.get("long_timeout");
    let long = long.and_then(|item| item.bool()).unwrap_or(false);
    let Some(item) = section.get("timeout") else {
        return default;
    };
    let Some(timeout) = item.duration(LEAST) else {
        return default;
    };
    let spacing = show_duration(t);
    if timeout >= t {
        let than = if timeout == t {
            "as long as"
        } else {
            "longer than"
        };
        item.wrong(
            format_args!("is {than} the schedule's spacing of {spacing}"),
            format!(
                "attempts would overlap; use a timeout of {} or less",
                show_duration(default)
            ),
        );
    } else if timeout > share && !long {
        item.wrong(
            format_args!("is more than 0.4 of the schedule's spacing of {spacing}"),
            format!(
                "a retry may not fit; use {} or less, or say long_timeout = true",
                show_duration(share)
            ),
        );
    }
    timeout
}

/// 5 s, or a tenth of the spacing where that is too long to let a retry end in time.
fn default_retry_after(t: Millis, timeout: Millis) -> Millis {
    let usual = Millis::from_secs(5);
    if Millis(timeout.0 * 2) + usual <= t {
        usual
    } else {
        Millis(t.0 / 10)
    }
}

/// One retry, if it can end before the next slot.
fn retries(section: &Section<'_>, t: Millis, (timeout, wait): (Millis, Millis)) -> u32 {
    // The earliest end that the last retry can have: all attempts before it fail at once.
    let end = |retries: u32| Millis(wait.0.saturating_mul(i64::from(retries)) + timeout.0);
    let default = u32::from(end(1) <= t);
    let Some(item) = section.get("retries") else {
        return default;
    };
    let Some(retries) = item.number(0..=5) else {
        return default;
    };
    if retries > 0 && timeout < t && end(retries) > t {
        item.wrong(
            format_args!(
                "cannot fit: {retries} × retry_after {} + timeout {} is more than the spacing of {}",
                show_duration(wait),
                show_duration(timeout),
                show_duration(t)
            ),
            "use fewer retries, a shorter retry_after or a shorter timeout",
        );
    }
    retries
}

fn slow_after(section: &Section<'_>, timeout: Millis) -> Millis {
    let default = Millis::from_secs(5).min(timeout);
    let Some(item) = section.get("slow_after") else {
        return default;
    };
    let Some(slow_after) = item.duration(Millis(1)) else {
        return default;
    };
    if slow_after > timeout {
        item.wrong(
            format_args!("is longer than the timeout of {}", show_duration(timeout)),
            "no attempt could ever be slow; use less",
        );
    }
    slow_after
}

/// 10 s where that is less than half of the spacing; denser schedules do without.
fn fast(section: &Section<'_>, t: Millis) -> Option<Millis> {
    let usual = Millis::from_secs(10);
    let default = (usual.0 * 2 < t.0).then_some(usual);
    let Some(item) = section.get("fast") else {
        return default;
    };
    if item.value().as_str() == Some("none") {
        return None;
    }
    let fast = item.duration(LEAST)?;
    if fast >= t {
        item.wrong(
            format_args!("is not faster than the spacing of {}", show_duration(t)),
            "use less, or fast = \"none\"",
        );
    }
    Some(fast)
}

/// 5 % each way; at most 20 %, so that attempts keep their order and their room.
fn jitter(section: &Section<'_>) -> u32 {
    let Some(item) = section.get("jitter") else {
        return 50;
    };
    let hint = "use whole tenths of a percent from 0 to 20, such as \"5 %\"";
    let fits = |item: &Item<'_>| {
        let share = item.share()?.0;
        let whole = share % 1_000 == 0 && share <= 200_000;
        if !whole {
            item.wrong("does not fit", hint);
        }
        whole.then_some(share / 1_000)
    };
    fits(&item).unwrap_or(50)
}
