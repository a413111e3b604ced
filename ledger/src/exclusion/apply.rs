//! What the declared windows leave out of a span, under a contract's notice and yearly cap.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::{Exclusion, Standing};
use crate::contract::Contract;
use crate::hours;
use crate::time::{Interval, Intervals, Millis, Timestamp};

/// One window of an exclusion, held against the contract.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied<'e> {
    /// What declared it.
    pub exclusion: &'e Exclusion,
    /// The declared window, whole.
    pub window: Interval,
    /// Whether it was announced in time.
    pub standing: Standing,
    /// What it leaves out and no window before it does. The parts of all windows are disjoint.
    pub removes: Intervals,
    /// What it does not leave out because the year's allowance was used up.
    pub beyond_cap: Intervals,
}

/// The windows that touch `span`, by start.
///
/// An allowance is used up in the order of time, by calendar year of the
/// contract's zone, whatever part of the year is asked for. Time outside the service hours is left out already: no
/// window removes it, and it uses up no allowance.
///
/// # Panics
/// Never: the contract's zone is checked before.
pub fn apply<'e>(
    exclusions: &'e [Exclusion],
    contract: &Contract,
    span: Interval,
) -> Vec<Applied<'e>> {
    let years = years(&contract.zone, span);
    let (Some(first), Some(last)) = (years.first(), years.last()) else {
        return Vec::new();
    };
    let own = exclusions.iter().filter(|one| one.concerns(&contract.id));
    let mut windows: Vec<(Interval, &Exclusion)> = own
        .flat_map(|one| {
            let windows = one.windows(Interval::new(first.start, last.end));
            windows.into_iter().map(move |window| (window, one))
        })
        .collect();
    windows.sort_by(|(a, left), (b, right)| (a, &left.id).cmp(&(b, &right.id)));
    let standing = |window, one: &Exclusion| one.standing(window, contract.rules.notice);
    let accepted = windows
        .iter()
        .filter(|(window, one)| standing(*window, one) != Standing::Refused);
    let accepted: Intervals = accepted.map(|(window, _)| *window).collect();
    let all = Interval::new(first.start, last.end);
    let mut taken = hours::outside(&contract.service_hours, &contract.zone, all);
    let accepted = accepted.subtract(&taken);
    let allowed = within_cap(&accepted, &years, contract.rules.exclusion_cap);
    let mut applied = Vec::new();
    for (window, exclusion) in windows {
        let standing = standing(window, exclusion);
        let own = match standing {
            Standing::Refused => Intervals::default(),
            _ => Intervals::from_iter([window]).subtract(&taken),
        };
        taken = taken.union(&own);
        applied.push(Applied {
            exclusion,
            window,
            standing,
            removes: own.intersect(&allowed),
            beyond_cap: own.subtract(&allowed),
        });
    }
    applied.retain(|one| one.window.intersect(span).is_some());
    applied
}

/// The first `cap` of `windows` in each year.
fn within_cap(windows: &Intervals, years: &[Interval], cap: Option<Millis>) -> Intervals {
    let Some(cap) = cap else {
        return windows.clone();
    };
    let mut kept = Vec::new();
    for year in years {
        let mut left = cap;
        for window in windows.within(*year).iter() {
            let part = Interval::new(window.start, window.end.min(window.start + left));
            left -= part.length();
            kept.push(part);
        }
    }
    kept.into_iter().collect()
}

