//! Durations, percentages and bounds in print (semantics §11). Exact until here; rounded nowhere else.
//!
//! Spaces inside a figure are U+00A0, so that no line breaks between a number and its unit.

use crate::contract::Share;
use crate::outage::Bounds;
use crate::sla::Ratio;
use crate::time::Millis;

/// A no-break space.
const SPACE: char = '\u{a0}';
/// A minus sign.
const MINUS: char = '\u{2212}';

/// A text that is no duration of the table grammar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a duration; write it like \"1 h 30 min 5 s\"")]
pub struct ParseDurationError(String);

/// The table form: non-zero units of h, min and s in order, and never days, so that rows add up: `26 h 5 s`.
///
/// Milliseconds are a fraction of the seconds, `1.25 s`, and appear only where there are any. Nothing is rounded.
pub fn table(length: Millis) -> String {
    let total = length.0.unsigned_abs();
    let (hours, minutes) = (total / 3_600_000, total / 60_000 % 60);
    let (seconds, thousandths) = (total / 1_000 % 60, total % 1_000);
    let mut parts = Vec::new();
    if hours > 0 {
        parts.push(format!("{hours}{SPACE}h"));
    }
    if minutes > 0 {
        parts.push(format!("{minutes}{SPACE}min"));
    }
    if thousandths > 0 {
        let digits = format!("{thousandths:03}");
        let digits = digits.trim_end_matches('0');
        parts.push(format!("{seconds}.{digits}{SPACE}s"));
    } else if seconds > 0 || parts.is_empty() {
        parts.push(format!("{seconds}{SPACE}s"));
    }
    signed(length, &parts.join(&SPACE.to_string()))
}

/// The prose form: rounded to a minute, half to even, with "about" before it if anything was dropped.
///
/// Below one minute it is rounded to a second in the same way.
pub fn prose(length: Millis) -> String {
    let unit = if length.0.abs() < 60_000 {
        1_000
    } else {
        60_000
    };
    let rounded = Millis(half_even(i128::from(length.0), unit) * unit);
    let text = table(rounded);
    if rounded == length {
        text
    } else {
        format!("about {text}")
    }
}

/// An estimate with its bounds in table form, `2 h (1 h 59 min to 2 h 1 min)`; the estimate alone if it is exact.
pub fn table_bounds(bounds: Bounds) -> String {
    with_bounds(bounds, table)
}

/// An estimate with its bounds in prose form. The bounds are widened to whole units, never narrowed.
pub fn prose_bounds(bounds: Bounds) -> String {
    let unit = if bounds.upper.0 < 60_000 {
        1_000
    } else {
        60_000
    };
    let outward = Bounds {
        lower: Millis(bounds.lower.0.div_euclid(unit) * unit),
        estimate: bounds.estimate,
        upper: Millis((bounds.upper.0 + unit - 1).div_euclid(unit) * unit),
    };
    if bounds.lower == bounds.upper {
        return prose(bounds.estimate);
    }
    let (lower, upper) = (table(outward.lower), table(outward.upper));
    format!("{} ({lower} to {upper})", prose(bounds.estimate))
}

/// The machine form, ISO 8601: `PT1H30M`, `PT0S`.
pub fn iso_8601(length: Millis) -> String {
    let spaced = table(Millis(length.0.saturating_abs()));
    let compact: String = spaced.replace("min", "M").to_uppercase();
    let compact: String = compact.chars().filter(|c| *c != SPACE).collect();
    let sign = if length < Millis::ZERO { "-" } else { "" };
    format!("{sign}PT{compact}")
}

/// An availability, cut to three decimals: `99.999 %`, so that 100.000 % means no downtime at all.
pub fn availability(ratio: Ratio) -> String {
    let (part, whole) = (i128::from(ratio.numerator), i128::from(ratio.denominator));
    decimal((part * 100_000).div_euclid(whole), 3)
}

/// A percentage rounded half to even, with `decimals` of them: `1008 %`. For burn rates, credits and coverage.
pub fn percent(ratio: Ratio, decimals: u32) -> String {
    let scaled = i128::from(ratio.numerator) * 100 * 10_i128.pow(decimals);
    let rounded = half_even(scaled, i128::from(ratio.denominator));
    decimal(rounded, decimals)
}

