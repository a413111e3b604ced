//! A whole month: its parts, its days and outages in one line each, and the formula.

use ledger::explain::Explanation;
use ledger::print;
use ledger::sla::Unit;

use super::day;
use super::page::Page;
use crate::escape::visible;
use crate::report::verdict;

/// All of it.
pub(super) fn render(page: &mut Page<'_>, found: &Explanation, month: &str) {
    let title = page.zone.format(found.period.start, "%B %Y");
    page.title(
        &format!("{title}: how its figures came about"),
        found.period.start,
    );
    page.wrap(
        (0, 0),
        &format!(
            "{}, contract {} of {}; times of {}",
            visible(&found.contract.service),
            found.contract.id,
            visible(&found.contract.customer),
            page.zone.name()
        ),
    );
    page.blank();
    let row = format!("  from {}", page.full(found.period.start));
    page.row(&row);
    let row = format!("  to   {}", page.full(found.period.end));
    page.row(&row);
    day::account(page, &found.total);
    sla(page, found);
    days(page, found);
    page.section("Outages");
    for one in &found.outages {
        let outage = &one.outage;
        let (start, end) = (page.at(outage.start.estimate), page.at(outage.end.estimate));
        let counted = print::table(outage.counted.estimate);
        page.row(&format!("  {start} to {end}"));
        page.row(&format!(
            "      {counted} count; reporter explain {month}#{}",
            outage.number
        ));
    }
    if found.outages.is_empty() {
        page.row("  none");
    }
    day::redo(page);
}

fn sla(page: &mut Page<'_>, found: &Explanation) {
    let sla = &found.sla;
    let target = print::share(sla.target);
    page.section("Against the contract");
    page.row(&format!(
        "  target {target}: {}",
        verdict::word(sla.verdict)
    ));
    let budget = sla.budget;
    let unit = match budget.unit {
        Unit::Milliseconds => "ms",
        Unit::Requests => "sign-ins",
    };
    let whole = match budget.unit {
        Unit::Milliseconds => "(S - U)",
        Unit::Requests => "(G + F)",
    };
    page.wrap(
        (2, 6),
        &format!(
            "budget = (1 - {target}) * {whole} = {} {unit}; used {}, {} left",
            budget.allowed, budget.used, budget.remaining
        ),
    );
    if let Some(credit) = sla.credit {
        page.wrap(
            (2, 6),
            &format!(
                "credit {} at A, {} at A highest, {} at A lowest",
                print::share(credit.estimate),
                print::share(credit.least),
                print::share(credit.most)
            ),
        );
    }
}

/// The days with anything to tell; the others were up from end to end.
fn days(page: &mut Page<'_>, found: &Explanation) {
    page.section("Days that were not up from end to end");
    for day in found
        .days
        .iter()
        .filter(|day| !day.account.stretches.is_empty())
    {
        let tally = &day.account.tally;
        let availability = day.account.formula.availability;
        let availability = availability.map_or("no data".into(), |range| {
            print::availability(range.estimate)
        });
        page.row(&format!(
            "  {}  counted {:<18} unknown {:<18} {availability}",
            day.date,
            print::table(tally.counted.estimate),
            print::table(tally.unknown)
        ));
    }
    page.row("  The counted downtime of all days is that of the month.");
}
