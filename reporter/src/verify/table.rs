//! What was found, for people: what was shown, what is wrong, what is proven and what is not.

use std::fmt::Write as _;

use ledger::bundle::{AgentChecked, Checked, LogChecked};
use ledger::identity::PublicKey;
use serde_json::Value;

use super::{Anew, Verified};
use crate::days::style::{BOLD, PLAIN, RED};
use crate::report::revision::{Change, Edit};
use crate::words;

/// Lines are broken before this many columns.
const WIDTH: usize = 79;
/// How many differing figures are told.
const TOLD: usize = 12;
/// Longer values are cut.
const VALUE: usize = 48;

/// The page.
pub fn render(verified: &Verified) -> String {
    let checked = &verified.checked;
    let mut page = String::new();
    let manifest = &checked.manifest;
    let title = format!(
        "Evidence for the report of contract {} in {}",
        manifest.contract, manifest.month
    );
    let _ = writeln!(page, "{BOLD}{title}{PLAIN}\n");
    agents(&mut page, checked);
    for one in &checked.agents {
        notes(&mut page, one);
    }
    if let Some(log) = &checked.log {
        page.push('\n');
        wrap(&mut page, (0, 2), &told_log(log));
    }
    flaws(&mut page, checked);
    report(&mut page, &verified.report);
    list(&mut page, "Proven", &proven(verified));
    list(&mut page, "Not proven", &not_proven(verified));
    page
}

fn agents(page: &mut String, checked: &Checked) {
    let mut line = |cells: [&str; 6]| {
        let [agent, batches, attempts, signed, logged, pruned] = cells;
        let _ = writeln!(
            page,
            "{agent:<24}{batches:>9}{attempts:>12}{signed:>10}{logged:>12}{pruned:>9}"
        );
    };
    line([
        "agent",
        "batches",
        "attempts",
        "signed",
        "in the log",
        "pruned",
    ]);
    for one in &checked.agents {
        let number = |count: u64| count.to_string();
        line([
            one.agent.name.as_str(),
            &number(one.batches),
            &number(one.attempts),
            &number(one.signed),
            &number(one.logged),
            &number(one.pruned),
        ]);
    }
}

fn notes(page: &mut String, one: &AgentChecked) {
    let name = &one.agent.name;
    for gap in &one.gaps {
        wrap(
            page,
            (0, 2),
            &format!("{name}: {gap}; what they hold counts as unknown time"),
        );
    }
    if one.unsealed > 0 {
        let count = one.unsealed;
        wrap(
            page,
            (0, 2),
            &format!("{name}: {count} attempts were in no batch yet; nobody vouches for them"),
        );
    }
    if one.receipted > 0 {
        let count = one.receipted;
        wrap(
            page,
            (0, 2),
            &format!("{name}: {count} batches have a receipt of the hub"),
        );
    }
}

fn told_log(log: &LogChecked) -> String {
    let who = log.cosigned.iter().map(|one| &one.agent);
    let cosigned = match log.cosigned.len() {
        0 => "no agent has cosigned it".to_owned(),
        1 => format!("1 cosignature, of {}", words::list(who)),
        count => format!("{count} cosignatures, of {}", words::list(who)),
    };
    format!(
        "Log of {}: {} entries, of which {} are shown; root {}; {cosigned}.",
        log.hub, log.size, log.shown, log.root
    )
}

fn flaws(page: &mut String, checked: &Checked) {
    if checked.flaws.is_empty() {
        return;
    }
    let _ = writeln!(page, "\n{RED}What is wrong{PLAIN}");
    for flaw in &checked.flaws {
        wrap(page, (2, 4), &format!("{}: {}", flaw.file, flaw.what));
    }
}

fn report(page: &mut String, report: &Anew) {
    page.push('\n');
    match report {
        Anew::Impossible(why) => {
            wrap(
                page,
                (0, 2),
                &format!("{RED}The report could not be computed anew:{PLAIN} {why}."),
            );
        }
        Anew::Compared {
            figures, changes, ..
        } if changes.is_empty() => {
            wrap(
                page,
                (0, 2),
                &format!(
                    "The report, computed anew from every attempt: all {figures} figures agree."
                ),
            );
        }
        Anew::Compared {
            figures,
            changes,
            tzdb: [then, now],
            ..
        } => {
            let count = words::count(changes.len(), "figure");
            let _ = writeln!(
                page,
                "{RED}The report, computed anew: {count} of {figures} differ{PLAIN}"
            );
            for change in changes.iter().take(TOLD) {
                wrap(page, (2, 4), &told_change(change));
            }
            if changes.len() > TOLD {
                let _ = writeln!(page, "  and {} more; --json has all", changes.len() - TOLD);
            }
            if then != now {
                wrap(
                    page,
                    (2, 4),
                    &format!("The report was made with time zone database {then}, this is {now}."),
                );
            }
        }
    }
}

