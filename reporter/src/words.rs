//! The words of reports: lengths of time, shares, classes of failure and lists, in plain English.

use ledger::outage::Bounds;
use ledger::sla::Ratio;
use ledger::time::Millis;
use ledger::verdict::Class;

/// `1 h 30 min 5 s`: to the second, for tables. Parts are joined by U+00A0.
pub fn duration(length: Millis) -> String {
    let seconds = nearest(length.0.abs(), 1_000);
    let sign = if length.0 < 0 && seconds > 0 {
        "−"
    } else {
        ""
    };
    let parts = [
        (seconds / 3_600, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let words: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count != 0)
        .map(|(count, unit)| format!("{count}\u{a0}{unit}"))
        .collect();
    if words.is_empty() {
        "0\u{a0}s".into()
    } else {
        format!("{sign}{}", words.join("\u{a0}"))
    }
}

/// `2 h`, `1 h 30 min`: to the minute from a minute on, to the second below. Says nothing about what was dropped.
pub fn rounded(length: Millis) -> String {
    let unit = if length.0.abs() < 60_000 {
        1_000
    } else {
        60_000
    };
    duration(Millis(nearest(length.0, unit) * unit))
}

/// `2 h`, or `about 2 h` if anything was dropped, for prose.
pub fn prose(length: Millis) -> String {
    let exact = Millis(nearest(length.0, 1_000) * 1_000);
    let words = rounded(length);
    if words == duration(exact) {
        words
    } else {
        format!("about {words}")
    }
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
    let (mut exact, mut printed) = (0, 0);
    lengths
        .into_iter()
        .map(|length| {
            exact += length.0;
            let upto = nearest(exact, 1_000) * 1_000;
            let row = Millis(upto - printed);
            printed = upto;
            row
        })
        .collect()
}

/// `98.991 %`: truncated, so that `100.000 %` means nothing is missing and a miss never looks met.
pub fn percent(share: Ratio) -> String {
    let (part, whole) = (i128::from(share.numerator), i128::from(share.denominator));
    let thousandths = (part * 100_000).div_euclid(whole.max(1));
    let sign = if thousandths < 0 { "−" } else { "" };
    let size = thousandths.abs();
    format!("{sign}{}.{:03}\u{a0}%", size / 1_000, size % 1_000)
}

/// `99.9 %`: a share of the contract as it was written.
pub fn share(share: ledger::contract::Share) -> String {
    let (whole, rest) = (share.0 / 10_000, share.0 % 10_000);
    let digits = format!("{rest:04}");
    match digits.trim_end_matches('0') {
        "" => format!("{whole}\u{a0}%"),
        rest => format!("{whole}.{rest}\u{a0}%"),
    }
}

/// `1008 %` of a budget, rounded half to even; `None` if there is no budget.
pub fn percent_of(used: Millis, allowed: Millis) -> Option<String> {
    let (used, allowed) = (i128::from(used.0) * 100, i128::from(allowed.0));
    if allowed <= 0 {
        return None;
    }
    let (whole, rest) = (used.div_euclid(allowed), used.rem_euclid(allowed));
    let up = 2 * rest > allowed || (2 * rest == allowed && whole % 2 != 0);
    Some(format!("{}\u{a0}%", whole + i128::from(up)))
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

/// The quotient, rounded half away from zero.
fn nearest(value: i64, unit: i64) -> i64 {
    let magnitude = (value.abs() + unit / 2) / unit;
    magnitude * value.signum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_follow_the_grammar() {
        for (millis, expected) in [
            (0, "0 s"),
            (45_000, "45 s"),
            (1_800_000, "30 min"),
            (5_400_000, "1 h 30 min"),
            (93_605_000, "26 h 5 s"),
            (-60_000, "−1 min"),
            (499, "0 s"),
        ] {
            assert_eq!(duration(Millis(millis)).replace('\u{a0}', " "), expected);
        }
        assert_eq!(prose(Millis(7_200_000)), "2\u{a0}h");
        assert_eq!(prose(Millis(7_219_000)), "about 2\u{a0}h");
    }

    #[test]
    fn rows_add_up_to_the_printed_total_and_zero_stays_zero() {
        let exact = [Millis(7_200_400), Millis(0), Millis(5_400_400), Millis(400)];
        let printed = rows(exact);
        assert_eq!(printed.iter().copied().sum::<Millis>(), Millis(12_601_000));
        assert_eq!(printed[1], Millis::ZERO);
    }

    #[test]
    fn shares_are_cut_and_never_look_better_than_they_are() {
        for (numerator, denominator, expected) in [
            (1, 1, "100.000 %"),
            (999_996, 1_000_000, "99.999 %"),
            (2_651_400_000, 2_678_400_000, "98.991 %"),
            (0, 5, "0.000 %"),
        ] {
            let ratio = Ratio {
                numerator,
                denominator,
            };
            assert_eq!(percent(ratio).replace('\u{a0}', " "), expected);
        }
        assert_eq!(share(ledger::contract::Share(999_000)), "99.9\u{a0}%");
        assert_eq!(
            percent_of(Millis(27_000_000), Millis(2_678_400)).as_deref(),
            Some("1008\u{a0}%")
        );
    }
}