/// A share of a contract, exact: `99.9 %`, `10 %`.
pub fn share(share: Share) -> String {
    let text = format!("{}.{:04}", share.0 / 10_000, share.0 % 10_000);
    let text = text.trim_end_matches('0').trim_end_matches('.');
    format!("{text}{SPACE}%")
}

/// Reads the table form back, with plain or no-break spaces.
///
/// # Errors
/// [`ParseDurationError`] if the text does not follow the grammar.
pub fn parse_table(text: &str) -> Result<Millis, ParseDurationError> {
    let error = || ParseDurationError(text.chars().take(80).collect());
    let spaced = text.replace(SPACE, " ");
    let (sign, body) = match spaced.strip_prefix(MINUS) {
        Some(rest) => (-1, rest),
        None => (1, spaced.as_str()),
    };
    let words: Vec<&str> = body.split(' ').collect();
    let (mut total, mut smallest) = (0_i64, i64::MAX);
    for pair in words.chunks(2) {
        let [number, unit] = pair else {
            return Err(error());
        };
        let size = match *unit {
            "h" => 3_600_000,
            "min" => 60_000,
            "s" => 1_000,
            _ => return Err(error()),
        };
        let value = if size == 1_000 {
            thousandths(number)
        } else {
            whole(number)
        };
        let value: i64 = value.filter(|_| size < smallest).ok_or_else(error)?;
        let length = if size == 1_000 {
            Some(value)
        } else {
            value.checked_mul(size)
        };
        total = length
            .and_then(|length| total.checked_add(length))
            .ok_or_else(error)?;
        smallest = size;
    }
    Ok(Millis(sign * total))
}

/// Seconds with at most three decimals, as milliseconds.
fn thousandths(number: &str) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    if fraction.len() > 3 {
        return None;
    }
    let scale = [1_000, 100, 10, 1][fraction.len()];
    let fraction = self::whole(fraction)?.checked_mul(scale)?;
    self::whole(whole)?
        .checked_mul(1_000)?
        .checked_add(fraction)
}

/// Digits and nothing else.
fn whole(number: &str) -> Option<i64> {
    let plain = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse().ok().filter(|_| plain)
}

fn with_bounds(bounds: Bounds, form: fn(Millis) -> String) -> String {
    if bounds.lower == bounds.upper {
        return form(bounds.estimate);
    }
    let (lower, upper) = (form(bounds.lower), form(bounds.upper));
    format!("{} ({lower} to {upper})", form(bounds.estimate))
}

fn signed(length: Millis, text: &str) -> String {
    if length < Millis::ZERO {
        format!("{MINUS}{text}")
    } else {
        text.to_owned()
    }
}

/// `value` divided by `unit`, rounded to the nearest whole number, halves to the even one.
fn half_even<N>(value: i128, unit: N) -> N
where
    N: Copy + TryFrom<i128> + Into<i128>,
    N::Error: std::fmt::Debug,
{
    let unit: i128 = unit.into();
    let (whole, rest) = (value.div_euclid(unit), value.rem_euclid(unit));
    let up = match (rest * 2).cmp(&unit) {
        std::cmp::Ordering::Less => 0,
        std::cmp::Ordering::Equal => whole.rem_euclid(2),
        std::cmp::Ordering::Greater => 1,
    };
    N::try_from(whole + up).expect("a quotient is no larger than what was divided")
}

