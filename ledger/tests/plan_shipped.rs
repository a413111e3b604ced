//! The plan that ships with the project is valid, complete and survives printing and recording.

use std::collections::BTreeSet;

use ledger::plan::{Plan, SecretSource};

const SHIPPED: &str = include_str!("../../probes.toml");

fn shipped() -> Plan {
    Plan::parse(SHIPPED, "probes.toml").unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn printed_and_read_again_it_is_the_same_plan() {
    let plan = shipped();
    let printed = plan.to_toml();
    let again = Plan::parse(&printed, "printed").unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(again, plan);
    assert_eq!(again.to_toml(), printed);
}

#[test]
fn the_defaults_that_it_shows_are_the_defaults() {
    let is_default = |line: &&str| {
        let key = line
            .strip_prefix("# ")
            .and_then(|rest| rest.split_once(" = "));
        key.is_some_and(|(key, _)| {
            key.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_')
        })
    };
    let defaults: Vec<&str> = SHIPPED.lines().filter(is_default).collect();
    assert!(defaults.len() > 12, "{defaults:?}");
    for line in defaults
        .into_iter()
        .filter(|line| !line.ends_with("= nothing"))
    {
        let said = SHIPPED.replacen(line, &line[2..], 1);
        let plan =
            Plan::parse(&said, "probes.toml").unwrap_or_else(|problems| panic!("{problems}"));
        assert_eq!(plan, shipped(), "{line}");
    }
}

#[test]
fn it_shows_every_key_that_the_reader_knows() {
    let known = known_keys();
    assert!(known.len() > 80, "{known:?}");
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let shown = |key: &str| {
        SHIPPED.match_indices(key).any(|(at, _)| {
            let (before, after) = (&SHIPPED[..at], &SHIPPED[at + key.len()..]);
            !before.ends_with(word) && [" =", ".", "]"].iter().any(|end| after.starts_with(end))
        })
    };
    for key in known {
        // Put and delete are post by another word; a line for each would teach nothing.
        assert!(
            shown(&key) || ["put", "delete"].contains(&key.as_str()),
            "{key:?} is not shown"
        );
    }
}

/// All keys that the reader tells when it meets one that it does not know.
fn known_keys() -> BTreeSet<String> {
    let odd = "zzzzzzzz = 1\n";
    let mut text = format!("{odd}{SHIPPED}");
    for header in ["[site]", "[canary]", "[contract.rules]"] {
        text = text.replace(&format!("\n{header}\n"), &format!("\n{header}\n{odd}"));
    }
    for header in [
        "persona",
        "persona.account",
        "journey",
        "journey.step",
        "probe",
        "contract",
    ] {
        text = text.replace(
            &format!("\n[[{header}]]\n"),
            &format!("\n[[{header}]]\n{odd}"),
        );
    }
    let odd = "zzzzzzzz = 1";
    text = text.replace(
        "expect.status = 200 ",
        &format!("expect.{odd}\nexpect.status = 200 "),
    );
    for check in ["https", "self_subject_review", "tcp", "dns", "certificate"] {
        text = text.replace(
            &format!("\ncheck.{check} ="),
            &format!("\ncheck.{odd}\ncheck.{check} ="),
        );
    }
    for value in [
        "css = \"input",
        "file = \"data",
        "path = \"$",
        "from = 99.0",
        "name = \"Content",
        "name = \"trav",
    ] {
        text = text.replace(&format!("{{ {value}"), &format!("{{ {odd}, {value}"));
    }
    let problems = Plan::parse(&text, "probes.toml").expect_err("unknown keys");
    let hints = problems
        .list()
        .iter()
        .filter(|problem| problem.found.starts_with("unknown key"));
    let lists = hints.filter_map(|problem| problem.hint.strip_prefix("known here: "));
    lists
        .flat_map(|list| list.split(", "))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_record_of_it_has_the_same_version_and_no_secrets() {
    let plan = shipped();
    let recorded = serde_json::to_string(&plan).expect("serialises");
    let read: Plan = serde_json::from_str(&recorded).expect("deserialises");
    assert_eq!(read.version(), plan.version());
    assert!(
        !recorded.contains("data/groupdesk"),
        "nothing of where secrets are"
    );
    assert_eq!(read.personas[0].accounts[0].password, SecretSource::Untold);
}

#[test]
fn the_version_ignores_secrets_and_sees_the_rest() {
    let version = |text: &str| Plan::parse(text, "probes.toml").expect("valid").version();
    let moved = SHIPPED.replace("data/groupdesk/passwords/", "elsewhere/");
    assert_ne!(moved, SHIPPED);
    assert_eq!(version(&moved), version(SHIPPED));
    let slower = SHIPPED.replace("slow_after = \"5s\"", "slow_after = \"6s\"");
    assert_ne!(version(&slower), version(SHIPPED));
}
