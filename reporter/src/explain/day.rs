//! One day: its parts, what was not up, what counts, and the formula of availability with its values.

use ledger::contract::{CountMode, UnknownAs};
use ledger::explain::{Account, DayAccount, Explanation, Formula, Kind, Stretch};
use ledger::print;
use ledger::sla::Ratio;
use ledger::time::Millis;

use super::counted;
use super::edges::name;
use super::page::Page;
use crate::escape::visible;
use crate::words;

/// All of it.
pub(super) fn render(page: &mut Page<'_>, found: &Explanation, day: &DayAccount) {
    let title = match day.date.parse::<jiff::civil::Date>() {
        Ok(date) => date.strftime("%A %-d %B %Y").to_string(),
        Err(_) => day.date.clone(),
    };
    page.title(
        &format!("{title}: how its figures came about"),
        day.interval.start,
    );
    let offset = page.zone.format(day.interval.start, "%:z");
    page.wrap(
        (0, 0),
        &format!(
            "{}, contract {} of {}; times of {} (UTC{offset})",
            visible(&found.contract.service),
            found.contract.id,
            visible(&found.contract.customer),
            page.zone.name()
        ),
    );
    page.blank();
    if day.day_length == Millis::ZERO {
        page.row("  No such day: the zone skipped this date.");
        return;
    }
    let row = format!("  from {}", page.full(day.interval.start));
    page.row(&row);
    let row = format!("  to   {}", page.full(day.interval.end));
    page.row(&row);
    if day.day_length != Millis::from_mins(24 * 60) {
        page.row(&format!(
            "  This day lasts {}.",
            print::table(day.day_length)
        ));
    }
    if day.day_length != day.interval.length() {
        let inside = print::table(day.interval.length());
        page.row(&format!("  {inside} of it lie in what is judged."));
    }
    account(page, &day.account);
    redo(page);
}

/// The partition, the stretches, the pieces and the formula.
pub(super) fn account(page: &mut Page<'_>, account: &Account) {
    page.section("The parts of the time: each millisecond is in one");
    let tally = &account.tally;
    for (part, time) in [
        ("up", tally.up),
        ("degraded", tally.degraded),
        ("partly down", tally.partial),
        ("down", tally.down),
        ("unknown", tally.unknown),
        ("excluded", tally.excluded),
        ("together", tally.length),
    ] {
        let time = (print::table(time), time.0);
        page.row(&format!("  {part:<12}{:<22}{:>12} ms", time.0, time.1));
    }
    page.section("Time that was not up");
    for stretch in &account.stretches {
        self::stretch(page, stretch);
    }
    if account.stretches.is_empty() {
        page.row("  none");
    }
    page.section("Downtime that counts");
    counted::parts(page, &account.counted, account.whole);
    page.section("Availability");
    formula(page, &account.formula, tally.length, tally.excluded);
}

fn stretch(page: &mut Page<'_>, one: &Stretch) {
    let mut what = match one.kind {
        Kind::Degraded => "degraded".to_owned(),
        Kind::Partial => "partly down".to_owned(),
        Kind::Down => "down".to_owned(),
        Kind::Unknown => "unknown".to_owned(),
        Kind::Excluded => "excluded".to_owned(),
    };
    if let Some(outage) = one.outage {
        what = format!("{what}, outage {outage}");
    }
    match (&one.exclusion, one.kind) {
        (Some(exclusion), _) => what = format!("{what} by {exclusion}"),
        (None, Kind::Excluded) => what += ", outside the service hours",
        (None, _) => {}
    }
    let text = format!(
        "{}  {}  {what}",
        page.span(one.interval),
        print::table(one.interval.length())
    );
    page.wrap((2, 6), &text.replace("  ", "\u{a0}\u{a0}"));
    for place in &one.places {
        let time = print::table(place.time);
        let (persona, region) = (&place.persona, &place.region);
        page.row(&format!(
            "      {} {time} for {persona} in {region}",
            name(place.state)
        ));
    }
    for silence in &one.silences {
        let why = silence.class.map_or("no data", words::class);
        let text = format!(
            "agent {} in {} said nothing from {}: {why}",
            silence.agent,
            silence.region,
            page.span(silence.interval)
        );
        page.wrap((6, 8), &text);
    }
}