/// `scaled` / 10^`decimals` followed by a percent sign.
fn decimal(scaled: i128, decimals: u32) -> String {
    let unit = 10_i128.pow(decimals);
    let (whole, fraction) = (scaled.abs() / unit, scaled.abs() % unit);
    let sign = if scaled < 0 {
        MINUS.to_string()
    } else {
        String::new()
    };
    let width = usize::try_from(decimals).unwrap_or(0);
    if decimals == 0 {
        format!("{sign}{whole}{SPACE}%")
    } else {
        format!("{sign}{whole}.{fraction:0width$}{SPACE}%")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plain(text: &str) -> String {
        text.replace(SPACE, " ")
    }

    #[test]
    fn durations_follow_the_grammar() {
        let (second, minute, hour) = (1_000, 60_000, 3_600_000);
        for (length, in_table, in_prose, for_machines) in [
            (0, "0 s", "0 s", "PT0S"),
            (45 * second, "45 s", "45 s", "PT45S"),
            (30 * minute, "30 min", "30 min", "PT30M"),
            (hour, "1 h", "1 h", "PT1H"),
            (hour + 30 * minute, "1 h 30 min", "1 h 30 min", "PT1H30M"),
            (26 * hour + 5 * second, "26 h 5 s", "about 26 h", "PT26H5S"),
            (1_250, "1.25 s", "about 1 s", "PT1.25S"),
            (90 * second, "1 min 30 s", "about 2 min", "PT1M30S"),
            (150 * second, "2 min 30 s", "about 2 min", "PT2M30S"),
            (59_999, "59.999 s", "about 1 min", "PT59.999S"),
            (
                -450 * minute,
                "\u{2212}7 h 30 min",
                "\u{2212}7 h 30 min",
                "-PT7H30M",
            ),
        ] {
            let length = Millis(length);
            assert_eq!(plain(&table(length)), in_table);
            assert_eq!(plain(&prose(length)), in_prose);
            assert_eq!(iso_8601(length), for_machines);
        }
    }

    #[test]
    fn bounds_stand_behind_the_estimate() {
        let bounds = |lower, estimate, upper| Bounds {
            lower: Millis::from_secs(lower),
            estimate: Millis::from_secs(estimate),
            upper: Millis::from_secs(upper),
        };
        let day = bounds(7_140, 7_200, 7_260);
        assert_eq!(plain(&table_bounds(day)), "2 h (1 h 59 min to 2 h 1 min)");
        let fused = bounds(7_180, 7_200, 7_220);
        assert_eq!(
            plain(&table_bounds(fused)),
            "2 h (1 h 59 min 40 s to 2 h 20 s)"
        );
        assert_eq!(plain(&prose_bounds(fused)), "2 h (1 h 59 min to 2 h 1 min)");
        assert_eq!(plain(&table_bounds(bounds(60, 60, 60))), "1 min");
    }

    #[test]
    fn p28_availability_is_cut_and_never_shows_a_miss_as_met() {
        for (numerator, denominator, expected) in [
            (22, 24, "91.666 %"),
            (999_996, 1_000_000, "99.999 %"),
            (1, 1, "100.000 %"),
            (86_399_999, 86_400_000, "99.999 %"),
            (0, 5, "0.000 %"),
            (44_190, 44_640, "98.991 %"),
            (-1, 1_000_000, "\u{2212}0.001 %"),
        ] {
            let ratio = Ratio {
                numerator,
                denominator,
            };
            assert_eq!(
                plain(&availability(ratio)),
                expected,
                "{numerator}/{denominator}"
            );
        }
    }

    #[test]
    fn percentages_round_half_to_even() {
        for (numerator, denominator, decimals, expected) in [
            (4_500_000, 446_400, 0, "1008 %"),
            (5, 1_000, 0, "0 %"),
            (15, 1_000, 0, "2 %"),
            (25, 1_000, 1, "2.5 %"),
        ] {
            let ratio = Ratio {
                numerator,
                denominator,
            };
            assert_eq!(plain(&percent(ratio, decimals)), expected);
        }
        assert_eq!(plain(&share(Share(999_000))), "99.9 %");
        assert_eq!(plain(&share(Share(100_000))), "10 %");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "", "1", "1 h 2 h", "5 s 1 h", "1.5 h", "1 d", "1.2345 s", "1 h  5 s", "-1 h",
        ] {
            assert!(parse_table(text).is_err(), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn p29_durations_survive_print_and_parse(length in -4_000_000_000_i64..4_000_000_000) {
            prop_assert_eq!(parse_table(&table(Millis(length))), Ok(Millis(length)));
        }

        #[test]
        fn p28_printed_availability_is_no_higher_than_exact(part in 0..=2_678_400_000_i64) {
            let ratio = Ratio { numerator: part, denominator: 2_678_400_000 };
            let printed = availability(ratio);
            let digits: String = printed.chars().filter(char::is_ascii_digit).collect();
            let thousandths: i128 = digits.parse().expect("digits");
            prop_assert!(thousandths * 2_678_400_000 <= i128::from(part) * 100_000);
        }
    }
}
