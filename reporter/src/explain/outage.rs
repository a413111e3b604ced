//! One outage, told from its ticks to what counts of it.

use ledger::explain::{Explanation, OutageAccount};
use ledger::outage::Edge;
use ledger::print;

use super::page::Page;
use super::{counted, edges, region, silent};
use crate::escape::visible;
use crate::words;

/// All of it.
pub(super) fn render(page: &mut Page<'_>, found: &Explanation, told: &OutageAccount) {
    let rules = &found.contract.rules;
    head(page, found, told);
    page.section("What each region saw");
    page.wrap(
        (2, 2),
        "g is the last good look before the first bad one f, h the first good one after the last bad one l; each is an \
         interval from a to b: of a good look its last step, of a bad one the step that failed. What is held was decided by \
         what others saw (section 4).",
    );
    for track in &told.tracks {
        page.blank();
        page.row(&format!(
            "  {}, persona {}",
            track.track.probe, track.track.persona
        ));
        for one in &track.regions {
            region::render(page, one, rules);
        }
    }
    page.section("From the regions to the service");
    for track in &told.tracks {
        edges::track(page, track, rules);
    }
    edges::service(page, told, rules);
    counted::render(page, found, told);
    silent::render(page, told);
    redo(page);
}

fn head(page: &mut Page<'_>, found: &Explanation, told: &OutageAccount) {
    let outage = &told.outage;
    let contract = &found.contract;
    let title = format!(
        "Outage {} of {}: how it was measured",
        outage.number,
        page.zone.format(found.period.start, "%B %Y")
    );
    page.title(&title, outage.start.estimate);
    let offset = page.zone.format(outage.start.estimate, "%:z");
    page.wrap(
        (0, 0),
        &format!(
            "{}, contract {} of {}; times of {} (UTC{offset}), numbers are milliseconds since 1970-01-01T00:00:00Z",
            visible(&contract.service),
            contract.id,
            visible(&contract.customer),
            page.zone.name()
        ),
    );
    page.blank();
    edge(page, "Start", outage.start);
    edge(
        page,
        if outage.open { "Open to" } else { "End" },
        outage.end,
    );
    let row = |name: &str, text: &str| format!("  {name:<10}{text}");
    page.row(&row("Length", &print::table_bounds(outage.length)));
    page.row(&row("Counted", &print::table_bounds(outage.counted)));
    let confirmed = page.at(outage.confirmed);
    page.row(&row(
        "Confirmed",
        &format!("{confirmed}, the earliest an alarm could tell"),
    ));
    let (personas, regions) = (words::list(&outage.personas), words::list(&outage.regions));
    page.wrap(
        (2, 12),
        &row("Seen by", &format!("{personas} from {regions}"))[2..],
    );
    let classes = outage.classes.iter();
    let classes =
        classes.map(|(class, count)| format!("{count} {class} ({})", words::class(*class)));
    page.wrap(
        (2, 12),
        &format!("Bad ticks {}", classes.collect::<Vec<_>>().join(", ")),
    );
    if outage.session_only {
        page.wrap((2, 12), "Kind lost sessions, while logins worked");
    }
}

fn edge(page: &mut Page<'_>, name: &str, edge: Edge) {
    let row = format!(
        "  {name:<10}{} = {}",
        page.full(edge.estimate),
        edge.estimate.0
    );
    page.row(&row);
    let row = format!(
        "            from {} to {}",
        page.at(edge.earliest),
        page.at(edge.latest)
    );
    page.row(&row);
}

fn redo(page: &mut Page<'_>) {
    page.section("Redo it yourself");
    for step in [
        "Look the attempts up by agent and number in the agents' records, or list them with --attempts, and check g, f, l and \
         h in each region: no good look of the region lies between g and f, no bad one between l and h.",
        "Start of a region: the middle between min(b_g, a_f) and a_f, no earlier than a_g and no later than b_f. End: the \
         middle between min(b_l, a_h) and a_h, from a_l to b_h. Halves of a millisecond are dropped.",
        "Combine the regions of each login as section 2 says, then the logins of a persona, then the personas.",
        "EST = end - start. LB is the time surely down, UB the time from the earliest start to the latest end.",
        "Leave out what section 3 leaves out. What is left is the counted downtime; `reporter explain` of a day or month shows \
         where it falls.",
    ]
    .into_iter()
    .zip(1..)
    {
        let (text, number) = step;
        page.wrap((2, 5), &format!("{number}. {text}"));
    }
}
