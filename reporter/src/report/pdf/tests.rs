//! What every sheet must keep, and what other programs find in the documents.

mod found;
mod rules;

use serde_json::Value;

use super::item::{Item, Part, Role};
use super::layout::{self, Laid};
use super::words::Bit;
use super::*;
use crate::civil::Zone;
use crate::fixture;
use crate::report::layout::Printed;
use crate::report::{Report, sections, walk as walks};
use crate::text::Piece;
use crate::typeset::font::Fonts;

/// A page with its sheets.
pub(super) fn laid_out<T>(
    page: &Page,
    paper: Paper,
    look: impl FnOnce(&Laid<'_>, &Fonts) -> T,
) -> T {
    let fonts = Fonts::new();
    look(&layout::laid(page, paper, &fonts), &fonts)
}

/// All cases of reports and summaries, as pages.
pub(super) fn pages() -> Vec<(String, Page)> {
    let cases = fixture::cases::all().into_iter();
    let cases = cases.map(|(name, report)| (name.to_owned(), sections::page(&report)));
    let months = fixture::months::all().into_iter();
    let months = months.map(|case| (case.name.to_owned(), sections::page(&case.report())));
    let longer = [
        ("quarter", ("2018-10-01T00:00", "2019-01-01T00:00")),
        ("year", ("2018-01-01T00:00", "2019-01-01T00:00")),
    ];
    let longer = longer.into_iter().map(|(name, period)| {
        let report = fixture::report(fixture::told(period, "America/New_York"));
        (name.to_owned(), sections::page(&report))
    });
    let all = cases.chain(months).chain(longer);
    all.chain(summaries()).collect()
}

/// The December weekend in all four forms of a letter.
pub(super) fn summaries() -> Vec<(String, Page)> {
    crate::summary::tests::letters()
        .into_iter()
        .map(|(name, summary)| (name.to_owned(), summary.page()))
        .collect()
}

/// Each item with text as a line, as the text forms are; what stands below charts belongs to them.
fn printed(laid: &Laid<'_>) -> Printed {
    let mut out = Printed::default();
    for item in laid.sheets.iter().flat_map(|sheet| &sheet.items) {
        let Item::Words { line, part, .. } = item else {
            continue;
        };
        if part.is_some_and(|part| is_below_chart(laid, part)) {
            continue;
        }
        for Bit { text, at, .. } in &line.bits {
            let piece = match at.is_empty() {
                true => Piece::Words(text.clone()),
                false => Piece::Figure {
                    text: text.clone(),
                    at: at.clone(),
                },
            };
            out.piece(&piece, str::to_owned);
        }
        out.end_line();
    }
    out
}

fn is_below_chart(laid: &Laid<'_>, part: Part) -> bool {
    let within = laid.parts.0[part.0].1;
    within.is_some_and(|part| matches!(laid.parts.0[part.0].0, Role::Figure(_)))
}

/// The same for a report, whose map must be that list.
pub(crate) fn walk_report(name: &str, report: &Report, (document, map): (&Value, &Value)) {
    let page = sections::page(report);
    let figures = walk(name, &page, (document, &report.zone), &report.span);
    assert_eq!(*map, figures, "{name}");
}

/// Every figure on paper is one of the document, and the list of figures holds each of them; gives that list.
pub(crate) fn walk(
    name: &str,
    page: &Page,
    (document, zone): (&Value, &Zone),
    known: &str,
) -> Value {
    laid_out(page, Paper::A4, |laid, fonts| {
        let printed = printed(laid);
        let numbers: Vec<String> = (1..=laid.sheets.len()).map(|one| one.to_string()).collect();
        let known = format!("{known} {} {}", page.seal, numbers.join(" "));
        walks::check(&format!("{name} pdf"), &printed, (document, zone), &known);
        let listed = layout::figures(laid, fonts);
        let texts: Vec<(&str, &str)> = listed.iter().map(|one| (&*one.text, &*one.json)).collect();
        let own = printed.figures.iter();
        let own: Vec<(&str, &str)> = own.map(|one| (&*one.text, &*one.json)).collect();
        assert_eq!(texts, own, "{name}");
        serde_json::to_value(listed).unwrap()
    })
}