fn told_change(change: &Change) -> String {
    let path = &change.path;
    match &change.edit {
        Edit::Add { value } => format!("{path}: not in the report, anew {}", cut(value)),
        Edit::Remove { old } => format!("{path}: {} in the report, nothing anew", cut(old)),
        Edit::Replace { old, value } => {
            format!("{path}: {} in the report, anew {}", cut(old), cut(value))
        }
    }
}

/// A value, in no more letters than fit.
fn cut(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= VALUE {
        return text;
    }
    text.chars().take(VALUE - 1).chain(['…']).collect()
}

fn proven(verified: &Verified) -> Vec<String> {
    let checked = &verified.checked;
    let sum = |of: fn(&AgentChecked) -> u64| checked.agents.iter().map(of).sum::<u64>();
    let (batches, signed, logged) = (
        sum(|one| one.batches),
        sum(|one| one.signed),
        sum(|one| one.logged),
    );
    let mut proven = Vec::new();
    if !checked.flaws.is_empty() {
        return proven;
    }
    proven.push(
        "no file was altered since the bundle was made, unless somebody made it anew".to_owned(),
    );
    if batches > 0 {
        proven.push("the batches of each agent are one chain: none was altered, put in, or taken out of its middle".to_owned());
    }
    if signed > 0 {
        proven.push(format!(
            "{signed} of {batches} batches were signed by their agents"
        ));
    }
    if logged > 0 {
        proven.push(format!("{logged} of {batches} batches are in the hub's log, at the place and since the instant that they say"));
    }
    if verified.agrees() {
        proven.push(
            "the report follows from the attempts, by the contract and what was declared"
                .to_owned(),
        );
    }
    proven
}

fn not_proven(verified: &Verified) -> Vec<String> {
    let checked = &verified.checked;
    let mut not = vec![
        "that agents looked as they say, and that their clocks were right".to_owned(),
        "what happened before a batch was sealed, and that no batch came after the last one shown"
            .to_owned(),
    ];
    if let Anew::Compared { others, .. } = &verified.report
        && !others.is_empty()
    {
        let others = words::list(others);
        not.push(format!(
            "what the report says of other periods ({others}): their own bundles show that"
        ));
    }
    let pruned: u64 = checked.agents.iter().map(|one| one.pruned).sum();
    if pruned > 0 {
        let batches = if pruned == 1 { "batch" } else { "batches" };
        not.push(format!(
            "what the attempts of {pruned} pruned {batches} said: their hashes are here, what was hashed is not. What a record keeps of them near \
             trouble is in no bundle, because no hash vouches for it"
        ));
    }
    if checked.agents.iter().any(|one| one.signed < one.batches) {
        not.push("who made the batches that are not signed".to_owned());
    }
    if checked.agents.iter().any(|one| one.logged < one.batches) {
        not.push("when the batches came that are in no log".to_owned());
    }
    if let (Some(hub), None) = (&checked.manifest.hub, verified.known.hub) {
        let id = PublicKey::parse(&hub.key).map_or_else(|_| "?".to_owned(), |key| key.to_string());
        not.push(format!("that the hub's key is the hub's: compare {id} with the one that its operator gives you, or name that by --hub-key"));
    }
    if checked
        .log
        .as_ref()
        .is_some_and(|log| log.cosigned.is_empty())
    {
        not.push(
            "that others were shown the same log: no agent has cosigned the checkpoint".to_owned(),
        );
    }
    not
}

fn list(page: &mut String, heading: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    let _ = writeln!(page, "\n{BOLD}{heading}{PLAIN}");
    for item in items {
        wrap(page, (2, 4), &format!("- {item}"));
    }
}

/// A text broken at spaces, its first line indented by `indent`, the others by `hang`.
fn wrap(page: &mut String, (indent, hang): (usize, usize), text: &str) {
    let mut line = " ".repeat(indent);
    let mut filled = false;
    for word in text.split(' ') {
        if filled && line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(page, "{line}");
            line = " ".repeat(hang);
            filled = false;
        }
        if filled {
            line.push(' ');
        }
        line.push_str(word);
        filled = true;
    }
    let _ = writeln!(page, "{line}");
}
