//! Every mistake in a plan has one clear message.

use ledger::plan::Plan;

const PLAN: &str = include_str!("plan.toml");

/// What is said of the plan with `old` replaced by `new`, without the file's name.
fn said(changes: &[(&str, &str)]) -> String {
    let mut text = PLAN.to_owned();
    for (old, new) in changes {
        assert!(text.contains(old), "the plan has {old:?}");
        text = text.replacen(old, new, 1);
    }
    match Plan::parse(&text, "probes.toml") {
        Ok(_) => "nothing".to_owned(),
        Err(problems) => problems.to_string().replace("probes.toml:", ""),
    }
}

#[test]
fn the_plan_without_a_mistake_is_valid() {
    assert_eq!(said(&[]), "nothing");
}
