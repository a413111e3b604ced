//! What is open and what is stuck, for the terminal.

use std::fmt::Write as _;

use ledger::alarm::{AlarmError, AlarmState, kept};
use ledger::store::Posted;
use ledger::time::Timestamp;

/// Width of the text, so that it fits a terminal of 80 columns.
const WIDTH: usize = 79;

/// The alarms of an outbox, by contract, and what could not be delivered.
///
/// # Errors
/// [`AlarmError`] if a state in it cannot be read.
pub fn posted(posted: &Posted) -> Result<String, AlarmError> {
    let mut page = String::new();
    for (contract, json) in &posted.states {
        page.push_str(&opened(contract, &kept(contract, json)?));
        page.push('\n');
    }
    if posted.states.is_empty() {
        page.push_str("No alarms have been evaluated yet.\n\n");
    }
    let _ = writeln!(
        page,
        "Waiting to be delivered: {}{}",
        posted.waiting,
        posted
            .trouble
            .as_ref()
            .map_or_else(String::new, |trouble| format!(" ({})", shown(trouble)))
    );
    if !posted.dead.is_empty() {
        page.push_str("Given up; --retry-dead tries them again:\n");
        for letter in &posted.dead {
            let _ = writeln!(page, "  {}", letter.id);
            let text = format!(
                "{} after {} tries: {}",
                clock(letter.at),
                letter.tries,
                shown(&letter.error)
            );
            page.push_str(&indented(&text));
        }
    }
    Ok(page)
}

/// The open alarms of one contract.
pub fn opened(contract: &str, state: &AlarmState) -> String {
    let at = state.at.map_or_else(|| "never".to_owned(), clock);
    let mut page = format!("Alarms of contract {contract}, evaluated {at}\n");
    let mut none = true;
    for (key, opened) in state.open() {
        none = false;
        let _ = writeln!(
            page,
            "  {:6}  since {}  {} {}",
            opened.severity.as_str(),
            clock(opened.at),
            key.alarm,
            key.scope
        );
        page.push_str(&indented(&opened.facts.summary));
    }
    if none {
        page.push_str("  none is open\n");
    }
    page
}

/// `2018-12-14 22:15:00 UTC`.
fn clock(at: Timestamp) -> String {
    at.to_jiff().strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// What a command or an agent said cannot move the cursor.
fn shown(text: &str) -> String {
    crate::escape::visible(text)
}

/// A paragraph that is indented below its heading.
fn indented(text: &str) -> String {
    let (mut page, mut line) = (String::new(), String::new());
    for word in text.split_whitespace() {
        if !line.is_empty() && 10 + line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(page, "{:10}{line}", "");
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    let _ = writeln!(page, "{:10}{line}", "");
    page
}
