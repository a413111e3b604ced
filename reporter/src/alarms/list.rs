//! What is open and what is stuck, for the terminal.

use std::fmt::Write as _;

use ledger::alarm::{AlarmError, AlarmState, kept};
use ledger::store::Posted;
use ledger::time::Timestamp;
use serde_json::{Value, json};

use crate::terminal::{Width, wrapped};

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
    let trouble = posted.trouble.as_ref();
    let trouble = trouble.map_or_else(String::new, |trouble| format!(" ({})", shown(trouble)));
    let waiting = format!("Waiting to be delivered: {}{trouble}", posted.waiting);
    page.push_str(&wrapped(&waiting, (0, 2), Width::LEAST.prose()));
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

/// The same as [`posted`], for programs.
///
/// # Errors
/// [`AlarmError`] if a state in it cannot be read.
///
/// # Panics
/// Never: all keys are text.
pub fn json(posted: &Posted) -> Result<String, AlarmError> {
    let mut contracts = Vec::new();
    for (contract, json) in &posted.states {
        let state = kept(contract, json)?;
        let open = state.open().map(|(key, opened)| {
            json!({
                "alarm": key.alarm.to_string(),
                "scope": key.scope,
                "severity": opened.severity.as_str(),
                "since": opened.at.to_string(),
                "summary": opened.facts.summary,
            })
        });
        contracts.push(json!({
            "contract": contract,
            "evaluated": state.at.map(|at| at.to_string()),
            "open": open.collect::<Value>(),
        }));
    }
    let dead = posted.dead.iter().map(|letter| {
        json!({
            "id": letter.id,
            "given_up": letter.at.to_string(),
            "tries": letter.tries,
            "error": letter.error,
        })
    });
    let found = json!({
        "schema": 1,
        "contracts": contracts,
        "waiting": posted.waiting,
        "trouble": posted.trouble,
        "dead": dead.collect::<Value>(),
    });
    Ok(serde_json::to_string_pretty(&found).expect("all keys are text") + "\n")
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
    wrapped(text, (10, 10), Width::LEAST.prose())
}
