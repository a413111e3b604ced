//! The words of reports: lengths of time, classes of failure and reasons, in plain English.

use ledger::time::Millis;

/// `1 h 30 min` to the second, for tables.
pub fn duration(length: Millis) -> String {
    let seconds = (length.0 + 500).div_euclid(1_000);
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
        words.join("\u{a0}")
    }
}

/// `2 h`, `1 h 30 min`: to the minute from a minute on, to the second below.
pub fn rounded(length: Millis) -> String {
    let unit = if length.0 < 60_000 { 1_000 } else { 60_000 };
    duration(Millis((length.0 + unit / 2).div_euclid(unit) * unit))
}

/// `250 ms` or `1.2 s`, for axes and tables.
pub fn latency_axis(micros: u32) -> String {
    match micros {
        0 => "0 s".into(),
        1..1_000 => format!("{micros}\u{a0}µs"),
        1_000..1_000_000 => format!("{}\u{a0}ms", micros.div_euclid(1_000)),
        _ => {
            let tenths = micros.div_euclid(100_000);
            match tenths % 10 {
                0 => format!("{}\u{a0}s", tenths / 10),
                rest => format!("{}.{rest}\u{a0}s", tenths / 10),
            }
        }
    }
}