/// The formula of semantics §9 with its values.
pub(super) fn formula(page: &mut Page<'_>, formula: &Formula, whole: Millis, excluded: Millis) {
    let (s, u, d) = (formula.counting.0, formula.unknown.0, formula.down);
    page.row(&format!(
        "  S = length - excluded = {} - {} = {s}",
        whole.0, excluded.0
    ));
    page.row(&format!("  U = unknown = {u}"));
    page.wrap(
        (2, 6),
        &format!(
            "D = counted downtime = {} (at least {}, at most {})",
            d.estimate.0, d.lower.0, d.upper.0
        ),
    );
    let Some(range) = formula.availability else {
        page.row("  No time is left to judge, so there is no availability.");
        return;
    };
    let terms = match formula.count_mode {
        CountMode::Request => by_requests(page, formula),
        CountMode::Continuous | CountMode::WholeMinutes | CountMode::Timeslice => by_time(formula),
    };
    let ratios = [range.estimate, range.lowest, range.highest];
    for ((label, (letters, values)), ratio) in
        ["A", "A lowest", "A highest"].iter().zip(terms).zip(ratios)
    {
        page.wrap(
            (2, 6),
            &format!("{label} = {letters} = {values} = {}", exact(ratio)),
        );
    }
    if let Some(coverage) = formula.coverage {
        let (known, whole) = (coverage.numerator, coverage.denominator);
        let share = print::percent(coverage, 3);
        page.wrap(
            (2, 6),
            &format!("Coverage = (S - U)/S = {known}/{whole} = {share}"),
        );
    }
    page.wrap(
        (2, 6),
        "Availability is cut after three decimals, never rounded up.",
    );
}

/// Letters and values of A, its lowest and its highest, of time.
fn by_time(formula: &Formula) -> [(&'static str, String); 3] {
    let (s, u, d) = (formula.counting.0, formula.unknown.0, formula.down);
    let (best, least, most) = (d.estimate.0, d.lower.0, d.upper.0);
    match formula.unknown_as {
        UnknownAs::Exclude => [
            ("1 - D/(S - U)", format!("1 - {best}/({s} - {u})")),
            ("1 - (D at most + U)/S", format!("1 - ({most} + {u})/{s}")),
            ("1 - D at least/S", format!("1 - {least}/{s}")),
        ],
        UnknownAs::Up => [
            ("1 - D/S", format!("1 - {best}/{s}")),
            ("1 - D at most/S", format!("1 - {most}/{s}")),
            ("1 - D at least/S", format!("1 - {least}/{s}")),
        ],
        UnknownAs::Down => [
            ("1 - (D + U)/S", format!("1 - ({best} + {u})/{s}")),
            ("1 - (D at most + U)/S", format!("1 - ({most} + {u})/{s}")),
            ("1 - (D at least + U)/S", format!("1 - ({least} + {u})/{s}")),
        ],
    }
}

/// The same of requests: G good, F failing, M missing ones.
fn by_requests(page: &mut Page<'_>, formula: &Formula) -> [(&'static str, String); 3] {
    let requests = formula.requests;
    let (g, f, m) = (requests.good, requests.failing, requests.missing);
    page.wrap(
        (2, 6),
        &format!(
            "count_mode = request: of the planned sign-ins G = {g} were good at their first attempt, F = {f} failed, and M = {m} \
             told nothing"
        ),
    );
    let all = format!("({g} + {f} + {m})");
    match formula.unknown_as {
        UnknownAs::Exclude => [
            ("G/(G + F)", format!("{g}/({g} + {f})")),
            ("G/(G + F + M)", format!("{g}/{all}")),
            ("(G + M)/(G + F + M)", format!("({g} + {m})/{all}")),
        ],
        UnknownAs::Up => [
            ("(G + M)/(G + F + M)", format!("({g} + {m})/{all}")),
            ("the same", format!("({g} + {m})/{all}")),
            ("the same", format!("({g} + {m})/{all}")),
        ],
        UnknownAs::Down => [
            ("G/(G + F + M)", format!("{g}/{all}")),
            ("the same", format!("{g}/{all}")),
            ("the same", format!("{g}/{all}")),
        ],
    }
}

/// `79200000/86400000 = 91.666 %`.
fn exact(ratio: Ratio) -> String {
    format!(
        "{}/{} = {}",
        ratio.numerator,
        ratio.denominator,
        print::availability(ratio)
    )
}

/// How to check a day or a month.
pub(super) fn redo(page: &mut Page<'_>) {
    page.section("Redo it yourself");
    for (number, text) in (1..).zip([
        "Add up the stretches of section 2 by kind: these are the parts in section 1; the rest was up.",
        "Check each outage as it is told by `reporter explain` with its number, and cut its stretches where the day begins \
         and ends.",
        "Add up the pieces of section 3: by weight, if there are several parts, and by the sum of the weights. These are D at \
         best, at least and at most.",
        "Put S, U and D into the formula of section 4, divide, and drop what comes after three decimals.",
    ]) {
        page.wrap((2, 5), &format!("{number}. {text}"));
    }
}
