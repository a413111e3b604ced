//! What operators corrected: the evidence that is told is the corrected one, the record keeps what was measured.

use ledger::explain::Explanation;

use super::page::Page;
use crate::civil::Zone;
use crate::escape::visible;
use crate::report::corrections::{effect, said};

/// Every entry that concerns the month, with what it did; nothing if there is none.
pub(super) fn render(page: &mut Page<'_>, found: &Explanation, zone: &Zone) {
    if found.corrections.is_empty() {
        return;
    }
    page.section("Corrections of the month, laid over the record in this order");
    for one in &found.corrections {
        let entry = &one.entry;
        let text = format!(
            "{}, {}, written {}: {}. {}. Reason: {}",
            entry.id,
            visible(&entry.author),
            zone.table(entry.written),
            said(entry, zone),
            effect(one),
            visible(&entry.reason)
        );
        page.wrap((2, 4), &text);
    }
}
