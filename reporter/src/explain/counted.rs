//! What of an outage counts, and why the rest does not.

use ledger::contract::{CountMode, Rules};
use ledger::exclusion::Standing;
use ledger::explain::{Explanation, OutageAccount, Part, Piece};
use ledger::print;
use ledger::tally::{Excluded, Least};
use ledger::time::{Interval, Millis};

use super::page::{Page, length};
use crate::escape::visible;
use crate::words;

/// Exclusions, the count mode, the least length, and the pieces that are left.
pub(super) fn render(page: &mut Page<'_>, found: &Explanation, told: &OutageAccount) {
    let rules = &found.contract.rules;
    let outage = &told.outage;
    page.section("What of it counts");
    let touching = |one: &&Excluded| one.window.intersect(outage.estimate()).is_some();
    let mut excluded = found.exclusions.iter().filter(touching).peekable();
    if excluded.peek().is_none() {
        page.row("  No exclusion touches it.");
    }
    for one in excluded {
        exclusion(page, one, outage.estimate());
    }
    if let Some(mode) = count_mode(rules) {
        page.wrap((2, 4), &mode);
    }
    if rules.min_outage > Millis::ZERO {
        let least = print::table(rules.min_outage);
        let doubt = if outage.borderline {
            "; its bounds lie on both sides of that, so a finer measurement might decide otherwise"
        } else {
            ""
        };
        page.wrap(
            (2, 4),
            &format!("min_outage = {least}: each bound of the whole outage must reach it, or counts nothing{doubt}."),
        );
    }
    parts(page, &told.counted, told.whole);
}

/// What the contract's way of counting does to the stretches; nothing if each millisecond counts.
fn count_mode(rules: &Rules) -> Option<String> {
    match rules.count_mode {
        CountMode::Continuous => None,
        CountMode::WholeMinutes => Some(
            "count_mode = whole_minutes: of each stretch only the minutes of UTC that lie in it from their first to their last \
             millisecond count; whole minutes are taken before exclusions are."
                .into(),
        ),
        CountMode::Timeslice => Some(format!(
            "count_mode = timeslice: time is cut into slices of {} from 1970-01-01T00:00:00Z on; the known time of a slice outside \
             the exclusions counts whole if less than {} of it was good, else not at all.",
            print::table(rules.slice),
            print::share(rules.slice_target)
        )),
        CountMode::Request => Some(
            "count_mode = request: availability is a share of sign-ins, and this downtime is shown beside it.".into(),
        ),
    }
}

/// A window that touches the outage: who, why, with which notice, and what it took.
fn exclusion(page: &mut Page<'_>, one: &Excluded, outage: Interval) {
    let standing = match one.standing {
        Standing::InTime => "in time",
        Standing::Late => "late, but agreed",
        Standing::Refused => "too late, so it leaves nothing out",
    };
    let removed = one.removes.iter().filter_map(|part| part.intersect(outage));
    let removed: Vec<Interval> = removed.collect();
    let took = match &removed[..] {
        [] => "takes nothing of it".to_owned(),
        parts => {
            let spans = parts.iter().map(|part| page.span(*part));
            let all = parts.iter().map(|part| part.length()).sum();
            format!("takes {} of it: {}", print::table(all), words::list(spans))
        }
    };
    let text = format!(
        "exclusion {} by {}, \"{}\", {}, announced {} ({} before its start: {standing}) {took}",
        one.id,
        visible(&one.author),
        visible(&one.reason),
        page.span(one.window),
        page.full(one.announced),
        print::table(one.notice),
    );
    page.wrap((2, 4), &text);
    if one.beyond_cap > Millis::ZERO {
        let beyond = print::table(one.beyond_cap);
        page.wrap(
            (4, 4),
            &format!("{beyond} of it lie beyond the year's exclusion_cap and count"),
        );
    }
}

/// The pieces of counted downtime and their sums.
pub(super) fn parts(page: &mut Page<'_>, parts: &[Part], whole: i64) {
    for part in parts {
        let of = part
            .persona
            .as_ref()
            .map(|persona| format!("persona {persona}, "));
        let kind = match part.least {
            Least::Down => "time that was down",
            Least::Partial => "time that was partly down or worse",
            Least::Degraded => "time that was degraded or worse",
        };
        if parts.len() > 1 {
            let of = of.unwrap_or_default();
            page.row(&format!("  {of}{kind}: weight {} of {whole}", part.weight));
        }
        for (name, pieces) in [
            ("best", &part.estimate),
            ("at least", &part.lower),
            ("at most", &part.upper),
        ] {
            pieces_of(page, name, pieces);
        }
    }
}

fn pieces_of(page: &mut Page<'_>, name: &str, pieces: &[Piece]) {
    for piece in pieces {
        let outage = piece.outage.map_or_else(
            || "beside any outage".to_owned(),
            |number| format!("outage {number}"),
        );
        let (span, long) = (
            page.span(piece.interval),
            print::table(piece.interval.length()),
        );
        page.wrap(
            (2, 12),
            &format!("{name:<8}  {span}  {long}  {outage}").replace("  ", "\u{a0}\u{a0}"),
        );
    }
    let sum = pieces.iter().map(|piece| piece.interval.length()).sum();
    page.row(&format!("  {name:<8}  together {}", length(sum)));
}
