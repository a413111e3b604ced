//! The words of reports: lengths of time, shares, classes of failure and lists, in plain English.

use ledger::outage::Bounds;
use ledger::print;
use ledger::sla::{Budget, Unit};
use ledger::time::Millis;
use ledger::verdict::Class;

/// `1 h 30 min 5 s`: to the second, for tables. Milliseconds stand in the machine forms.
pub fn duration(length: Millis) -> String {
    print::table(to_seconds(length))
}

/// `2 h`, `1 h 30 min`: to the minute from a minute on, to the second below. Says nothing about what was dropped.
pub fn rounded(length: Millis) -> String {
    print::prose(length).trim_start_matches("about ").to_owned()
}

/// `2 h`, or `about 2 h` if a second or more was dropped, for prose.
pub fn prose(length: Millis) -> String {
    print::prose(to_seconds(length))
}

/// `2 h (1 h 59 min 40 s to 2 h 20 s)`; the brackets only if the bounds differ.
pub fn bounded(length: &Bounds) -> String {
    let estimate = duration(length.estimate);
    match range(length) {
        Some(range) => format!("{estimate} ({range})"),
        None => estimate,
    }
}

/// `1 h 59 min 40 s to 2 h 20 s`, or nothing if there is no doubt to the second.
pub fn range(length: &Bounds) -> Option<String> {
    let (lower, upper) = (duration(length.lower), duration(length.upper));
    (lower != upper).then(|| format!("{lower} to {upper}"))
}

/// Lengths cut to seconds so that the rows of a table add up exactly to their printed total.
///
/// Each row is the difference of two rounded running totals: less than a second from the truth, and zero where
/// nothing was added.
pub fn rows(lengths: impl IntoIterator<Item = Millis>) -> Vec<Millis> {
    let (mut exact, mut printed) = (Millis::ZERO, Millis::ZERO);
    lengths
        .into_iter()
        .map(|length| {
            exact += length;
            let row = to_seconds(exact) - printed;
            printed += row;
            row
        })
        .collect()
}

/// `1008 %` of a budget, rounded half to even; `None` if there is no budget.
pub fn consumed(budget: &Budget) -> Option<String> {
    budget.consumed().map(|ratio| print::percent(ratio, 0))
}

/// A part of a budget: `44 min 38 s`, or `45 requests`.
pub fn amount(unit: Unit, amount: i64) -> String {
    match unit {
        Unit::Milliseconds => duration(Millis(amount)),
        Unit::Requests => count(usize::try_from(amount).unwrap_or(0), "request"),
    }
}

/// `430 ms` or `2 s`, rounded up: how far something can be off.
pub fn within(error: Millis) -> String {
    match error.0 {
        0..1_000 => format!("{}\u{a0}ms", error.0),
        more => duration(Millis(more.saturating_add(999).div_euclid(1_000) * 1_000)),
    }
}

/// `250 ms` or `1.2 s`, cut, for axes and tables.
pub fn latency_axis(micros: u32) -> String {
    match micros {
        0 => "0\u{a0}s".into(),
        1..1_000 => format!("{micros}\u{a0}µs"),
        1_000..1_000_000 => format!("{}\u{a0}ms", micros / 1_000),
        _ => match micros / 10_000 {
            hundredths if hundredths % 100 == 0 => format!("{}\u{a0}s", hundredths / 100),
            hundredths if hundredths % 10 == 0 => {
                format!("{}.{}\u{a0}s", hundredths / 100, hundredths / 10 % 10)
            }
            hundredths => format!("{}.{:02}\u{a0}s", hundredths / 100, hundredths % 100),
        },
    }
}

/// `users, travelers and agents`.
pub fn list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let words: Vec<String> = items.into_iter().map(|item| item.to_string()).collect();
    match words.split_last() {
        None => "none".into(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// `1 incident`, `3 incidents`.
pub fn count(n: usize, noun: &str) -> String {
    match n {
        1 => format!("1 {noun}"),
        _ => format!("{n} {noun}s"),
    }
}

/// What a class means, for readers who know no codes.
pub const fn class(class: Class) -> &'static str {
    match class {
        Class::Dns => "name not resolved",
        Class::Connect => "no connection",
        Class::Tls => "certificate or TLS error",
        Class::Timeout => "no answer in time",
        Class::Protocol => "broken reply",
        Class::Status => "error page",
        Class::Content => "wrong page",
        Class::Rejected => "sign-in refused",
        Class::SessionLost => "signed out early",
        Class::Throttled => "turned away (too many requests)",
        Class::Script => "sign-in form missing",
        Class::ProberNet => "its own network was dead",
        Class::ProberDns => "its own resolver failed",
        Class::ProberClock => "its clock was off",
        Class::ProberBlocked => "it alone was blocked",
        Class::ProberAccount => "its account was locked or changed",
        Class::ProberOverrun => "it could not keep up",
        Class::ProberSuspended => "its machine was suspended",
        Class::ProberRestart => "it was not running",
        Class::ProberDisk => "it could not write its record",
        Class::ProberLoginCap => "it stayed under its sign-in limit",
        Class::ProberSession => "its session had reached its age limit",
    }
}

/// The nearest whole second, halves upwards.
fn to_seconds(length: Millis) -> Millis {
    Millis((length.0 + 500).div_euclid(1_000) * 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_to_the_second_or_the_minute() {
        for (millis, in_table, in_prose) in [
            (0, "0 s", "0 s"),
            (7_200_400, "2 h", "2 h"),
            (7_219_000, "2 h 19 s", "about 2 h"),
            (45_600, "46 s", "46 s"),
        ] {
            assert_eq!(duration(Millis(millis)).replace('\u{a0}', " "), in_table);
            assert_eq!(prose(Millis(millis)).replace('\u{a0}', " "), in_prose);
        }
    }

    #[test]
    fn errors_are_never_told_smaller_than_they_are() {
        for (millis, told) in [(0, "0 ms"), (999, "999 ms"), (1_000, "1 s"), (1_001, "2 s")] {
            assert_eq!(within(Millis(millis)).replace('\u{a0}', " "), told);
        }
    }

    #[test]
    fn rows_add_up_to_the_printed_total_and_zero_stays_zero() {
        let exact = [Millis(7_200_400), Millis(0), Millis(5_400_400), Millis(400)];
        let printed = rows(exact);
        assert_eq!(printed.iter().copied().sum::<Millis>(), Millis(12_601_000));
        assert_eq!(printed[1], Millis::ZERO);
    }

    #[test]
    fn a_budget_may_be_overdrawn() {
        let budget = |unit, used, allowed| Budget {
            unit,
            allowed,
            used,
            remaining: allowed - used,
        };
        let used = consumed(&budget(Unit::Milliseconds, 27_000_000, 2_678_400));
        assert_eq!(used.as_deref(), Some("1008\u{a0}%"));
        assert_eq!(consumed(&budget(Unit::Requests, 1, 0)), None);
        assert_eq!(amount(Unit::Requests, 45), "45 requests");
    }
}