/// The calendar years of the contract's zone that `span` touches.
fn years(zone: &str, span: Interval) -> Vec<Interval> {
    let tz = TimeZone::get(zone).expect("a contract's zone is checked before");
    let year_of = |at: Timestamp| at.to_jiff().to_zoned(tz.clone()).year();
    let start_of = |year: i16| {
        let first = Date::new(year, 1, 1).and_then(|date| date.to_zoned(tz.clone()));
        first.map(|first| Timestamp::from_jiff(first.timestamp()))
    };
    (year_of(span.start)..=year_of(span.end))
        .filter_map(|year| {
            Some(Interval::new(
                start_of(year).ok()?,
                start_of(year + 1).ok()?,
            ))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::When;
    use super::*;
    use crate::testing::{at, contract, name, span};

    fn exclusion(id: &str, start: &str, end: &str) -> Exclusion {
        Exclusion {
            id: name(id),
            contracts: Vec::new(),
            author: "Jo".to_owned(),
            reason: "upgrade".to_owned(),
            announced: at("2018-01-01T00:00:00Z"),
            late: false,
            when: When::Once(span(start, end)),
        }
    }

    fn removed(applied: &[Applied<'_>]) -> Vec<i64> {
        let minutes = |one: &Applied<'_>| one.removes.measure().0 / 60_000;
        applied.iter().map(minutes).collect()
    }

    const YEAR: (&str, &str) = ("2018-01-01T00:00:00Z", "2019-01-01T00:00:00Z");

    #[test]
    fn p21_overlapping_windows_leave_out_their_union() {
        let declared = [
            exclusion("b", "2018-06-01T01:00:00Z", "2018-06-01T03:00:00Z"),
            exclusion("a", "2018-06-01T00:00:00Z", "2018-06-01T02:00:00Z"),
            exclusion("c", "2018-06-01T00:30:00Z", "2018-06-01T01:30:00Z"),
        ];
        let applied = apply(&declared, &contract("UTC"), span(YEAR.0, YEAR.1));
        assert_eq!(removed(&applied), [120, 0, 60]);
    }

    #[test]
    fn p21_too_short_notice_leaves_nothing_out_unless_agreed_and_then_is_marked() {
        let mut terms = contract("UTC");
        terms.rules.notice = Millis::from_mins(5 * 24 * 60);
        let mut late = exclusion("late", "2018-01-05T00:00:00Z", "2018-01-05T01:00:00Z");
        let in_time = exclusion("in-time", "2018-01-06T00:00:00Z", "2018-01-06T01:00:00Z");
        let standings = |declared: &[Exclusion]| {
            let applied = apply(declared, &terms, span(YEAR.0, YEAR.1));
            let standings: Vec<Standing> = applied.iter().map(|one| one.standing).collect();
            (standings, removed(&applied))
        };
        let refused = standings(&[late.clone(), in_time.clone()]);
        assert_eq!(
            refused,
            (vec![Standing::Refused, Standing::InTime], vec![0, 60])
        );
        late.late = true;
        let marked = standings(&[late, in_time]);
        assert_eq!(
            marked,
            (vec![Standing::Late, Standing::InTime], vec![60, 60])
        );
    }

    #[test]
    fn p21_a_refused_window_does_not_take_the_place_of_another() {
        let mut refused = exclusion("a", "2018-06-01T00:00:00Z", "2018-06-01T02:00:00Z");
        refused.announced = at("2018-06-02T00:00:00Z");
        let fine = exclusion("b", "2018-06-01T00:00:00Z", "2018-06-01T01:00:00Z");
        let declared = [refused, fine];
        let applied = apply(&declared, &contract("UTC"), span(YEAR.0, YEAR.1));
        assert_eq!(removed(&applied), [60, 0]);
    }

    #[test]
    fn p21_the_yearly_cap_is_used_up_in_the_order_of_time_wherever_one_looks() {
        let mut terms = contract("America/New_York");
        terms.rules.exclusion_cap = Some(Millis::from_mins(90));
        let declared = [
            exclusion("june", "2018-06-01T00:00:00Z", "2018-06-01T01:00:00Z"),
            exclusion("july", "2018-07-01T00:00:00Z", "2018-07-01T01:00:00Z"),
            exclusion("new-year", "2019-01-01T04:30:00Z", "2019-01-01T05:30:00Z"),
        ];
        let whole = apply(&declared, &terms, span(YEAR.0, "2019-02-01T00:00:00Z"));
        assert_eq!(
            removed(&whole),
            [60, 30, 30],
            "midnight in New York begins a new year"
        );
        assert_eq!(whole[1].beyond_cap.measure(), Millis::from_mins(30));
        let july = apply(
            &declared,
            &terms,
            span("2018-07-01T00:00:00Z", "2018-08-01T00:00:00Z"),
        );
        assert_eq!(removed(&july), [30]);
    }

    #[test]
    fn p21_other_contracts_are_not_touched() {
        let mut other = exclusion("a", "2018-06-01T00:00:00Z", "2018-06-01T02:00:00Z");
        other.contracts = vec![name("other")];
        assert_eq!(apply(&[other], &contract("UTC"), span(YEAR.0, YEAR.1)), []);
    }
}
